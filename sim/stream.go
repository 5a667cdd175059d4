package sim

// Stream is a sequence of pseudo-random numbers (splitmix64): small, fast, and
// the same on every architecture.
type Stream struct{ state uint64 }

const golden = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio, odd

// mix is splitmix64's finaliser: a bijection whose every output bit depends on
// every input bit.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// Next returns the next 64 bits.
func (s *Stream) Next() uint64 {
	s.state += golden
	return mix(s.state)
}

// Below returns a number in [0, n); n must be positive.
func (s *Stream) Below(n int) int {
	if n <= 0 {
		panic("sim: Below of nothing")
	}
	return int(s.Next() >> 33 % uint64(n))
}

// Chance is true in ppm of a million cases.
func (s *Stream) Chance(ppm int) bool { return s.Below(1_000_000) < ppm }

// Pick returns one of the values.
func Pick[T any](s *Stream, values ...T) T { return values[s.Below(len(values))] }

// Fill fills p.
func (s *Stream) Fill(p []byte) {
	for i := range p {
		p[i] = byte(s.Next() >> 24)
	}
}

// streamKey derives where the stream of a name begins from the seed, so that a
// new stream leaves all others as they were.
func streamKey(seed uint64, name string) uint64 {
	h := uint64(fnvOffset)
	for i := range len(name) {
		h = (h ^ uint64(name[i])) * fnvPrime
	}
	return mix(mix(seed+golden) ^ h)
}

// NamedStream returns the stream of a name within a seed.
func NamedStream(seed uint64, name string) *Stream {
	return &Stream{state: streamKey(seed, name)}
}
