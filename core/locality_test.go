package core

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// twoSites are n0 and n1 in datacentre a, n2 in b.
func twoSites() []SeatConfig {
	return []SeatConfig{{Name: "n0", Datacentre: "a"}, {Name: "n1", Datacentre: "a"}, {Name: "n2", Datacentre: "b"}}
}

// newSoloOf restores n0 of a cluster that counts by locality.
func newSoloOf(t *testing.T, seats []SeatConfig, r Restored) *solo {
	g := soloGenesis()
	g.Rule = RuleLocality
	for k := range g.Voters {
		g.Voters[k].Datacentre = seats[k].Datacentre
	}
	cfg := soloConfig()
	cfg.Rule, cfg.Seats = RuleLocality, seats
	r.Genesis, r.Adopted = g, 0b111
	n, err := New(cfg, r, 1000)
	require.NoError(t, err)
	return &solo{t: t, n: n, now: 1000, g: g}
}

// waive is a setting that follows no other.
func waive(datacentres ...string) Setting { return Setting{Serial: 1, Waived: datacentres} }

func TestLocality_AMajorityInOneDatacentreChoosesNothing(t *testing.T) {
	s := newSoloOf(t, twoSites(), Restored{}).lead()
	b := s.n.Ballot()
	s.hear(1, &Accepted{B: b, Through: 1})
	s.synced()
	require.Zero(t, s.n.Commit(), "nothing of the barrier is in datacentre b")
	s.hear(2, &Accepted{B: b, Through: 1})
	require.Equal(t, Instance(1), s.n.Commit())
}

func TestLocality_LeasesAndElectionsNeedAMajorityOnly(t *testing.T) {
	s := newSoloOf(t, twoSites(), Restored{}).lead() // elected by n0 and n1
	s.synced()
	s.hear(1, &HeartbeatReply{B: s.n.Ballot(), Round: 1, Granted: true, Promised: s.n.Ballot()})
	require.Positive(t, s.n.lse.end)
	require.Zero(t, s.n.LeaseEnd(), "the barrier obeys the rule of updates: no reads before")
}

// leadAlone makes n0 master with n1 only: b is lost, and the barrier waits.
func leadAlone(t *testing.T, r Restored, entries ...Entry) *solo {
	s := newSoloOf(t, twoSites(), r).lead(entries...)
	s.synced()
	s.hear(1, &Accepted{B: s.n.Ballot(), Through: s.n.Last()})
	require.Equal(t, r.Commit, s.n.Commit())
	return s
}

func TestWaive_CountsForWhatWaitsBeforeIt(t *testing.T) {
	s := leadAlone(t, Restored{})
	b := s.n.Ballot()
	s.step(Waive{Datacentre: "b", Waived: true, Ticket: 7})
	m := sent[*Accept](s.eff.Send)
	require.Equal(t, []Value{SettingValue(waive("b"))}, m.Values)
	require.Equal(t, Instance(2), m.From)
	require.Empty(t, s.eff.Outcomes)
	s.hear(1, &Accepted{B: b, Through: 2})
	require.Zero(t, s.n.Commit(), "one durable copy is no record")
	s.synced()
	require.Equal(t, Instance(2), s.n.Commit())
	require.Equal(t, []Outcome{{7, ""}}, s.eff.Outcomes)
	require.Contains(t, s.eff.Append, Record{Kind: RecordSetting, Bytes: EncodeSetting(nil, waive("b"))})
	require.Equal(t, waive("b"), s.n.Setting())
}

func TestWaive_DoesNotCountBeforeAMajorityHoldsIt(t *testing.T) {
	s := leadAlone(t, Restored{})
	s.step(Waive{Datacentre: "b", Waived: true, Ticket: 7})
	s.synced() // on this disk only: lost with it
	require.Zero(t, s.n.Commit())
}

func TestWaive_IsSaidOnce(t *testing.T) {
	s := leadAlone(t, Restored{})
	s.step(Waive{Datacentre: "b", Waived: true, Ticket: 7})
	s.step(Waive{Datacentre: "b", Waived: true, Ticket: 8})
	require.Nil(t, sent[*Accept](s.eff.Send), "it is on its way")
	s.hear(1, &Accepted{B: s.n.Ballot(), Through: 2})
	s.synced()
	require.Equal(t, []Outcome{{7, ""}, {8, ""}}, s.eff.Outcomes)
	s.step(Waive{Datacentre: "b", Waived: true, Ticket: 9})
	require.Equal(t, []Outcome{{9, ""}}, s.eff.Outcomes, "nothing to do is done")
	require.Empty(t, s.eff.Append)
}

