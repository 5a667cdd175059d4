package sim

import (
	"github.com/openvstorage/arakoon-go/core"
)

// What the disks say: K1, K2, K4, K10.

var agreementTwins = []twin{
	{"two values get quorums at one instance", func(flawed bool) *violation {
		g := three()
		other := pick(flawed, uint64(11), 10)
		return firstOf(g.record(0, 1, ballot(1, 1), 10), g.record(1, 1, ballot(1, 1), 10),
			g.record(1, 1, ballot(2, 2), other), g.record(2, 1, ballot(2, 2), other))
	}},
	{"the second value comes much later, and by another quorum", func(flawed bool) *violation {
		g := three()
		finds := []*violation{g.record(0, 1, ballot(1, 1), 10), g.record(1, 1, ballot(1, 1), 10)}
		for i := core.Instance(2); i < 50; i++ {
			finds = append(finds, g.record(0, i, ballot(1, 1), 10), g.record(1, i, ballot(1, 1), 10))
		}
		finds = append(finds, g.record(2, 1, ballot(9, 3), 12), g.record(pick(flawed, core.Seat(0), 2), 1, ballot(9, 3), 12))
		return firstOf(finds...)
	}},
}

var ballotTwins = []twin{
	{"two values in one ballot at one instance", func(flawed bool) *violation {
		g := three()
		return firstOf(g.record(0, 1, ballot(1, 1), 10), g.record(1, 1, ballot(1, 1), pick(flawed, uint64(11), 10)))
	}},
	{"a proposer sends two values in one ballot at one instance", func(flawed bool) *violation {
		g := three()
		p := newProposals(promisedTo(g, ballot(1, 1)), g)
		return firstOf(p.sent(accept(0, ballot(1, 1), 1, "a")), p.sent(accept(0, ballot(1, 1), 1, pick(flawed, "b", "a"))))
	}},
	{"a ballot is used again after a restart", func(flawed bool) *violation {
		b := newBallots()
		return firstOf(b.sent(from(0, &core.Prepare{B: ballot(2, 1)}), 1),
			b.sent(from(0, &core.Prepare{B: ballot(pick(flawed, uint64(2), 3), 1)}), 2))
	}},
	{"a ballot is used by two nodes", func(flawed bool) *violation {
		b := newBallots()
		return firstOf(b.sent(from(0, &core.Heartbeat{B: ballot(2, 1)}), 1),
			b.sent(from(1, &core.Accept{B: ballot(2, pick(flawed, core.MemberID(1), 2))}), 1))
	}},
}

// promisedTo are ledgers of which two have promised a ballot.
func promisedTo(g *ghost, b core.Ballot) []*ledger {
	ledgers := testLedgers(g)
	for _, l := range ledgers[:2] {
		if v := l.add(&batch{hard: promise(b)}, g); v != nil {
			panic(v)
		}
	}
	return ledgers
}

var promiseTwins = []twin{
	{"the durable promise goes back", func(flawed bool) *violation {
		g := three()
		l := testLedgers(g)[0]
		return firstOf(l.add(&batch{hard: promise(ballot(2, 1))}, g), l.add(&batch{hard: promise(pick(flawed, ballot(1, 3), ballot(2, 1)))}, g))
	}},
	{"the longest lease goes back", func(flawed bool) *violation {
		g := three()
		l := testLedgers(g)[0]
		return firstOf(l.add(&batch{hard: core.HardState{LongestLease: 2}}, g),
			l.add(&batch{hard: core.HardState{LongestLease: pick(flawed, core.HardState{}.LongestLease, 2)}}, g))
	}},
	{"an entry is accepted below the durable promise", func(flawed bool) *violation {
		g := three()
		l := testLedgers(g)[0]
		return firstOf(l.add(&batch{hard: promise(ballot(2, 2))}, g),
			l.add(&batch{hard: promise(ballot(2, 2)), records: []core.Record{entry(1, pick(flawed, ballot(1, 1), ballot(2, 2)), "a")}}, g))
	}},
	{"an entry below the promise is stored as chosen, which it is not", func(flawed bool) *violation {
		g := three()
		ledgers := testLedgers(g)
		b := &batch{hard: promise(ballot(1, 1)), records: []core.Record{entry(1, ballot(1, 1), "a")}}
		return firstOf(ledgers[1].add(b, g), ledgers[2].add(b, g), ledgers[0].add(&batch{hard: promise(ballot(2, 2))}, g),
			ledgers[0].add(&batch{hard: promise(ballot(2, 2)), records: []core.Record{entry(1, ballot(1, 1), pick(flawed, "x", "a"))}}, g))
	}},
}

