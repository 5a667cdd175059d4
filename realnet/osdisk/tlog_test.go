package osdisk

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/tlog"
)

func logOptions() tlog.Options {
	return tlog.Options{Dir: "log", ClusterID: "c", Node: "n", Rand: func(b []byte) {
		for i := range b {
			b[i] = byte(i + 1)
		}
	}}
}

func record(i int, value []byte) core.Record {
	return core.Record{Kind: core.RecordAccepted, Instance: core.Instance(i), Ballot: core.Ballot{Round: 1, Member: 1}, Bytes: value}
}

// TestReadsBesideSyncs runs the jobs of a log as a host does, reads and syncs on
// goroutines of their own, over many rolls. Run it with -race.
func TestReadsBesideSyncs(t *testing.T) {
	d := open(t)
	o := logOptions()
	o.MaxEntries = 40
	o.Preallocate = 64 << 10
	o.CacheBytes = 1 // nearly everything is read from disk
	l, _, err := tlog.Open(d, o)
	require.NoError(t, err)
	const n = 400
	durable := core.Instance(0)
	var readers sync.WaitGroup
	for i := 1; i <= n; {
		for k := 0; k < 4; k, i = k+1, i+1 {
			l.Append([]core.Record{record(i, fmt.Appendf(nil, "value %d", i))}, core.HardState{}, core.Position(i))
		}
		job := l.NextSync()
		ran := make(chan struct{})
		go func() { defer close(ran); job.Run() }()
		for _, from := range []core.Instance{1, durable / 2, durable} {
			if from == 0 || from > durable {
				continue
			}
			read := l.NextRead(from, durable, 1<<20)
			readers.Go(func() {
				read.Run()
				got, err := l.FinishRead(read)
				if err != nil || got[0].Instance != from || string(got[0].Value) != fmt.Sprintf("value %d", from) {
					t.Errorf("read from %d: %v, %v", from, got, err)
				}
			})
		}
		<-ran
		through, err := l.FinishSync(job)
		require.NoError(t, err)
		durable = core.Instance(through)
	}
	readers.Wait()
	require.NoError(t, l.Close())
	l, opened, err := tlog.Open(d, o)
	require.NoError(t, err)
	require.Equal(t, core.Instance(n), opened.Last)
	require.Len(t, opened.Restored.Entries, n)
	require.NoError(t, l.Close())
}

// BenchmarkSync makes one batch durable after the other, as a master's log
// does: batches of 1, 16 and 92 values of 100 bytes, with and without zeros
// written ahead.
func BenchmarkSync(b *testing.B) {
	for _, ahead := range []int64{0, 4 << 20} {
		for _, updates := range []int{1, 16, 92} {
			b.Run(fmt.Sprintf("ahead=%dMiB/values=%d", ahead>>20, updates), func(b *testing.B) {
				benchmarkSync(b, ahead, updates)
			})
		}
	}
}

func benchmarkSync(b *testing.B, ahead int64, updates int) {
	d, err := New(b.TempDir())
	require.NoError(b, err)
	o := logOptions()
	o.Preallocate = ahead
	l, _, err := tlog.Open(d, o)
	require.NoError(b, err)
	value := make([]byte, 100*updates)
	pos := core.Position(0)
	b.SetBytes(int64(len(value)))
	b.ReportAllocs()
	for b.Loop() {
		pos++
		l.Append([]core.Record{record(int(pos), value)}, core.HardState{}, pos)
		j := l.NextSync()
		j.Run()
		if _, err := l.FinishSync(j); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(updates)*float64(b.N)/b.Elapsed().Seconds(), "values/s")
	require.NoError(b, l.Close())
}

// largeLog returns the disk of a log of n instances of 92 values each, as many
// segments of 64 MiB as that takes.
func largeLog(b *testing.B, n int) *Disk {
	d, err := New(b.TempDir())
	require.NoError(b, err)
	l, _, err := tlog.Open(d, logOptions())
	require.NoError(b, err)
	value := make([]byte, 92*100)
	for i := 1; i <= n; i++ {
		l.Append([]core.Record{record(i, value)}, core.HardState{Commit: core.Instance(i - 1)}, core.Position(i))
		if i%10 != 0 && i != n {
			continue
		}
		for j := l.NextSync(); j != nil; j = l.NextSync() {
			j.Run()
			_, err := l.FinishSync(j)
			require.NoError(b, err)
		}
	}
	require.NoError(b, l.Close())
	return d
}

// BenchmarkOpen opens a log of about 260 MiB: all of it is verified, and the
// newest segment written anew.
func BenchmarkOpen(b *testing.B) {
	const n = 28000
	d := largeLog(b, n)
	b.SetBytes(n * 92 * 100)
	b.ReportAllocs()
	for b.Loop() {
		l, _, err := tlog.Open(d, logOptions())
		require.NoError(b, err)
		require.NoError(b, l.Close())
	}
}

// BenchmarkRead reads a log from the first instance to the last, as a replay at a
// start does, 1 MiB at a time.
func BenchmarkRead(b *testing.B) {
	const n = 28000
	d := largeLog(b, n)
	l, _, err := tlog.Open(d, logOptions())
	require.NoError(b, err)
	b.SetBytes(n * 92 * 100)
	b.ReportAllocs()
	for b.Loop() {
		for next := core.Instance(1); next <= n; {
			j := l.NextRead(next, n, 1<<20)
			j.Run()
			got, err := l.FinishRead(j)
			require.NoError(b, err)
			next += core.Instance(len(got))
		}
	}
	require.NoError(b, l.Close())
}
