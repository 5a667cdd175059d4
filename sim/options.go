package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/core"
)

// Options shape one run. Together with the seed they determine it completely.
// All probabilities are in parts of a million, all times virtual.
type Options struct {
	Nodes  int           // 1 to 7, voters unless they are learners
	Lease  time.Duration // lease period of every node
	Leases int           // length of the faulty part of the run, in lease periods

	Delay     string // law of message delays
	Lose      int    // per message
	Duplicate int    // per message
	FIFO      bool   // messages of a link don't overtake each other

	Sites     int    // nodes are dealt out to so many, in turn; 0: all are at one
	Far       string // law of message delays from a site to a later one; "same": as within
	FarBack   string // and from a site to an earlier one
	Share     bool   // messages of one turn to one peer share a frame
	Burst     int    // per message: a bad patch of its link begins, which swallows most
	LoseKind  string // kinds of messages that get lost; "none"
	LoseThose int    // per message of those kinds
	Bandwidth int    // of a link, bytes per virtual second; 0: no bound
	Queue     int    // bytes that may wait for it
	Reset     int    // per frame: its connection breaks behind it
	Corrupt   int    // per frame: it is damaged on its way
	Replay    int    // per message: it comes again, much later
	Echo      int    // per message about a lease or its end, eight times: likewise

	Sync  string // law of sync times
	Stall int    // per job that syncs

	Fault     int      // per slot of half a lease period
	Faults    FaultSet // what may fill a slot
	JobCrash  int      // per job that syncs: the node dies inside
	OpenCrash int      // per start: the node dies inside
	Power     int      // per death that may be either: it is a power loss
	Lost      int      // per pending operation of a power loss: it is lost
	Torn      int      // per lost operation: it is torn instead
	Eaten     int      // per crash: the system fails to write back what the process left, and tells nobody
	Evict     int      // per failure to write: what only memory holds is dropped from it at some time

	Rate      int  // clocks err by up to this; 19,600 is what the margin of two drift bounds of 2 % stands
	Drift     bool // clocks may err by more than the declared bound: overlapping leases are counted, and reads may be stale
	Adverse   bool // whoever serves gets the slowest clock, the others the fastest
	Uneven    bool // nodes have different lease periods in their files
	TurnPause int  // per turn: the process stops right after it
	ReadPause int  // per read at a node that serves
	ReadHold  int  // per read: its reader is slow, and keeps the view meanwhile

	LeaveOut bool // a minority never comes back: down or cut off for good

	Clients    int // concurrent clients, each with one operation under way
	Ops        int // operations per client
	Keys       int // distinct keys, skewed: low ones are hot
	Ranges     bool
	Think      string // law of the pause between a client's operations
	ClientLose int    // per request, and per answer
	Wide       bool   // operations of all kinds, values from nothing to more than a page
	Weak       int    // per query: it is content with an older state, and asks any node
	Repeat     int    // per update of unknown outcome: its client repeats it
	Bulk       int    // distinct keys of a load beside the clients that nobody reads; 0: none

	Datacentres int          // nodes are dealt out to so many, in turn; 0: none is named
	Rule        string       // "majority" or "locality"
	Witnesses   core.SeatSet // vote, but serve no data
	Learners    core.SeatSet // never vote
	Preferred   core.SeatSet // lead whenever they can
	Masters     core.SeatSet // the only ones that may lead; none: any

	MaxEntries int // of a log segment; 0: no rule
	Cache      int // bytes of log kept in memory; 0: the default, more than a run writes
	Segment    int // bytes of a log segment; 0: the default, more than a run writes
	Retain     int // entries of the log that stay below the checkpoints
	Hold       int // how long who was fed holds the log, in tenths of a lease; 0: the default
	Compress   bool
	Reserve    int // bytes of log reserved for a full disk
	Preallot   int // bytes of zeros that are written ahead of the log at a time

	FreezeEntries int // keys written until the next freeze point; 0: the default, more than a run writes
	FreezeBytes   int // or keys and values, bytes; 0: the default
	Period        int // or time with changes, in tenths of a lease; 0: the default
	Pages         int // page cache, bytes
	Chunk         int // of a snapshot, bytes; 0: the default
	Vacuum        int // free pages from which on a store's file is made smaller; 0: the default, more than a run frees

	Rot      int    // per slot of a class that loses durable bytes: it does
	Campaign string // "recoverable" or "refusal": how much of that
	Sectors  string // what power losses tear: "any" bytes of a sector, "psow": of what is written, "atomic": nothing
	Images   bool   // a power loss leaves one of all its legal images, if they are few

	Orders int // per slot of half a lease period: an operator's order
}

