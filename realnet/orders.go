package realnet

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
)

// What operators may order. Each calls done once, on the loop's goroutine, which
// must not block: nil for done, else why not.

// order hands something to the Replica, whose answer ends it.
func (s *Server) order(done func(error), give func(r *replica.Replica, now core.Instant, tag any)) {
	s.orderSteps(nil, done, give)
}

// orderSteps is order for what tells its progress.
func (s *Server) orderSteps(step func(replica.Progress), done func(error), give func(r *replica.Replica, now core.Instant, tag any)) {
	tag := func(a replica.Answer) {
		switch {
		case a.Progress == nil:
			done(a.Err)
		case step != nil:
			step(*a.Progress)
		}
	}
	if err := s.mail.putAdmin(func(r *replica.Replica, now core.Instant) { give(r, now, tag) }); err != nil {
		done(err)
	}
}

// handOver lets this master hand over to a node; "": to the one that fits best.
func (s *Server) handOver(to string, done func(error)) {
	s.order(done, func(r *replica.Replica, now core.Instant, tag any) { r.HandOver(now, to, tag) })
}

// dropMaster does that too, or lets this master step down if nobody takes over.
func (s *Server) dropMaster(done func(error)) {
	s.order(done, func(r *replica.Replica, now core.Instant, tag any) { r.DropMaster(now, tag) })
}

// waive takes a datacentre out of the locality rule, or back in.
func (s *Server) waive(datacentre string, waived bool, done func(error)) {
	s.order(done, func(r *replica.Replica, now core.Instant, tag any) { r.Waive(now, datacentre, waived, tag) })
}

// checkpoint writes what is applied to the store's pages.
func (s *Server) checkpoint(done func(error)) {
	s.order(done, func(r *replica.Replica, _ core.Instant, tag any) { r.Checkpoint(tag) })
}

// collapse does that twice, and then removes all but keep files of the log, as far
// as nobody needs them. The first step tells how many there are.
func (s *Server) collapse(keep int, step func(replica.Progress), done func(error)) {
	s.orderSteps(step, done, func(r *replica.Replica, _ core.Instant, tag any) { r.Collapse(keep, tag) })
}

// prepareStop hands over and writes what is applied.
func (s *Server) prepareStop(done func(error)) {
	s.order(done, func(r *replica.Replica, now core.Instant, tag any) { r.Stop(now, tag) })
}
