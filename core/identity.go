package core

import (
	"fmt"
	"hash/fnv"
	"slices"
)

// identity is who this node is and how its cluster began (DESIGN 4.10, spec
// TLogIdentity). A node that has no genesis is blank and only says so; a node
// whose incarnation the genesis doesn't list is a learner, whatever its
// configuration file says: a wiped disk has forgotten its promises.
type identity struct {
	genesis *Genesis
	adopted SeatSet  // first voters whose disks are known to hold the genesis, durably
	member  MemberID // of this incarnation; 0: no voter
	voters  SeatSet  // of the configuration in force, vacant seats included
	others  []Seat   // the voters that can be spoken to, without this node

	electorate Quorum

	// Until it is durable, what this node adopted is not acted on.
	pending        *Genesis
	pendingAdopted SeatSet
	pendingAt      Position

	// At first boot, in the memory of the first voter in name order.
	blanks    SeatSet // told this very incarnation that they are blank
	blankIncs []Incarnation
	waived    SeatSet // --bootstrap-without
	probeAt   Instant
}

func (id *identity) allAdopted() bool {
	return id.genesis != nil && id.adopted.Covers(id.genesis.VoterSeats())
}

func (n *Node) restoreIdentity(r Restored) error {
	n.id = identity{adopted: r.Adopted, blankIncs: make([]Incarnation, len(n.cfg.Seats)), probeAt: n.now}
	for _, name := range n.cfg.BootstrapWithout {
		seat, err := n.cfg.seatOf(name)
		if err != nil {
			return err
		}
		n.id.waived = n.id.waived.With(seat)
	}
	if r.Genesis != nil {
		if err := n.fits(r.Genesis); err != nil {
			return err
		}
		if err := n.enter(r.Genesis); err != nil {
			return err
		}
	}
	return n.restoreSetting(r.Setting)
}

func (c *Config) seatOf(name string) (Seat, error) {
	for k, s := range c.Seats {
		if s.Name == name {
			return Seat(k), nil
		}
	}
	return 0, fmt.Errorf("core: no node is called %q in the configuration", name)
}

// fits checks a genesis against the configuration file.
func (n *Node) fits(g *Genesis) error {
	if g.ClusterID != n.cfg.ClusterID {
		return fmt.Errorf("core: the log belongs to cluster %q, the configuration says %q", g.ClusterID, n.cfg.ClusterID)
	}
	var seats SeatSet
	for _, v := range g.Voters {
		if int(v.Seat) >= len(n.cfg.Seats) || n.cfg.Seats[v.Seat].Name != v.Name {
			return fmt.Errorf("core: the cluster began with voter %q in seat %d, the configuration has another list of nodes", v.Name, v.Seat)
		}
		seats = seats.With(v.Seat)
	}
	if want := n.cfg.voters(); seats != want {
		return fmt.Errorf("core: the cluster began with voters %v, the configuration lists %v", seats, want)
	}
	return nil
}

// enter makes a durable genesis the one that this node acts on.
func (n *Node) enter(g *Genesis) error {
	n.id.genesis = g
	for _, v := range g.Voters {
		n.id.voters = n.id.voters.With(v.Seat)
		switch {
		case v.Seat != n.cfg.Self && !v.Incarnation.IsZero():
			n.id.others = append(n.id.others, v.Seat)
		case v.Seat == n.cfg.Self && v.Incarnation == n.cfg.Incarnation:
			n.id.member = v.Member
		}
	}
	n.id.electorate = Majority(n.id.voters)
	n.recount()
	return g.checkQuorums(n.id.voters)
}

// tickIdentity asks the others who they are while the picture is incomplete,
// and makes the genesis when it is this node's turn.
func (n *Node) tickIdentity() {
	if n.now < n.id.probeAt {
		return
	}
	n.id.probeAt = n.now.Add(n.cfg.LeasePeriod / 20)
	switch {
	case n.id.genesis == nil:
		n.tryGenesis()
		n.probeAll()
	case n.id.member == 0:
		n.id.probeAt = Never
		if n.lrn.fetchUntil == Never {
			n.lrn.fetchUntil = n.now // a learner starts to ask for entries
		}
	case !n.id.allAdopted():
		n.noteAdopted(n.id.adopted | n.id.waived) // an operator's word goes on the record
		n.probeAll()
	default:
		n.id.probeAt = Never
	}
}

