package sim

import "github.com/openvstorage/arakoon-go/core"

// mayServe is check ROLE: of the nodes that would serve reads, none may be one that
// must not lead: a learner, a witness, or one that is not among the forced masters.
func mayServe(serving, standers core.SeatSet) *violation {
	if wrong := serving &^ standers; wrong != 0 {
		return violated("ROLE", "%s serves, which must not lead", seatNames(wrong))
	}
	return nil
}
