package sim

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/tlog"
	"github.com/openvstorage/arakoon-go/kvstore"
)

// siteScenarios are about datacentres: n0 and n2 stand in dc0, n1 in dc1, and n0 is
// the master.
func siteScenarios() []Scenario {
	sites := func(o *Options) {
		o.Datacentres, o.Rule = 2, core.RuleLocality.String()
		o.Masters = o.Masters.With(0)
	}
	return []Scenario{
		{Name: "locality", About: "an update waits for a voter of every datacentre, and none is acknowledged while one is cut off",
			Bug: "locality-ignored", play: playLocality, opts: sites},
		{Name: "prove", About: "a datacentre is lost with its disks: the other one's hold everything that was acknowledged",
			Bug: "locality-ignored", play: playProve, opts: sites},
		{Name: "waive", About: "a lost datacentre is waived by an operator, which later masters know, and taken back in when it returns",
			Bug: "setting-forgotten", play: playWaive, opts: func(o *Options) { o.Nodes, o.Datacentres, o.Rule = 5, 3, core.RuleLocality.String() }},
	}
}

func playLocality(s *stage) string {
	m := s.boot()
	if m == nil {
		return ""
	}
	const far = 20_000_000 // one way, ns
	s.net.extra[0][1], s.net.extra[1][0] = far, far
	quickest := never
	for range 10 {
		sent := s.now
		s.write(m, func(*request) { quickest = min(quickest, s.now-sent) })
		s.wait(2)
	}
	if quickest < 2*far {
		s.wrong("an update was acknowledged after %s, the other datacentre is %s away", stamp(quickest), stamp(2*far))
	}
	s.net.extra = [MaxNodes][MaxNodes]int64{}
	c := s.cutOff(s.nodes[1])
	acked := 0
	wr := s.writer(1, 0)
	s.wait(80)
	if acked = len(wr.acked); acked > 0 {
		s.wrong("%d updates were acknowledged without the other datacentre", acked)
	}
	s.net.end(c)
	s.until("updates again", 60, func() bool { return len(wr.acked) > 10 })
	wr.stopped = true
	s.converge()
	return fmt.Sprintf("quickest=%s acked_with_site_cut=%d commits=%d", stamp(quickest), acked, len(wr.acked))
}

// playProve: what n1's disk alone says after the rest is gone. Its links are slow
// now and then, so that a majority without it could have gone on.
func playProve(s *stage) string {
	if s.boot() == nil {
		return ""
	}
	wr := s.writer(3, 0)
	for k := range int64(10) {
		s.net.extra[0][1] = k % 3 * 30_000_000
		s.wait(2)
	}
	for _, n := range []*node{s.nodes[0], s.nodes[2]} {
		s.crash(n)
		n.replaceDisk()
		n.gone = true
	}
	s.crash(s.nodes[1])
	if !s.ok() {
		return ""
	}
	view, err := proven(s.nodes[1])
	if err != nil {
		s.wrong("the disk that is left can't be read: %v", err)
		return ""
	}
	missing := 0
	for _, key := range wr.acked {
		if found, err := view.Exists(key); !found || err != nil {
			missing++
		}
	}
	if missing > 0 {
		s.wrong("%d of %d acknowledged updates are missing", missing, len(wr.acked))
	}
	return fmt.Sprintf("acked=%d proven=%d missing=%d", len(wr.acked), len(wr.acked)-missing, missing)
}

// proven returns the state that a node's disk proves: everything chosen that it
// knows of, and all that it accepted above. Nothing else can have been
// acknowledged, if its vote was needed.
func proven(n *node) (*kvstore.View, error) {
	d := n.disk.Clone()
	d.PowerLoss(disk.LoseAll)
	dice := NamedStream(n.w.seed, "prove")
	log, opened, err := tlog.Open(d, tlog.Options{Dir: logDir, ClusterID: clusterID, Node: nodeName(n.seat), Rand: dice.Fill})
	if err != nil {
		return nil, err
	}
	defer log.Close()
	store := kvstore.New(kvstore.Options{})
	for store.Applied() < opened.Last {
		read := log.NextRead(store.Applied()+1, opened.Last, 1<<20)
		read.Run()
		entries, err := log.FinishRead(read)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if _, err := store.Apply(e.Instance, e.Value); err != nil {
				return nil, err
			}
		}
	}
	return store.View().(*kvstore.View), nil
}

// order gives an order to every node again and again until one obeys.
func (s *stage) order(what string, o order, tenths int64) bool {
	obeyed := false
	for end := s.now + s.lease(tenths); s.ok() && !obeyed; {
		if s.now > end {
			s.wrong("%s: no node obeys within %d.%d lease periods", what, tenths/10, tenths%10)
			return false
		}
		for _, n := range s.nodes {
			if n.up {
				s.give(n, o, func(r *request) { obeyed = obeyed || r.outcome == success })
			}
		}
		s.wait(2)
	}
	return s.ok()
}

// playWaive loses n2, the only one in dc2, and then each master that knows of the
// waiver.
func playWaive(s *stage) string {
	if s.boot() == nil {
		return ""
	}
	wr, lost := s.writer(1, 0), s.nodes[2]
	wr.looks = 40
	s.wait(10)
	s.crash(lost)
	s.wait(40)
	before, start := len(wr.acked), s.now
	if !s.order("waive dc2", waive("dc2", true), 80) {
		return ""
	}
	took := s.now - start
	s.until("updates without dc2", 60, func() bool { return len(wr.acked) > before+20 })
	for range 3 {
		m := s.master(80)
		if m == nil {
			return ""
		}
		before = len(wr.acked)
		s.crash(m)
		s.until("updates by the next master", 80, func() bool { return len(wr.acked) > before+20 })
		s.comeBack(m)
		s.wait(10)
	}
	s.comeBack(lost)
	s.wait(20)
	if !s.order("restore dc2", waive("dc2", false), 80) {
		return ""
	}
	s.wait(10)
	s.crash(lost)
	s.wait(2)
	before = len(wr.acked)
	s.wait(60)
	if len(wr.acked) > before {
		s.wrong("%d updates were acknowledged without dc2, which counts again", len(wr.acked)-before)
	}
	s.comeBack(lost)
	s.until("updates with dc2", 80, func() bool { return len(wr.acked) > before+20 })
	wr.stopped = true
	s.converge()
	return fmt.Sprintf("waived_after=%s commits=%d", stamp(took), len(wr.acked))
}
