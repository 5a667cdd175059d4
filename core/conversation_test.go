package core

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var rewrite = flag.Bool("rewrite", false, "write the golden conversations anew; read the diff before you keep it")

// Golden conversations: what nodes say to each other in a few situations, one
// line per message as it leaves,
//
//	12.345 n1 master    -> n0  accept 1.2 first 1 commit 0: 1="a"
//	at (ms), sender, its role, addressee, message; "tells" answers an operator
//
// so that a change of the protocol shows as a diff that a person can judge.
func TestConversations(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(*cluster)
	}{
		{"first-boot", func(c *cluster) { c.elect(); c.run(20 * time.Millisecond) }},
		{"a-write", func(c *cluster) {
			c.quietly(func() { c.elect(); c.run(50 * time.Millisecond) })
			c.propose(c.master(), "a")
			c.run(20 * time.Millisecond)
		}},
		{"the-master-dies", func(c *cluster) {
			c.quietly(func() { c.propose(c.elect(), "a"); c.run(50 * time.Millisecond) })
			c.crash(int(c.master().cfg.Self))
			c.elect()
			c.run(20 * time.Millisecond)
		}},
		{"a-wiped-voter", func(c *cluster) {
			c.quietly(func() { c.propose(c.elect(), "a"); c.run(50 * time.Millisecond) })
			k := int(c.master().cfg.Self+1) % 3
			c.crash(k)
			c.wipe(k)
			c.restart(k)
			c.run(250 * time.Millisecond)
		}},
		{"drop-master", func(c *cluster) {
			c.quietly(func() { c.elect(); c.run(50 * time.Millisecond) })
			c.step(c.master(), DropMaster{})
			c.elect()
		}},
		{"hand-over", func(c *cluster) {
			c.quietly(func() { c.elect(); c.run(50 * time.Millisecond) })
			old := c.master()
			c.propose(old, "a")
			c.step(old, HandOver{To: NoSeat, Ticket: 9})
			c.until("another serves", time.Second, func() bool { return c.master() != nil && c.master() != old })
			c.run(20 * time.Millisecond)
		}},
		{"hand-over-refused", func(c *cluster) {
			c.quietly(func() {
				c.change(func(cfg *Config) { cfg.Seats[1].Witness = true })
				c.elect()
				c.run(50 * time.Millisecond)
				c.crash(int(2 - c.master().cfg.Self)) // the other one that may lead
				c.run(1200 * time.Millisecond)
			})
			c.step(c.master(), HandOver{To: NoSeat, Ticket: 9})
			c.run(10 * time.Millisecond)
		}},
		{"preferred-takes-over", func(c *cluster) {
			c.quietly(func() {
				c.change(func(cfg *Config) { cfg.Preferred, cfg.StableFor = 0b001, time.Second })
				c.crash(int(c.elect().cfg.Self))
				c.elect()
				c.restart(0)
				c.until("it is ready", 10*time.Second, func() bool { return c.hosts[0].node.els.fit.since != Never })
				c.run(900 * time.Millisecond)
			})
			c.until("it leads", 5*time.Second, func() bool { return c.master() == c.hosts[0] })
		}},
		{"forced", func(c *cluster) {
			c.quietly(func() {
				c.change(func(cfg *Config) { cfg.Masters = 0b010 })
				c.elect()
				c.run(50 * time.Millisecond)
				c.crash(1)
				c.run(20 * time.Second) // nobody else stands
			})
			c.restart(1)
			c.elect()
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cl := newCluster(t, 3)
			var out strings.Builder
			cl.talk = &out
			c.play(cl)
			golden(t, c.name, out.String())
		})
	}
}

func golden(t *testing.T, name, got string) {
	file := filepath.Join("testdata", "conversations", name+".txt")
	if *rewrite {
		require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
		require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "go test ./core -run Conversations -rewrite, then read the diff")
}

// quietly runs what leads up to a conversation without noting it.
func (c *cluster) quietly(f func()) {
	talk := c.talk
	c.talk = nil
	f()
	c.talk = talk
}

// say notes a message as it leaves.
func (c *cluster) say(env *Envelope) {
	if c.talk == nil {
		return
	}
	from := c.hosts[env.From].node
	fmt.Fprintf(c.talk, "%9.3f n%d %-9v -> n%d  %s\n", float64(c.now)/1e6, env.From, from.Role(), env.To, prose(env.Msg))
}

