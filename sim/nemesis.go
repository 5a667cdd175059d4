package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// nemesis brings the faults that fill slots: every half lease period has a slot,
// whose number is the identity of what the decider puts in, so that emptying one
// slot leaves all others as they were.
type nemesis struct {
	w     *World
	cuts  []*cut       // under way
	wiped core.SeatSet // voters that have lost their disks
	// sourceDies says that the next source of a snapshot does.
	sourceDies bool
	swaps      int
	swapped    *swapped // nil: none at present
}

func (m *nemesis) begin() {
	for n := range uint32(2 * m.w.opts.Leases) {
		m.w.push(event{at: int64(n+1) * int64(m.w.opts.Lease) / 2, kind: evFaultSlot, n: n + 1})
	}
}

// slot draws, class by class, what a slot brings, and when in it: no class knows of
// the others, so that a new one leaves them as they were.
func (m *nemesis) slot(n uint32) {
	w := m.w
	w.checks.overdue()
	m.operate(n)
	if w.healed {
		return
	}
	for f := range slotFaults {
		id := Identity{A: uint8(f), N: n}
		if !w.opts.Faults.Has(f) || w.choose(id, DecideFault, f.odds(w.opts.Fault)) == 0 {
			continue
		}
		d := int64(w.choose(id, DecideFaultAt, Always(1000))) * int64(w.opts.Lease) / 2000
		w.push(event{at: w.now + d, kind: evFault, node: uint8(f), n: n})
	}
}

// slotShare is how many classes a run has on average: together they fill a slot
// with the odds of the option.
const slotShare = 8

// odds is the law by which a class fills a slot.
func (f Fault) odds(ppm int) Odds {
	return Odds{min(ppm*max(slotFaultTable[f].weight, 1)/slotShare, million), 1}
}

// strike lets the fault of a slot happen.
func (m *nemesis) strike(f Fault, n uint32) {
	w := m.w
	if w.healed {
		return
	}
	id := Identity{A: uint8(f), N: n}
	who := w.nodes[w.choose(id, DecideFaultWho, Always(len(w.nodes)))%len(w.nodes)]
	span := w.laws.fault[w.choose(id, DecideFaultFor, w.laws.fault.odds())]
	w.inject(f, who, span)
}

// A slotFault is what a class that fills slots does: to which node, for how long.
type slotFault struct {
	strike   func(w *World, n *node, span int64)
	atMaster bool // aims at the node that serves, while one does
	counts   bool // counts itself, where it happens
	weight   int  // how often it comes, against the others; 0 means 1
}

// slotFaultTable has a line per class that fills slots.
var slotFaultTable [slotFaults]slotFault

func init() { // not a literal: what strikes may lead back to the table
	slotFaultTable = [slotFaults]slotFault{
		FaultCrash:         {strike: func(w *World, n *node, _ int64) { w.kill(false, n) }, counts: true},
		FaultPower:         {strike: func(w *World, n *node, _ int64) { w.kill(true, n) }, counts: true},
		FaultCrashAll:      {strike: func(w *World, _ *node, _ int64) { w.kill(false, w.nodes...) }},
		FaultPowerAll:      {strike: func(w *World, _ *node, _ int64) { w.kill(true, w.nodes...) }},
		FaultPowerMost:     {strike: func(w *World, n *node, _ int64) { w.kill(true, w.but(n)...) }},
		FaultKillMaster:    {strike: func(w *World, n *node, _ int64) { w.kill(false, n) }, atMaster: true},
		FaultRestart:       {strike: func(w *World, n *node, _ int64) { w.restart(n) }},
		FaultIsolate:       {strike: isolate},
		FaultIsolateMaster: {strike: isolate, atMaster: true},
		FaultDeaf:          {strike: deaf},
		FaultMute:          {strike: mute},
		FaultHalves:        {strike: halves},
		FaultLink:          {strike: oneLink},
		FaultMasterLink:    {strike: bothLinks, atMaster: true},
		FaultForget:        {strike: (*World).forget, atMaster: true},
		FaultAccepts:       {strike: stopGroup(groupAccepts)},
		FaultPause:         {strike: func(w *World, n *node, span int64) { n.pause(w.now + span) }},
		FaultPauseMaster:   {strike: func(w *World, n *node, span int64) { n.pause(w.now + span) }, atMaster: true},
		FaultSlowDisk:      {strike: func(w *World, n *node, span int64) { n.slow = w.now + span }},
		FaultSyncError:     {strike: func(w *World, n *node, _ int64) { w.atHome(n, n.failSync) }},
		FaultFullDisk:      {strike: func(w *World, n *node, span int64) { w.atHome(n, func() { n.fill(span) }) }},
		FaultWipe:          {strike: func(w *World, n *node, _ int64) { w.wipe(n) }, counts: true},
		FaultDropMaster:    {strike: func(w *World, n *node, _ int64) { w.dropMaster(n) }, atMaster: true},
		FaultClog:          {strike: clog},
		FaultBridge:        {strike: bridge},
		FaultRing:          {strike: ring},
		FaultChain:         {strike: chain},
		FaultMasterChain:   {strike: chain, atMaster: true, weight: 2},
		FaultStar:          {strike: star, atMaster: true, weight: 2},
		FaultConstrained:   {strike: constrained, atMaster: true, weight: 2},
		FaultFlap:          {strike: flap},
		FaultFlapMaster:    {strike: flapLink, atMaster: true, weight: 2},
		FaultHeartbeats:    {strike: stopGroup(groupHeartbeats)},
		FaultVotes:         {strike: stopGroup(groupVotes)},
		FaultUnseen:        {strike: unseen},
		FaultSite:          {strike: wholeSite},
		FaultKillSource:    {strike: killSource, counts: true},
		FaultGrayMaster:    {strike: withheld(groupAccepts), atMaster: true, weight: 2},
		FaultGrayVoter:     {strike: withheld(groupVotes)},
		FaultSuspend:       {strike: func(w *World, n *node, span int64) { n.suspend(w.now + span) }},
		FaultSlowNode:      {strike: func(w *World, n *node, span int64) { n.sluggish = w.now + span }},
		FaultRestartLoop:   {strike: (*World).restartLoop},
		FaultShort:         {strike: func(w *World, n *node, span int64) { w.shorten(n, w.now+span) }},
		FaultFlip:          {strike: rotAs(FaultFlip), counts: true},
		FaultZeroed:        {strike: rotAs(FaultZeroed), counts: true},
		FaultUnreadable:    {strike: rotAs(FaultUnreadable), counts: true},
		FaultCutShort:      {strike: rotAs(FaultCutShort), counts: true},
		FaultFileLost:      {strike: rotAs(FaultFileLost), counts: true},
		FaultPhantom:       {strike: lieAs(FaultPhantom), counts: true},
		FaultMisdirected:   {strike: lieAs(FaultMisdirected), counts: true},
		FaultSwap:          {strike: swapDisks, counts: true},
	}
}

