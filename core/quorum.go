package core

import (
	"fmt"
	"math/bits"
)

// Quorum is a rule about which sets of seats suffice: a majority of the voters
// and, where zones are given, at least one voter of every zone (DESIGN 4.8,
// spec TLogQuorums). A vacant seat counts in the majority's N and can't vote.
type Quorum struct {
	voters SeatSet
	zones  []SeatSet
}

// Majority is the rule "more than half of voters".
func Majority(voters SeatSet) Quorum { return Quorum{voters: voters} }

// Locality is the rule "a majority, and one voter of every zone".
func Locality(voters SeatSet, zones []SeatSet) Quorum { return Quorum{voters: voters, zones: zones} }

// Met reports whether the votes of these seats suffice. Votes of seats that are
// no voters don't count.
func (q Quorum) Met(votes SeatSet) bool {
	votes &= q.voters
	if 2*votes.Len() <= q.voters.Len() {
		return false
	}
	for _, zone := range q.zones {
		if votes&zone == 0 {
			return false
		}
	}
	return true
}

// String prints the rule, as status and errors show it.
func (q Quorum) String() string {
	if len(q.zones) == 0 {
		return fmt.Sprintf("%d of %d", q.voters.Len()/2+1, q.voters.Len())
	}
	return fmt.Sprintf("%d of %d with one of each of %d datacentres", q.voters.Len()/2+1, q.voters.Len(), len(q.zones))
}

// maxEnumerated bounds the voters for which CheckIntersect enumerates.
const maxEnumerated = 15

// CheckIntersect proves by enumeration that every set that meets a shares a
// seat with every set that meets b; the protocol rests on that for each pair of
// quorums that it uses. Otherwise the error names two sets that don't.
func CheckIntersect(a, b Quorum) error {
	all := a.voters | b.voters
	if all.Len() > maxEnumerated {
		return fmt.Errorf("core: %d voters, at most %d allowed", all.Len(), maxEnumerated)
	}
	if !a.Met(a.voters) || !b.Met(b.voters) {
		return fmt.Errorf("core: no set of voters meets the quorum rules %v and %v", a, b)
	}
	// It is enough to look at each set that meets a and at everything outside it.
	for s := all; s != 0; s = (s - 1) & all {
		if a.Met(s) && b.Met(all&^s) {
			return fmt.Errorf("core: quorums %v and %v do not intersect: seats %v and %v", a, b, s, all&^s)
		}
	}
	return nil
}

// checkQuorums proves that every pair of quorums on which the protocol relies
// shares a seat: an election sees every chosen value, under the full rule and with
// everything waived; it meets whoever granted a lease, and every other election.
// Between these two extremes lie all waivers, so their quorums intersect as well.
func (g *Genesis) checkQuorums(voters SeatSet) error {
	electorate := Majority(voters)
	for _, updates := range []Quorum{
		g.updateQuorum(voters, func(string) bool { return false }),
		g.updateQuorum(voters, func(string) bool { return true }),
		electorate, // leases
	} {
		if err := CheckIntersect(electorate, updates); err != nil {
			return err
		}
	}
	return nil
}

// validateRule says what is wrong with the quorums that the configuration asks
// for, if anything is.
func (c *Config) validateRule() error {
	g := Genesis{Rule: c.Rule}
	full := map[string]bool{} // only looked up
	for k, s := range c.Seats {
		switch {
		case s.Learner:
			continue
		case len(s.Datacentre) > MaxDatacentreBytes:
			return fmt.Errorf("core: datacentre %q of node %q has more than %d bytes", s.Datacentre, s.Name, MaxDatacentreBytes)
		case c.Rule == RuleLocality && s.Datacentre == "":
			return fmt.Errorf("core: quorum_rule = locality needs a datacentre for every voter, and node %q has none", s.Name)
		}
		full[s.Datacentre] = full[s.Datacentre] || !s.Witness
		g.Voters = append(g.Voters, Voter{Name: s.Name, Seat: Seat(k), Datacentre: s.Datacentre, Witness: s.Witness})
	}
	for _, dc := range g.Datacentres() {
		if c.Rule == RuleLocality && !full[dc] {
			return fmt.Errorf("core: datacentre %q has no full voter: under quorum_rule = locality each needs one that is no witness", dc)
		}
	}
	return g.checkQuorums(c.voters())
}

// Len returns how many seats are in the set.
func (s SeatSet) Len() int { return bits.OnesCount64(uint64(s)) }

// String lists the seats.
func (s SeatSet) String() string {
	out := "{"
	for seat := range Seat(MaxSeats) {
		if s.Has(seat) {
			if len(out) > 1 {
				out += " "
			}
			out += fmt.Sprint(uint8(seat))
		}
	}
	return out + "}"
}
