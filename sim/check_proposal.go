package sim

import "github.com/openvstorage/arakoon-go/core"

// proposals is check K5: an Accept in ballot b is justified by a quorum whose
// promises rule out everything else. Some quorum of acceptors must have promised b
// (or more) durably, so that their votes below b are final, and the value must be
// that of the highest of these votes, or there must be none.
type proposals struct {
	ledgers []*ledger // of all directories that there ever were
	ghost   *ghost
	seen    map[proposal]uint64 // digest of what was proposed
	fresh   func(core.Seat, core.Ballot, core.Instance, uint64)
}

type proposal struct {
	ballot   core.Ballot
	instance core.Instance
}

func newProposals(ledgers []*ledger, g *ghost) *proposals {
	return &proposals{ledgers: append([]*ledger(nil), ledgers...), ghost: g, seen: map[proposal]uint64{}}
}

// retire keeps the ledger of a directory that is lost.
func (p *proposals) retire(l *ledger) { p.ledgers = append(p.ledgers, l) }

// sent judges the values of an Accept that leaves; each once, when it is new.
func (p *proposals) sent(env *core.Envelope) *violation {
	m, ok := env.Msg.(*core.Accept)
	if !ok {
		return nil
	}
	for k, value := range m.Values {
		i, digest := m.From+core.Instance(k), digestOf(value)
		before, known := p.seen[proposal{m.B, i}]
		if known && before != digest {
			return violated("K4", "n%d proposes two values at instance %d in ballot %v", env.From, i, m.B)
		}
		if known {
			continue
		}
		p.seen[proposal{m.B, i}] = digest
		if p.fresh != nil {
			p.fresh(env.From, m.B, i, digest)
		}
		if chosen, ok := p.ghost.chosen(i); ok && chosen == digest {
			continue // always safe, and votes for it may look like entries caught up
		}
		if !p.safe(m.B, i, digest) {
			return violated("K5", "n%d proposes a value at instance %d in ballot %v that no quorum of promises allows", env.From, i, m.B)
		}
	}
	return nil
}

// safe looks for a quorum that justifies the value.
func (p *proposals) safe(b core.Ballot, i core.Instance, digest uint64) bool {
	var promised core.SeatSet
	for _, l := range p.ledgers {
		if l.votes() && !l.hard.Promised.Less(b) {
			promised = promised.With(l.seat)
		}
	}
	for q := promised; q != 0; q = (q - 1) & promised {
		if p.ghost.quorum.Met(q) && p.allows(q, b, i, digest) {
			return true
		}
	}
	return false
}

func (p *proposals) allows(q core.SeatSet, b core.Ballot, i core.Instance, digest uint64) bool {
	var top held
	found := false
	for _, l := range p.ledgers {
		if !q.Has(l.seat) || !l.votes() {
			continue
		}
		if h, ok := l.voted(i, b); ok && (!found || top.ballot.Less(h.ballot)) {
			top, found = h, true
		}
	}
	return !found || top.digest == digest
}