func TestWaive_ANewMasterTakesOverWhatIsReported(t *testing.T) {
	s := newSoloOf(t, twoSites(), Restored{}).lead(Entry{1, b1, BarrierValue(b1)}, Entry{2, b1, SettingValue(waive("b"))})
	s.synced()
	require.Zero(t, s.n.Commit())
	s.hear(1, &Accepted{B: s.n.Ballot(), Through: 3})
	require.Equal(t, Instance(3), s.n.Commit(), "its own barrier needs no vote of b")
}

func TestWaive_ARestartedMasterKnowsIt(t *testing.T) {
	s := newSoloOf(t, twoSites(), Restored{HardState: HardState{Commit: 9}, Setting: EncodeSetting(nil, waive("b"))}).lead()
	s.hear(1, &Accepted{B: s.n.Ballot(), Through: 10, Commit: 9})
	s.synced()
	require.Equal(t, Instance(10), s.n.Commit())
}

func TestWaive_AFollowerKeepsWhatIsChosen(t *testing.T) {
	record := Record{Kind: RecordSetting, Bytes: EncodeSetting(nil, waive("b"))}
	s := newSoloOf(t, twoSites(), Restored{})
	s.hear(1, &Accept{B: b1, First: 1, From: 1, Values: []Value{SettingValue(waive("b"))}})
	require.NotContains(t, s.eff.Append, record, "accepted is not chosen")
	s.hear(1, &Heartbeat{B: b1, Round: 1, Period: testLease, First: 1, Commit: 1})
	require.Contains(t, s.eff.Append, record)

	s = newSoloOf(t, twoSites(), Restored{})
	s.hear(1, &Entries{Commit: 1, Entries: []Entry{{1, b1, SettingValue(waive("b"))}}})
	require.Contains(t, s.eff.Append, record, "also when it catches up")

	s = newSoloOf(t, twoSites(), Restored{})
	s.step(Installed{Through: 40, Setting: EncodeSetting(nil, waive("b"))})
	require.Contains(t, s.eff.Append, record, "and with a snapshot")
	require.Equal(t, waive("b"), s.n.Setting())
	s.step(Installed{Through: 41})
	require.Equal(t, waive("b"), s.n.Setting(), "an older one takes nothing back")
}

func TestSetting_AnOverwrittenOneIsNone(t *testing.T) {
	s := newSoloOf(t, twoSites(), Restored{HardState: HardState{Promised: b1}, Entries: []Entry{{1, b1, SettingValue(waive("b"))}}})
	s.hear(2, &Entries{Commit: 1, Entries: []Entry{{1, b2, val("x")}}})
	require.Equal(t, Instance(1), s.n.Commit())
	require.Zero(t, s.n.Setting())
	s = newSoloOf(t, twoSites(), Restored{HardState: HardState{Promised: b1}, Entries: []Entry{{1, b1, SettingValue(waive("b"))}}})
	s.step(Installed{Through: 5})
	require.Zero(t, s.n.Setting(), "what a snapshot passes over may never have been chosen")
}

func TestRestore_TheSiteIsAskedForFromItsOwnEntryOn(t *testing.T) {
	s := newSoloOf(t, twoSites(), Restored{HardState: HardState{Commit: 9}, Setting: EncodeSetting(nil, waive("b"))}).lead()
	b := s.n.Ballot()
	s.hear(1, &Accepted{B: b, Through: 10, Commit: 9})
	s.synced()
	s.step(Propose{Ticket: 1, Value: val("before")})
	s.step(Waive{Datacentre: "b", Ticket: 7})
	s.synced()
	s.hear(1, &Accepted{B: b, Through: 12, Commit: 9})
	require.Equal(t, Instance(11), s.n.Commit(), "what was proposed before it needs no vote of b")
	require.Empty(t, s.eff.Outcomes)
	s.hear(2, &Accepted{B: b, Through: 12, Commit: 9})
	require.Equal(t, []Outcome{{7, ""}}, s.eff.Outcomes, "done says: b holds everything up to here")
	require.Equal(t, Setting{Serial: 2}, s.n.Setting())
	s.step(Propose{Ticket: 2, Value: val("after")})
	s.hear(1, &Accepted{B: b, Through: 13, Commit: 12})
	s.synced()
	require.Equal(t, Instance(12), s.n.Commit())
}

