package core

import (
	"fmt"
	"slices"
	"strings"
)

// locality is the rule by which updates are counted (DESIGN 4.8): a majority
// and, under RuleLocality, one voter of every datacentre that is not waived. The
// safety argument stands in DESIGN.md: agreement rests on the majority alone;
// what one datacentre can prove rests on the rest.
type locality struct {
	chosen Setting // the newest one at or below the commit index
	quorum Quorum  // what it asks for

	// As a master: the last instance of this ballot that holds a setting, and the
	// tickets that wait for one.
	last    Instance
	waiting []waiver
}

// waiver is an operator's ticket, done when the instance is chosen.
type waiver struct {
	at     Instance
	ticket Ticket
}

// What an operator's command hears when it should try again, here or elsewhere.
const (
	ReasonNotMaster = "this node is not the master"
	ReasonOnlyVoter = "this node is the only voter" // trying again is of no use
	ReasonUnsettled = "the master stepped down before that was chosen: it may be or not; try again"
)

// maxSettings is how many settings may wait to be chosen above the window: with a
// site lost, nothing below them can be chosen before they count.
const maxSettings = MaxSeats

// zones returns the voters of every datacentre that the waived ones leave.
func (g *Genesis) zones(waived func(datacentre string) bool) []SeatSet {
	var zones []SeatSet
	for _, dc := range g.Datacentres() {
		if waived(dc) {
			continue
		}
		var zone SeatSet
		for _, v := range g.Voters {
			if v.Datacentre == dc {
				zone = zone.With(v.Seat)
			}
		}
		zones = append(zones, zone)
	}
	return zones
}

// Datacentres lists the datacentres of the first voters, ascending.
func (g *Genesis) Datacentres() []string {
	var names []string
	for _, v := range g.Voters {
		if v.Datacentre != "" && !slices.Contains(names, v.Datacentre) {
			names = append(names, v.Datacentre)
		}
	}
	slices.Sort(names)
	return names
}

// updateQuorum is the rule by which updates are counted under some waivers.
func (g *Genesis) updateQuorum(voters SeatSet, waived func(string) bool) Quorum {
	if g.Rule == RuleMajority {
		return Majority(voters)
	}
	return Locality(voters, g.zones(waived))
}

// recount computes the rule anew, after the chosen setting or the genesis changed.
func (n *Node) recount() {
	if n.id.genesis == nil {
		return
	}
	n.loc.quorum = n.id.genesis.updateQuorum(n.id.voters, n.loc.chosen.Has)
}

// quorum is the rule by which the oldest instance in flight is chosen. A setting
// in it counts for itself. A waiver in a later instance counts as soon as a
// majority holds it durably in this ballot, since no later master can then miss
// it: the older instances couldn't be chosen without it, nor it before them.
func (n *Node) quorum() Quorum {
	if n.loc.last <= n.lrn.commit {
		return n.loc.quorum
	}
	waived := n.loc.chosen.Waived
	for k := range n.pro.props {
		v := n.acc.held[k].value
		if v.Kind() != KindLocality {
			continue
		}
		s, err := DecodeSetting(v.Setting())
		switch {
		case err != nil:
		case k == 0:
			waived = s.Waived
		case n.settingCounts(n.pro.props[k].votes):
			waived = slices.Concat(waived, s.Waived)
		}
	}
	return n.id.genesis.updateQuorum(n.id.voters, func(dc string) bool { return slices.Contains(waived, dc) })
}

// settingCounts says whether a setting with these votes loosens the rule for the
// instances before it.
func (n *Node) settingCounts(votes SeatSet) bool {
	return n.electorate().Met(votes)
}

// noteChosen takes a chosen value in: a setting rules from here on, and is kept.
func (n *Node) noteChosen(v Value) {
	if v.Kind() != KindLocality {
		return
	}
	n.tookSetting(v.Setting())
}

// tookSetting takes over a chosen setting, from an entry or with a snapshot. It
// goes to the log: the entry that holds it will be collapsed one day.
func (n *Node) tookSetting(setting []byte) {
	s, err := DecodeSetting(setting)
	if err != nil {
		n.refuse("malformed locality setting")
		return
	}
	if s.Serial <= n.loc.chosen.Serial {
		return
	}
	n.loc.chosen = s
	n.recount()
	n.append(Record{Kind: RecordSetting, Bytes: EncodeSetting(nil, s)})
	n.trace(Event{Action: ActSetting, Instance: n.lrn.commit})
}

// restoreSetting takes in what the log or the state machine kept.
func (n *Node) restoreSetting(setting []byte) error {
	s, err := DecodeSetting(setting)
	if err != nil {
		return err
	}
	n.loc.chosen = s
	n.recount()
	return nil
}

