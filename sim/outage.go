package sim

import "github.com/openvstorage/arakoon-go/core/disk"

// What power losses tear (FAULTS 1.1): sectors are written whole or not at all; or the
// bytes being written may be a mix; or, without "powersafe overwrite", the whole
// sector may be.
const (
	sectorsAny    = "any"
	sectorsPSOW   = "psow"
	sectorsAtomic = "atomic"
)

var sectorRules = []string{sectorsAny, sectorsPSOW, sectorsAtomic}

// tears lists how a write may be torn, by rule.
var tears = map[string][]disk.FateKind{ // looked up, never ranged over
	sectorsAny:    {disk.TornHead, disk.TornTail, disk.Garbled, disk.GarbledSector},
	sectorsPSOW:   {disk.TornHead, disk.TornTail, disk.Garbled},
	sectorsAtomic: nil,
}

// enumerated is up to how many pending operations a power loss leaves one of all
// images that are legal.
const enumerated = 10

// losePower lets the decider say what becomes of the pending operations: one image of
// all, or each operation on its own, or by a rule.
func (n *node) losePower(id Identity) {
	w := n.w
	if !w.opts.Images {
		n.loseEach(id, func(id Identity, _ disk.Op) bool { return w.choose(id, DecideImage, Odds{w.opts.Lost, 1}) != 0 })
		return
	}
	if labels := n.disk.Outcomes(enumerated, w.opts.Torn > 0 && tears[w.opts.Sectors] != nil); labels != nil {
		w.counts[FaultImage]++
		label := labels[w.choose(id, DecideImages, evenly(len(labels)))]
		n.disk.PowerLossAs(label, func(op disk.Op) disk.Fate {
			id.M++
			return n.torn(w.choose(id, DecideTorn, Always(disk.SectorSize-1)))
		})
		return
	}
	rule := imageRules[w.choose(id, DecideImages, evenly(len(imageRules)))]
	id.M = 1
	from := w.choose(id, DecideImages, evenly(len(n.disk.Pending())))
	id.M = 0
	n.loseEach(id, func(id Identity, op disk.Op) bool { return rule(int(id.M)-1, from, op) })
}

// imageRules say which of many pending operations are lost: what has found bugs.
var imageRules = []func(k, from int, op disk.Op) bool{
	func(int, int, disk.Op) bool { return false },
	func(k, from int, _ disk.Op) bool { return k < from }, // newest kept, oldest lost
	func(k, from int, _ disk.Op) bool { return k >= from },
	func(k, from int, _ disk.Op) bool { return k == from }, // all but one
	func(k, from int, _ disk.Op) bool { return k != from },
	func(_, _ int, op disk.Op) bool { return op.Kind == disk.OpWrite }, // names and sizes only
	func(_, _ int, op disk.Op) bool { return op.Kind != disk.OpWrite },
}

// loseEach asks about each operation whether it is lost, and whether it is torn then.
func (n *node) loseEach(id Identity, lost func(Identity, disk.Op) bool) {
	w := n.w
	n.disk.PowerLoss(func(op disk.Op) disk.Fate {
		id.M++
		if !lost(id, op) {
			return disk.Fate{Kind: disk.Kept}
		}
		if tears[w.opts.Sectors] == nil {
			return disk.Fate{Kind: disk.Lost}
		}
		cut := w.choose(id, DecideTorn, Odds{w.opts.Torn, disk.SectorSize - 1})
		if cut == 0 || op.Kind != disk.OpWrite {
			return disk.Fate{Kind: disk.Lost}
		}
		return n.torn(cut)
	})
}

// torn is the fate of a write that is torn at a place, which also says how.
func (n *node) torn(cut int) disk.Fate {
	n.w.counts[FaultTorn]++
	kinds := tears[n.w.opts.Sectors]
	return disk.Fate{Kind: kinds[cut%len(kinds)], Cut: cut, Seed: uint64(cut)}
}