// Calm returns options without any fault.
func Calm() Options {
	return Options{Nodes: 3, Lease: time.Second, Leases: 6, Delay: "local", FIFO: true, Far: sameLaw, FarBack: sameLaw, LoseKind: noKind,
		Sync: "fast", Power: 500_000, Lost: 500_000,
		Clients: 2, Ops: 20, Keys: 4, Ranges: true, Think: "spread", Rule: "majority", Campaign: campaignRecoverable, Sectors: sectorsAny, MaxEntries: 64, Retain: 1 << 30, Pages: 1 << 20}
}

// field makes one option printable, parsable and checkable.
type field struct {
	name  string
	print func(*Options) string
	parse func(*Options, string) error
}

func intField(name string, lo, hi int, at func(*Options) *int) field {
	return field{name: name,
		print: func(o *Options) string { return strconv.Itoa(*at(o)) },
		parse: func(o *Options, s string) error {
			n, err := strconv.Atoi(s)
			if err != nil || n < lo || n > hi {
				return fmt.Errorf("sim: option %s=%s: a number from %d to %d is wanted", name, s, lo, hi)
			}
			*at(o) = n
			return nil
		}}
}

func ppmField(name string, at func(*Options) *int) field { return intField(name, 0, million, at) }

func nameField(name string, allowed []string, at func(*Options) *string) field {
	return field{name: name,
		print: func(o *Options) string { return *at(o) },
		parse: func(o *Options, s string) error {
			if !slices.Contains(allowed, s) {
				return fmt.Errorf("sim: option %s=%s: one of %s is wanted", name, s, strings.Join(allowed, ", "))
			}
			*at(o) = s
			return nil
		}}
}

func boolField(name string, at func(*Options) *bool) field {
	return field{name: name,
		print: func(o *Options) string { return strconv.FormatBool(*at(o)) },
		parse: func(o *Options, s string) (err error) {
			if *at(o), err = strconv.ParseBool(s); err != nil {
				return fmt.Errorf("sim: option %s=%s: true or false is wanted", name, s)
			}
			return nil
		}}
}

// seatsField is a set of nodes, "n0+n3".
func seatsField(name string, at func(*Options) *core.SeatSet) field {
	return field{name: name,
		print: func(o *Options) string { return seatNames(*at(o)) },
		parse: func(o *Options, s string) error {
			var all core.SeatSet
			for _, part := range strings.Split(s, "+") {
				seat, err := strconv.Atoi(strings.TrimPrefix(part, "n"))
				if s == "none" {
					break
				}
				if err != nil || seat < 0 || seat >= MaxNodes {
					return fmt.Errorf("sim: option %s=%s: none, or n0 to n%d joined by + is wanted", name, s, MaxNodes-1)
				}
				all = all.With(core.Seat(seat))
			}
			*at(o) = all
			return nil
		}}
}

func seatNames(set core.SeatSet) string {
	var names []string
	for s := range core.Seat(MaxNodes) {
		if set.Has(s) {
			names = append(names, nodeName(s))
		}
	}
	if names == nil {
		return "none"
	}
	return strings.Join(names, "+")
}

