package tree

import (
	"io"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// Options are fixed for the life of a Tree.
type Options struct {
	Cache *Cache // nil: a cache of 4 MiB of its own
}

// Cache holds pages in memory. Trees may share one; many goroutines may use it.
type Cache struct{}

// CacheStats counts what a Cache did since it was made.
type CacheStats struct {
	Hits, Misses uint64
	Bytes        int64 // size of the arena
}

// NewCache returns a cache whose arena has about that many bytes.
func NewCache(bytes int64) *Cache { panic("tree: not there yet") }

// Stats returns what the cache did so far. Any goroutine may ask.
func (c *Cache) Stats() CacheStats { panic("tree: not there yet") }

// MaxState is the longest Meta.State, in bytes.
const MaxState = 2048

// Meta says what a checkpoint is of.
type Meta struct {
	Applied   core.Instance // the instance after which this is the state
	Installed bool          // it came by a snapshot, not from the own log
	State     []byte        // the store's own bytes, at most MaxState
}

// Tree is an open store file. One goroutine at a time, its owner, uses it, except
// for Root.
type Tree struct{}

// Open opens the store file. It gives disk.ErrNotExist if there is none, and
// refuses damaged, foreign and newer files: ErrDamaged, ErrForeign, ErrNewer.
func Open(d disk.Disk, path string, o Options) (*Tree, error) { panic("tree: not there yet") }

// Create makes an empty store file, durably, and opens it. An existing one is
// replaced.
func Create(d disk.Disk, path string, m Meta, o Options) (*Tree, error) {
	panic("tree: not there yet")
}

// Meta returns what the newest checkpoint is of.
func (t *Tree) Meta() Meta { panic("tree: not there yet") }

// OlderApplied returns the instance of the checkpoint in the other meta slot, 0 if
// that slot is bad. After a power loss the next Open may find that one, so the log
// is kept back to it.
func (t *Tree) OlderApplied() core.Instance { panic("tree: not there yet") }

// Root returns the newest checkpoint's content, retained once for the caller, who
// releases it. Any goroutine may ask.
func (t *Tree) Root() *Root { panic("tree: not there yet") }

// Begin starts a checkpoint of the newest one with changes on top; nil changes
// nothing. The owner then lets its slices run (Checkpoint.Run) until Done, on any
// goroutine, and takes it with Finish. One at a time: a second one panics.
func (t *Tree) Begin(m Meta, c Changes) *Checkpoint { panic("tree: not there yet") }

// BeginUpkeep starts a checkpoint of the same state without changes, which only
// frees and moves pages. It is worth it while Stats().Upkeep.
func (t *Tree) BeginUpkeep() *Checkpoint { panic("tree: not there yet") }

// Finish takes a checkpoint that is Done, or whose Run gave an error, which it
// returns. A done one becomes the newest root. After disk.ErrFull the tree is as
// it was before Begin, which may be called again; after any other error the tree is
// void: nothing may be concluded from what it holds, and the caller stops.
func (t *Tree) Finish(c *Checkpoint) error { panic("tree: not there yet") }

// Abandon drops a checkpoint that isn't Done, with no slice running. The tree is
// as it was before Begin.
func (t *Tree) Abandon(c *Checkpoint) { panic("tree: not there yet") }

// Stats describes an open tree.
type Stats struct {
	FileBytes   int64  // as long as the file is now
	Pages       uint64 // of the newest checkpoint, free ones included
	FreePages   uint64 // free, whether they may be used again yet or not
	ToFree      uint64 // unlinked subtrees that wait to be walked
	VacuumPages uint64 // by how much a running vacuum wants to shrink the file; 0: none
	Height      int    // levels, 0 for an empty tree
	Keys        uint64
	Checkpoint  uint64 // number of the newest checkpoint
	Upkeep      bool   // a checkpoint without changes would free or move pages
}

// Stats returns the figures of the newest checkpoint. Owner only.
func (t *Tree) Stats() Stats { panic("tree: not there yet") }

// Close closes the file. No slice may be running; roots can't be read any more.
func (t *Tree) Close() error { panic("tree: not there yet") }

// Root is the immutable content of one checkpoint. Many goroutines may read it
// while it is retained; its pages are not used again before it is released.
type Root struct{}

// Retain raises the count. It gives false, and nothing may be read, if the last
// count was already given back.
func (r *Root) Retain() bool { panic("tree: not there yet") }

// Release gives one count back.
func (r *Root) Release() { panic("tree: not there yet") }

// Meta returns what the checkpoint is of.
func (r *Root) Meta() Meta { panic("tree: not there yet") }

// Keys is the number of entries.
func (r *Root) Keys() uint64 { panic("tree: not there yet") }

// Sum is the content digest.
func (r *Root) Sum() Digest { panic("tree: not there yet") }

// Get returns the value of key, a fresh copy. ErrDamaged if a page on the way is.
func (r *Root) Get(key string) (value []byte, found bool, err error) { panic("tree: not there yet") }

// Has reports whether key has a value, without reading a large one.
func (r *Root) Has(key string) (bool, error) { panic("tree: not there yet") }

// Count returns the number of keys from lo on that lie below hi. It reads pages
// along two paths only.
func (r *Root) Count(lo string, hi Bound) (keys uint64, err error) { panic("tree: not there yet") }

// Cursor returns a cursor that stands nowhere. It needs the root retained while it
// is used, belongs to one goroutine, and needs no closing.
func (r *Root) Cursor() *Cursor { panic("tree: not there yet") }

// Cursor walks over the entries in both directions. All moves report whether the
// cursor stands on an entry then; if not, Err says whether that is the end (nil)
// or an error.
type Cursor struct{}

// First moves to the lowest key.
func (c *Cursor) First() bool { panic("tree: not there yet") }

// Last moves to the highest key.
func (c *Cursor) Last() bool { panic("tree: not there yet") }

// SeekGE moves to the lowest key that isn't below key.
func (c *Cursor) SeekGE(key string) bool { panic("tree: not there yet") }

// SeekLT moves to the highest key below key.
func (c *Cursor) SeekLT(key string) bool { panic("tree: not there yet") }

// Next moves to the next higher key.
func (c *Cursor) Next() bool { panic("tree: not there yet") }

// Prev moves to the next lower key.
func (c *Cursor) Prev() bool { panic("tree: not there yet") }

// Valid reports whether the cursor stands on an entry.
func (c *Cursor) Valid() bool { panic("tree: not there yet") }

// Err returns the error that ended the walk.
func (c *Cursor) Err() error { panic("tree: not there yet") }

// Key returns the key, which holds until the cursor moves. Only while Valid.
func (c *Cursor) Key() []byte { panic("tree: not there yet") }

// Value returns the value, which holds until the cursor moves; a large one is read
// now. nil after an error, which Err gives then too. Only while Valid.
func (c *Cursor) Value() []byte { panic("tree: not there yet") }

// ValueLen is the length of the value in bytes; it reads nothing.
func (c *Cursor) ValueLen() int { panic("tree: not there yet") }

// Checkpoint is a checkpoint that is being written.
type Checkpoint struct{}

// Run writes one slice: at most about 1 MiB of pages, synced. The last slices
// write branch pages, free list and meta. After an error call Finish.
func (c *Checkpoint) Run() error { panic("tree: not there yet") }

// Done reports whether the meta page is durable, so that Finish may take it.
func (c *Checkpoint) Done() bool { panic("tree: not there yet") }

// Progress returns how many edits have been made, of how many.
func (c *Checkpoint) Progress() (done, total uint64) { panic("tree: not there yet") }

// PagesWritten is the number of pages written so far, the meta page included.
func (c *Checkpoint) PagesWritten() int { panic("tree: not there yet") }

// Builder makes a store file from ascending entries, with full pages and in
// bounded memory, for the installation of a snapshot.
type Builder struct{}

// Build starts in path + ".part"; an older one is replaced.
func Build(d disk.Disk, path string, o Options) (*Builder, error) { panic("tree: not there yet") }

// Add appends an entry, whose key must be above the last one's: an error if not.
// After any error only Abort is of use.
func (b *Builder) Add(key string, value []byte) error { panic("tree: not there yet") }

// Position returns the last key added; false if there is none.
func (b *Builder) Position() (key string, ok bool) { panic("tree: not there yet") }

// Finish compares key count and content digest with what was announced, and only
// then makes the file the one at path, durably. Open it then.
func (b *Builder) Finish(m Meta, wantKeys uint64, wantSum Digest) error {
	panic("tree: not there yet")
}

// Abort gives up and removes the partial file.
func (b *Builder) Abort() error { panic("tree: not there yet") }

// Finding is one thing that Check found wrong.
type Finding struct {
	Page uint64 // 0 if it isn't about one page
	Text string
}

// Report is what Check saw.
type Report struct {
	Meta      Meta
	Keys      uint64
	Sum       Digest
	Pages     uint64
	FreePages uint64
	Findings  []Finding // at most 100
	More      int       // findings beyond those
}

// Clean reports whether nothing was found wrong.
func (r Report) Clean() bool { return len(r.Findings) == 0 }

// Check verifies every page of a store file that nobody has open for writing:
// checksums against pointers, order, counts and sums recomputed from the entries,
// every page reachable or free exactly once. It gives an error only if it can't
// even start; everything else is a finding. progress may be nil; it is called now
// and then with pages seen and pages in all.
func Check(d disk.Disk, path string, progress func(done, total uint64)) (Report, error) {
	panic("tree: not there yet")
}

// Dump prints a store file: metas, pages, entries; values only if asked for.
func Dump(w io.Writer, d disk.Disk, path string, values bool) error { panic("tree: not there yet") }

// SlotStat is one of the two meta slots.
type SlotStat struct {
	Checkpoint uint64 // its number
	Meta       Meta
	Newest     bool
	Bad        string // why it can't be used; empty: it can
}

// FileStat is what Stat saw.
type FileStat struct {
	FileBytes     int64
	Pages         uint64
	Height        int
	Keys          uint64
	Sum           Digest
	LeafPages     uint64
	BranchPages   uint64
	OverflowPages uint64
	FreePages     uint64
	FreeListPages uint64 // pages of the free list and the list of what is to be freed
	ToFree        uint64 // unlinked subtrees
	LeafFill      int    // average use of leaf pages in percent
	Slots         [2]SlotStat
}

// Stat walks over a store file and counts.
func Stat(d disk.Disk, path string) (FileStat, error) { panic("tree: not there yet") }
