package sim

// FaultNamed returns the class of that name.
func FaultNamed(name string) (Fault, bool) {
	for f := range faultEnd {
		if f.String() == name {
			return f, true
		}
	}
	return 0, false
}

// switches turn a class of faults off that options allow beside the slots, or as
// well as there. What is missing here comes with other classes: it has no switch.
var switches = map[Fault]func(*Options){
	FaultPower:      func(o *Options) { o.Power = 0 },
	FaultLose:       func(o *Options) { o.Lose = 0 },
	FaultDuplicate:  func(o *Options) { o.Duplicate = 0 },
	FaultReorder:    func(o *Options) { o.FIFO = true },
	FaultJobCrash:   func(o *Options) { o.JobCrash = 0 },
	FaultOpenCrash:  func(o *Options) { o.OpenCrash = 0 },
	FaultTorn:       func(o *Options) { o.Torn = 0 },
	FaultStall:      func(o *Options) { o.Stall = 0 },
	FaultRate:       func(o *Options) { o.Rate = 0 },
	FaultTurnPause:  func(o *Options) { o.TurnPause = 0 },
	FaultLeaveOut:   func(o *Options) { o.LeaveOut = false },
	FaultReadPause:  func(o *Options) { o.ReadPause = 0 },
	FaultEaten:      func(o *Options) { o.Eaten = 0 },
	FaultEvict:      func(o *Options) { o.Evict = 0 },
	FaultImage:      func(o *Options) { o.Images = false },
	FaultOverdrawn:  func(o *Options) { o.Campaign = campaignRecoverable },
	FaultOrder:      func(o *Options) { o.Orders = 0 },
	FaultCheckpoint: func(o *Options) { o.JobCrash = 0 },
	FaultUpkeep:     func(o *Options) { o.JobCrash = 0 },
	FaultWeakRead:   func(o *Options) { o.Weak = 0 },
	FaultRepeat:     func(o *Options) { o.Repeat = 0 },
	FaultInstall:    func(o *Options) { o.JobCrash = 0 },
	FaultBurst:      func(o *Options) { o.Burst = 0 },
	FaultLoseKind:   func(o *Options) { o.LoseKind = noKind },
	FaultQueue:      func(o *Options) { o.Bandwidth = 0 },
	FaultReset:      func(o *Options) { o.Reset, o.Corrupt = 0, 0 },
	FaultCorrupt:    func(o *Options) { o.Corrupt = 0 },
	FaultTruncate:   func(o *Options) { o.Corrupt = 0 },
	FaultReplay:     func(o *Options) { o.Replay = 0 },
}

// Without returns the options with a class of faults switched off: what fails with
// it and not without it needs it. It gives false for a class that has no switch of
// its own.
func (o Options) Without(f Fault) (Options, bool) {
	off := switches[f]
	if f >= slotFaults && off == nil {
		return o, false
	}
	if f < slotFaults {
		o.Faults &^= 1 << f
	}
	if off != nil {
		off(&o)
	}
	return o, true
}
