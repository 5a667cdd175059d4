package ini

import (
	"fmt"
	"strings"
)

// Exit codes of a node that refuses its configuration, as Arakoon's.
const (
	ExitSyntax = 2  // the file can't be read as Arakoon's INI, or a value as its type
	ExitConfig = 66 // a required option is missing, or options contradict each other
)

// Error is a configuration that can't be used.
type Error struct {
	File string
	Line int // 0: the file as a whole
	// Cause says what is wrong, Next what to do about it.
	Cause string
	Next  string
	Code  int // ExitSyntax or ExitConfig
}

func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(place(e.File, e.Line))
	b.WriteString(e.Cause)
	if e.Next != "" {
		b.WriteString("; " + e.Next)
	}
	return b.String()
}

// Warning is something in a file that has no effect, or not the one it seems to
// have.
type Warning struct {
	File string
	Line int
	Text string
}

func (w Warning) String() string { return place(w.File, w.Line) + w.Text }

func place(file string, line int) string {
	if line == 0 {
		return file + ": "
	}
	return fmt.Sprintf("%s:%d: ", file, line)
}
