package tree

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// A process may die at any operation of making the file; what the next one finds
// and goes on from must still be there after a power loss.
func TestOpen_MakesTheNameDurable(t *testing.T) {
	found := 0
	for op := 0; ; op++ {
		d := disk.NewMem(0)
		d.FailAfter(op)
		_, err := Create(d, file, metaAt(0), Options{})
		d.Crash()
		if err == nil {
			break
		}
		if _, err := Open(d, file, Options{}); errors.Is(err, disk.ErrNotExist) {
			continue
		}
		found++
		d.PowerLoss(disk.LoseAll)
		_, err = Open(d, file, Options{})
		require.NoError(t, err, "operation %d", op)
	}
	require.NotZero(t, found, "no operation leaves a file whose name isn't durable")
}
