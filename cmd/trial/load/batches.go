package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// Batches writes every key once, scattered over the key space, in sequences of
// sets over several connections with a few sequences under way on each.
type Batches struct {
	Router  *Router
	Cluster string
	Keys    Keys
	Conns   int
	Steps   int // sets of a sequence
	Window  int // sequences under way on a connection

	next atomic.Int64 // the first key that nobody has taken
	done atomic.Int64
}

// Done is how many keys are acknowledged.
func (b *Batches) Done() int64 { return b.done.Load() }

// Run writes all of them. Any failure ends it: the cluster shall be healthy.
func (b *Batches) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var wg sync.WaitGroup
	errs := make([]error, b.Conns)
	for i := range b.Conns {
		wg.Go(func() {
			if errs[i] = b.connection(ctx); errs[i] != nil {
				cancel(errs[i])
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("loading %v: %w", b.Keys, err)
	}
	return errors.Join(errs...)
}

// connection writes until no key is left.
func (b *Batches) connection(ctx context.Context) error {
	c, _, err := b.Router.dial(ctx, b.Cluster)
	if err != nil {
		return err
	}
	defer c.Close()
	defer context.AfterFunc(ctx, c.Close)()
	var waiting []int // keys of each sequence under way
	for {
		request, keys := b.sequence()
		if keys == 0 && len(waiting) == 0 {
			return ctx.Err()
		}
		if keys > 0 {
			if err := c.Send(request); err != nil {
				return err
			}
			waiting = append(waiting, keys)
		}
		if len(waiting) < b.Window && keys > 0 {
			continue
		}
		if err := c.Receive(Unit); err != nil {
			return err
		}
		b.done.Add(int64(waiting[0]))
		waiting = waiting[1:]
	}
}

// sequence takes the next keys and encodes their update.
func (b *Batches) sequence() ([]byte, int) {
	first := int(b.next.Add(int64(b.Steps))) - b.Steps
	last := min(first+b.Steps, b.Keys.Count)
	if first >= last {
		return nil, 0
	}
	var s command.Sequence
	for i := first; i < last; i++ {
		k := b.Keys.Scattered(i)
		s.Updates = append(s.Updates, command.Set{Key: b.Keys.Name(k), Value: b.Keys.AppendValue(nil, uint64(k))})
	}
	return wire.AppendUpdate(nil, s), last - first
}
