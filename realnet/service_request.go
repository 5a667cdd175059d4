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

// handle sees to one request. False: the connection has ended.
func (s *session) handle(r *wire.Request) bool {
	switch {
	case r.Update != nil:
		return s.serve() && s.flush() && s.update(r)
	case r.Query != nil:
		s.run = append(s.run, *r)
		return s.submit()
	default:
		return s.submit() && s.serve() && s.idle() && s.admin(r)
	}
}

// update queues an update, or refuses it, in Arakoon's order of checks: the
// value's size and the user function's name, the master, the update's size.
func (s *session) update(r *wire.Request) bool {
	if err := s.service.functions.Check(r.Update); err != nil {
		return s.failWith(err)
	}
	limit := command.DefaultLimits().Check(r.Update)
	if code := codeOf(limit); code == command.CodeUnknownFailure {
		return s.failWith(limit)
	}
	if s.service.readonly {
		return s.fail(command.CodeReadOnly, s.service.node)
	}
	if name, ok := s.service.gate(); !ok {
		return s.fail(command.CodeNotMaster, name)
	}
	if limit != nil {
		return s.failWith(limit)
	}
	c := &call{update: command.Encode(r.Update), session: s, op: r.Op, value: valueBytes(r.Update), at: time.Now()}
	if !s.hasRoom(c) && (!s.submit() || !s.wait(func() bool { return s.roomFor(c) })) {
		return false
	}
	s.batch = append(s.batch, c)
	s.batchBytes += len(c.update)
	if mayClose(r.Update) { // nothing behind it may be executed if it fails
		return s.submit() && s.idle()
	}
	return true
}

// mayClose reports whether the result of u may close the connection: what a user
// function fails with.
func mayClose(u command.Update) bool {
	switch u := u.(type) {
	case command.UserFunction:
		return true
	case command.Sequence:
		for _, step := range u.Updates {
			if mayClose(step) {
				return true
			}
		}
	default:
	}
	return false
}

// valueBytes is the size of the value that SET counts in the statistics.
func valueBytes(u command.Update) int {
	if set, ok := u.(command.Set); ok {
		return len(set.Value)
	}
	return 0
}

func codeOf(err error) command.Code {
	var e *command.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return command.CodeOK
}

func (s *session) failWith(err error) bool {
	var e *command.Error
	if !errors.As(err, &e) {
		e = &command.Error{Code: command.CodeUnknownFailure, Message: err.Error()}
	}
	return s.fail(e.Code, e.Message)
}

// gate reports whether this node takes updates and consistent reads; if not, the
// name is the master's.
func (v *service) gate() (name string, ok bool) {
	if v.singleton {
		return "", true
	}
	st := v.backend.status()
	switch {
	case st.Role == core.RoleMaster || st.Master == v.node || v.serving():
		return "", true
	case st.Master == "":
		return wire.MsgNone, false
	default:
		return st.Master, false
	}
}

// serving reports whether this node is the master and has a lease, at this
// moment: the status is a little older.
func (v *service) serving() bool {
	return v.backend.reads().Leased(v.backend.clock)
}

// states are what the reads of one run are served from: the consistent ones from
// a view under the lease, the others from the newest view of this node.
type states struct {
	consistent *kvstore.View
	local      *kvstore.View
	applied    core.Instance // of local
}

// release gives the views back.
func (st *states) release() {
	for _, v := range []*kvstore.View{st.consistent, st.local} {
		if v != nil {
			v.Release()
		}
	}
}

// serve answers the reads gathered so far: one pair for all of them, taken after
// the last of them was received and after the updates before them were answered.
// False: the connection has ended.
func (s *session) serve() bool {
	if len(s.run) == 0 {
		return true
	}
	defer func() { clear(s.run); s.run = s.run[:0] }()
	if !s.idle() {
		return false
	}
	from := time.Now()
	st, refusal, ok := s.states()
	defer st.release()
	if !ok {
		return false
	}
	for i := range s.run {
		r := &s.run[i]
		a := s.service.answer(r, &st, refusal)
		s.tally.query(r.Op, &a, time.Since(from)/time.Duration(len(s.run)))
		if a.Code != command.CodeOK {
			if !s.fail(a.Code, a.Message) {
				return false
			}
			continue
		}
		if !s.append(r.Op, a) {
			return false
		}
	}
	return true
}

// states takes what the run's reads need; why consistent ones are refused, if
// they are; false: the connection has ended.
func (s *session) states() (st states, refusal *command.Error, ok bool) {
	consistent := s.service.needsLease
	if slices.ContainsFunc(s.run, consistent) {
		if st.consistent, refusal = s.lease(); st.consistent == nil && refusal == nil {
			return st, nil, false
		}
	}
	if !slices.ContainsFunc(s.run, func(r wire.Request) bool { return !consistent(r) }) {
		return st, refusal, true
	}
	var busy *command.Error
	if st.local, st.applied, busy = s.local(); st.local == nil && busy == nil {
		return st, nil, false
	}
	if busy != nil { // the loop has no room for a question
		refusal = busy
	}
	return st, refusal, true
}

// needsLease reports whether a read must be linearizable.
func (v *service) needsLease(r wire.Request) bool {
	return r.Consistency.Strictness == wire.Consistent && !v.readonly
}

// answer evaluates one read.
func (v *service) answer(r *wire.Request, st *states, refusal *command.Error) command.Answer {
	needsLease := v.needsLease(*r)
	switch {
	case refusal != nil && (needsLease || st.local == nil):
		return command.Refused(refusal.Code, refusal.Message)
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
	default:
		return nil, 0, &command.Error{Code: command.CodeNotMaster, Message: wire.MsgNotMaster}
	}
}

// abandon gives back the view of a call for which nobody waits any more, whether
// it is there already or still to come.
func (s *session) abandon(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.abandoned = true
	if c.done && c.answer.View != nil {
		c.answer.View.Release()
	}
}

// append adds an answer to out, writing it piece by piece if it is large.
func (s *session) append(op wire.Op, a command.Answer) bool {
	s.out = wire.StreamAnswer(s.out, op, a, func(b []byte) []byte {
		if s.out = b; !s.flush() {
			return nil
		}
		return s.out[:0:cap(s.out)]
	})
	return s.out != nil
}
