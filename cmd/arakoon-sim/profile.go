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
	mix   func(*sim.Options)
	limit time.Duration // for one seed; a worker that needs longer hangs
	// Goals are judged from so many seeds on: below, chance decides.
	goalsFrom uint64
	events    uint64 // at least, per seed, as a median
}

var profiles = []profile{
	{name: "smoke", what: "before a push: seconds, short runs", span: 20 * time.Second, again: 25, mix: shorter,
		limit: time.Minute, goalsFrom: 4000},
	{name: "ci", what: "every change: fixed seeds, then fresh ones", span: time.Minute, fixed: 100, again: 50,
		limit: 2 * time.Minute, goalsFrom: 1000, events: 20_000},
	{name: "soak", what: "for hours: long runs", span: time.Hour, again: 100, mix: longer,
		limit: 10 * time.Minute, goalsFrom: 1000, events: 20_000},
}

// shorter makes runs that a person waits for.
func shorter(o *sim.Options) {
	o.Leases = max(3, o.Leases/4)
	o.Ops = max(5, o.Ops/4)
}

// longer makes runs in which much comes together.
func longer(o *sim.Options) {
	o.Leases *= 3
	o.Ops *= 3
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

// optionsOf returns the options of a seed: its own, in the mix of the profile, with
// what the user changes.
func (p *profile) optionsOf(seed uint64, changes string) (sim.Options, error) {
	o := sim.Swarm(seed)
	if p.mix != nil {
		p.mix(&o)
	}
	return sim.ParseOptions(o, changes)
}
