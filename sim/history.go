package sim

import (
	"time"

	"github.com/openvstorage/arakoon-go/model"
)

// history is what clients saw, and check K13: it must be linearizable. An update
// whose outcome the client doesn't know may take effect at any later time, or
// never; a read without an answer says nothing.
type history struct {
	w   *World
	ops []model.Op
}

// judgeFor bounds the search for an order of one part of a history. A search
// that takes longer counts as a failure.
const judgeFor = 20 * time.Second

// add takes in an operation that has ended.
func (h *history) add(r *request) {
	if r.outcome == nothingHappened {
		return
	}
	op := model.Op{Client: int(r.client.id), Call: r.sent, Return: h.w.now, Update: r.op.update, Query: r.op.query,
		Result: r.result, Answer: r.reply, Unknown: r.outcome != success}
	if op.Unknown {
		h.w.stats.Unknown++
	}
	h.ops = append(h.ops, op)
}

// judge closes what is still open and asks for an order that explains it all.
func (h *history) judge() {
	for _, c := range h.w.clients {
		if c.current != nil && c.current.outcome != nothingHappened {
			c.current.outcome = unknown
			h.add(c.current)
		}
	}
	if err := model.Check(h.ops, judgeFor).Err(); err != nil {
		h.w.fail("K13", "%v", err)
	}
}
