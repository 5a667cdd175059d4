package sim

import (
	"fmt"
	"slices"
	"strings"
)

// A Recording is a run that a person can read, edit and keep: what it takes to
// have it again, and what was found in it. Replayed, it takes every decision that
// it doesn't list to be mild.
type Recording struct {
	Seed      uint64
	Options   Options
	Decisions []Decision
	Check     string // that fired; "" for none
	Said      string // what it said, one line
	Commit    string // of the code that the run was of
	Plant     string // planted bugs, comma separated
	Cause     string // what was wrong, once somebody knows
}

// Recorded keeps the run of a result.
func Recorded(r *Result) Recording {
	rec := Recording{Seed: r.Seed, Options: r.Options, Decisions: distinct(r.Decisions)}
	if r.Failure != nil {
		rec.Check = r.Failure.Check
		rec.Said, _, _ = strings.Cut(r.Failure.Text, "\n")
	}
	return rec
}

// distinct drops repetitions: a decision may be asked for more than once.
func distinct(all []Decision) []Decision {
	seen := make(map[Identity]bool, len(all))
	out := make([]Decision, 0, len(all))
	for _, d := range all {
		if !seen[d.Identity] {
			seen[d.Identity] = true
			out = append(out, d)
		}
	}
	return out
}

// World makes the world of the recording, about to run.
func (r *Recording) World() *World { return New(r.Seed, r.Options, NewSchedule(r.Decisions)) }

// Replay runs it again.
func (r *Recording) Replay() Result { return r.World().Run() }

// topics group the decisions of a schedule file, in this order.
var topics = [...]string{"faults", "processes", "disks", "network", "clocks", "clients"}

const (
	topicFaults = iota
	topicProcesses
	topicDisks
	topicNetwork
	topicClocks
	topicClients
)

// topicOf says where a kind of decision belongs; the rest counts as faults.
var topicOf = map[DecisionKind]int{ // looked up, never ranged over
	DecideLose: topicNetwork, DecideDuplicate: topicNetwork, DecideDelay: topicNetwork, DecideCopyDelay: topicNetwork,
	DecideLoseKind: topicNetwork, DecideBurst: topicNetwork, DecideBurstLose: topicNetwork, DecideDamage: topicNetwork, DecideReset: topicNetwork,
	DecideSuffix: topicNetwork, DecideRedial: topicNetwork, DecideReplay: topicNetwork, DecideEcho: topicNetwork, DecideLeftLose: topicNetwork,
	DecideTurn: topicProcesses, DecideTurnPause: topicProcesses, DecideReadPause: topicProcesses, DecideDown: topicProcesses,
	DecideCrashPower: topicProcesses, DecideCrashOps: topicProcesses, DecideJobCrash: topicProcesses, DecideOpenCrash: topicProcesses,
	DecideJobTime: topicDisks, DecideStall: topicDisks, DecideImage: topicDisks, DecideTorn: topicDisks, DecideSyncFault: topicDisks,
	DecideSyncLost: topicDisks, DecideEaten: topicDisks, DecideEvict: topicDisks, DecideFull: topicDisks,
	DecideRotIf: topicDisks, DecideRotFile: topicDisks, DecideRotAim: topicDisks, DecideRotAt: topicDisks, DecideRotBit: topicDisks, DecideRotThen: topicDisks, DecideImages: topicDisks,
	DecideRate: topicClocks, DecideRateFor: topicClocks,
	DecideClientOp: topicClients, DecideClientKey: topicClients, DecideClientArg: topicClients, DecideClientNode: topicClients,
	DecideReadHold:    topicClients,
	DecideWeak:        topicClients,
	DecideRepeat:      topicClients,
	DecideTimersFirst: topicProcesses,
	DecideClientDelay: topicClients, DecideClientLose: topicClients, DecideClientThink: topicClients, DecideBulk: topicClients,
}

// Text writes the schedule file: a header of "name value" lines, then one decision
// a line, in words, by topic and in the order in which the run asked for them; what
// follows a "#" is when that was, in seconds of true time.
func (r *Recording) Text() string {
	var b strings.Builder
	b.WriteString("# A schedule of arakoon-sim. What it doesn't list is mild.\n")
	for _, h := range headers {
		if value := h.print(r); value != "" {
			fmt.Fprintf(&b, "%s %s\n", h.name, value)
		}
	}
	g := newWording(r.Options)
	lines := make([][]string, len(topics))
	for _, d := range r.Decisions {
		lines[topicOf[d.Kind]] = append(lines[topicOf[d.Kind]], fmt.Sprintf("%-72s # %s", g.say(d), stamp(d.Asked)))
	}
	for t, list := range lines {
		if list != nil {
			fmt.Fprintf(&b, "\n# %s\n%s\n", topics[t], strings.Join(list, "\n"))
		}
	}
	return b.String()
}

// header is one line before the decisions.
type header struct {
	name  string
	print func(*Recording) string
	parse func(*Recording, string) error
}

func textHeader(name string, at func(*Recording) *string) header {
	return header{name,
		func(r *Recording) string { return strings.Join(strings.Fields(*at(r)), " ") },
		func(r *Recording, s string) error {
			*at(r) = s
			return nil
		}}
}

var headers = []header{
	{"seed", func(r *Recording) string { return fmt.Sprint(r.Seed) }, func(r *Recording, s string) error {
		_, err := fmt.Sscanf(s, "%d", &r.Seed)
		return err
	}},
	{"options", func(r *Recording) string { return r.Options.Beside(Calm()) }, func(r *Recording, s string) (err error) {
		r.Options, err = ParseOptions(Calm(), s)
		return err
	}},
	textHeader("check", func(r *Recording) *string { return &r.Check }),
	textHeader("said", func(r *Recording) *string { return &r.Said }),
	textHeader("cause", func(r *Recording) *string { return &r.Cause }),
	textHeader("plant", func(r *Recording) *string { return &r.Plant }),
	textHeader("commit", func(r *Recording) *string { return &r.Commit }),
}

// ParseRecording reads what Text wrote, or a person. Errors name the file and the line.
func ParseRecording(file, text string) (Recording, error) {
	r := Recording{Options: Calm()}
	var g *wording // from the first decision on
	seen := map[Identity]int{}
	for k, line := range strings.Split(text, "\n") {
		wrong := func(err error) (Recording, error) { return Recording{}, fmt.Errorf("%s:%d: %w", file, k+1, err) }
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if h := headerOf(line); h != nil && g == nil {
			if err := h.parse(&r, strings.TrimSpace(line[len(h.name):])); err != nil {
				return wrong(err)
			}
			continue
		}
		if g == nil {
			g = newWording(r.Options)
		}
		line, _, _ = strings.Cut(line, "#")
		d, err := g.read(strings.TrimSpace(line))
		if err != nil {
			return wrong(err)
		}
		if seen[d.Identity] > 0 {
			return wrong(fmt.Errorf("sim: line %d has decided that already", seen[d.Identity]))
		}
		seen[d.Identity] = k + 1
		r.Decisions = append(r.Decisions, d)
	}
	return r, nil
}

func headerOf(line string) *header {
	word, _, _ := strings.Cut(line, " ")
	if i := slices.IndexFunc(headers, func(h header) bool { return h.name == word }); i >= 0 {
		return &headers[i]
	}
	return nil
}
