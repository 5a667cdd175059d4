package explore

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
)

// Bounds make the space finite. Each is a limit on what happens in one run.
type Bounds struct {
	Nodes     int // voters, 2 to 5
	Standers  int // the first so many of them may lead; 0: all
	Ballots   int // distinct ballots that are asked for
	Values    int // client values that are proposed
	Crashes   int // power losses in all
	EachDies  int // power losses of one node; 0: as many as in all
	HandOvers int // orders to let another node lead
	Beats     int // heartbeats beside the one at the begin of each mastership
	Rounds    int // 1: the network carries heartbeats and their answers; 0: it loses them
	Alarms    int // timers that go off, those apart that stand for election or send heartbeats
	Slow      int // 1: writing and syncing are two steps, and power may fail between them; 0: one
	CatchUp   int // 1: the network carries requests for entries (Fetch); 0: it loses them
	Hints     int // 1: the network carries refusals (Nack); 0: it loses them
}

// DefaultBounds are small enough to be walked in seconds.
func DefaultBounds() Bounds {
	return Bounds{Nodes: 3, Ballots: 1, Values: 1, Crashes: 1, Slow: 1, CatchUp: 1}
}

// field is one bound under its name.
type field struct {
	name     string
	at       func(*Bounds) *int
	min, max int
	reason   string
}

// fields lists all bounds, in the order in which they are printed.
var fields = []field{
	{"nodes", func(b *Bounds) *int { return &b.Nodes }, 2, maxNodes, "voters"},
	{"standers", func(b *Bounds) *int { return &b.Standers }, 0, maxNodes, "only the first so many may lead (0: all)"},
	{"ballots", func(b *Bounds) *int { return &b.Ballots }, 1, 16, "distinct ballots that are asked for"},
	{"values", func(b *Bounds) *int { return &b.Values }, 0, 8, "client values, each in an instance of its own"},
	{"crashes", func(b *Bounds) *int { return &b.Crashes }, 0, 8, "power losses in all"},
	{"each", func(b *Bounds) *int { return &b.EachDies }, 0, 8, "power losses of one node (0: as many as in all)"},
	{"handovers", func(b *Bounds) *int { return &b.HandOvers }, 0, 4, "orders to hand mastership over"},
	{"beats", func(b *Bounds) *int { return &b.Beats }, 0, 8, "further heartbeats"},
	{"rounds", func(b *Bounds) *int { return &b.Rounds }, 0, 1, "1: heartbeats and their answers arrive"},
	{"alarms", func(b *Bounds) *int { return &b.Alarms }, 0, 8, "timers that go off, those apart that stand for election"},
	{"slow", func(b *Bounds) *int { return &b.Slow }, 0, 1, "1: a sync comes some time after its write, or never; 0: with it"},
	{"catchup", func(b *Bounds) *int { return &b.CatchUp }, 0, 1, "1: requests for entries (Fetch) arrive"},
	{"hints", func(b *Bounds) *int { return &b.Hints }, 0, 1, "1: refusals (Nack) arrive"},
}

// String prints the bounds as ParseBounds reads them.
func (b Bounds) String() string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, fmt.Sprintf("%s=%d", f.name, *f.at(&b)))
	}
	return strings.Join(parts, ",")
}

// BoundsHelp explains the bounds, one a line.
func BoundsHelp() string {
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "  %-10s %s, %d to %d\n", f.name, f.reason, f.min, f.max)
	}
	return b.String()
}

// ParseBounds changes base by "name=number" pairs, separated by commas.
func ParseBounds(base Bounds, text string) (Bounds, error) {
	for _, part := range strings.Split(text, ",") {
		if part == "" {
			continue
		}
		name, number, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(number)
		if err != nil {
			return base, fmt.Errorf("explore: bound %q: not of the form name=number", part)
		}
		if err := base.set(name, n); err != nil {
			return base, err
		}
	}
	return base, nil
}

func (b *Bounds) set(name string, n int) error {
	for _, f := range fields {
		if f.name != name {
			continue
		}
		if n < f.min || n > f.max {
			return fmt.Errorf("explore: bound %s is %d, allowed are %d to %d", name, n, f.min, f.max)
		}
		*f.at(b) = n
		return nil
	}
	return fmt.Errorf("explore: there is no bound called %q", name)
}

// standers is the set of seats that may lead; 0: all.
func (b *Bounds) standers() core.SeatSet { return 1<<b.Standers - 1 }

// mayDie says whether one more power loss of a node is within the bounds.
func (b *Bounds) mayDie(died *[maxNodes]uint8, seat int) bool {
	all := 0
	for _, d := range died {
		all += int(d)
	}
	return all < b.Crashes && (b.EachDies == 0 || int(died[seat]) < b.EachDies)
}

// carries says whether the network carries messages of a kind. What it never
// carries is lost: a behaviour that the protocol must survive anyway.
func (b *Bounds) carries(kind core.MessageKind) bool {
	switch kind {
	case core.KindHeartbeat, core.KindHeartbeatReply:
		return b.Rounds > 0
	case core.KindNack:
		return b.Hints > 0
	case core.KindFetch:
		return b.CatchUp > 0
	default:
		return true
	}
}
