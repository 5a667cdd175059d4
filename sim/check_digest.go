package sim

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/openvstorage/arakoon-go/core"
)

// Check K9: the state after an instance is the same on every node, and what the
// chosen values make of an empty store. It is looked at in three ways: the apply
// chain after every instance, here; the digests that nodes compare among themselves,
// here; whole states that were found or installed, in check_recovered.go.

// chainAt is the apply chain after an instance, of the first node that got there.
type chainAt struct {
	known bool
	seat  core.Seat
	chain [32]byte
	told  bool // dirty is known
	dirty bool // something was applied since the last freeze point
}

// isPoint wants freeze points at the same instances everywhere: else there is nothing
// at which digests could be compared. It comes after isSame.
func (a *applies) isPoint(seat core.Seat, i core.Instance, dirty bool) *violation {
	c := &a.chains[i]
	if !c.told {
		c.told, c.dirty = true, dirty
		return nil
	}
	if c.dirty != dirty {
		return violated("K9", "instance %d is a freeze point: n%d says %v, who came first %v", i, seat, !dirty, !c.dirty)
	}
	return nil
}

func (a *applies) isSame(seat core.Seat, i core.Instance, chain [32]byte) *violation {
	for core.Instance(len(a.chains)) <= i {
		a.chains = append(a.chains, chainAt{})
	}
	c := &a.chains[i]
	if !c.known {
		*c = chainAt{known: true, seat: seat, chain: chain}
		return nil
	}
	if c.chain != chain {
		return violated("K9", "at instance %d the apply chain of n%d is %x, that of n%d %x", i, seat, chain[:8], c.seat, c.chain[:8])
	}
	return nil
}

// digests are the marks that the nodes' stores tell, for the nodes to compare.
type digests struct {
	reference *reference // nil: marks are compared with each other only
	told      map[markAt]markOf
}

type markAt struct {
	instance core.Instance
	kind     core.MarkKind
}

type markOf struct {
	seat core.Seat
	sum  [16]byte
}

// mark judges a mark of a node's store: the first at its instance by the chosen
// values, the others by the first.
func (d *digests) mark(seat core.Seat, m core.Mark) *violation {
	at := markAt{m.Instance, m.Kind}
	first, known := d.told[at]
	if !known {
		if d.told == nil {
			d.told = map[markAt]markOf{}
		}
		d.told[at] = markOf{seat, m.Sum}
		return d.isRight(seat, m)
	}
	if first.sum != m.Sum {
		return violated("K9", "at instance %d n%d tells the mark %v %x, n%d %x", m.Instance, seat, m.Kind, m.Sum, first.seat, first.sum)
	}
	return nil
}

func (d *digests) isRight(seat core.Seat, m core.Mark) *violation {
	if d.reference == nil {
		return nil
	}
	if m.Instance > d.reference.ghost.prefix {
		return violated("K7", "n%d tells a mark of instance %d, but only %d is chosen", seat, m.Instance, d.reference.ghost.prefix)
	}
	want := d.chain(m.Instance)
	if m.Kind == core.MarkContent {
		want = d.content(m.Instance)
	}
	if m.Sum != want {
		return violated("K9", "at instance %d n%d tells the mark %v %x, the chosen values make %x", m.Instance, seat, m.Kind, m.Sum, want)
	}
	return nil
}

// chain and content are the marks that the chosen values make.
func (d *digests) chain(i core.Instance) [16]byte {
	chain := d.reference.chain(i)
	return [16]byte(chain[:16])
}

func (d *digests) content(i core.Instance) [16]byte {
	c := d.reference.content(i)
	b := binary.LittleEndian.AppendUint64(nil, c.entries)
	b = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(b, c.digest.Hi), c.digest.Lo)
	sum := sha256.Sum256(b)
	return [16]byte(sum[:16])
}