// tell notes what an operator hears.
func (c *cluster) tell(h *host, outcomes []Outcome) {
	for _, o := range outcomes {
		if c.talk != nil {
			fmt.Fprintf(c.talk, "%9.3f n%d %-9v tells  %s\n", float64(c.now)/1e6, h.cfg.Self, h.node.Role(), cmp.Or(o.Reason, "done"))
		}
	}
}

// prose puts a message into words.
func prose(msg Message) string {
	switch m := msg.(type) {
	case *Probe:
		return "who are you?"
	case *Identity:
		if m.Blank {
			return "identity: blank"
		}
		return fmt.Sprintf("identity: of cluster %v, adopted by %v", m.Genesis.Cluster, m.Adopted)
	case *Ask:
		return fmt.Sprintf("ask %v from %d", m.B, m.From)
	case *AskYes:
		return fmt.Sprintf("yes to %v", m.B)
	case *Prepare:
		return fmt.Sprintf("prepare %v from %d", m.B, m.From)
	case *Promise:
		return fmt.Sprintf("promise %v, holding %s", m.B, proseEntries(m.Entries))
	case *Behind:
		return fmt.Sprintf("behind: %v must catch up to %d", m.B, m.Commit)
	case *Nack:
		return fmt.Sprintf("no to %v: reason %d, promised %v, commit %d", m.B, m.Reason, m.Promised, m.Commit)
	case *Accept:
		return proseAccept(m)
	case *Accepted:
		return fmt.Sprintf("accepted %v through %d, commit %d", m.B, m.Through, m.Commit)
	case *Chosen:
		return fmt.Sprintf("chosen through %d", m.Commit)
	case *Heartbeat:
		s := fmt.Sprintf("lease %v round %d for %v, commit %d, last %d", m.B, m.Round, m.Period, m.Commit, m.Last)
		for _, r := range m.Marks {
			s += fmt.Sprintf(", %v; with %v", proseMark(r.Mark), r.Agree)
		}
		return s
	case *HeartbeatReply:
		s := fmt.Sprintf("granted=%v %v round %d, last %d, commit %d", m.Granted, m.B, m.Round, m.Last, m.Commit)
		if m.Wants {
			s += ", wants to lead"
		}
		for _, mark := range m.Marks {
			s += fmt.Sprintf(", %v", proseMark(mark))
		}
		return s
	case *Release:
		return fmt.Sprintf("release %v", m.B)
	case *StandNow:
		return fmt.Sprintf("stand now: %v ended at %d", m.B, m.Commit)
	case *Fetch:
		return fmt.Sprintf("fetch %d..%d", m.From, m.Through)
	case *Entries:
		return fmt.Sprintf("entries %s, commit %d", proseEntries(m.Entries), m.Commit)
	default:
		panic(fmt.Sprintf("no words for %T", msg))
	}
}

func proseMark(m Mark) string { return fmt.Sprintf("%v at %d is %x", m.Kind, m.Instance, m.Sum[:2]) }

func proseAccept(m *Accept) string {
	if len(m.Values) == 0 {
		return fmt.Sprintf("commit %v through %d", m.B, m.Commit)
	}
	s := fmt.Sprintf("accept %v first %d commit %d:", m.B, m.First, m.Commit)
	for k, v := range m.Values {
		s += fmt.Sprintf(" %d=%s", int(m.From)+k, proseValue(v))
	}
	return s
}

func proseEntries(entries []Entry) string {
	if len(entries) == 0 {
		return "nothing"
	}
	var words []string
	for _, e := range entries {
		words = append(words, fmt.Sprintf("%d=%s in %v", e.Instance, proseValue(e.Value), e.Ballot))
	}
	return strings.Join(words, ", ")
}

func proseValue(v Value) string {
	updates, err := v.Updates()
	switch {
	case err != nil || v[0] == KindBarrier:
		return "barrier"
	case v[0] == KindCheckpoint:
		return "freeze point"
	case v[0] == KindLocality:
		s, _ := DecodeSetting(v.Setting())
		return s.String()
	}
	var words []string
	for _, u := range updates {
		words = append(words, fmt.Sprintf("%q", u))
	}
	return strings.Join(words, "+")
}
