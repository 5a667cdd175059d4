package core

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

// Clone returns an independent copy of the node, for explorers. Values are
// shared: they are immutable.
func (n *Node) Clone() *Node {
	c := *n
	c.id.others = slices.Clone(n.id.others)
	c.id.blankIncs = slices.Clone(n.id.blankIncs)
	c.loc.waiting = slices.Clone(n.loc.waiting)
	for k := range n.mrk.kept { // what its elements hold is replaced, never changed
		c.mrk.kept[k] = slices.Clone(n.mrk.kept[k])
	}
	c.acc.held = slices.Clone(n.acc.held)
	c.acc.parked = slices.Clone(n.acc.parked)
	c.acc.unknown = slices.Clone(n.acc.unknown)
	c.pro.props = slices.Clone(n.pro.props)
	c.pro.again = slices.Clone(n.pro.again)
	c.pro.left = slices.Clone(n.pro.left)
	c.pro.heirs = slices.Clone(n.pro.heirs)
	c.lrn.peers = slices.Clone(n.lrn.peers)
	c.els.promises = slices.Clone(n.els.promises)
	c.log.pending = slices.Clone(n.log.pending)
	c.eff = Effects{}
	c.drop = map[string]uint64{}
	return &c
}

// AppendState appends the canonical encoding of the protocol state: equal bytes
// mean equal behaviour, timers apart. AppendTimers appends those.
func (n *Node) AppendState(dst []byte) []byte {
	c := coder{b: dst, encode: true}
	n.codeState(&c)
	return c.b
}

// AppendTimers appends every instant and the jitter's generator.
func (n *Node) AppendTimers(dst []byte) []byte {
	c := coder{b: dst, encode: true}
	n.codeTimers(&c)
	return c.b
}

// Fingerprint hashes the protocol state.
func (n *Node) Fingerprint() uint64 {
	h := fnv.New64a()
	h.Write(n.AppendState(nil))
	return h.Sum64()
}

var errState = errors.New("core: malformed node state")

// LoadState replaces the node's state by what AppendState and AppendTimers
// wrote for a node of the same configuration.
func (n *Node) LoadState(state, timers []byte) error {
	for _, part := range []struct {
		b    []byte
		code func(*coder)
	}{{state, n.codeState}, {timers, n.codeTimers}} {
		c := coder{b: part.b}
		part.code(&c)
		if c.failed || len(c.b) != 0 {
			return fmt.Errorf("%w: %d bytes", errState, len(part.b))
		}
	}
	n.check()
	return nil
}

// codeState visits every field of the protocol state, in one order for writing
// and reading, so that the two can't drift apart.
func (n *Node) codeState(c *coder) {
	n.codeIdentity(c)
	n.codeLocality(c)
	n.codeMarks(c)
	c.ballot(&n.acc.promised)
	c.instance(&n.acc.base)
	list(c, &n.acc.held, func(e *heldEntry) {
		c.ballot(&e.ballot)
		c.value(&e.value)
		word(c, &e.position)
	})
	list(c, &n.acc.parked, c.entry)
	list(c, &n.acc.unknown, func(u *Unknown) { c.instance(&u.Instance); c.ballot(&u.Ballot) })
	n.codeProposer(c)
	c.instance(&n.lrn.commit)
	c.instance(&n.lrn.applied)
	c.instance(&n.lrn.wanted)
	c.bool(&n.lrn.installing)
	c.bool(&n.lrn.rebuilding)
	word(c, &n.lrn.source)
	list(c, &n.lrn.peers, func(p *peer) { c.bytes(p.incarnation[:]); c.instance(&p.commit) })
	n.codeElection(c)
	c.ballot(&n.lse.grant)
	word(c, &n.lse.longest)
	c.ballot(&n.lse.quiet)
	c.ballot(&n.lse.released)
	word(c, &n.lse.round)
	n.codeLog(c)
}

