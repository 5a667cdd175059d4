package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/core/replica"
)

// wording says decisions in words and reads them back, under the options that give
// choices their meaning.
type wording struct {
	opts   Options
	tables map[tableKey][]string // made when first asked for
}

// tableKey is what a table may depend on beside the options.
type tableKey struct {
	phrase int
	a, b   uint8
}

func newWording(o Options) *wording {
	o.trim()
	return &wording{opts: o, tables: map[tableKey][]string{}}
}

// phraseWords are the words of each phrase.
var phraseWords = func() (all [][]string) {
	for _, p := range phrases {
		all = append(all, strings.Fields(p.text))
	}
	return all
}()

// say returns the words of a decision.
func (g *wording) say(d Decision) string {
	for k := range phrases {
		if phrases[k].kind != d.Kind {
			continue
		}
		line := g.fill(k, d)
		if got, ok := g.match(k, strings.Fields(line)); ok && got.Identity == d.Identity && got.Choice == d.Choice {
			return line
		}
	}
	return d.String()
}

// fill puts a decision into a phrase. What the phrase can't say is lost: that is for
// say to find out.
func (g *wording) fill(k int, d Decision) string {
	out := make([]string, len(phraseWords[k]))
	for i, word := range phraseWords[k] {
		if out[i] = word; word == "{C}" {
			out[i] = choiceWord(g.table(k, d.Identity), d.Choice)
		} else if f := identityFields[word]; f.print != nil {
			out[i] = f.print(d.Identity)
		}
	}
	return strings.Join(out, " ")
}

// read reads a line of words.
func (g *wording) read(line string) (Decision, error) {
	words := strings.Fields(line)
	for k := range phrases {
		if d, ok := g.match(k, words); ok {
			return d, nil
		}
	}
	d, err := ParseDecision(line)
	if err != nil {
		return d, fmt.Errorf("sim: %q says no decision; one looks like %q", line, "lose the 3rd Accept from n2 to n1")
	}
	return d, nil
}

// match reads words by one phrase.
func (g *wording) match(k int, words []string) (Decision, bool) {
	p, pattern := &phrases[k], phraseWords[k]
	d := Decision{Identity: p.fixed, Choice: 1}
	d.Kind = p.kind
	if len(words) != len(pattern) {
		return d, false
	}
	choice := -1
	for i, word := range pattern {
		f := identityFields[word]
		switch {
		case word == "{C}":
			choice = i
		case f.parse != nil:
			if !f.parse(words[i], &d.Identity) {
				return d, false
			}
		case word != words[i]:
			return d, false
		}
	}
	if choice < 0 {
		return d, true
	}
	c, ok := readChoice(g.table(k, d.Identity), words[choice])
	d.Choice = c
	return d, ok && c > 0
}

func (g *wording) table(k int, id Identity) []string {
	if phrases[k].choice == nil {
		return nil
	}
	key := tableKey{k, id.A, id.B}
	list, ok := g.tables[key]
	if !ok {
		list = phrases[k].choice(&g.opts, id)
		g.tables[key] = list
	}
	return list
}

// choiceWord says a choice by its table. Where that has the word twice, or not at
// all, the number follows: "500ms:10", ":64".
func choiceWord(list []string, c uint32) string {
	if list == nil {
		return strconv.FormatUint(uint64(c), 10)
	}
	if uint64(c) >= uint64(len(list)) {
		return fmt.Sprintf(":%d", c)
	}
	word := list[c]
	for i := range list {
		if list[i] == word && i != int(c) {
			return fmt.Sprintf("%s:%d", word, c)
		}
	}
	return word
}

func readChoice(list []string, word string) (uint32, bool) {
	if name, number, ok := strings.Cut(word, ":"); ok || list == nil {
		if !ok {
			name, number = "", word
		}
		c, err := strconv.ParseUint(number, 10, 32)
		return uint32(c), err == nil && (name == "" || c < uint64(len(list)) && list[c] == name)
	}
	if d, err := time.ParseDuration(word); err == nil {
		word = timeWord(d)
	}
	for c := range list {
		if list[c] == word {
			return uint32(c), true
		}
	}
	return 0, false
}

// identityField is a part of an identity as a word.
type identityField struct {
	print func(Identity) string
	parse func(string, *Identity) bool
}

var identityFields = map[string]identityField{ // looked up, never ranged over
	"{A}": {func(id Identity) string { return fmt.Sprintf("n%d", id.A) },
		func(s string, id *Identity) bool { return small(s, "n", &id.A) }},
	"{B}": {func(id Identity) string { return fmt.Sprintf("n%d", id.B) },
		func(s string, id *Identity) bool { return small(s, "n", &id.B) }},
	"{client}": {func(id Identity) string { return fmt.Sprintf("c%d", id.A) },
		func(s string, id *Identity) bool { return small(s, "c", &id.A) }},
	"{N}": {func(id Identity) string { return ordinal(id.N) }, func(s string, id *Identity) bool { return readOrdinal(s, &id.N) }},
	"{M}": {func(id Identity) string { return ordinal(id.M) }, func(s string, id *Identity) bool { return readOrdinal(s, &id.M) }},
	"{n}": {func(id Identity) string { return strconv.FormatUint(uint64(id.N), 10) },
		func(s string, id *Identity) bool { return number(s, &id.N) }},
	"{msg}": {func(id Identity) string { return named(messageNames[:], int(id.Msg)) },
		func(s string, id *Identity) bool { return name(messageNames[:], s, &id.Msg) }},
	"{job}": {func(id Identity) string { return named(jobWords, int(id.B)) },
		func(s string, id *Identity) bool { return name(jobWords, s, &id.B) }},
	"{fault}": {func(id Identity) string { return named(faultNames[:], int(id.A)) },
		func(s string, id *Identity) bool { return name(faultNames[:], s, &id.A) }},
}

var jobWords = func() (all []string) {
	for k := range replica.JobKinds {
		all = append(all, replica.JobKind(k).String())
	}
	return all
}()

func named(list []string, i int) string {
	if i < len(list) && list[i] != "" {
		return list[i]
	}
	return "?"
}

func name[T ~uint8](list []string, s string, to *T) bool {
	for i, n := range list {
		if n == s && s != "" {
			*to = T(i)
			return true
		}
	}
	return false
}

func small(s, prefix string, to *uint8) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	v, err := strconv.ParseUint(rest, 10, 8)
	*to = uint8(v)
	return ok && err == nil && strconv.FormatUint(v, 10) == rest
}

func number(s string, to *uint32) bool {
	v, err := strconv.ParseUint(s, 10, 32)
	*to = uint32(v)
	return err == nil
}

// ordinal prints 1st, 2nd, 3rd, 4th, … 11th.
func ordinal(n uint32) string {
	ending := "th"
	if n%100/10 != 1 {
		switch n % 10 {
		case 1:
			ending = "st"
		case 2:
			ending = "nd"
		case 3:
			ending = "rd"
		}
	}
	return strconv.FormatUint(uint64(n), 10) + ending
}

func readOrdinal(s string, to *uint32) bool {
	digits := strings.TrimRight(s, "stndrh")
	return number(digits, to) && ordinal(*to) == s
}
