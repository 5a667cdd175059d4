package sim

import "github.com/openvstorage/arakoon-go/core"

// Twins of HAND.
var handOverTwins = []twin{
	{"a ballot is handed over with a proposal in flight", func(flawed bool) *violation {
		h := newHandOvers()
		b := ballot(1, 1)
		accept := from(0, &core.Accept{B: b, From: 4, Values: []core.Value{set("a"), set("b")}})
		return firstOf(h.sent(accept), h.traced(0, 1, &core.Event{Action: core.ActHandOver, Ballot: b, Instance: pick[core.Instance](flawed, 4, 5)}))
	}},
	{"something is proposed in a ballot that was handed over", func(flawed bool) *violation {
		h := newHandOvers()
		b := ballot(1, 1)
		accept := from(0, &core.Accept{B: b, From: pick[core.Instance](flawed, 6, 5), Values: []core.Value{set("a")}})
		return firstOf(h.traced(0, 1, &core.Event{Action: core.ActHandOver, Ballot: b, Instance: 5}), h.sent(accept))
	}},
	{"a process grants in a ballot that it was told is handed over", func(flawed bool) *violation {
		h := newHandOvers()
		return firstOf(h.traced(1, 1, &core.Event{Action: core.ActRelease, Ballot: ballot(2, 1)}),
			h.traced(1, pick[uint32](flawed, 1, 2), &core.Event{Action: core.ActGrant, Ballot: ballot(2, 1)}))
	}},
	{"or in an earlier one", func(flawed bool) *violation {
		h := newHandOvers()
		return firstOf(h.traced(1, 1, &core.Event{Action: core.ActRelease, Ballot: ballot(2, 1)}),
			h.traced(1, 1, &core.Event{Action: core.ActGrant, Ballot: ballot(pick[uint64](flawed, 1, 3), 1)}))
	}},
}
