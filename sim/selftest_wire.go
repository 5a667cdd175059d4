package sim

import (
	"time"

	"github.com/openvstorage/arakoon-go/core"
)

// What messages claim: K3, K5, K7.

func accept(seat core.Seat, b core.Ballot, i core.Instance, value string) *core.Envelope {
	return from(seat, &core.Accept{B: b, First: i, From: i, Values: []core.Value{core.Value(value)}})
}

// An audit is check K3 over three ledgers.
func audit() (*externalize, []*ledger, *ghost) {
	g := three()
	ledgers := testLedgers(g)
	return newExternalize(ledgers, g), ledgers, g
}

// claimTwin is a message that claims promise 2.2, on a disk that has 2.1 or 2.2.
func claimTwin(what string, msg core.Message) twin {
	return twin{what + " without a durable promise", func(flawed bool) *violation {
		x, ledgers, g := audit()
		return firstOf(ledgers[0].add(&batch{hard: promise(pick(flawed, ballot(2, 1), ballot(2, 2)))}, g), x.sent(from(0, msg)))
	}}
}

var externalizeTwins = []twin{
	claimTwin("a Prepare", &core.Prepare{B: ballot(2, 2), From: 1}),
	claimTwin("a Promise", &core.Promise{B: ballot(2, 2), From: 1}),
	claimTwin("an Accept", &core.Accept{B: ballot(2, 2), First: 1, From: 1}),
	claimTwin("a Heartbeat", &core.Heartbeat{B: ballot(2, 2), First: 1}),
	{"a Promise keeps the last vote back", keepsBack(1)},
	{"a Promise keeps the first vote back", keepsBack(0)},
	{"a Promise tells an older vote", func(flawed bool) *violation {
		x, ledgers, g := audit()
		b := &batch{hard: promise(ballot(2, 1)), records: []core.Record{entry(1, ballot(1, 1), "a"), entry(1, ballot(2, 1), "b")}}
		told := []core.Entry{{Instance: 1, Ballot: pick(flawed, ballot(1, 1), ballot(2, 1))}}
		return firstOf(ledgers[0].add(b, g), ledgers[0].add(&batch{hard: promise(ballot(3, 1))}, g),
			x.sent(from(0, &core.Promise{B: ballot(3, 1), From: 1, Entries: told})))
	}},
	{"a vote for an instance that is not durable", func(flawed bool) *violation {
		x, v := voted()
		return firstOf(v, x.sent(from(1, &core.Accepted{B: ballot(2, 1), Through: pick(flawed, core.Instance(6), 5), Commit: 4})))
	}},
	{"a vote for an instance that is durable in an older ballot", func(flawed bool) *violation {
		x, v := voted()
		return firstOf(v, x.sent(from(1, &core.Accepted{B: ballot(2, 1), Through: 5, Commit: pick(flawed, core.Instance(3), 4)})))
	}},
	{"a ballot that says it began behind what it proposed", func(flawed bool) *violation {
		x, v := voted()
		claim := &core.Heartbeat{B: ballot(2, 1), First: pick(flawed, core.Instance(5), 4)}
		return firstOf(v, x.sent(from(0, claim)))
	}},
	{"a vote of a directory that is no voter's", func(flawed bool) *violation {
		x, v := voted()
		x.ledgers[1].incarnation = core.Incarnation{pick[byte](flawed, 50, 2)}
		return firstOf(v, x.sent(from(1, &core.Accepted{B: ballot(2, 1), Through: 5, Commit: 4})))
	}},
	{"a grant longer than the disk knows", func(flawed bool) *violation {
		x, ledgers, g := audit()
		hard := core.HardState{Promised: ballot(1, 1), LongestLease: time.Second}
		return firstOf(ledgers[0].add(&batch{hard: hard}, g), ledgers[1].add(&batch{hard: hard}, g),
			x.sent(from(0, &core.Heartbeat{B: ballot(1, 1), Round: 7, Period: pick(flawed, 2*time.Second, time.Second)})),
			x.sent(from(1, &core.HeartbeatReply{B: ballot(1, 1), Round: 7, Granted: true})))
	}},
	{"a grant that nobody asked for", func(flawed bool) *violation {
		x, ledgers, g := audit()
		hard := core.HardState{Promised: ballot(1, 1), LongestLease: time.Second}
		return firstOf(ledgers[0].add(&batch{hard: hard}, g), ledgers[1].add(&batch{hard: hard}, g),
			x.sent(from(0, &core.Heartbeat{B: ballot(1, 1), Round: 7, Period: time.Second})),
			x.sent(from(1, &core.HeartbeatReply{B: ballot(1, 1), Round: pick(flawed, uint64(9), 7), Granted: true})))
	}},
	{"a holder of the genesis says that it is blank", func(flawed bool) *violation {
		x, ledgers, _ := audit()
		ledgers[0].founded = !flawed // else the message has waited for the sync that made the genesis durable
		return x.sent(from(0, &core.Identity{Blank: true}))
	}},
	{"an adoption that was not logged", func(flawed bool) *violation {
		x, ledgers, _ := audit()
		ledgers[1].adopted = pick(flawed, core.SeatSet(0), 0b100)
		return x.sent(from(1, &core.Identity{Genesis: testGenesis(), Adopted: 0b100}))
	}},
	{"an adoption of a disk that has no genesis", func(flawed bool) *violation {
		x, ledgers, _ := audit()
		ledgers[1].adopted = 0b100
		if flawed {
			ledgers[2].genesis = nil
		}
		return x.sent(from(1, &core.Identity{Genesis: testGenesis(), Adopted: 0b100}))
	}},
	{"an incarnation that is not the disk's", func(flawed bool) *violation {
		x, _, _ := audit()
		env := from(0, &core.Identity{Genesis: testGenesis(), Adopted: 0b001})
		env.FromInc = core.Incarnation{pick[byte](flawed, 99, 1)}
		return x.sent(env)
	}},
	{"a success that rests on what is not chosen", func(flawed bool) *violation {
		return answerRestsOn(chosenValues(set("a")), 0, pick(flawed, core.Instance(2), 1))
	}},
}

