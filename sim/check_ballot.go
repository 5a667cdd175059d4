package sim

import "github.com/openvstorage/arakoon-go/core"

// vote counts that a seat holds (b, digest) durably at instance i, and returns all
// that do in that ballot. It is one half of check K4: one value per ballot and
// instance.
func (g *ghost) vote(seat core.Seat, i core.Instance, b core.Ballot, digest uint64) (seats core.SeatSet, found *violation) {
	s := g.slot(i)
	var v *vote
	for k := range s.votes {
		if s.votes[k].ballot == b {
			v = &s.votes[k]
		}
	}
	if v == nil {
		s.votes = append(s.votes, vote{ballot: b, digest: digest})
		v = &s.votes[len(s.votes)-1]
	}
	if v.digest != digest {
		found = violated("K4", "instance %d: ballot %v has value %x, and %x on n%d", i, b, v.digest, digest, seat)
	}
	v.seats = v.seats.With(seat)
	return v.seats, found
}

// ballots is the other half of K4: a ballot belongs to one life of one node. Whoever
// used one again after a restart could propose something else in it. It is looked at
// on the wire, in what only a ballot's owner sends.
type ballots struct {
	owner map[core.Ballot]ballotOwner // never ranged over
}

type ballotOwner struct {
	seat core.Seat
	life uint32
}

func newBallots() *ballots { return &ballots{owner: map[core.Ballot]ballotOwner{}} }

// sent judges a message that leaves in a life of its sender.
func (b *ballots) sent(env *core.Envelope, life uint32) *violation {
	ballot, owned := ownBallot(env.Msg)
	if !owned {
		return nil
	}
	now := ballotOwner{env.From, life}
	was, known := b.owner[ballot]
	if !known {
		b.owner[ballot] = now
		return nil
	}
	if was != now {
		return violated("K4", "n%d uses ballot %v in life %d, which n%d used in life %d", now.seat, ballot, now.life, was.seat, was.life)
	}
	return nil
}

// ownBallot returns the ballot of a message that only the ballot's owner sends.
func ownBallot(msg core.Message) (core.Ballot, bool) {
	switch m := msg.(type) {
	case *core.Prepare:
		return m.B, true
	case *core.Accept:
		return m.B, true
	case *core.Heartbeat:
		return m.B, true
	case *core.Release:
		return m.B, true
	default: // answers, and what is in no ballot
		return core.Ballot{}, false
	}
}
