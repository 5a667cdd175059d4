package sim

// Slow readers: a client may take its time with an answer, and the process keeps the
// view that it is made from until the end: pages that are freed meanwhile must not
// be used again.

// holdView lets a read go on later, if its reader is a slow one. What a process held
// is gone with it.
func (n *node) holdView(r *request, read func()) bool {
	w := n.w
	if r.client == nil || w.healed {
		return false
	}
	c := w.choose(Identity{A: r.client.id, N: r.try}, DecideReadHold, Odds{w.opts.ReadHold, len(w.laws.fault) - 1})
	if c == 0 {
		return false
	}
	life := n.life
	w.push(event{at: w.now + w.laws.fault[c], kind: evScript, run: func() {
		if n.up && n.life == life {
			read()
		} else {
			n.reply(r, unknown)
		}
	}})
	return true
}
