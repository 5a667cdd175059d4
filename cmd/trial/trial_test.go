package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/openvstorage/arakoon-go/cmd/trial/load"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

func TestFiguresNameTheAimsThatWereMissed(t *testing.T) {
	var out bytes.Buffer
	f := figures{trial: "x", w: &out}
	f.value("a", 1500*time.Millisecond)
	f.atMost("b", 2, 2)
	f.last("seconds=3")
	require.Equal(t, "a=1.500\nb=2 aim<=2 met\nx ok aims=1 seconds=3\n", out.String())

	out.Reset()
	f.atMost("c", 2.5, 2)
	f.atLeast("d", 0.04, 0.5)
	f.last("")
	require.Equal(t, "c=2.500 aim<=2 missed\nd=0.04000 aim>=0.500 missed\nx short missed=c,d aims=3\n", out.String())
}

func TestUsage(t *testing.T) {
	var progress bytes.Buffer
	require.ErrorContains(t, run(t.Context(), nil, io.Discard, &progress), "which trial?")
	require.Contains(t, progress.String(), "handover")
	require.ErrorContains(t, run(t.Context(), []string{"steady", "x"}, io.Discard, &progress), `"x" is no flag`)
	require.ErrorContains(t, run(t.Context(), []string{"bigstore", "--keys", "2001", "--arakoon", os.Args[0], "--dir", t.TempDir()}, io.Discard, &progress), "an even number")
	require.ErrorContains(t, run(t.Context(), []string{"steady", "--arakoon", "/no/such"}, io.Discard, &progress), "no binary of arakoon")
}

// writer is a book of so many updates, of which some were acknowledged.
func writer(id, sent int, acked ...int) *book {
	b := &book{id: id, sent: sent, acked: make([]bool, sent)}
	for _, n := range acked {
		b.acked[n] = true
	}
	return b
}

// contents is what a store holds after the first n updates of each book.
func contents(l library, n int) map[string]string {
	m := map[string]string{}
	for _, b := range l {
		for i := range min(n, b.sent) {
			key, value := b.update(i)
			m[key] = value
		}
	}
	return m
}

func TestABookFindsWhatIsMissing(t *testing.T) {
	l := library{writer(0, 10, 0, 1, 2, 3, 4, 5, 6, 7, 8), writer(1, 3, 0, 1)}
	all := contents(l, 100)
	require.Equal(t, verdict{acked: 11, proven: 11}, l.judge(all), "what wasn't acknowledged may be there")
	least := contents(l, 9)
	delete(least, "page/1/2")
	require.Equal(t, verdict{acked: 11, proven: 11}, l.judge(least), "or not")

	for _, change := range []struct {
		what             string
		key, value       string
		missing, strange int
	}{
		{"a page is gone", "page/0/7", "", 1, 0},
		{"a page holds something else", "page/0/7", "x", 0, 1},
		{"a mark is gone", "mark/0", "", 3, 0},
		{"a mark is an older one", "mark/0", "4", 1, 0},
		{"a mark is none that was written", "mark/0", "12", 0, 1},
		{"nobody wrote that", "page/7/7", "x", 0, 1},
	} {
		entries := contents(l, 100)
		entries[change.key] = change.value
		if change.value == "" {
			delete(entries, change.key)
		}
		v := l.judge(entries)
		require.Equal(t, change.missing, v.missing, change.what)
		require.Equal(t, change.strange, v.strange, change.what)
		require.NotEmpty(t, v.example, change.what)
	}
}

func TestReadDump(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d")
	write := func(text string) { require.NoError(t, os.WriteFile(path, []byte(text), 0o600)) }
	write("a\tb c\nd\t\n")
	m, err := readDump(path)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"a": "b c", "d": ""}, m)
	write("a\tb\na\tc\n")
	_, err = readDump(path)
	require.ErrorContains(t, err, "twice")
	write("a\n")
	_, err = readDump(path)
	require.ErrorContains(t, err, "no key and value")
}

func TestDiskUseAndCopy(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, fill(filepath.Join(dir, "a.db"), 3<<20+5))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "in"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "in", "b.log"), make([]byte, 7), 0o600))
	n, err := diskUse(dir, "*.db")
	require.NoError(t, err)
	require.EqualValues(t, 3<<20+5, n)
	n, err = diskUse(dir, "*")
	require.NoError(t, err)
	require.EqualValues(t, 3<<20+12, n)
	speed, err := copySpeed(dir, 1<<20)
	require.NoError(t, err)
	require.Positive(t, speed)
	require.NoFileExists(t, filepath.Join(dir, "copy.to"))
}

func TestMemory(t *testing.T) {
	now, most, err := memory(os.Getpid())
	require.NoError(t, err)
	require.Positive(t, now)
	require.GreaterOrEqual(t, most, now)
	require.Positive(t, watchMemory(os.Getpid())())
}

// TestBBoltAnswersAsANodeWould compares with the encoder of the server.
func TestBBoltAnswersAsANodeWould(t *testing.T) {
	db, err := bbolt.Open(filepath.Join(t.TempDir(), "b"), 0o600, &bbolt.Options{NoSync: true})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	keys := load.Keys{Count: 100, Value: 3}
	require.NoError(t, fillBBolt(db, keys))
	var want command.Answer
	for i := 48; i < 55; i++ { // across the two prefixes
		want.Entries = append(want.Entries, command.Entry{Key: keys.Name(i), Value: keys.AppendValue(nil, uint64(i))})
	}
	got, err := answerRange(db, nil, command.RangeEntries{First: command.Including(keys.Name(48)), Max: 7})
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("%x", wire.AppendAnswer(nil, wire.OpRangeEntries, want)), fmt.Sprintf("%x", got))
}
