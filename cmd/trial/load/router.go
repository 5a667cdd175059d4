package load

import (
	"context"
	"sync"
)

// Router knows the master's address for many connections. When it is lost, one of
// them looks for the next one, and the others wait for it.
type Router struct {
	find func(ctx context.Context) (string, error)

	mu      sync.Mutex
	address string
}

// NewRouter makes a Router. find waits until there is a master, or ctx ends.
func NewRouter(find func(ctx context.Context) (string, error)) *Router { return &Router{find: find} }

// Address returns where the master is, as far as known.
func (r *Router) Address(ctx context.Context) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.address == "" {
		a, err := r.find(ctx)
		if err != nil {
			return "", err
		}
		r.address = a
	}
	return r.address, nil
}

// Lost says that the node at that address isn't the master, or isn't there.
func (r *Router) Lost(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.address == address {
		r.address = ""
	}
}

// dial connects to the master.
func (r *Router) dial(ctx context.Context, cluster string) (*Conn, string, error) {
	address, err := r.Address(ctx)
	if err != nil {
		return nil, "", err
	}
	c, err := Dial(ctx, address, cluster)
	if err != nil {
		r.Lost(address)
	}
	return c, address, err
}
