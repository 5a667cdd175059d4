package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/model"
)

// choose notes that a quorum holds one value in one ballot at instance i. It is check K1: one
// value is chosen per instance, by whatever quorums, in whatever ballots.
func (g *ghost) choose(i core.Instance, v vote) *violation {
	s := &g.slots[i]
	if s.chosen && s.digest != v.digest {
		return violated("K1", "instance %d: value %x was chosen in ballot %v, now %x in ballot %v by %v", i, s.digest, s.ballot,
			v.digest, v.ballot, v.seats)
	}
	if !s.chosen {
		s.chosen, s.digest, s.ballot = true, v.digest, v.ballot
		g.advance()
	}
	return nil
}

// order is what is chosen, for those who judge histories by it.
func (g *ghost) order() model.Chosen { return model.Chosen{Last: g.prefix, Value: g.value} }
