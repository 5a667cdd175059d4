package core

import (
	"fmt"
	"slices"
)

// Marks are what nodes compare to find one whose state machine went astray
// (DESIGN 4.11): the same history must give the same sums at the same instances.

// Mark is a digest of the state machine after an instance.
type Mark struct {
	Instance Instance
	Kind     MarkKind
	Sum      [16]byte
}

// MarkKind says what a Mark is the digest of.
type MarkKind uint8

// The kinds of marks.
const (
	MarkChain   MarkKind = 1 + iota // the apply chain: values and results so far
	MarkContent                     // all entries, at a freeze point
)

const markKinds = 2

// String returns the kind's name.
func (k MarkKind) String() string {
	if k == MarkContent {
		return "content"
	}
	return "apply chain"
}

// MarkReport is a mark of the master's and the data nodes known to have the same.
type MarkReport struct {
	Mark
	Agree SeatSet
}

// Verdict is what the comparison of marks says of this node.
type Verdict uint8

// The verdicts.
const (
	VerdictNone       Verdict = iota
	VerdictDiverged           // a majority agrees on something else: stop serving, rebuild
	VerdictUnverified         // nobody can tell who is right: nobody serves
)

// String returns the verdict as status shows it.
func (v Verdict) String() string {
	return [...]string{"none", "diverged", "unverified"}[v]
}

// How many marks of each kind a node keeps, and puts into one message beside
// those that somebody differs on.
const (
	keptMarks = 16
	toldMarks = 2
)

// marks is what this node knows of the digests, by kind. Data nodes, whose
// majority decides, are the voters: a witness applies as well, in its head tree.
type marks struct {
	kept     [markKinds][]ownMark // ascending
	compared [markKinds]uint64    // answers of others that were held against own marks
	verified [markKinds]Instance  // a majority agrees with this node there
	doubt    [markKinds]Instance  // somebody differs there and no majority agrees; 0: none
	verdict  Verdict              // what follows from the rest
	reason   string               // of the last difference, for people
	pointAt  Instant              // a master in doubt asks for the next freeze point then
}

// ownMark is a mark of this node's and what others have at that instance.
type ownMark struct {
	Mark
	agree  SeatSet // have the same sum; this node, too
	differ []seatSum
}

type seatSum struct {
	seat Seat
	sum  [16]byte
}

func (k MarkKind) index() int { return int(k) - 1 }

// Verdict returns what the comparison of marks says of this node.
func (n *Node) Verdict() Verdict { return n.mrk.verdict }

// Divergence tells people about the last difference of digests; "" if none was
// ever seen.
func (n *Node) Divergence() string { return n.mrk.reason }

// Compared returns how many digests of other nodes were held against own ones:
// of apply chains, and of contents.
func (n *Node) Compared() (chains, contents uint64) {
	return n.mrk.compared[MarkChain.index()], n.mrk.compared[MarkContent.index()]
}

// trusted says whether this node may serve as far as the digests go.
func (n *Node) trusted() bool { return n.mrk.verdict == VerdictNone }

// onMarks takes in new marks of the own state machine.
func (n *Node) onMarks(marks []Mark) {
	for _, m := range marks {
		if m.Kind == 0 || m.Kind > markKinds || m.Instance > n.lrn.commit {
			assertf("mark of kind %d at %d, commit index %d", m.Kind, m.Instance, n.lrn.commit)
		}
		kept := &n.mrk.kept[m.Kind.index()]
		if k := len(*kept); k > 0 && m.Instance <= (*kept)[k-1].Instance {
			continue // a restarted state machine may repeat itself
		}
		*kept = append(*kept, ownMark{Mark: m, agree: SeatSet(0).With(n.cfg.Self)})
		if len(*kept) > keptMarks {
			*kept = slices.Delete(*kept, 0, 1)
		}
	}
}

func (n *Node) ownMark(kind MarkKind, i Instance) *ownMark {
	if kind == 0 || kind > markKinds {
		return nil
	}
	kept := n.mrk.kept[kind.index()]
	for k := range kept {
		if kept[k].Instance == i {
			return &kept[k]
		}
	}
	return nil
}

// newestMarks are what a follower tells; the master holds them against its own.
func (n *Node) newestMarks() []Mark {
	var out []Mark
	for _, kept := range n.mrk.kept {
		for _, m := range kept[max(0, len(kept)-toldMarks):] {
			out = append(out, m.Mark)
		}
	}
	return out
}

// markReports are what a master tells: its newest marks, and the newest of each
// kind on which somebody differs, so that this one hears of it.
func (n *Node) markReports() []MarkReport {
	var out []MarkReport
	for _, kept := range n.mrk.kept {
		newest := max(0, len(kept)-toldMarks)
		for k := newest - 1; k >= 0; k-- {
			if len(kept[k].differ) > 0 {
				out = append(out, MarkReport{kept[k].Mark, kept[k].agree})
				break
			}
		}
		for _, m := range kept[newest:] {
			out = append(out, MarkReport{m.Mark, m.agree})
		}
	}
	return out
}

