package replica

import (
	"cmp"
	"slices"
	"time"

	"github.com/openvstorage/arakoon-go/core"
)

// chunkBytes is about the size of a snapshot's chunk; exportIdle how long a
// snapshot that nobody reads stays open.
const (
	chunkBytes = 1 << 20
	exportIdle = 60 * time.Second
	maxExports = 4
)

// export is a checkpoint that peers read.
type export struct {
	export core.Export
	used   core.Instant
}

// onSnapshotFetch queues a peer's request for a chunk.
func (r *Replica) onSnapshotFetch(now core.Instant, env core.Envelope) {
	if len(r.fetches) < core.MaxSeats { // they ask again
		r.fetches = append(r.fetches, env)
	}
}

// startExport answers the oldest request for a chunk, one at a time: reading is
// paced by those who ask.
func (r *Replica) startExport(now core.Instant) {
	if r.exporting || len(r.fetches) == 0 || r.quiet() {
		return
	}
	env := r.fetches[0]
	r.fetches = append(r.fetches[:0], r.fetches[1:]...)
	m := env.Msg.(*core.SnapshotFetch)
	e := r.exportAt(now, m.Instance)
	if e == nil {
		r.reply(env, &core.SnapshotChunk{Instance: m.Instance, Gone: true})
		return
	}
	r.exporting = true
	reply := &core.SnapshotChunk{Instance: e.Instance(), Begin: m.Begin, After: m.After, Manifest: e.Manifest()}
	var err error
	run := func() { reply.Bytes, reply.Last, reply.Done, err = e.Read(m.After, m.Begin, r.cfg.ChunkBytes) }
	r.job(JobExport, run, func(core.Instant) {
		r.exporting = false
		if err != nil { // a damaged page: the peer asks somebody else
			reply = &core.SnapshotChunk{Instance: e.Instance(), Gone: true}
			r.counts.exportErrors++
		}
		r.counts.chunks++
		r.reply(env, reply)
	})
}

// exportAt finds or opens the snapshot of an instance; 0: the newest.
func (r *Replica) exportAt(now core.Instant, i core.Instance) core.Export {
	newest, _ := r.sm.Checkpoints()
	if i == 0 {
		i = newest
	}
	for k := range r.exports {
		if r.exports[k].export.Instance() == i {
			r.exports[k].used = now
			return r.exports[k].export
		}
	}
	if i != newest || len(r.exports) >= maxExports && !r.closeIdlest(now) {
		return nil
	}
	e := r.sm.Export()
	if e == nil {
		return nil
	}
	r.exports = append(r.exports, &export{export: e, used: now})
	return e
}

// closeIdlest makes room for another snapshot: a peer that gives up and comes again for
// a newer one must not wait until what it left behind expires. False if all are being
// read right now.
func (r *Replica) closeIdlest(now core.Instant) bool {
	idlest := slices.MinFunc(r.exports, func(a, b *export) int { return cmp.Compare(a.used, b.used) })
	if now < idlest.used.Add(chunkWait) {
		return false
	}
	idlest.export.Close()
	r.exports = slices.DeleteFunc(r.exports, func(e *export) bool { return e == idlest })
	return true
}

// expireExports closes snapshots that nobody has read for a while.
func (r *Replica) expireExports(now core.Instant) {
	if r.exporting {
		return
	}
	left := r.exports[:0]
	for _, e := range r.exports {
		if now < e.used.Add(exportIdle) {
			left = append(left, e)
			continue
		}
		e.export.Close()
	}
	clear(r.exports[len(left):])
	r.exports = left
}

func (r *Replica) closeExports() {
	for _, e := range r.exports {
		e.export.Close()
	}
	r.exports = nil
}

// reply answers the sender of an envelope.
func (r *Replica) reply(env core.Envelope, msg core.Message) {
	answer := r.node.Address(env.From, msg)
	answer.ToInc = env.FromInc
	r.out.Send = append(r.out.Send, answer)
}

// offer tells a peer that the log begins above what it asked for.
func (r *Replica) offer(feed core.Feed) {
	newest, _ := r.sm.Checkpoints()
	if newest < feed.From {
		return
	}
	env := feed.Envelope
	env.Msg = &core.SnapshotOffer{Instance: newest, Commit: feed.Commit}
	r.out.Send = append(r.out.Send, env)
}
