package sim

import "time"

// SpecOptions are a seed's own options, made short enough for a model checker that
// walks every step, and without what other specs than TLogPaxos treat: lost disks and
// identities, datacentres, damage, clocks that err by more than they may.
func SpecOptions(seed uint64) Options {
	o := Swarm(seed)
	s := NamedStream(seed, "options/spec")
	o.Nodes, o.Leases = 3, 3+s.Below(4)
	o.Lease = Pick(s, 500*time.Millisecond, time.Second, 2*time.Second)
	o.Clients, o.Ops = 1+s.Below(2), 5+s.Below(10)
	o.Learners, o.Witnesses, o.Masters = 0, o.Witnesses&1, 0
	o.Datacentres, o.Rule, o.Sites, o.Far, o.FarBack = 0, "majority", 0, sameLaw, sameLaw
	o.Rot, o.Bulk, o.Uneven, o.Drift, o.ReadPause = 0, 0, false, false, 0
	o.Campaign = campaignRecoverable
	o.Faults &^= specFaults
	o.Faults |= FaultSet(0).With(Pick(s, FaultCrash, FaultPower, FaultKillMaster, FaultPowerAll)).With(Pick(s, FaultIsolateMaster, FaultMasterLink, FaultAccepts, FaultPauseMaster))
	o.Fault = max(o.Fault, 300_000)
	o.Orders = Pick(s, 100_000, 400_000)
	if s.Below(2) == 0 { // who was away needs a snapshot
		o.MaxEntries, o.FreezeEntries, o.Retain, o.Hold, o.Think = 4, 5, 0, 1, "busy"
		o.Faults = FaultSet(0).With(FaultIsolate).With(Pick(s, FaultCrash, FaultPower, FaultKillMaster))
		o.Clients, o.Ops, o.Fault = 2, 15+s.Below(15), 600_000
	}
	return o
}

// specFaults take durable bytes, or whole disks.
var specFaults = FaultSet(0).With(FaultWipe).With(FaultSwap).With(FaultFlip).With(FaultZeroed).With(FaultUnreadable).With(FaultCutShort).
	With(FaultFileLost).With(FaultPhantom).With(FaultMisdirected)
