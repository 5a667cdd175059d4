package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// figures prints what was measured, and remembers which aims were missed.
type figures struct {
	trial  string
	w      io.Writer
	aims   int
	missed []string
}

// value prints a figure without an aim.
func (f *figures) value(name string, v any) { fmt.Fprintf(f.w, "%s=%s\n", name, text(v)) }

// line prints several figures that belong together.
func (f *figures) line(format string, args ...any) { fmt.Fprintf(f.w, format+"\n", args...) }

// atMost prints a figure that aims at a bound from above.
func (f *figures) atMost(name string, v, aim float64) { f.judge(name, v, "<=", aim, v <= aim) }

// atLeast prints a figure that aims at a bound from below.
func (f *figures) atLeast(name string, v, aim float64) { f.judge(name, v, ">=", aim, v >= aim) }

func (f *figures) judge(name string, v float64, sign string, aim float64, met bool) {
	word := "met"
	if !met {
		word = "missed"
	}
	f.count(name, met)
	fmt.Fprintf(f.w, "%s=%s aim%s%s %s\n", name, text(v), sign, text(aim), word)
}

func (f *figures) count(name string, met bool) {
	f.aims++
	if !met {
		f.missed = append(f.missed, name)
	}
}

// last prints the last line, with what else it shall say.
func (f *figures) last(more string) {
	line := f.trial + " ok"
	if len(f.missed) > 0 {
		line = f.trial + " short missed=" + strings.Join(f.missed, ",")
	}
	line += fmt.Sprintf(" aims=%d", f.aims)
	if more != "" {
		line += " " + more
	}
	fmt.Fprintln(f.w, line)
}

// text prints durations as seconds, and floats with what matters of them.
func text(v any) string {
	switch v := v.(type) {
	case time.Duration:
		return text(v.Seconds())
	case float64:
		switch {
		case v == float64(int64(v)):
			return strconv.FormatInt(int64(v), 10)
		case v >= 1000 || v <= -1000:
			return strconv.FormatFloat(v, 'f', 0, 64)
		case v < 0.1 && v > -0.1:
			return strconv.FormatFloat(v, 'f', 5, 64)
		default:
			return strconv.FormatFloat(v, 'f', 3, 64)
		}
	default:
		return fmt.Sprint(v)
	}
}
