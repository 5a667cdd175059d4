//go:build planted

package realnet

import (
	"os"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
)

// A binary built with the tag "planted" takes the names of bugs from
// ARAKOON_PLANT, separated by commas, to show that the checks of real processes
// notice them.
func init() {
	for _, name := range strings.FieldsFunc(os.Getenv("ARAKOON_PLANT"), func(r rune) bool { return r == ',' }) {
		if err := core.Plant(name); err != nil {
			panic(err)
		}
	}
}
