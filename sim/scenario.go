package sim

import (
	"fmt"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// A Scenario is one situation that a cluster must master, told step by step, and
// the planted bug without whose absence it would not.
type Scenario struct {
	Name  string
	About string
	Bug   string
	play  func(*stage) string // returns its figures
	opts  func(*Options)
}

// Scenarios lists them all.
func Scenarios() []Scenario {
	return slices.Concat(protocolScenarios(), roleScenarios(), siteScenarios(), storeScenarios())
}

// protocolScenarios are about elections, leases, catch-up and first boot.
func protocolScenarios() []Scenario {
	return []Scenario{
		{Name: "sync-stall", About: "a follower's sync takes 2 s: votes wait, heartbeats don't", Bug: "heartbeat-waits", play: playStall},
		{Name: "pipeline", About: "5 ms between peers: instances overlap", Bug: "stop-and-wait", play: playPipeline},
		{Name: "cut-master", About: "a master cut off from both peers fails its waiting clients within a lease and serves nothing",
			Bug: "no-step-down", play: playCutMaster},
		{Name: "quiet-return", About: "an isolated voter raises nothing and rejoins without an election", Bug: "no-ask-first", play: playQuietReturn},
		{Name: "lift", About: "a voter whose promise is higher than the master's heals, its owner dead", Bug: "no-lift", play: playLift,
			opts: func(o *Options) { o.Nodes = 5 }},
		{Name: "give-up", About: "a master that gets nothing chosen although its leases are granted makes way, then one whose disk is full", Bug: "no-give-up", play: playGiveUp},
		{Name: "stopped-reader", About: "a stopped master goes on inside a run of pipelined reads: none is answered from the old view",
			Bug: "clock-before-view", play: playStoppedReader},
		{Name: "long-absence", About: "a node that missed 100,000 updates catches up by log while the others go on", Bug: "no-catch-up",
			play: playLongAbsence, opts: func(o *Options) { o.MaxEntries = 0 }},
		{Name: "wiped-voter", About: "a wiped voter comes back blank and does not vote", Bug: "blank-votes", play: playWipedVoter},
		{Name: "first-boot", About: "first boot with one node missing says who, and starts when it comes", Bug: "majority-genesis", play: playFirstBoot},
		{Name: "lost-at-boot", About: "a disk lost between blank and adopting: nobody leads until --bootstrap-without", Bug: "blank-votes",
			play: playLostAtBoot},
		{Name: "uneven-leases", About: "nodes with different lease periods in their files", Bug: "grant-own-period", play: playUneven,
			opts: func(o *Options) { o.Uneven = true }},
	}
}

// Play runs a scenario. A trace goes to out, if it isn't nil.
func (sc Scenario) Play(trace func(*World)) Played {
	o := stageOptions(3)
	if sc.opts != nil {
		sc.opts(&o)
	}
	s := newStage(o)
	if trace != nil {
		trace(s.World)
	}
	figures := sc.play(s)
	s.ok()
	return Played{Name: sc.Name, Bug: sc.Bug, Trouble: s.trouble, Figures: figures}
}

// boot starts all nodes and waits for the first master.
func (s *stage) boot() *node {
	s.startAll()
	return s.master(40)
}

// playStall: the good follower hears no heartbeats, so the lease rests on the one
// whose disk stalls.
func playStall(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	wr := s.writer(1, 0)
	s.wait(5)
	slow, good := s.others(m)[0], s.others(m)[1]
	s.net.drop = func(from, to core.Seat, msg core.Message) bool {
		_, ask := msg.(*core.Heartbeat)
		_, answer := msg.(*core.HeartbeatReply)
		return (ask || answer) && (from == good.seat || to == good.seat)
	}
	before, elections := len(wr.acked), s.stats.Elections
	slow.slow = s.now + s.lease(20)
	s.wait(20)
	commits, elected := len(wr.acked)-before, s.stats.Elections-elections
	if elected != 0 || commits == 0 || s.serving() != m {
		s.wrong("%d elections, %d commits during the stall, serving: %t", elected, commits, s.serving() == m)
	}
	s.net.drop = nil
	s.converge()
	return fmt.Sprintf("elections=%d commits_during_stall=%d", elected, commits)
}

func playPipeline(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	for i := range s.net.extra {
		for j := range s.net.extra[i] {
			s.net.extra[i][j] = 5_000_000
		}
	}
	most, acked := 0, 0
	for ms := range int64(100) {
		s.push(event{at: s.now + ms*1_000_000, kind: evScript, run: func() {
			s.write(m, func(r *request) { acked++ })
		}})
	}
	s.until("100 updates", 50, func() bool {
		most = max(most, s.status(m).InFlight)
		return acked == 100
	})
	if most < 2 {
		s.wrong("never more than %d instance in flight", most)
	}
	s.converge()
	return fmt.Sprintf("inflight_max=%d", most)
}

// playCutMaster cuts off one master with a read that comes when its lease is over,
// and the next one with a write under way.
func playCutMaster(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	s.wait(5)
	c := s.cutOff(m)
	s.wait(10)
	served, waiting := 0, 0
	for range 20 {
		late := s.read(m, "w000001", nil)
		s.wait(1)
		switch late.outcome {
		case success:
			served++
		case pending:
			waiting++
		case nothingHappened, unknown:
		default:
			panic("sim: unknown outcome")
		}
	}
	if served+waiting > 0 {
		s.wrong("later than a lease after the cut, %d reads were served and %d were left waiting", served, waiting)
	}
	next := s.serving()
	if next == nil || next == m {
		s.wrong("no other node leads three leases after the cut")
		return ""
	}
	s.net.end(c)
	s.wait(5)
	s.cutOff(next)
	cutAt, answered := s.now, int64(0)
	r := s.write(next, func(*request) { answered = s.now - cutAt })
	s.wait(11)
	if r.outcome == pending || r.outcome == success || answered > s.lease(10)+s.lease(10)/50 {
		s.wrong("the waiting client has outcome %d after %s", r.outcome, stamp(answered))
	}
	s.converge()
	return fmt.Sprintf("reads_served_after=%d client_failed_after=%s", served, stamp(answered))
}

func playQuietReturn(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	wr := s.writer(1, 0)
	away := s.others(m)[0]
	promised := s.status(away).Promised
	c := s.cutOff(away)
	s.wait(40)
	elections := s.stats.Elections
	s.net.end(c)
	s.wait(30)
	elected := s.stats.Elections - elections
	if s.trouble == "" && (elected != 0 || s.serving() != m || s.status(away).Promised != promised) {
		s.wrong("%d elections; the voter's promise went from %v to %v", elected, promised, s.status(away).Promised)
	}
	wr.stopped = true
	s.converge()
	return fmt.Sprintf("elections=%d commits=%d", elected, len(wr.acked))
}

// playLift: n4 is dead; a Prepare of its, with a high ballot, arrives late at a
// voter whose grant has run out behind a cut.
func playLift(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	owner, voter := s.others(m)[0], s.others(m)[1]
	genesis := m.ledger.genesis
	c := s.cutOff(voter)
	owner.dieAs("for good", false)
	s.wait(15)
	b := core.Ballot{Round: 50, Member: genesis.Voters[owner.seat].Member}
	env := &core.Envelope{From: owner.seat, To: voter.seat, Cluster: genesis.Cluster, FromInc: owner.ledger.incarnation,
		ToInc: voter.ledger.incarnation, Msg: &core.Prepare{B: b, From: s.status(voter).Commit + 1}}
	s.checks.steps.lost = true // no step of a node sent that message
	voter.enqueue(input{kind: inMessage, env: *env})
	s.until("the late promise", 10, func() bool { return s.status(voter).Promised == b })
	s.net.end(c)
	wr := s.writer(1, 0)
	s.until("a master above the dead owner's ballot, followed by all", 60, func() bool {
		n := s.serving()
		if n == nil || !b.Less(s.status(n).Ballot) {
			return false
		}
		for _, other := range s.others(owner) {
			if s.status(other).Promised != s.status(n).Ballot {
				return false
			}
		}
		return true
	})
	took := s.now
	s.wait(5)
	wr.stopped = true
	return fmt.Sprintf("lifted_at=%s commits=%d", stamp(took), len(wr.acked))
}

// playGiveUp: first heartbeats pass and proposals don't, then the disk is full.
func playGiveUp(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	s.net.drop = func(from, _ core.Seat, msg core.Message) bool {
		_, is := msg.(*core.Accept)
		return is && from == m.seat
	}
	cut := s.replaced(m)
	s.net.drop = nil
	s.wait(30)
	m = s.master(10)
	if m == nil {
		return ""
	}
	m.fill(s.lease(100))
	full := s.replaced(m)
	s.converge()
	return fmt.Sprintf("new_master_after_cut=%s after_full_disk=%s", stamp(cut), stamp(full))
}

// replaced hands an update to a master that can't get it chosen, and waits until
// another node leads and commits. It returns how long that took.
func (s *stage) replaced(m *node) int64 {
	r := s.write(m, nil)
	start := s.now
	s.until("a healthy master", 50, func() bool { n := s.serving(); return n != nil && n != m })
	took := s.now - start
	if r.outcome == pending {
		s.wrong("the client of the old master still waits")
	}
	if n := s.serving(); n != nil {
		w := s.write(n, nil)
		s.until("a commit by the new master", 10, func() bool { return w.outcome == success })
	}
	return took
}

// playStoppedReader: a run of reads is under way at the master when it stops. What
// arrives meanwhile is read when it goes on, after another master has written.
func playStoppedReader(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	s.wait(5)
	first := s.read(m, "w000001", nil)
	s.runUntil(s.now)
	m.pause(s.now + s.lease(40))
	if !s.until("another master", 35, func() bool { n := s.serving(); return n != nil && n != m }) {
		return ""
	}
	w := s.write(s.serving(), nil)
	s.until("the new master's write", 5, func() bool { return w.outcome == success })
	var late []*request
	for range 10 {
		late = append(late, s.read(m, "w000001", nil))
	}
	s.wait(40)
	stale := 0
	for _, r := range late {
		if r.outcome == success && string(r.reply.Value) != "w000001" {
			stale++
		}
	}
	if stale > 0 {
		s.wrong("%d reads of the old view", stale)
	}
	s.converge()
	return fmt.Sprintf("first=%d stale=%d of=%d", first.outcome, stale, len(late))
}
