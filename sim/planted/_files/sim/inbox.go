package sim

import "github.com/openvstorage/arakoon-go/core"

// asTheyCame returns the inputs as they came. The planted bug forgets their order, the
// way that a map makes one forget.
func asTheyCame(inputs []input) []input {
	if !core.Planted(core.BugMapRange) {
		return inputs
	}
	byPlace := map[int]input{}
	for k, in := range inputs {
		byPlace[k] = in
	}
	inputs = inputs[:0]
	for _, in := range byPlace { // planted: the order does matter
		inputs = append(inputs, in)
	}
	return inputs
}
