package replica

import "github.com/openvstorage/arakoon-go/core"

// ProtocolStatus is what the node knows of the cluster's rules and of the others'
// digests.
type ProtocolStatus struct {
	Rule        core.Rule
	Datacentres []string // of the voters
	Setting     core.Setting
	// Differences are what the configuration file says otherwise than the cluster was
	// made, one sentence each.
	Differences []string
	// ChainsCompared and DigestsCompared count the marks of a peer that were held
	// against own ones; Divergence says what was found wrong.
	ChainsCompared, DigestsCompared uint64
	Divergence                      string
}

func (r *Replica) protocolStatus() ProtocolStatus {
	n := r.node
	s := ProtocolStatus{Rule: n.Rule(), Setting: n.Setting(), Differences: n.Differences(), Divergence: n.Divergence()}
	if g := n.Genesis(); g != nil {
		s.Datacentres = g.Datacentres()
	}
	s.ChainsCompared, s.DigestsCompared = n.Compared()
	return s
}
