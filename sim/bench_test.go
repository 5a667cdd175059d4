package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What the simulator's speed is told by: five nodes, about a hundred commits per
// virtual second, all checks on, and nothing going wrong.
//
//	go test ./sim -run '^$' -bench FiveNodes -cpu 1
func BenchmarkFiveNodes(b *testing.B) {
	o := Calm()
	o.Nodes, o.Clients, o.Ops, o.Leases, o.Keys = 5, 50, 100_000, 60, 200
	o.Ranges = false
	o.FreezeEntries, o.Retain = 1000, 1000
	o.MaxEntries = 1000
	var events, updates uint64
	var virtual int64
	for seed := uint64(1); b.Loop(); seed++ {
		r := RunWith(seed, o)
		require.Nil(b, r.Failure)
		events += r.Stats.Events
		updates += r.Stats.Updates
		virtual += r.Virtual
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64(virtual)/float64(b.Elapsed()), "virtual/wall")
	b.ReportMetric(float64(updates)/(float64(virtual)/float64(time.Second)), "updates/virtual-s")
}
