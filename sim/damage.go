package sim

import "bytes"

// frameMark says what has been done to a frame on its way.
type frameMark uint8

const (
	intact   frameMark = iota
	damaged            // it must not be accepted
	replayed           // it comes out of the archive
)

// damages are the ways to damage a frame, each at a place in it. What they return
// may begin with the frame as it was: then a bit of its last byte is turned.
var damages = []struct {
	fault Fault
	to    func(f []byte, at int) []byte
}{
	{FaultCorrupt, func(f []byte, at int) []byte { f[at] ^= 1 << (at % 8); return f }},
	{FaultTruncate, func(f []byte, at int) []byte { return f[:max(at, 1)] }},
	{FaultCorrupt, func(f []byte, at int) []byte { clear(f[at:min(at+16, len(f))]); return f }},
	{FaultCorrupt, func(f []byte, at int) []byte { f[at%4] ^= 1 << (at % 8); return f }}, // its length
	{FaultCorrupt, func(f []byte, at int) []byte { return append(f[:at], f[at/2:]...) }}, // a piece comes twice
	{FaultTruncate, func(f []byte, at int) []byte { return append(f[:at], f[min(at+4, len(f)):]...) }},
}

// damagePlaces is how many places in a frame a decision can name.
const damagePlaces = 4096

// damage returns what arrives of a frame.
func (l *link) damage(id Identity, f []byte) ([]byte, frameMark) {
	w := l.net.w
	c := w.choose(id, DecideDamage, Odds{w.opts.Corrupt, len(damages) * damagePlaces})
	if c == 0 {
		return f, intact
	}
	c--
	d := damages[c%len(damages)]
	wrong := d.to(bytes.Clone(f), c/len(damages)*len(f)/damagePlaces)
	if bytes.HasPrefix(wrong, f) {
		wrong[len(f)-1] ^= 1
	}
	w.counts[d.fault]++
	w.line(l.from, "its frame for n%d is damaged: %d of %d bytes", l.to, len(wrong), len(f))
	return wrong, damaged
}