// onReports is a follower's side: it learns what the master has, and who agrees
// with that.
func (n *Node) onReports(from Seat, reports []MarkReport) {
	for _, r := range reports {
		own := n.compare(from, r.Mark)
		if own == nil {
			continue
		}
		for seat := range Seat(len(n.cfg.Seats)) {
			if r.Agree.Has(seat) {
				own.note(seat, r.Sum, n.cfg.Self)
			}
		}
		n.judge(own)
	}
}

// onPeerMarks is a master's side. Who differs hears of it at once.
func (n *Node) onPeerMarks(from Seat, marks []Mark) {
	for _, m := range marks {
		own := n.compare(from, m)
		if own == nil {
			continue
		}
		n.judge(own)
		if n.pro.role != RoleMaster {
			return
		}
	}
}

// compare holds another node's mark against the own one of that instance; nil if
// there is none any more, or not yet.
func (n *Node) compare(from Seat, m Mark) *ownMark {
	own := n.ownMark(m.Kind, m.Instance)
	if own == nil || !n.id.voters.Has(from) {
		return nil
	}
	if own.note(from, m.Sum, n.cfg.Self) {
		n.mrk.compared[m.Kind.index()]++
		if len(own.differ) > 0 && n.pro.role == RoleMaster {
			n.lse.nextAt = n.now // who differs hears at once what this answer adds
		}
	}
	return own
}

// note writes down a seat's sum; true if that is news.
func (m *ownMark) note(seat Seat, sum [16]byte, self Seat) bool {
	at := slices.IndexFunc(m.differ, func(d seatSum) bool { return d.seat == seat })
	switch {
	case seat == self, sum == m.Sum && m.agree.Has(seat), at >= 0 && m.differ[at].sum == sum:
		return false
	case at >= 0: // rebuilt meanwhile
		m.differ = slices.Delete(slices.Clone(m.differ), at, at+1)
	}
	if sum == m.Sum {
		m.agree = m.agree.With(seat)
		return true
	}
	m.agree &^= SeatSet(0).With(seat)
	m.differ = append(slices.Clone(m.differ), seatSum{seat, sum})
	return true
}

// majorityElse reports whether a majority agrees on one other sum.
func (m *ownMark) majorityElse(data Quorum) bool {
	for _, d := range m.differ {
		var same SeatSet
		for _, e := range m.differ {
			if e.sum == d.sum {
				same = same.With(e.seat)
			}
		}
		if data.Met(same) {
			return true
		}
	}
	return false
}

// judge draws the conclusion from one mark: with a majority on this node's side
// it is verified there; with one on another sum it is the odd one; with a
// difference and no majority nobody knows. What lies below a verified mark of
// the kind is history.
func (n *Node) judge(m *ownMark) {
	k, data := m.Kind.index(), Majority(n.id.voters)
	switch {
	case data.Met(m.agree):
		n.mrk.verified[k] = max(n.mrk.verified[k], m.Instance)
		if n.mrk.doubt[k] <= n.mrk.verified[k] {
			n.mrk.doubt[k] = 0
		}
		if n.mrk.verdict == VerdictUnverified && n.mrk.doubt == [markKinds]Instance{} {
			n.mrk.verdict = VerdictNone
		}
	case m.Instance <= n.mrk.verified[k] || len(m.differ) == 0:
	case m.majorityElse(data):
		n.mrk.reason = fmt.Sprintf("%v at %d: this node has %x, a majority has %x", m.Kind, m.Instance, m.Sum[:4], m.differ[0].sum[:4])
		n.goAstray()
	default:
		n.mrk.reason = fmt.Sprintf("%v at %d: %v have %x, seat %d has %x: no majority", m.Kind, m.Instance,
			m.agree, m.Sum[:4], m.differ[0].seat, m.differ[0].sum[:4])
		n.mrk.doubt[k] = max(n.mrk.doubt[k], m.Instance)
		if n.mrk.verdict == VerdictNone {
			n.mrk.verdict = VerdictUnverified
			n.mrk.pointAt = n.now.Add(n.cfg.LeasePeriod / 5)
		}
	}
}

// goAstray: this node is the odd one. It leads no more, and doesn't stand before
// the host has rebuilt its state machine; its log is right, so it still votes.
func (n *Node) goAstray() {
	if n.mrk.verdict == VerdictDiverged {
		return
	}
	n.mrk.verdict = VerdictDiverged
	if n.pro.role == RoleMaster { // who hears a master's marks doesn't stand any more
		n.giveUp()
	}
}

// forgetMarks: the state machine is another one now.
func (n *Node) forgetMarks() {
	n.mrk = marks{compared: n.mrk.compared, reason: n.mrk.reason}
}

// tickDoubt lets a master that stays in doubt propose a freeze point now and then:
// without updates there would be no further mark, and no way out.
func (n *Node) tickDoubt() {
	if n.mrk.verdict != VerdictUnverified || n.now < n.mrk.pointAt || n.lrn.commit < n.pro.barrier || len(n.pro.props) > 0 {
		return
	}
	n.mrk.pointAt = n.now.Add(n.cfg.LeasePeriod / 2)
	n.proposeFreeze()
}
