package core

import (
	"slices"
	"time"
)

// election is a node's try to become master: ask first, without any durable
// effect, so that a deaf or slow node disturbs nobody; then Prepare.
type election struct {
	standAt   Instant // a follower's next try
	abstainTo Instant // after giving up: neither asks nor stands before

	from     Instance // asked and prepared from here
	ask      Ballot   // the ballot asked about
	yes      SeatSet
	promises []promiseOf
	retryAt  Instant // send the question again
	giveUpAt Instant // of this try
	askEvery time.Duration
	heard    uint64 // highest round heard of
	eager    bool   // stand as soon as caught up
	fit      fitness
}

type promiseOf struct {
	seat    Seat
	entries []Entry
}

func (e *election) clear() {
	e.yes, e.promises, e.from, e.ask = 0, nil, 0, Ballot{}
	e.retryAt, e.giveUpAt = Never, Never
}

// bestValues returns, for the instances above commit that any promise reports,
// the value of the highest ballot (P2c: Paxos Made Simple, 2.2).
func (e *election) bestValues(commit Instance) []Value {
	var best []Entry
	for _, p := range e.promises {
		for _, entry := range p.entries {
			k := int(entry.Instance) - int(commit) - 1
			if k < 0 {
				continue
			}
			for len(best) <= k {
				best = append(best, Entry{})
			}
			if best[k].Value == nil || best[k].Ballot.Less(entry.Ballot) {
				best[k] = entry
			}
		}
	}
	values := make([]Value, len(best), len(best)+1)
	for k, entry := range best {
		if entry.Value == nil {
			assertf("no promise reports instance %d, one reports %d", int(commit)+1+k, int(commit)+len(best))
		}
		values[k] = entry.Value
	}
	return values
}

// standAfter puts off the next try by at least d from now.
func (n *Node) standAfter(from Instant, d time.Duration) { n.els.standAt = from.Add(d + n.courtesy()) }

// mayStand says whether this node could become master at all now.
func (n *Node) mayStand() bool {
	return n.able() && n.refusal(n.nextBallot()) == 0 && (n.now >= n.els.abstainTo || n.onlyStander())
}

// nextBallot is an own ballot above all that this node heard of.
func (n *Node) nextBallot() Ballot {
	return Ballot{Round: max(n.acc.promised.Round, n.els.heard) + 1, Member: n.id.member}
}

func (n *Node) followerWake() Instant {
	switch {
	case n.onlyListens():
		return min(n.els.standAt, n.farewellWake())
	case !n.able():
		return n.farewellWake()
	}
	wake := max(n.els.standAt, n.lse.freeAt(n.id.member))
	if !n.onlyStander() {
		wake = max(wake, n.els.abstainTo)
	}
	return min(wake, n.farewellWake())
}

func (n *Node) tickFollower() {
	n.tickFarewell()
	switch {
	case n.now < n.els.standAt:
	case n.mayStand():
		n.startAsking()
	case n.onlyListens():
		n.poll()
	}
}

// onlyListens says whether this node is a voter that is never to lead.
func (n *Node) onlyListens() bool {
	return n.id.member != 0 && n.id.allAdopted() && !n.standers().Has(n.cfg.Self)
}

// startAsking asks whether a ballot above all that this node heard of would be
// promised.
func (n *Node) startAsking() {
	n.els.clear()
	n.pro.role = RoleAsking
	n.els.from = n.lrn.commit + 1
	n.els.ask = n.nextBallot()
	n.els.yes = SeatSet(0).With(n.cfg.Self)
	n.els.giveUpAt = n.now.Add(n.cfg.LeasePeriod/4 + n.jitter())
	if n.electorate().Met(n.els.yes) {
		n.startCandidacy()
		return
	}
	n.askAgain()
}

func (n *Node) askAgain() {
	n.els.retryAt = n.now.Add(n.els.askEvery)
	n.broadcast(&Ask{B: n.els.ask, From: n.els.from})
}

func (n *Node) onAskYes(from Seat, m *AskYes) {
	if n.pro.role != RoleAsking || m.B != n.els.ask {
		return
	}
	n.els.yes = n.els.yes.With(from)
	if n.electorate().Met(n.els.yes) {
		n.startCandidacy()
	}
}

// startCandidacy promises the ballot to itself; Prepare leaves only when that
// is durable (spec: StartElection), so a ballot is never used in two lives.
func (n *Node) startCandidacy() {
	if n.refusal(n.els.ask) != 0 || n.els.ask == n.acc.promised {
		n.abandon(n.jitter())
		return
	}
	b := n.els.ask
	n.els.clear()
	n.promise(b)
	n.pro.role, n.pro.ballot = RoleCandidate, b
	n.els.from = n.lrn.commit + 1
	n.els.giveUpAt = n.now.Add(n.cfg.LeasePeriod/2 + n.jitter())
	n.trace(Event{Action: ActStart, Ballot: b, Instance: n.els.from})
	n.prepareAgain()
}

