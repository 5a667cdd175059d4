package realnet

import (
	"errors"
	"time"

	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// call is one request on its way through the loop.
type call struct {
	update  []byte // encoded; nil: a run of reads that waits for a view
	dirty   bool   // of reads: any view of this node will do, no lease is needed
	session *session
	op      wire.Op
	value   int       // bytes of the value, for the statistics
	at      time.Time // when it was received

	// Set by the loop's goroutine, or by the reader if nothing was queued; under
	// session.mu.
	answer    replica.Answer
	done      bool
	abandoned bool // nobody waits for the view
}

// msgBusy is what a client hears when the node has no room for its update.
const msgBusy = "too many requests are waiting: nothing was done, try again later"

// void reports whether the call must not be executed any more, because a request
// before it on the same connection got an answer that closes the connection. The
// loop's goroutine asks before it hands the call over.
func (c *call) void() bool { return c.session.refused }

// result is the answer to an update as the protocol has it.
func (c *call) result() command.Result {
	err := c.answer.Err
	var e *command.Error
	switch {
	case err == nil:
		return c.answer.Result.(command.Result)
	case errors.As(err, &e):
		return command.Failed(e.Code, e.Message)
	case errors.Is(err, replica.ErrNotMaster):
		return command.Failed(command.CodeNotMaster, wire.MsgNotMaster)
	case errors.Is(err, replica.ErrBusy):
		return command.Failed(command.CodeMaxConnections, msgBusy)
	case errors.Is(err, replica.ErrDiskFull): // the connection stays: deletes pass
		return command.Failed(command.CodeBadInput, err.Error())
	case errors.Is(err, replica.ErrOutcomeUnknown):
		return command.Failed(command.CodeNoLongerMaster, wire.MsgNoLongerMaster)
	default:
		return command.Failed(command.CodeUnknownFailure, err.Error())
	}
}

// deliverAnswers gives answers to the connections that wait for them: to each
// connection all of its answers, then one wake-up. It runs on the loop's
// goroutine and does not block.
func deliverAnswers(answers []replica.Answer) {
	var touched *session
	for i := range answers {
		if f, ok := answers[i].Tag.(func(replica.Answer)); ok { // the status page asked
			f(answers[i])
			continue
		}
		c := answers[i].Tag.(*call)
		s := c.session
		s.settle(c, answers[i])
		if !s.touched {
			s.touched = true
			s.next, touched = touched, s
		}
	}
	for s := touched; s != nil; {
		next := s.next
		s.touched, s.next = false, nil
		s.wakeUp()
		s = next
	}
}

// settle notes the answer to a call, on the loop's goroutine.
func (s *session) settle(c *call, a replica.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.answer = a
	c.done = true
	switch {
	case c.abandoned:
		if v, ok := a.View.(*kvstore.View); ok {
			releaseView(v)
		}
	case c.update == nil:
		s.cond.Broadcast() // the reader waits for it
	case wire.Closes(c.result().Code):
		s.refused = true
	}
}

// wakeUp makes the writer look for answers.
func (s *session) wakeUp() {
	select {
	case s.wake <- struct{}{}:
	default: // it has not even begun to look since the last time
	}
}
