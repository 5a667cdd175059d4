package kvstore

import (
	"errors"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// install is a snapshot that is being installed: a second file, built from the
// entries of a peer's checkpoint, which in the end takes the name of the first.
type install struct {
	man     manifest
	builder *tree.Builder
	last    string
	begun   bool
	done    bool // it is what a restart finds
}

// errMemory is given for what a store in memory can't do.
var errMemory = errors.New("kvstore: a store in memory takes no snapshot")

// Import implements core.StateMachine.
func (s *Store) Import(manifest []byte) (core.Import, error) {
	if s.opts.Disk == nil {
		return nil, errMemory
	}
	m, err := decodeManifest(manifest)
	if err != nil {
		return nil, err
	}
	m.meta.incarnation = s.owner.incarnation
	b, err := tree.Build(s.opts.Disk, s.opts.Path, s.opts.tree())
	if err != nil {
		return nil, err
	}
	return &install{man: m, builder: b}, nil
}

// Instance implements core.Import.
func (i *install) Instance() core.Instance { return i.man.applied }

// After implements core.Import.
func (i *install) After() (last []byte, begin bool) { return []byte(i.last), !i.begun }

// Add implements core.Import. A chunk is judged as a whole before any of it is
// taken in.
func (i *install) Add(chunk []byte) error {
	if err := checkChunk(chunk, i.last, i.begun); err != nil {
		return err
	}
	return eachEntry(chunk, func(key string, value []byte) error {
		i.last, i.begun = key, true
		return i.builder.Add(key, value)
	})
}

// Finish implements core.Import.
func (i *install) Finish() error {
	m := tree.Meta{Applied: i.man.applied, Installed: true, State: i.man.meta.encode()}
	if err := i.builder.Finish(m, i.man.keys, i.man.sum); err != nil {
		return err
	}
	i.done = true
	return nil
}

// Abort implements core.Import. What it can't remove the next Open removes.
func (i *install) Abort() {
	if !i.done {
		_ = i.builder.Abort()
	}
}

// Adopt implements core.StateMachine. Views taken before show what they showed.
func (s *Store) Adopt(i core.Import) error {
	in := i.(*install)
	if !in.done {
		panic("kvstore: a snapshot is adopted that isn't in place")
	}
	t, err := tree.Open(s.opts.Disk, s.opts.Path, s.opts.tree())
	if err != nil {
		return err
	}
	s.retire()
	return s.load(t)
}
