package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// answerTimeout bounds the wait for an answer, or for the end of a connection.
const answerTimeout = 20 * time.Second

// replayer sends rows, in order, each on its connection.
type replayer struct {
	server  *server
	conns   map[int]net.Conn
	timeout time.Duration
}

func newReplayer(s *server) *replayer {
	return &replayer{server: s, conns: map[int]net.Conn{}, timeout: answerTimeout}
}

func (p *replayer) close() {
	for _, c := range p.conns { // any order: all are closed
		_ = c.Close()
	}
}

// conn returns the connection of a row, new or still open.
func (p *replayer) conn(r *row) (net.Conn, error) {
	if c := p.conns[r.Conn]; c != nil {
		return c, nil
	}
	c, err := p.server.dial()
	if err != nil {
		return nil, err
	}
	p.conns[r.Conn] = c
	if r.bringsPrologue() {
		return c, nil
	}
	_, err = c.Write(wire.AppendPrologue(nil, p.server.cluster))
	return c, err
}

// got is what came back.
type got struct {
	bytes  []byte
	closed bool
}

func (g got) String() string {
	s := clip(hex.EncodeToString(g.bytes))
	if g.closed {
		return s + " and the end"
	}
	return s
}

func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "..."
	}
	return s
}

// exchange sends a row's request, and reads what comes back: n bytes and no more.
// To see that the connection stays open it asks who the master is, which changes
// nothing. n < 0: one answer, whatever its size.
func (p *replayer) exchange(r *row, request []byte, n int) (got, error) {
	c, err := p.conn(r)
	if err != nil {
		return got{}, err
	}
	_ = c.SetDeadline(time.Now().Add(p.timeout)) // an error shows below
	probe := wire.AppendCommand(nil, wire.OpWhoMaster)
	if _, err := c.Write(request); err != nil && !errors.Is(err, net.ErrClosed) {
		return got{}, fmt.Errorf("sending: %w", err)
	}
	g := got{bytes: make([]byte, max(n, 0))}
	if n < 0 {
		g.bytes, err = oneAnswer(c, r)
	} else {
		var have int
		have, err = io.ReadFull(c, g.bytes)
		g.bytes = g.bytes[:have]
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		g.closed = true
	} else if err != nil {
		return g, fmt.Errorf("receiving: %w", err)
	}
	if !g.closed {
		g.closed = !alive(c, probe)
	}
	if g.closed {
		_ = c.Close()
		delete(p.conns, r.Conn)
	}
	return g, nil
}

// oneAnswer reads the answer to a row as it came over the wire.
func oneAnswer(c net.Conn, r *row) ([]byte, error) {
	var raw bytes.Buffer
	op := wire.Op(uint32(r.request[0]) | uint32(r.request[1])<<8)
	br := bufio.NewReader(io.TeeReader(oneByte{c}, &raw))
	_, err := wire.ReadReply(br, op)
	return raw.Bytes(), err
}

// oneByte reads a byte at a time, so that nothing of the next answer is taken.
type oneByte struct{ r io.Reader }

func (o oneByte) Read(p []byte) (int, error) { return o.r.Read(p[:1]) }

// masterAnswer is what the probe is answered with.
var masterAnswer = []byte("\x00\x00\x00\x00\x01\x02\x00\x00\x00" + nodeName)

// alive asks who the master is and reports whether an answer came: exactly that
// one, with nothing before it.
func alive(c net.Conn, probe []byte) bool {
	if _, err := c.Write(probe); err != nil {
		return false
	}
	b := make([]byte, len(masterAnswer))
	_, err := io.ReadFull(c, b)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return true // neither answered nor closed: not what a close looks like
	}
	return err == nil && bytes.Equal(b, masterAnswer)
}