var fields = []field{
	intField("nodes", 1, MaxNodes, func(o *Options) *int { return &o.Nodes }),
	{name: "lease",
		print: func(o *Options) string { return o.Lease.String() },
		parse: func(o *Options, s string) error {
			d, err := time.ParseDuration(s)
			if err != nil || d < 100*time.Millisecond || d > time.Hour {
				return fmt.Errorf("sim: option lease=%s: a duration from 100ms to 1h is wanted", s)
			}
			o.Lease = d
			return nil
		}},
	intField("leases", 1, 1000, func(o *Options) *int { return &o.Leases }),
	nameField("delay", delayLaws, func(o *Options) *string { return &o.Delay }),
	ppmField("lose", func(o *Options) *int { return &o.Lose }),
	ppmField("duplicate", func(o *Options) *int { return &o.Duplicate }),
	boolField("fifo", func(o *Options) *bool { return &o.FIFO }),
	intField("sites", 0, MaxNodes, func(o *Options) *int { return &o.Sites }),
	nameField("far", farLaws, func(o *Options) *string { return &o.Far }),
	nameField("far-back", farLaws, func(o *Options) *string { return &o.FarBack }),
	boolField("share", func(o *Options) *bool { return &o.Share }),
	ppmField("burst", func(o *Options) *int { return &o.Burst }),
	nameField("lose-kind", loseKinds, func(o *Options) *string { return &o.LoseKind }),
	ppmField("lose-those", func(o *Options) *int { return &o.LoseThose }),
	intField("bandwidth", 0, 1<<30, func(o *Options) *int { return &o.Bandwidth }),
	intField("queue", 0, 1<<30, func(o *Options) *int { return &o.Queue }),
	ppmField("reset", func(o *Options) *int { return &o.Reset }),
	ppmField("corrupt", func(o *Options) *int { return &o.Corrupt }),
	ppmField("replay", func(o *Options) *int { return &o.Replay }),
	ppmField("echo", func(o *Options) *int { return &o.Echo }),
	nameField("sync", syncLaws, func(o *Options) *string { return &o.Sync }),
	ppmField("stall", func(o *Options) *int { return &o.Stall }),
	ppmField("fault", func(o *Options) *int { return &o.Fault }),
	{name: "faults",
		print: func(o *Options) string { return o.Faults.String() },
		parse: parseFaults},
	ppmField("job-crash", func(o *Options) *int { return &o.JobCrash }),
	ppmField("open-crash", func(o *Options) *int { return &o.OpenCrash }),
	ppmField("power", func(o *Options) *int { return &o.Power }),
	ppmField("lost", func(o *Options) *int { return &o.Lost }),
	ppmField("torn", func(o *Options) *int { return &o.Torn }),
	ppmField("eaten", func(o *Options) *int { return &o.Eaten }),
	ppmField("evict", func(o *Options) *int { return &o.Evict }),
	intField("rate", 0, 200_000, func(o *Options) *int { return &o.Rate }),
	boolField("drift", func(o *Options) *bool { return &o.Drift }),
	boolField("adverse", func(o *Options) *bool { return &o.Adverse }),
	boolField("uneven", func(o *Options) *bool { return &o.Uneven }),
	ppmField("turn-pause", func(o *Options) *int { return &o.TurnPause }),
	ppmField("read-pause", func(o *Options) *int { return &o.ReadPause }),
	boolField("wide", func(o *Options) *bool { return &o.Wide }),
	ppmField("weak", func(o *Options) *int { return &o.Weak }),
	ppmField("repeat", func(o *Options) *int { return &o.Repeat }),
	ppmField("read-hold", func(o *Options) *int { return &o.ReadHold }),
	boolField("leave-out", func(o *Options) *bool { return &o.LeaveOut }),
	intField("clients", 0, 64, func(o *Options) *int { return &o.Clients }),
	intField("ops", 0, 100_000, func(o *Options) *int { return &o.Ops }),
	intField("keys", 1, 1000, func(o *Options) *int { return &o.Keys }),
	boolField("ranges", func(o *Options) *bool { return &o.Ranges }),
	nameField("think", thinkLaws, func(o *Options) *string { return &o.Think }),
	ppmField("client-lose", func(o *Options) *int { return &o.ClientLose }),
	intField("bulk", 0, 10_000, func(o *Options) *int { return &o.Bulk }),
	intField("datacentres", 0, 3, func(o *Options) *int { return &o.Datacentres }),
	nameField("rule", []string{core.RuleMajority.String(), core.RuleLocality.String()}, func(o *Options) *string { return &o.Rule }),
	seatsField("witnesses", func(o *Options) *core.SeatSet { return &o.Witnesses }),
	seatsField("learners", func(o *Options) *core.SeatSet { return &o.Learners }),
	seatsField("preferred", func(o *Options) *core.SeatSet { return &o.Preferred }),
	seatsField("masters", func(o *Options) *core.SeatSet { return &o.Masters }),
	intField("max-entries", 0, 1_000_000, func(o *Options) *int { return &o.MaxEntries }),
	intField("cache", 0, 1<<30, func(o *Options) *int { return &o.Cache }),
	intField("segment", 0, 1<<30, func(o *Options) *int { return &o.Segment }),
	intField("retain", 0, 1<<30, func(o *Options) *int { return &o.Retain }),
	intField("hold", 0, 100_000, func(o *Options) *int { return &o.Hold }),
	boolField("compress", func(o *Options) *bool { return &o.Compress }),
	intField("reserve", 0, 1<<30, func(o *Options) *int { return &o.Reserve }),
	intField("preallot", 0, 1<<30, func(o *Options) *int { return &o.Preallot }),
	intField("freeze-entries", 0, 1<<30, func(o *Options) *int { return &o.FreezeEntries }),
	intField("freeze-bytes", 0, 1<<30, func(o *Options) *int { return &o.FreezeBytes }),
	intField("period", 0, 100_000, func(o *Options) *int { return &o.Period }),
	intField("pages", 1<<12, 1<<30, func(o *Options) *int { return &o.Pages }),
	intField("chunk", 0, 1<<30, func(o *Options) *int { return &o.Chunk }),
	intField("vacuum", 0, 1<<20, func(o *Options) *int { return &o.Vacuum }),
	ppmField("rot", func(o *Options) *int { return &o.Rot }),
	nameField("campaign", campaigns, func(o *Options) *string { return &o.Campaign }),
	nameField("sectors", sectorRules, func(o *Options) *string { return &o.Sectors }),
	boolField("images", func(o *Options) *bool { return &o.Images }),
	ppmField("orders", func(o *Options) *int { return &o.Orders }),
}

