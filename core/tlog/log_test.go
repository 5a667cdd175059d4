package tlog

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// counting is a deterministic Options.Rand.
func counting() func([]byte) {
	n := uint64(0)
	return func(b []byte) {
		n++
		for i := range b {
			b[i] = byte(n) ^ byte(i*37)
		}
		if len(b) >= 8 {
			binary.LittleEndian.PutUint64(b, n*0x9e3779b97f4a7c15)
		}
	}
}

func options() Options {
	return Options{Dir: "log", ClusterID: "c", Node: "n1", Rand: counting()}
}

func accepted(i int, round uint64, value string) core.Record {
	return core.Record{Kind: core.RecordAccepted, Instance: core.Instance(i),
		Ballot: core.Ballot{Round: round, Member: 1}, Bytes: []byte(value)}
}

func entry(i int, round uint64, value string) core.Entry {
	r := accepted(i, round, value)
	return core.Entry{Instance: r.Instance, Ballot: r.Ballot, Value: r.Bytes}
}

func promised(round uint64, commit int) core.HardState {
	return core.HardState{Promised: core.Ballot{Round: round, Member: 1}, Commit: core.Instance(commit)}
}

func mustOpen(t testing.TB, d disk.Disk, o Options) (*Log, *Opened) {
	t.Helper()
	l, opened, err := Open(d, o)
	require.NoError(t, err)
	return l, opened
}

// syncAll runs sync jobs until nothing waits.
func syncAll(t testing.TB, l *Log) core.Position {
	t.Helper()
	p := l.durable
	for j := l.NextSync(); j != nil; j = l.NextSync() {
		j.Run()
		var err error
		p, err = l.FinishSync(j)
		require.NoError(t, err)
	}
	return p
}

func read(t testing.TB, l *Log, from, through core.Instance, maxBytes int) ([]core.Entry, error) {
	t.Helper()
	j := l.NextRead(from, through, maxBytes)
	j.Run()
	return l.FinishRead(j)
}

func TestAppendSyncReadReopen(t *testing.T) {
	d := disk.NewMem(0)
	l, opened := mustOpen(t, d, options())
	require.Equal(t, core.Restored{}, opened.Restored)
	require.Nil(t, l.NextSync())
	require.Nil(t, l.NextSeal())

	var want []core.Entry
	pos := core.Position(0)
	for i := 1; i <= 300; i++ {
		pos++
		l.Append([]core.Record{accepted(i, 1, fmt.Sprint("v", i))}, promised(1, max(i-2, 0)), pos)
		want = append(want, entry(i, 1, fmt.Sprint("v", i)))
	}
	require.Equal(t, want, l.Cached(1, 300, 1<<20))
	require.Equal(t, pos, syncAll(t, l))
	got, err := read(t, l, 1, 300, 1<<20)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.NoError(t, l.Close())

	l, again := mustOpen(t, d, options())
	require.Equal(t, opened.Incarnation, again.Incarnation)
	require.Equal(t, promised(1, 298), again.Restored.HardState)
	require.Equal(t, want[298:], again.Restored.Entries)
	got, err = read(t, l, 1, 300, 1<<20)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Empty(t, again.Report)
}
