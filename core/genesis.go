package core

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Voter is one voter of a configuration.
type Voter struct {
	Name        string
	Seat        Seat
	Member      MemberID
	Incarnation Incarnation // zero: the seat is vacant (it counts, it can't vote)
	Datacentre  string
	Witness     bool // votes and keeps the log, serves no data
}

// Genesis is how a cluster began: who it is and who its first voters are, by
// the incarnations of their very disks (DESIGN 4.10).
type Genesis struct {
	ClusterID string
	Cluster   Incarnation
	Alpha     uint32
	Rule      Rule    // by which updates are counted
	Voters    []Voter // ascending by name, so by seat
}

// VoterSeats returns the seats that can vote.
func (g *Genesis) VoterSeats() SeatSet {
	var s SeatSet
	for _, v := range g.Voters {
		if !v.Incarnation.IsZero() {
			s = s.With(v.Seat)
		}
	}
	return s
}

// MaxGenesisBytes bounds an encoded genesis.
const MaxGenesisBytes = 64 << 10

var errGenesis = errors.New("core: malformed genesis")

// genesisVersion is the newest version. Version 1 has neither the rule nor the
// witness flags: such a cluster counts by majority and has no witness. A genesis
// is written in the lowest version that says it all, so that an older node of a
// cluster that uses nothing new reads it.
const genesisVersion = 2

func (g *Genesis) version() byte {
	if g.Rule != RuleMajority || slices.ContainsFunc(g.Voters, func(v Voter) bool { return v.Witness }) {
		return 2
	}
	return 1
}

// EncodeGenesis appends the canonical encoding of g: version u8, cluster id,
// incarnation, alpha u32, rule u8 (2), count u8, then per voter name, seat u8,
// member u32, incarnation, datacentre, witness u8 (2). Those marked (2) are there
// from version 2 on. Strings are u16 + bytes.
func EncodeGenesis(dst []byte, g *Genesis) []byte {
	version := g.version()
	dst = append(dst, version)
	dst = appendString(dst, g.ClusterID)
	dst = append(dst, g.Cluster[:]...)
	dst = binary.LittleEndian.AppendUint32(dst, g.Alpha)
	if version > 1 {
		dst = append(dst, byte(g.Rule))
	}
	dst = append(dst, byte(len(g.Voters)))
	for _, v := range g.Voters {
		dst = appendString(dst, v.Name)
		dst = append(dst, byte(v.Seat))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(v.Member))
		dst = append(dst, v.Incarnation[:]...)
		dst = appendString(dst, v.Datacentre)
		if version > 1 {
			dst = appendBool(dst, v.Witness)
		}
	}
	return dst
}

// DecodeGenesis reads what EncodeGenesis wrote.
func DecodeGenesis(b []byte) (*Genesis, error) {
	d := decoder{b: b}
	version := d.u8()
	if version == 0 || version > genesisVersion {
		return nil, fmt.Errorf("%w: version %d, this node knows up to %d", errGenesis, version, genesisVersion)
	}
	g := &Genesis{ClusterID: d.string(), Cluster: d.incarnation(), Alpha: d.u32()}
	if version > 1 {
		g.Rule = Rule(d.u8())
	}
	n := int(d.u8())
	if n > MaxSeats {
		return nil, fmt.Errorf("%w: %d voters", errGenesis, n)
	}
	for range n {
		g.Voters = append(g.Voters, Voter{Name: d.string(), Seat: Seat(d.u8()),
			Member: MemberID(d.u32()), Incarnation: d.incarnation(), Datacentre: d.string(),
			Witness: version > 1 && d.bool()})
	}
	if d.failed || len(d.b) != 0 {
		return nil, fmt.Errorf("%w: %d bytes", errGenesis, len(b))
	}
	return g, g.validate()
}

func (g *Genesis) validate() error {
	switch {
	case len(g.Voters) == 0 || g.Cluster.IsZero() || g.Alpha == 0:
		return fmt.Errorf("%w: no voters, no cluster incarnation or no window", errGenesis)
	case g.Rule > RuleLocality:
		return fmt.Errorf("%w: quorum rule %d", errGenesis, g.Rule)
	}
	for i, v := range g.Voters {
		if v.Seat >= MaxSeats || v.Member == 0 {
			return fmt.Errorf("%w: voter %q has seat %d, member %d", errGenesis, v.Name, v.Seat, v.Member)
		}
		if i > 0 && v.Seat <= g.Voters[i-1].Seat {
			return fmt.Errorf("%w: voters out of order", errGenesis)
		}
	}
	return nil
}
