package disk

import (
	"fmt"
	"maps"
	"slices"
)

// OpKind says what a pending operation does.
type OpKind uint8

// The kinds of pending operations.
const (
	OpWrite  OpKind = 1 + iota // bytes of one sector
	OpSize                     // a file's size
	OpCreate                   // a name for a new file
	OpRemove                   // a name goes
	OpRename                   // a name moves, replacing another
)

// Op is one operation that is visible but not durable.
type Op struct {
	Kind OpKind
	Path string
	To   string // OpRename
	Off  int64  // OpWrite: bytes Off..Off+Len-1, within one sector
	Len  int
	Size int64 // OpSize: the new size
}

// String prints the operation for traces.
func (o Op) String() string {
	switch o.Kind {
	case OpWrite:
		return fmt.Sprintf("write %s [%d,+%d)", o.Path, o.Off, o.Len)
	case OpSize:
		return fmt.Sprintf("size %s %d", o.Path, o.Size)
	case OpCreate:
		return "create " + o.Path
	case OpRemove:
		return "remove " + o.Path
	case OpRename:
		return "rename " + o.Path + " " + o.To
	default:
		panic(fmt.Sprintf("disk: operation of kind %d", o.Kind))
	}
}

// pendingOp is an Op with what it works on: a file (node) for OpWrite and
// OpSize, a directory (dir) for the others; OpCreate has both.
type pendingOp struct {
	Op
	node    *inode
	dir     *memDir
	data    []byte
	shrinks bool
}

func (m *Mem) issue(op *pendingOp) { m.pending = append(m.pending, op) }

// Pending returns the operations that a power loss may lose, in the order of
// issue.
func (m *Mem) Pending() []Op {
	ops := make([]Op, len(m.pending))
	for i, op := range m.pending {
		ops[i] = op.Op
	}
	return ops
}

// settle makes the chosen pending operations durable, in order.
func (m *Mem) settle(chosen func(*pendingOp) bool) {
	left := m.pending[:0]
	for _, op := range m.pending {
		if chosen(op) {
			op.apply(Fate{Kind: Kept})
		} else {
			left = append(left, op)
		}
	}
	clear(m.pending[len(left):])
	m.pending = left
}

// dropUnreachable forgets operations on files that no durable or pending name
// leads to: no power loss can show them again.
func (m *Mem) dropUnreachable() {
	if len(m.pending)+len(m.stale) == 0 {
		return
	}
	m.walks++
	for _, d := range m.dirs { // marks: the order can't matter
		for _, n := range d.durable {
			n.reached = m.walks
		}
	}
	for _, op := range m.pending {
		if op.Kind == OpCreate {
			op.node.reached = m.walks
		}
	}
	unreachable := func(op *pendingOp) bool { return op.dir == nil && op.node.reached != m.walks }
	m.pending = slices.DeleteFunc(m.pending, unreachable)
	m.stale = slices.DeleteFunc(m.stale, unreachable)
}

// FateKind says what a power loss makes of a pending operation.
type FateKind uint8

// The fates. Only OpWrite can be torn or garbled; nothing later in the same
// sector lands after that.
const (
	Lost          FateKind = iota
	Kept                   // it reached the platter
	TornHead               // its first Cut bytes did
	TornTail               // all but its first Cut bytes did
	Garbled                // its range holds bytes made from Seed
	GarbledSector          // the whole sector does
)

// Fate is what a power loss makes of one pending operation.
type Fate struct {
	Kind FateKind
	Cut  int // clipped to the operation's length
	Seed uint64
}

// LoseAll and KeepAll are the two extreme power losses.
func LoseAll(Op) Fate { return Fate{} }

// KeepAll keeps every pending operation.
func KeepAll(Op) Fate { return Fate{Kind: Kept} }

// apply carries the operation over into the durable image.
func (op *pendingOp) apply(f Fate) {
	switch op.Kind {
	case OpWrite:
		op.applyWrite(f)
	case OpSize:
		n := op.node
		if op.shrinks && op.Size < n.durable.size {
			n.durable.resize(op.Size)
			n.healed(op.Size, 1<<62)
		}
		n.durableSize = op.Size
	case OpCreate:
		op.dir.durable[base(op.Path)] = op.node
	case OpRemove:
		delete(op.dir.durable, base(op.Path))
	case OpRename:
		op.dir.durable[base(op.To)] = op.dir.durable[base(op.Path)]
		delete(op.dir.durable, base(op.Path))
	default:
		panic(fmt.Sprintf("disk: operation of kind %d", op.Kind))
	}
}

