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
//	GET_DB            streams a compact copy of the newest checkpoint

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
	}
	if refusal := v.notHere(); refusal != "" {
		return s.fail(command.CodeNotSupported, refusal)
	}
	switch r.Op {
	case wire.OpCopyDBToHead:
		return s.order(func(done func(error)) { v.backend.collapse(int(r.Keep), done) })
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
	default:
		return err
	}
}

// What a collapse tells while it goes on.
const (
	collapseLook  = 50 * time.Millisecond // how often progress is looked at
	collapseQuiet = 25 * time.Second      // a frame comes at least so often, if there is one left: clients wait 60 s
	collapseSpare = 2                     // frames beside those of the files, as in Arakoon
)

// collapse answers COLLAPSE_TLOGS: it says how many frames follow, sends one as
// each file goes, and the rest at the end. The count must be right: clients wait
// for every frame.
func (s *session) collapse(keep int) bool {
	v := s.service
	if !v.collapsing.TryLock() {
		return s.fail(command.CodeUnknownFailure, wire.MsgCollapsing)
	}
	defer v.collapsing.Unlock()
	began := time.Now()
	before := v.backend.segments()
	p := progress{s: s, began: began, spoke: began, left: max(before-keep, 0) + collapseSpare}
	s.out = wire.AppendCollapseCount(s.out, p.left)
	if !s.flush() {
		return false
	}
	ended := make(chan error, 1)
	v.backend.collapse(keep, func(err error) { ended <- err })
	look := time.NewTicker(collapseLook)
	defer look.Stop()
	for {
		select {
		case err := <-ended:
			if err != nil {
				return s.failWith(orderError(err))
			}
			return p.frames(p.left)
		case <-look.C:
			if !p.tell(before - v.backend.segments()) {
				return false
			}
		case <-s.over:
			return false
		}
	}
}

// progress counts the frames of a collapse.
type progress struct {
	s            *session
	began, spoke time.Time
	told, left   int
}

// tell sends the frames of files that are gone; the last one waits for the end.
func (p *progress) tell(gone int) bool {
	n := gone - p.told
	if n <= 0 && time.Since(p.spoke) > collapseQuiet {
		n = 1
	}
	return p.frames(min(n, p.left-1))
}

func (p *progress) frames(n int) bool {
	if n <= 0 {
		return true
	}
	for range n {
		p.s.out = wire.AppendCollapseStep(p.s.out, time.Since(p.began).Microseconds())
	}
	p.told, p.left, p.spoke = p.told+n, p.left-n, time.Now()
	return p.s.flush()
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
