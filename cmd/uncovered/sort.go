package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// sort says what a statement that was not reached is.
type sort uint8

const (
	assertion sort = iota // of own state
	passedOn              // an error that is only returned
	mark                  // a method without statements, which makes a type one of a sealed set
	judgedOne             // judged by itself
	other                 // not judged
	sorts
)

var sortNames = [sorts]string{"assertion", "error passed on", "mark", "judged", "not judged"}

func (s sort) String() string { return sortNames[s] }

// finding is a statement that was not reached.
type finding struct {
	sort sort
	key  string // "path func | first statement": stays the same when lines move
}

var (
	asserts = regexp.MustCompile(`^(panic|assertf|t\.Fatal)\(`)
	failing = regexp.MustCompile(`\b(err|v) != nil\b|^case .*\berr\b|errors\.Is\(`)
	returns = regexp.MustCompile(`^(return\b|errs = |err = |[\w.]+\.fail\(err\))`)
	marks   = regexp.MustCompile(`^func \([^)]*\) is[A-Z]\w*\(\)\s*\{\}$`)
	// harness names the packages that hold others to their contract: what they report
	// is a bug of what they test.
	harness  = regexp.MustCompile(`/(treetest|disktest)/`)
	reports  = regexp.MustCompile(`^return .*(fmt\.Errorf|errors\.Join)\(`)
	function = regexp.MustCompile(`^func (\([^)]*\) )?([A-Za-z0-9_]+)`)
)

var sources = map[string][]string{}

func sourceOf(path string) ([]string, error) {
	if lines, ok := sources[path]; ok {
		return lines, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sources[path] = strings.Split(string(text), "\n")
	return sources[path], nil
}

// sortOf looks at the source of a block.
func sortOf(b block) (finding, error) {
	lines, err := sourceOf(b.path)
	if err != nil {
		return finding{}, err
	}
	if b.end > len(lines) {
		return finding{}, fmt.Errorf("%s has %d lines, the profile goes to %d: it is of another version", b.path, len(lines), b.end)
	}
	head, body := split(lines, b)
	f := finding{sort: other, key: fmt.Sprintf("%s %s | %s", b.path, funcOf(lines, b.line), first(head, body))}
	switch {
	case marks.MatchString(head):
		f.sort = mark
	case len(body) > 0 && (asserts.MatchString(body[0]) || harness.MatchString(b.path) && reports.MatchString(body[0])):
		f.sort = assertion
	case failing.MatchString(head) && len(body) > 0 && slices.ContainsFunc(body, returns.MatchString) && len(body) <= 3:
		f.sort = passedOn
	}
	return f, nil
}

// split returns the line that leads to the block, and the statements in it.
func split(lines []string, b block) (head string, body []string) {
	head = strings.TrimSpace(lines[b.line-1])
	from := b.line
	if !strings.HasSuffix(head, "{") && !strings.HasSuffix(head, ":") {
		from-- // it begins with a statement
	}
	for _, line := range lines[from:b.end] {
		if line = strings.TrimSpace(line); line != "" && line != "}" && !strings.HasPrefix(line, "//") {
			body = append(body, line)
		}
	}
	return head, body
}

func first(head string, body []string) string {
	if len(body) == 0 {
		return head
	}
	return body[0]
}

// funcOf returns the name of the function around a line.
func funcOf(lines []string, line int) string {
	for n := line - 1; n >= 0; n-- {
		if m := function.FindStringSubmatch(lines[n]); m != nil {
			return m[2]
		}
	}
	return "-"
}

// tally counts statements.
type tally struct {
	all   int
	count [sorts]int
}

func (t *tally) add(f finding, statements int) { t.count[f.sort] += statements }

// share is how much was reached, in percent.
func (t *tally) share() float64 {
	missed := 0
	for _, n := range t.count {
		missed += n
	}
	return 100 * float64(t.all-missed) / float64(max(t.all, 1))
}

// String prints the line that ends the output.
func (t *tally) String() string {
	text := fmt.Sprintf("covered statements=%d share=%.1f%%", t.all, t.share())
	for s := range sorts {
		text += fmt.Sprintf(" %s=%d", strings.ReplaceAll(s.String(), " ", "_"), t.count[s])
	}
	return text
}
