package realnet

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// The buffer of what a client sent: it starts small, because there are many
// connections, and grows for those that send much at a time.
const (
	leastBuffer = 4 << 10
	mostBuffer  = 64 << 10 // unless one request is larger
)

// session is one client's connection. The fields of the reader belong to its
// goroutine, those of the loop to the loop's.
type session struct {
	service *service
	nc      net.Conn
	stall   time.Duration
	wake    chan struct{} // capacity 1: for the writer
	over    chan struct{} // closed when the connection is
	tally   tally

	// Of the reader.
	buf        []byte // received
	at         int    // bytes of buf that are done with
	held       int    // bytes taken from service.memory
	scanner    wire.Scanner
	batch      []*call // updates to be submitted together
	batchBytes int
	run        []wire.Request // reads to be served together
	out        []byte         // answers of the reader's own
	writes     bool           // the writer has been started

	// Of the loop.
	refused bool // an answer closes the connection: nothing behind it is executed
	touched bool // in the list that deliverAnswers makes
	next    *session

	mu          sync.Mutex
	cond        *sync.Cond // of the reader
	readerWaits bool
	slots       []*call // updates submitted and not yet answered, in order
	queued      int     // the same, and those being written
	queuedBytes int
	writing     bool
	ending      bool // the last answer has been written
	dead        bool
}

func newSession(v *service, nc net.Conn) *session {
	s := &session{service: v, nc: nc, stall: time.Duration(v.limits.ClientStallMS) * time.Millisecond,
		wake: make(chan struct{}, 1), over: make(chan struct{})}
	s.cond = sync.NewCond(&s.mu)
	return s
}

// kill closes the connection at once.
func (s *session) kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dead {
		return
	}
	s.dead = true
	close(s.over)
	_ = s.nc.Close() // nobody is left to tell
	s.cond.Broadcast()
}

// endSoon lets the reader end the connection when the client has had a moment to
// take the last answer.
func (s *session) endSoon() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ending = true
	if h, ok := s.nc.(interface{ CloseWrite() error }); ok {
		_ = h.CloseWrite() // an error means that the client is gone
	}
	_ = s.nc.SetReadDeadline(time.Now().Add(lingerTime)) // an error shows at the read
	s.cond.Broadcast()
}

// read is the reader: it takes requests and sees to their answers until the
// connection ends.
func (s *session) read() {
	defer func() {
		s.kill()
		s.service.memory.give(s.held)
		s.service.forget(s)
	}()
	if !s.prologue() {
		return
	}
	for s.consume() && s.fill() {
	}
	s.mu.Lock()
	ending := s.ending
	s.mu.Unlock()
	if ending {
		linger(s.nc)
	}
}

// prologue reads the first bytes of the connection.
func (s *session) prologue() bool {
	for {
		if !s.fill() {
			return false
		}
		n, err := wire.ReadPrologue(s.buf, s.service.cluster)
		if err == nil {
			s.at = n
			return true
		}
		if !errors.Is(err, wire.ErrShort) {
			s.protocolError(err)
			return false
		}
	}
}

// consume handles the complete requests that are in the buffer. False: the
// connection ends.
func (s *session) consume() bool {
	for {
		n, err := s.scanner.Scan(s.buf[s.at:])
		if err != nil {
			return s.protocolError(err)
		}
		if n == 0 {
			break
		}
		r, err := wire.DecodeRequest(s.buf[s.at : s.at+n])
		if err != nil {
			return s.protocolError(err)
		}
		s.at += n
		if !s.handle(&r) {
			return false
		}
	}
	return s.submit() && s.serve() && s.flush()
}

// fill waits for more bytes. False: there are none, or no room for them.
func (s *session) fill() bool {
	if !s.makeRoom() {
		return false
	}
	if s.held > 0 {
		s.expect(s.stall)
	}
	n, err := s.nc.Read(s.buf[len(s.buf):cap(s.buf)])
	if s.held > 0 {
		s.expect(0)
	}
	s.buf = s.buf[:len(s.buf)+n]
	if n > 0 {
		return true
	}
	s.mu.Lock()
	ended := s.ending || s.dead
	s.mu.Unlock()
	if !ended {
		s.endOfFile(err)
	}
	return false
}

// expect bounds the wait for the client; 0: no bound.
func (s *session) expect(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return // endSoon's bound stays
	}
	var at time.Time
	if d > 0 {
		at = time.Now().Add(d)
	}
	_ = s.nc.SetReadDeadline(at) // an error shows at the read
}

