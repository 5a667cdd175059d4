package sim

import (
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
)

// script is what a scenario changes about a world: hooks that are nil in all
// other runs.
type script struct {
	// config changes what a process is told when it starts.
	config func(*node, *replica.Config)
	// starts is called before a process opens its log, started after that.
	starts, started func(*node)
	// tamper changes what a node's store executes.
	tamper func(*node, core.Instance, core.Value) core.Value
	// died takes over when a process has died inside a disk operation.
	died func(*node)
}