func TestRestore_OfASiteThatIsStillLostCanBeTakenBack(t *testing.T) {
	s := newSoloOf(t, twoSites(), Restored{HardState: HardState{Commit: 9}, Setting: EncodeSetting(nil, waive("b"))}).lead()
	s.step(Waive{Datacentre: "b", Ticket: 7})
	s.step(Waive{Datacentre: "b", Waived: true, Ticket: 8})
	s.synced()
	s.hear(1, &Accepted{B: s.n.Ballot(), Through: 12, Commit: 9})
	require.Equal(t, Instance(12), s.n.Commit())
	require.Equal(t, Setting{Serial: 3, Waived: []string{"b"}}, s.n.Setting())
}

// However much waits to be proposed again, a waiver finds room: without it
// nothing before it could be chosen.
func TestWaive_FitsBehindAFullWindow(t *testing.T) {
	var entries []Entry
	for i := Instance(1); i <= 2*DefaultAlpha; i++ {
		entries = append(entries, Entry{i, b1, val("x")})
	}
	s := leadAlone(t, Restored{}, entries...)
	require.Equal(t, DefaultAlpha, s.n.InFlight(), "the window bounds what is proposed again")
	s.step(Waive{Datacentre: "b", Waived: true, Ticket: 7})
	require.Equal(t, 2*DefaultAlpha+1, s.n.InFlight())
	s.synced()
	s.hear(1, &Accepted{B: s.n.Ballot(), Through: 2*DefaultAlpha + 1})
	require.Equal(t, Instance(2*DefaultAlpha+1), s.n.Commit())
	require.Equal(t, []Outcome{{7, ""}}, s.eff.Outcomes)
	require.Equal(t, Instance(2*DefaultAlpha+2), s.n.pro.barrier)
	require.Equal(t, BarrierValue(s.n.Ballot()), s.n.acc.at(s.n.pro.barrier).value)

	// And an acceptor takes it, though it takes no update up there.
	a := newSoloOf(t, twoSites(), Restored{})
	values := make([]Value, 0, 2*DefaultAlpha+2)
	for range 2 * DefaultAlpha {
		values = append(values, val("x"))
	}
	a.hear(1, &Accept{B: b1, First: 1, From: 1, Values: append(values, SettingValue(waive("b")), val("y"))})
	require.Equal(t, Instance(2*DefaultAlpha+1), a.n.Last())
}

func TestWaive_SettingsThatWaitAreBounded(t *testing.T) {
	s := leadAlone(t, Restored{})
	for k := range 3 * maxSettings {
		s.step(Waive{Datacentre: "b", Waived: k%2 == 0, Ticket: 1})
		if len(s.eff.Outcomes) > 0 {
			require.Contains(t, s.eff.Outcomes[0].Reason, "too many")
		}
	}
	require.LessOrEqual(t, s.n.InFlight(), 2*DefaultAlpha+maxSettings)
}

func TestWaive_RefusedWithTheReason(t *testing.T) {
	ask := func(s *solo, dc string) string {
		return s.step(Waive{Datacentre: dc, Waived: true, Ticket: 7}).Outcomes[0].Reason
	}
	require.Equal(t, ReasonNotMaster, ask(newSoloOf(t, twoSites(), Restored{}), "b"))
	require.Equal(t, `no voter is in datacentre "c"; there are a b`, ask(leadAlone(t, Restored{}), "c"))
	require.Contains(t, ask(newSolo(t, Restored{}).lead(), "b"), "counts by majority")
	s := leadAlone(t, Restored{})
	s.step(Waive{Datacentre: "b", Waived: true, Ticket: 7})
	s.step(DropMaster{})
	require.Contains(t, s.eff.Outcomes, Outcome{7, ReasonUnsettled})
	s.lead().step(DropMaster{})
	require.Empty(t, s.eff.Outcomes, "it is told once")
}

