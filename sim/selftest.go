package sim

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// A twin is a history made by hand, with one flaw or without it. On the flawed one
// its check must fire; on the other, which differs in nothing else, it must stay
// silent. Whoever adds a condition to a check adds a twin that needs it.
type twin struct {
	flaw string
	play func(flawed bool) *violation
}

// SelfTested is what came of one twin.
type SelfTested struct {
	Check   string
	Flaw    string
	Trouble string // "": fired on the flaw, silent without it
}

// SelfTest plays the twins of all checks.
func SelfTest() []SelfTested {
	var all []SelfTested
	for _, c := range Checks() {
		if len(c.twins) == 0 {
			all = append(all, SelfTested{Check: c.ID, Trouble: "no twin shows that it sees anything"})
		}
		for _, t := range c.twins {
			all = append(all, SelfTested{c.ID, t.flaw, t.trouble(c.ID)})
		}
	}
	return all
}

func (t twin) trouble(check string) string {
	bad, good := t.play(true), t.play(false)
	switch {
	case good != nil:
		return fmt.Sprintf("fires without the flaw: %s", good)
	case bad == nil:
		return "blind: the flaw is not seen"
	case bad.check != check:
		return fmt.Sprintf("another check fires first: %s", bad)
	default:
		return ""
	}
}

// pick returns the flawed choice or the good one.
func pick[T any](flawed bool, bad, good T) T {
	if flawed {
		return bad
	}
	return good
}

// firstOf returns the first find of several calls made in order.
func firstOf(finds ...*violation) *violation {
	for _, v := range finds {
		if v != nil {
			return v
		}
	}
	return nil
}

// found returns what a world failed of.
func (w *World) found() *violation {
	if w.failure == nil {
		return nil
	}
	return violated(w.failure.Check, "%s", w.failure.Text)
}

// three is the ghost of a cluster of three voters.
func three() *ghost { return newGhost(core.Majority(0b111)) }

func ballot(round uint64, member core.MemberID) core.Ballot {
	return core.Ballot{Round: round, Member: member}
}

func promise(b core.Ballot) core.HardState { return core.HardState{Promised: b} }

func entry(i core.Instance, b core.Ballot, value string) core.Record {
	return core.Record{Kind: core.RecordAccepted, Instance: i, Ballot: b, Bytes: []byte(value)}
}

func from(seat core.Seat, msg core.Message) *core.Envelope {
	return &core.Envelope{From: seat, To: (seat + 1) % 3, FromInc: core.Incarnation{byte(seat + 1)}, Msg: msg}
}

func set(key string) core.Value {
	return core.EncodeBatch([][]byte{command.Encode(command.Set{Key: key, Value: []byte(key)})})
}

// testGenesis names the first voters by incarnations {1}, {2}, {3}.
func testGenesis() *core.Genesis {
	g := &core.Genesis{ClusterID: clusterID, Cluster: core.Incarnation{9}, Alpha: 16}
	for i := range 3 {
		g.Voters = append(g.Voters, core.Voter{Name: nodeName(core.Seat(i)), Seat: core.Seat(i),
			Member: core.MemberID(i + 1), Incarnation: core.Incarnation{byte(i + 1)}})
	}
	return g
}

// testLedgers are those of its first voters.
func testLedgers(g *ghost) []*ledger {
	var all []*ledger
	for i := range 3 {
		l := newLedger(core.Seat(i))
		l.incarnation = core.Incarnation{byte(i + 1)}
		genesis := core.Record{Kind: core.RecordGenesis, Bytes: core.EncodeGenesis(nil, testGenesis())}
		if v := l.add(&batch{records: []core.Record{genesis}}, g); v != nil {
			panic(v)
		}
		l.founded = false
		all = append(all, l)
	}
	return all
}

// chosenValues is a ghost for which two of three hold these values, from instance
// 1 on.
func chosenValues(values ...core.Value) *ghost {
	g := three()
	for k, v := range values {
		for _, seat := range []core.Seat{0, 1} {
			i := core.Instance(k + 1)
			g.note(i, digestOf(v), v)
			if found := g.record(seat, i, ballot(1, 1), digestOf(v)); found != nil {
				panic(found)
			}
		}
	}
	return g
}
