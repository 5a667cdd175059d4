package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// nemesis brings the faults that fill slots: every half lease period has a slot,
// whose number is the identity of what the decider puts in, so that emptying one
// slot leaves all others as they were.
type nemesis struct {
	w     *World
	cuts  []*cut       // under way
	wiped core.SeatSet // voters that have lost their disks
}

func (m *nemesis) begin() {
	for n := range uint32(2 * m.w.opts.Leases) {
		m.w.push(event{at: int64(n+1) * int64(m.w.opts.Lease) / 2, kind: evFaultSlot, n: n + 1})
	}
}

// slot draws what a slot brings, and when in it.
func (m *nemesis) slot(n uint32) {
	w := m.w
	w.checks.overdue()
	m.operate(n)
	if w.healed || w.choose(Identity{N: n}, DecideFault, m.odds()) == 0 {
		return
	}
	d := int64(w.choose(Identity{N: n}, DecideFaultAt, Always(1000))) * int64(w.opts.Lease) / 2000
	w.push(event{at: w.now + d, kind: evFault, n: n})
}

func (m *nemesis) odds() Odds { return Odds{m.w.opts.Fault, int(slotFaults)} }

// strike lets the fault of a slot happen.
func (m *nemesis) strike(n uint32) {
	w := m.w
	what := Fault(w.choose(Identity{N: n}, DecideFault, m.odds()) - 1)
	if w.healed || !w.opts.Faults.Has(what) {
		return
	}
	who := w.nodes[w.choose(Identity{N: n}, DecideFaultWho, Always(len(w.nodes)-1))]
	span := w.laws.fault[w.choose(Identity{N: n}, DecideFaultFor, w.laws.fault.odds())]
	w.inject(what, who, span)
}

// inject brings one fault of a class that fills slots.
func (w *World) inject(what Fault, who *node, span int64) {
	master := who
	if s := w.checks.leases.holder; s != core.NoSeat {
		master = w.nodes[s]
	}
	if what != FaultCrash && what != FaultPower && what != FaultWipe { // these are counted where they happen
		w.counts[what]++
	}
	w.note("fault %v n%d for %s", what, who.seat, stamp(span))
	switch what {
	case FaultCrash:
		w.kill(false, who)
	case FaultPower:
		w.kill(true, who)
	case FaultCrashAll:
		w.kill(false, w.nodes...)
	case FaultPowerAll:
		w.kill(true, w.nodes...)
	case FaultPowerMost:
		for _, n := range w.nodes {
			if n != who {
				w.kill(true, n)
			}
		}
	case FaultKillMaster:
		w.kill(false, master)
	case FaultRestart:
		w.restart(who)
	case FaultForget:
		w.forget(master, span)
	case FaultAccepts:
		w.net.noAccepts = max(w.net.noAccepts, w.now+span)
	case FaultPause:
		who.pause(w.now + span)
	case FaultPauseMaster:
		master.pause(w.now + span)
	case FaultSlowDisk:
		who.slow = w.now + span
	case FaultSyncError:
		who.failSync()
	case FaultWipe:
		w.wipe(who)
	case FaultFullDisk:
		who.fill(span)
	case FaultDropMaster:
		if master.up {
			w.give(master, dropMaster, nil)
		}
	case FaultIsolateMaster, FaultMasterLink:
		w.partition(what, master, span)
	default:
		w.partition(what, who, span)
	}
}

// kill ends processes; each comes back after a time of its own.
func (w *World) kill(power bool, nodes ...*node) {
	for _, n := range nodes {
		if n.up {
			n.deaths++
			n.dieAs("a fault", power)
			d := w.laws.down[w.choose(Identity{A: n.id(), N: n.deaths}, DecideDown, w.laws.down.odds())]
			w.push(event{at: w.now + d, kind: evStart, node: n.id()})
		} else if power && !n.late {
			w.counts[FaultPower]++
			n.losePower(Identity{A: n.id(), N: n.deaths, B: 1})
		}
	}
}

// wipe replaces a voter's disk by an empty one, if the cluster can stand it: a
// majority of voters is left, and an entry was chosen, which proves that all of
// them had adopted the genesis. Its process comes back as another member.
func (w *World) wipe(n *node) {
	out := core.SeatSet(0).With(n.seat)
	if w.nemesis.wiped != 0 || w.opts.Learners.Has(n.seat) || !w.opts.viable(out) || w.checks.ghost.prefix == 0 {
		return
	}
	w.nemesis.wiped = out
	w.counts[FaultWipe]++
	if n.up {
		n.deaths++
		n.dieAs("to lose its disk", false)
		w.push(event{at: w.now + int64(w.opts.Lease)/4, kind: evStart, node: n.id()})
	}
	n.replaceDisk()
}