// inject brings one fault of a class that fills slots.
func (w *World) inject(what Fault, who *node, span int64) {
	f := &slotFaultTable[what]
	if s := w.checks.leases.holder; f.atMaster && s != core.NoSeat {
		who = w.nodes[s]
	}
	if !f.counts {
		w.counts[what]++
	}
	w.note("fault %v n%d for %s", what, who.seat, stamp(span))
	f.strike(w, who, span)
}

func (w *World) dropMaster(n *node) {
	if n.up {
		w.give(n, dropMaster, nil)
	}
}

// but returns all nodes except one.
func (w *World) but(not *node) []*node {
	var all []*node
	for _, n := range w.nodes {
		if n != not {
			all = append(all, n)
		}
	}
	return all
}

// kill ends processes; each comes back after a time of its own.
func (w *World) kill(power bool, nodes ...*node) {
	for _, n := range nodes {
		if n.up {
			n.deaths++
			n.dieAs("a fault", power)
			d := w.laws.down[w.choose(Identity{A: n.id(), N: n.deaths}, DecideDown, w.laws.down.odds())]
			w.push(event{at: w.now + d, kind: evStart, node: n.id()})
		} else if power && !n.late && !n.doubtful() {
			w.counts[FaultPower]++
			n.losePower(Identity{A: n.id(), N: n.deaths, B: 1})
		}
	}
}

// wipe replaces a voter's disk by an empty one, if the cluster can stand it: a
// majority of voters is left, and an entry was chosen, which proves that all of
// them had adopted the genesis. Its process comes back as another member.
func (w *World) wipe(n *node) {
	out := core.SeatSet(0).With(n.seat)
	none := func(core.Instance) bool { return false }
	if w.nemesis.wiped != 0 || w.opts.Learners.Has(n.seat) || w.nemesis.away().Has(n.seat) || !w.budget.recoverable(out|w.budget.excused(), n, none) {
		return
	}
	w.nemesis.wiped = out
	w.counts[FaultWipe]++
	if n.up {
		n.deaths++
		n.dieAs("to lose its disk", false)
		w.push(event{at: w.now + int64(w.opts.Lease)/4, kind: evStart, node: n.id()})
	}
	n.replaceDisk()
}

// replaceDisk gives the node an empty disk. The old ledger stays known: its
// promises were made, and a ballot may rest on them.
func (n *node) replaceDisk() {
	n.w.counts[FaultFilled] += uint64(n.disk.Counters().Full)
	old := *n.ledger
	n.w.checks.proposals.retire(&old)
	n.w.checks.steps.wiped(n.seat)
	*n.ledger = *newLedger(n.seat)
	n.disk, n.noRoom = disk.NewMem(0), 0
	n.hurt, n.liedAt, n.gap = false, nil, noGap
}

// restart ends a process and starts the next at once.
func (w *World) restart(n *node) {
	if !n.up {
		return
	}
	n.deaths++
	n.dieAs("a fault", false)
	w.push(event{at: w.now + int64(w.opts.Lease)/200, kind: evStart, node: n.id()})
}

// forget keeps one node out of the reach of the node that serves until its grant is
// over, and restarts those whose grants still count: what they granted must bind
// them although they don't remember it.
func (w *World) forget(master *node, span int64) {
	bothLinks(w, master, span)
	every := int64(w.opts.Lease) / 3
	for at := every * 4; at < span; at += every {
		n := w.nodes[(int(master.seat)+2+int(at/every)%max(1, len(w.nodes)-2))%len(w.nodes)]
		w.push(event{at: w.now + at, kind: evScript, run: func() {
			if !w.healed {
				w.restart(n)
			}
		}})
	}
}

func (w *World) seats() (all core.SeatSet) {
	for _, n := range w.nodes {
		all = all.With(n.seat)
	}
	return all
}

// heal ends all faults for good, except that a minority may be left out, and begins
// the liveness phase.
func (w *World) heal() {
	w.note("all faults end")
	w.healed = true
	w.swapBack()
	for _, c := range w.nemesis.cuts {
		w.net.end(c)
	}
	w.net.heal()
	w.leaveOut()
	for _, n := range w.nodes {
		n.slow, n.sluggish, n.noRoom = 0, 0, w.now
		if w.opts.Drift {
			n.setRate(0)
		}
		n.disk.SetCapacity(0)
		n.disk.FailSync(0)
		if n.paused > w.now {
			n.paused = w.now
			n.resume()
		}
		if !n.up {
			w.push(event{at: w.now, kind: evStart, node: n.id()})
		}
	}
	w.live.begin()
}
