package main

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// outcome is what one run of TLC said.
type outcome struct {
	End      ending
	Property string // that failed
	States   int64  // distinct states found
	Depth    int    // of the graph; of a run that failed, states of the counterexample
	Trace    []string
	Error    string // TLC's own words, when it could not check
}

// ending is how a run of TLC ended.
type ending string

const (
	endUnknown  ending = "unfinished"
	endHolds    ending = "holds"
	endViolated ending = "violated"
	endSampled  ending = "sampled"
	endError    ending = "error"
)

// What TLC's message numbers mean. With -tool it wraps each message in lines
// that name its number; the texts of these few have not changed in years.
const (
	msgInvariantAtStart = 2107
	msgInvariant        = 2110
	msgActionProperty   = 2112
	msgTemporal         = 2116
	msgAssumption       = 2104
	msgDeadlock         = 2114
	msgHolds            = 2193
	msgDepth            = 2194
	msgStats            = 2199
	msgState            = 2217
	msgStuttering       = 2218
	msgSimulated        = 2209
)

var (
	startOfMessage = regexp.MustCompile(`^@!@!@STARTMSG (\d+):(\d+) @!@!@$`)
	invariantName  = regexp.MustCompile(`Invariant (\w+) is violated`)
	actionName     = regexp.MustCompile(`Action property (\w+) is violated`)
	distinctStates = regexp.MustCompile(`(\d+) distinct states found`)
	graphDepth     = regexp.MustCompile(`state graph search is (\d+)`)
	actionOfState  = regexp.MustCompile(`^(\d+): <(\w+)`)
)

// parseOutput reads what "tlc2.TLC -tool" printed.
func parseOutput(r io.Reader) (outcome, error) {
	o := outcome{End: endUnknown}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	number, severity := 0, 0
	var body []string
	for lines.Scan() {
		line := lines.Text()
		if m := startOfMessage.FindStringSubmatch(line); m != nil {
			number, _ = strconv.Atoi(m[1])
			severity, _ = strconv.Atoi(m[2])
			body = body[:0]
			continue
		}
		if strings.HasPrefix(line, "@!@!@ENDMSG") {
			o.message(number, severity, strings.Join(body, "\n"))
			continue
		}
		body = append(body, line)
	}
	return o, lines.Err()
}

// errorSeverity is TLC's number for a message that is an error.
const errorSeverity = 1

func (o *outcome) message(number, severity int, text string) {
	switch number {
	case msgHolds:
		o.End = endHolds
	case msgSimulated:
		o.End = endSampled
	case msgInvariant, msgInvariantAtStart:
		o.violated(submatch(invariantName, text))
	case msgActionProperty:
		o.violated(submatch(actionName, text))
	case msgTemporal:
		o.violated("temporal")
	case msgAssumption:
		o.violated("ASSUME")
	case msgDeadlock:
		o.violated("deadlock")
	case msgStats:
		o.States, _ = strconv.ParseInt(submatch(distinctStates, text), 10, 64)
	case msgDepth:
		if o.End == endHolds {
			o.Depth, _ = strconv.Atoi(submatch(graphDepth, text))
		}
	case msgState, msgStuttering:
		o.state(text)
	default:
		// What comes after a violation only describes it.
		if severity == errorSeverity && o.End == endUnknown {
			o.End, o.Error = endError, text
		}
	}
}

func (o *outcome) violated(property string) {
	if o.End == endViolated {
		return
	}
	o.End, o.Property, o.Error = endViolated, property, ""
}

// state notes the action that led to a state of the counterexample.
func (o *outcome) state(text string) {
	if m := actionOfState.FindStringSubmatch(text); m != nil {
		o.Depth++
		o.Trace = append(o.Trace, m[2])
	}
}

func submatch(re *regexp.Regexp, text string) string {
	if m := re.FindStringSubmatch(text); m != nil {
		return m[1]
	}
	return ""
}

// judge says what is wrong about o, where m expects something else; "" if nothing.
func judge(m model, o outcome) string {
	wanted := map[expectation]ending{expectHolds: endHolds, expectRefuted: endViolated,
		expectReached: endViolated, expectSampled: endSampled}[m.Expect]
	property := o.Property
	if property == "" {
		property = "-"
	}
	switch {
	case o.End == endError:
		return "TLC: " + o.Error
	case o.End != wanted && wanted == endViolated:
		return fmt.Sprintf("%s was to be %s, and TLC ended with: %s", m.Property, m.Expect, o.End)
	case o.End != wanted:
		return fmt.Sprintf("it was to be %s, and TLC ended with: %s %s", wanted, o.End, property)
	case property != m.Property:
		return fmt.Sprintf("%s was violated, %s was to be", property, m.Property)
	case m.Expect == expectSampled:
		return ""
	case o.States != m.States && m.States != 0:
		return fmt.Sprintf("%d distinct states, %d were expected: read why, then note the new number", o.States, m.States)
	case o.Depth != m.Depth && m.Depth != 0:
		return fmt.Sprintf("depth %d, %d was expected", o.Depth, m.Depth)
	}
	return ""
}
