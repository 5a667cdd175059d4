package sim

// connection is what a link runs over. Production uses TCP, which loses nothing
// until it breaks, and then a suffix of what is under way. To core a break means
// nothing but loss, whoever sees it: the sender drops what it has queued and what
// comes while it dials anew; the receiver drops half a frame.
type connection struct {
	// epoch counts its breaks. Frames of the connection before the last break are
	// void from voidFrom on; those of earlier ones always.
	epoch    uint32
	voidFrom int64
	// deadUntil is until when what is sent is lost: there is no connection, or one
	// that leads nowhere.
	deadUntil int64
	// rest is what has arrived of a frame that isn't complete, at a process of that
	// life.
	rest     []byte
	restLife uint32
}

// half takes what has arrived of a frame that isn't complete.
func (c *connection) half(life uint32) []byte {
	rest := c.rest
	c.rest = nil
	if c.restLife != life {
		return nil // its connections ended with the process
	}
	return rest
}

// sight says who notices that a connection broke.
type sight uint8

const (
	seenByBoth     sight = 1 + iota
	seenBySender         // what is under way goes on arriving, until the next connection takes its place
	seenByReceiver       // nothing arrives any more, and the sender hears of it when it writes
	seenByNobody         // what is sent goes nowhere until a time-out says so
	sightEnd
)

var sightNames = [...]string{"", "both", "its sender", "its receiver", "nobody"}

func (s sight) String() string { return sightNames[s] }

// shares is into how many parts what is under way is divided: how many of them get
// lost is drawn.
const shares = 8

// reset breaks the connection.
func (l *link) reset(s sight) {
	w := l.net.w
	w.counts[FaultReset]++
	id := Identity{A: l.from, B: l.to, N: l.epoch + 1}
	under := max(l.latest+1-w.now, 0)
	l.voidFrom = w.now + under - mulDiv(under, int64(w.choose(id, DecideSuffix, Always(shares))), shares)
	c := w.choose(id, DecideRedial, w.laws.redial.odds())
	l.deadUntil = w.now + w.laws.redial[c]
	switch s {
	case seenByBoth:
	case seenBySender:
		l.voidFrom = l.deadUntil
	case seenByReceiver:
		l.voidFrom = w.now
		l.deadUntil += 2 * l.delay[0]
	case seenByNobody:
		l.deadUntil += w.laws.silence[c]
	default:
		panic("sim: a reset that neither somebody nor nobody sees")
	}
	if !l.troubled() {
		l.deadUntil = min(l.deadUntil, w.now+int64(w.opts.Lease)/healedDelay)
	}
	l.epoch++
	l.rest = nil
	w.line(l.from, "connection to n%d breaks, seen by %s", l.to, s)
}

// catchUp makes a connection anew whose frames would come later than that: what waits
// on a narrow link for seconds would keep back all that is sent behind it.
func (l *link) catchUp(soon int64) {
	if l.latest > soon {
		l.epoch++
		l.voidFrom, l.latest, l.rest = soon, soon, nil
	}
}

// void reports whether a frame of a connection that is gone has come too late.
func (l *link) void(epoch uint32) bool {
	return epoch != l.epoch && (epoch+1 != l.epoch || l.net.w.now >= l.voidFrom)
}
