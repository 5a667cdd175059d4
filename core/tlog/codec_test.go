package tlog

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

var (
	ballots = rapid.Custom(func(t *rapid.T) core.Ballot {
		return core.Ballot{Round: rapid.Uint64().Draw(t, "round"), Member: core.MemberID(rapid.Uint32().Draw(t, "member"))}
	})
	states = rapid.Custom(func(t *rapid.T) core.HardState {
		return core.HardState{Promised: ballots.Draw(t, "promised"),
			Commit:       core.Instance(rapid.Uint64Range(0, uint64(maxInstance)).Draw(t, "commit")),
			LongestLease: time.Duration(rapid.Int64Range(0, 1<<62).Draw(t, "lease"))}
	})
	tables = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) tableEntry {
		e := tableEntry{kind: rapid.SampledFrom([]core.RecordKind{1, 2, 3, 4, recordUnknown, recordLost}).Draw(t, "kind"),
			instance: core.Instance(rapid.Uint64Range(1, uint64(maxInstance)).Draw(t, "instance")),
			ballot:   ballots.Draw(t, "ballot"), crc: rapid.Uint32().Draw(t, "crc")}
		switch e.kind {
		case core.RecordAccepted:
			e.length = rapid.Uint32Range(0, core.MaxValueBytes).Draw(t, "length")
		case core.RecordGenesis:
			e.length = rapid.Uint32Range(0, core.MaxGenesisBytes).Draw(t, "length")
		case core.RecordAdopted:
			e.length = 8
		case core.RecordSetting:
			e.length = rapid.Uint32Range(0, core.MaxSettingBytes).Draw(t, "length")
		default:
		}
		return e
	}), 0, 10)
	anyNames = rapid.StringOfN(rapid.Rune(), 0, 50, maxName)
)

func TestBatchHeaderRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := batchHeader{segment: rapid.Uint64().Draw(t, "segment"), offset: rapid.Int64Range(0, 1<<50).Draw(t, "offset"),
			number: rapid.Uint64Range(1, maxNumber).Draw(t, "number"), chain: rapid.Uint32().Draw(t, "chain"), state: states.Draw(t, "state"),
			table: tables.Draw(t, "table"), before: tables.Draw(t, "before")}
		for _, e := range h.table {
			h.bodies += int64(e.length)
		}
		salt := rapid.Uint64().Draw(t, "salt")
		b := h.encode(nil, salt)
		got, err := decodeBatchHeader(append(b, 1, 2, 3), salt, h.segment, h.offset)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(*got) != fmt.Sprint(h) {
			t.Fatalf("got %+v\nwant %+v", *got, h)
		}
		for _, wrong := range []error{
			errOf(decodeBatchHeader(b, salt+1, h.segment, h.offset)),
			errOf(decodeBatchHeader(b, salt, h.segment+1, h.offset)),
			errOf(decodeBatchHeader(b, salt, h.segment, h.offset+pageBytes)),
			errOf(decodeBatchHeader(b[:len(b)-1], salt, h.segment, h.offset)),
		} {
			if wrong == nil {
				t.Fatal("accepted with another salt, segment or offset, or cut short")
			}
		}
		b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if _, err := decodeBatchHeader(b, salt, h.segment, h.offset); err == nil {
			t.Fatal("accepted with a flipped bit")
		}
	})
}

func errOf(_ *batchHeader, err error) error { return err }

func TestSegmentHeaderRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u64 := func(label string, below uint64) uint64 { return rapid.Uint64Range(0, below).Draw(t, label) }
		h := segmentHeader{number: 1 + u64("number", 1<<40), salt: u64("salt", 1<<63), first: 1 + u64("first", 1<<40),
			prevLast: u64("prevLast", 1<<40), base: 1, state: states.Draw(t, "state"),
			adopted: core.SeatSet(rapid.Uint64().Draw(t, "adopted")), chain: rapid.Uint32().Draw(t, "chain"),
			genesis: rapid.SliceOfN(rapid.Byte(), 1, 9000).Draw(t, "genesis"), cluster: anyNames.Draw(t, "cluster"),
			node: anyNames.Draw(t, "node"), before: tables.Draw(t, "before"),
			known: true, setting: rapid.SliceOfN(rapid.Byte(), 1, core.MaxSettingBytes).Draw(t, "setting")}
		h.oldest = u64("oldest", h.number)
		h.holds = content{min: core.Instance(u64("min", 9)), entries: u64("entries", 1<<60), notices: rapid.Bool().Draw(t, "notices")}
		h.holds.max = h.holds.min + core.Instance(u64("more", 1<<40))
		h.prev, h.replaced = u64("prev", h.number-1), u64("replaced", h.number-1)
		h.carried = h.first - 1 + u64("carried", 9)
		copy(h.incarnation[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "incarnation"))
		b := h.encode()
		broken := rapid.IntRange(0, 2).Draw(t, "broken copy")
		if broken > 0 {
			b[(broken-1)*len(b)/2+rapid.IntRange(0, len(b)/2-1).Draw(t, "at")] ^= 4
		}
		d := disk.NewMem(0)
		f, _ := d.Create("s")
		_, _ = f.WriteAt(append(b, make([]byte, pageBytes)...), 0)
		got, err := readSegmentHeader(f)
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(got.segmentHeader) != fmt.Sprint(h) || got.batches != int64(len(b)) || (len(got.damage) > 0) != (broken > 0) {
			t.Fatalf("got %+v\nwant %+v", got, h)
		}
	})
}

func TestIDRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := idFile{newest: rapid.Uint64Range(0, maxNumber).Draw(t, "newest"), cluster: anyNames.Draw(t, "cluster"), node: anyNames.Draw(t, "node")}
		copy(id.incarnation[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "incarnation"))
		id.incarnation[3] |= 1
		d := disk.NewMem(0)
		if err := writeID(d, ".", &id); err != nil {
			t.Fatal(err)
		}
		size := 2 * pageBytes
		at := rapid.IntRange(0, size-1).Draw(t, "at")
		if err := d.Flip("ID", int64(at), 1); err != nil {
			t.Fatal(err)
		}
		got, damage, err := readID(d, ".")
		if err != nil || *got != id || damage == "" {
			t.Fatalf("got %+v %q %v, want %+v", got, damage, err, id)
		}
	})
}

// TestCacheAgainstAModel holds the cache against the plainest thing.
func TestCacheAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c cache
		model := map[core.Instance]core.Entry{}
		appendedAt := map[core.Instance]core.Position{}
		next, durable := core.Instance(1), core.Position(0)
		for pos := core.Position(1); pos < 60; pos++ {
			i := next
			if rapid.IntRange(0, 3).Draw(t, "again") == 0 {
				i = core.Instance(rapid.Uint64Range(1, uint64(next)).Draw(t, "instance"))
			}
			next = max(next, i+1)
			e := core.Entry{Instance: i, Ballot: core.Ballot{Round: rapid.Uint64Range(1, 3).Draw(t, "round")},
				Value: make([]byte, rapid.IntRange(0, 300).Draw(t, "bytes"))}
			if old, ok := model[i]; !ok || !e.Ballot.Less(old.Ballot) {
				model[i], appendedAt[i] = e, pos
			}
			c.add(e, pos)
			durable = core.Position(rapid.Uint64Range(uint64(durable), uint64(pos)).Draw(t, "durable"))
			c.trim(2000, durable)
			if c.bytes > 2000 && c.len() > 1 && c.slots[c.head].pos <= durable {
				t.Fatalf("%d bytes kept", c.bytes)
			}
			for i := core.Instance(1); i < next; i++ {
				run := c.run(i, next, 500)
				if run == nil && appendedAt[i] > durable && !model[i].Ballot.Less(c.evicted) {
					t.Fatalf("instance %d isn't durable and not in memory", i)
				}
				bytes := 0
				for k, e := range run {
					if want := model[i+core.Instance(k)]; !reflect.DeepEqual(want, e) {
						t.Fatalf("instance %d: %v, want %v", i, e, want)
					}
					bytes += len(e.Value)
				}
				if len(run) > 1 && bytes > 500 {
					t.Fatalf("%d entries of %d bytes", len(run), bytes)
				}
			}
		}
	})
}

// TestLogAgainstAModel appends, syncs and reopens at random, and compares what
// is held with the highest ballots of a plain map.
func TestLogAgainstAModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := disk.NewMem(0)
		o := options()
		o.MaxEntries = rapid.IntRange(0, 9).Draw(t, "max entries")
		o.Preallocate = int64(rapid.IntRange(0, 3).Draw(t, "ahead") * pageBytes)
		l, _, err := Open(d, o)
		require.NoError(t, err)
		model := map[core.Instance]core.Entry{}
		state, next, pos := core.HardState{}, 1, core.Position(0)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0:
				require.NoError(t, l.Close())
				var opened *Opened
				l, opened, err = Open(d, o)
				require.NoError(t, err)
				require.Equal(t, state, opened.Restored.HardState)
				require.Empty(t, opened.Report)
				pos = 0
			default:
				var recs []core.Record
				round := state.Promised.Round + rapid.Uint64Range(0, 1).Draw(t, "raise")
				from := rapid.IntRange(max(1, int(state.Commit)+1), next).Draw(t, "from")
				for i := from; i < from+rapid.IntRange(0, 40).Draw(t, "records"); i++ {
					r := accepted(i, round, string(make([]byte, rapid.IntRange(0, 2000).Draw(t, "bytes"))))
					recs = append(recs, r)
					model[r.Instance] = core.Entry{Instance: r.Instance, Ballot: r.Ballot, Value: r.Bytes}
					next = max(next, i+1)
				}
				state = core.HardState{Promised: core.Ballot{Round: round, Member: 1},
					Commit: core.Instance(rapid.IntRange(int(state.Commit), next-1).Draw(t, "commit"))}
				pos++
				l.Append(recs, state, pos)
				for j := l.NextSync(); j != nil; j = l.NextSync() {
					j.Run()
					_, err := l.FinishSync(j)
					require.NoError(t, err)
				}
			}
			for i := core.Instance(1); int(i) < next; {
				j := l.NextRead(i, core.Instance(next), 9000)
				j.Run()
				got, err := l.FinishRead(j)
				require.NoError(t, err)
				for _, e := range got {
					require.True(t, reflect.DeepEqual(model[i], e), "instance %d", i)
					i++
				}
			}
		}
	})
}
