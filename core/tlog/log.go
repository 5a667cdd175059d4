package tlog

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// Defaults of Options.
const (
	DefaultSegmentBytes = 64 << 20
	DefaultCacheBytes   = 64 << 20
	// DefaultReserve is what production keeps in the reserve file: two segments.
	DefaultReserve = 2 * DefaultSegmentBytes
)

// Options is what Open needs.
type Options struct {
	Dir       string // of the log, on the Disk; made if absent
	ClusterID string // a log of another cluster or node is refused
	Node      string

	SegmentBytes int64 // a segment rolls before it grows beyond; 0: DefaultSegmentBytes
	MaxEntries   int   // or when it has as many entries; 0: no such rule
	// Preallocate is how many bytes of zeros are written ahead of use at a time; 0: none.
	Preallocate int64
	CacheBytes  int64 // newest entries kept in memory for Cached; 0: DefaultCacheBytes
	// Rand fills with random bytes, for incarnation and salts. A SyncJob that rolls
	// calls it where it runs.
	Rand func([]byte)

	// Checkpoint is the instance of the state machine's durable checkpoint; 0: none.
	// What is at or below it is chosen and applied, so older segments need not be
	// read at the start, and the commit index is not below it.
	Checkpoint core.Instance
	// Installed says that the checkpoint came by a snapshot. If the log was not told
	// so before the process ended (NextInstall), what it holds through Checkpoint may
	// be other than what was chosen, and is void.
	Installed bool
	// Compress lets NextUpkeep compress older segments.
	Compress bool
	// Reserve is the size of a file that is given up when the disk is full, so that
	// a start, promises and votes still find room; bytes, 0: none.
	Reserve int64
}

func (o *Options) complete() error {
	if len(o.ClusterID) > maxName || len(o.Node) > maxName {
		return fmt.Errorf("tlog: names of clusters and nodes have at most %d bytes", maxName)
	}
	if o.Rand == nil {
		assertf("Options without Rand")
	}
	if o.SegmentBytes == 0 {
		o.SegmentBytes = DefaultSegmentBytes
	}
	if o.CacheBytes == 0 {
		o.CacheBytes = DefaultCacheBytes
	}
	if o.Dir == "" {
		o.Dir = "."
	}
	return nil
}

// Opened is what Open found.
type Opened struct {
	Incarnation core.Incarnation
	// Restored has the entries above Commit, without a hole, and what damage may
	// have taken.
	Restored    core.Restored
	First, Last core.Instance // of the accepted entries held; 0 if none
	// Base is the lowest instance that the log may hold: what is below was removed,
	// or a snapshot took its place. 1: it is whole.
	Base core.Instance
	// Settings is the newest setting appended (RecordSetting); nil: none.
	Settings []byte
	// Ahead: the checkpoint has instances that this log never held, though no
	// snapshot brought them. So the log is not the one that it was made from, and
	// promises may be lost with it: the node must not vote.
	Ahead bool
	// Report says what recovery found and did, one sentence each, for the log.
	Report []string
}

// Log is the transaction log of one node. One owner calls its methods; Run of
// its jobs may happen on another goroutine each, one SyncJob at a time, any
// number of ReadJobs.
type Log struct {
	d           disk.Disk
	opts        Options
	unlock      disk.Unlocker
	incarnation core.Incarnation
	w           *writer

	queue      queue
	job        SyncJob
	installing *InstallJob
	out        bool           // job or installing has the writer
	state      core.HardState // of the newest append
	durable    core.Position
	sealed     bool // the newest batch is a seal, or there is none
	failed     bool // a sync failed: there will be no more

	cache       cache
	index       index
	damage      *damage // never changed once a job may have it: replaced
	first, last core.Instance
	base        core.Instance // what is below is void

	batches  uint64    // made durable by this process
	segments []segment // oldest first; the last one is being written
	upkeep   upkeep
	space    space
	found    []string // damage that reads have met
}

// First returns the lowest instance of the accepted entries held; 0: none.
func (l *Log) First() core.Instance { return l.first }

// Last returns the highest instance of the accepted entries appended, durable or
// not; 0: none.
func (l *Log) Last() core.Instance { return l.last }

// Append adds records as append number pos, with the state to go into the
// header of their batch. Nothing is written: see NextSync. The entries can be
// read through Cached at once. The bytes of the records are kept and must not
// change; recs itself isn't kept.
func (l *Log) Append(recs []core.Record, state core.HardState, pos core.Position) {
	if pos <= l.queue.last {
		assertf("append %d follows %d", pos, l.queue.last)
	}
	if state.Promised.Less(l.state.Promised) || state.Commit < l.state.Commit || state.LongestLease < l.state.LongestLease {
		assertf("append %d takes back %+v, with %+v", pos, l.state, state)
	}
	l.state = state
	l.queue.add(recs, state, pos)
	for i := range recs {
		r := &recs[i]
		if r.Kind != core.RecordAccepted {
			continue
		}
		if r.Instance < l.base {
			continue
		}
		l.cache.add(core.Entry{Instance: r.Instance, Ballot: r.Ballot, Value: core.Value(r.Bytes)}, pos)
		l.last = max(l.last, r.Instance)
		if l.first == 0 || r.Instance < l.first {
			l.first = r.Instance
		}
	}
	l.cache.trim(l.opts.CacheBytes, l.durable)
}

// Cached returns consecutive entries from, from+1, … through at most through,
// in their highest ballot, durable or not, of at most maxBytes together but at
// least one. It returns nil if from isn't in memory: ask NextRead.
func (l *Log) Cached(from, through core.Instance, maxBytes int) []core.Entry {
	if from < l.base {
		return nil
	}
	return l.cache.run(from, through, maxBytes)
}

// Close gives up the files and the lock. Nothing is written: what was appended
// and not synced is gone.
func (l *Log) Close() error {
	err := l.w.file.Close()
	if err2 := l.unlock.Unlock(); err == nil {
		err = err2
	}
	return err
}

// segmentName returns the name of a segment's file: 001.tlog.
func segmentName(number uint64) string { return fmt.Sprintf("%03d.tlog", number) }

// compressedName returns the name of a compressed segment's file: 001.tlx.
func compressedName(number uint64) string { return fmt.Sprintf("%03d.tlx", number) }

// Archived reports whether a file of a log directory is a compressed segment, or
// becomes one: a host may keep these on another disk.
func Archived(name string) bool { return strings.Contains(name, ".tlx") || name == compressedTemp }

// segmentNumber returns the number in the name of a segment's file, and whether it
// is a compressed one; ok is false for other names.
func segmentNumber(name string) (number uint64, tlx, ok bool) {
	digits, tlx := strings.CutSuffix(name, ".tlx")
	if !tlx {
		if digits, ok = strings.CutSuffix(name, ".tlog"); !ok {
			return 0, false, false
		}
	}
	number, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || tlx && compressedName(number) != name || !tlx && segmentName(number) != name {
		return 0, false, false
	}
	return number, tlx, true
}
