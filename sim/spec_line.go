package sim

import (
	"fmt"
	"slices"
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
		fmt.Fprintf(&b, ",%q:%s", f.Name, f.Value())
	}
	return b.String() + "}"
}

// Value is the field as JSON.
func (f *SpecField) Value() string {
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

// Num returns a number of the line; 0 if it has none of that name.
func (l *SpecLine) Num(name string) int {
	for i := range l.Fields {
		if f := &l.Fields[i]; f.Name == name && !f.List && f.Word == "" {
			return f.Ints[0]
		}
	}
	return 0
}

// List returns a list of the line; nil if it has none of that name.
func (l *SpecLine) List(name string) []int {
	for i := range l.Fields {
		if f := &l.Fields[i]; f.Name == name && f.List {
			return f.Ints
		}
	}
	return nil
}

// With returns the line with other numbers in a field.
func (l *SpecLine) With(name string, ints ...int) SpecLine {
	c := *l
	c.Fields = slices.Clone(l.Fields)
	for i := range c.Fields {
		if c.Fields[i].Name == name {
			c.Fields[i].Ints = ints
		}
	}
	return c
}