// keepsBack is a Promise without one of two votes.
func keepsBack(which int) func(bool) *violation {
	return func(flawed bool) *violation {
		x, ledgers, g := audit()
		votes := &batch{hard: promise(ballot(1, 1)), records: []core.Record{entry(1, ballot(1, 1), "a"), entry(2, ballot(1, 1), "b")}}
		told := []core.Entry{{Instance: 1, Ballot: ballot(1, 1)}, {Instance: 2, Ballot: ballot(1, 1)}}
		if flawed {
			told = append(told[:which:which], told[which+1:]...)
		}
		return firstOf(ledgers[0].add(votes, g), ledgers[0].add(&batch{hard: promise(ballot(3, 1))}, g),
			x.sent(from(0, &core.Promise{B: ballot(3, 1), From: 1, Entries: told})))
	}
}

// voted is an audit in which n1 holds instance 4 of an older ballot and 5 of 2.1,
// in which n0 proposed both.
func voted() (*externalize, *violation) {
	x, ledgers, g := audit()
	return x, firstOf(
		ledgers[1].add(&batch{hard: promise(ballot(2, 1)), records: []core.Record{entry(4, ballot(1, 1), "old"), entry(5, ballot(2, 1), "new")}}, g),
		ledgers[0].add(&batch{hard: promise(ballot(2, 1))}, g),
		x.sent(from(0, &core.Accept{B: ballot(2, 1), First: 4, From: 4, Values: []core.Value{core.Value("new")}})))
}

