package realnet

import (
	"errors"
	"os"
	"time"

	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// writeChunk bounds one write: within each the client must take something.
const writeChunk = 256 << 10

// keepBuffer is the largest buffer that an idle connection keeps.
const keepBuffer = 64 << 10

// write writes the answers to updates, in order, as far as they are there: all
// that came together leave together.
func (s *session) write() {
	var buf []byte
	var batch []*call
	for {
		select {
		case <-s.wake:
		case <-s.over:
			return
		}
		for {
			batch = s.takeDone(batch[:0])
			if len(batch) == 0 {
				break
			}
			closes := false
			buf, closes = s.encode(buf[:0], batch)
			err := s.send(buf)
			s.written(batch, closes)
			if err != nil {
				s.kill()
				return
			}
			if closes {
				s.endSoon()
				return
			}
			clear(batch)
			if cap(buf) > keepBuffer {
				buf = nil
			}
		}
	}
}

// takeDone takes the answered calls from the head of the queue.
func (s *session) takeDone(batch []*call) []*call {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.slots) > 0 && s.slots[0].done {
		batch = append(batch, s.slots[0])
		s.slots[0] = nil
		s.slots = s.slots[1:]
	}
	s.writing = len(batch) > 0
	return batch
}

// encode appends the answers of batch, through the first that closes.
func (s *session) encode(buf []byte, batch []*call) (_ []byte, closes bool) {
	now := time.Now()
	for _, c := range batch {
		r := c.result()
		s.tally.update(c.op, c.value, r, now.Sub(c.at))
		buf = wire.AppendResult(buf, c.op, r)
		if wire.Closes(r.Code) {
			return buf, true
		}
	}
	return buf, false
}

// written gives back the room of a batch. If its last answer closes the
// connection, the reader learns that before it learns that nothing is queued: it
// must not go on to the next request.
func (s *session) written(batch []*call, closes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writing = false
	s.ending = s.ending || closes
	for _, c := range batch {
		s.queuedBytes -= len(c.update)
	}
	s.queued -= len(batch)
	if s.readerWaits {
		s.cond.Broadcast()
	}
}

// send writes b. A client that takes nothing of it for the stall time-out is
// given up.
func (s *session) send(b []byte) error {
	for len(b) > 0 {
		chunk := b[:min(len(b), writeChunk)]
		_ = s.nc.SetWriteDeadline(time.Now().Add(s.stall)) // an error shows at the write
		n, err := s.nc.Write(chunk)
		b = b[n:]
		if err != nil && (n == 0 || !errors.Is(err, os.ErrDeadlineExceeded)) {
			return err
		}
	}
	return nil
}
