package explore

import (
	"math/bits"

	"github.com/openvstorage/arakoon-go/core"
)

// proposal is a value that an Accept proposes.
type proposal struct {
	instance core.Instance
	ballot   core.Ballot
	value    int32
}

// bill is a value with who voted for it in one ballot.
type bill struct {
	vote
	seats uint8
}

// judge holds a world against the rules that no machine alone can see:
//
//	one-value   a ballot proposes one value per instance
//	proposal    once a value is chosen, no later ballot proposes another (P2c)
//	agreement   one value is chosen per instance
//	commit      what a node takes for chosen is
//
// Chosen is what a majority of the disks has ever held durably in one ballot: no
// disk forgets a vote here, so nothing about the past needs to be in the world.
func (e *Explorer) judge(w *world, commits []vote) *wrong {
	if bad := e.tally(w); bad != nil {
		return bad
	}
	for _, c := range commits {
		if chosen := e.chosen(c.instance); chosen == nil || chosen.value != c.value {
			return broken("commit", "instance %d is taken for chosen with %s, and %s is", c.instance, e.named(c.value), e.chosenNamed(chosen))
		}
	}
	return e.proposals(w)
}

func (e *Explorer) majority(seats uint8) bool { return 2*bits.OnesCount8(seats) > e.bounds.Nodes }

// tally counts the votes on all disks into e.bills.
func (e *Explorer) tally(w *world) *wrong {
	e.bills = e.bills[:0]
	for seat := range e.bounds.Nodes {
		for _, v := range e.machines[w.machines[seat]].disk.votes {
			e.billOf(v).seats |= 1 << seat
		}
	}
	for k := range e.bills {
		b := &e.bills[k]
		for j := range e.bills[:k] {
			c := &e.bills[j]
			switch {
			case c.instance != b.instance:
			case c.ballot == b.ballot:
				return broken("one-value", "instance %d has votes in ballot %v for %s and for %s", b.instance, b.ballot, e.named(c.value), e.named(b.value))
			case c.value != b.value && e.majority(c.seats) && e.majority(b.seats):
				return broken("agreement", "instance %d: %s is chosen in %v, and %s in %v", b.instance, e.named(c.value), c.ballot, e.named(b.value), b.ballot)
			}
		}
	}
	return nil
}

func (e *Explorer) billOf(v vote) *bill {
	for k := range e.bills {
		if e.bills[k].vote == v {
			return &e.bills[k]
		}
	}
	e.bills = append(e.bills, bill{vote: v})
	return &e.bills[len(e.bills)-1]
}

// chosen returns the lowest ballot's chosen vote for an instance; nil if none is.
func (e *Explorer) chosen(i core.Instance) *vote {
	var best *vote
	for k := range e.bills {
		b := &e.bills[k]
		if b.instance == i && e.majority(b.seats) && (best == nil || less(b.ballot, best.ballot)) {
			best = &b.vote
		}
	}
	return best
}

func (e *Explorer) chosenNamed(v *vote) string {
	if v == nil {
		return "nothing"
	}
	return e.named(v.value)
}

// proposals looks at all Accepts in the network.
func (e *Explorer) proposals(w *world) *wrong {
	e.proposing = e.proposing[:0]
	for seat := range e.bounds.Nodes {
		for k, word := range w.inbox[seat] {
			for word &= e.accepts[seat].word(k); word != 0; word &= word - 1 {
				msg := e.messages[e.inbox[seat][64*k+bits.TrailingZeros64(word)]].env.Msg.(*core.Accept)
				for n, v := range msg.Values {
					p := proposal{msg.From + core.Instance(n), msg.B, e.value(v)}
					if bad := e.proposal(p); bad != nil {
						return bad
					}
				}
			}
		}
	}
	return nil
}

func (e *Explorer) proposal(p proposal) *wrong {
	for _, q := range e.proposing {
		switch {
		case p == q:
			return nil
		case p.instance == q.instance && p.ballot == q.ballot:
			return broken("one-value", "ballot %v proposes %s and %s for instance %d", p.ballot, e.named(q.value), e.named(p.value), p.instance)
		}
	}
	e.proposing = append(e.proposing, p)
	if c := e.chosen(p.instance); c != nil && less(c.ballot, p.ballot) && c.value != p.value {
		return broken("proposal", "ballot %v proposes %s for instance %d, and %s is chosen in %v", p.ballot, e.named(p.value), p.instance, e.named(c.value), c.ballot)
	}
	return nil
}
