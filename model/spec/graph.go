package spec

import "fmt"

// Graph is what Enumerate found.
type Graph struct {
	States      int
	Steps       int    // taken from all states, also those that change nothing
	Transitions int    // (state, action, state) that differ, without steps that change nothing
	Depth       int    // states on the longest shortest path, as TLC counts
	Broken      string // an invariant that a state breaks; "": none
	Over        bool   // the limit was reached
}

// Look is called with each transition of a graph: the numbers of its states, from 0 on
// in the order of their finding.
type Look func(from int, act *Action, to int, after *State)

// Enumerate walks all states that the model c can reach, breadth first, without one of
// the guards if without isn't 0, and stops at a broken invariant or beyond limit states
// (0: none).
func Enumerate(c *Config, without Guard, limit int, look Look) Graph {
	e := &walk{graph: Graph{Depth: 1}, known: map[string]int{}, look: look, limit: limit}
	first := Init(c)
	first.Without(without)
	e.find(first)
	for level := 0; len(e.next) > 0 && !e.stop(); level++ {
		now := e.next
		e.next = nil
		for _, s := range now {
			e.expand(s.number, s.state)
		}
		if len(e.next) > 0 {
			e.graph.Depth++
		}
	}
	return e.graph
}

type walk struct {
	graph Graph
	known map[string]int // number of a state by key; never ranged over
	next  []found
	look  Look
	limit int
	b     []byte
}

type found struct {
	number int
	state  *State
}

func (e *walk) stop() bool { return e.graph.Over || e.graph.Broken != "" }

// find numbers a state, and keeps it if it is new.
func (e *walk) find(s *State) (number int, isNew bool) {
	e.b = s.key(e.b[:0])
	if number, ok := e.known[string(e.b)]; ok {
		return number, false
	}
	number = len(e.known)
	e.known[string(e.b)] = number
	e.graph.States++
	if e.graph.Broken == "" {
		e.graph.Broken = s.Broken()
	}
	e.graph.Over = e.limit > 0 && e.graph.States > e.limit
	e.next = append(e.next, found{number, s})
	return number, true
}

func (e *walk) expand(number int, s *State) {
	type edge struct {
		act *Action
		to  int
	}
	seen := map[edge]bool{} // never ranged over
	for _, act := range actions {
		if act.all == nil {
			continue
		}
		act.all(s, func(a Args) {
			if e.stop() || s.Enabled(act, &a) != "" {
				return
			}
			e.graph.Steps++
			after := s.clone()
			act.effect(after, &a)
			to, _ := e.find(after)
			if to == number || seen[edge{act, to}] {
				return
			}
			seen[edge{act, to}] = true
			e.graph.Transitions++
			if e.look != nil {
				e.look(number, act, to, after)
			}
		})
	}
}

func (g Graph) String() string {
	return fmt.Sprintf("states=%d steps=%d transitions=%d depth=%d", g.States, g.Steps, g.Transitions, g.Depth)
}
