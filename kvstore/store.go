package kvstore

import (
	"errors"
	"fmt"
	"path"
	"sync/atomic"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// Freeze points come after so many keys written, or so many bytes of keys and
// values, by default (DESIGN 10).
const (
	DefaultFreezeEntries = 1 << 20
	DefaultFreezeBytes   = 128 << 20
)

// Options are fixed for the life of a Store. Functions, FreezeEntries and
// FreezeBytes must be the same on all nodes of a cluster: with other freeze points
// digests are not compared.
type Options struct {
	Disk  disk.Disk   // nil: a store in memory only, without checkpoints
	Path  string      // of the store file on Disk
	Cache *tree.Cache // of pages; nil: a small one of its own

	FreezeEntries uint64 // 0: DefaultFreezeEntries
	FreezeBytes   uint64 // 0: DefaultFreezeBytes
	// VacuumPages is how many pages of the file must be free, beside a quarter of it,
	// before it is made smaller; 0: tree.DefaultVacuumPages.
	VacuumPages int

	Limits    command.Limits // zero: command.DefaultLimits
	Functions command.Functions
}

// RegisterFunction adds a user function. A name that is taken panics.
func (o *Options) RegisterFunction(name string, fn command.Function) {
	if o.Functions == nil {
		o.Functions = command.Functions{}
	}
	o.Functions.Register(name, fn)
}

func (o *Options) setDefaults() {
	if o.Limits == (command.Limits{}) {
		o.Limits = command.DefaultLimits()
	}
	if o.FreezeEntries == 0 {
		o.FreezeEntries = DefaultFreezeEntries
	}
	if o.FreezeBytes == 0 {
		o.FreezeBytes = DefaultFreezeBytes
	}
}

// tree returns the options of the store's file.
func (o *Options) tree() tree.Options {
	return tree.Options{Cache: o.Cache, VacuumPages: o.VacuumPages}
}

// ErrForeign is given for the store of another log directory. Test with errors.Is.
var ErrForeign = errors.New("kvstore: the store belongs to another log directory")

// Store is the state machine of one node. It implements core.StateMachine, which
// says who may call what, and when.
type Store struct {
	opts Options
	base basePair // what the apply job and the owner share

	// The apply job's.
	applied  core.Instance
	chain    chain
	txn      txn
	counters counters
	setting  atomic.Pointer[[]byte]
	marks    []core.Mark // of the apply chain, not yet asked for
	broken   error       // why the state can't be read any more

	owner       owner
	failedReads atomic.Uint64
}

// counters say how much was written, by a rule that is the same on every node.
type counters struct {
	entries, bytes uint64 // since the last freeze point
	held, heldSize uint64 // since the active table was new
}

// owner is what only the owner of the store touches.
type owner struct {
	file        *file // nil: in memory only, or not yet made
	retired     []*file
	incarnation core.Incarnation
	points      []core.Mark // content marks of the last freeze points
	news        []core.Mark // those not yet asked for
	running     *checkpoint
	out         bool // a slice of it is out
	void        error
	written     int // pages that checkpoints wrote
	done        int // checkpoints
}

// New returns an empty store in memory, before the first instance: Disk counts
// for nothing.
func New(opts Options) *Store {
	opts.setDefaults()
	opts.Disk = nil
	return newStore(opts)
}

func newStore(opts Options) *Store {
	s := &Store{opts: opts, chain: newChain()}
	s.txn.functions = opts.Functions
	s.txn.table = newActive()
	s.base.p.Store(&base{})
	return s
}

// Open opens the store on a disk, at its newest checkpoint; the log has what came
// after it. If there is none, Bind makes it. A damaged, foreign or newer file is
// refused (tree.ErrDamaged, tree.ErrForeign, tree.ErrNewer).
func Open(opts Options) (*Store, error) {
	opts.setDefaults()
	s := newStore(opts)
	if err := opts.Disk.Remove(opts.Path + partSuffix); err != nil && !errors.Is(err, disk.ErrNotExist) {
		return nil, err
	}
	t, err := tree.Open(opts.Disk, opts.Path, opts.tree())
	if errors.Is(err, disk.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, s.explained(err)
	}
	if err := s.load(t); err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return s, nil
}

// partSuffix is the end of the name of a snapshot that is being installed.
const partSuffix = ".part"

// load goes on from the newest checkpoint of a tree.
func (s *Store) load(t *tree.Tree) error {
	m, err := decodeMeta(t.Meta().State)
	if err != nil {
		return err
	}
	o := &s.owner
	o.file, o.incarnation, o.points = &file{tree: t}, m.incarnation, m.marks
	s.applied, s.chain.value, s.broken = t.Meta().Applied, m.chain, nil
	s.counters = counters{entries: m.entries, bytes: m.bytes}
	s.setting.Store(nil)
	if m.setting != nil {
		s.setting.Store(&m.setting)
	}
	s.txn.table = newActive()
	root := t.Root()
	if m.point {
		mark := core.Mark{Instance: s.applied, Kind: core.MarkContent, Sum: contentSum(root.Keys(), root.Sum())}
		o.points = withMark(o.points, mark)
	}
	o.news = append([]core.Mark(nil), o.points...)
	s.marks = nil
	if m.point {
		s.marks = append(s.marks, s.chain.value.mark(s.applied))
	}
	s.base.p.Store(&base{root: root, file: o.file})
	return nil
}

// Bind implements core.StateMachine.
func (s *Store) Bind(incarnation core.Incarnation) error {
	o := &s.owner
	switch {
	case s.opts.Disk == nil:
		o.incarnation = incarnation
		return nil
	case o.file == nil:
		o.incarnation = incarnation
		return s.create()
	case o.incarnation != incarnation:
		return fmt.Errorf("%w: %s was written beside log directory %v, not %v; restore that directory, or move the store away and let the node join as a new one", ErrForeign, s.opts.Path, o.incarnation, incarnation)
	}
	return nil
}

// create makes the file of an empty state.
func (s *Store) create() error {
	m := meta{incarnation: s.owner.incarnation}
	t, err := tree.Create(s.opts.Disk, s.opts.Path, tree.Meta{State: m.encode()}, s.opts.tree())
	if err != nil {
		return err
	}
	return s.load(t)
}

// retire lets go of the open file, for another one to take its place: it is
// closed when no view needs it.
func (s *Store) retire() {
	o := &s.owner
	if o.out {
		panic("kvstore: the file changes while a slice is out")
	}
	if o.running != nil {
		o.file.tree.Abandon(o.running.tree)
		o.running = nil
	}
	s.base.p.Load().root.Release()
	o.retired = append(o.retired, o.file)
	o.file = nil
}

// closeRetired closes the files that nobody reads any more.
func (s *Store) closeRetired() error {
	o := &s.owner
	var failed error
	kept := o.retired[:0]
	for _, f := range o.retired {
		if f.views.Load() > 0 {
			kept = append(kept, f)
			continue
		}
		failed = errors.Join(failed, f.tree.Close())
	}
	clear(o.retired[len(kept):])
	o.retired = kept
	return failed
}

// Reset implements core.StateMachine. The file is renamed, and views on it stay.
func (s *Store) Reset(label string) error {
	if s.opts.Disk == nil {
		s.txn.table = newActive()
		s.applied, s.chain.value, s.counters, s.broken, s.marks = 0, Chain{}, counters{}, nil, nil
		s.setting.Store(nil)
		return nil
	}
	s.retire()
	if err := s.opts.Disk.Rename(s.opts.Path, s.opts.Path+"."+label); err != nil {
		return err
	}
	if err := s.opts.Disk.SyncDir(path.Dir(s.opts.Path)); err != nil {
		return err
	}
	return s.create()
}

// Close implements core.StateMachine. Views can't be read after it.
func (s *Store) Close() error {
	o := &s.owner
	if o.file == nil {
		return nil
	}
	s.retire()
	s.base.p.Store(&base{})
	var failed error
	for _, f := range o.retired {
		failed = errors.Join(failed, f.tree.Close())
	}
	o.retired = nil
	return failed
}
