package explore

// seen is the set of the worlds that were reached: a table of their numbers, and by
// number the fingerprint and the world from which it was reached first. It grows by
// pages, so that growing needs no second copy of it.
type seen struct {
	slots  []uint64 // number+1 below, 32 bits of the fingerprint above; 0: empty
	prints [][]hash
	from   [][]uint32
	count  uint32
}

const pageBits = 16

func newSeen() *seen { return &seen{slots: make([]uint64, 1<<12)} }

func (s *seen) print(k uint32) hash { return s.prints[k>>pageBits][k&(1<<pageBits-1)] }
func (s *seen) parent(k uint32) uint32 {
	return s.from[k>>pageBits][k&(1<<pageBits-1)]
}

// add puts a world in; fresh is false if it was there already.
func (s *seen) add(h hash, from uint32) (number uint32, fresh bool) {
	if uint64(s.count)*3 > uint64(len(s.slots))*2 {
		s.grow()
	}
	mask := uint64(len(s.slots) - 1)
	tag := h.hi >> 32 << 32
	for k := h.lo & mask; ; k = (k + 1) & mask {
		slot := s.slots[k]
		if slot == 0 {
			number = s.push(h, from)
			s.slots[k] = tag | uint64(number+1)
			return number, true
		}
		if slot>>32<<32 == tag && s.print(uint32(slot)-1) == h {
			return uint32(slot) - 1, false
		}
	}
}

func (s *seen) push(h hash, from uint32) uint32 {
	k := s.count
	if k&(1<<pageBits-1) == 0 {
		s.prints = append(s.prints, make([]hash, 1<<pageBits))
		s.from = append(s.from, make([]uint32, 1<<pageBits))
	}
	s.prints[k>>pageBits][k&(1<<pageBits-1)] = h
	s.from[k>>pageBits][k&(1<<pageBits-1)] = from
	s.count++
	return k
}

func (s *seen) grow() {
	s.slots = nil // so that the old table can go before the new one comes
	size := 1 << 12
	for uint64(s.count)*3 > uint64(size) {
		size *= 2
	}
	s.slots = make([]uint64, size)
	mask := uint64(size - 1)
	for n := range s.count {
		h := s.print(n)
		k := h.lo & mask
		for s.slots[k] != 0 {
			k = (k + 1) & mask
		}
		s.slots[k] = h.hi>>32<<32 | uint64(n+1)
	}
}

// bytes is about how much memory it takes.
func (s *seen) bytes() uint64 { return 8*uint64(len(s.slots)) + uint64(s.count)*20 }

// queue holds packed worlds in the order in which they came.
type queue struct {
	pages [][]byte
	count int
	first int // byte of the first page where the next world begins
}

const queuePage = 1 << 20

func (q *queue) push(b []byte) {
	last := len(q.pages) - 1
	if last < 0 || len(q.pages[last])+len(b) > queuePage {
		q.pages = append(q.pages, make([]byte, 0, queuePage))
		last++
	}
	q.pages[last] = append(q.pages[last], b...)
	q.count++
}

// next returns what begins with the oldest world; done takes it off.
func (q *queue) next() []byte {
	for q.first == len(q.pages[0]) {
		q.pages, q.first = q.pages[1:], 0
	}
	return q.pages[0][q.first:]
}

func (q *queue) done(rest []byte) {
	q.first = len(q.pages[0]) - len(rest)
	q.count--
}

func (q *queue) bytes() uint64 { return uint64(len(q.pages)) * queuePage }
