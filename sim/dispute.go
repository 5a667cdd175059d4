package sim

import (
	"fmt"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Held is a value that disks held at an instance in one ballot, at any time.
type Held struct {
	Instance uint64 `json:"instance"`
	Ballot   string `json:"ballot"`
	Value    string `json:"value"`
	Nodes    []int  `json:"nodes"`
	Chosen   bool   `json:"chosen"`
}

// Disputed lists what disks held at the instances that a text names.
func (t *Timeline) Disputed(text string) []Held {
	all := []Held{}
	for _, i := range instancesIn(text) {
		g := t.w.checks.ghost
		if i == 0 || i >= uint64(len(g.slots)) {
			continue
		}
		s := &g.slots[i]
		for _, v := range s.votes {
			h := Held{Instance: i, Ballot: v.ballot.String(), Value: s.words(v.digest), Nodes: []int{}, Chosen: s.chosen && s.digest == v.digest}
			for seat := range core.Seat(MaxNodes) {
				if v.seats.Has(seat) {
					h.Nodes = append(h.Nodes, int(seat))
				}
			}
			all = append(all, h)
		}
	}
	return all
}

// instancesIn finds the numbers behind the word "instance" in the first line.
func instancesIn(text string) (all []uint64) {
	line, _, _ := strings.Cut(text, "\n")
	words := strings.Fields(line)
	seen := map[uint64]bool{}
	for k, word := range words[:max(0, len(words)-1)] {
		var i uint64
		if strings.TrimSuffix(word, "s") != "instance" {
			continue
		}
		if _, err := fmt.Sscanf(words[k+1], "%d", &i); err == nil && !seen[i] {
			seen[i] = true
			all = append(all, i)
		}
	}
	return all
}

// words says what a value is.
func (s *slot) words(digest uint64) string {
	for k := range s.values {
		if s.values[k].digest == digest {
			return valueWords(s.values[k].value)
		}
	}
	return fmt.Sprintf("%x", digest)
}

func valueWords(v core.Value) string {
	switch v.Kind() {
	case core.KindBarrier:
		b := readBallot(v[1:])
		return fmt.Sprintf("the barrier of %v", b)
	case core.KindCheckpoint:
		return "a freeze point"
	case core.KindLocality:
		return "a locality setting"
	}
	updates, err := v.Updates()
	if err != nil {
		return err.Error()
	}
	var parts []string
	for _, bytes := range updates {
		u, err := command.Decode(bytes)
		if err != nil {
			parts = append(parts, err.Error())
			continue
		}
		parts = append(parts, clip((&request{op: operation{update: u}}).words(), 120))
	}
	return clip(strings.Join(parts, "; "), 300)
}

// clip cuts a long text.
func clip(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n]) + "…"
	}
	return text
}