func TestSetting_ForeignBytesGiveAReason(t *testing.T) {
	good := EncodeSetting(nil, Setting{Serial: 3, Waived: []string{"a", "b"}})
	s, err := DecodeSetting(good)
	require.NoError(t, err)
	require.Equal(t, "setting 3: waived a b", s.String())
	for _, bad := range [][]byte{good[:len(good)-1], append(good, 0), {2}, EncodeSetting(nil, Setting{Serial: 1, Waived: []string{"b", "a"}}),
		EncodeSetting(nil, Setting{}), {1, 1, 0, 0, 0, 0, 0, 0, 0, 255}} {
		_, err := DecodeSetting(bad)
		require.Error(t, err, "%v", bad)
		require.Equal(t, good, NewestSetting(bad, good))
		require.Equal(t, good, NewestSetting(good, bad))
	}
	require.Equal(t, good, NewestSetting(good, EncodeSetting(nil, waive("b"))))
	require.Equal(t, good, NewestSetting(nil, good))
	require.Equal(t, good, NewestSetting(good, nil))
	// One in the log that nobody can read changes nothing, and stops nobody.
	n := newSoloOf(t, twoSites(), Restored{})
	n.hear(1, &Entries{Commit: 1, Entries: []Entry{{1, b1, Value{KindLocality, 9, 9}}}})
	require.Equal(t, Instance(1), n.n.Commit())
	require.Equal(t, uint64(1), n.n.Refused()["malformed locality setting"])
}

func FuzzSetting(f *testing.F) {
	f.Add(EncodeSetting(nil, Setting{Serial: 3, Waived: []string{"a", "b"}}))
	f.Add(EncodeSetting(nil, Setting{Serial: 1 << 60}))
	f.Add([]byte{1, 1, 0, 0, 0, 0, 0, 0, 0, 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeSetting(b)
		if err == nil && len(b) > 0 {
			require.Equal(t, b, EncodeSetting(nil, s), "one setting, one encoding")
		}
	})
}

func FuzzGenesis(f *testing.F) {
	g := soloGenesis()
	f.Add(EncodeGenesis(nil, g))
	g.Rule, g.Voters[1].Witness, g.Voters[1].Datacentre = RuleLocality, true, "west"
	f.Add(EncodeGenesis(nil, g))
	f.Fuzz(func(t *testing.T, b []byte) {
		g, err := DecodeGenesis(b)
		if err != nil {
			return
		}
		again, err := DecodeGenesis(EncodeGenesis(nil, g))
		require.NoError(t, err)
		require.Equal(t, g, again)
	})
}

func TestSetting_OfAllDatacentresFits(t *testing.T) {
	var s Setting
	for k := range maxEnumerated {
		s = s.with(strings.Repeat(string(rune('a'+k)), MaxDatacentreBytes), true)
	}
	v := SettingValue(s)
	require.LessOrEqual(t, len(v), 1+MaxSettingBytes)
	_, err := v.Updates()
	require.NoError(t, err)
}

func TestConfig_RefusesWhatCouldNotProveAnything(t *testing.T) {
	for reason, seats := range map[string][]SeatConfig{
		`node "n1" has none`:                  {{Name: "n0", Datacentre: "a"}, {Name: "n1"}},
		`datacentre "b" has no full voter`:    {{Name: "n0", Datacentre: "a"}, {Name: "n1", Datacentre: "b", Witness: true}},
		`has more than 60 bytes`:              {{Name: "n0", Datacentre: strings.Repeat("x", 61)}},
		`no voter among the configured`:       {{Name: "n0", Datacentre: "a", Learner: true}},
		`core: 16 voters, at most 15 allowed`: manySeats(16),
	} {
		cfg := Config{ClusterID: "test", Seats: seats, Incarnation: Incarnation{1}, LeasePeriod: testLease, Rule: RuleLocality}
		require.ErrorContains(t, cfg.Validate(), reason)
	}
	cfg := Config{ClusterID: "test", Seats: append(twoSites(), SeatConfig{Name: "n3", Learner: true}), Incarnation: Incarnation{1},
		LeasePeriod: testLease, Rule: RuleLocality}
	require.NoError(t, cfg.Validate(), "a learner needs no datacentre")
	cfg.Rule, cfg.Seats[1].Datacentre = RuleMajority, ""
	require.NoError(t, cfg.Validate(), "under majority it is only a label")
}

func manySeats(n int) []SeatConfig {
	var seats []SeatConfig
	for k := range n {
		seats = append(seats, SeatConfig{Name: string(rune('a' + k)), Datacentre: "a"})
	}
	return seats
}

func TestGenesis_CarriesTheRuleAndOldOnesAreRead(t *testing.T) {
	g := soloGenesis()
	old := EncodeGenesis(nil, g)
	require.Equal(t, byte(1), old[0], "nothing new in it: an older node reads it")
	g.Rule, g.Voters[2].Witness = RuleLocality, true
	b := EncodeGenesis(nil, g)
	require.Equal(t, byte(2), b[0])
	read, err := DecodeGenesis(b)
	require.NoError(t, err)
	require.Equal(t, g, read)
	read, err = DecodeGenesis(old)
	require.NoError(t, err)
	require.Equal(t, soloGenesis(), read)
	b[0] = 3
	_, err = DecodeGenesis(b)
	require.ErrorContains(t, err, "version 3, this node knows up to 2")
	for k := range b {
		_, err = DecodeGenesis(b[:k])
		require.Error(t, err)
	}
}

