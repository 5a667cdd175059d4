package core

import "fmt"

// Planted bugs: each weakens one rule, so that checks can be shown to notice.
// They exist only under the build tag "planted"; in every other build Planted
// is constantly false and the compiler drops what it guards.

// BugInfo describes a planted bug.
type BugInfo struct {
	Name   string // as Plant takes it
	Row    string // of the catalogue of bugs that real systems have had; "": our own
	Area   string
	Leaves string // what it leaves out
	// Unseen says why no seed of the simulator can find it; "": one must.
	Unseen string
}

var (
	planted  [bugEnd]bool
	bugInfos [bugEnd]BugInfo
	bugNames = map[string]Bug{}
)

func init() {
	for _, table := range []map[Bug]BugInfo{protocolBugs, dataBugs} {
		for b, info := range table { // each goes to its own place
			bugInfos[b] = info
			bugNames[info.Name] = b
		}
	}
	for b, info := range bugInfos {
		if info.Name == "" {
			panic(fmt.Sprintf("core: planted bug %d is in no table", b))
		}
	}
}

// Plant switches the bug of that name on.
func Plant(name string) error {
	b, ok := bugNames[name]
	if !ok {
		return fmt.Errorf("core: no planted bug is called %q", name)
	}
	planted[b] = true
	return nil
}

// Unplant switches every planted bug off.
func Unplant() { planted = [bugEnd]bool{} }

// PlantedBugs lists all planted bugs, by area.
func PlantedBugs() []BugInfo { return bugInfos[:] }

// Planted reports whether a bug is switched on.
func Planted(b Bug) bool { return planted[b] }
