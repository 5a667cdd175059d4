package spec

// What each guard that no bounded model shows is there for: a short history, and a step that
// this guard alone refuses.

// script is a run of three nodes in the making.
type script struct {
	s   *State
	now int64
	pos Pos
}

const second = 1_000_000_000

func newScript() *script {
	return &script{s: Init(&Config{Nodes: 3, Voters: 0b111, Window: 16, HoleFree: true, Runs: true}), now: second}
}

// args completes what a step says about itself.
func (x *script) args(a Args) *Args {
	a.Pos, a.Now, a.Period = x.pos+1, x.now, second
	return &a
}

func (x *script) do(act *Action, a Args) *script {
	if no := x.s.Step(act, x.args(a)); no != "" {
		panic("spec: a history is none: " + act.Name + " " + no)
	}
	return x
}

// sync makes everything durable that the nodes wrote.
func (x *script) sync() *script {
	x.pos++
	for n := range x.s.nodes {
		syncEffect(x.s, &Args{N: n, Pos: x.pos})
	}
	return x
}

var (
	first = MakeBallot(1, 0)
	lofty = MakeBallot(9, 2)
)

// stands: node 0 is candidate in the first ballot, and 1 has promised it.
func (x *script) stands() *script {
	x.do(StartElection, Args{N: 0, B: first}).sync()
	return x.do(Promise, Args{N: 1, B: first}).sync()
}

func (x *script) leads() *script { return x.stands().do(BecomeMaster, Args{N: 0, B: first, Q: 0b011}) }

func (x *script) proposes() *script {
	return x.leads().do(Propose, Args{N: 0, B: first, I: 1, V: 7})
}

func (x *script) accepted() *script {
	return x.proposes().do(Accept, Args{N: 1, B: first, I: 1, V: 7}).sync()
}

// leased: round 1 is asked for and granted.
func (x *script) leased() *script {
	x.leads().do(LeaseRequest, Args{N: 0, B: first, R: 1})
	return x.do(LeaseGrant, Args{N: 1, B: first, R: 1}).sync()
}

func (x *script) left() *script { return x.leads().do(StepDown, Args{N: 0, B: first}) }

type refusal struct {
	act   *Action
	guard string
	play  func(x *script) Args
}

// plain is a step that an honest history leads to, with one thing that isn't so.
func plain(history func(*script) *script, a Args, spoil func(x *script)) func(*script) Args {
	return func(x *script) Args {
		history(x)
		if spoil != nil {
			spoil(x)
		}
		return a
	}
}

// late: the step claims a place in the log that is durable already.
func late(x *script) {
	for n := range x.s.nodes {
		x.s.nodes[n].synced = x.pos + 1
	}
}

func mute(n int) func(*script) { return func(x *script) { x.s.Vote(n, false) } }

func chosen(i Inst) func(*script) {
	return func(x *script) {
		slot := x.s.slot(i)
		slot.chosen, slot.p2a = 7, []Entry{{first, 7}}
	}
}

