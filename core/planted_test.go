//go:build planted

package core

import "os"

// ARAKOON_PLANT=name, and the flags that make test-planted takes, show what a
// planted bug breaks in ./core.
func init() {
	if name := os.Getenv("ARAKOON_PLANT"); name != "" {
		if err := Plant(name); err != nil {
			panic(err)
		}
	}
}
