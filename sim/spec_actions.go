package sim

import "github.com/openvstorage/arakoon-go/core"

// specLook says which actions look at the spec's time: it must have passed by then.
var specLook = map[core.Action]bool{core.ActStart: true, core.ActPromise: true, core.ActLeaseReq: true, core.ActGrant: true,
	core.ActHold: true, core.ActRestart: true, core.ActRelease: true}

// specNames are the spec's names where they differ from the core's. Actions that are
// not here and not in specSilent have the same name in both.
var specNames = map[core.Action]string{core.ActRestart: "Crash", core.ActStepDown: "GiveUp"}

// specSilent are actions that the spec has no step for: identity and settings have
// specs of their own, Sync and Held are told by the plan of the disk and by Crash.
var specSilent = map[core.Action]bool{core.ActSync: true, core.ActHeld: true, core.ActGenesis: true, core.ActAdopt: true,
	core.ActSetting: true, core.ActCatchUp: true, core.ActDrop: true} // GiveUp drops the own grant

// event writes the lines of one event.
func (w *specWriter) event(i int, ev *SpecEvent) error {
	switch ev.Sort {
	case SpecRead:
		w.tick(ev)
		w.add(ev.Seat, "Read", num("i", int(ev.Event.Instance)))
	case SpecCheckpoint:
		if p := &w.posts[ev.Seat]; ev.Event.Instance > p.snap && ev.Event.Instance <= p.com {
			p.snap = ev.Event.Instance
			w.add(ev.Seat, "Collapse", num("i", int(p.snap)))
		}
	case SpecAction:
		return w.action(i, ev)
	}
	return nil
}

func (w *specWriter) action(i int, ev *SpecEvent) error {
	e := &ev.Event
	if e.Action == core.ActRestart && e.Commit > w.posts[ev.Seat].com {
		w.installed(ev.Seat, e.Commit) // the snapshot was in place, and the process died before it heard
	}
	w.settle(ev.Seat, e)
	if specSilent[e.Action] || e.Action == core.ActRestart && ev.Life == 1 { // the spec begins there
		return nil
	}
	if e.Action == core.ActPropose && w.skip > 0 {
		w.skip--
		return nil
	}
	if specLook[e.Action] {
		w.tick(ev)
	}
	switch e.Action {
	case core.ActMaster:
		return w.masters(i, ev)
	case core.ActInstall:
		w.installed(ev.Seat, e.Instance)
	default:
		w.count(e)
		w.add(ev.Seat, w.name(e), w.choices(e))
	}
	return nil
}

func (w *specWriter) name(e *core.Event) string {
	if name := specNames[e.Action]; name != "" {
		return name
	}
	return e.Action.String()
}

func (w *specWriter) count(e *core.Event) {
	switch e.Action {
	case core.ActRestart:
		w.run.Crashes++
	case core.ActHandOver:
		w.run.HandOvers++
	default:
	}
}

// installed writes the line of a snapshot, unless it holds nothing new to the spec.
func (w *specWriter) installed(seat core.Seat, through core.Instance) {
	p := &w.posts[seat]
	if through <= p.snap {
		return
	}
	p.snap, p.com = through, max(p.com, through)
	w.run.Installs++
	w.add(seat, "Install", num("i", int(through)))
}

// choices adds what the spec leaves open in an action.
func (w *specWriter) choices(e *core.Event) func(*SpecLine) {
	return func(l *SpecLine) {
		switch e.Action {
		case core.ActAccept, core.ActPropose, core.ActTake:
			l.num("b", w.ballots[e.Ballot])
			l.num("i", int(e.Instance))
			l.num("v", w.value(e.Digest))
		case core.ActLearn:
			l.num("b", w.ballots[e.Ballot])
			l.num("c", int(e.Instance))
		case core.ActLeaseReq, core.ActGrant, core.ActHold:
			l.num("b", w.ballots[e.Ballot])
			l.num("r", w.round(e))
		case core.ActRestart:
		default:
			l.num("b", w.ballots[e.Ballot])
		}
	}
}

// round numbers the lease rounds of a ballot from 1.
func (w *specWriter) round(e *core.Event) int {
	if _, ok := w.before[e.Ballot]; !ok {
		w.before[e.Ballot] = e.Round - 1
	}
	return int(e.Round - w.before[e.Ballot])
}