func parseFaults(o *Options, s string) error {
	o.Faults = 0
	if s == "none" {
		return nil
	}
next:
	for _, name := range strings.Split(s, "+") {
		for f := range slotFaults {
			if f.String() == name {
				o.Faults = o.Faults.With(f)
				continue next
			}
		}
		return fmt.Errorf("sim: option faults: %q is none of %s", name, (FaultSet(1<<slotFaults) - 1).String())
	}
	return nil
}

// String prints all options as "name=value,…", which ParseOptions reads.
func (o Options) String() string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f.name + "=" + f.print(&o)
	}
	return strings.Join(parts, ",")
}

// Beside prints the options that differ from those of base, for ParseOptions with it.
func (o Options) Beside(base Options) string {
	var parts []string
	for _, f := range fields {
		if value := f.print(&o); value != f.print(&base) {
			parts = append(parts, f.name+"="+value)
		}
	}
	return strings.Join(parts, ",")
}

// ParseOptions changes base by "name=value,…" and returns the result.
func ParseOptions(base Options, text string) (Options, error) {
next:
	for _, part := range strings.Split(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		for _, f := range fields {
			if f.name == name {
				if err := f.parse(&base, value); err != nil {
					return Options{}, err
				}
				continue next
			}
		}
		return Options{}, fmt.Errorf("sim: no option is named %q", name)
	}
	return base, nil
}
