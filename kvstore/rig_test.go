package kvstore

import (
	"fmt"
	"testing"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// kinds are the two kinds of stores that must not be told apart from outside: one
// in memory, and one on a disk that freezes every few entries, whose slices run
// between, and now and then during, what is applied.
var kinds = []struct {
	name   string
	create func(Options) *Store
}{
	{"memory", New},
	{"disk", func(o Options) *Store { return onDisk(disk.NewMem(0), o) }},
}

// eachKind runs a test on both kinds of stores.
func eachKind(t *testing.T, test func(t *testing.T, create func(Options) *Store)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { test(t, k.create) })
	}
}

var ownIncarnation = core.Incarnation{1, 2, 3}

// onDisk opens the store on a disk, with freeze points every few entries.
func onDisk(d disk.Disk, o Options) *Store {
	o.Disk, o.Path = d, "node.db"
	if o.FreezeEntries == 0 {
		o.FreezeEntries, o.FreezeBytes = 5, 2000
	}
	s, err := Open(o)
	if err == nil {
		err = s.Bind(ownIncarnation)
	}
	if err != nil {
		panic(err)
	}
	return s
}

// apply applies a batch as the next instance, then runs up to three slices of
// what is to be done in the background.
func apply(s *Store, updates [][]byte) []any {
	results := applyValue(s, core.EncodeBatch(updates))
	for range s.Applied() * 7 % 4 {
		if !runSlice(s) {
			break
		}
	}
	return results
}

// applyValue applies a value, and has it wiped: the store must not have kept it.
func applyValue(s *Store, v core.Value) []any {
	results, err := s.Apply(s.Applied()+1, v)
	if err != nil {
		panic(err)
	}
	clear(v)
	return results
}

// runSlice runs a slice, and says whether there was one.
func runSlice(s *Store) bool {
	slice := s.NextSlice(true)
	if slice == nil {
		return false
	}
	slice.Run()
	if err := s.FinishSlice(slice); err != nil {
		panic(err)
	}
	return true
}

// settle runs slices until nothing is left to do.
func settle(s *Store) {
	for n := 0; runSlice(s); n++ {
		if n > 1e6 {
			panic(fmt.Sprintf("store is never done: %+v", s.Stats()))
		}
	}
}

// view returns a view of the present state.
func view(s *Store) *View { return s.View().(*View) }
