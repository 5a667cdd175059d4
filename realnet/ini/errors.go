package ini

import "fmt"

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
	text := place(e.File, e.Line) + clip(e.Cause)
	if e.Next != "" {
		text += "; " + clip(e.Next)
	}
	return text
}

// maxText bounds what a file's own text contributes to a message, in bytes.
const maxText = 180

// clip keeps a message readable, whatever the file says.
func clip(text string) string {
	if len(text) <= maxText {
		return text
	}
	return text[:maxText] + "…"
}

// Warning is something in a file that has no effect, or not the one it seems to
// have.
type Warning struct {
	File string
	Line int
	Text string
}

func (w Warning) String() string { return place(w.File, w.Line) + clip(w.Text) }

func place(file string, line int) string {
	if line == 0 {
		return file + ": "
	}
	return fmt.Sprintf("%s:%d: ", file, line)
}
