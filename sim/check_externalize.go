package sim

import (
	"time"

	"github.com/openvstorage/arakoon-go/core"
)

// externalize is check K3: at the moment a message leaves, what it claims must
// survive a power loss of its sender now. It is judged against the ledgers, so a
// bug in the order of sync and send shows at its first message, no crash needed.
type externalize struct {
	ledgers []*ledger
	ghost   *ghost
	// asked is the period that each lease round on the wire asked for, first the
	// first instance that each ballot on the wire proposed.
	asked map[round]time.Duration
	first map[core.Ballot]core.Instance
}

type round struct {
	ballot core.Ballot
	number uint64
}

func newExternalize(ledgers []*ledger, g *ghost) *externalize {
	return &externalize{ledgers: ledgers, ghost: g, asked: map[round]time.Duration{}, first: map[core.Ballot]core.Instance{}}
}

// sent judges one message that leaves.
func (x *externalize) sent(env *core.Envelope) *violation {
	l := x.ledgers[env.From]
	if l.forgot && votes(env.Msg) {
		return violated("K3", "n%d sends %s, but damage made it forget what it promised", l.seat, describe(env.Msg))
	}
	switch m := env.Msg.(type) {
	case *core.Prepare:
		return x.promised(l, m.B, env)
	case *core.Promise:
		return x.promise(l, m, env)
	case *core.Accept:
		return earlier(x.promised(l, m.B, env), x.begins(l, m.B, m.First, m.From, env))
	case *core.Accepted:
		return x.accepted(l, m, env)
	case *core.Heartbeat:
		x.asked[round{m.B, m.Round}] = m.Period
		return earlier(x.promised(l, m.B, env), x.begins(l, m.B, m.First, m.First, env))
	case *core.HeartbeatReply:
		return x.granted(l, m, env)
	case *core.Identity:
		return x.identity(l, m, env)
	case *core.Release, *core.StandNow, *core.SnapshotOffer, *core.SnapshotFetch, *core.SnapshotChunk:
		return nil
	case *core.Probe, *core.Ask, *core.AskYes, *core.Behind, *core.Nack, *core.Chosen, *core.Fetch, *core.Entries:
		return nil // they claim nothing about the sender's disk; K7 looks at what they say is chosen
	default:
		panic("sim: a message that K3 does not know")
	}
}

// votes reports whether a message is what only a node may send that knows its promises.
func votes(msg core.Message) bool {
	switch m := msg.(type) {
	case *core.AskYes, *core.Prepare, *core.Promise, *core.Accept, *core.Accepted, *core.Heartbeat:
		return true
	case *core.HeartbeatReply:
		return m.Granted
	default:
		return false
	}
}

// promised wants the durable promise to cover ballot b.
func (x *externalize) promised(l *ledger, b core.Ballot, env *core.Envelope) *violation {
	if l.hard.Promised.Less(b) {
		return violated("K3", "n%d sends %s, but its durable promise is %v", l.seat, describe(env.Msg), l.hard.Promised)
	}
	return nil
}

// begins wants a ballot to name one first instance for good, and none behind what it
// proposes: votes are cumulative from there on, and what is left out is not judged.
func (x *externalize) begins(l *ledger, b core.Ballot, first, from core.Instance, env *core.Envelope) *violation {
	before, known := x.first[b]
	if !known {
		x.first[b], before = first, first
	}
	if first != before || from < first {
		return violated("K3", "n%d sends %s, but the ballot began at %d", l.seat, describe(env.Msg), before)
	}
	return nil
}

// promise wants, besides, that no vote in a lower ballot is kept back. (Later ones
// may exist: the message has waited for its sync.)
func (x *externalize) promise(l *ledger, m *core.Promise, env *core.Envelope) *violation {
	if v := x.promised(l, m.B, env); v != nil {
		return v
	}
	k := 0
	for i := m.From; i <= l.last; i++ {
		top, ok := l.voted(i, m.B)
		if !ok {
			continue
		}
		for k < len(m.Entries) && m.Entries[k].Instance < i {
			k++
		}
		if k == len(m.Entries) || m.Entries[k].Instance != i || m.Entries[k].Ballot.Less(top.ballot) {
			return violated("K3", "n%d sends %s, which keeps back instance %d, durable in ballot %v", l.seat, describe(m), i, top.ballot)
		}
	}
	return nil
}

// accepted wants every instance of the claim to be durable in the ballot: above
// the sender's commit index, from the ballot's first proposal on.
func (x *externalize) accepted(l *ledger, m *core.Accepted, env *core.Envelope) *violation {
	if !l.votes() {
		return violated("K3", "n%d sends %s, but is no voter", l.seat, describe(m))
	}
	for i := max(m.Commit+1, x.first[m.B]); i <= m.Through; i++ {
		if !l.holds(i, m.B) {
			return violated("K3", "n%d sends %s, but instance %d is not durable in that ballot", l.seat, describe(m), i)
		}
	}
	return nil
}

// granted wants the promise and the length of the grant to be durable: after a
// restart the node must know whom to honour, and for how long.
func (x *externalize) granted(l *ledger, m *core.HeartbeatReply, env *core.Envelope) *violation {
	if !m.Granted {
		return nil
	}
	if v := x.promised(l, m.B, env); v != nil {
		return v
	}
	period, ok := x.asked[round{m.B, m.Round}]
	if !ok {
		return violated("K3", "n%d grants a lease that nobody asked for: %s", l.seat, describe(m))
	}
	if l.hard.LongestLease < period {
		return violated("K3", "n%d grants %v in %s, but the longest grant on its disk is %v", l.seat, period, describe(m), l.hard.LongestLease)
	}
	return nil
}

// identity wants the genesis and every adoption that is told to be durable, and
// true: the seat's own disk must hold the genesis.
func (x *externalize) identity(l *ledger, m *core.Identity, env *core.Envelope) *violation {
	if env.FromInc != l.incarnation {
		return violated("K3", "n%d says that it is %v, its disk %v", l.seat, env.FromInc, l.incarnation)
	}
	if m.Blank {
		if l.genesis != nil && !l.founded {
			return violated("K3", "n%d says that it is blank, but holds a genesis", l.seat)
		}
		return nil
	}
	if m.Genesis == nil {
		return nil // between the two: it is about to write one down
	}
	if l.genesis == nil {
		return violated("K3", "n%d tells a genesis that is not durable", l.seat)
	}
	for s := range core.Seat(len(x.ledgers)) {
		if m.Adopted.Has(s) && x.ledgers[s].genesis == nil && x.ledgers[s].memberOf(l.genesis) {
			return violated("K3", "n%d says that n%d adopted the genesis, whose disk has none", l.seat, s)
		}
		if m.Adopted.Has(s) && s != l.seat && !l.adopted.Has(s) {
			return violated("K3", "n%d says that n%d adopted the genesis, which it did not log", l.seat, s)
		}
	}
	return nil
}

// answerRestsOn wants what a client is told to rest on what is chosen.
func answerRestsOn(g *ghost, seat core.Seat, i core.Instance) *violation {
	if i > g.prefix {
		return violated("K3", "n%d answers a client by instance %d, but only %d is chosen", seat, i, g.prefix)
	}
	return nil
}