func (n *Node) probeAll() {
	for seat := range Seat(len(n.cfg.Seats)) {
		if seat != n.cfg.Self && !n.cfg.Seats[seat].Learner {
			n.send(seat, &Probe{})
		}
	}
}

// answerIdentity says who this node is, to the asker's present incarnation. It
// waits until what it says is durable.
func (n *Node) answerIdentity(env *Envelope) {
	reply := n.envelope(env.From, &Identity{Blank: n.id.genesis == nil && n.id.pending == nil,
		Voters: n.voterHash(), Genesis: n.id.genesis, Adopted: n.id.adopted})
	reply.ToInc = env.FromInc
	n.eff.SendAfterSync = append(n.eff.SendAfterSync, reply)
}

// voterHash tells whether two nodes read the same list of voters.
func (n *Node) voterHash() uint64 {
	h := fnv.New64a()
	h.Write([]byte(n.cfg.ClusterID))
	for _, s := range n.cfg.Seats {
		if !s.Learner {
			h.Write([]byte{0})
			h.Write([]byte(s.Name))
		}
		if !s.Learner && n.cfg.Rule != RuleMajority { // then who stands where matters as much
			h.Write([]byte{0, byte(n.cfg.Rule)})
			h.Write([]byte(s.Datacentre))
		}
	}
	return h.Sum64()
}

func (n *Node) onIdentity(env *Envelope, m *Identity) {
	n.lrn.peers[env.From].incarnation = env.FromInc
	switch {
	case m.Genesis != nil && n.id.genesis == nil && n.id.pending == nil:
		n.adopt(m.Genesis, m.Adopted)
	case m.Genesis != nil && n.id.genesis != nil:
		if m.Genesis.Cluster != n.id.genesis.Cluster {
			n.refuse("another history of this cluster")
			return
		}
		n.noteAdopted(m.Adopted)
	case m.Blank && n.id.genesis == nil && env.ToInc == n.cfg.Incarnation:
		n.noteBlank(env.From, env.FromInc, m.Voters)
	}
}

// noteBlank counts an answer to this incarnation's own question. A late answer
// to an earlier one would make a second history possible (IDMUT_staleblank).
func (n *Node) noteBlank(from Seat, inc Incarnation, voters uint64) {
	if voters != n.voterHash() {
		n.refuse("another list of voters in a peer's configuration")
		return
	}
	n.id.blanks = n.id.blanks.With(from)
	n.id.blankIncs[from] = inc
	n.tryGenesis()
}

// tryGenesis makes the genesis: only the first voter in name order does, and
// only after every other one (that was not waived by hand) said it is blank.
func (n *Node) tryGenesis() {
	want := n.cfg.voters() &^ n.id.waived
	if n.id.genesis != nil || n.id.pending != nil || !want.Has(n.cfg.Self) || want&(1<<n.cfg.Self-1) != 0 {
		return
	}
	if 2*want.Len() <= n.cfg.voters().Len() {
		return // what is left is no majority
	}
	have := n.id.blanks.With(n.cfg.Self)
	if !have.Covers(want) {
		return
	}
	g := &Genesis{ClusterID: n.cfg.ClusterID, Cluster: n.cfg.NewCluster, Alpha: n.cfg.Alpha, Rule: n.cfg.Rule}
	for seat := range Seat(len(n.cfg.Seats)) {
		if !n.cfg.voters().Has(seat) {
			continue
		}
		v := Voter{Name: n.cfg.Seats[seat].Name, Seat: seat, Member: MemberID(seat) + 1,
			Datacentre: n.cfg.Seats[seat].Datacentre, Witness: n.cfg.Seats[seat].Witness}
		switch {
		case seat == n.cfg.Self:
			v.Incarnation = n.cfg.Incarnation
		case want.Has(seat):
			v.Incarnation = n.id.blankIncs[seat]
		}
		g.Voters = append(g.Voters, v)
	}
	n.trace(Event{Action: ActGenesis})
	n.keepGenesis(g, SeatSet(0).With(n.cfg.Self))
}

