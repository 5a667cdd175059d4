package realnet

import (
	"math"
	"sync"
	"time"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// series is the running figures of one kind of operation (Welford's method).
type series struct {
	n        int64
	min, max float64
	m2, avg  float64
}

func (x *series) note(v float64) {
	x.n++
	if x.n == 1 || v < x.min {
		x.min = v
	}
	x.max = max(x.max, v)
	d := v - x.avg
	x.avg += d / float64(x.n)
	x.m2 += d * (v - x.avg)
}

// add takes in another series (Chan's method).
func (x *series) add(y *series) {
	if y.n == 0 {
		return
	}
	if x.n == 0 {
		*x = *y
		return
	}
	n := x.n + y.n
	d := y.avg - x.avg
	x.m2 += y.m2 + d*d*float64(x.n)*float64(y.n)/float64(n)
	x.avg += d * float64(y.n) / float64(n)
	x.min, x.max, x.n = min(x.min, y.min), max(x.max, y.max), n
}

func (x *series) field(name string) wire.Field {
	least, variance := math.MaxFloat64, 0.0
	if x.n > 0 {
		least, variance = x.min, x.m2/float64(x.n-1) // NaN after the first, as in the original
	}
	return wire.List(name, wire.Int32("n", int32(min(x.n, math.MaxInt32))), wire.Float("min", least), wire.Float("max", x.max),
		wire.Float("m2", x.m2), wire.Float("avg", x.avg), wire.Float("var", variance))
}

// The operations that are timed, in the order of STATISTICS.
const (
	timedSet = iota
	timedGet
	timedDelete
	timedSequence
	timedMultiGet
	timedMultiGetOption
	timedTestAndSet
	timedReplace
	timedRange
	timedRangeEntries
	timedRevRangeEntries
	timedPrefix
	timedDeletePrefix
	timedKinds
)

var timedNames = [timedKinds]string{"set_info", "get_info", "del_info", "seq_info", "mget_info", "mget_option_info",
	"tas_info", "replace_info", "range_info", "range_entries_info", "rev_range_entries_info", "prefix_info",
	"delete_prefix_info"}

// timedOps name the kinds by their command, for the metrics.
var timedOps = [timedKinds]wire.Op{wire.OpSet, wire.OpGet, wire.OpDelete, wire.OpSequence, wire.OpMultiGet, wire.OpMultiGetOption,
	wire.OpTestAndSet, wire.OpReplace, wire.OpRange, wire.OpRangeEntries, wire.OpRevRangeEntries, wire.OpPrefixKeys,
	wire.OpDeletePrefix}

// The sizes that are averaged, in the order of STATISTICS.
const (
	sizeSet = iota
	sizeGet
	sizeRange
	sizeRangeEntries
	sizeRevRangeEntries
	sizePrefix
	sizeDeletePrefix
	sizeKinds
)

var sizeNames = [sizeKinds]string{"avg_set_size", "avg_get_size", "avg_range_size", "avg_range_entries_size",
	"avg_rev_range_entries_size", "avg_prefix_size", "avg_del_prefix_size"}

// tally is what a session counts.
type tally struct {
	mu      sync.Mutex
	times   [timedKinds]series
	buckets [timedKinds]buckets
	sizes   [sizeKinds]series
	last    time.Time
	ok      [wire.OpLastEntries3 + 1]uint64 // requests done, by command
	failed  map[failure]uint64
}

// failure is a kind of failed requests.
type failure struct {
	op   wire.Op
	code command.Code
}

// count counts a request. The caller holds mu.
func (t *tally) count(op wire.Op, code command.Code) {
	if code == command.CodeOK {
		t.ok[op]++
		return
	}
	if t.failed == nil {
		t.failed = map[failure]uint64{}
	}
	t.failed[failure{op, code}]++
}

func (t *tally) add(u *tally) {
	u.mu.Lock()
	defer u.mu.Unlock()
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range t.times {
		t.times[i].add(&u.times[i])
		t.buckets[i].add(&u.buckets[i])
	}
	for i := range t.ok {
		t.ok[i] += u.ok[i]
	}
	for kind, n := range u.failed { // sums: any order
		if t.failed == nil {
			t.failed = map[failure]uint64{}
		}
		t.failed[kind] += n
	}
	for i := range t.sizes {
		t.sizes[i].add(&u.sizes[i])
	}
	if u.last.After(t.last) {
		t.last = u.last
	}
}

func (t *tally) note(kind int, took time.Duration) {
	t.times[kind].note(took.Seconds())
	t.buckets[kind].note(took)
	t.last = time.Now()
}

// update counts an update, also one that failed.
func (t *tally) update(op wire.Op, value int, r command.Result, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(op, r.Code)
	switch op {
	case wire.OpSet, wire.OpConfirm:
		t.note(timedSet, took)
		t.sizes[sizeSet].note(float64(value))
	case wire.OpDelete:
		t.note(timedDelete, took)
	case wire.OpSequence, wire.OpSyncedSequence:
		t.note(timedSequence, took)
	case wire.OpTestAndSet:
		t.note(timedTestAndSet, took)
	case wire.OpReplace:
		t.note(timedReplace, took)
	case wire.OpDeletePrefix:
		t.note(timedDeletePrefix, took)
		t.sizes[sizeDeletePrefix].note(float64(r.Count))
	default: // not counted
	}
}

// query counts a read; a GET that finds nothing doesn't count.
func (t *tally) query(op wire.Op, a *command.Answer, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.count(op, a.Code)
	switch op {
	case wire.OpGet:
		if a.Code == command.CodeOK {
			t.note(timedGet, took)
			t.sizes[sizeGet].note(float64(len(a.Value)))
		}
	case wire.OpMultiGet:
		t.note(timedMultiGet, took)
	case wire.OpMultiGetOption:
		t.note(timedMultiGetOption, took)
	case wire.OpRange:
		t.note(timedRange, took)
		t.sizes[sizeRange].note(float64(len(a.Keys)))
	case wire.OpRangeEntries:
		t.note(timedRangeEntries, took)
		t.sizes[sizeRangeEntries].note(float64(len(a.Entries)))
	case wire.OpRevRangeEntries:
		t.note(timedRevRangeEntries, took)
		t.sizes[sizeRevRangeEntries].note(float64(len(a.Entries)))
	case wire.OpPrefixKeys:
		t.note(timedPrefix, took)
		t.sizes[sizePrefix].note(float64(len(a.Keys)))
	default: // not counted
	}
}
