package realnet

import (
	"runtime"
	"syscall"
	"time"

	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// total adds up what all sessions have counted, and returns how many are open.
func (v *service) total(sum *tally) (sessions int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	sum.add(&v.past)
	for s := range v.sessions { // sums: any order
		sum.add(&s.tally)
	}
	return len(v.sessions)
}

// statistics is the answer to STATISTICS: thirty fields, in the order by which
// some clients decode them.
func (v *service) statistics() wire.Field {
	var sum tally
	v.total(&sum)
	if sum.last.IsZero() {
		sum.last = v.started
	}
	fields := []wire.Field{wire.Float("start", seconds(v.started)), wire.Float("last", seconds(sum.last))}
	for i := range sum.sizes {
		fields = append(fields, wire.Float(sizeNames[i], sum.sizes[i].avg))
	}
	st := v.backend.status()
	var harvest, all series
	if st.Batches > 0 {
		avg := float64(st.Updates) / float64(st.Batches)
		harvest = series{n: int64(st.Batches), avg: avg, min: avg, max: avg}
	}
	fields = append(fields, harvest.field("harvest_stats"))
	for i := range sum.times {
		fields = append(fields, sum.times[i].field(timedNames[i]))
		all.add(&sum.times[i])
	}
	fields = append(fields, all.field("op_info"))
	fields = append(fields, memoryFields()...)
	nodes := wire.List("node_is") // a node that is alone witnesses nobody
	if !v.singleton {
		nodes = wire.List("node_is", wire.Int64(v.node, int64(st.Applied)))
	}
	return wire.List("arakoon_stats", append(fields, nodes)...)
}

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// memoryFields translate the original's figures: minor collections are what the
// collector has finished, major ones those that were forced.
func memoryFields() []wire.Field {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var usage syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &usage) // can't fail with these arguments
	return []wire.Field{
		wire.Float("mem_allocated", float64(m.TotalAlloc)/1024),
		wire.Int32("mem_maxrss", int32(usage.Maxrss)),
		wire.Int32("mem_minor_collections", int32(m.NumGC)),
		wire.Int32("mem_major_collections", int32(m.NumForcedGC)),
		wire.Int32("mem_compactions", 0),
	}
}
