package load

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"time"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// Shape is how the result of a good answer looks.
type Shape uint8

// The shapes.
const (
	Unit    Shape = iota // nothing
	Bytes                // one string
	Number               // an i32
	Entries              // a list of keys with values
)

const (
	dialTimeout = time.Second
	// answerTimeout bounds the wait for one answer: a node that is stopped keeps
	// its connections.
	answerTimeout = 30 * time.Second
	maxString     = 32 << 20 // bytes; more is no answer
)

// Conn is one connection to one node. Sending and receiving may be done by two
// goroutines.
type Conn struct {
	nc net.Conn
	r  *bufio.Reader
}

// Dial connects and says the prologue.
func Dial(ctx context.Context, address, cluster string) (*Conn, error) {
	d := net.Dialer{Timeout: dialTimeout}
	nc, err := d.DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if _, err := nc.Write(wire.AppendPrologue(nil, cluster)); err != nil {
		_ = nc.Close()
		return nil, err
	}
	return &Conn{nc: nc, r: bufio.NewReaderSize(nc, 32<<10)}, nil
}

// Close ends the connection, and every wait on it.
func (c *Conn) Close() { _ = c.nc.Close() }

// Send writes requests.
func (c *Conn) Send(requests []byte) error {
	_, err := c.nc.Write(requests)
	return err
}

// Receive waits for the next answer and passes over its result. A refusal is a
// *command.Error; after any other error the connection is of no use.
func (c *Conn) Receive(shape Shape) error {
	if c.r.Buffered() < 4 {
		if err := c.nc.SetReadDeadline(time.Now().Add(answerTimeout)); err != nil {
			return err
		}
	}
	code, err := c.int32()
	if err != nil {
		return err
	}
	if code != int32(command.CodeOK) {
		message, err := c.str()
		if err != nil {
			return err
		}
		return &command.Error{Code: command.Code(code), Message: message}
	}
	switch shape {
	case Unit:
		return nil
	case Bytes:
		return c.skip()
	case Number:
		_, err := c.int32()
		return err
	case Entries:
		return c.skipEntries()
	default:
		panic(fmt.Sprintf("load: shape %d", shape))
	}
}

func (c *Conn) skipEntries() error {
	n, err := c.int32()
	if err != nil {
		return err
	}
	for range 2 * n {
		if err := c.skip(); err != nil {
			return err
		}
	}
	return nil
}

func (c *Conn) int32() (int32, error) {
	b, err := c.r.Peek(4)
	if err != nil {
		return 0, err
	}
	v := int32(binary.LittleEndian.Uint32(b))
	_, _ = c.r.Discard(4) // they are buffered
	return v, nil
}

// length reads the length of a string.
func (c *Conn) length() (int, error) {
	n, err := c.int32()
	if err == nil && (n < 0 || n > maxString) {
		err = fmt.Errorf("the node sends a string of %d bytes", n)
	}
	return int(n), err
}

func (c *Conn) skip() error {
	n, err := c.length()
	if err != nil {
		return err
	}
	_, err = c.r.Discard(n)
	return err
}

func (c *Conn) str() (string, error) {
	n, err := c.length()
	if err != nil {
		return "", err
	}
	b := make([]byte, 0, min(n, 4096))
	for len(b) < n {
		x, err := c.r.ReadByte()
		if err != nil {
			return "", err
		}
		b = append(b, x)
	}
	return string(b), nil
}

// Collapse asks the node to drop all but so many segments of its log, and waits
// until it has. It returns how many steps that took.
func (c *Conn) Collapse(leave int) (int, error) {
	if err := c.Send(wire.AppendInt32(wire.AppendCommand(nil, wire.OpCollapseTLogs), int32(leave))); err != nil {
		return 0, err
	}
	if err := c.Receive(Unit); err != nil {
		return 0, err
	}
	steps, err := c.int32()
	for range steps {
		if err != nil {
			return 0, err
		}
		if err = c.Receive(Unit); err == nil {
			_, err = c.r.Discard(8) // the time that the step took
		}
	}
	return int(steps), err
}
