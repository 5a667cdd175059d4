package sim

import "github.com/openvstorage/arakoon-go/core"

// handOvers is check HAND: a hand-over costs nobody anything. Reads and agreement are
// safe without it, by leases and promises, so no other check would see that a master
// leaves updates in doubt, or that a grant comes back which holds its successor up.
type handOvers struct {
	proposed map[core.Ballot]core.Instance // the last one of each ballot
	left     map[core.Ballot]core.Instance // what was chosen when its master handed it over
	released [MaxNodes]releasedBallot
}

// releasedBallot is the highest ballot that a process was told is handed over: it need
// not remember that when it restarts.
type releasedBallot struct {
	life   uint32
	ballot core.Ballot
}

func newHandOvers() *handOvers {
	return &handOvers{proposed: map[core.Ballot]core.Instance{}, left: map[core.Ballot]core.Instance{}}
}

// sent wants no proposal in a ballot that was handed over, beyond what was chosen.
func (h *handOvers) sent(env *core.Envelope) *violation {
	m, ok := env.Msg.(*core.Accept)
	if !ok || len(m.Values) == 0 {
		return nil
	}
	last := m.From + core.Instance(len(m.Values)) - 1
	h.proposed[m.B] = max(h.proposed[m.B], last)
	return h.inDoubt(env.From, m.B)
}

// traced judges what a process did in its life.
func (h *handOvers) traced(seat core.Seat, life uint32, e *core.Event) *violation {
	r := &h.released[seat]
	switch {
	case e.Action == core.ActHandOver:
		h.left[e.Ballot] = e.Instance
		return h.inDoubt(seat, e.Ballot)
	case e.Action == core.ActRelease:
		if r.life != life || r.ballot.Less(e.Ballot) {
			*r = releasedBallot{life, e.Ballot}
		}
	case e.Action == core.ActGrant && r.life == life && !r.ballot.Less(e.Ballot):
		return violated("HAND", "n%d grants a lease in ballot %v, though ballot %v was handed over", seat, e.Ballot, r.ballot)
	}
	return nil
}

func (h *handOvers) inDoubt(seat core.Seat, b core.Ballot) *violation {
	chosen, left := h.left[b]
	if !left || h.proposed[b] <= chosen {
		return nil
	}
	return violated("HAND", "n%d hands ballot %v over at instance %d, but has proposed instance %d in it", seat, b, chosen, h.proposed[b])
}
