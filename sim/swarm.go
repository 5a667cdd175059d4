package sim

import "time"

// Swarm draws the options of a seed: each run leaves many faults out and takes
// others to the extreme, since faults that always come together hide what one of
// them alone would show.
func Swarm(seed uint64) Options {
	s := NamedStream(seed, "options")
	o := Options{
		Nodes:  Pick(s, 1, 2, 3, 3, 3, 3, 3, 5),
		Lease:  Pick(s, 200*time.Millisecond, 500*time.Millisecond, time.Second, 2*time.Second),
		Leases: 4 + s.Below(10),
		Keys:   1 + s.Below(6),
		Ranges: s.Below(3) == 0,
	}
	o.swarmNetwork(NamedStream(seed, "options/network"))
	o.swarmNodes(NamedStream(seed, "options/nodes"))
	for f := range slotFaults {
		if NamedStream(seed, "options/fault/"+f.String()).Below(3) == 0 {
			o.Faults = o.Faults.With(f)
		}
	}
	o.swarmClients(NamedStream(seed, "options/clients"))
	o.swarmLog(NamedStream(seed, "options/log"))
	o.swarmDisk(NamedStream(seed, "options/disk"))
	o.swarmRot(NamedStream(seed, "options/rot"))
	o.swarmStore(NamedStream(seed, "options/store"))
	o.Orders = Pick(NamedStream(seed, "options/orders"), 0, 0, 100_000, 400_000)
	if b := NamedStream(seed, "options/bulk"); b.Below(5) == 0 && !o.Ranges {
		o.Bulk = Pick(b, 10, 100, 1000, 9999)
	}
	o.swarmRoles(NamedStream(seed, "options/roles"))
	o.swarmSites(NamedStream(seed, "options/sites"))
	o.swarmLinks(NamedStream(seed, "options/links"))
	o.swarmWorkload(NamedStream(seed, "options/workload"))
	o.Vacuum = Pick(NamedStream(seed, "options/vacuum"), 0, 1, 4, 16)
	o.ReadHold = Pick(NamedStream(seed, "options/read-hold"), 0, 0, 20_000, 200_000)
	o.Echo = Pick(NamedStream(seed, "options/echo"), 0, 0, 0, 20_000)
	o.swarmTheme(themeStream(seed))
	return o
}

// Stretched returns the options of a run that is so many times as long, with as
// many operations per client and lease period.
func (o Options) Stretched(factor int) Options {
	o.Leases *= factor
	o.Ops *= factor
	return o
}

func (o *Options) swarmNetwork(s *Stream) {
	o.Delay = Pick(s, "local", "lan", "lan", "wan", "late", "late")
	if o.Delay == "wan" && o.Lease < 500*time.Millisecond {
		o.Delay = "lan"
	}
	o.Lose = Pick(s, 0, 0, 1_000, 20_000, 100_000, 300_000)
	o.Duplicate = Pick(s, 0, 0, 10_000, 100_000)
	o.FIFO = s.Below(4) == 0
}

// swarmSites draws how far apart the nodes are: datacentres are sites.
func (o *Options) swarmSites(s *Stream) {
	o.Sites = Pick(s, 0, 0, 0, 2, 3)
	if o.Datacentres > 0 {
		o.Sites = o.Datacentres
	}
	o.Far, o.FarBack = Pick(s, sameLaw, "wan", "late", "log-normal"), Pick(s, sameLaw, sameLaw, "wan", "pareto")
	if o.Lease < 500*time.Millisecond && (o.Far == "wan" || o.FarBack == "wan") {
		o.Far, o.FarBack = "lan", "pareto"
	}
	if o.Sites == 0 {
		o.Far, o.FarBack = sameLaw, sameLaw
	}
	if law := Pick(s, "", "", "", "", "constant", "exponential", "log-normal", "pareto"); law != "" {
		o.Delay = law
	}
}

