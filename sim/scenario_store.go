package sim

import (
	"fmt"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// storeScenarios are about checkpoints, the log behind them, and nodes that need
// what is gone, or have no room.
func storeScenarios() []Scenario {
	short := func(o *Options) {
		o.MaxEntries, o.FreezeEntries, o.Retain, o.Hold, o.Chunk, o.Compress = 8, 20, 0, 1, 2000, true
	}
	return []Scenario{
		{Name: "collapse", About: "the log stays short under load, an operator's collapse shortens it further, and restarts replay only what no checkpoint has",
			Bug: "collapse-too-far", play: playCollapse, opts: short},
		{Name: "snapshot", About: "a node away past the collapse point comes back by snapshot, though it dies at every operation on the way",
			Bug: "snapshot-mislabelled", play: playSnapshot, opts: short},
		{Name: "disk-full", About: "a cluster whose disks are full takes deletes only, and goes on by itself when there is room",
			Bug: "full-disk-stops", play: playDiskFull, opts: short},
		{Name: "divergence", About: "a node whose store went astray is found by its digest, serves nothing, keeps the evidence and gets a snapshot",
			Bug: "marks-not-compared", play: playDivergence, opts: short},
		{Name: "read-only", About: "a read-only node refuses every update and answers reads",
			Bug: "read-only-ignored", play: playReadOnly, opts: func(o *Options) { o.Nodes = 1 }},
	}
}

// busy writes that many updates, several keys over again, and waits for them.
func (s *stage) busy(updates int) {
	wr := s.writer(4, s.written+updates)
	s.until(fmt.Sprintf("%d updates", updates), int64(100+updates), func() bool { return len(wr.acked) >= updates })
	wr.stopped = true
}

func playCollapse(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	wr, most := s.writer(1, 0), 0
	for range 150 { // at each of these instants a power loss would find no gap
		if s.wait(1); !s.ok() {
			return ""
		}
		for _, n := range s.nodes {
			s.report(n.recovers())
			most = max(most, s.status(n).Log.Segments)
		}
	}
	wr.stopped = true
	s.wait(5)
	if most > 20 {
		s.wrong("a node keeps %d segments", most)
	}
	collapsed := 0
	for _, n := range s.nodes {
		s.give(n, collapse(1), func(r *request) {
			if r.outcome == success {
				collapsed++
			}
		})
	}
	s.until("all nodes have collapsed", 100, func() bool { return collapsed == len(s.nodes) })
	left := 0
	for _, n := range s.nodes {
		if s.ok() {
			left = max(left, s.status(n).Log.Segments)
		}
	}
	if left > 2 {
		s.wrong("a node keeps %d segments after a collapse to one", left)
	}
	s.busy(50)
	replayed := core.Instance(0)
	for _, n := range s.nodes {
		s.restart(n)
		s.until("the node is back", 10, func() bool { return n.up })
		if !s.ok() {
			return ""
		}
		st := s.status(n)
		replayed = max(replayed, st.ReplayThrough-min(st.ReplayFrom, st.ReplayThrough))
		if st.Rebuilding {
			s.wrong("n%d lacks log behind its checkpoint", n.seat)
		}
	}
	s.converge()
	return fmt.Sprintf("segments=%d after_collapse=%d instances=%d replayed=%d", most, left, s.checks.ghost.prefix, replayed)
}

// playSnapshot: the node misses more than the others keep, and when it is back it
// dies at every operation of its start and of installing, each time one later.
func playSnapshot(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	away := s.others(m)[0]
	s.busy(60)
	s.crash(away)
	s.busy(300)
	s.wait(30)
	missed := s.checks.ghost.prefix - s.checks.applies.last[away.seat]
	interrupted, before := 0, s.stats.Snapshots
	wr := s.writer(1, 0)
	s.script.starts = func(n *node) {
		if n == away {
			n.disk.FailAfter(interrupted)
		}
	}
	s.script.died = func(n *node) {
		interrupted++
		n.deaths++
		n.dieAs("at an operation", interrupted%2 == 0)
		s.comeBack(n)
	}
	s.comeBack(away)
	s.until("a snapshot is installed", 1000, func() bool { return s.stats.Snapshots > before })
	s.script.starts, s.script.died = nil, nil
	if away.up {
		away.disk.FailAfter(-1)
	}
	s.until("the node has caught up", 100, func() bool {
		return away.up && away.replica != nil && s.status(away).Commit+5 >= s.checks.ghost.prefix
	})
	wr.stopped = true
	s.converge()
	return fmt.Sprintf("missed=%d interrupted=%d snapshots=%d commits_meanwhile=%d", missed, interrupted, s.stats.Snapshots-before, len(wr.acked))
}

// playDiskFull: first all disks are nearly full, then full, while updates come; then
// there is room again.
func playDiskFull(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	s.busy(50)
	room := func(left int64) (lives uint32) {
		for _, n := range s.nodes {
			n.disk.SetCapacity(0)
			if left > 0 {
				n.disk.SetCapacity(n.disk.Used() + left)
			}
			lives += n.life
		}
		return lives
	}
	lives := room(32 << 20) // less than a segment
	wr := s.writer(2, 0)
	s.until("updates are refused", 100, func() bool { return wr.full > 10 })
	acked, deleted := len(wr.acked), 0
	remove := func() {
		if n := s.serving(); n != nil {
			key := fmt.Sprintf("w%06d", 1+deleted)
			s.update(n, command.Delete{Key: key}, func(r *request) {
				if r.outcome == success {
					deleted++
				}
			})
		}
	}
	remove()
	s.until("a delete passes", 20, func() bool { return deleted == 1 })
	room(1)
	for range 10 {
		remove()
		s.wait(5)
	}
	if s.ok() && deleted > 3 {
		s.wrong("%d deletes went to disks that have no room at all", deleted)
	}
	room(0)
	s.until("updates again", 150, func() bool { return len(wr.acked) > acked+50 })
	if room(0) != lives {
		s.wrong("a process had to be started again")
	}
	wr.stopped = true
	s.converge()
	return fmt.Sprintf("refused=%d deleted=%d acked_before=%d after=%d", wr.full, deleted, acked, len(wr.acked)-acked)
}

// playDivergence leads one follower's store astray by one update.
func playDivergence(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	s.busy(30)
	odd := s.others(m)[0]
	s.script.tamper = func(n *node, _ core.Instance, v core.Value) core.Value {
		updates, err := v.Updates()
		if n != odd || n.astray || err != nil || len(updates) == 0 {
			return v
		}
		n.astray = true // as many entries as the others count, so that it freezes where they do
		updates[0] = command.Encode(command.Set{Key: "astray", Value: []byte("x")})
		return core.EncodeBatch(updates)
	}
	wr := s.writer(1, 0)
	s.until("the store goes astray", 10, func() bool { return odd.astray })
	s.script.tamper = nil
	before, since := s.stats.Snapshots, s.now
	s.until("it is found and rebuilt", 200, func() bool { return s.stats.Snapshots > before && !odd.astray })
	took := s.now - since
	wr.stopped = true
	if !s.ok() {
		return ""
	}
	compared := uint64(0)
	for _, n := range s.nodes {
		compared += s.status(n).Protocol.DigestsCompared
	}
	evidence := ""
	names, err := odd.disk.List(".")
	for _, name := range names {
		if strings.HasPrefix(name, storePath+".diverged") {
			evidence = name
		}
	}
	if err != nil || evidence == "" || compared == 0 {
		s.wrong("digests compared %d, evidence %q in %v: %v", compared, evidence, names, err)
	}
	s.converge()
	return fmt.Sprintf("digests_compared=%d evidence=%s found_and_rebuilt_in=%s", compared, evidence, stamp(took))
}

// playReadOnly: the one node of a cluster gets its data, and is then started
// read-only.
func playReadOnly(s *stage) string {
	n := s.boot()
	if n == nil {
		return ""
	}
	s.busy(20)
	s.script.config = func(_ *node, c *replica.Config) { c.ReadOnly = true }
	s.restart(n)
	s.until("it is back", 10, func() bool { return n.up })
	s.wait(30)
	refused := 0
	for range 5 {
		s.write(n, func(r *request) {
			if r.outcome == nothingHappened {
				refused++
			}
		})
	}
	applied := s.status(n).Applied
	s.wait(10)
	if s.ok() && (refused != 5 || s.status(n).Applied != applied) {
		s.wrong("%d of 5 updates were refused, %d instances applied since", refused, s.status(n).Applied-applied)
	}
	r := s.read(n, "w000001", nil)
	s.wait(5)
	if s.ok() && (r.outcome != success || string(r.reply.Value) != "w000001") {
		s.wrong("a read has outcome %d and gives %q", r.outcome, r.reply.Value)
	}
	return fmt.Sprintf("refused=%d of=5 read=%q", refused, r.reply.Value)
}
