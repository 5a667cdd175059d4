package core

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Voter is one voter of a configuration.
type Voter struct {
	Name        string
	Seat        Seat
	Member      MemberID
	Incarnation Incarnation // zero: the seat is vacant (it counts, it can't vote)
	Datacentre  string
}

// Genesis is how a cluster began: who it is and who its first voters are, by
// the incarnations of their very disks (DESIGN 4.10).
type Genesis struct {
	ClusterID string
	Cluster   Incarnation
	Alpha     uint32
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

// EncodeGenesis appends the canonical encoding of g:
// version u8, cluster id, incarnation, alpha u32, count u8, then per voter
// name, seat u8, member u32, incarnation, datacentre. Strings are u16 + bytes.
func EncodeGenesis(dst []byte, g *Genesis) []byte {
	dst = append(dst, 1)
	dst = appendString(dst, g.ClusterID)
	dst = append(dst, g.Cluster[:]...)
	dst = binary.LittleEndian.AppendUint32(dst, g.Alpha)
	dst = append(dst, byte(len(g.Voters)))
	for _, v := range g.Voters {
		dst = appendString(dst, v.Name)
		dst = append(dst, byte(v.Seat))
		dst = binary.LittleEndian.AppendUint32(dst, uint32(v.Member))
		dst = append(dst, v.Incarnation[:]...)
		dst = appendString(dst, v.Datacentre)
	}
	return dst
}

// DecodeGenesis reads what EncodeGenesis wrote.
func DecodeGenesis(b []byte) (*Genesis, error) {
	d := decoder{b: b}
	if v := d.u8(); v != 1 {
		return nil, fmt.Errorf("%w: version %d", errGenesis, v)
	}
	g := &Genesis{ClusterID: d.string(), Cluster: d.incarnation(), Alpha: d.u32()}
	n := int(d.u8())
	if n > MaxSeats {
		return nil, fmt.Errorf("%w: %d voters", errGenesis, n)
	}
	for range n {
		g.Voters = append(g.Voters, Voter{Name: d.string(), Seat: Seat(d.u8()),
			Member: MemberID(d.u32()), Incarnation: d.incarnation(), Datacentre: d.string()})
	}
	if d.failed || len(d.b) != 0 {
		return nil, fmt.Errorf("%w: %d bytes", errGenesis, len(b))
	}
	return g, g.validate()
}

func (g *Genesis) validate() error {
	if len(g.Voters) == 0 || g.Cluster.IsZero() || g.Alpha == 0 {
		return fmt.Errorf("%w: no voters, no cluster incarnation or no window", errGenesis)
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
