package sim

import (
	"github.com/openvstorage/arakoon-go/core"
)

// Processes that don't keep step with the world: suspended with their clock, slow, or
// started again and again before they have recovered.

// suspend stops a machine together with its clock. A clock that stops runs slower than
// any bound, which a lease doesn't survive at its holder, but does at whoever granted
// it: there it only lasts longer. So the clock stops of nodes that don't lead and
// don't try to; elsewhere it goes on, unless clocks may do what they want.
func (n *node) suspend(until int64) {
	w := n.w
	if !n.up || n.replica == nil || until <= n.paused || n.clockStopped {
		return
	}
	role := n.replica.Status(n.clk.at(w.now)).Role
	n.pause(until)
	if w.opts.Drift || role == core.RoleFollower || role == core.RoleLearner {
		w.line(n.id(), "its clock stops, too")
		n.clockStopped, n.ppmLater = true, n.clk.ppm
		n.clk.setRate(w.now, -million)
	}
}

// clockGoesOn ends what suspend did to the clock.
func (n *node) clockGoesOn() {
	if n.clockStopped {
		n.clockStopped = false
		n.clk.setRate(n.w.now, n.ppmLater)
	}
}

// setRate lets the clock err by so much from now on; a stopped one, when it goes on.
func (n *node) setRate(ppm int64) {
	if n.clockStopped {
		n.ppmLater = ppm
		return
	}
	n.clk.setRate(n.w.now, ppm)
	n.moveTimer()
}

// slowTurn is how much longer a turn of a slow node takes: with inputs gathering
// meanwhile, and answers late.
func (n *node) slowTurn() int64 {
	if n.sluggish <= n.w.now {
		return 0
	}
	return int64(n.w.opts.Lease) / 40
}

// restartLoop restarts a process again and again, faster than it can recover.
func (w *World) restartLoop(n *node, span int64) {
	every := int64(w.opts.Lease) / 8
	for at := int64(0); at < span; at += every {
		w.push(event{at: w.now + at, kind: evScript, run: func() {
			if !w.healed {
				w.restart(n)
			}
		}})
	}
}

// timersFirst lets a process that goes on look at its clock before it takes in what
// arrived while it was stopped: whatever has run out meanwhile has run out for good.
// In the other order the messages come first.
func (n *node) timersFirst() {
	w := n.w
	n.resumes++
	if w.healed || w.choose(Identity{A: n.id(), N: n.resumes}, DecideTimersFirst, Odds{400_000, 1}) == 0 || len(n.inbox) == 0 {
		return
	}
	w.counts[FaultTimersFirst]++
	life, inputs := n.life, n.inbox
	n.inbox = nil
	n.turns++
	n.turn()
	if n.up && n.life == life {
		n.inbox = append(inputs, n.inbox...)
		n.moveTimer()
	}
}
