package explore

import (
	"fmt"
	"slices"
	"strings"
)

// Counterexample is a broken rule and how to get there.
type Counterexample struct {
	Check string
	Text  string
	last  uint32 // the world before the last step
	step  step
}

// Path returns the steps from the first world to the broken rule, in words; no
// shorter way exists. Answers that change nobody are no steps: they are in the
// network as soon as somebody could give them.
func (e *Explorer) Path() []string {
	if e.found == nil {
		return nil
	}
	var numbers []uint32
	for k := e.found.last; k != 0; k = e.seen.parent(k) {
		numbers = append(numbers, k)
	}
	slices.Reverse(numbers)
	var lines []string
	w, to := &world{}, &world{}
	e.begin(w)
	for _, k := range numbers {
		lines = append(lines, e.towards(w, to, e.seen.print(k)))
		w, to = to, w
	}
	return append(lines, e.say(&e.found.step))
}

// towards makes the step from w to the world with that fingerprint, and says it.
func (e *Explorer) towards(w, to *world, print hash) (line string) {
	e.each(w, func(s *step) bool {
		if e.follow(w, s, to) && to.print == print {
			line = e.say(s)
			return false
		}
		return true
	})
	if line == "" {
		panic("explore: a world can't be reached from the one that it was reached from")
	}
	return line
}

// Replay takes the steps of a path, each given in the very words of Path, and
// returns the first broken rule, or why a step can't be taken.
func (e *Explorer) Replay(lines []string) (*Counterexample, error) {
	w, to := &world{}, &world{}
	e.begin(w)
	for n, line := range lines {
		s := e.find(w, line)
		if s == nil {
			return nil, fmt.Errorf("explore: step %d can't be taken there: %s", n+1, line)
		}
		if !e.follow(w, s, to) {
			return nil, fmt.Errorf("explore: step %d leaves the bounds: %s", n+1, line)
		}
		bad := s.t.wrong
		if bad == nil {
			bad = e.judge(to, s.t.commits)
		}
		if bad != nil {
			return &Counterexample{Check: bad.check, Text: bad.text}, nil
		}
		w, to = to, w
	}
	return nil, nil
}

func (e *Explorer) find(w *world, line string) (found *step) {
	e.each(w, func(s *step) bool {
		if e.say(s) != line {
			return true
		}
		found = &step{s.seat, s.in, s.place, s.message, s.t}
		return false
	})
	return found
}

// Text writes a path as a file that ReadPath reads.
func (e *Explorer) Text(plant string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# A path of arakoon-sim explore. Messages arrive in any order, as often as they like.\nbounds %v\n", e.bounds)
	if plant != "" {
		fmt.Fprintf(&b, "plant %s\n", plant)
	}
	fmt.Fprintf(&b, "check %s\nsaid %s\n", e.found.Check, e.found.Text)
	for n, line := range e.Path() {
		fmt.Fprintf(&b, "%3d. %s\n", n+1, line)
	}
	return b.String()
}

// PathFile is what a file of a path says.
type PathFile struct {
	Bounds Bounds
	Plant  string
	Check  string
	Steps  []string
}

// ReadPath reads what Text wrote, or a person.
func ReadPath(text string) (PathFile, error) {
	f := PathFile{Bounds: DefaultBounds()}
	for n, line := range strings.Split(text, "\n") {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		var err error
		switch {
		case word == "" || word[0] == '#' || word == "said":
		case word == "bounds":
			f.Bounds, err = ParseBounds(f.Bounds, rest)
		case word == "plant":
			f.Plant = rest
		case word == "check":
			f.Check = rest
		case strings.HasSuffix(word, "."):
			f.Steps = append(f.Steps, rest)
		default:
			err = fmt.Errorf("explore: no such line: %s", line)
		}
		if err != nil {
			return f, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	return f, nil
}