func (op *pendingOp) applyWrite(f Fate) {
	n, off, data := op.node, op.Off, op.data
	cut := min(max(f.Cut, 0), len(data))
	switch f.Kind {
	case Kept:
		n.healed(off, off+int64(len(data)))
	case TornHead:
		data = data[:cut]
	case TornTail:
		data, off = data[cut:], off+int64(cut)
	case Garbled:
		data = garble(len(data), f.Seed)
	case GarbledSector:
		data, off = garble(SectorSize, f.Seed), off/SectorSize*SectorSize
	default:
		panic(fmt.Sprintf("disk: fate %d of a write", f.Kind))
	}
	n.durable.writeAt(data, off)
}

// garble returns n arbitrary bytes (splitmix64 of the seed).
func garble(n int, seed uint64) []byte {
	b := make([]byte, n)
	for i := range b {
		seed += 0x9e3779b97f4a7c15
		z := (seed ^ seed>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		b[i] = byte(z >> 56)
	}
	return b
}

// orders remembers, while a power loss goes through the pending operations in
// order, which later ones have become impossible.
type orders struct {
	sectors map[sectorKey]bool
	sizes   map[*inode]bool
	cuts    map[*inode]int64 // lowest end that a lost shrinking would have left
	names   map[nameKey]bool
}

type sectorKey struct {
	node   *inode
	sector int64
}

type nameKey struct {
	dir  *memDir
	name string
}

func newOrders() *orders {
	return &orders{map[sectorKey]bool{}, map[*inode]bool{}, map[*inode]int64{}, map[nameKey]bool{}}
}

// possible reports whether everything that must come before op has landed.
func (o *orders) possible(op *pendingOp) bool {
	switch op.Kind {
	case OpWrite:
		cut, lost := o.cuts[op.node]
		return !o.sectors[sectorKey{op.node, op.Off / SectorSize}] &&
			!(lost && op.Off+int64(op.Len) > cut)
	case OpSize:
		return !o.sizes[op.node]
	case OpCreate, OpRemove:
		return !o.names[nameKey{op.dir, base(op.Path)}]
	case OpRename:
		return !o.names[nameKey{op.dir, base(op.Path)}] && !o.names[nameKey{op.dir, base(op.To)}]
	default:
		panic(fmt.Sprintf("disk: operation of kind %d", op.Kind))
	}
}

// note takes in that op didn't land whole.
func (o *orders) note(op *pendingOp) {
	switch op.Kind {
	case OpWrite:
		o.sectors[sectorKey{op.node, op.Off / SectorSize}] = true
	case OpSize:
		o.sizes[op.node] = true
		if op.shrinks {
			cut, lost := o.cuts[op.node]
			if !lost || op.Size < cut {
				o.cuts[op.node] = op.Size
			}
		}
	case OpCreate, OpRemove, OpRename:
		o.names[nameKey{op.dir, base(op.Path)}] = true
		if op.Kind == OpRename {
			o.names[nameKey{op.dir, base(op.To)}] = true
		}
	default:
		panic(fmt.Sprintf("disk: operation of kind %d", op.Kind))
	}
}

// PowerLoss makes of the disk what is found when power is back. It asks for the
// fate of each pending operation in the order of issue, except of those that
// can't have landed because an earlier one did not. All handles and locks die.
func (m *Mem) PowerLoss(fate func(Op) Fate) {
	m.powerLoss(func(i int) Fate { return fate(m.pending[i].Op) })
}

// powerLoss is PowerLoss by index of the pending operation.
func (m *Mem) powerLoss(fate func(i int) Fate) {
	o := newOrders()
	for i, op := range m.pending {
		if !o.possible(op) {
			o.note(op)
			continue
		}
		f := fate(i)
		if f.Kind != Lost && op.Kind != OpWrite {
			f = Fate{Kind: Kept}
		}
		if f.Kind != Kept {
			o.note(op)
		}
		if f.Kind != Lost {
			op.apply(f)
		}
	}
	m.pending, m.stale = nil, nil
	for _, d := range m.dirs { // each on its own: the order can't matter
		d.visible = maps.Clone(d.durable)
		for _, n := range d.durable {
			n.durable.resize(n.durableSize)
			n.visible = n.durable.share()
			n.late = false
		}
	}
	m.Crash()
}

// Crash ends the process: what is visible stays, what is pending stays pending.
// All handles and locks die, and injected faults are gone.
func (m *Mem) Crash() {
	m.life++
	clear(m.locks)
	m.faults = faults{}
}
