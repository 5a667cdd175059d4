package sim

import (
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
)

// fold takes an event into the trace hash: everything about it that is the same
// in every run of the same seed.
func (w *World) fold(e *event) {
	h := w.hash
	h = (h ^ uint64(e.at)) * fnvPrime
	h = (h ^ uint64(e.kind)<<24 ^ uint64(e.node)<<16 ^ uint64(e.from)<<8 ^ uint64(e.life)<<32 ^ uint64(e.n)) * fnvPrime
	for _, b := range e.frame {
		h = (h ^ uint64(b)) * fnvPrime
	}
	w.hash = mix(h)
	if w.timeline != nil {
		w.timeline.begins(e)
	}
	if w.out != nil || w.timeline != nil {
		w.traceEvent(e)
	}
}

// foldWord takes a number into the trace hash.
func (w *World) foldWord(x uint64) { w.hash = mix((w.hash ^ x) * fnvPrime) }

func (w *World) traceEvent(e *event) {
	switch e.kind {
	case evTurn, evWake, evResume, evProbe, evEndCut, evFaultSlot:
		return // what they lead to is printed
	case evDeliver:
		return // printed when decoded
	case evJob:
		w.line(e.node, "%s", e.job)
	case evClient, evAnswer, evRequest, evClientTimeout, evScript, evFault, evHeal, evRate, evStart, evDie:
		return // printed where they happen
	default:
		panic("sim: event of kind " + e.kind.String())
	}
}

// stamp prints true time in seconds, to the microsecond.
func stamp(t int64) string { return fmt.Sprintf("%d.%06d", t/1_000_000_000, t%1_000_000_000/1000) }

// line prints one line of the readable trace: true time, node, what.
func (w *World) line(node uint8, format string, args ...any) {
	if w.timeline != nil {
		w.timeline.line(int(node), format, args)
	}
	if w.out != nil {
		fmt.Fprintf(w.out, "%s n%d %s\n", stamp(w.now), node, fmt.Sprintf(format, args...))
	}
}

// note prints a line that is about no single node.
func (w *World) note(format string, args ...any) {
	if w.timeline != nil {
		w.timeline.line(-1, format, args)
	}
	if w.out != nil {
		fmt.Fprintf(w.out, "%s -- %s\n", stamp(w.now), fmt.Sprintf(format, args...))
	}
}

// trace prints what happens to a message.
func (w *World) trace(node uint8, what string, env *core.Envelope) {
	if w.out == nil && w.timeline == nil {
		return
	}
	arrow, other := "->", env.To
	if what == "recv" {
		arrow, other = "<-", env.From
	}
	text := fmt.Sprintf("%s %s n%d %s", what, arrow, other, describe(env.Msg))
	if w.timeline != nil {
		w.timeline.message(node, what, env, text)
	}
	if w.out != nil {
		fmt.Fprintf(w.out, "%s n%d %s\n", stamp(w.now), node, text)
	}
}