// swarmLinks draws what links do to messages beside losing and doubling them.
func (o *Options) swarmLinks(s *Stream) {
	o.Share = s.Below(2) == 0
	o.Burst = Pick(s, 0, 0, 0, 2_000, 20_000)
	o.LoseKind, o.LoseThose = noKind, Pick(s, 100_000, 500_000, 900_000)
	if s.Below(6) == 0 {
		o.LoseKind = kindGroupNames[s.Below(int(kindGroupEnd))]
	}
	o.Bandwidth, o.Queue = Pick(s, 0, 0, 0, 10_000, 50_000, 500_000), Pick(s, 1_000, 5_000, 50_000)
	o.Reset = Pick(s, 0, 0, 1_000, 10_000, 50_000)
	o.Corrupt = Pick(s, 0, 0, 0, 1_000, 20_000)
	o.Replay = Pick(s, 0, 0, 1_000, 20_000, 100_000)
}

func (o *Options) swarmNodes(s *Stream) {
	o.Sync = Pick(s, "fast", "disk", "disk", "slow")
	o.Stall = Pick(s, 0, 0, 0, 3_000, 20_000)
	o.Fault = Pick(s, 0, 100_000, 300_000, 600_000)
	o.JobCrash = Pick(s, 0, 0, 1_000, 10_000)
	o.OpenCrash = Pick(s, 0, 0, 200_000)
	o.Power = Pick(s, 0, 500_000, 900_000)
	o.Lost = Pick(s, 300_000, 700_000, million)
	o.Torn = Pick(s, 0, 0, 300_000)
	o.Rate = Pick(s, 0, 1_000, 10_000, 19_000)
	o.Adverse = s.Below(2) == 0
	o.LeaveOut = s.Below(3) == 0
	o.Uneven = s.Below(6) == 0
	o.TurnPause = Pick(s, 0, 0, 1_000, 5_000)
	o.ReadPause = Pick(s, 0, 0, 30_000)
	o.MaxEntries = Pick(s, 0, 16, 64)
}

func (o *Options) swarmClients(s *Stream) {
	o.Clients = 1 + s.Below(4)
	o.Ops = 10 + s.Below(40)
	o.Think = Pick(s, "busy", "spread", "spread")
	o.ClientLose = Pick(s, 0, 0, 20_000)
}

// swarmWorkload draws what clients ask for beside the plain operations.
func (o *Options) swarmWorkload(s *Stream) {
	o.Wide = s.Below(2) == 0
	o.Weak = Pick(s, 0, 0, 200_000, 700_000)
	o.Repeat = Pick(s, 0, 500_000, million)
}

// swarmLog draws how much of the log is kept in memory: with hardly any, entries
// are read back from disk all the time, beside appends and syncs.
func (o *Options) swarmLog(s *Stream) {
	o.Cache = Pick(s, 0, 0, 1, 1_000, 4_000)
}

// swarmDisk draws what happens to bytes that never became durable.
func (o *Options) swarmDisk(s *Stream) {
	o.Eaten = Pick(s, 0, 200_000, 500_000)
	o.Evict = Pick(s, 0, 500_000, million)
}

// swarmRot draws whether durable bytes get lost, within the budget or beyond, and what
// a power loss makes of sectors.
func (o *Options) swarmRot(s *Stream) {
	o.Rot = Pick(s, 0, 0, 0, 500_000, million)
	o.Campaign = Pick(s, campaignRecoverable, campaignRecoverable, campaignRefusal)
	o.Sectors = Pick(s, sectorRules...)
	o.Images = s.Below(2) == 0
}

// swarmStore draws how often the store is written, and what becomes of the log
// behind it: with little retention, who was away for long needs a snapshot.
func (o *Options) swarmStore(s *Stream) {
	o.FreezeEntries = Pick(s, 0, 5, 20, 20, 100)
	o.FreezeBytes = Pick(s, 0, 2_000, 20_000)
	o.Period = Pick(s, 0, 2, 5, 20)
	o.Pages = Pick(s, 1<<12, 1<<15, 1<<17, 1<<20)
	o.Retain = Pick(s, 0, 0, 10, 50, 1<<30)
	o.Segment = Pick(s, 0, 0, 1<<15, 1<<17)
	o.Compress = s.Below(2) == 0
	o.Reserve = Pick(s, 0, 1<<15)
	o.Preallot = Pick(s, 0, 0, 1<<14)
	o.Chunk = Pick(s, 0, 300, 4_000)
	o.Hold = Pick(s, 0, 1, 1, 5, 20)
	if s.Below(4) == 0 { // the log is hardly longer than what no checkpoint has
		o.MaxEntries, o.FreezeEntries, o.Retain, o.Hold = 4, 5, 0, 1
	}
}
