package core

// rng is splitmix64: eight bytes of state, so that a Node can be copied and
// printed. It only spreads time-outs; nothing safe depends on it.
type rng struct{ state uint64 }

func newRNG(seed uint64) rng { return rng{seed} }

func (r *rng) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below returns a number in [0, n); n > 0.
func (r *rng) below(n uint64) uint64 { return r.next() % n }