func TestConfig_TheClustersRuleCountsAndADifferenceIsTold(t *testing.T) {
	cfg := soloConfig()
	cfg.Seats = twoSites()
	cfg.Seats[2] = SeatConfig{Name: "n2", Datacentre: "elsewhere", Witness: true}
	n, err := New(cfg, Restored{Genesis: newSoloOf(t, twoSites(), Restored{}).g, Adopted: 0b111}, 0)
	require.NoError(t, err)
	require.Equal(t, RuleLocality, n.Rule())
	require.Equal(t, []string{
		"quorum_rule: the configuration says majority, the cluster began with locality",
		`n2: the configuration says datacentre "elsewhere", the cluster began with "b"`,
		"n2: the configuration says witness = true, the cluster began with false",
	}, n.Differences())
}

func TestFirstBoot_VotersThatDisagreeAboutTheRuleFoundNothing(t *testing.T) {
	c := newClusterOf(t, RuleLocality, twoSites())
	c.hosts[1].cfg.Rule = RuleMajority
	c.start(c.hosts[1])
	c.run(10 * time.Second)
	require.Nil(t, c.hosts[0].node.Genesis())
	require.NotZero(t, c.hosts[0].node.Refused()["another list of voters in a peer's configuration"])
}

// The site b is lost. Masters come and go, because nothing is chosen; an operator
// who asks whoever leads succeeds within a few lease periods all the same.
func TestWaive_SucceedsThoughMastersComeAndGo(t *testing.T) {
	for seed := range uint64(20) {
		c := newClusterOf(t, RuleLocality, twoSites())
		for _, h := range c.hosts {
			h.cfg.Seed += 100 * seed
			c.start(h)
		}
		c.propose(c.elect(), "x")
		c.run(100 * time.Millisecond)
		c.crash(2)
		c.run(time.Duration(seed) * time.Second) // however long nobody noticed
		if m := c.master(); m != nil && m.node.Room() > 0 {
			c.propose(m, "stuck")
		}
		done := func() bool {
			for _, h := range c.hosts {
				for _, o := range h.ended {
					if o.Reason == "" {
						return true
					}
				}
			}
			return false
		}
		for k := 0; !done(); k++ {
			require.Less(t, k, 160, "seed %d: four lease periods of trying", seed)
			for _, h := range c.hosts[:2] {
				c.step(h, Waive{Datacentre: "b", Waived: true, Ticket: 5})
			}
			c.run(50 * time.Millisecond)
		}
		m := c.elect()
		c.propose(m, "y")
		at := m.applied + 1
		c.until("updates pass again", 5*time.Second, func() bool { return m.applied >= at })
	}
}

// What is said when datacentre b is lost: an update waits, its waiver passes, with
// it the update; and when b is back and an operator asks for it again.
func TestConversation_ALostSite(t *testing.T) {
	c := newClusterOf(t, RuleLocality, twoSites())
	for c.elect() == c.hosts[2] { // the master is in a
		c.step(c.hosts[2], DropMaster{})
	}
	m := c.master()
	c.run(50 * time.Millisecond)
	var out strings.Builder
	c.talk = &out
	note := func(what string) { out.WriteString("-- " + what + "\n") }
	note("n2 is lost; an update")
	c.crash(2)
	at := m.applied
	c.propose(m, "x")
	c.run(20 * time.Millisecond)
	require.Equal(t, at, m.applied, "it waits for datacentre b")
	note("an operator waives b")
	c.step(m, Waive{Datacentre: "b", Waived: true, Ticket: 5})
	c.run(20 * time.Millisecond)
	require.Equal(t, at+2, m.applied)
	note("another update")
	c.propose(m, "y")
	c.run(20 * time.Millisecond)
	require.Equal(t, at+3, m.applied)
	note("n2 is back, and an operator asks for b again")
	c.restart(2)
	c.run(500 * time.Millisecond)
	c.step(m, Waive{Datacentre: "b", Ticket: 6})
	c.run(20 * time.Millisecond)
	require.Equal(t, []Outcome{{5, ""}, {6, ""}}, m.ended)
	require.Equal(t, at+4, c.hosts[2].applied)
	golden(t, "a-lost-site", out.String())
}
