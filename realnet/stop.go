package realnet

import (
	"context"
	"os"
	"runtime/debug"
)

// memoryBeside is what a node needs beside the cache of its store, in bytes:
// memory tables, queues, buffers, and room for the collector.
const memoryBeside = 640 << 20

// LimitMemory tells the Go runtime how much memory a node with that cache (bytes)
// may take, unless GOMEMLIMIT has told it. It is the process's business, so Start
// doesn't do it.
func LimitMemory(cache int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(cache + memoryBeside)
	}
}

// Stop ends the node so that nobody notices: a master hands over first; then what
// was applied is written to the store, so that the next start has nothing to
// replay; then it is as Close. When ctx ends the rest is left out.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.obey(ctx, s.prepareStop); err != nil {
		s.cfg.Log.Warn("the stop is not as clean as it could be", "node", s.cfg.Name, "reason", err)
	}
	return s.Close()
}

// obey gives an order and waits for its end.
func (s *Server) obey(ctx context.Context, give func(done func(error))) error {
	ended := make(chan error, 1)
	give(func(err error) { ended <- err })
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-s.done:
		return errStopped
	}
}
