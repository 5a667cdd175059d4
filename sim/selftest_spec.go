package sim

import (
	"time"

	"github.com/openvstorage/arakoon-go/core"
)

// Twins of K19. Each is a short run of three nodes, of which one event, or one of its
// fields, is not what the spec allows.

// enacted is a run as the events tell it.
type enacted struct {
	s     *steps
	now   core.Instant
	pos   [3]core.Position
	state [3]core.Event // as last reported
	found *violation
}

func enact() *enacted {
	return &enacted{s: newSteps(&Options{Nodes: 3}), now: 1000}
}

// takes lets a node take a step; what it reports after it is as change leaves it.
func (p *enacted) takes(seat core.Seat, e core.Event, change func(*core.Event)) *enacted {
	p.now++
	state := &p.state[seat]
	if change != nil {
		change(state)
	}
	e.Promised, e.Commit, e.Role = state.Promised, state.Commit, state.Role
	e.Position, e.Durable = p.pos[seat]+1, p.pos[seat]
	if e.Action == core.ActSync {
		p.pos[seat]++
		e.Durable = p.pos[seat]
	}
	p.found = earlier(p.found, p.s.took(seat, true, p.now, &e))
	return p
}

func (p *enacted) syncs(seats ...core.Seat) *enacted {
	for _, seat := range seats {
		p.takes(seat, core.Event{Action: core.ActSync}, nil)
	}
	return p
}

// stands lets a node win a ballot with the promise of another; whoever is named syncs.
func (p *enacted) stands(seat, voter core.Seat, b core.Ballot, synced ...core.Seat) *enacted {
	p.takes(seat, core.Event{Action: core.ActStart, Ballot: b}, func(e *core.Event) { e.Promised, e.Role = b, core.RoleCandidate })
	p.syncs(seat)
	p.takes(voter, core.Event{Action: core.ActPromise, Ballot: b, From: seat}, func(e *core.Event) { e.Promised, e.Role = b, core.RoleFollower })
	return p.syncs(synced...)
}

func (p *enacted) leads(seat core.Seat, b core.Ballot, q core.SeatSet) *enacted {
	return p.takes(seat, core.Event{Action: core.ActMaster, Ballot: b, Quorum: q}, func(e *core.Event) { e.Role = core.RoleMaster })
}

func (p *enacted) proposes(seat core.Seat, b core.Ballot, i core.Instance, v uint64) *enacted {
	return p.takes(seat, core.Event{Action: core.ActPropose, Ballot: b, Instance: i, Digest: v}, nil)
}

func (p *enacted) accepts(seat core.Seat, b core.Ballot, i core.Instance, v uint64) *enacted {
	return p.takes(seat, core.Event{Action: core.ActAccept, Ballot: b, Instance: i, Digest: v}, func(e *core.Event) { e.Promised = b })
}

func (p *enacted) commits(seat core.Seat, b core.Ballot, i core.Instance) *enacted {
	return p.takes(seat, core.Event{Action: core.ActCommit, Ballot: b, Instance: i}, func(e *core.Event) { e.Commit = i })
}

func (p *enacted) leased(seat core.Seat, b core.Ballot, asks core.Action, round uint64) *enacted {
	return p.takes(seat, core.Event{Action: asks, Ballot: b, Round: round, Period: time.Second}, nil)
}

func (p *enacted) restarts(seat core.Seat, promised core.Ballot, held ...core.Event) *enacted {
	p.pos[seat], p.state[seat] = 0, core.Event{Promised: promised, Role: core.RoleFollower}
	found := append([]core.Event{{Action: core.ActRestart, Promised: promised, Role: core.RoleFollower}}, held...)
	p.found = earlier(p.found, p.s.restarted(seat, true, false, p.now, found))
	return p
}

// elected is a run in which node 0 leads in ballot 1.1 with node 1's promise.
func elected() (*enacted, core.Ballot) {
	b := ballot(1, 1)
	return enact().stands(0, 1, b, 1).leads(0, b, 0b011), b
}

