package sim

import "github.com/openvstorage/arakoon-go/core/replica"

// script is what a scenario changes about a world.
type script struct {
	// config changes what a process is told when it starts.
	config func(*node, *replica.Config)
}
