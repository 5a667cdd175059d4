package replica

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/tlog"
)

// How long a chunk is awaited at most (a fifth of a lease period, if that is
// shorter), and how often it is asked for, before another peer's turn comes.
const (
	chunkWait  = time.Second
	chunkTries = 5
)

// installer installs a snapshot beside the running state machine: it asks for
// chunks one by one, and when the last one is in place lets everything stop for a
// moment to go on from it (DESIGN 5: temp file, verify, sync, rename, directory
// sync; then a new segment of the log; only then old ones may go).
//
//	idle -> fetching -> (last chunk) -> quiet -> finishing -> installed
//
// What was taken in stays when a source is lost: the next one goes on behind it,
// if it has a snapshot of the same instance.
type installer struct {
	phase    installPhase
	from     core.Seat
	instance core.Instance // of the snapshot; 0: whatever comes
	imp      core.Import
	busy     bool // a job is out
	awaits   bool // a chunk was asked for
	deadline core.Instant
	tries    int
	chunks   uint64
	done     uint64        // snapshots installed
	logBase  core.Instance // the log must still begin above this; 0: it does
	error    string        // why the last try ended
}

type installPhase uint8

const (
	installIdle installPhase = iota
	installFetching
	installQuiet     // all chunks are in: waits until nothing runs
	installFinishing // the file is put in place
)

// onInstall takes up an offer.
func (r *Replica) onInstall(now core.Instant, src core.SnapshotSource) {
	in := &r.inst
	if in.phase != installIdle || in.busy || r.stopping.on {
		return
	}
	if in.imp != nil && src.Instance != 0 && in.imp.Instance() != src.Instance {
		r.abortImport()
	}
	in.phase, in.from, in.instance, in.tries = installFetching, src.From, src.Instance, 0
	r.step(now, core.Installing{On: true})
	r.askChunk(now)
}

// askChunk asks for the chunk behind what is taken in.
func (r *Replica) askChunk(now core.Instant) {
	in := &r.inst
	m := &core.SnapshotFetch{Instance: in.instance, Begin: true}
	if in.imp != nil {
		m.Instance = in.imp.Instance()
		m.After, m.Begin = in.imp.After()
	}
	in.awaits, in.deadline = true, now.Add(min(chunkWait, r.cfg.Core.LeasePeriod/5))
	r.out.Send = append(r.out.Send, r.node.Address(in.from, m))
}

// onSnapshotChunk takes in an answer; what wasn't asked for is ignored.
func (r *Replica) onSnapshotChunk(now core.Instant, env core.Envelope) {
	in := &r.inst
	m := env.Msg.(*core.SnapshotChunk)
	if in.phase != installFetching || in.busy || !in.awaits || env.From != in.from {
		return
	}
	if m.Gone {
		r.abortImport()
		if in.instance == 0 {
			r.giveUpInstall(now, "the peer has no snapshot")
			return
		}
		in.instance = 0 // its newest, then
		r.askChunk(now)
		return
	}
	if in.imp == nil && !r.beginImport(now, m) {
		return
	}
	after, begin := in.imp.After()
	if m.Instance != in.imp.Instance() || m.Begin != begin || !bytes.Equal(m.After, after) {
		return // an answer to an earlier question
	}
	in.awaits, in.busy, in.tries, in.deadline = false, true, 0, core.Never
	var err error
	r.job(JobImport, func() { err = in.imp.Add(m.Bytes) }, func(now core.Instant) { r.finishChunk(now, m.Done, err) })
}

func (r *Replica) beginImport(now core.Instant, m *core.SnapshotChunk) bool {
	in := &r.inst
	if m.Instance <= r.applier.applied && !r.rebuilding || !m.Begin {
		r.giveUpInstall(now, "the peer's snapshot is not newer")
		return false
	}
	imp, err := r.sm.Import(m.Manifest)
	if err != nil {
		r.giveUpInstall(now, err.Error())
		return false
	}
	in.imp, in.instance = imp, m.Instance
	return true
}

func (r *Replica) finishChunk(now core.Instant, last bool, err error) {
	in := &r.inst
	in.busy = false
	switch {
	case err != nil:
		r.abortImport()
		r.giveUpInstall(now, err.Error())
	case last:
		in.chunks++
		in.phase = installQuiet
	default:
		in.chunks++
		r.askChunk(now)
	}
}