// onWaive handles an operator's word on a datacentre: a master puts it on the
// record, also one that waits for its barrier, which can't be chosen while the
// site is lost.
func (n *Node) onWaive(in Waive) {
	if reason := n.waiveRefused(in); reason != "" {
		n.outcome(in.Ticket, reason)
		return
	}
	s, at := n.newestSetting()
	if s.Has(in.Datacentre) != in.Waived {
		next := n.lrn.commit + Instance(len(n.pro.props)+len(n.pro.again)) + 1
		if next > n.lrn.commit+n.reach(KindLocality) {
			n.outcome(in.Ticket, "too many settings wait to be chosen")
			return
		}
		at = n.proposeSetting(s.with(in.Datacentre, in.Waived))
	}
	if at <= n.lrn.commit {
		n.outcome(in.Ticket, "")
		return
	}
	n.loc.waiting = append(n.loc.waiting, waiver{at, in.Ticket})
}

func (n *Node) outcome(t Ticket, reason string) {
	n.eff.Outcomes = append(n.eff.Outcomes, Outcome{t, reason})
}

// waiveRefused says why an operator's word can't be taken here; "" if it can.
func (n *Node) waiveRefused(in Waive) string {
	g := n.id.genesis
	switch {
	case g == nil:
		return ReasonNotMaster
	case g.Rule != RuleLocality:
		return "this cluster counts by majority: there is nothing to waive"
	case !slices.Contains(g.Datacentres(), in.Datacentre):
		return fmt.Sprintf("no voter is in datacentre %q; there are %s", in.Datacentre, strings.Join(g.Datacentres(), " "))
	case n.pro.role != RoleMaster:
		return ReasonNotMaster
	default:
		return ""
	}
}

// newestSetting returns the setting that this master's log leads to, and its
// instance if that is still in flight. None waits in again: see mayPropose.
func (n *Node) newestSetting() (s Setting, at Instance) {
	s = n.loc.chosen
	for k := range n.pro.props {
		v := n.acc.held[k].value
		if v.Kind() != KindLocality {
			continue
		}
		if in, err := DecodeSetting(v.Setting()); err == nil {
			s, at = in, n.lrn.commit+1+Instance(k)
		}
	}
	return s, at
}

// proposeSetting proposes a setting, alone in its instance: behind everything
// that was reported, before the barrier if that hasn't left yet.
func (n *Node) proposeSetting(s Setting) Instance {
	v := SettingValue(s)
	at := n.lrn.commit + Instance(len(n.pro.props)+len(n.pro.again)) + 1
	if last := len(n.pro.again) - 1; last >= 0 {
		n.pro.again = slices.Insert(n.pro.again, last, v)
		n.pro.barrier++
		at--
	} else {
		n.pro.again = []Value{v}
	}
	n.proposeAgain()
	return at
}

// mayPropose says whether the next of the values that an election left may be
// proposed: within the window, or if it leads to a setting.
func (n *Node) mayPropose() bool {
	return len(n.pro.props) < int(n.alpha()) ||
		slices.ContainsFunc(n.pro.again, func(v Value) bool { return v.Kind() == KindLocality })
}

// reach is how far above its commit index an acceptor takes a value of a kind.
func (n *Node) reach(kind byte) Instance {
	if kind == KindLocality {
		return 2*n.alpha() + maxSettings
	}
	return 2 * n.alpha()
}

// settled ends the tickets whose settings are chosen.
func (n *Node) settled() {
	n.loc.waiting = slices.DeleteFunc(n.loc.waiting, func(w waiver) bool {
		if w.at > n.lrn.commit {
			return false
		}
		n.outcome(w.ticket, "")
		return true
	})
}

// unsettled ends the tickets that waited in a ballot which this master leaves.
func (n *Node) unsettled() {
	for _, w := range n.loc.waiting {
		n.outcome(w.ticket, ReasonUnsettled)
	}
	n.loc.last, n.loc.waiting = 0, nil
}

// Setting returns the locality setting in force: the newest chosen one that this
// node knows.
func (n *Node) Setting() Setting { return n.loc.chosen }

// Rule returns the rule by which this cluster counts: the genesis', whatever the
// configuration file says. A blank node shows its configuration's.
func (n *Node) Rule() Rule {
	if n.id.genesis == nil {
		return n.cfg.Rule
	}
	return n.id.genesis.Rule
}

// Differences lists where the configuration file differs from what the cluster
// goes by; the cluster's word counts.
func (n *Node) Differences() []string {
	g := n.id.genesis
	if g == nil {
		return nil
	}
	var out []string
	if g.Rule != n.cfg.Rule {
		out = append(out, fmt.Sprintf("quorum_rule: the configuration says %v, the cluster began with %v", n.cfg.Rule, g.Rule))
	}
	for _, v := range g.Voters {
		seat := n.cfg.Seats[v.Seat]
		if seat.Datacentre != v.Datacentre {
			out = append(out, fmt.Sprintf("%s: the configuration says datacentre %q, the cluster began with %q", v.Name, seat.Datacentre, v.Datacentre))
		}
		if seat.Witness != v.Witness {
			out = append(out, fmt.Sprintf("%s: the configuration says witness = %v, the cluster began with %v", v.Name, seat.Witness, v.Witness))
		}
	}
	return out
}
