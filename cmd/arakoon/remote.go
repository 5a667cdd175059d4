package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/ini"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// remote is a connection to the client port of one node, for the commands that
// look after its files. They may take long, so nothing but the context bounds them.
type remote struct {
	nc net.Conn
	r  *bufio.Reader
	at string
	// release stops the watch of the context.
	release func() bool
}

// dialTimeout bounds the attempt to reach one address of a node.
const dialTimeout = 5 * time.Second

// dialRemote connects to the first address of a node that answers.
func dialRemote(ctx context.Context, cluster string, n *ini.Node) (*remote, error) {
	var errs []error
	d := net.Dialer{Timeout: dialTimeout}
	for _, ip := range n.IPs {
		nc, err := d.DialContext(ctx, "tcp", net.JoinHostPort(ip, strconv.Itoa(n.ClientPort)))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		r := &remote{nc: nc, r: bufio.NewReader(nc), at: "node " + n.Name}
		r.release = context.AfterFunc(ctx, func() { _ = nc.Close() }) // ends reads and writes
		if _, err := nc.Write(wire.AppendPrologue(nil, cluster)); err != nil {
			r.close()
			errs = append(errs, err)
			continue
		}
		return r, nil
	}
	return nil, fmt.Errorf("node %s: %w", n.Name, errors.Join(errs...))
}

func (r *remote) close() {
	r.release()
	_ = r.nc.Close() // what counts has been read
}

// ask sends a command and reads the first answer to it.
func (r *remote) ask(ctx context.Context, op wire.Op, request []byte) (wire.Reply, error) {
	if _, err := r.nc.Write(request); err != nil {
		return wire.Reply{}, r.lost(ctx, err)
	}
	reply, err := wire.ReadReply(r.r, op)
	if err != nil {
		return reply, r.lost(ctx, err)
	}
	if reply.Err != nil {
		return reply, r.refused(reply.Err)
	}
	return reply, nil
}

// lost names the node and, if that is why, the end of the context.
func (r *remote) lost(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		err = errors.New("the node closed the connection: it is stopping, or of another cluster")
	}
	return fmt.Errorf("%s: %w", r.at, err)
}

func (r *remote) refused(e *command.Error) error { return fmt.Errorf("%s: %w", r.at, e) }

// do is ask for commands whose answer says no more than done.
func (r *remote) do(ctx context.Context, op wire.Op, request []byte) error {
	_, err := r.ask(ctx, op, request)
	return err
}

// collapse asks for a collapse and reports each step: done of total.
func (r *remote) collapse(ctx context.Context, keep int32, step func(done, total int)) error {
	reply, err := r.ask(ctx, wire.OpCollapseTLogs, wire.AppendCollapse(nil, keep))
	if err != nil {
		return err
	}
	total := int(reply.Count)
	for done := range total {
		_, failure, err := wire.ReadCollapseStep(r.r)
		switch {
		case err != nil:
			return r.lost(ctx, err)
		case failure != nil:
			return r.refused(failure)
		}
		step(done+1, total)
	}
	return nil
}

// backup saves the node's backup in a file, which appears when all of it is there
// and durable.
func (r *remote) backup(ctx context.Context, path string, progress func(done, total int64)) (err error) {
	reply, err := r.ask(ctx, wire.OpGetDB, wire.AppendCommand(nil, wire.OpGetDB))
	if err != nil {
		return err
	}
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part))
		}
	}()
	if err := r.save(ctx, f, reply.Count, progress); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return err
	}
	return syncDirectory(filepath.Dir(path))
}

// save copies size bytes, telling how far it is.
func (r *remote) save(ctx context.Context, w io.Writer, size int64, progress func(done, total int64)) error {
	const step = 1 << 20
	for done := int64(0); done < size; {
		n, err := io.CopyN(w, r.r, min(step, size-done))
		if done += n; err != nil {
			return r.lost(ctx, err)
		}
		progress(done, size)
	}
	return nil
}

// syncDirectory makes the names in a directory durable.
func syncDirectory(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
