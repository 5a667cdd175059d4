//go:build planted

package core

import "os"

// ARAKOON_PLANT=name go test -tags planted ./core shows what a planted bug breaks.
func init() {
	if name := os.Getenv("ARAKOON_PLANT"); name != "" {
		if err := Plant(name); err != nil {
			panic(err)
		}
	}
}
