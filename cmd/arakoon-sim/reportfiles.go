package main

import (
	"encoding/xml"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// reportFiles are the files that a hunt writes, each if it was given a name.
type reportFiles struct{ json, junit, ledger string }

func (f *reportFiles) flags(flags *pflag.FlagSet) {
	flags.StringVar(&f.json, "json", "", "write a report to this file")
	flags.StringVar(&f.junit, "junit", "", "write a report to this file, as JUnit XML")
	flags.StringVar(&f.ledger, "ledger", "", "append failing seeds to this file, in the form of sim/testdata/seeds.txt")
}

// note appends a failing seed to the ledger, at once: a hunt may be killed.
func (f *reportFiles) note(found *failing) error {
	if f.ledger == "" {
		return nil
	}
	file, err := os.OpenFile(f.ledger, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, ledgerLine(found))
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// ledgerLine is a line of the ledger: the seed, all options that the run had, then,
// where the cause will stand once it is known, the commit and what the check said.
func ledgerLine(f *failing) string {
	first, _, _ := strings.Cut(f.Failure.Text, "\n")
	return fmt.Sprintf("%d %s commit=%s %s: %s", f.Seed, f.Options, commit(), f.Failure.Check, first)
}

// write writes the reports.
func (f *reportFiles) write(s *summary) error {
	if f.json != "" {
		file, err := os.Create(f.json)
		if err != nil {
			return err
		}
		err = printJSON(file, s)
		if closed := file.Close(); err == nil {
			err = closed
		}
		if err != nil {
			return err
		}
	}
	if f.junit == "" {
		return nil
	}
	text, err := xml.MarshalIndent(junitOf(s), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(f.junit, append([]byte(xml.Header), append(text, '\n')...), 0o644)
}

// What a JUnit report has: one suite; in it one case that stands for all seeds that
// went well, one per seed that failed, and one per goal that was missed.
type (
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Time    string        `xml:"time,attr,omitempty"`
		Failure *junitFailure `xml:"failure"`
		Output  string        `xml:"system-out,omitempty"`
	}
	junitFailure struct {
		Kind    string `xml:"type,attr"`
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func junitOf(s *summary) *junitSuite {
	class := "arakoon-sim.hunt." + s.Profile
	suite := &junitSuite{Name: "arakoon-sim hunt", Time: fmt.Sprintf("%.1f", s.Seconds)}
	suite.Cases = append(suite.Cases, junitCase{Class: class, Name: "seeds", Time: suite.Time,
		Output: fmt.Sprintf("commit %s: %d seeds, %d events, %s virtual seconds", s.Commit, s.Seeds, s.Stats.Events, s.Virtual)})
	for _, o := range s.Failures {
		first, _, _ := strings.Cut(o.Text, "\n")
		suite.Cases = append(suite.Cases, junitCase{Class: class, Name: fmt.Sprintf("seed %d", o.Seed),
			Failure: &junitFailure{Kind: o.Check, Message: o.Check + ": " + first, Text: o.Text + "\n" + o.Replay}})
	}
	for _, miss := range s.Misses {
		suite.Cases = append(suite.Cases, junitCase{Class: class, Name: "goal: " + miss,
			Failure: &junitFailure{Kind: "coverage", Message: miss, Text: miss}})
	}
	suite.Tests, suite.Failures = len(suite.Cases), len(suite.Cases)-1
	return suite
}