// replaceDisk gives the node an empty disk. The old ledger stays known: its
// promises were made, and a ballot may rest on them.
func (n *node) replaceDisk() {
	n.w.counts[FaultFilled] += uint64(n.disk.Counters().Full)
	old := *n.ledger
	n.w.checks.proposals.retire(&old)
	*n.ledger = *newLedger(n.seat)
	n.disk, n.noRoom = disk.NewMem(0), 0
}

// restart ends a process and starts the next at once.
func (w *World) restart(n *node) {
	if !n.up {
		return
	}
	n.deaths++
	n.dieAs("a fault", false)
	w.push(event{at: w.now + int64(w.opts.Lease)/200, kind: evStart, node: n.id()})
}

// forget keeps one node out of the reach of the node that serves until its grant is
// over, and restarts those whose grants still count: what they granted must bind
// them although they don't remember it.
func (w *World) forget(master *node, span int64) {
	w.partition(FaultMasterLink, master, span)
	every := int64(w.opts.Lease) / 3
	for at := every * 4; at < span; at += every {
		n := w.nodes[(int(master.seat)+2+int(at/every)%max(1, len(w.nodes)-2))%len(w.nodes)]
		w.push(event{at: w.now + at, kind: evScript, run: func() {
			if !w.healed {
				w.restart(n)
			}
		}})
	}
}

// partition cuts links for a while.
func (w *World) partition(what Fault, who *node, span int64) {
	one := core.SeatSet(0).With(who.seat)
	next := core.SeatSet(0).With(core.Seat((int(who.seat) + 1) % len(w.nodes)))
	all := w.seats()
	var c *cut
	switch what {
	case FaultIsolate, FaultIsolateMaster:
		c = around(what.String(), one, all)
	case FaultDeaf:
		c = between(what.String(), all&^one, one)
	case FaultMute:
		c = between(what.String(), one, all&^one)
	case FaultHalves:
		half := one
		for i := range len(w.nodes) / 2 {
			half = half.With(core.Seat((int(who.seat) + i) % len(w.nodes)))
		}
		c = around(what.String(), half, all)
	case FaultLink:
		c = between(what.String(), one, next)
	case FaultMasterLink:
		c = around(what.String(), one, one|next)
	default:
		panic("sim: not a partition: " + what.String())
	}
	w.startCut(c)
	w.push(event{at: w.now + span, kind: evEndCut, cut: c})
}

func (w *World) seats() (all core.SeatSet) {
	for _, n := range w.nodes {
		all = all.With(n.seat)
	}
	return all
}

func (w *World) startCut(c *cut) {
	w.net.begin(c)
	w.nemesis.cuts = append(w.nemesis.cuts, c)
}

func (w *World) endCut(c *cut) {
	if !c.ended {
		w.note("%s ends", c.name)
	}
	w.net.end(c)
}

// heal ends all faults for good, except that a minority may be left out, and begins
// the liveness phase.
func (w *World) heal() {
	w.note("all faults end")
	w.healed = true
	for _, c := range w.nemesis.cuts {
		w.net.end(c)
	}
	w.net.noAccepts = 0
	w.leaveOut()
	for _, n := range w.nodes {
		n.slow, n.noRoom = 0, w.now
		n.disk.SetCapacity(0)
		n.disk.FailSync(0)
		if n.paused > w.now {
			n.paused = w.now
			n.resume()
		}
		if !n.up {
			w.push(event{at: w.now, kind: evStart, node: n.id()})
		}
	}
	w.live.begin()
}

// leaveOut takes nodes away for good, as many as the cluster can do without; the
// first boot needs them all.
func (w *World) leaveOut() {
	if !w.opts.LeaveOut || w.checks.ghost.prefix == 0 {
		return
	}
	out := w.nemesis.wiped
	for k := range (len(w.nodes) - 1) / 2 {
		c := w.choose(Identity{N: uint32(k + 1)}, DecideLeaveOut, Always(2*len(w.nodes)-1))
		n := w.nodes[c%len(w.nodes)]
		if n.leftOut || !w.opts.viable(out.With(n.seat)) {
			continue
		}
		out = out.With(n.seat)
		n.leftOut = true
		w.counts[FaultLeaveOut]++
		if c < len(w.nodes) {
			w.note("n%d stays cut off", n.seat)
			w.net.begin(around("left out", core.SeatSet(0).With(n.seat), w.seats()))
			continue
		}
		w.note("n%d stays down", n.seat)
		n.gone = true
		if n.up {
			n.deaths++
			n.dieAs("for good", false)
		}
	}
}