func (n *Node) prepareAgain() {
	n.els.retryAt = n.now.Add(n.els.askEvery)
	for _, seat := range n.id.others {
		n.sendAfterSync(seat, &Prepare{B: n.pro.ballot, From: n.els.from})
	}
}

// countOwnPromise counts this node once its promise is durable.
func (n *Node) countOwnPromise() {
	if n.log.durable.promised == n.pro.ballot {
		n.addPromise(n.cfg.Self, n.acc.suffix(n.els.from))
	}
}

func (n *Node) onPromise(from Seat, m *Promise) {
	if n.pro.role != RoleCandidate || m.B != n.pro.ballot || m.From != n.els.from {
		return
	}
	if m.Commit >= m.From { // an honest acceptor says Behind
		n.onBehind(from, &Behind{B: m.B, Commit: m.Commit})
		return
	}
	if len(m.Unknown) > 0 || !consecutive(m.Entries, m.From) {
		n.refuse("promise with damage or holes")
		return
	}
	n.addPromise(from, m.Entries)
}

// consecutive reports whether the entries start at from and have no hole.
func consecutive(entries []Entry, from Instance) bool {
	for k, e := range entries {
		if e.Instance != from+Instance(k) {
			return false
		}
	}
	return true
}

func (n *Node) addPromise(seat Seat, entries []Entry) {
	again := slices.ContainsFunc(n.els.promises, func(p promiseOf) bool { return p.seat == seat })
	if n.pro.role != RoleCandidate || again {
		return
	}
	n.els.promises = append(n.els.promises, promiseOf{seat, entries})
	n.els.yes = n.els.yes.With(seat)
	if n.electorate().Met(n.els.yes) {
		n.becomeMaster()
	}
}

// onBehind ends a try: a node that is not up to date can't become master. It
// catches up first and stands again then; if the peer that told it is lost, or
// gives nothing of what it holds, it may stand after a while (LVMUT_leadbehind).
func (n *Node) onBehind(from Seat, m *Behind) {
	n.heardCommit(from, m.Commit)
	standing := n.pro.role == RoleAsking && m.B == n.els.ask || n.pro.role == RoleCandidate && m.B == n.pro.ballot
	if standing && m.Commit > n.lrn.commit && !n.tellsInVain(from) {
		n.leaveBallot()
		n.standWhenCaughtUp()
	}
}

// standWhenCaughtUp stands again as soon as this node holds what it was told of;
// if that peer is lost, after a while all the same.
func (n *Node) standWhenCaughtUp() {
	n.els.eager = true
	n.standAfter(n.now, n.cfg.LeasePeriod/4+n.jitter())
}

// onNack takes a refusal in: a courtesy, never needed for safety.
func (n *Node) onNack(from Seat, m *Nack) {
	n.els.heard = max(n.els.heard, m.Promised.Round)
	n.heardCommit(from, m.Commit)
	switch n.pro.role {
	case RoleMaster:
		if m.B == n.pro.ballot && m.Reason == RefusedPromised {
			n.onHigherPromise(m.Promised)
		}
		if m.B == n.pro.ballot && m.Commit > n.lrn.commit {
			n.onHigherCommit(from, m.Commit)
		}
	case RoleCandidate:
		if m.B == n.pro.ballot && m.Reason == RefusedPromised && n.pro.ballot.Less(m.Promised) {
			n.abandon(n.jitter())
		}
		if m.B == n.pro.ballot && m.Reason == RefusedGrant { // a Release may be on its way
			n.els.retryAt = min(n.els.retryAt, n.now.Add(n.cfg.LeasePeriod/100))
		}
	case RoleAsking:
		if m.B == n.els.ask && m.Reason == RefusedPromised {
			n.els.giveUpAt = min(n.els.giveUpAt, n.now.Add(n.els.askEvery+n.jitter()))
		}
	case RoleBlank, RoleLearner, RoleFollower:
	}
}

// abandon ends a try; the next one comes after d at the earliest.
func (n *Node) abandon(d time.Duration) {
	n.leaveBallot()
	n.standAfter(n.now, d)
}

// tickElection sends the question again, or gives this try up.
func (n *Node) tickElection() {
	switch {
	case n.now >= n.els.giveUpAt:
		n.abandon(n.els.askEvery + n.jitter())
	case n.now >= n.els.retryAt && n.pro.role == RoleAsking:
		n.askAgain()
	case n.now >= n.els.retryAt:
		n.prepareAgain()
	}
}
