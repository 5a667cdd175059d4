package ini

import (
	"fmt"
	"io"
	"strings"
)

// MaxFileBytes bounds a configuration file.
const MaxFileBytes = 4 << 20

// File is a parsed file: its sections in the order of the text.
type File struct {
	Name     string
	Sections []*Section
}

// Section is a [name] with its entries in the order of the text.
type Section struct {
	Name    string
	Line    int
	Entries []Entry
}

// Entry is one "key = value". Value has its leading blanks removed, its trailing
// ones kept, and continued lines joined.
type Entry struct {
	Key   string
	Value string
	Line  int // of the key
}

// Section returns the section that lookups use: the last one of that name.
func (f *File) Section(name string) *Section {
	for i := len(f.Sections) - 1; i >= 0; i-- {
		if f.Sections[i].Name == name {
			return f.Sections[i]
		}
	}
	return nil
}

// Lookup returns the entry that counts: the last one of that key.
func (s *Section) Lookup(key string) (Entry, bool) {
	for i := len(s.Entries) - 1; i >= 0; i-- {
		if s.Entries[i].Key == key {
			return s.Entries[i], true
		}
	}
	return Entry{}, false
}

// Parse reads a file in Arakoon's dialect. name stands in errors.
//
//	file    = { empty | section }           lines with # in column 1 don't exist
//	section = "[" name "]" entry { empty | entry }
//	entry   = name "=" value                blanks around names are skipped
//	name    = letters, digits, "-", "_", ":"
//	value   = printable ASCII and tabs up to the end of the line; a backslash
//	          before the end of the line continues it
func Parse(r io.Reader, name string) (*File, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxFileBytes+1))
	if err != nil {
		return nil, &Error{File: name, Cause: err.Error(), Next: "check that the file can be read", Code: ExitSyntax}
	}
	if len(text) > MaxFileBytes {
		return nil, &Error{File: name, Cause: fmt.Sprintf("more than %d bytes", MaxFileBytes),
			Next: "check that this is a configuration file", Code: ExitSyntax}
	}
	p := parser{file: &File{Name: name}, lines: splitLines(string(text))}
	if err := p.run(); err != nil {
		return nil, err
	}
	return p.file, nil
}

// numbered is a line that exists, with its number in the file.
type numbered struct {
	text string
	n    int
}

// splitLines drops comments before anything else looks at the text, so that a
// comment may stand inside a continued value.
func splitLines(text string) []numbered {
	var lines []numbered
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, numbered{line, n})
		}
	}
	return lines
}

type parser struct {
	file  *File
	lines []numbered
	at    int
}

func (p *parser) run() error {
	for p.at < len(p.lines) {
		line := p.lines[p.at]
		p.at++
		if err := p.printable(line); err != nil {
			return err
		}
		if err := p.line(line); err != nil {
			return err
		}
	}
	if err := p.endSection(); err != nil {
		return err
	}
	if len(p.file.Sections) == 0 {
		return &Error{File: p.file.Name, Cause: "the file has no section", Next: "it needs at least [global] and one section per node", Code: ExitSyntax}
	}
	return nil
}

func (p *parser) line(line numbered) error {
	trimmed := strings.Trim(line.text, " \t")
	switch {
	case trimmed == "":
		return nil
	case trimmed[0] == '#':
		return p.fail(line, "an indented comment", "put the # in column 1")
	case trimmed[0] == ';':
		return p.fail(line, "a comment that begins with ;", "begin it with # in column 1")
	case trimmed[0] == '[':
		return p.section(line, trimmed)
	default:
		return p.entry(line)
	}
}

func (p *parser) section(line numbered, trimmed string) error {
	if err := p.endSection(); err != nil {
		return err
	}
	inner, closed := strings.CutSuffix(trimmed[1:], "]")
	name := strings.Trim(inner, " \t")
	if !closed || !isName(name) {
		return p.fail(line, fmt.Sprintf("not a section: %.40q", trimmed), "write [name], with letters, digits, - _ and : in the name")
	}
	p.file.Sections = append(p.file.Sections, &Section{Name: name, Line: line.n})
	return nil
}

// endSection checks the section that ends here.
func (p *parser) endSection() error {
	if len(p.file.Sections) == 0 {
		return nil
	}
	s := p.file.Sections[len(p.file.Sections)-1]
	if len(s.Entries) > 0 {
		return nil
	}
	return &Error{File: p.file.Name, Line: s.Line, Cause: fmt.Sprintf("section [%s] is empty", s.Name),
		Next: "give it an entry or remove it", Code: ExitSyntax}
}

func (p *parser) entry(line numbered) error {
	left, value, found := strings.Cut(line.text, "=")
	key := strings.Trim(left, " \t")
	switch {
	case !found:
		return p.fail(line, fmt.Sprintf("neither [section] nor key = value: %.40q", line.text), "add the = or put a # in column 1")
	case !isName(key):
		return p.fail(line, fmt.Sprintf("not a key: %.40q", key), "keys have letters, digits, - _ and : only")
	case len(p.file.Sections) == 0:
		return p.fail(line, fmt.Sprintf("key %.40q stands before the first section", key), "put [global] above it")
	}
	value, err := p.continued(value)
	if err != nil {
		return err
	}
	s := p.file.Sections[len(p.file.Sections)-1]
	s.Entries = append(s.Entries, Entry{Key: key, Value: strings.TrimLeft(value, " \t"), Line: line.n})
	return nil
}

// continued joins the lines that a backslash at the end asks for.
func (p *parser) continued(value string) (string, error) {
	if !strings.HasSuffix(value, `\`) || p.at >= len(p.lines) {
		return value, nil
	}
	var b strings.Builder
	for strings.HasSuffix(value, `\`) && p.at < len(p.lines) {
		b.WriteString(strings.TrimSuffix(value, `\`))
		next := p.lines[p.at]
		p.at++
		if err := p.printable(next); err != nil {
			return "", err
		}
		value = next.text
	}
	b.WriteString(value)
	return b.String(), nil
}

// printable refuses what the dialect doesn't know.
func (p *parser) printable(line numbered) error {
	for i := 0; i < len(line.text); i++ {
		switch c := line.text[i]; {
		case c == '\r':
			return p.fail(line, "a carriage return", "save the file with Unix line ends")
		case c != '\t' && (c < ' ' || c > '~'):
			return p.fail(line, fmt.Sprintf("byte 0x%02x in column %d", c, i+1), "only printable ASCII is allowed outside comments")
		}
	}
	return nil
}

func (p *parser) fail(line numbered, cause, next string) error {
	return &Error{File: p.file.Name, Line: line.n, Cause: cause, Next: next, Code: ExitSyntax}
}

// isName reports whether s can name a section or a key.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == ':':
		default:
			return false
		}
	}
	return s != ""
}