// giveUpInstall ends a try. What was taken in stays for the next one.
func (r *Replica) giveUpInstall(now core.Instant, why string) {
	in := &r.inst
	in.phase, in.awaits, in.deadline, in.error = installIdle, false, core.Never, why
	r.step(now, core.Installing{On: false})
}

func (r *Replica) abortImport() {
	if r.inst.imp != nil {
		r.inst.imp.Abort()
		r.inst.imp = nil
	}
}

// tickInstall asks again, gives a silent source up, and goes on once nothing else
// runs.
func (r *Replica) tickInstall(now core.Instant) {
	in := &r.inst
	switch {
	case in.phase == installFetching && in.awaits && now >= in.deadline:
		if in.tries++; in.tries >= chunkTries {
			r.giveUpInstall(now, fmt.Sprintf("no answer from %s", r.cfg.Core.Seats[in.from].Name))
			return
		}
		r.askChunk(now)
	case in.phase == installQuiet && r.idle():
		r.finishImport(now)
	}
}

// finishImport puts the snapshot in place: from here on a restart finds it.
func (r *Replica) finishImport(now core.Instant) {
	in := &r.inst
	if in.imp.Instance() <= r.applier.applied && !r.rebuilding {
		r.abortImport()
		r.giveUpInstall(now, "the log was faster")
		return
	}
	in.phase, in.busy = installFinishing, true
	var err error
	r.job(JobImport, func() { err = in.imp.Finish() }, func(now core.Instant) { r.installed(now, err) })
}

// installed goes on from the snapshot: the state machine first, then the node,
// then a new segment of the log that begins above it.
func (r *Replica) installed(now core.Instant, err error) {
	in := &r.inst
	in.busy = false
	switch {
	case errors.Is(err, core.ErrSnapshot), errors.Is(err, disk.ErrFull):
		r.abortImport()
		r.giveUpInstall(now, err.Error())
		return
	case err != nil:
		// It may be in place by now, and the present state only a file without a name.
		r.out.Fatal = fmt.Errorf("the snapshot could not be put in place, so this node stops: %w", err)
		return
	}
	if err := r.sm.Adopt(in.imp); err != nil {
		r.out.Fatal = fmt.Errorf("the installed snapshot can't be opened: %w", err)
		return
	}
	through := in.imp.Instance()
	in.imp = nil
	in.phase, in.deadline, in.error = installIdle, core.Never, ""
	in.done++
	r.rebuilding = false
	r.applier.applied = through
	r.ckpt.frozen, r.ckpt.written, r.ckpt.more = 0, true, true
	r.ckpt.newest, _ = r.sm.Checkpoints()
	r.show(nil, 0)
	r.step(now, core.Installed{Through: through, Setting: r.sm.Setting()})
	in.logBase = through
	r.noteApplied(now) // the old state may have been full, or dirty
}

// startLogInstall begins the segment above the snapshot. Nothing else syncs the
// log meanwhile.
func (r *Replica) startLogInstall() {
	r.syncing = true
	j := r.log.NextInstall(r.inst.logBase, r.state)
	r.job(JobSync, j.Run, func(now core.Instant) { r.finishLogInstall(now, j) })
}

func (r *Replica) finishLogInstall(now core.Instant, j *tlog.InstallJob) {
	r.syncing = false
	err := r.log.FinishInstall(j)
	if errors.Is(err, tlog.ErrNoSpace) {
		r.noteFull(now)
		return
	}
	if err != nil {
		r.out.Fatal = fmt.Errorf("the log could not begin above the snapshot, so this node stops: %w", err)
		return
	}
	r.space.full, r.inst.logBase = false, 0
	r.upkeep.soon(now)
	r.sealAt = now.Add(sealAfter)
}

// quiet says that nothing new may start: a snapshot is about to take the state
// machine's place, or it is about to be thrown away.
func (r *Replica) quiet() bool {
	return r.inst.phase == installQuiet || r.inst.phase == installFinishing || r.resetting != ""
}

// idle says that nothing runs that touches the state machine or the log's files.
func (r *Replica) idle() bool {
	return !r.applier.busy && !r.ckpt.busy && !r.syncing && !r.exporting && !r.upkeep.busy && !r.inst.busy
}
