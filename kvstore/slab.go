package kvstore

import "strings"

// slab makes copies of keys and values, for the answer of one walk or for a table,
// many to an allocation. They keep each other alive.
type slab struct {
	keys   strings.Builder
	values []byte
	size   int // of the last piece
}

// A slab's pieces grow from the first size to the last, in bytes; a key or value
// that is large gets a piece of its own.
const (
	slabFirst = 256
	slabLast  = 32 << 10
	slabLarge = 4 << 10
)

// more returns the size of the next piece.
func (s *slab) more() int {
	s.size = min(max(2*s.size, slabFirst), slabLast)
	return s.size
}

// key returns a copy of a key.
func (s *slab) key(key []byte) string {
	if len(key) > slabLarge {
		return string(key)
	}
	at := s.room(len(key))
	s.keys.Write(key)
	return s.keys.String()[at:]
}

// text returns a copy of a key that is a string.
func (s *slab) text(key string) string {
	if len(key) > slabLarge {
		return strings.Clone(key)
	}
	at := s.room(len(key))
	s.keys.WriteString(key)
	return s.keys.String()[at:]
}

// room makes room for a key, and says where it will begin.
func (s *slab) room(n int) int {
	if s.keys.Cap()-s.keys.Len() < n {
		s.keys = strings.Builder{}
		s.keys.Grow(max(n, s.more()))
	}
	return s.keys.Len()
}

// value returns a copy of a value; it is not nil.
func (s *slab) value(value []byte) []byte {
	if len(value) > slabLarge {
		return append(make([]byte, 0, len(value)), value...)
	}
	if s.values == nil || cap(s.values)-len(s.values) < len(value) {
		s.values = make([]byte, 0, max(len(value), s.more()))
	}
	at := len(s.values)
	s.values = append(s.values, value...)
	return s.values[at:len(s.values):len(s.values)]
}