var recoveryTwins = append(recordTwins, []twin{
	restoredTwin("a lower promise", func(r *core.Restored) { r.Promised = ballot(1, 1) }),
	restoredTwin("a shorter lease", func(r *core.Restored) { r.LongestLease = 0 }),
	restoredTwin("no genesis", func(r *core.Restored) { r.Genesis = nil }),
	restoredTwin("an adoption more", func(r *core.Restored) { r.Adopted = 0b100 }),
	restoredTwin("damage where there is none", func(r *core.Restored) { r.Unknown = []core.Unknown{{Instance: 1}} }),
	restoredTwin("an entry less", func(r *core.Restored) { r.Entries = r.Entries[:1] }),
	restoredTwin("an entry more", func(r *core.Restored) { r.Entries = append(r.Entries, core.Entry{Instance: 4}) }),
	restoredTwin("an entry of an older ballot", func(r *core.Restored) {
		r.Entries[0] = core.Entry{Instance: 2, Ballot: ballot(1, 1), Value: core.Value("a")}
	}),
	restoredTwin("another value", func(r *core.Restored) { r.Entries[1].Value = core.Value("x") }),
	restoredTwin("a commit index that went back", func(r *core.Restored) {
		r.Commit = 0
		r.Entries = append([]core.Entry{{Instance: 1, Ballot: ballot(1, 1), Value: set("k")}}, r.Entries...)
	}),
}...)

// restoredTwin is a log that gives something else back than what is durable.
func restoredTwin(flaw string, spoil func(*core.Restored)) twin {
	return twin{"the log gives back " + flaw, func(flawed bool) *violation {
		g := chosenValues(set("k"))
		l := testLedgers(g)[0]
		b := &batch{hard: core.HardState{Promised: ballot(2, 1), LongestLease: 5, Commit: 1}, records: []core.Record{
			entry(1, ballot(1, 1), string(set("k"))), entry(2, ballot(1, 1), "a"), entry(2, ballot(2, 1), "b"), entry(3, ballot(2, 1), "c")}}
		if v := l.add(b, g); v != nil {
			return v
		}
		r := &core.Restored{HardState: b.hard, Genesis: testGenesis(), Entries: []core.Entry{
			{Instance: 2, Ballot: ballot(2, 1), Value: core.Value("b")}, {Instance: 3, Ballot: ballot(2, 1), Value: core.Value("c")}}}
		if flawed {
			spoil(r)
		}
		return l.matches(r, g)
	}}
}

// recordTwins are batches whose records make no sense.
var recordTwins = []twin{
	recordTwin("a record of an unknown kind", core.Record{Kind: 99}),
	recordTwin("a genesis that doesn't decode", core.Record{Kind: core.RecordGenesis, Bytes: []byte("x")}),
	recordTwin("an adoption that doesn't decode", core.Record{Kind: core.RecordAdopted, Bytes: []byte("x")}),
	recordTwin("a setting that doesn't decode", core.Record{Kind: core.RecordSetting, Bytes: []byte("x")}),
	{"the directory changes its incarnation", func(flawed bool) *violation {
		g := three()
		l := testLedgers(g)[0]
		return l.add(&batch{header: true, incarnation: core.Incarnation{pick[byte](flawed, 7, 1)}}, g)
	}},
	{"a write to a segment that is neither a batch nor a header", func(flawed bool) *violation {
		if _, err := readWrite([]byte(pick(flawed, "BTCX", "\x00\x00\x00\x00"))); err != nil {
			return violated("K10", "%v", err)
		}
		return nil
	}},
}

func recordTwin(flaw string, r core.Record) twin {
	return twin{flaw, func(flawed bool) *violation {
		g := three()
		return testLedgers(g)[0].add(&batch{records: []core.Record{pick(flawed, r, entry(1, ballot(0, 0), "a"))}}, g)
	}}
}
