package main

import (
	"regexp"
	"strings"
)

// badWords may not stand in any text of the tree. The patterns are written so
// that they do not match themselves.
var badWords = []struct {
	pattern *regexp.Regexp
	reason  string
}{
	{regexp.MustCompile(`\b(TO[D]O|FIX[M]E|XX[X])\b`), "an unfinished thing is finished, or an issue"},
	{regexp.MustCompile(`(^|[\s"'(=])/(wor[k]|roo[t]|hom[e]/\w+|User[s]/\w+)/`), "a path of one machine means nothing on another"},
	{regexp.MustCompile(`(?i)\bbash_job[s]\b`), "a path of one machine means nothing on another"},
}

func checkWords(s *source) []finding {
	var all []finding
	for i, line := range strings.Split(s.Text, "\n") {
		for _, w := range badWords {
			if m := w.pattern.FindString(line); m != "" && !s.allowed(i+1, "words") {
				all = append(all, finding{s.Path, i + 1, "words", strings.TrimSpace(m) + ": " + w.reason})
			}
		}
	}
	return all
}
