package kvstore

import (
	"fmt"
	"testing"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
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