var proposalTwins = []twin{
	{"not the value of the highest vote", func(flawed bool) *violation {
		g := three()
		ledgers := testLedgers(g)
		return firstOf(
			ledgers[0].add(&batch{hard: promise(ballot(1, 1)), records: []core.Record{entry(1, ballot(1, 1), "a")}}, g),
			ledgers[1].add(&batch{hard: promise(ballot(2, 2)), records: []core.Record{entry(1, ballot(2, 2), "b")}}, g),
			ledgers[0].add(&batch{hard: promise(ballot(3, 1))}, g), ledgers[1].add(&batch{hard: promise(ballot(3, 1))}, g),
			newProposals(ledgers, g).sent(accept(0, ballot(3, 1), 1, pick(flawed, "a", "b"))))
	}},
	{"a value of its own where a vote was reported", func(flawed bool) *violation {
		g := three()
		ledgers := testLedgers(g)
		return firstOf(
			ledgers[1].add(&batch{hard: promise(ballot(2, 2)), records: []core.Record{entry(1, ballot(2, 2), "b")}}, g),
			ledgers[0].add(&batch{hard: promise(ballot(3, 1))}, g), ledgers[1].add(&batch{hard: promise(ballot(3, 1))}, g),
			newProposals(ledgers, g).sent(accept(0, ballot(3, 1), pick(flawed, core.Instance(1), 2), "new")))
	}},
	{"no quorum of promises", func(flawed bool) *violation {
		g := three()
		ledgers := testLedgers(g)
		return firstOf(ledgers[0].add(&batch{hard: promise(ballot(1, 1))}, g),
			ledgers[2].add(&batch{hard: promise(pick(flawed, ballot(0, 3), ballot(1, 1)))}, g),
			newProposals(ledgers, g).sent(accept(0, ballot(1, 1), 1, "a")))
	}},
	{"a promise of a directory that is no voter's", func(flawed bool) *violation {
		g := three()
		ledgers := promisedTo(g, ballot(1, 1))
		ledgers[1].incarnation = core.Incarnation{pick[byte](flawed, 50, 2)}
		return newProposals(ledgers, g).sent(accept(0, ballot(1, 1), 1, "a"))
	}},
}

var commitTwins = append(stateCommitTwins, []twin{
	commitTwin("a Promise", func(i core.Instance) core.Message { return &core.Promise{Commit: i} }),
	commitTwin("a Behind", func(i core.Instance) core.Message { return &core.Behind{Commit: i} }),
	commitTwin("a Nack", func(i core.Instance) core.Message { return &core.Nack{Commit: i} }),
	commitTwin("an Accept", func(i core.Instance) core.Message { return &core.Accept{Commit: i} }),
	commitTwin("an Accepted", func(i core.Instance) core.Message { return &core.Accepted{Commit: i} }),
	commitTwin("a Chosen", func(i core.Instance) core.Message { return &core.Chosen{Commit: i} }),
	commitTwin("a Heartbeat", func(i core.Instance) core.Message { return &core.Heartbeat{Commit: i} }),
	commitTwin("a HeartbeatReply", func(i core.Instance) core.Message { return &core.HeartbeatReply{Commit: i} }),
	commitTwin("an Entries", func(i core.Instance) core.Message { return &core.Entries{Commit: i} }),
	commitTwin("a StandNow", func(i core.Instance) core.Message { return &core.StandNow{Commit: i} }),
	commitTwin("a SnapshotOffer", func(i core.Instance) core.Message { return &core.SnapshotOffer{Instance: i} }),
	{"an entry is handed out that is not the chosen one", func(flawed bool) *violation {
		c := newCommits(3, chosenValues(set("a")))
		e := core.Entry{Instance: 1, Ballot: ballot(1, 1), Value: pick(flawed, set("b"), set("a"))}
		return c.sent(from(0, &core.Entries{Commit: 1, Entries: []core.Entry{e}}))
	}},
	{"an entry is handed out where nothing is chosen", func(flawed bool) *violation {
		c := newCommits(3, chosenValues(set("a")))
		e := core.Entry{Instance: pick(flawed, core.Instance(2), 1), Ballot: ballot(1, 1), Value: set("a")}
		return c.sent(from(0, &core.Entries{Commit: 1, Entries: []core.Entry{e}}))
	}},
	{"a commit index regresses within a life", func(flawed bool) *violation {
		c := newCommits(3, chosenValues(set("a"), set("b")))
		finds := []*violation{c.observed(0, 2)}
		if !flawed {
			c.restarted(0)
		}
		return firstOf(append(finds, c.observed(0, 1))...)
	}},
	{"a commit index is logged that is not chosen", func(flawed bool) *violation {
		g := chosenValues(set("a"))
		return testLedgers(g)[0].add(&batch{hard: core.HardState{Commit: pick(flawed, core.Instance(2), 1)}}, g)
	}},
}...)

// commitTwin is a message with a commit index of 2 or 1, where 1 is chosen.
func commitTwin(what string, msg func(core.Instance) core.Message) twin {
	return twin{what + " that is ahead of what is chosen", func(flawed bool) *violation {
		return newCommits(3, chosenValues(set("a"))).sent(from(0, msg(pick(flawed, core.Instance(2), 1))))
	}}
}
