package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/model/spec"
)

// steps is check K19: every step of every node is one of the spec. A trace event names
// an action; the spec's guards must allow it in the state that the spec is in, and the
// state after it must be the one that the node reports. Consistent reads are held
// against the spec as well: whoever serves them must be allowed to.
//
// What a node's disk lost beyond what the protocol survives is taken over as it is
// found, and so is what a node finds that is no voter.
type steps struct {
	spec  *spec.State
	lost  bool // a step was refused: what follows is no run of the spec's
	taken uint64
}

func newSteps(o *Options) *steps {
	window := spec.Inst(core.DefaultAlpha)
	if o.Rule == core.RuleLocality.String() { // settings may go beyond it
		window = 3*core.DefaultAlpha + core.MaxSeats
	}
	return &steps{spec: spec.Init(&spec.Config{Nodes: o.Nodes, Voters: spec.Set(o.voters()), Window: window, HoleFree: true, Runs: true})}
}

// specActions says which action of the spec an event is.
var specActions = [...]*spec.Action{
	core.ActStart: spec.StartElection, core.ActPromise: spec.Promise, core.ActMaster: spec.BecomeMaster,
	core.ActPropose: spec.Propose, core.ActAccept: spec.Accept, core.ActSync: spec.Sync, core.ActCommit: spec.Commit,
	core.ActLearn: spec.LearnCommit, core.ActCatchUp: nil, // its entries were told one by one
	core.ActLeaseReq: spec.LeaseRequest, core.ActGrant: spec.LeaseGrant, core.ActHold: spec.LeaseHold,
	core.ActStepDown: spec.StepDown, core.ActGenesis: nil, core.ActAdopt: nil, // who votes is told by the disks
	core.ActRestart: spec.Restart, core.ActInstall: spec.Install, core.ActRelease: spec.Release,
	core.ActHandOver: spec.HandOver, core.ActSetting: nil, // what it says is in the entry
	core.ActFollow: spec.Follow, core.ActTake: spec.Take, core.ActHeld: nil, // part of Restart
	core.ActDrop: spec.Drop,
}

// took judges a step of a node, which is a voter or not, at an instant of its clock.
func (s *steps) took(seat core.Seat, voter bool, now core.Instant, e *core.Event) *violation {
	if s.lost {
		return nil
	}
	n := int(seat)
	s.taken++
	s.spec.Vote(n, voter)
	s.spec.Clock(n, int64(now))
	if act := specActions[e.Action]; act != nil {
		a := argsOf(seat, now, e)
		if no := s.spec.Step(act, &a); no != "" {
			s.lost = true
			return violated("K19", "n%d takes %v in ballot %v at instance %d, and the spec's %s forbids it: %s", seat, e.Action, e.Ballot, e.Instance, act.Name, no)
		}
	}
	if e.Action == core.ActSetting { // in the midst of a move of the commit index
		return nil
	}
	return s.same(seat, e)
}

func argsOf(seat core.Seat, now core.Instant, e *core.Event) spec.Args {
	a := spec.Args{N: int(seat), S: int(e.From), B: specBallot(e.Ballot), I: spec.Inst(e.Instance), V: specValue(e.Digest),
		Q: spec.Set(e.Quorum), R: e.Round, Pos: spec.Pos(e.Position), Now: int64(now), Period: int64(e.Period)}
	if e.Action == core.ActSync {
		a.Pos = spec.Pos(e.Durable)
	}
	return a
}

// specBallot translates a ballot: members are numbered by their seats, from 1 on.
func specBallot(b core.Ballot) spec.Ballot {
	if b.IsZero() {
		return 0
	}
	return spec.MakeBallot(b.Round, int(b.Member)-1)
}

// specValue is a digest that is never that of nothing.
func specValue(digest uint64) spec.Value { return spec.Value(max(digest, 1)) }

// same compares what a node reports after a step with the spec's state.
func (s *steps) same(seat core.Seat, e *core.Event) *violation {
	n := int(seat)
	phase := spec.Follower
	switch {
	case e.Role == core.RoleMaster:
		phase = spec.Master
	case e.Role == core.RoleCandidate:
		phase = spec.Candidate
	}
	if s.spec.Promised(n) == specBallot(e.Promised) && s.spec.Commit(n) == spec.Inst(e.Commit) && s.spec.Phase(n) == phase {
		return nil
	}
	s.lost = true
	return violated("K19", "n%d after %v in ballot %v: promised %v, commit index %d, %v; the spec has promised %v, commit index %d, phase %d",
		seat, e.Action, e.Ballot, e.Promised, e.Commit, e.Role, s.spec.Promised(n), s.spec.Commit(n), s.spec.Phase(n))
}

// restarted judges what a process has found on its disk.
func (s *steps) restarted(seat core.Seat, voter, damaged bool, now core.Instant, found []core.Event) *violation {
	if s.lost {
		return nil
	}
	e := &found[0]
	a := argsOf(seat, now, e)
	a.I, a.Pro, a.Damaged = spec.Inst(e.Commit), specBallot(e.Promised), damaged
	for k := range found[1:] {
		h := &found[1+k]
		a.Restored = append(a.Restored, spec.Entry{B: specBallot(h.Ballot), V: specValue(h.Digest)})
	}
	s.spec.Vote(int(seat), voter)
	if no := s.spec.Step(spec.Restart, &a); no != "" {
		s.lost = true
		return violated("K19", "n%d restarts with promise %v, commit index %d and %d entries, and the spec forbids it: %s", seat, e.Promised, e.Commit, len(found)-1, no)
	}
	return s.same(seat, e)
}

// wiped tells that a seat's disk is another one, and blank.
func (s *steps) wiped(seat core.Seat) { s.spec.Lost(int(seat)) }

// serves judges that a node would serve consistent reads at an instant of its clock.
func (s *steps) serves(seat core.Seat, now core.Instant) *violation {
	if s.lost {
		return nil
	}
	s.spec.Clock(int(seat), int64(now))
	if no := s.spec.Enabled(spec.Read, &spec.Args{N: int(seat)}); no != "" {
		return violated("K19", "n%d serves consistent reads, and the spec's Read forbids it: %s", seat, no)
	}
	return nil
}
