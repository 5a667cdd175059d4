package sim

// queue is the event queue: a binary heap over (time, sequence), so that the
// order is total and never depends on memory or maps.
type queue struct {
	heap []key
	slab []event
	free []uint32
	seq  uint64
}

type key struct {
	at   int64 // true time, ns
	seq  uint64
	slot uint32
}

func (k key) before(o key) bool { return k.at < o.at || k.at == o.at && k.seq < o.seq }

// push adds an event at its time, behind all others of the same time.
func (q *queue) push(e event) {
	var slot uint32
	if n := len(q.free); n > 0 {
		slot, q.free = q.free[n-1], q.free[:n-1]
		q.slab[slot] = e
	} else {
		slot = uint32(len(q.slab))
		q.slab = append(q.slab, e)
	}
	q.seq++
	q.heap = append(q.heap, key{at: e.at, seq: q.seq, slot: slot})
	q.up(len(q.heap) - 1)
}

// next returns when the earliest event is due; false if there is none.
func (q *queue) next() (int64, bool) {
	if len(q.heap) == 0 {
		return 0, false
	}
	return q.heap[0].at, true
}

// pop removes the earliest event.
func (q *queue) pop() (event, bool) {
	if len(q.heap) == 0 {
		return event{}, false
	}
	k := q.heap[0]
	last := len(q.heap) - 1
	q.heap[0] = q.heap[last]
	q.heap = q.heap[:last]
	q.down(0)
	e := q.slab[k.slot]
	q.slab[k.slot] = event{}
	q.free = append(q.free, k.slot)
	return e, true
}

func (q *queue) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !q.heap[i].before(q.heap[parent]) {
			return
		}
		q.heap[i], q.heap[parent] = q.heap[parent], q.heap[i]
		i = parent
	}
}

func (q *queue) down(i int) {
	for {
		least := 2*i + 1
		if least >= len(q.heap) {
			return
		}
		if r := least + 1; r < len(q.heap) && q.heap[r].before(q.heap[least]) {
			least = r
		}
		if !q.heap[least].before(q.heap[i]) {
			return
		}
		q.heap[i], q.heap[least] = q.heap[least], q.heap[i]
		i = least
	}
}
