//go:build !planted

package main

// plantAll refuses: this build has no planted bugs.
func plantAll(names string) error {
	if names != "" {
		return usagef("this build has no planted bugs: take bin/arakoon-sim-planted (make planted)")
	}
	return nil
}

func plantedBugs() []bug { return nil }
