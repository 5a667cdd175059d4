package main

import (
	"slices"

	"github.com/openvstorage/arakoon-go/sim"
)

// corruption is one way in which a trace may lie. It returns the trace that does and
// the index of the line that TLC must refuse; false if the trace has no place for it.
type corruption struct {
	name string
	lie  func(lines []sim.SpecLine) ([]sim.SpecLine, int, bool)
}

// corruptions are the lies that a check must see. Each stands for a way in which the
// core could break its protocol, or its trace the truth.
var corruptions = []corruption{
	{"a line is dropped", dropLine},
	{"a commit before its votes", earlyCommit},
	{"a vote before its sync", voteBeforeSync},
	{"a wrong value is proposed again", change("Master", "vals", func(l *sim.SpecLine) bool { return len(l.List("vals")) > 0 })},
	{"another value is accepted", change("Accept", "v", always)},
	{"a minority elects", change("Master", "q", always)},
	{"a ballot is used twice", startsAgain},
	{"a lease before its grants", earlyHold},
	{"a read at another node", readElsewhere},
	{"a read of an older state", staleRead},
	{"a restart knows too much", restartAhead},
	{"a catch-up brings another value", change("Take", "v", always)},
	{"a grant is dropped without a release", dropUnreleased},
	{"a candidacy before a grant has ended", earlyStart},
}

func always(*sim.SpecLine) bool { return true }

// change alters the numbers of a field in the last line of an action that fits, to what
// nobody proposed; a quorum becomes the node alone.
func change(action, field string, fits func(*sim.SpecLine) bool) func([]sim.SpecLine) ([]sim.SpecLine, int, bool) {
	return func(lines []sim.SpecLine) ([]sim.SpecLine, int, bool) {
		for i := len(lines) - 1; i >= 0; i-- {
			l := &lines[i]
			if l.Action != action || !fits(l) {
				continue
			}
			var other []int
			switch list := l.List(field); {
			case field == "q":
				other = []int{l.Node}
			case list != nil:
				other = slices.Clone(list)
				other[0] = 1_000_000
			default:
				other = []int{1_000_000}
			}
			return replaced(lines, i, l.With(field, other...)), i, true
		}
		return nil, 0, false
	}
}

func replaced(lines []sim.SpecLine, i int, l sim.SpecLine) []sim.SpecLine {
	c := slices.Clone(lines)
	c[i] = l
	return c
}

// dropLine drops a Learn: the node's next line tells of a commit index that it can't have.
func dropLine(lines []sim.SpecLine) ([]sim.SpecLine, int, bool) {
	for i := range lines {
		if lines[i].Action != "Learn" {
			continue
		}
		for k := i + 1; k < len(lines); k++ {
			if lines[k].Node != lines[i].Node || lines[k].Action == "Tick" {
				continue
			}
			if next := lines[k].Action; next == "Hand" || next == "Sync" || next == "Grant" {
				return slices.Delete(slices.Clone(lines), i, i+1), k - 1, true
			}
			break
		}
	}
	return nil, 0, false
}

// move puts line i right before line k.
func move(lines []sim.SpecLine, i, k int) []sim.SpecLine {
	l := lines[i]
	return slices.Insert(slices.Delete(slices.Clone(lines), i, i+1), k, l)
}

// earlyCommit moves a Commit right behind the Propose of its instance.
func earlyCommit(lines []sim.SpecLine) ([]sim.SpecLine, int, bool) {
	for i := range lines {
		l := &lines[i]
		if l.Action != "Propose" || l.Num("com") != l.Num("i")-1 {
			continue
		}
		for k := i + 1; k < len(lines); k++ {
			if lines[k].Action == "Commit" && lines[k].Node == l.Node {
				return move(lines, k, i+1), i + 1, true
			}
		}
	}
	return nil, 0, false
}

// voteBeforeSync moves the sync of a master's own vote behind the Commit, where at most
// one other node had accepted: of three voters, its own was needed.
func voteBeforeSync(lines []sim.SpecLine) ([]sim.SpecLine, int, bool) {
	for i := 1; i < len(lines); i++ {
		l := &lines[i]
		if l.Action != "Commit" || lines[i-1].Action != "Sync" || lines[i-1].Node != l.Node {
			continue
		}
		others := 0
		for k := range i {
			if a := &lines[k]; a.Action == "Accept" && a.Num("i") == l.Num("com") && a.Num("b") == l.Num("b") {
				others++
			}
		}
		if others <= 1 {
			return move(lines, i-1, i), i - 1, true
		}
	}
	return nil, 0, false
}

