package load

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// The two prefixes: each covers exactly half of the keys.
const (
	LowHalf  = "a/"
	HighHalf = "b/"
)

// stride visits all keys once, far from each other: it is a prime larger than any
// number of keys.
const stride = 2_654_435_761

// Keys is a set of keys that are named by number, with values of one size.
type Keys struct {
	Count int // even
	Value int // bytes
}

// Name is the i-th key, in the order of the keys.
func (k Keys) Name(i int) string {
	return string(k.AppendName(nil, i))
}

// AppendName appends the i-th key.
func (k Keys) AppendName(b []byte, i int) []byte {
	prefix := LowHalf
	if half := k.Count / 2; i >= half {
		prefix, i = HighHalf, i-half
	}
	b = append(b, prefix...)
	for width := 100_000_000; width > i && width > 1; width /= 10 {
		b = append(b, '0')
	}
	return strconv.AppendInt(b, int64(i), 10)
}

// Scattered is the i-th key of a walk through all keys that looks random.
func (k Keys) Scattered(i int) int { return int(uint64(i) * stride % uint64(k.Count)) }

// AppendValue appends a value of random bytes, the same for the same seed.
func (k Keys) AppendValue(b []byte, seed uint64) []byte {
	have := len(b)
	pcg := rand.NewPCG(seed, 1)
	for len(b) < have+k.Value {
		b = binary.LittleEndian.AppendUint64(b, pcg.Uint64())
	}
	return b[:have+k.Value]
}

// Source appends a request to b and says how its answer looks.
type Source func(b []byte, rng *rand.Rand) ([]byte, Shape)

// Updates sets keys, each as likely as any other.
func (k Keys) Updates() Source {
	return func(b []byte, rng *rand.Rand) ([]byte, Shape) {
		return k.set(b, rng.IntN(k.Count), rng.Uint64()), Unit
	}
}

// set appends SET without a buffer in between.
func (k Keys) set(b []byte, i int, seed uint64) []byte {
	b = wire.AppendCommand(b, wire.OpSet)
	at := len(b)
	b = k.AppendName(append(b, 0, 0, 0, 0), i)
	binary.LittleEndian.PutUint32(b[at:], uint32(len(b)-at-4))
	return k.AppendValue(wire.AppendInt32(b, int32(k.Value)), seed)
}

// Reads gets keys, consistently.
func (k Keys) Reads() Source {
	return func(b []byte, rng *rand.Rand) ([]byte, Shape) {
		return wire.AppendQuery(b, wire.Consistency{}, command.Get{Key: k.Name(rng.IntN(k.Count))}), Bytes
	}
}

// Mixed is reads and updates, a share of updates in a hundred.
func (k Keys) Mixed(updates int) Source {
	sets, gets := k.Updates(), k.Reads()
	return func(b []byte, rng *rand.Rand) ([]byte, Shape) {
		if rng.IntN(100) < updates {
			return sets(b, rng)
		}
		return gets(b, rng)
	}
}

// Ranges reads n entries from a random key on.
func (k Keys) Ranges(n int) Source {
	return func(b []byte, rng *rand.Rand) ([]byte, Shape) {
		first := command.Including(k.Name(rng.IntN(max(k.Count-n, 1))))
		return wire.AppendQuery(b, wire.Consistency{}, command.RangeEntries{First: first, Last: command.Open(), Max: int32(n)}), Entries
	}
}

// String describes the set.
func (k Keys) String() string {
	return fmt.Sprintf("%d keys with values of %d bytes", k.Count, k.Value)
}
