package sim

import (
	"fmt"
	"strconv"
	"strings"
)

// SpecLine is one line of a trace for the spec: an action, the node that took it,
// and every choice that the spec leaves open, as small numbers (tla/README.md).
type SpecLine struct {
	Action string
	Node   int
	Fields []SpecField
}

// SpecField is a number, a list of numbers, or a word.
type SpecField struct {
	Name string
	Ints []int
	List bool
	Word string // if not empty
}

func (l *SpecLine) num(name string, v int) {
	l.Fields = append(l.Fields, SpecField{Name: name, Ints: []int{v}})
}

func (l *SpecLine) list(name string, v []int) {
	l.Fields = append(l.Fields, SpecField{Name: name, Ints: v, List: true})
}

func (l *SpecLine) word(name, v string) {
	l.Fields = append(l.Fields, SpecField{Name: name, Word: v})
}

// String is the line as a JSON object.
func (l *SpecLine) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"a":%q,"n":%d`, l.Action, l.Node)
	for _, f := range l.Fields {
		fmt.Fprintf(&b, ",%q:%s", f.Name, f.value())
	}
	return b.String() + "}"
}

func (f *SpecField) value() string {
	switch {
	case f.Word != "":
		return strconv.Quote(f.Word)
	case !f.List:
		return strconv.Itoa(f.Ints[0])
	}
	parts := make([]string, len(f.Ints))
	for i, v := range f.Ints {
		parts[i] = strconv.Itoa(v)
	}
	return "[" + strings.Join(parts, ",") + "]"
}