// startsAgain lets a candidate stand in its ballot a second time.
func startsAgain(lines []sim.SpecLine) ([]sim.SpecLine, int, bool) {
	for i := range lines {
		if lines[i].Action == "Start" {
			return slices.Insert(slices.Clone(lines), i+1, lines[i]), i + 1, true
		}
	}
	return nil, 0, false
}

// earlyHold moves a Hold right behind the request of its round.
func earlyHold(lines []sim.SpecLine) ([]sim.SpecLine, int, bool) {
	for i := range lines {
		for k := i + 1; k < len(lines) && lines[i].Action == "LeaseReq"; k++ {
			if lines[k].Action == "Hold" && lines[k].Num("b") == lines[i].Num("b") && lines[k].Num("r") == lines[i].Num("r") {
				return move(lines, k, i+1), i + 1, true
			}
		}
	}
	return nil, 0, false
}

// readElsewhere lets another node answer a read.
func readElsewhere(lines []sim.SpecLine) ([]sim.SpecLine, int, bool) {
	for i := range lines {
		if lines[i].Action != "Read" {
			continue
		}
		for k := i - 1; k >= 0; k-- {
			if lines[k].Node != lines[i].Node && lines[k].Action != "Tick" {
				l := lines[k]
				l.Action = "Read"
				l.Fields = append(slices.Clone(l.Fields), sim.SpecField{Name: "i", Ints: []int{l.Num("com")}})
				return replaced(lines, i, l), i, true
			}
		}
	}
	return nil, 0, false
}

// restartAhead lets a node come back with a commit index that it never had.
func restartAhead(lines []sim.SpecLine) ([]sim.SpecLine, int, bool) {
	for i := range lines {
		if l := &lines[i]; l.Action == "Crash" {
			return replaced(lines, i, l.With("com", l.Num("com")+50)), i, true
		}
	}
	return nil, 0, false
}

// dropUnreleased drops the HandOver: the first Release has nothing to rest on.
func dropUnreleased(lines []sim.SpecLine) ([]sim.SpecLine, int, bool) {
	for i := range lines {
		if lines[i].Action != "HandOver" {
			continue
		}
		for k := i + 1; k < len(lines); k++ {
			if lines[k].Action == "Release" {
				return slices.Delete(slices.Clone(lines), i, i+1), k - 1, true
			}
		}
	}
	return nil, 0, false
}

// earlyStart lets no time pass from a node's last grant to its own candidacy, which had
// to wait for its end.
func earlyStart(lines []sim.SpecLine) ([]sim.SpecLine, int, bool) {
	for i := range lines {
		if lines[i].Action != "Start" {
			continue
		}
		grant := lastGrant(lines, i)
		if grant < 0 {
			continue
		}
		c := slices.Clone(lines)
		for k := grant; k < i; k++ {
			if c[k].Action == "Tick" {
				c[k] = c[k].With("d", 0)
			}
		}
		return c, i, true
	}
	return nil, 0, false
}

// lastGrant is where the node of line i last granted, if nothing between could have
// ended that grant and nobody else stood or promised; -1 if there is no such line.
func lastGrant(lines []sim.SpecLine, i int) int {
	for k := i - 1; k >= 0; k-- {
		mine := lines[k].Node == lines[i].Node
		switch lines[k].Action {
		case "Grant":
			if mine {
				return k
			}
		case "Start", "Promise":
			return -1
		case "Crash", "Release", "GiveUp":
			if mine {
				return -1
			}
		}
	}
	return -1
}

// staleRead lets a read show an older state than one before it.
func staleRead(lines []sim.SpecLine) ([]sim.SpecLine, int, bool) {
	shown := 0
	for i := range lines {
		if lines[i].Action != "Read" {
			continue
		}
		if shown > 1 {
			l := lines[i].With("i", shown-1)
			return replaced(lines, i, l), i, true
		}
		shown = lines[i].Num("i")
	}
	return nil, 0, false
}
