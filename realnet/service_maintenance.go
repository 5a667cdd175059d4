package realnet

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// The commands that look after a node's files. Where this store needs no such
// care, they do the nearest useful thing and answer as Arakoon does:
//
//	FLUSH_STORE       writes what was applied to the store's pages
//	COLLAPSE_TLOGS    the same, then removes what the log no longer needs
//	COPY_DB_TO_HEAD   as COLLAPSE_TLOGS, in one answer: there is no head.db
//	OPT_DB, DEFRAG_DB as FLUSH_STORE: the store shrinks by itself, meanwhile
//	GET_DB            the same as FLUSH_STORE, then streams a compact copy

// maintain serves them. The connection is idle.
func (s *session) maintain(r *wire.Request) bool {
	v := s.service
	switch r.Op {
	case wire.OpFlushStore:
		return s.order(v.backend.checkpoint)
	case wire.OpCollapseTLogs:
		if r.Keep < 1 {
			return s.fail(command.CodeUnknownFailure, fmt.Sprintf("%d is not acceptable", r.Keep))
		}
		return s.collapse(int(r.Keep))
	case wire.OpCopyDBToHead:
		if r.Keep < 1 {
			return s.fail(command.CodeUnknownFailure, fmt.Sprintf("tlogs_to_keep=%d is not acceptable", r.Keep))
		}
	default: // the rest is for slaves
	}
	if refusal := v.notHere(); refusal != "" {
		return s.fail(command.CodeNotSupported, refusal)
	}
	switch r.Op {
	case wire.OpCopyDBToHead:
		return s.order(func(done func(error)) { v.backend.collapse(int(r.Keep), func(replica.Progress) {}, done) })
	case wire.OpGetDB:
		return s.backup()
	default:
		return s.order(v.backend.checkpoint)
	}
}

// notHere says why a node doesn't do what Arakoon leaves to its slaves; "" if it
// does.
func (v *service) notHere() string {
	st := v.backend.status()
	switch {
	case v.witness:
		return wire.MsgOnWitness
	case v.readonly || v.serving() || st.Role == core.RoleMaster:
		return wire.MsgOnMaster
	default:
		return ""
	}
}

// order has the node do something, waits, and answers.
func (s *session) order(give func(done func(error))) bool {
	err, alive := s.await(give)
	switch {
	case !alive:
		return false
	case err != nil:
		return s.failWith(orderError(err))
	}
	s.out = wire.AppendOK(s.out)
	return true
}

// await has the node do something and waits for the end of it; false: the
// connection has ended.
func (s *session) await(give func(done func(error))) (error, bool) {
	ended := make(chan error, 1)
	give(func(err error) { ended <- err })
	select {
	case err := <-ended:
		return err, true
	case <-s.over:
		return nil, false
	}
}

// orderError is an error of the node's as the protocol has it.
func orderError(err error) error {
	switch {
	case errors.Is(err, errStopped):
		return &command.Error{Code: command.CodeGoingDown, Message: wire.MsgClosing}
	case errors.Is(err, replica.ErrBusy):
		return &command.Error{Code: command.CodeMaxConnections, Message: msgBusy}
	case errors.Is(err, replica.ErrCollapsing):
		return &command.Error{Code: command.CodeUnknownFailure, Message: wire.MsgCollapsing}
	default:
		return err
	}
}

// collapse answers COLLAPSE_TLOGS: it says how many frames follow, and sends one per
// step. The count must be right: clients wait for every frame.
func (s *session) collapse(keep int) bool {
	began := time.Now()
	events := make(chan collapseEvent, maxSteps)
	s.service.backend.collapse(keep, func(p replica.Progress) { events <- collapseEvent{progress: p} },
		func(err error) { events <- collapseEvent{ended: true, err: err} })
	announced, told := false, 0
	for {
		var e collapseEvent
		select {
		case e = <-events:
		case <-s.over:
			return false
		}
		switch {
		case e.err != nil:
			return s.failWith(orderError(e.err))
		case e.ended:
			return true
		case !announced:
			announced = true
			s.out = wire.AppendCollapseCount(s.out, e.progress.Steps)
		}
		for ; told < e.progress.Step; told++ {
			s.out = wire.AppendCollapseStep(s.out, time.Since(began).Microseconds())
		}
		if !s.flush() {
			return false
		}
	}
}

// maxSteps bounds the steps of a collapse that wait for the client: the loop's
// goroutine must never wait. A log has far fewer files.
const maxSteps = 1 << 16

// collapseEvent is a step of a collapse, or its end.
type collapseEvent struct {
	progress replica.Progress
	ended    bool
	err      error
}

// backup answers GET_DB. Once the size is told a failure can only end the
// connection.
func (s *session) backup() bool {
	size, from, err := s.service.backend.backup(s.over)
	if err != nil {
		return s.failWith(orderError(err))
	}
	defer func() { _ = from.Close() }() // it was only read
	s.out = wire.AppendBackupSize(s.out, size)
	if !s.flush() {
		return false
	}
	piece := make([]byte, writeChunk)
	for size > 0 {
		n, err := io.ReadFull(from, piece[:min(size, writeChunk)])
		if err != nil {
			s.service.log.Error("backup broken off", "reason", err)
			return false
		}
		if s.send(piece[:n]) != nil {
			return false
		}
		size -= int64(n)
	}
	return true
}
