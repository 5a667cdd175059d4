package main

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/model"
	"github.com/openvstorage/arakoon-go/realnet/client"
)

// history collects the operations on one round's shared keys, for porcupine.
// Keys are cut into pairs, and no operation goes beyond its pair: the pairs are
// judged one by one.
type history struct {
	round int
	start time.Time // of the whole run: one clock for all operations

	mu  sync.Mutex
	ops []model.Op
}

// pairs is into how many pairs of keys the shared operations of a round spread.
const pairs = 12

func (h *history) keysOf(pair int) (a, b string) {
	return fmt.Sprintf("round%d/%d/a", h.round, pair), fmt.Sprintf("round%d/%d/b", h.round, pair)
}

func (h *history) now() int64 { return int64(time.Since(h.start)) }

func (h *history) add(op model.Op) {
	op.Return = h.now()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, op)
}

// update records an update by what the client learnt of it, and reports whether
// it was acknowledged.
func (h *history) update(who int, call int64, u command.Update, option command.Option, err error) bool {
	op := model.Op{Client: who, Call: call, Update: u, Result: command.Result{Option: option}}
	switch failure, certain := refusal(err); {
	case err == nil:
	case failure != nil:
		op.Result = command.Failed(failure.Code, failure.Message)
	case certain:
		return false // it never happened
	default:
		op.Unknown = true
	}
	h.add(op)
	return err == nil
}

// query records a read that was answered.
func (h *history) query(who int, call int64, q command.Query, a command.Answer, err error) {
	if failure, _ := refusal(err); failure != nil {
		a = command.Refused(failure.Code, failure.Message)
	} else if err != nil {
		return // no answer tells nothing
	}
	h.add(model.Op{Client: who, Call: call, Query: q, Answer: a})
}

// refusal tells what an error means: the store's own answer, if it is one, and
// otherwise whether it is certain that nothing happened.
func refusal(err error) (answer *command.Error, certain bool) {
	var e *client.Error
	if !errors.As(err, &e) {
		return nil, false
	}
	if errors.Is(e.Err, client.ErrNotFound) || errors.Is(e.Err, client.ErrAssertionFailed) {
		return &command.Error{Code: e.Code, Message: e.Message}, true
	}
	return nil, client.Retryable(err)
}

// taken returns what was recorded.
func (h *history) taken() []model.Op {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ops
}
