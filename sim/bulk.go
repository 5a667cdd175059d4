package sim

import (
	"bytes"
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// bulk is load that gives the stores something to page: many keys beside those of
// the clients, of all sizes, written in sequences and removed by prefix. Nobody
// reads them (ranges would: then there is none), so no history has them; what comes of them is compared between the
// nodes, and with the chosen values, by digest.
type bulk struct {
	w        *World
	n        uint32 // updates so far
	underWay bool
}

// bulkSizes are what values have, in bytes: within a leaf, most of one, pages.
var bulkSizes = [...]int{8, 8, 8, 60, 60, 60, 60, 200, 200, 900, 1500, 5000}

func (b *bulk) begin() {
	if b.w.opts.Bulk > 0 && !b.w.opts.Ranges {
		b.again()
	}
}

func (b *bulk) again() {
	w := b.w
	w.push(event{at: w.now + int64(w.opts.Lease)/10, kind: evScript, run: b.tick})
}

// tick hands one update to whoever serves, unless one is under way.
func (b *bulk) tick() {
	w := b.w
	if w.healed {
		return
	}
	b.again()
	holder := w.checks.leases.holder
	if b.underWay || holder == core.NoSeat {
		return
	}
	b.underWay = true
	b.n++
	u := b.update()
	n := w.nodes[holder]
	r := &request{op: operation{update: u}, encoded: command.Encode(u), sent: w.now, onAnswer: func(*request) { b.underWay = false }}
	r.node = n.id()
	w.push(event{at: w.now, kind: evRequest, node: n.id(), life: n.life, req: r})
}

// draw returns a number in [0, n): the m-th of this update.
func (b *bulk) draw(m uint32, n int) int {
	return b.w.choose(Identity{N: b.n, M: m}, DecideBulk, Odds{million - million/n, n - 1})
}

func (b *bulk) key(m uint32) string { return fmt.Sprintf("p%04d", b.draw(m, b.w.opts.Bulk)) }

func (b *bulk) update() command.Update {
	switch b.draw(1, 12) {
	case 0: // ten to a thousand neighbours, or everything
		key := b.key(2)
		return command.DeletePrefix{Prefix: key[:len(key)-1-b.draw(3, 4)]}
	case 1:
		return command.Replace{Key: b.key(2)}
	case 2:
		return command.Set{Key: b.key(2), Value: b.value(3)}
	default:
		var seq command.Sequence
		for k := range uint32(2 + b.draw(2, 16)) {
			seq.Updates = append(seq.Updates, command.Set{Key: b.key(4 + 2*k), Value: b.value(5 + 2*k)})
		}
		return seq
	}
}

func (b *bulk) value(m uint32) []byte {
	size := bulkSizes[b.draw(m, len(bulkSizes))]
	return append(bytes.Repeat([]byte{'.'}, size), fmt.Sprintf("%d.%d", b.n, m)...)
}
