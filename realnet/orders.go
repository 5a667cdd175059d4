package realnet

import (
	"io"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// What operators may order. Each calls done once, on the loop's goroutine, which
// must not block: nil for done, else why not.

// dropMaster makes a master step down; on another node it does nothing.
func (s *Server) dropMaster(done func(error)) {
	err := s.mail.putAdmin(func(r *replica.Replica, now core.Instant) {
		r.DropMaster(now)
		done(nil)
	})
	if err != nil {
		done(err)
	}
}

// errNotKept refuses what needs a store on disk.
var errNotKept = &command.Error{Code: command.CodeNotSupported, Message: "the store of this node is in memory"}

// checkpoint: what is applied is in the log, and the log is on disk.
func (s *Server) checkpoint(done func(error)) { done(nil) }

func (s *Server) collapse(_ int, done func(error)) { done(errNotKept) }

func (s *Server) segments() int { return 1 }

func (s *Server) backup(<-chan struct{}) (int64, io.ReadCloser, error) { return 0, nil, errNotKept }
