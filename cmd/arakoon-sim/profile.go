package main

import (
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/sim"
)

// profile says what a hunt is for: how long it takes unless told otherwise, which
// seeds it runs, how much of its work it does twice, and what it must have seen.
type profile struct {
	name string
	what string
	span time.Duration
	// Seeds 1..fixed come first: they are the same for every commit, so that a red
	// one tells of the commit. Fresh ones follow, which no hunt has seen.
	fixed uint64
	again uint64 // one seed in so many is run twice; at most 100
	// Runs are so many times as long as those of a seed alone. In short ones most of
	// what happens is a first boot; long ones find what only comes together in time.
	stretch int
	limit   time.Duration // for one seed; a worker that needs longer hangs
	// Goals are judged from so many seeds on: below, chance decides.
	goalsFrom uint64
	classes   uint64 // that no class of faults is at zero, from so many on
	marks     bool   // so are marks: their usual rates are those of long runs
	events    uint64 // at least, per seed, as a median
}

var profiles = []profile{
	{name: "smoke", what: "before a push: seconds, short runs", span: 20 * time.Second, again: 25, stretch: 1,
		limit: time.Minute, goalsFrom: 4000, classes: 4000},
	{name: "ci", what: "every change: fixed seeds, then fresh ones", span: time.Minute, fixed: 100, again: 50, stretch: 14,
		limit: 5 * time.Minute, goalsFrom: 400, classes: 1500, marks: true, events: 20_000},
	{name: "soak", what: "for hours: long runs", span: time.Hour, again: 100, stretch: 40,
		limit: 20 * time.Minute, goalsFrom: 400, classes: 600, marks: true, events: 20_000},
}

func profileOf(name string) (*profile, error) {
	var names []string
	for i := range profiles {
		if profiles[i].name == name {
			return &profiles[i], nil
		}
		names = append(names, profiles[i].name)
	}
	return nil, usagef("--profile %s: one of %s is wanted", name, strings.Join(names, ", "))
}

// optionsOf returns the options of a seed: its own, stretched as the profile wants,
// with what the user changes.
func (p *profile) optionsOf(seed uint64, changes string) (sim.Options, error) {
	return sim.ParseOptions(sim.Swarm(seed).Stretched(p.stretch), changes)
}
