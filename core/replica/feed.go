package replica

import (
	"errors"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/tlog"
)

// feedBytes is how much of the log goes to a peer in one message; feedReads how
// many such reads are out at once, so that catch-up never crowds out the rest.
const (
	feedBytes = 1 << 20
	feedReads = 2
	feedQueue = 64
)

// feeder sends chosen entries to peers that lack them.
type feeder struct {
	queue []core.Feed
	out   int
}

func (r *Replica) startFeeds(now core.Instant) {
	f := &r.feeder
	if over := len(f.queue) - feedQueue; over > 0 { // they ask again
		f.queue = append(f.queue[:0], f.queue[over:]...)
	}
	k := 0
	for ; k < len(f.queue) && f.out < feedReads; k++ {
		r.upkeep.fedTo(f.queue[k].Envelope.To, f.queue[k].From, now)
		r.startFeed(f.queue[k])
	}
	f.queue = append(f.queue[:0], f.queue[k:]...)
}

func (r *Replica) startFeed(feed core.Feed) {
	if entries := r.log.Cached(feed.From, feed.Through, feedBytes); len(entries) > 0 {
		r.sendFeed(feed, entries)
		return
	}
	read := r.log.NextRead(feed.From, feed.Through, feedBytes)
	r.feeder.out++
	r.job(JobRead, read.Run, func(core.Instant) { r.finishFeed(feed, read) })
}

func (r *Replica) finishFeed(feed core.Feed, read *tlog.ReadJob) {
	r.feeder.out--
	entries, err := r.log.FinishRead(read)
	switch {
	case errors.Is(err, tlog.ErrCollapsed), errors.Is(err, tlog.ErrDamaged): // the checkpoint has what the log can't tell any more
		r.offer(feed)
		return
	case err != nil:
		return // the peer asks somebody else when no answer comes
	}
	r.sendFeed(feed, entries)
}

func (r *Replica) sendFeed(feed core.Feed, entries []core.Entry) {
	env := feed.Envelope
	env.Msg = &core.Entries{Commit: feed.Commit, Entries: entries}
	r.out.Send = append(r.out.Send, env)
}
