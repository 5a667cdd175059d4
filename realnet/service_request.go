package realnet

import (
	"errors"
	"time"

	"github.com/openvstorage/arakoon-go/core"
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
