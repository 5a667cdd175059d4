package sim

import "github.com/openvstorage/arakoon-go/core"

// leases is check K12: at no instant of true time would two nodes both answer
// consistent reads from their own state. A lease begins at an event and only runs
// out between events, so looking after every event misses nothing.
type leases struct {
	holder core.Seat // who would serve; NoSeat if nobody
}

// look takes the seats that would serve at one true instant.
func (l *leases) look(serving core.SeatSet) *violation {
	l.holder = core.NoSeat
	for s := range core.Seat(MaxNodes) {
		if !serving.Has(s) {
			continue
		}
		if l.holder != core.NoSeat {
			return violated("K12", "n%d and n%d would both serve reads", l.holder, s)
		}
		l.holder = s
	}
	return nil
}
