package core

// onHandOver gives mastership to another node (DESIGN 4.7).
func (n *Node) onHandOver(in HandOver) {
	n.onDropMaster()
	n.eff.Outcomes = append(n.eff.Outcomes, Outcome{in.Ticket, ""})
}

// onRelease is an acceptor's side of a hand-over (spec: Release).
func (n *Node) onRelease(from Seat, m *Release) { _, _ = from, m }

// onStandNow is the successor's side of a hand-over.
func (n *Node) onStandNow(from Seat, m *StandNow) { _, _ = from, m }