func (n *Node) codeIdentity(c *coder) {
	c.genesis(&n.id.genesis)
	c.genesis(&n.id.pending)
	word(c, &n.id.adopted)
	word(c, &n.id.member)
	word(c, &n.id.voters)
	list(c, &n.id.others, func(s *Seat) { word(c, s) })
	word(c, &n.id.pendingAdopted)
	word(c, &n.id.pendingAt)
	word(c, &n.id.blanks)
	list(c, &n.id.blankIncs, func(i *Incarnation) { c.bytes(i[:]) })
	word(c, &n.id.waived)
	n.id.electorate = Majority(n.id.voters)
}

func (n *Node) codeLocality(c *coder) {
	var setting Value
	if c.encode && n.loc.chosen.Serial != 0 {
		setting = EncodeSetting(nil, n.loc.chosen)
	}
	c.value(&setting)
	c.instance(&n.loc.last)
	list(c, &n.loc.waiting, func(w *waiver) { c.instance(&w.at); word(c, &w.ticket) })
	if !c.encode {
		c.failed = n.restoreSetting(setting) != nil || c.failed
	}
}

func (n *Node) codeMarks(c *coder) {
	for k := range n.mrk.kept {
		list(c, &n.mrk.kept[k], func(m *ownMark) {
			c.instance(&m.Instance)
			word(c, &m.Kind)
			c.bytes(m.Sum[:])
			word(c, &m.agree)
			list(c, &m.differ, func(d *seatSum) { word(c, &d.seat); c.bytes(d.sum[:]) })
		})
		c.instance(&n.mrk.verified[k])
		c.instance(&n.mrk.doubt[k])
	}
	word(c, &n.mrk.verdict)
}

func (n *Node) codeProposer(c *coder) {
	word(c, &n.pro.role)
	word(c, &n.pro.master)
	c.ballot(&n.pro.ballot)
	c.instance(&n.pro.first)
	c.instance(&n.pro.barrier)
	list(c, &n.pro.props, func(p *proposal) { word(c, &p.votes); word(c, &p.ticket) })
	list(c, &n.pro.again, c.value)
	list(c, &n.pro.left, func(t *Ticket) { word(c, t) })
	c.ballot(&n.pro.lift.over)
	list(c, &n.pro.heirs, func(h *heir) { c.instance(&h.through); c.bool(&h.fit) })
	c.bool(&n.pro.hand.on)
	word(c, &n.pro.hand.to)
	word(c, &n.pro.hand.ticket)
	c.bool(&n.pro.hand.wish)
}

func (n *Node) codeElection(c *coder) {
	c.instance(&n.els.from)
	c.ballot(&n.els.ask)
	word(c, &n.els.yes)
	list(c, &n.els.promises, func(p *promiseOf) { word(c, &p.seat); list(c, &p.entries, c.entry) })
	word(c, &n.els.heard)
	c.bool(&n.els.eager)
	c.bool(&n.els.fit.shy)
	c.ballot(&n.bye.ballot)
	c.instance(&n.bye.commit)
	word(c, &n.bye.to)
}

func (n *Node) codeLog(c *coder) {
	mark := func(m *hardMark) {
		word(c, &m.position)
		c.ballot(&m.promised)
		word(c, &m.longest)
	}
	word(c, &n.log.position)
	word(c, &n.log.reached)
	mark(&n.log.durable)
	list(c, &n.log.pending, mark)
}

