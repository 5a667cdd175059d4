package kvstore

import (
	"fmt"
	"testing"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// BenchmarkApply applies sets of 100-byte values to random ones of 100,000 keys.
// ns/op and allocs/op are per set; "views" takes a view after every batch.
func BenchmarkApply(b *testing.B) {
	for _, batch := range []int{1, 100} {
		for _, views := range []bool{false, true} {
			b.Run(fmt.Sprintf("batch=%d/views=%v", batch, views), func(b *testing.B) {
				benchmarkApply(b, batch, views)
			})
		}
	}
}

// BenchmarkApplyOverTree sets random ones of 1,000,000 keys, all in the tree and few
// in the table: each costs a lookup below. Checkpoints are not measured.
func BenchmarkApplyOverTree(b *testing.B) {
	const keys, batch = 1_000_000, 100
	cache := tree.NewCache(256 << 20)
	s := onDisk(disk.NewMem(0), Options{FreezeEntries: 1 << 40, FreezeBytes: 1 << 40, Cache: cache})
	var values []core.Value
	for from := 0; from < keys; from += batch {
		updates := make([][]byte, batch)
		for i := range updates {
			updates[i] = command.Encode(command.Set{Key: fmt.Sprintf("key/%08d", (from+i)*7919%keys), Value: make([]byte, 100)})
		}
		values = append(values, core.EncodeBatch(updates))
	}
	must := func(v core.Value) {
		if _, err := s.Apply(s.Applied()+1, v); err != nil {
			b.Fatal(err)
		}
	}
	for _, v := range values {
		must(v)
	}
	s.Freeze()
	settle(s)
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += batch {
		if n%keys == 0 && n > 0 {
			b.StopTimer()
			s.Freeze()
			settle(s)
			b.StartTimer()
		}
		must(values[n/batch%len(values)])
	}
}

// BenchmarkRange reads 1,000 entries of a tree of 300,000, under tables with a
// tenth as many.
func BenchmarkRange(b *testing.B) {
	s := onDisk(disk.NewMem(0), Options{FreezeEntries: 1 << 40, FreezeBytes: 1 << 40, Cache: tree.NewCache(128 << 20)})
	for _, every := range []int{1, 30, 20} {
		var keys []string
		for i := 0; i < 300_000; i += every {
			keys = append(keys, fmt.Sprintf("key/%08d", i))
		}
		applySets(s, keys...)
		s.Freeze()
		if every == 1 {
			settle(s)
		}
	}
	v := view(s)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		from := command.Including(fmt.Sprintf("key/%08d", n*7919%299_000))
		if a := v.Query(command.RangeEntries{First: from, Last: command.Open(), Max: 1000}); len(a.Entries) != 1000 {
			b.Fatal(len(a.Entries))
		}
	}
}

func benchmarkApply(b *testing.B, batch int, views bool) {
	const keys = 100_000
	s := New(Options{})
	updates := make([][]byte, keys)
	for i := range updates {
		updates[i] = command.Encode(command.Set{Key: fmt.Sprintf("key/%08d", i*7919%keys), Value: make([]byte, 100)})
	}
	must := func(v core.Value) {
		if _, err := s.Apply(s.Applied()+1, v); err != nil {
			b.Fatal(err)
		}
	}
	must(core.EncodeBatch(updates))
	var values []core.Value
	for from := 0; from+batch <= keys; from += batch {
		values = append(values, core.EncodeBatch(updates[from:from+batch]))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += batch {
		must(values[n/batch%len(values)])
		if views {
			s.View().Release()
		}
	}
}
