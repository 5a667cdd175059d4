package main

import (
	"strconv"
	"sync"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// A counter is a key that one client alone counts up, from n to n+1 by a
// test-and-set. Repeating such an update, or having an old one executed late,
// changes nothing, so the value never goes down: whoever reads less than was
// known before the read was sent has read a stale state, or a lost update.
type counter struct {
	key string

	mu      sync.Mutex
	acked   int64 // the highest value whose update was acknowledged
	seen    int64 // the highest value that a read returned
	invoked int64 // the highest value that was ever sent
}

// counters are all of them, with what was found wrong.
type counters struct {
	all []*counter

	mu    sync.Mutex
	acks  int64
	lost  int64
	stale int64
	first string // the first finding, in words
}

func newCounters(n int) *counters {
	cs := &counters{}
	for i := range n {
		cs.all = append(cs.all, &counter{key: "counter/" + strconv.Itoa(i)})
	}
	return cs
}

func (cs *counters) keys() []string {
	var keys []string
	for _, c := range cs.all {
		keys = append(keys, c.key)
	}
	return keys
}

// found counts a contradiction.
func (cs *counters) found(count *int64, n int64, what string) {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	*count += n
	if cs.first == "" {
		cs.first = what
	}
}

func (cs *counters) acknowledged() int64 {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	return cs.acks
}

// noteAck counts an acknowledged update.
func (cs *counters) noteAck() {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	cs.acks++
}

// next is the value to count up to, and the one to come from.
func (c *counter) next() (from, to command.Option) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.invoked = c.acked + 1
	return number(c.acked), number(c.acked + 1)
}

// counted takes in the answer of the owner's test-and-set: the value before.
func (cs *counters) counted(c *counter, before command.Option) {
	v := valueOf(before)
	c.mu.Lock()
	defer c.mu.Unlock()
	if v < c.acked {
		cs.found(&cs.lost, c.acked-v, c.key+": "+strconv.FormatInt(c.acked, 10)+" was acknowledged, an update found "+strconv.FormatInt(v, 10))
	}
	// The value before is acked, or already the new one if an earlier try whose
	// outcome was unknown has been executed.
	c.acked = max(c.acked, v, c.invoked)
}

// floor is the least that a read may return which is sent now.
func (c *counter) floor() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(c.acked, c.seen)
}

// read takes in what a consistent read returned that was sent when the floor was
// as given.
func (cs *counters) read(c *counter, floor int64, got command.Option, by string) {
	v := valueOf(got)
	c.mu.Lock()
	defer c.mu.Unlock()
	if v < floor {
		cs.found(&cs.stale, 1, c.key+": "+by+" read "+strconv.FormatInt(v, 10)+" when "+strconv.FormatInt(floor, 10)+" was known")
		return
	}
	c.seen = max(c.seen, v)
}

// settled takes in a read of all counters while nobody doubts who is master: what
// was acknowledged before it must be there.
func (cs *counters) settled(acked []int64, got []command.Option) {
	for i, c := range cs.all {
		if v := valueOf(got[i]); v < acked[i] {
			cs.found(&cs.lost, acked[i]-v, c.key+": "+strconv.FormatInt(acked[i], 10)+" was acknowledged, "+strconv.FormatInt(v, 10)+" is left")
		}
	}
}

func (cs *counters) ackedNow() []int64 {
	var acked []int64
	for _, c := range cs.all {
		c.mu.Lock()
		acked = append(acked, c.acked)
		c.mu.Unlock()
	}
	return acked
}

// number encodes a counter's value; 0 is an absent key.
func number(v int64) command.Option {
	if v == 0 {
		return command.None
	}
	return command.Some(strconv.AppendInt(nil, v, 10))
}

// valueOf decodes it; what is no number counts as lost altogether.
func valueOf(o command.Option) int64 {
	v, err := strconv.ParseInt(string(o.Bytes), 10, 64)
	if err != nil {
		return 0
	}
	return v
}
