package tlog

import (
	"errors"
	"fmt"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// world is a log with its state machine's checkpoint, and a model of what they
// must hold. A test drives it, crashes it anywhere, and lets it compare.
type world struct {
	d *disk.Mem
	o Options
	l *Log

	appends      []historyAppend
	base         int // appends before the last open
	acked, doubt int
	state        core.HardState // of the newest append

	// The state machine's side. It is durable at once.
	checkpoint core.Instance
	installed  bool
	void       core.Instance // snapshots took the place of everything through here
	allowed    core.Instance // the log may begin as late as here
	told       core.Ballot   // promised in what told the log of a snapshot

	did map[UpkeepKind]int // pieces of upkeep
}

func newWorld(d *disk.Mem, o Options) *world {
	return &world{d: d, o: o, allowed: 1, did: map[UpkeepKind]int{}}
}

func (w *world) options() Options {
	o := w.o
	o.Checkpoint, o.Installed = w.checkpoint, w.installed
	return o
}

func (w *world) open() error {
	w.base = w.acked
	w.appends = w.appends[:w.acked]
	l, opened, err := Open(w.d, w.options())
	if err != nil {
		return err
	}
	w.l, w.state = l, opened.Restored.HardState
	if w.installed {
		w.allowed = max(w.allowed, w.checkpoint+1)
	}
	return nil
}

func (w *world) reopen() error {
	if err := w.l.Close(); err != nil {
		return err
	}
	return w.open()
}

// add appends without a sync.
func (w *world) add(state core.HardState, recs ...core.Record) {
	state.Commit = max(state.Commit, w.state.Commit)
	w.state = state
	w.appends = append(w.appends, historyAppend{recs, state})
	w.l.Append(recs, state, core.Position(len(w.appends)-w.base))
}

// sync makes what waits durable.
func (w *world) sync() error {
	for j := w.l.NextSync(); j != nil; j = w.l.NextSync() {
		if err := w.finish(j); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) seal() error {
	if j := w.l.NextSeal(); j != nil {
		return w.finish(j)
	}
	return nil
}

func (w *world) finish(j *SyncJob) error {
	if j.whole != 0 {
		w.doubt = w.base + int(j.whole)
	}
	j.Run()
	p, err := w.l.FinishSync(j)
	w.acked = max(w.acked, w.base+int(p))
	return err
}

// upkeep runs up to n pieces of background work.
func (w *world) upkeep(n int, retain Retention) error {
	for range n {
		j := w.l.NextUpkeep(w.checkpoint+1, retain)
		if j == nil {
			return nil
		}
		w.allowed = max(w.allowed, j.mark.base)
		j.Run()
		if _, err := w.l.FinishUpkeep(j); err != nil {
			return err
		}
		w.did[j.kind]++
	}
	return nil
}

// install puts a snapshot of instance s in place and tells the log.
func (w *world) install(s core.Instance) error {
	w.checkpoint, w.installed = s, true
	w.void = max(w.void, s)
	w.allowed = max(w.allowed, s+1)
	w.state.Commit = max(w.state.Commit, s)
	j := w.l.NextInstall(s, w.state)
	w.told = w.state.Promised
	j.Run()
	return w.l.FinishInstall(j)
}

// held returns what the log holds after the first n appends.
func (w *world) held(n int) (state core.HardState, best map[core.Instance]core.Entry, last core.Instance, repeated [3]string) {
	best = map[core.Instance]core.Entry{}
	adopted := core.SeatSet(0)
	for _, a := range w.appends[:n] {
		state = a.state
		for _, r := range a.recs {
			switch r.Kind {
			case core.RecordGenesis:
				repeated[0] = "genesis"
			case core.RecordAdopted:
				adopted |= core.SeatSet(le.Uint64(r.Bytes))
			case core.RecordSetting:
				repeated[2] = string(r.Bytes)
			default:
				if !r.Ballot.Less(best[r.Instance].Ballot) {
					best[r.Instance] = core.Entry{Instance: r.Instance, Ballot: r.Ballot, Value: r.Bytes}
				}
				last = max(last, r.Instance)
			}
		}
	}
	repeated[1] = fmt.Sprint(adopted)
	state.Commit = max(state.Commit, w.checkpoint)
	return state, best, last, repeated
}

// reads says how what the log serves differs from the model after n appends.
func (w *world) reads(l *Log, n int) error {
	_, best, last, _ := w.held(n)
	if l == w.l {
		_, best, _, _ = w.held(len(w.appends)) // reads see what waits
	}
	for i := core.Instance(1); i <= last; i++ {
		j := l.NextRead(i, i, 0)
		j.Run()
		got, err := l.FinishRead(j)
		switch {
		case errors.Is(err, ErrCollapsed) && i < w.allowed:
		case err != nil:
			return fmt.Errorf("instance %d of 1 to %d, the log may begin at %d: %w", i, last, w.allowed, err)
		case i <= w.void:
			return fmt.Errorf("instance %d is served, a snapshot of %d took its place", i, w.void)
		case got[0].Instance != i || got[0].Ballot != best[i].Ballot || string(got[0].Value) != string(best[i].Value):
			return fmt.Errorf("instance %d is %.40v, want %.40v", i, got[0], best[i])
		}
	}
	if first := l.First(); first != 0 && (first <= w.void || first > w.allowed && w.allowed <= last) {
		return fmt.Errorf("the log says that it begins at %d, it may at %d", first, w.allowed)
	}
	return nil
}

// compare says how an opened log differs from the model after n appends.
func (w *world) compare(l *Log, opened *Opened, n int) error {
	state, best, last, repeated := w.held(n)
	r := opened.Restored
	genesis := ""
	if r.Genesis != nil {
		genesis = "genesis"
	}
	got := [3]string{genesis, fmt.Sprint(r.Adopted), string(opened.Settings)}
	if state.Promised.Less(w.told) && r.Promised == w.told {
		state.Promised = w.told
	}
	if r.HardState != state || got != repeated {
		return fmt.Errorf("after %d appends: %+v %q, want %+v %q", n, r.HardState, got, state, repeated)
	}
	if want := max(int(last)-int(state.Commit), 0); len(r.Entries) != want {
		return fmt.Errorf("after %d appends: %d entries above %d, want %d", n, len(r.Entries), state.Commit, want)
	}
	for k, e := range r.Entries {
		want := best[state.Commit+1+core.Instance(k)]
		if e.Instance != want.Instance || e.Ballot != want.Ballot || string(e.Value) != string(want.Value) {
			return fmt.Errorf("entry above the commit index: %.40v, want %.40v", e, want)
		}
	}
	return w.reads(l, n)
}

// check opens what a crash left on a disk: exactly what was acknowledged, or that
// and the batch in doubt. Then it looks after the log, and reads all again.
func (w *world) check(d *disk.Mem) error {
	v := *w
	v.d = d
	if v.installed {
		v.allowed = max(v.allowed, v.checkpoint+1)
	}
	l, opened, err := Open(d, v.options())
	if err != nil {
		return err
	}
	if len(opened.Restored.Unknown) > 0 || opened.Ahead {
		return fmt.Errorf("a crash looks like damage: %v, %v, %v", opened.Ahead, opened.Restored.Unknown, opened.Report)
	}
	n := v.acked
	err = v.compare(l, opened, n)
	if err != nil && v.doubt > v.acked {
		n = v.doubt
		if err2 := v.compare(l, opened, n); err2 != nil {
			return errors.Join(err, err2)
		}
		err = nil
	}
	if err != nil {
		return err
	}
	v.l, v.appends = l, v.appends[:n]
	if err := v.upkeep(3, Retention{}); err != nil {
		return err
	}
	if err := v.reads(l, n); err != nil {
		return fmt.Errorf("after upkeep: %w", err)
	}
	return l.Close()
}

// setting and genesis are records that headers repeat.
func setting(s string) core.Record {
	return core.Record{Kind: core.RecordSetting, Bytes: []byte(s)}
}

func genesisRecord() core.Record {
	return core.Record{Kind: core.RecordGenesis, Bytes: core.EncodeGenesis(nil, testGenesis())}
}

// upkeepOptions roll often and have everything on.
func upkeepOptions() Options {
	o := options()
	o.MaxEntries, o.SegmentBytes = 3, 16*pageBytes
	o.Compress, o.Reserve, o.Preallocate = true, 4*pageBytes, pageBytes
	return o
}

// runLife plays a fixed life with all kinds of upkeep and two snapshots.
func (w *world) runLife() error {
	if err := w.open(); err != nil {
		return err
	}
	step := func(state core.HardState, recs ...core.Record) func() error {
		return func() error { w.add(state, recs...); return w.sync() }
	}
	look := func() error { return w.upkeep(20, Retention{Segments: 3}) }
	collapse := func() error { return w.upkeep(20, Retention{}) }
	cp := func(i core.Instance) func() error {
		return func() error { w.checkpoint, w.installed = i, false; return nil }
	}
	steps := []func() error{
		step(promised(1, 0), genesisRecord(), accepted(1, 1, "a"), accepted(2, 1, "b")),
		look,
		step(promised(1, 1), setting("s1"), accepted(3, 1, "c"), accepted(4, 1, "d")),
		step(promised(2, 3), accepted(4, 2, "D"), accepted(5, 2, "e"), accepted(6, 2, "f")),
		cp(3), look,
		step(promised(2, 5), accepted(7, 2, "g")),
		cp(5), look,
		w.reopen,
		step(promised(3, 6), accepted(7, 3, "G"), accepted(8, 3, "h"), accepted(9, 3, "i")),
		step(promised(3, 9), setting("s2"), accepted(10, 3, "j")),
		cp(9), look, collapse,
		func() error { w.add(promised(4, 9), accepted(11, 4, "k")); return w.install(10) },
		w.sync, look,
		step(promised(4, 11), accepted(12, 4, "l"), accepted(13, 4, "m")),
		func() error { return w.install(20) },
		step(promised(5, 20), accepted(21, 5, "u"), accepted(22, 5, "v")),
		w.reopen, look,
		step(promised(5, 21), accepted(23, 5, "w"), accepted(24, 5, "x")),
		step(promised(5, 24), accepted(25, 5, "y"), accepted(26, 5, "z")),
		cp(24), w.seal, look, collapse,
		step(promised(5, 25), accepted(27, 5, "0")),
	}
	for i, s := range steps {
		if err := s(); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	return w.reads(w.l, len(w.appends))
}

func names(d disk.Disk) []string {
	list, err := d.List("log")
	if err != nil {
		panic(err)
	}
	return slices.DeleteFunc(list, func(s string) bool { return s == idName })
}
