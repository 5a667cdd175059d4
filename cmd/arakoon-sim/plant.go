//go:build planted

package main

import (
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

// plantedBugs lists them, by area.
func plantedBugs() []bug {
	var all []bug
	for _, b := range core.PlantedBugs() {
		all = append(all, bug(b))
	}
	return all
}
