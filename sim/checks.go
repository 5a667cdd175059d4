package sim

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// checks are all that watch a world, and what they know about it.
type checks struct {
	w         *World
	ghost     *ghost
	sends     *externalize
	proposals *proposals
	ballots   *ballots
	commits   *commits
	applies   *applies
	leases    leases
	serving   serving
	locality  locality
	handOvers *handOvers
	reference *reference
	digests   digests
	cache     *tree.Cache // of the stores that images hold: everything is read once

	submissions submissions
	steps       *steps
}

func newChecks(w *World) checks {
	ledgers := make([]*ledger, len(w.nodes))
	for i, n := range w.nodes {
		ledgers[i] = n.ledger
	}
	g := newGhost(core.Majority(w.opts.voters()))
	r := &reference{ghost: g}
	return checks{w: w, ghost: g, sends: newExternalize(ledgers, g), proposals: newProposals(ledgers, g), ballots: newBallots(), commits: newCommits(len(w.nodes), g),
		applies: newApplies(len(w.nodes), g), leases: leases{holder: core.NoSeat}, locality: locality{ghost: g, opts: &w.opts}, reference: r,
		digests: digests{reference: r}, cache: tree.NewCache(0), handOvers: newHandOvers(), submissions: newSubmissions(), steps: newSteps(&w.opts)}
}

// restarted tells that a process has recovered what its disk holds.
func (c *checks) restarted(n *node) {
	c.commits.restarted(n.seat)
	c.w.report(c.steps.restarted(n.seat, n.ledger.votes(), n.hurt, n.clk.at(c.w.now), n.replica.Restarted()))
	c.recovered(n, "its disk")
	c.synced(n)
}

// synced takes in what has become durable on a node's disk.
func (c *checks) synced(n *node) {
	c.w.report(n.scan())
	if syncs := n.jobN[replica.JobSync]; syncs >= n.lookAt && c.w.failure == nil { // a durable state that is wrong already tells nothing more
		n.lookAt = syncs + n.lookAgain()
		c.w.report(n.recovers())
		c.w.report(n.keepsVotes())
	}
}

// sent judges a message that leaves.
func (c *checks) sent(env *core.Envelope) {
	c.w.watch.sent(env)
	c.w.report(c.sends.sent(env))
	c.w.report(c.proposals.sent(env))
	c.w.report(c.ballots.sent(env, c.w.nodes[env.From].life))
	c.w.report(c.commits.sent(env))
	c.w.report(c.handOvers.sent(env))
}

// applied judges one instance that a state machine executed.
func (c *checks) applied(n *node, i core.Instance, v core.Value, chain [32]byte) {
	if n.astray {
		return
	}
	order, chosen, same := c.applies.applied(n.seat, i, v, chain)
	c.w.report(order)
	c.w.report(chosen)
	c.w.report(same)
}

// counted judges where a node is on its way to the next freeze point.
func (c *checks) counted(n *node, i core.Instance, dirty bool) {
	if !n.astray {
		c.w.report(c.applies.isPoint(n.seat, i, dirty))
	}
}

// recovered judges a state that a node has not applied instance by instance.
func (c *checks) recovered(n *node, from string) {
	c.applies.recovered(n.seat, n.machine.Applied())
	if n.astray {
		return
	}
	v := n.machine.view()
	defer v.Release()
	if n.gap != noGap {
		if _, _, err := v.Scan(); err != nil {
			return // damaged pages: what is read of them is an error
		}
	}
	c.w.report(c.reference.matches(fmt.Sprintf("n%d, from %s,", n.seat, from), v))
}

// answered judges that a client hears of a success that rests on instance i.
func (c *checks) answered(n *node, i core.Instance) {
	c.w.report(answerRestsOn(c.ghost, n.seat, i))
	c.serving.answered(i)
	c.w.report(c.locality.acknowledged(n.seat, i))
}

// served judges that a client reads a view as the state after instance i.
func (c *checks) served(n *node, v *kvstore.View, i core.Instance) {
	c.serving.answered(i)
	c.w.report(shows(n.seat, v, i))
}

// servedLocal judges that a client reads a view which may be an old one.
func (c *checks) servedLocal(n *node, v *kvstore.View, i core.Instance) {
	c.w.report(answerRestsOn(c.ghost, n.seat, i))
	c.w.report(shows(n.seat, v, i))
	c.w.report(notBack(n.seat, &n.lastLocal, i))
}

// marked judges a digest that a node's store tells.
func (c *checks) marked(n *node, m core.Mark) {
	if !n.astray {
		c.w.report(c.digests.mark(n.seat, m))
	}
}

// changed judges what a job has made of a node's disk.
func (c *checks) changed(n *node, r *runningJob) {
	if n.changesCover(r.job.Kind, r.n) && c.w.failure == nil {
		c.w.report(n.covers())
	}
}

// overdue looks for clients that are left waiting, and for what has grown too large.
func (c *checks) overdue() {
	for _, n := range c.w.nodes {
		c.w.report(n.overdue())
		c.w.report(n.bounded())
	}
}

// traced takes in a spec action that a node took, with its state after it.
func (c *checks) traced(n *node, e *core.Event) {
	w := c.w
	w.foldWord(uint64(e.Action)<<56 ^ uint64(e.Instance)<<8 ^ uint64(n.seat) ^ e.Digest ^ uint64(e.Commit)<<32)
	c.w.report(c.commits.observed(n.seat, e.Commit))
	c.w.report(c.steps.took(n.seat, n.ledger.votes(), n.clk.at(w.now), e))
	c.w.report(c.handOvers.traced(n.seat, n.life, e))
	w.watch.traced(n, e)
	w.spec.note(n, SpecAction, *e)
	switch e.Action {
	case core.ActMaster:
		w.stats.Elections++
	case core.ActInstall:
		w.stats.Snapshots++
		n.astray = false
		c.recovered(n, "its snapshot")
	default: // the rest is told by what it leads to
	}
	w.line(n.id(), "%v b=%v i=%d promised=%v commit=%d %v", e.Action, e.Ballot, e.Instance, e.Promised, e.Commit, e.Role)
}

// exclusive reports what rests on the declared bound of clocks, or counts it where
// they are beyond: a control that K12 sees what it must.
func (c *checks) exclusive(v *violation) {
	if v != nil && c.w.opts.Drift {
		c.w.stats.Overlaps++
		return
	}
	c.w.report(v)
}

// afterEvent looks at all nodes at one true instant.
func (c *checks) afterEvent() {
	var serving core.SeatSet
	for _, n := range c.w.nodes {
		if n.up && n.replica != nil {
			if n.replica.Reads().Leased(n.clockFn) {
				serving = serving.With(n.seat)
				c.exclusive(c.serving.look(n.seat, n.replica.Reads().Applied()))
			}
		}
	}
	c.w.report(mayServe(serving, c.w.opts.standers()))
	c.exclusive(c.leases.look(serving))
	for _, n := range c.w.nodes {
		if serving.Has(n.seat) {
			c.exclusive(c.steps.serves(n.seat, n.clk.at(c.w.now)))
		}
	}
	c.w.watch.holds(c.leases.holder)
}