var stepTwins = []twin{
	{"a promise counts before it is durable", func(flawed bool) *violation {
		p := enact().stands(0, 1, ballot(1, 1))
		if !flawed {
			p.syncs(1)
		}
		return p.leads(0, ballot(1, 1), 0b011).found
	}},
	{"a master that no majority promised", func(flawed bool) *violation {
		b := ballot(1, 1)
		return enact().stands(0, 1, b, 1).leads(0, b, pick[core.SeatSet](flawed, 0b001, 0b011)).found
	}},
	{"a report of a promise is not proposed again", func(flawed bool) *violation {
		p, b := elected()
		p.proposes(0, b, 1, 7).syncs(0).accepts(1, b, 1, 7).syncs(1)
		next := ballot(2, 3)
		return p.stands(2, 1, next, 1).leads(2, next, 0b110).proposes(2, next, 1, pick[uint64](flawed, 8, 7)).found
	}},
	{"a value is accepted that nobody proposed", func(flawed bool) *violation {
		p, b := elected()
		return p.proposes(0, b, 1, 7).accepts(1, b, 1, pick[uint64](flawed, 8, 7)).found
	}},
	{"an accept below the promise", func(flawed bool) *violation {
		p, b := elected()
		p.proposes(0, b, 1, 7)
		if flawed {
			p.stands(2, 1, ballot(2, 3), 1)
		}
		return p.accepts(1, b, 1, 7).found
	}},
	{"an instance is committed before the second vote is durable", func(flawed bool) *violation {
		p, b := elected()
		p.proposes(0, b, 1, 7).syncs(0).accepts(1, b, 1, 7)
		if !flawed {
			p.syncs(1)
		}
		return p.commits(0, b, 1).found
	}},
	{"a report that differs from the spec's state", func(flawed bool) *violation {
		p, b := elected()
		p.proposes(0, b, 1, 7).syncs(0).accepts(1, b, 1, 7).syncs(1)
		return p.takes(0, core.Event{Action: core.ActCommit, Ballot: b, Instance: 1}, func(e *core.Event) { e.Commit = pick[core.Instance](flawed, 2, 1) }).found
	}},
	{"a promise against a grant that still counts", func(flawed bool) *violation {
		p, b := elected()
		p.leased(0, b, core.ActLeaseReq, 1).leased(1, b, core.ActGrant, 1)
		p.now += core.Instant(pick(flawed, time.Second, 2*time.Second))
		return p.stands(2, 1, ballot(2, 3), 1).found
	}},
	{"a lease that a minority granted", func(flawed bool) *violation {
		p, b := elected()
		p.leased(0, b, core.ActLeaseReq, 1).syncs(0)
		if !flawed {
			p.leased(1, b, core.ActGrant, 1).syncs(1)
		}
		return p.leased(0, b, core.ActHold, 1).found
	}},
	{"reads after the lease", func(flawed bool) *violation {
		p, b := elected()
		p.leased(0, b, core.ActLeaseReq, 1).leased(1, b, core.ActGrant, 1).syncs(0, 1).leased(0, b, core.ActHold, 1)
		p.proposes(0, b, 1, 7).syncs(0).accepts(1, b, 1, 7).syncs(1).commits(0, b, 1)
		return firstOf(p.found, p.s.serves(0, p.now+core.Instant(pick(flawed, 2*time.Second, time.Millisecond))))
	}},
	{"a restart has forgotten a vote", func(flawed bool) *violation {
		p, b := elected()
		p.proposes(0, b, 1, 7).accepts(1, b, 1, 7).syncs(1)
		held := []core.Event{{Action: core.ActHeld, Ballot: b, Instance: 1, Digest: 7}}
		return p.restarts(1, b, pick(flawed, nil, held)...).found
	}},
	{"a grant is dropped without a Release", func(flawed bool) *violation {
		p, b := elected()
		p.leased(0, b, core.ActLeaseReq, 1).leased(1, b, core.ActGrant, 1)
		p.takes(0, core.Event{Action: core.ActStepDown, Ballot: b}, func(e *core.Event) { e.Role = core.RoleFollower })
		if !flawed {
			p.takes(0, core.Event{Action: core.ActHandOver, Ballot: b, From: 1}, nil)
		}
		return p.takes(1, core.Event{Action: core.ActRelease, Ballot: b}, nil).found
	}},
}
