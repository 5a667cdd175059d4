package sim

import "fmt"

// Failure says which check fired, when, and about what.
type Failure struct {
	Check string
	At    int64 // true time, ns
	Text  string
}

func (f *Failure) String() string {
	return fmt.Sprintf("%s at %s: %s", f.Check, stamp(f.At), f.Text)
}

// goOnFor bounds, in events, how long a run goes on after its first failure.
const goOnFor = 200_000

// GoOn lets the run go on after a failed check, so that its Result also lists what
// other checks would have found (Result.Also): that tells which check sees what.
func (w *World) GoOn() { w.goesOn = true }

// over reports whether the run has come to its end.
func (w *World) over() bool {
	return w.done || w.limit > 0 && w.stats.Events >= w.limit || w.failure != nil && (!w.goesOn || w.stats.Events > w.failedAt+goOnFor)
}

// fail notes what a check found: the first decides what the run failed of, and ends
// it unless it goes on. Of each other check its first find counts.
func (w *World) fail(check, format string, args ...any) {
	f := Failure{Check: check, At: w.now, Text: fmt.Sprintf(format, args...)}
	switch {
	case w.failure == nil:
		w.failure, w.failedAt = &f, w.stats.Events
		w.note("FAIL %s", &f)
	case w.goesOn && !w.fired(check):
		w.also = append(w.also, f)
		w.note("ALSO %s", &f)
	}
}

// failAndEnd is fail for what leaves no run to go on with.
func (w *World) failAndEnd(check, format string, args ...any) {
	w.fail(check, format, args...)
	w.done = true
}

func (w *World) fired(check string) bool {
	if w.failure.Check == check {
		return true
	}
	for i := range w.also {
		if w.also[i].Check == check {
			return true
		}
	}
	return false
}

// violation is what a check found.
type violation struct {
	check string // K1 …
	text  string
}

func (v *violation) String() string { return v.check + " " + v.text }

func violated(check, format string, args ...any) *violation {
	return &violation{check: check, text: fmt.Sprintf(format, args...)}
}

// earlier returns the first of two finds. A check that has found something still
// takes everything in: what comes later is judged by what is true by then.
func earlier(first, next *violation) *violation {
	if first != nil {
		return first
	}
	return next
}

// report fails the run with what a check found, if it found something.
func (w *World) report(v *violation) {
	if v != nil && !w.muted {
		w.fail(v.check, "%s", v.text)
	}
}
