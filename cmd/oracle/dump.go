package main

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/openvstorage/arakoon-go/model/spec"
)

// print is a state's fingerprint: of its canonical text.
type print [16]byte

type transition struct {
	from   print
	action string
	to     print
}

// graph is a state graph; steps that change nothing are left out.
type graph struct {
	states map[print]bool
	edges  map[transition]bool
}

func newGraph() graph { return graph{map[print]bool{}, map[transition]bool{}} }

func printOf(value func(name string) (string, error)) (print, error) {
	h := sha256.New()
	for _, name := range spec.Variables {
		v, err := value(name)
		if err != nil {
			return print{}, fmt.Errorf("%s: %w", name, err)
		}
		fmt.Fprintf(h, "%s=%s\n", name, v)
	}
	return print(h.Sum(nil)[:16]), nil
}

var (
	nodeLine = regexp.MustCompile(`^(-?\d+) \[label="(.*?)"(?:,[a-z]+ ?= ?[a-z]+)*\];?$`)
	edgeLine = regexp.MustCompile(`^(-?\d+) -> (-?\d+) \[label="(\w+)"`)
)

// readDump reads what TLC wrote with -dump dot,actionlabels.
func readDump(r io.Reader) (graph, error) {
	g, names := newGraph(), map[string]print{}
	type edge struct{ from, action, to string }
	var edges []edge
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if m := edgeLine.FindStringSubmatch(line); m != nil {
			edges = append(edges, edge{m[1], m[3], m[2]})
			continue
		}
		m := nodeLine.FindStringSubmatch(strings.ReplaceAll(line, `\"`, "'"))
		if m == nil {
			continue // how to draw it
		}
		p, err := stateOf(m[2])
		if err != nil {
			return g, err
		}
		names[m[1]] = p
		g.states[p] = true
	}
	for _, e := range edges {
		if names[e.from] != names[e.to] {
			g.edges[transition{names[e.from], e.action, names[e.to]}] = true
		}
	}
	return g, lines.Err()
}

// stateOf reads a label: "/\\ variable = value", escaped as dot wants it.
func stateOf(label string) (print, error) {
	text := strings.NewReplacer(`\n`, "\n", `\\`, `\`, "'", `"`).Replace(label)
	values := map[string]string{}
	for _, part := range strings.Split("\n"+text, "\n/\\ ")[1:] {
		name, value, _ := strings.Cut(part, " = ")
		values[name] = value
	}
	return printOf(func(name string) (string, error) { return canonical(values[name]) })
}

// walk is the same graph as model/spec walks it.
func walk(m *spec.Model) (graph, spec.Graph, error) {
	g := newGraph()
	var prints []print
	var failed error
	note := func(s *spec.State) print {
		v := s.TLA()
		p, err := printOf(func(name string) (string, error) { return v[name], nil })
		if err != nil {
			failed = err
		}
		g.states[p] = true
		return p
	}
	prints = append(prints, note(spec.Init(&m.Config)))
	found := spec.Enumerate(&m.Config, 0, 0, func(from int, act *spec.Action, to int, after *spec.State) {
		if to == len(prints) {
			prints = append(prints, note(after))
		}
		g.edges[transition{prints[from], labelOf(act), prints[to]}] = true
	})
	return g, found, failed
}

// labels are TLC's where they aren't the action's name: what Next quantifies over a set
// of messages is labelled Next.
var labels = map[*spec.Action]string{spec.BecomeMaster: "BecomeMasterBy", spec.Promise: "Next", spec.Accept: "Next",
	spec.LearnCommit: "Next", spec.LeaseGrant: "Next"}

func labelOf(act *spec.Action) string {
	if label := labels[act]; label != "" {
		return label
	}
	return act.Name
}
