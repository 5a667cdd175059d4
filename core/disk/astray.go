package disk

// LandingKind says where a write that a sync covers really lands.
type LandingKind uint8

// The landings.
const (
	InPlace   LandingKind = iota
	Nowhere               // the old bytes stay: a phantom write
	Elsewhere             // and the new ones overwrite another place: a misdirected write
)

// Landing is where one write lands.
type Landing struct {
	Kind LandingKind
	Path string // Elsewhere: a file whose name is durable
	Off  int64
}

// LieOnSync lets the n-th next sync (1: the next) of a file succeed, though its
// writes land where lands says, which is asked in the order of issue. Reads go on to
// show what was meant, until memory drops it (Evict) or power is lost; no sync tells
// of it. A place that the other file durably doesn't have takes nothing. n = 0
// disarms it.
func (m *Mem) LieOnSync(n int, lands func(Op) Landing) {
	m.faults.syncIn, m.faults.syncAs, m.faults.lands = n, SyncLies, lands
}

// goAstray carries out a sync that lies.
func (m *Mem) goAstray(covered func(*pendingOp) bool, lands func(Op) Landing) {
	m.lose(func(op *pendingOp) bool {
		if !covered(op) || op.Kind != OpWrite {
			return false
		}
		at := lands(op.Op)
		if at.Kind == Elsewhere {
			m.misplace(op, at)
		}
		if at.Kind != InPlace {
			op.node.hurtAt(op.Off, int64(op.Len))
		}
		return at.Kind != InPlace
	})
	m.settle(covered)
}

// misplace puts the bytes of a write where they don't belong.
func (m *Mem) misplace(op *pendingOp, at Landing) {
	_ = m.Damage(at.Path, at.Off, op.Len, func(b []byte) { copy(b, op.data) }) // a place that isn't there takes nothing
}