func (n *Node) codeTimers(c *coder) {
	word(c, &n.rng.state)
	for _, t := range []*Instant{&n.now, &n.id.probeAt, &n.pro.noticeAt, &n.pro.leftUntil, &n.pro.lift.at,
		&n.lrn.fetchUntil, &n.els.standAt, &n.els.abstainTo, &n.els.retryAt, &n.els.giveUpAt,
		&n.els.fit.since, &n.pro.hand.until, &n.pro.hand.pushAt, &n.pro.hand.notBefore, &n.bye.at, &n.bye.until,
		&n.lse.grantEnd, &n.lse.quietEnd, &n.lse.end, &n.lse.nextAt, &n.lse.mustBy, &n.mrk.pointAt} {
		word(c, t)
	}
	word(c, &n.pro.pace.toSync)
	word(c, &n.pro.pace.toChoose)
	for k := range n.lse.rounds {
		r := &n.lse.rounds[k]
		word(c, &r.round)
		word(c, &r.sentAt)
		word(c, &r.grants)
	}
	for k := range n.pro.props {
		word(c, &n.pro.props[k].since)
	}
	for k := range n.pro.heirs {
		word(c, &n.pro.heirs[k].granted)
	}
	for k := range n.lrn.peers {
		word(c, &n.lrn.peers[k].owes)
	}
}

// coder writes fields to b, or reads them from it.
type coder struct {
	b      []byte
	encode bool
	failed bool
}

type integer interface {
	~int | ~int64 | ~uint8 | ~uint32 | ~uint64
}

// word codes one number in eight bytes.
func word[T integer](c *coder, v *T) {
	if c.encode {
		c.b = binary.LittleEndian.AppendUint64(c.b, uint64(*v))
		return
	}
	if len(c.b) < 8 {
		c.failed = true
		return
	}
	*v = T(binary.LittleEndian.Uint64(c.b))
	c.b = c.b[8:]
}

func (c *coder) instance(i *Instance) { word(c, i) }
func (c *coder) ballot(b *Ballot)     { word(c, &b.Round); word(c, &b.Member) }
func (c *coder) entry(e *Entry)       { c.instance(&e.Instance); c.ballot(&e.Ballot); c.value(&e.Value) }

func (c *coder) bool(v *bool) {
	var x uint8
	if *v {
		x = 1
	}
	word(c, &x)
	*v = x != 0
}

// bytes codes a fixed number of bytes in place.
func (c *coder) bytes(p []byte) {
	if c.encode {
		c.b = append(c.b, p...)
		return
	}
	if len(c.b) < len(p) {
		c.failed = true
		return
	}
	c.b = c.b[copy(p, c.b):]
}

func (c *coder) value(v *Value) {
	size := len(*v)
	word(c, &size)
	if !c.encode {
		if c.failed || size < 0 || size > len(c.b) {
			c.failed = true
			return
		}
		*v = make(Value, size)
	}
	c.bytes(*v)
}

func (c *coder) genesis(g **Genesis) {
	var v Value
	if *g != nil {
		v = EncodeGenesis(nil, *g)
	}
	c.value(&v)
	if c.encode || c.failed {
		return
	}
	*g = nil
	if len(v) > 0 {
		var err error
		*g, err = DecodeGenesis(v)
		c.failed = err != nil
	}
}

// list codes a slice, its length first.
func list[T any](c *coder, s *[]T, item func(*T)) {
	size := len(*s)
	word(c, &size)
	if !c.encode {
		if c.failed || size < 0 || size > len(c.b) {
			c.failed = true
			return
		}
		*s = make([]T, size)
	}
	for k := range *s {
		item(&(*s)[k])
	}
}

// String prints the node in one line: role, ballots, indexes, lease.
func (n *Node) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %v promised %v commit %d applied %d last %d", n.cfg.Seats[n.cfg.Self].Name,
		n.pro.role, n.acc.promised, n.lrn.commit, n.lrn.applied, n.acc.last())
	if n.pro.role >= RoleCandidate {
		fmt.Fprintf(&b, " ballot %v in flight %d", n.pro.ballot, len(n.pro.props))
	}
	if n.lse.grantEnd > n.now {
		fmt.Fprintf(&b, " grants %v for %v", n.lse.grant, n.lse.grantEnd.Sub(n.now).Round(time.Millisecond))
	}
	if left := n.LeaseEnd().Sub(n.now); left > 0 {
		fmt.Fprintf(&b, " lease %v", left.Round(time.Millisecond))
	}
	return b.String()
}
