package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore"
)

// What nodes execute and hold: K7, K8, K9, K11, LOC.

// applyAll lets n0 execute values from instance 1 on and returns the finds of one
// of the three checks that look.
func applyAll(g *ghost, instances []core.Instance, values ...core.Value) (order, chosen, same *violation) {
	a := newApplies(3, g)
	for k, i := range instances {
		o, c, s := a.applied(0, i, values[k], [32]byte{byte(i)})
		order, chosen, same = earlier(order, o), earlier(chosen, c), earlier(same, s)
	}
	return order, chosen, same
}

var stateCommitTwins = []twin{
	{"a value is executed before it is chosen", func(flawed bool) *violation {
		g := pick(flawed, three(), chosenValues(set("a")))
		_, chosen, _ := applyAll(g, []core.Instance{1}, set("a"))
		return chosen
	}},
	{"another value is executed than the chosen one", func(flawed bool) *violation {
		_, chosen, _ := applyAll(chosenValues(set("a")), []core.Instance{1}, pick(flawed, set("b"), set("a")))
		return chosen
	}},
}

var applyTwins = []twin{
	{"an instance is left out", func(flawed bool) *violation {
		order, _, _ := applyAll(chosenValues(set("a"), set("b"), set("c")), []core.Instance{1, pick(flawed, core.Instance(3), 2)},
			set("a"), pick(flawed, set("c"), set("b")))
		return order
	}},
	{"an instance is executed twice", func(flawed bool) *violation {
		order, _, _ := applyAll(chosenValues(set("a"), set("b")), []core.Instance{1, pick(flawed, core.Instance(1), 2)},
			set("a"), pick(flawed, set("a"), set("b")))
		return order
	}},
	{"a restarted process goes on behind its state", func(flawed bool) *violation {
		a := newApplies(3, chosenValues(set("a"), set("b")))
		a.recovered(0, pick(flawed, core.Instance(0), 1))
		order, _, _ := a.applied(0, 2, set("b"), [32]byte{2})
		return order
	}},
}

// stateOf is what a store makes of these values.
func stateOf(values ...core.Value) *kvstore.View {
	s := kvstore.New(kvstore.Options{})
	for k, v := range values {
		if _, err := s.Apply(core.Instance(k+1), v); err != nil {
			panic(err)
		}
	}
	return s.View().(*kvstore.View)
}

var digestTwins = []twin{
	{"two apply chains at one instance", func(flawed bool) *violation {
		a := newApplies(3, chosenValues(set("a")))
		_, _, first := a.applied(0, 1, set("a"), [32]byte{1})
		_, _, second := a.applied(2, 1, set("a"), [32]byte{pick[byte](flawed, 2, 1)})
		return firstOf(first, second)
	}},
	{"a recovered state is not what the chosen values make", func(flawed bool) *violation {
		r := reference{ghost: chosenValues(set("a"), set("b"), set("c"))}
		return firstOf(r.matches("n0", stateOf(set("a"))), r.matches("n0", stateOf(set("a"), pick(flawed, set("x"), set("b")))))
	}},
	{"two content digests at one freeze point", func(flawed bool) *violation {
		d := digests{}
		mark := core.Mark{Instance: 7, Kind: core.MarkContent, Sum: [16]byte{1}}
		other := mark
		other.Sum[15] = pick[byte](flawed, 1, 0)
		return firstOf(d.mark(0, mark), d.mark(1, other))
	}},
	{"a content digest is not what the chosen values make", func(flawed bool) *violation {
		g := chosenValues(set("a"))
		d := digests{reference: &reference{ghost: g}}
		v := stateOf(pick(flawed, set("b"), set("a")))
		chain := v.Chain()
		content := (&digests{reference: &reference{ghost: chosenValues(pick(flawed, set("b"), set("a")))}}).content(1)
		return firstOf(d.mark(0, core.Mark{Instance: 1, Kind: core.MarkContent, Sum: content}),
			d.mark(0, core.Mark{Instance: 1, Kind: core.MarkChain, Sum: [16]byte(chain[:16])}))
	}},
	{"two chains at one mark", func(flawed bool) *violation {
		d := digests{}
		return firstOf(d.mark(0, core.Mark{Instance: 7, Kind: core.MarkChain, Sum: [16]byte{1}}),
			d.mark(1, core.Mark{Instance: 7, Kind: core.MarkChain, Sum: [16]byte{pick[byte](flawed, 2, 1)}}))
	}},
}

// coverTwins play a cluster that collapses its log as far as it can, and take away
// what a power loss may not take.
var coverTwins = []twin{
	{"the store is gone, and the log begins behind it", func(flawed bool) *violation {
		n := collapsed()
		d := n.durable()
		if flawed {
			must(d.Remove(storePath))
		}
		return n.judgeImage(d)
	}},
}

// collapsed is a node whose log no longer begins at the first instance.
func collapsed() *node {
	o := stageOptions(1)
	o.MaxEntries, o.FreezeEntries, o.Retain, o.Hold = 4, 5, 0, 1
	s := newStage(o)
	m := s.boot()
	s.writer(1, 0)
	s.until("a collapsed log", 1000, func() bool { return s.status(m).Log.Base > 20 })
	if !s.ok() {
		panic("sim: " + s.trouble)
	}
	return m
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

var localityTwins = []twin{
	{"a success that a datacentre holds nothing of", func(flawed bool) *violation {
		l, g := sites()
		return firstOf(g.record(0, 1, ballot(1, 1), 10), g.record(2, 1, ballot(1, 1), 10),
			g.record(pick(flawed, core.Seat(2), 1), 1, ballot(2, 1), 10), l.acknowledged(0, 1))
	}},
	{"an instance before it that a datacentre holds nothing of", func(flawed bool) *violation {
		l, g := sites()
		for i := core.Instance(1); i <= 2; i++ {
			for seat := range core.Seat(3) {
				if flawed && i == 1 && seat == 1 {
					continue
				}
				if v := g.record(seat, i, ballot(1, 1), 10); v != nil {
					return v
				}
			}
		}
		return l.acknowledged(0, 2)
	}},
	{"a waiver that no majority holds", func(flawed bool) *violation {
		l, g := sites()
		waive := core.SettingValue(core.Setting{Serial: 1, Waived: []string{"dc1"}})
		g.note(2, digestOf(waive), waive)
		finds := []*violation{g.record(0, 1, ballot(1, 1), 10), g.record(2, 1, ballot(1, 1), 10), g.record(0, 2, ballot(1, 1), digestOf(waive))}
		if !flawed {
			finds = append(finds, g.record(2, 2, ballot(1, 1), digestOf(waive)))
		}
		return firstOf(append(finds, l.acknowledged(0, 1))...)
	}},
}

// sites is an audit of three voters in two datacentres: n0 and n2 in dc0, n1 in dc1.
func sites() (*locality, *ghost) {
	o := &Options{Nodes: 3, Datacentres: 2, Rule: core.RuleLocality.String()}
	g := newGhost(core.Majority(o.voters()))
	return &locality{ghost: g, opts: o}, g
}
