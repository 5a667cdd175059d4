package sim

import (
	"time"

	"github.com/openvstorage/arakoon-go/model"
)

// history is what clients saw, and check K13: it must be linearizable. An update
// whose outcome the client doesn't know may take effect at any later time, or
// never; a read without an answer says nothing.
//
// Two judges look at it that have nothing in common but the model of the store. One
// follows the instances that answers name through the chosen values, in one pass. The
// other searches for any order, and knows nothing of instances. They must agree:
// check JUDGES.
type history struct {
	w   *World
	ops []model.Op
}

// judgeFor bounds the search for an order of one part of a history. Where it takes
// longer, the first judge's word stands.
const judgeFor = 3 * time.Second

// searchable is how many operations a history may have that is always searched;
// of longer ones, one seed in searchShare is.
const (
	searchable  = 2000
	searchShare = 16
)

// add takes in an operation that has ended.
func (h *history) add(r *request) {
	op := model.Op{Client: int(r.client.id), Call: r.sent, Return: h.w.now, Update: r.op.update, Query: r.op.query,
		Result: r.result, Answer: r.reply, Unknown: r.outcome != success, Refused: r.outcome == nothingHappened,
		Instance: r.instance, Weak: r.op.strength != consistent || h.w.opts.Drift}
	if r.outcome == unknown {
		h.w.stats.Unknown++
	}
	h.ops = append(h.ops, op)
}

// judge closes what is still open and lets both judges look.
func (h *history) judge() {
	w := h.w
	for _, c := range w.clients {
		if c.current != nil {
			if c.current.outcome != nothingHappened {
				c.current.outcome = unknown
			}
			h.add(c.current)
		}
	}
	search := len(h.ops) <= searchable || w.seed%searchShare == 0
	w.report(judgeHistory(model.Checker{Timeout: judgeFor, Functions: functions()}, h.ops, w.checks.ghost.order(), search))
}

// judgeHistory asks the two judges, the second one only if search is set.
func judgeHistory(c model.Checker, ops []model.Op, chosen model.Chosen, search bool) *violation {
	if !search {
		return unlinear(c.Follow(ops, chosen))
	}
	report, followed := c.Judge(ops, chosen)
	if report.Verdict == model.TimedOut {
		return unlinear(followed)
	}
	return agree(followed, report.Err())
}

// agree holds the two verdicts against each other; nil is a good one.
func agree(followed, searched error) *violation {
	switch {
	case (followed == nil) == (searched == nil):
		return unlinear(followed)
	case followed == nil:
		return violated("JUDGES", "the instances explain a history in which the search finds no order: %v", searched)
	default:
		return violated("JUDGES", "there is an order for a history that contradicts its instances: %v", followed)
	}
}

func unlinear(err error) *violation {
	if err == nil {
		return nil
	}
	return violated("K13", "%v", err)
}
