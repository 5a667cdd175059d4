package core

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Hand-over and the roles among several nodes.

// change replaces every node's configuration and starts them anew.
func (c *cluster) change(f func(*Config)) {
	for _, h := range c.hosts {
		f(&h.cfg)
		c.start(h)
	}
}

// handOver asks the master to let go, and waits until another one serves.
func (c *cluster) handOver(to Seat) *host {
	c.t.Helper()
	old := c.master()
	c.step(old, HandOver{To: to, Ticket: 9})
	c.until("another one serves", old.cfg.LeasePeriod/2, func() bool { return c.master() != nil && c.master() != old })
	require.Equal(c.t, []Outcome{{9, ""}}, old.ended)
	old.ended = nil
	return c.master()
}

// The gap is the successor's promise, the voters' promises and the barrier, each
// synced, and the way of five messages: no timer.
func TestHandOver_TheGapIsThreeSyncsAndNoTimer(t *testing.T) {
	for _, size := range []int{2, 3, 5} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			c := newCluster(t, size)
			c.sync, c.latency = 20*time.Millisecond, time.Millisecond
			old := c.elect()
			c.run(time.Second)
			c.propose(old, "x")
			c.step(old, HandOver{To: NoSeat, Ticket: 9})
			c.until("released", time.Second, func() bool { return old.node.Role() != RoleMaster })
			from := c.now
			c.until("a successor admits", time.Second, func() bool { return c.master() != nil && c.master().node.Room() > 0 })
			require.LessOrEqual(t, c.now.Sub(from), 3*c.sync+5*c.latency)
			require.Empty(t, old.failed, "what was in flight is chosen")
		})
	}
}

func TestHandOver_ToTheNamedOneAndBack(t *testing.T) {
	c := newCluster(t, 3)
	first := c.elect()
	c.run(100 * time.Millisecond)
	for round := range 6 {
		to := Seat(round % 3)
		if to == c.master().cfg.Self {
			continue
		}
		require.Equal(t, to, c.handOver(to).cfg.Self)
		c.propose(c.master(), "x")
		c.run(10 * time.Millisecond)
	}
	require.NotNil(t, first)
}

func TestHandOver_ASuccessorThatDiesCostsPartOfALease(t *testing.T) {
	c := newCluster(t, 5)
	old := c.elect()
	c.run(100 * time.Millisecond)
	to := (old.cfg.Self + 1) % 5
	c.step(old, HandOver{To: to, Ticket: 9})
	c.crash(int(to))
	from := c.now
	c.elect()
	require.Less(t, c.now.Sub(from), old.cfg.LeasePeriod*5/8)
}

func TestHandOver_ALostStandNowIsSaidAgain(t *testing.T) {
	c := newCluster(t, 3)
	old := c.elect()
	c.run(100 * time.Millisecond)
	lost := 0
	c.cut = func(_, _ Seat, m Message) bool {
		if m.Kind() == KindStandNow || m.Kind() == KindRelease {
			lost++
		}
		return lost > 0 && lost <= 3 && (m.Kind() == KindStandNow || m.Kind() == KindRelease)
	}
	from := c.now
	c.handOver((old.cfg.Self + 1) % 3)
	require.Less(t, c.now.Sub(from), old.cfg.LeasePeriod/10)
}

// The Prepare overtakes the Release on its way to the only voter that is left:
// what it refuses is asked for again soon.
func TestHandOver_APrepareThatOvertakesTheReleaseIsSentAgainSoon(t *testing.T) {
	c := newCluster(t, 3)
	old := c.elect()
	c.run(100 * time.Millisecond)
	next := (old.cfg.Self + 1) % 3
	c.delays = func(env *Envelope) []time.Duration {
		if env.Msg.Kind() == KindRelease && env.To != next {
			return []time.Duration{15 * time.Millisecond}
		}
		return []time.Duration{c.latency}
	}
	from := c.now
	c.step(old, HandOver{To: next, Ticket: 9})
	c.crash(int(old.cfg.Self))
	c.elect()
	require.Less(t, c.now.Sub(from), 40*time.Millisecond)
}

