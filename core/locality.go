package core

// tookSetting takes over a locality setting that came with a snapshot.
func (n *Node) tookSetting(setting []byte) { _ = setting }

// onWaive handles an operator's word on a datacentre.
func (n *Node) onWaive(in Waive) {
	n.eff.Outcomes = append(n.eff.Outcomes, Outcome{in.Ticket, "this cluster counts by majority: there is nothing to waive"})
}
