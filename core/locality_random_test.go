package core

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// sites is a cluster under random faults that counts by locality, and what must
// hold of it at the moment when a master takes something for chosen.
type sites struct {
	*cluster
	seed    uint64
	rng     rng
	chosen1 map[Instance]Value
	names   []string
	proven  int // datacentres that held a chosen value
	excused int // that a waiver on the record let go
}

// The claim of the rule: when an update is chosen, a voter of every datacentre
// holds it durably; unless a setting on the record lets that datacentre go.
func (s *sites) check(h *host, i Instance, v Value) {
	if _, old := s.chosen1[i]; old {
		return // a later master proposed it again
	}
	s.chosen1[i] = v
	for _, dc := range s.names {
		switch {
		case s.held(dc, i, v) > 0:
			s.proven++
		case s.onRecord(i, dc):
			s.excused++
		default:
			s.t.Fatalf("seed %d: %v takes instance %d for chosen, and no disk in %s has it", s.seed, h.node, i, dc)
		}
	}
}

// held counts the disks of a datacentre ("" for all) that hold v for instance i.
func (s *sites) held(dc string, i Instance, v Value) int {
	count := 0
	for k, h := range s.hosts {
		if e, ok := h.entries[i]; ok && string(e.Value) == string(v) && (dc == "" || h.cfg.Seats[k].Datacentre == dc) {
			count++
		}
	}
	return count
}

// onRecord says whether a setting lets a datacentre go at instance i: the newest
// chosen one so far, or a later one that a majority of disks holds.
func (s *sites) onRecord(i Instance, dc string) bool {
	for k := i; k > 0; k-- {
		if setting := s.chosen1[k].Setting(); setting != nil {
			got, err := DecodeSetting(setting)
			require.NoError(s.t, err)
			if got.Has(dc) {
				return true
			}
			break
		}
	}
	for _, h := range s.hosts {
		for k := i + 1; k <= i+4*DefaultAlpha; k++ {
			v := h.entries[k].Value
			got, err := DecodeSetting(v.Setting())
			require.NoError(s.t, err)
			if got.Has(dc) && 2*s.held("", k, v) > len(s.hosts) {
				return true
			}
		}
	}
	return false
}

func newSites(t *testing.T, seed uint64, layout string) *sites {
	var seats []SeatConfig
	s := &sites{seed: seed, rng: newRNG(seed), chosen1: map[Instance]Value{}}
	for k, dc := range layout {
		seats = append(seats, SeatConfig{Name: fmt.Sprintf("n%d", k), Datacentre: string(dc)})
		if !slices.Contains(s.names, string(dc)) {
			s.names = append(s.names, string(dc))
		}
	}
	s.cluster = newClusterOf(t, RuleLocality, seats)
	for k, h := range s.hosts {
		h.cfg.Seed += seed * 1000
		if h.cfg.Alpha = 1 << s.rng.below(5); k > 0 {
			h.cfg.Alpha = s.hosts[0].cfg.Alpha
		}
		s.start(h)
	}
	s.commits = s.check
	return s
}

// turnOf does one random thing.
func (s *sites) turnOf() {
	k := int(s.rng.below(uint64(len(s.hosts))))
	dc := s.names[s.rng.below(uint64(len(s.names)))]
	h := s.hosts[k]
	switch s.rng.below(12) {
	case 0, 1, 2, 3:
		if m := s.master(); m != nil && m.node.Room() > 0 {
			s.propose(m, fmt.Sprint(s.seq))
		}
	case 4:
		s.crash(k)
	case 5, 6:
		if h.down {
			s.restart(k)
		}
	case 7: // a site is cut off, or lost
		for j, other := range s.hosts {
			if h.cfg.Seats[j].Datacentre == dc && !other.down && s.rng.below(2) == 0 {
				s.crash(j)
			}
		}
	case 8:
		s.cut = func(from, to Seat, _ Message) bool {
			return (h.cfg.Seats[from].Datacentre == dc) != (h.cfg.Seats[to].Datacentre == dc)
		}
	case 9:
		s.cut = func(Seat, Seat, Message) bool { return false }
	default:
		waived := s.rng.below(3) > 0
		for _, h := range s.hosts {
			if !h.down {
				s.step(h, Waive{Datacentre: dc, Waived: waived, Ticket: 9})
			}
		}
	}
	h.stall = s.rng.below(8) == 0
	s.run(time.Duration(s.rng.below(uint64(3 * time.Second / time.Duration(1<<s.rng.below(9))))))
}

// heal ends every fault; with every site back nothing may stand in the way.
func (s *sites) heal() {
	s.cut = func(Seat, Seat, Message) bool { return false }
	for k, h := range s.hosts {
		h.stall = false
		if h.down {
			s.restart(k)
		}
	}
	for range 2 {
		s.until(fmt.Sprintf("seed %d: a master that takes updates", s.seed), time.Minute, func() bool {
			return s.master() != nil && s.master().node.Room() > 0
		})
		m := s.master()
		at := m.applied + 1
		s.propose(m, "end")
		s.until(fmt.Sprintf("seed %d: an update after all is well", s.seed), 20*time.Second, func() bool { return m.applied >= at })
	}
	s.until("all settings alike", 20*time.Second, func() bool {
		for _, h := range s.hosts {
			if h.applied != s.hosts[0].applied || h.node.Setting().Serial != s.hosts[0].node.Setting().Serial {
				return false
			}
		}
		return true
	})
}

func TestLocality_WhatIsChosenIsOnADiskInEveryDatacentre(t *testing.T) {
	var proven, excused, settings int
	for seed := range uint64(60) {
		s := newSites(t, seed, []string{"aab", "abc", "aabbc", "aabb"}[seed%4])
		for range 120 {
			s.turnOf()
		}
		s.heal()
		proven, excused = proven+s.proven, excused+s.excused
		settings += int(s.hosts[0].node.Setting().Serial)
	}
	t.Logf("%d times a datacentre held what was chosen, %d times a waiver let it go; %d settings", proven, excused, settings)
	require.Greater(t, proven, 1000)
	require.Greater(t, excused, 100)
	require.Greater(t, settings, 100)
}