func TestHandOver_ClientsUnderLoadHearOfNoFailure(t *testing.T) {
	c := newCluster(t, 3)
	for round := range 20 {
		m := c.elect()
		c.run(100 * time.Millisecond)
		for m.node.Room() > 0 {
			c.propose(m, fmt.Sprint(round))
		}
		c.handOver(NoSeat)
		require.Empty(t, m.failed, "round %d", round)
	}
}

// LSMUT_dropany: the third node hears of the hand-over only after it granted the
// successor, which is cut off then. The old master hears nothing of the successor,
// and stands as soon as it may: the third must refuse it as long as that lease runs.
func TestHandOver_ALateReleaseDropsNothingOfTheSuccessors(t *testing.T) {
	c := newCluster(t, 3)
	old := c.elect().cfg.Self
	c.run(100 * time.Millisecond)
	next, third := (old+1)%3, (old+2)%3
	from := c.now
	after := func(d time.Duration) Instant { return from.Add(d) }
	c.delays = func(env *Envelope) []time.Duration {
		if env.Msg.Kind() == KindRelease && env.To == third {
			return []time.Duration{450 * time.Millisecond}
		}
		return []time.Duration{c.latency}
	}
	c.cut = func(from, to Seat, m Message) bool {
		alone := c.now >= after(410*time.Millisecond) && (from == next || to == next)
		return alone || from == next && to == old && m.Kind() != KindPrepare
	}
	c.handOver(next)
	c.runUntil(after(2395*time.Millisecond), func() bool { return c.master() != c.hosts[next] })
	require.True(t, c.hosts[next] == c.master(), "its second round left 400 ms after the first")
	c.until("another one leads", 2*time.Second, func() bool { return c.master() != nil && c.master() != c.hosts[next] })
}

func TestPreferred_TakesMastershipWhenItHasBeenReadyForAWhile(t *testing.T) {
	c := newCluster(t, 3)
	c.change(func(cfg *Config) { cfg.Preferred = 0b010 })
	m := c.elect()
	require.Equal(t, Seat(1), m.cfg.Self, "in an empty cluster it goes first")
	c.crash(1)
	c.run(10 * time.Second)
	require.NotNil(t, c.master())
	c.restart(1)
	c.run(3 * time.Second)
	require.NotEqual(t, Seat(1), c.master().cfg.Self, "not before it was ready for two periods")
	c.until("it leads again", 5*time.Second, func() bool { return c.master() != nil && c.master().cfg.Self == 1 })
}

func TestPreferred_DroppedByHandItStaysAwayUntilItIsRestarted(t *testing.T) {
	c := newCluster(t, 3)
	c.change(func(cfg *Config) { cfg.Preferred = 0b010 })
	c.elect()
	c.run(100 * time.Millisecond)
	c.handOver(NoSeat)
	c.run(30 * time.Second)
	require.NotEqual(t, Seat(1), c.master().cfg.Self)
	c.crash(1)
	c.restart(1)
	c.until("it leads again", 20*time.Second, func() bool { return c.master() != nil && c.master().cfg.Self == 1 })
}

func TestPreferred_TwoOfThemDoNotTakeItFromEachOther(t *testing.T) {
	c := newCluster(t, 5)
	c.change(func(cfg *Config) { cfg.Preferred, cfg.StableFor = 0b01010, 3*time.Second })
	m := c.elect()
	require.True(t, m.cfg.Preferred.Has(m.cfg.Self))
	ballot := m.node.Ballot()
	c.run(time.Minute)
	require.Equal(t, ballot, c.master().node.Ballot())
	c.crash(int(m.cfg.Self))
	c.elect()
	c.until("the other one leads", 15*time.Second, func() bool {
		return c.master() != nil && c.master().cfg.Preferred.Has(c.master().cfg.Self)
	})
}

func TestPreferred_ConfigurationsThatDifferDoNotThrash(t *testing.T) {
	c := newCluster(t, 3)
	c.change(func(cfg *Config) { cfg.Preferred = SeatSet(0).With(cfg.Self) })
	ballot := c.elect().node.Ballot()
	c.run(time.Minute)
	require.Equal(t, ballot, c.master().node.Ballot())
}

func TestPreferred_NotAtThePriceOfLiveness(t *testing.T) {
	c := newCluster(t, 3)
	c.change(func(cfg *Config) { cfg.Preferred = 0b010 })
	c.elect()
	c.crash(1)
	from := c.now
	c.elect()
	require.Less(t, c.now.Sub(from), 3*time.Second, "the one that died is not waited for")
}

