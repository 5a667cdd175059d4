package sim

import (
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/core/tlog"
)

// What the options make of the nodes: who votes, who serves, where they stand.

// trim takes seats out of the roles that no node has.
func (o *Options) trim() {
	all := core.SeatSet(1)<<o.Nodes - 1
	for _, set := range []*core.SeatSet{&o.Witnesses, &o.Learners, &o.Preferred, &o.Masters} {
		*set &= all
	}
}

// voters returns the seats that the configuration wants as voters.
func (o *Options) voters() (set core.SeatSet) {
	for s := range core.Seat(o.Nodes) {
		if !o.Learners.Has(s) {
			set = set.With(s)
		}
	}
	return set
}

// datacentre returns where a seat stands; "" if none is named.
func (o *Options) datacentre(s core.Seat) string {
	if o.Datacentres == 0 {
		return ""
	}
	return "dc" + string('0'+rune(int(s)%o.Datacentres))
}

// sameLaw says that messages between sites take as long as those within; farLaws
// are what the options of such delays may say.
const sameLaw = "same"

var farLaws = append([]string{sameLaw}, delayLaws...)

// site returns where a seat stands in the network.
func (o *Options) site(s core.Seat) int { return int(s) % max(o.Sites, 1) }

// delayBetween returns the name of the law of delays of a directed link.
func (o *Options) delayBetween(from, to core.Seat) string {
	switch a, b := o.site(from), o.site(to); {
	case a < b && o.Far != sameLaw:
		return o.Far
	case a > b && o.FarBack != sameLaw:
		return o.FarBack
	}
	return o.Delay
}

// roles fills in what the configuration file says about all nodes.
func (o *Options) roles(c *core.Config) {
	c.Seats = make([]core.SeatConfig, o.Nodes)
	for s := range core.Seat(o.Nodes) {
		c.Seats[s] = core.SeatConfig{Name: nodeName(s), Datacentre: o.datacentre(s), Learner: o.Learners.Has(s), Witness: o.Witnesses.Has(s)}
	}
	if o.Rule == core.RuleLocality.String() {
		c.Rule = core.RuleLocality
	}
	c.Masters, c.Preferred = o.Masters, o.Preferred
}

// files fills in how a node writes its log and its checkpoints.
func (o *Options) files(c *replica.Config) {
	c.MaxEntries, c.CacheBytes, c.SegmentBytes = o.MaxEntries, int64(o.Cache), int64(o.Segment)
	c.Retention = tlog.Retention{Entries: uint64(o.Retain)}
	c.Compress, c.Reserve = o.Compress, int64(o.Reserve)
	if o.Segment > 0 { // else a whole large one would be prepared
		c.Preallocate = int64(o.Preallot)
	}
	c.CheckpointPeriod = o.Lease * time.Duration(o.Period) / 10
	c.ChunkBytes = o.Chunk
	if o.Chunk > 0 && o.Bulk > 100 { // else the bound of the liveness phase is too short for all chunks
		c.ChunkBytes = 10 * max(o.Chunk, 2000)
	}
	c.FeedHold = o.Lease * time.Duration(o.Hold) / 10
}

// standers returns the seats that may lead.
func (o *Options) standers() core.SeatSet {
	set := o.voters() &^ o.Witnesses
	if o.Masters != 0 {
		set &= o.Masters
	}
	return set
}

// viable says whether the cluster can lead, and get updates chosen, with these
// voters gone for good.
func (o *Options) viable(out core.SeatSet) bool {
	left := o.voters() &^ out
	if 2*left.Len() <= o.voters().Len() {
		return false
	}
	if left&o.standers() == 0 {
		return false
	}
	if o.Rule != core.RuleLocality.String() {
		return true
	}
	for d := range o.Datacentres {
		if !o.somebodyIn(left, d) {
			return false
		}
	}
	return true
}

func (o *Options) somebodyIn(set core.SeatSet, datacentre int) bool {
	for s := range core.Seat(o.Nodes) {
		if set.Has(s) && int(s)%o.Datacentres == datacentre {
			return true
		}
	}
	return false
}

// swarmRoles deals out roles: mostly none. Whatever it draws is a configuration
// that core accepts.
func (o *Options) swarmRoles(s *Stream) {
	o.Rule = core.RuleMajority.String()
	voters := o.Nodes
	if voters >= 2 && s.Below(4) == 0 {
		o.Datacentres = 2
		if voters >= 3 && s.Below(3) == 0 {
			o.Datacentres = 3
		}
		if s.Below(3) != 0 {
			o.Rule = core.RuleLocality.String()
		}
	}
	if voters >= 3 && s.Below(5) == 0 {
		w := core.Seat(s.Below(voters))
		if o.Rule != core.RuleLocality.String() || o.Datacentres == 0 || o.somebodyIn(o.voters()&^core.SeatSet(0).With(w), int(w)%o.Datacentres) {
			o.Witnesses = o.Witnesses.With(w)
		}
	}
	if s.Below(6) == 0 { // the newcomer takes a seat behind the others
		o.Learners = o.Learners.With(core.Seat(o.Nodes))
		o.Nodes++
	}
	full := func() core.Seat {
		for {
			if c := core.Seat(s.Below(voters)); !o.Witnesses.Has(c) {
				return c
			}
		}
	}
	switch s.Below(8) {
	case 0, 1:
		o.Preferred = o.Preferred.With(full())
	case 2:
		o.Preferred = o.Preferred.With(full()).With(full())
	case 3:
		o.Masters = o.Masters.With(full())
	default: // anybody leads who may
	}
}
