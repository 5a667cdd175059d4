package load

import (
	"bufio"
	"context"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// fake is a node that answers as it is told.
type fake struct {
	t       *testing.T
	l       net.Listener
	answer  func(r wire.Request) []byte // nil: the connection closes
	wg      sync.WaitGroup
	mu      sync.Mutex
	updates []command.Update
}

func startFake(t *testing.T, answer func(r wire.Request) []byte) *fake {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	f := &fake{t: t, l: l, answer: answer}
	f.wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			f.wg.Go(func() { f.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		f.wg.Wait()
	})
	return f
}

// router finds the fake at once.
func (f *fake) router() *Router {
	return NewRouter(func(context.Context) (string, error) { return f.l.Addr().String(), nil })
}

func (f *fake) serve(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	if _, err := io.ReadFull(r, make([]byte, len(wire.AppendPrologue(nil, "c")))); err != nil {
		return
	}
	var scan wire.Scanner
	var frame []byte
	for {
		b, err := r.ReadByte()
		if err != nil {
			return
		}
		frame = append(frame, b)
		n, err := scan.Scan(frame)
		if err != nil {
			f.t.Errorf("the load sends %v", err)
			return
		}
		if n == 0 {
			continue
		}
		request, err := wire.DecodeRequest(frame)
		if err != nil {
			f.t.Errorf("the load sends %v", err)
			return
		}
		frame = nil // the request's values lie in it
		if request.Update != nil {
			f.mu.Lock()
			f.updates = append(f.updates, request.Update)
			f.mu.Unlock()
		}
		answer := f.answer(request)
		if answer == nil {
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

func ok(wire.Request) []byte { return wire.AppendOK(nil) }

// pipe is a connection whose other end the test holds.
func pipe(t *testing.T) (net.Conn, *Conn) {
	server, client := net.Pipe()
	t.Cleanup(func() { _, _ = server.Close(), client.Close() })
	return server, &Conn{nc: client, r: bufio.NewReader(client)}
}