// makeRoom drops what is done with and sees to it that the buffer has room: for
// the whole of a request whose size is known.
func (s *session) makeRoom() bool {
	rest := len(s.buf) - s.at
	full := len(s.buf) == cap(s.buf)
	want := max(leastBuffer, cap(s.buf))
	switch {
	case want > mostBuffer && rest == 0:
		want = mostBuffer
	case full:
		want = max(want, min(2*want, mostBuffer))
	}
	need := s.scanner.Need()
	if need <= smallRequest && s.held > 0 { // the large request is done with
		s.service.memory.give(s.held)
		s.held = 0
		want = mostBuffer
	}
	if need > smallRequest && need > s.held {
		if err := s.service.memory.take(need - s.held); err != nil {
			return s.fail(command.CodeMaxConnections, err.Error())
		}
		s.held = need
	}
	want = max(want, need, rest+1)
	if want != cap(s.buf) {
		s.buf = append(make([]byte, 0, want), s.buf[s.at:]...)
	} else {
		s.buf = s.buf[:copy(s.buf, s.buf[s.at:])]
	}
	s.at = 0
	return true
}

// endOfFile answers what is still to be answered when the client has closed its
// side.
func (s *session) endOfFile(err error) {
	pending := len(s.buf) - s.at
	if pending > 0 && !errors.Is(err, os.ErrDeadlineExceeded) {
		s.protocolError(s.scanner.EOF(pending))
		return
	}
	if s.idle() {
		s.endSoon()
	}
}

// protocolError ends the connection because of what the client sent.
func (s *session) protocolError(err error) bool {
	var p *wire.ProtocolError
	if !errors.As(err, &p) {
		panic("realnet: " + err.Error())
	}
	s.service.log.Debug("client connection ends", "client", s.nc.RemoteAddr().String(), "reason", p.Reason)
	if !s.submit() || !s.serve() || !s.idle() {
		return false
	}
	s.out = append(s.out, p.Answer...)
	if s.flush() {
		s.endSoon()
	}
	return false
}

// fail gives a failure as an answer; false if that ends the connection.
func (s *session) fail(code command.Code, message string) bool {
	if !s.submit() || !s.idle() {
		return false
	}
	s.out = wire.AppendError(s.out, code, message)
	if !wire.Closes(code) {
		return true
	}
	if s.flush() {
		s.endSoon()
	}
	return false
}

// flush writes the reader's own answers. Nothing else is being written then:
// they are made only while the connection is idle.
func (s *session) flush() bool {
	if len(s.out) == 0 {
		return true
	}
	err := s.send(s.out)
	s.out = s.out[:0]
	if cap(s.out) > keepBuffer {
		s.out = make([]byte, 0, leastBuffer)
	}
	if err != nil {
		s.kill()
		return false
	}
	return true
}

// submit hands the updates gathered so far to the loop. False: the connection
// has ended.
func (s *session) submit() bool {
	if len(s.batch) == 0 {
		return true
	}
	if !s.writes {
		s.writes = true
		s.service.wg.Go(s.write)
	}
	s.mu.Lock()
	alive := !s.dead && !s.ending
	if alive {
		s.slots = append(s.slots, s.batch...)
		s.queued += len(s.batch)
		s.queuedBytes += s.batchBytes
	}
	s.mu.Unlock()
	if !alive {
		return false
	}
	batch := s.batch
	s.batch, s.batchBytes = nil, 0
	if err := s.service.backend.submit(batch); err != nil {
		s.reject(batch, err)
	}
	return true
}

// reject answers calls that could not be queued.
func (s *session) reject(batch []*call, err error) {
	if errors.Is(err, errStopped) {
		s.kill()
		return
	}
	s.mu.Lock()
	for _, c := range batch {
		c.answer.Err = err
		c.done = true
	}
	s.mu.Unlock()
	s.wakeUp()
}

// wait blocks the reader until ready, which is asked under mu. False: the
// connection has ended.
func (s *session) wait(ready func() bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readerWaits = true
	for !s.dead && !s.ending && !ready() {
		s.cond.Wait()
	}
	s.readerWaits = false
	return !s.dead && !s.ending
}

// idle waits until every update before is answered.
func (s *session) idle() bool {
	return s.wait(func() bool { return s.queued == 0 && !s.writing })
}

// hasRoom reports whether the connection may queue c behind the batch now.
func (s *session) hasRoom(c *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.roomFor(c)
}

// roomFor is hasRoom for who holds mu. A single update always has room.
func (s *session) roomFor(c *call) bool {
	l := &s.service.limits
	bytes := s.queuedBytes + s.batchBytes + len(c.update)
	requests := s.queued + len(s.batch)
	return requests == 0 || requests < l.ConnRequests && bytes <= l.ConnBytes
}
