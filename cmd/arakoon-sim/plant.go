//go:build planted

package main

import (
	"slices"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
)

// plantAll switches planted bugs on, by name.
func plantAll(names string) error {
	core.Unplant()
	for _, name := range strings.Split(names, ",") {
		if name == "" {
			continue
		}
		if err := core.Plant(name); err != nil {
			return usagef("%v", err)
		}
	}
	return nil
}

// plantedBugs lists the names, in order.
func plantedBugs() []string {
	var names []string
	for name := range core.PlantedBugs() { // sorted below
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