// adopt takes a genesis over. Only a blank directory that it names by its
// incarnation becomes a voter; any other stores it and stays a learner.
func (n *Node) adopt(g *Genesis, adopted SeatSet) {
	if err := n.fits(g); err != nil {
		n.refuse("genesis does not fit the configuration")
		return
	}
	if slices.ContainsFunc(g.Voters, func(v Voter) bool { return v.Seat == n.cfg.Self && v.Incarnation == n.cfg.Incarnation }) {
		adopted = adopted.With(n.cfg.Self)
	}
	n.trace(Event{Action: ActAdopt})
	n.keepGenesis(g, adopted)
}

func (n *Node) keepGenesis(g *Genesis, adopted SeatSet) {
	n.id.pending, n.id.pendingAdopted, n.id.pendingAt = g, adopted, n.log.position+1
	n.append(Record{Kind: RecordGenesis, Bytes: EncodeGenesis(nil, g)})
	n.append(adoptedRecord(adopted))
}

func adoptedRecord(s SeatSet) Record {
	return Record{Kind: RecordAdopted, Bytes: appendUint64(nil, uint64(s))}
}

// noteAdopted writes down the word of the first voters that adopted the
// genesis; it counts, and is passed on, once it is durable.
func (n *Node) noteAdopted(adopted SeatSet) {
	known := n.id.adopted | n.id.pendingAdopted
	if n.id.genesis == nil || known.Covers(adopted&n.id.voters) {
		return
	}
	n.id.pendingAdopted, n.id.pendingAt = known|adopted&n.id.voters, n.log.position+1
	n.append(adoptedRecord(n.id.pendingAdopted))
}

// everybodyAdopted: a proposed entry proves that all first voters did.
func (n *Node) everybodyAdopted() {
	if !n.id.allAdopted() {
		n.noteAdopted(n.id.genesis.VoterSeats())
	}
}

// identityDurable acts on what has reached the disk.
func (n *Node) identityDurable() {
	if n.id.pendingAt == 0 || !n.log.has(n.id.pendingAt) {
		return
	}
	before := n.id.allAdopted()
	g := n.id.pending
	n.id.adopted |= n.id.pendingAdopted
	n.id.pending, n.id.pendingAdopted, n.id.pendingAt = nil, 0, 0
	if g != nil {
		if err := n.enter(g); err != nil {
			assertf("genesis: %v", err) // it was checked when it was made
		}
		n.pro.role = n.restingRole()
		n.id.probeAt = n.now
	}
	if !before && n.id.allAdopted() {
		n.standAfter(n.now, n.jitter())
	}
}

// onBootstrapWithout waives the word of the named voters, on an operator's word.
func (n *Node) onBootstrapWithout(names []string) {
	for _, name := range names {
		if seat, err := n.cfg.seatOf(name); err == nil {
			n.id.waived = n.id.waived.With(seat)
		}
	}
	n.id.probeAt = n.now
}

// Missing names the seats that first boot still waits for.
func (n *Node) Missing() []string {
	var want, have SeatSet
	switch {
	case n.id.genesis == nil:
		want, have = n.cfg.voters()&^n.id.waived, n.id.blanks.With(n.cfg.Self)
	case !n.id.allAdopted():
		want, have = n.id.genesis.VoterSeats(), n.id.adopted
	}
	var names []string
	for seat := range Seat(len(n.cfg.Seats)) {
		if want.Has(seat) && !have.Has(seat) {
			names = append(names, n.cfg.Seats[seat].Name)
		}
	}
	return names
}
