package realnet

import (
	"errors"
	"slices"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// states are what the reads of one run are served from: the consistent ones from
// a view under the lease, the others from the newest view of this node. The views
// are counted: while one is held the store can't use the pages again that it shows.
type states struct {
	consistent *kvstore.View
	local      *kvstore.View
	applied    core.Instance  // of local
	refusal    *command.Error // why consistent reads are refused, if they are
	taken      bool
}

// release gives the views back. What comes after takes new ones.
func (st *states) release() {
	releaseView(st.consistent)
	releaseView(st.local)
	*st = states{}
}

// releaseView gives a view back, if there is one.
func releaseView(v *kvstore.View) {
	if v != nil {
		v.Release()
	}
}

// serve answers the reads gathered so far: one pair for all of them, taken after
// the last of them was received and after the updates before them were answered.
// An answer is complete before it is written, and while it is written nothing is
// held: so a client that is slow to take it costs the store nothing. False: the
// connection has ended.
func (s *session) serve() bool {
	if len(s.run) == 0 {
		return true
	}
	defer func() { clear(s.run); s.run = s.run[:0] }()
	if !s.idle() {
		return false
	}
	from := time.Now()
	var st states
	defer st.release()
	for i := range s.run {
		if !st.taken && !s.take(&st, s.run[i:]) {
			return false
		}
		r := &s.run[i]
		a := s.service.answer(r, &st)
		s.tally.query(r.Op, &a, time.Since(from)/time.Duration(len(s.run)))
		if a.Code != command.CodeOK {
			if !s.fail(a.Code, a.Message) {
				return false
			}
			continue
		}
		if !s.append(r.Op, a, st.release) {
			return false
		}
	}
	return true
}

// take takes what these reads need. False: the connection has ended.
func (s *session) take(st *states, run []wire.Request) bool {
	st.taken = true
	consistent := s.service.needsLease
	if slices.ContainsFunc(run, consistent) {
		if st.consistent, st.refusal = s.lease(); st.consistent == nil && st.refusal == nil {
			return false
		}
	}
	if !slices.ContainsFunc(run, func(r wire.Request) bool { return !consistent(r) }) {
		return true
	}
	var busy *command.Error
	if st.local, st.applied, busy = s.local(); st.local == nil && busy == nil {
		return false
	}
	if busy != nil { // the loop has no room for a question
		st.refusal = busy
	}
	return true
}

// needsLease reports whether a read must be linearizable.
func (v *service) needsLease(r wire.Request) bool {
	return r.Consistency.Strictness == wire.Consistent && !v.readonly
}

// answer evaluates one read.
func (v *service) answer(r *wire.Request, st *states) command.Answer {
	needsLease := v.needsLease(*r)
	switch {
	case st.refusal != nil && (needsLease || st.local == nil):
		return command.Refused(st.refusal.Code, st.refusal.Message)
	case needsLease:
		return st.consistent.Query(r.Query)
	case !v.readonly && r.Consistency.Strictness == wire.AtLeast && r.Consistency.Stamp > int64(st.applied):
		return command.Refused(command.CodeInconsistentRead, wire.MsgNotFresh)
	default:
		return st.local.Query(r.Query)
	}
}

// lease returns a view that is linearizable now, or why there is none; neither:
// the connection has ended. Without a lease the loop is asked, which answers when
// there is one, or none to be had.
func (s *session) lease() (*kvstore.View, *command.Error) {
	b := s.service.backend
	if view, _, ok := b.reads().Serve(b.clock); ok {
		return view.(*kvstore.View), nil
	}
	if name, ok := s.service.gate(); !ok {
		return nil, &command.Error{Code: command.CodeNotMaster, Message: name}
	}
	view, _, refusal := s.ask(&call{session: s})
	return view, refusal
}

// local returns this node's newest view, for dirty reads, or why there is none;
// neither: the connection has ended.
func (s *session) local() (*kvstore.View, core.Instance, *command.Error) {
	if s.service.witness {
		return nil, 0, &command.Error{Code: command.CodeNotSupported, Message: wire.MsgOnWitness}
	}
	if view, applied, ok := s.service.backend.reads().Local(); ok {
		return view.(*kvstore.View), applied, nil
	}
	return s.ask(&call{session: s, dirty: true})
}

// ask has the loop answer with a view, and waits for it.
func (s *session) ask(c *call) (*kvstore.View, core.Instance, *command.Error) {
	if err := s.service.backend.submit([]*call{c}); err != nil {
		if errors.Is(err, errStopped) {
			return nil, 0, nil
		}
		return nil, 0, &command.Error{Code: command.CodeMaxConnections, Message: msgBusy}
	}
	if !s.wait(func() bool { return c.done }) {
		s.abandon(c)
		return nil, 0, nil
	}
	switch err := c.answer.Err; {
	case err == nil:
		return c.answer.View.(*kvstore.View), c.answer.Instance, nil
	case errors.Is(err, replica.ErrBusy):
		return nil, 0, &command.Error{Code: command.CodeMaxConnections, Message: msgBusy}
	case errors.Is(err, replica.ErrNoView) && c.dirty:
		return nil, 0, &command.Error{Code: command.CodeInconsistentRead, Message: err.Error()}
	default:
		return nil, 0, &command.Error{Code: command.CodeNotMaster, Message: wire.MsgNotMaster}
	}
}

// abandon gives a view back that nobody waits for any more, now or when it comes.
func (s *session) abandon(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.abandoned = true
	if v, ok := c.answer.View.(*kvstore.View); ok {
		releaseView(v)
	}
}

// append adds an answer to out, writing it piece by piece if it is large; it calls
// writing before it does.
func (s *session) append(op wire.Op, a command.Answer, writing func()) bool {
	s.out = wire.StreamAnswer(s.out, op, a, func(b []byte) []byte {
		writing()
		if s.out = b; !s.flush() {
			return nil
		}
		return s.out[:0:cap(s.out)]
	})
	return s.out != nil
}
