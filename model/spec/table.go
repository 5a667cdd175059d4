package spec

// Args says which instance of an action is meant; each action reads some of it.
type Args struct {
	N int    // the node that acts
	S int    // the other node
	B Ballot // of the message taken in, or the ballot stood in
	I Inst   // of the message, or of what the action did
	V Value
	Q Set    // the promise quorum
	R uint64 // lease round

	// Runs only: where the writes go, and the node's clock.
	Pos    Pos
	Now    int64
	Period int64

	// A restart: what the log gave back.
	Pro      Ballot
	Restored []Entry // above I
	Damaged  bool    // durable bytes were lost, beyond what the protocol survives
}

// Guard identifies a guard: its place in the list of all, from 1 on.
type Guard int

// guard is one conjunct of an action that says when it is enabled.
type guard struct {
	name  string
	holds func(*State, *Args) bool
	id    Guard
	only  scope
}

// scope says where a guard or an action counts.
type scope uint8

const (
	always scope = iota
	inModels
	inRuns
)

func (k scope) counts(runs bool) bool {
	return k == always || runs == (k == inRuns)
}

// Action is an action of the spec.
type Action struct {
	Name   string
	guards []guard
	effect func(*State, *Args)
	// all calls try for everything that the spec's Next quantifies over; nil: only runs
	// have the action.
	all func(s *State, try func(Args))
}

// The actions, in the order of the spec's Next, then those of runs alone.
var (
	StartElection = &Action{Name: "StartElection", guards: startGuards, effect: startEffect, all: allStarts}
	Promise       = &Action{Name: "Promise", guards: promiseGuards, effect: promiseEffect, all: allPromises}
	BecomeMaster  = &Action{Name: "BecomeMaster", guards: masterGuards, effect: masterEffect, all: allMasters}
	Propose       = &Action{Name: "Propose", guards: proposeGuards, effect: proposeEffect, all: eachNode}
	Accept        = &Action{Name: "Accept", guards: acceptGuards, effect: acceptEffect, all: allAccepts}
	Commit        = &Action{Name: "Commit", guards: commitGuards, effect: commitEffect, all: eachNode}
	LearnCommit   = &Action{Name: "LearnCommit", guards: learnGuards, effect: learnEffect, all: allLearns}
	CatchUp       = &Action{Name: "CatchUp", guards: catchUpGuards, effect: catchUpEffect, all: eachPair}
	Collapse      = &Action{Name: "Collapse", guards: collapseGuards, effect: collapseEffect, all: eachNode}
	Sync          = &Action{Name: "Sync", guards: syncGuards, effect: syncEffect, all: eachNode}
	Crash         = &Action{Name: "Crash", guards: crashGuards, effect: crashEffect, all: eachNode}
	LeaseRequest  = &Action{Name: "LeaseRequest", guards: requestGuards, effect: requestEffect, all: eachNode}
	LeaseGrant    = &Action{Name: "LeaseGrant", guards: grantGuards, effect: grantEffect, all: allGrants}
	LeaseHold     = &Action{Name: "LeaseHold", guards: holdGuards, effect: holdEffect, all: eachNode}
	Read          = &Action{Name: "Read", guards: readGuards, effect: readEffect, all: eachNode}
	Tick          = &Action{Name: "Tick", guards: tickGuards, effect: tickEffect, all: once}

	Follow   = &Action{Name: "Follow", guards: followGuards, effect: followEffect}
	StepDown = &Action{Name: "StepDown", guards: stepDownGuards, effect: stepDownEffect}
	Install  = &Action{Name: "Install", guards: installGuards, effect: installEffect}
	Restart  = &Action{Name: "Restart", guards: restartGuards, effect: restartEffect}
	HandOver = &Action{Name: "HandOver", guards: handOverGuards, effect: handOverEffect}
	Take     = &Action{Name: "Take", guards: takeGuards, effect: takeEffect}
	Release  = &Action{Name: "Release", guards: releaseGuards, effect: releaseEffect}
	Drop     = &Action{Name: "Drop", guards: dropGuards, effect: dropEffect}
)

var actions = number([]*Action{StartElection, Promise, BecomeMaster, Propose, Accept, Commit, LearnCommit, CatchUp,
	Collapse, Sync, Crash, LeaseRequest, LeaseGrant, LeaseHold, Read, Tick,
	Follow, StepDown, Install, Restart, Take, HandOver, Release, Drop})

// number gives each guard its identity.
func number(list []*Action) []*Action {
	id := Guard(0)
	for _, a := range list {
		for k := range a.guards {
			id++
			a.guards[k].id = id
		}
	}
	return list
}

// Guards names all guards, by Guard; element 0 is unused.
func Guards() []string {
	names := []string{""}
	for _, a := range actions {
		for _, g := range a.guards {
			names = append(names, a.Name+"."+g.name)
		}
	}
	return names
}

// Without leaves one guard out from now on.
func (s *State) Without(g Guard) { s.off = g }

// Enabled returns "" if the action may be taken, else the name of a guard that
// forbids it.
func (s *State) Enabled(act *Action, a *Args) string {
	for k := range act.guards {
		g := &act.guards[k]
		if g.only.counts(s.cfg.Runs) && g.id != s.off && !g.holds(s, a) {
			return g.name
		}
	}
	return ""
}

// Step takes the action, and returns "" or the name of a guard that forbids it; the
// state is then as it was.
func (s *State) Step(act *Action, a *Args) string {
	if a.N < 0 || a.N >= len(s.nodes) {
		return "no such node"
	}
	if no := s.Enabled(act, a); no != "" {
		return no
	}
	act.effect(s, a)
	return ""
}

func once(_ *State, try func(Args)) { try(Args{}) }

func eachNode(s *State, try func(Args)) {
	for n := range s.nodes {
		try(Args{N: n})
	}
}

func eachPair(s *State, try func(Args)) {
	for n := range s.nodes {
		for k := range s.nodes {
			try(Args{N: n, S: k})
		}
	}
}
