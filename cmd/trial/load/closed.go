package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Closed is clients that each send a request and wait for its answer, over and
// over, each on a connection of its own.
type Closed struct {
	Router   *Router
	Cluster  string
	Clients  int
	Source   Source
	Seed     uint64
	Recorder *Recorder
}

// retryPause is between two attempts to reach a master.
const retryPause = 5 * time.Millisecond

// Run lets them run until ctx ends. A client that loses its master goes on with
// the next one; what fails is counted. An error says that there is no master any
// more.
func (w *Closed) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	errs := make([]error, w.Clients)
	for i := range w.Clients {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(w.Seed, uint64(i)))
			errs[i] = sessions(ctx, w.Router, w.Cluster, func(c *Conn) error { return w.session(ctx, c, i, rng) })
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// sessions connects to the master again and again until ctx ends.
func sessions(ctx context.Context, router *Router, cluster string, session func(c *Conn) error) error {
	for ctx.Err() == nil {
		c, address, err := router.dial(ctx, cluster)
		if ctx.Err() != nil {
			if err == nil {
				c.Close()
			}
			return nil
		}
		if address == "" {
			return fmt.Errorf("no master: %w", err)
		}
		if err == nil {
			stop := context.AfterFunc(ctx, c.Close)
			err = session(c)
			stop()
			c.Close()
		}
		if err != nil {
			router.Lost(address)
			pause(ctx, retryPause)
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// session is a client's life on one connection.
func (w *Closed) session(ctx context.Context, c *Conn, id int, rng *rand.Rand) error {
	var request []byte
	var shape Shape
	for ctx.Err() == nil {
		request, shape = w.Source(request[:0], rng)
		sent := time.Now()
		err := c.Send(request)
		if err == nil {
			err = c.Receive(shape)
		}
		switch {
		case err == nil:
			w.Recorder.Ack(id, time.Since(sent))
			continue
		case ctx.Err() != nil:
			return nil // the connection was closed for that
		}
		w.Recorder.Fail(id, 1, err)
		if leaves(err) {
			return err
		}
	}
	return nil
}

// leaves reports whether after that error another connection is needed.
func leaves(err error) bool {
	var refused *command.Error
	if !errors.As(err, &refused) {
		return true
	}
	switch refused.Code {
	case command.CodeNotMaster, command.CodeNoLongerMaster, command.CodeGoingDown, command.CodeMaxConnections:
		return true
	default:
		return false
	}
}