var refusals = []refusal{
	{StartElection, "voter", plain((*script).sync, Args{N: 0, B: first}, mute(0))},
	{StartElection, "written", plain((*script).sync, Args{N: 0, B: first}, late)},
	{Promise, "prepared", plain((*script).sync, Args{N: 1, B: first}, nil)},
	{Promise, "voter", plain((*script).stands, Args{N: 2, B: first}, mute(2))},
	{Promise, "written", plain((*script).stands, Args{N: 2, B: first}, late)},
	{BecomeMaster, "ballot", plain((*script).stands, Args{N: 0, B: lofty, Q: 0b011}, nil)},
	{Propose, "ballot", plain((*script).leads, Args{N: 0, B: lofty, I: 1, V: 7}, nil)},
	{Propose, "next", plain((*script).leads, Args{N: 0, B: first, I: 2, V: 7}, nil)},
	{Propose, "again", plain((*script).leads, Args{N: 0, B: first, I: 1, V: 7}, func(x *script) { x.s.nodes[0].due = []Value{9} })},
	{Propose, "written", plain((*script).leads, Args{N: 0, B: first, I: 1, V: 7}, late)},
	{Accept, "proposed", plain((*script).proposes, Args{N: 1, B: first, I: 1, V: 8}, nil)},
	{Accept, "written", plain((*script).proposes, Args{N: 1, B: first, I: 1, V: 7}, late)},
	{Accept, "voter", plain((*script).proposes, Args{N: 1, B: first, I: 1, V: 7}, mute(1))},
	{Commit, "ballot", plain((*script).accepted, Args{N: 0, B: lofty}, nil)},
	{Commit, "agrees", plain((*script).accepted, Args{N: 0, B: first}, func(x *script) { x.s.slot(1).chosen = 8 })},
	{LearnCommit, "told", plain((*script).accepted, Args{N: 1, B: first, I: 1}, nil)},
	{LeaseRequest, "ballot", plain((*script).leads, Args{N: 0, B: lofty, R: 1}, nil)},
	{LeaseRequest, "round", plain((*script).leased, Args{N: 0, B: first, R: 1}, nil)},
	{LeaseGrant, "asked", plain((*script).leased, Args{N: 1, B: first, R: 2}, nil)},
	{LeaseGrant, "released", plain((*script).leased, Args{N: 1, B: first, R: 1}, func(x *script) { x.s.nodes[1].released = first })},
	{LeaseGrant, "voter", plain((*script).leased, Args{N: 1, B: first, R: 1}, mute(1))},
	{LeaseHold, "ballot", plain((*script).leased, Args{N: 0, B: lofty, R: 1}, nil)},
	{LeaseHold, "round", plain((*script).leased, Args{N: 0, B: first, R: 1}, func(x *script) { x.do(LeaseRequest, Args{N: 0, B: first, R: 1 + heldRounds}) })},
	{Read, "linear", plain((*script).leased, Args{N: 0}, func(x *script) {
		x.do(LeaseHold, Args{N: 0, B: first, R: 1})
		x.s.nodes[0].bar, x.s.seen = 0, 5
	})},
	{LeaseGrant, "other", plain((*script).leased, Args{N: 0, B: first, R: 1}, nil)},
	{Read, "lease", plain((*script).leads, Args{N: 0}, func(x *script) { x.s.nodes[0].bar = 0 })},
	{Read, "barrier", plain((*script).leased, Args{N: 0}, func(x *script) { x.do(LeaseHold, Args{N: 0, B: first, R: 1}) })},
	// Those that follow from others in all states that can be reached.
	{Promise, "other", plain((*script).stands, Args{N: 0, B: first}, func(x *script) { x.s.nodes[0].pro = 0 })},
	{Commit, "master", plain((*script).accepted, Args{N: 0, B: first}, func(x *script) { x.s.nodes[0].ph = Candidate })},
	{Commit, "own", plain((*script).accepted, Args{N: 0, B: first}, func(x *script) { x.s.nodes[0].log.set(1, Entry{}) })},
	{LeaseHold, "master", plain((*script).leased, Args{N: 0, B: first, R: 1}, func(x *script) { x.s.nodes[0].ph = Candidate })},
	{Read, "master", plain((*script).leased, Args{N: 0}, func(x *script) {
		x.do(LeaseHold, Args{N: 0, B: first, R: 1})
		x.s.nodes[0].bar, x.s.nodes[0].ph = 0, Candidate
	})},
	{Follow, "elected", plain((*script).stands, Args{N: 2, B: first}, nil)},
	{Follow, "higher", plain((*script).leads, Args{N: 1, B: first}, nil)},
	{Follow, "written", plain((*script).leads, Args{N: 2, B: first}, late)},
	{Follow, "voter", plain((*script).leads, Args{N: 2, B: first}, mute(2))},
	{StepDown, "stands", plain((*script).leads, Args{N: 1}, nil)},
	{StepDown, "ballot", plain((*script).leads, Args{N: 0, B: lofty}, nil)},
	{Install, "idle", plain((*script).leads, Args{N: 0}, nil)},
	{Install, "chosen", plain((*script).leads, Args{N: 2, I: 1}, nil)},
	{Restart, "commit", plain((*script).stands, Args{N: 2, I: 1}, nil)},
	{Restart, "disk", plain((*script).stands, Args{N: 1}, nil)},
	{Take, "idle", plain((*script).leads, Args{N: 0, B: first, I: 1, V: 7}, chosen(1))},
	{Take, "next", plain((*script).leads, Args{N: 2, B: first, I: 2, V: 7}, chosen(2))},
	{Take, "chosen", plain((*script).accepted, Args{N: 2, B: first, I: 1, V: 7}, nil)},
	{HandOver, "own", plain((*script).left, Args{N: 1, B: first}, nil)},
	{HandOver, "elected", plain((*script).stands, Args{N: 2, B: lofty}, nil)},
	{HandOver, "left", plain((*script).leads, Args{N: 0, B: first}, nil)},
	{HandOver, "nothing-open", plain((*script).proposes, Args{N: 0, B: first}, func(x *script) { x.do(StepDown, Args{N: 0, B: first}) })},
	{Release, "told", plain((*script).left, Args{N: 1, B: first}, nil)},
	{Drop, "left", plain((*script).leased, Args{N: 0, B: first}, nil)},
	{Drop, "own", plain((*script).leased, Args{N: 1, B: first}, nil)},
}

// refuses plays a refusal, and says whether its guard alone refuses the step. A restart
// says what its disk gives back, which no step before it has: there Period is 0.
func (r *refusal) refuses(g Guard) bool {
	x := newScript()
	a := x.args(r.play(x))
	a.Pos = x.pos + 1
	if r.act == Restart {
		a.Period = 0
	}
	if x.s.Enabled(r.act, a) != r.guard {
		return false
	}
	x.s.Without(g)
	return x.s.Enabled(r.act, a) == ""
}