func TestForced_OnlyThatNodeStands(t *testing.T) {
	c := newCluster(t, 3)
	c.change(func(cfg *Config) { cfg.Masters = 0b100 })
	require.Equal(t, Seat(2), c.elect().cfg.Self)
	c.step(c.master(), HandOver{To: NoSeat, Ticket: 9})
	require.Contains(t, c.hosts[2].ended[0].Reason, "does not let n0 be master")
	c.step(c.hosts[2], DropMaster{})
	c.elect() // nobody else will: it needn't keep away
	c.crash(2)
	c.run(30 * time.Second)
	require.Nil(t, c.master(), "the cluster waits for it")
	c.restart(2)
	require.Equal(t, Seat(2), c.elect().cfg.Self)
}

func TestWitness_NeverLeads(t *testing.T) {
	c := newCluster(t, 3)
	c.change(func(cfg *Config) {
		cfg.Seats = append([]SeatConfig(nil), cfg.Seats...)
		cfg.Seats[0].Witness = true
	})
	for range 4 {
		m := c.elect()
		require.NotEqual(t, Seat(0), m.cfg.Self)
		c.run(100 * time.Millisecond)
		require.NotEqual(t, Seat(0), c.handOver(NoSeat).cfg.Self)
	}
	for _, k := range []int{1, 2} {
		c.crash(k)
		c.elect()
		c.restart(k)
		c.run(5 * time.Second)
	}
	c.crash(1)
	c.crash(2)
	c.run(20 * time.Second)
	require.Nil(t, c.master())
	require.Less(t, c.hosts[0].node.Role(), RoleAsking)
}

// Lease exclusion across hand-overs, elections and restarts, with messages that
// come late, twice, or not at all. master checks it after every event.
func TestHandOver_NeverTwoWhoServe(t *testing.T) {
	seeds := 40
	over := 0
	for seed := range seeds {
		over += playHandOvers(t, uint64(seed))
	}
	require.Greater(t, over, 5*seeds, "hand-overs that came about")
}

func playHandOvers(t *testing.T, seed uint64) (over int) {
	t.Helper()
	dice := rand.New(rand.NewPCG(seed, 1))
	defer func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	}()
	c := newCluster(t, 3+2*int(seed%2))
	c.elect()
	c.delays = func(env *Envelope) []time.Duration {
		d := []time.Duration{c.latency + time.Duration(dice.IntN(3))*time.Millisecond}
		late := time.Duration(dice.IntN(2500)) * time.Millisecond
		switch k := env.Msg.Kind(); {
		case dice.IntN(40) == 0:
			return nil
		case dice.IntN(20) == 0, k == KindRelease && dice.IntN(2) == 0:
			return append(d, late)
		case k == KindRelease && dice.IntN(3) == 0, k == KindHeartbeat && dice.IntN(20) == 0:
			return []time.Duration{late}
		}
		return d
	}
	for range 30 {
		k := dice.IntN(len(c.hosts))
		switch dice.IntN(10) {
		case 0:
			c.crash(k)
			c.start(c.hosts[k])
		case 1:
			x, only := Seat(k), Seat(dice.IntN(2*len(c.hosts)))
			c.cut = func(from, to Seat, _ Message) bool { return (from == x || to == x) && from != only && to != only }
		case 4: // nothing safe depends on when a node stands
			e := &c.hosts[k].node.els
			e.standAt, e.abstainTo, c.hosts[k].wake = c.now, c.now, c.now
		case 2, 3:
			c.cut = func(Seat, Seat, Message) bool { return false }
		default:
			if m := c.master(); m != nil && m.node.Room() > 0 {
				c.propose(m, "x")
				c.step(m, HandOver{To: NoSeat, Ticket: 9})
			}
		}
		c.runUntil(c.now.Add(time.Duration(dice.IntN(1000))*time.Millisecond), func() bool { c.master(); return false })
	}
	for _, h := range c.hosts {
		for _, o := range h.ended {
			if o.Reason == "" {
				over++
			}
		}
	}
	c.cut, c.delays = func(Seat, Seat, Message) bool { return false }, nil
	c.until("a master, in the end", 20*time.Second, func() bool { return c.master() != nil })
	return over
}
