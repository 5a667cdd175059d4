package sim

import (
	"bytes"
	"slices"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// watch counts the marks of a run: it looks at trace events, at the wire, at starts
// and deaths, and at the end at what the disks held. It changes nothing.
type watch struct {
	w      *World
	counts MarkCounts
	seats  [MaxNodes]watched

	leader     lead
	holder     core.Seat // who served last, and until when as far as was seen
	heldAt     int64
	handedOver int64 // when a master last handed over, and to whom
	heir       core.Seat
	inside     replica.JobKind // in which a node is dying; noJob: in none
	unknown    [][]byte        // updates of unknown outcome, encoded
}

// lead is who became master last.
type lead struct {
	seat core.Seat
	life uint32
}

// watched is what is known of a node within its present life.
type watched struct {
	ballot    core.Ballot // that it leads in; zero: none
	stood     core.Ballot // that it stood in last
	stoodAt   int64
	commit    core.Instance
	refused   bool // somebody, as it had just restarted
	batches   int  // synced
	installed bool // a snapshot, above which its log has not begun yet
	fetching  bool
	source    core.Seat
	served    bool  // when it stopped
	fileBytes int64 // of its store, by the last slice of a checkpoint
	// From before this life:
	powerBefore bool // the life before ended in a power loss
	full        int  // operations that found no room, by the last sync
}

func newWatch(w *World) watch {
	return watch{w: w, leader: lead{seat: core.NoSeat}, holder: core.NoSeat, heir: core.NoSeat, inside: noJob}
}

// noJob is above every kind of job.
const noJob = replica.JobKind(255)

func (k *watch) hit(m Mark) { k.counts[m]++ }

func (k *watch) hitIf(cond bool, m Mark) {
	if cond {
		k.hit(m)
	}
}

// traced takes in a spec action of a node.
func (k *watch) traced(n *node, e *core.Event) {
	s := &k.seats[n.seat]
	s.commit = e.Commit
	switch e.Action {
	case core.ActStart:
		k.stands(n, e.Ballot)
	case core.ActMaster:
		k.leads(n, e.Ballot)
	case core.ActStepDown:
		s.ballot = core.Ballot{}
	case core.ActPromise:
		k.hitIf(s.refused, MarkQuarantineOver)
		s.refused = false
	case core.ActHandOver:
		k.hit(MarkHandOver)
		k.handedOver, k.heir = k.w.now, e.From
	case core.ActCatchUp:
		k.hit(MarkCaughtUp)
		k.hitIf(k.w.nemesis.wiped.Has(n.seat), MarkWipedLearns)
	case core.ActInstall:
		s.installed, s.fetching = true, false
		k.hit(MarkSnapshot)
		k.hitIf(k.w.nemesis.wiped.Has(n.seat), MarkWipedLearns)
	case core.ActSetting:
		k.hit(MarkWaived)
	default: // the others are too common to tell much
	}
}

func (k *watch) stands(n *node, b core.Ballot) {
	for i := range k.w.nodes {
		o := &k.seats[i]
		rival := i != int(n.seat) && !o.stood.IsZero() && o.ballot.IsZero() && k.w.now-o.stoodAt < int64(k.w.opts.Lease)/4
		k.hitIf(rival, MarkDuel)
	}
	k.seats[n.seat].stood, k.seats[n.seat].stoodAt = b, k.w.now
}

func (k *watch) leads(n *node, b core.Ballot) {
	for i := range k.w.nodes {
		k.hitIf(i != int(n.seat) && !k.seats[i].ballot.IsZero(), MarkTwoMasters)
	}
	k.hitIf(k.leader == lead{n.seat, n.life}, MarkRaise)
	k.hitIf(k.heir == n.seat && k.w.now-k.handedOver < int64(k.w.opts.Lease)/2, MarkHandOverQuick)
	k.heir = core.NoSeat
	k.leader = lead{n.seat, n.life}
	k.seats[n.seat].ballot = b
}

// sent takes in a message that leaves.
func (k *watch) sent(env *core.Envelope) {
	s := &k.seats[env.From]
	switch m := env.Msg.(type) {
	case *core.Behind:
		k.hit(MarkBehind)
	case *core.Nack:
		k.hitIf(m.Reason == core.RefusedGrant, MarkGrantHonoured)
		if m.Reason == core.RefusedQuarantine {
			s.refused = true
			k.hit(MarkQuarantine)
		}
	case *core.Accept:
		k.hitIf(len(m.Values) > 0 && k.leader.seat != env.From && k.leader.seat != core.NoSeat, MarkOldMaster)
	case *core.SnapshotFetch:
		k.hitIf(!m.Begin && s.fetching && s.source != env.To, MarkSnapshotResumed)
		s.fetching, s.source = true, env.To
	default: // says nothing rare
	}
}

// received takes in a message that arrives.
func (k *watch) received(env *core.Envelope) {
	s := &k.seats[env.To]
	leads := !s.ballot.IsZero()
	switch m := env.Msg.(type) {
	case *core.Chosen:
		k.hitIf(leads && m.B == s.ballot && m.Commit > s.commit, MarkLift)
	case *core.Nack:
		k.hitIf(leads && m.B == s.ballot && m.Commit > s.commit, MarkLift)
	case *core.Promise:
		k.hitIf(m.B != s.stood, MarkLatePromise)
	case *core.Accepted:
		k.hitIf(m.B != s.ballot, MarkLateAccepted)
	default: // says nothing rare
	}
}

// proposed takes in a value that a ballot proposes for the first time.
func (k *watch) proposed(seat core.Seat, b core.Ballot, i core.Instance, digest uint64) {
	g := k.w.checks.ghost
	if i >= core.Instance(len(g.slots)) {
		return
	}
	s := &g.slots[i]
	if !slices.ContainsFunc(s.votes, func(v vote) bool { return v.digest == digest && v.ballot.Less(b) }) {
		return // it is new
	}
	if s.chosen && s.digest == digest {
		k.hit(MarkChosenAgain)
	} else {
		k.hit(MarkRevivesUnchosen)
	}
	own := k.w.nodes[seat].ledger.at(i)
	switch {
	case len(own) == 0:
		k.hit(MarkAdoptsUnseen)
	case !slices.ContainsFunc(own, func(h held) bool { return h.digest == digest }):
		k.hit(MarkAdoptsOverOwn)
	}
}

// at returns everything that was ever durable here at instance i.
func (l *ledger) at(i core.Instance) []held {
	if i >= core.Instance(len(l.accepted)) {
		return nil
	}
	return l.accepted[i]
}

// started takes in that a process has recovered what its disk holds.
func (k *watch) started(n *node) {
	torn := func(said string) bool { return strings.Contains(said, "torn, never acknowledged") }
	k.hitIf(slices.ContainsFunc(n.replica.Recovery(), torn), MarkTornTail)
}

// synced takes in that a batch of a node's log is durable.
func (k *watch) synced(n *node) {
	s := &k.seats[n.seat]
	s.batches++
	s.installed = false
	if n.noRoom > k.w.now {
		return
	}
	full := n.disk.Counters().Full
	k.hitIf(full > s.full, MarkDiskRelieved)
	s.full = full
}

// sliced takes in that a slice of a checkpoint has run.
func (k *watch) sliced(n *node) {
	s, size := &k.seats[n.seat], n.machine.Stats().Tree.FileBytes
	k.hitIf(size < s.fileBytes, MarkVacuum)
	s.fileBytes = size
}

// dies takes in that a process is about to end, inside a job or anywhere.
func (k *watch) dies(n *node, power bool) {
	s := &k.seats[n.seat]
	k.hitIf(power && s.powerBefore && s.batches == 0, MarkPowerTwice)
	k.hitIf(power && n.replica == nil, MarkPowerInStart)
	k.hitIf(s.installed, MarkInstallLog)
	k.hitIf(power && k.inside == replica.JobCheckpoint, MarkCheckpointCut)
	if k.inside == replica.JobImport {
		renamed := slices.ContainsFunc(n.disk.Pending(), func(op disk.Op) bool { return op.Kind == disk.OpRename && op.To == storePath })
		k.hitIf(renamed, MarkInstallRenamed)
		k.hitIf(!renamed, MarkInstallWriting)
	}
	if n.ledger.genesis == nil {
		for _, o := range k.w.nodes {
			k.hitIf(o.ledger.genesis != nil && n.ledger.memberOf(o.ledger.genesis), MarkHalfGenesis)
		}
	}
	up := slices.ContainsFunc(k.w.nodes, func(o *node) bool { return o != n && o.up })
	k.hitIf(power && !up, MarkDark)
	k.seats[n.seat] = watched{powerBefore: power, full: s.full}
	k.inside = noJob
}

// stopsItself takes in that a process ends because its disk failed it.
func (k *watch) stopsItself(n *node) {
	k.hit(MarkStopsItself)
	k.seats[n.seat] = watched{full: k.seats[n.seat].full}
}

// pauses takes in that a process stops, goesOn that it goes on.
func (k *watch) pauses(n *node) { k.seats[n.seat].served = k.w.checks.leases.holder == n.seat }

func (k *watch) goesOn(n *node) {
	h := k.w.checks.leases.holder
	k.hitIf(k.seats[n.seat].served && h != core.NoSeat && h != n.seat, MarkOverslept)
	k.seats[n.seat].served = false
}

// holds takes in who would serve at a true instant.
func (k *watch) holds(seat core.Seat) {
	if seat == core.NoSeat {
		return
	}
	lease := int64(k.w.opts.Lease)
	released := k.handedOver > 0 && k.w.now-k.handedOver < lease
	k.hitIf(k.holder != core.NoSeat && k.holder != seat && k.w.now-k.heldAt < lease/8 && !released, MarkCloseCall)
	k.holder, k.heldAt = seat, k.w.now
}

// goesLong takes in a read that finds no view under a lease.
func (k *watch) goesLong(n *node) {
	k.hitIf(!k.seats[n.seat].ballot.IsZero() && !n.replica.Reads().Leased(n.clockFn), MarkReadRefused)
}

// outcomeUnknown takes in an update whose client doesn't know. Others than a Set may
// have been chosen for another client as well.
func (k *watch) outcomeUnknown(r *request) {
	if _, ok := r.op.update.(command.Set); ok {
		k.unknown = append(k.unknown, r.encoded)
	}
}

// finish looks at what the disks held in the whole run.
func (k *watch) finish() {
	g := k.w.checks.ghost
	for i := range g.slots {
		k.slot(&g.slots[i], g.quorum)
	}
	for _, n := range k.w.nodes {
		for _, all := range n.ledger.accepted {
			k.hitIf(slices.ContainsFunc(all, func(h held) bool { return h.digest != all[0].digest }), MarkVoteReplaced)
		}
	}
	if k.w.failure != nil {
		return // what is chosen may be beyond telling
	}
	for _, u := range k.unknown {
		chosen := false
		for i := core.Instance(1); i <= g.prefix && !chosen; i++ {
			chosen = bytes.Contains(g.value(i), u)
		}
		k.hitIf(chosen, MarkUnknownApplied)
		k.hitIf(!chosen, MarkUnknownLost)
	}
}

func (k *watch) slot(s *slot, q core.Quorum) {
	k.hitIf(len(s.votes) >= 3, MarkThreeBallots)
	k.hitIf(len(s.values) >= 3, MarkThreeValues)
	k.hitIf(s.chosen && len(s.values) > 1, MarkStrayValue)
	for i := range s.votes {
		v := &s.votes[i]
		k.hitIf(s.chosen && v.ballot == s.ballot && q.Met(v.seats) && !q.Met(v.seats&^k.w.opts.Witnesses), MarkWitnessDecides)
	}
}
