package sim

import "github.com/openvstorage/arakoon-go/core"

// Themes: some bugs need several rare things within a moment of each other, which a
// run that draws each of them by itself brings once in a million years. A theme leaves
// nearly everything else out and does one thing all the time. What was drawn before
// and is not named stays, so that no two runs of a theme are alike.

// theme is what a run may be about.
type theme struct {
	name  string
	shape func(o *Options, s *Stream)
}

// themedPart is which part of the seeds has a theme: two of five.
const themedPart, themedOf = 2, 5

// themes are drawn by their numbers: a new one goes to the end.
var themes = []theme{
	{"snapshots", func(o *Options, s *Stream) { // who was away a moment needs one, of several chunks
		o.plain(FaultIsolate, FaultRestart, FaultHalves, FaultMute, FaultClog, FaultPower, FaultKillSource, FaultPause)
		o.Bulk, o.Chunk, o.Fault = 30, Pick(s, 300, 4_000), 500_000
		o.shortLog()
	}},
	{"full memory", func(o *Options, s *Stream) { // checkpoints are slower than updates
		o.plain(FaultIsolate, FaultRestart, FaultMute, FaultPower, FaultSlowDisk, FaultFullDisk)
		o.Bulk, o.Chunk, o.Sync, o.Stall, o.FreezeBytes = 30, 4_000, "slow", 20_000, 2_000
		o.shortLog()
	}},
	{"leases", func(o *Options, s *Stream) { // grants are forgotten, and clocks as wrong as they may be
		o.plain(FaultForget, FaultIsolateMaster, FaultRestart, FaultKillMaster, FaultMasterLink, FaultPauseMaster)
		o.Delay, o.Rate, o.Adverse = "local", 19_600, true
	}},
	{"late leases", func(o *Options, s *Stream) { // answers come when their round is long over
		o.plain(FaultMute, FaultClog, FaultSuspend)
		o.Delay, o.Echo = "late", 500_000
	}},
	{"hand-overs", func(o *Options, s *Stream) { // all the time, and their messages again later
		o.plain(FaultDropMaster, FaultMasterLink)
		o.Delay, o.Echo = "local", 900_000
		if s.Below(2) == 0 {
			o.Preferred = core.SeatSet(0).With(core.Seat(s.Below(o.Nodes)))
		}
	}},
	{"ballots", func(o *Options, s *Stream) { // many masters, each of which leaves what only some hold
		o.plain(FaultIsolateMaster, FaultAccepts, FaultVotes, FaultGrayMaster, FaultHeartbeats, FaultKillMaster, FaultPower, FaultMasterChain)
		o.Nodes, o.Delay, o.Cache, o.Replay = Pick(s, 3, 5), "late", 1, 20_000
	}},
	{"damage", func(o *Options, s *Stream) { // durable bytes change, and processes start on what is left
		o.plain(FaultFlip, FaultZeroed, FaultRestart, FaultPower)
		o.Rot, o.Campaign, o.Fault, o.Bulk = million, campaignRecoverable, 500_000, 30
		o.MaxEntries, o.Retain = Pick(s, 0, 64), 10_000
	}},
	{"store", func(o *Options, s *Stream) { // its file grows, shrinks, and is cut off in the middle
		o.plain(FaultSyncError, FaultPower, FaultPowerAll, FaultRestart, FaultCrash)
		o.Bulk, o.Vacuum, o.FreezeEntries, o.FreezeBytes = Pick(s, 100, 1_000), 1, 20, 20_000
		o.Evict, o.JobCrash, o.Lost = million, 5_000, Pick(s, 300_000, million)
	}},
}

// drawTheme returns the theme of a seed; nil for most.
func drawTheme(s *Stream) *theme {
	if s.Below(themedOf) >= themedPart {
		return nil
	}
	return &themes[s.Below(len(themes))]
}

// swarmTheme gives some seeds a theme.
func (o *Options) swarmTheme(s *Stream) {
	if t := drawTheme(s); t != nil {
		t.shape(o, s)
	}
}

// ThemeOf returns the name of the theme that Swarm gives a seed; "" if it has none.
func ThemeOf(seed uint64) string {
	if t := drawTheme(themeStream(seed)); t != nil {
		return t.name
	}
	return ""
}

func themeStream(seed uint64) *Stream { return NamedStream(seed, "options/theme") }

// plain leaves out what would only be in the way of a theme: three equal nodes at one
// place, under the faults of the theme and no others, in every slot.
func (o *Options) plain(faults ...Fault) {
	o.Nodes, o.Datacentres, o.Rule = 3, 0, core.RuleMajority.String()
	o.Witnesses, o.Learners, o.Preferred, o.Masters = 0, 0, 0, 0
	o.Sites, o.Far, o.FarBack = 0, sameLaw, sameLaw
	o.Burst, o.LoseKind, o.Bandwidth, o.Corrupt = 0, noKind, 0, 0
	o.Ranges, o.Weak, o.Wide, o.Bulk = false, 0, false, 0
	o.Clients, o.Think = 4, "busy"
	o.Sync, o.Stall, o.Rot, o.Rate, o.LeaveOut = "fast", 0, 0, 0, false
	o.Fault, o.Faults = million, 0
	for _, f := range faults {
		o.Faults = o.Faults.With(f)
	}
}

// shortLog keeps hardly more log than what no checkpoint has.
func (o *Options) shortLog() {
	o.MaxEntries, o.FreezeEntries, o.Retain, o.Hold, o.Segment = 4, 5, 0, 1, 0
}
