package core

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Value is what one instance decides: a batch of updates, opaque to core, or a
// control entry. It is encoded once; the same bytes go to wire, log and store
// and are never changed or pooled.
//
//	+------+----------------------------------------------+
//	| kind | batch:   count u32, then (length u32, bytes)* |
//	|  u8  | control: the control entry's own bytes        |
//	+------+----------------------------------------------+
type Value []byte

// The kinds of values.
const (
	KindBatch   byte = 1 // updates of clients
	KindBarrier byte = 2 // a new master's own first entry: round u64, member u32
	// KindCheckpoint is a freeze point: serial u64, only to tell two apart.
	KindCheckpoint byte = 3
	// KindLocality is a locality setting (DESIGN 4.8), up to MaxSettingBytes.
	KindLocality byte = 4
)

// Limits on one instance (DESIGN 10).
const (
	MaxBatchUpdates = 4096    // updates in one value
	MaxBatchBytes   = 4 << 20 // bytes of one value, unless it is one large update
	MaxValueBytes   = 48 << 20
)

// EncodeBatch encodes updates as one value.
func EncodeBatch(updates [][]byte) Value {
	size := 5
	for _, u := range updates {
		size += 4 + len(u)
	}
	v := make([]byte, 5, size)
	v[0] = KindBatch
	binary.LittleEndian.PutUint32(v[1:], uint32(len(updates)))
	for _, u := range updates {
		v = binary.LittleEndian.AppendUint32(v, uint32(len(u)))
		v = append(v, u...)
	}
	return v
}

// BarrierValue encodes the control entry that a new master commits in its own
// ballot before it serves anybody.
func BarrierValue(b Ballot) Value {
	v := make([]byte, 0, 13)
	v = append(v, KindBarrier)
	v = binary.LittleEndian.AppendUint64(v, b.Round)
	return binary.LittleEndian.AppendUint32(v, uint32(b.Member))
}

// MaxSettingBytes bounds a locality setting.
const MaxSettingBytes = 1024

// CheckpointValue encodes the control entry at which every node freezes.
func CheckpointValue(serial uint64) Value {
	return binary.LittleEndian.AppendUint64(append(make([]byte, 0, 9), KindCheckpoint), serial)
}

// Kind returns the kind of value; 0 for none.
func (v Value) Kind() byte {
	if len(v) == 0 {
		return 0
	}
	return v[0]
}

var errValue = errors.New("core: malformed value")

// Updates returns the updates of a batch, as slices of v, and nil for a control
// entry. Foreign bytes that are no value give an error.
func (v Value) Updates() ([][]byte, error) {
	if len(v) == 0 {
		return nil, fmt.Errorf("%w: empty", errValue)
	}
	switch v[0] {
	case KindBarrier:
		if len(v) != 13 {
			return nil, fmt.Errorf("%w: barrier of %d bytes", errValue, len(v))
		}
		return nil, nil
	case KindCheckpoint:
		if len(v) != 9 {
			return nil, fmt.Errorf("%w: freeze point of %d bytes", errValue, len(v))
		}
		return nil, nil
	case KindLocality:
		if len(v) > 1+MaxSettingBytes {
			return nil, fmt.Errorf("%w: setting of %d bytes", errValue, len(v))
		}
		return nil, nil
	case KindBatch:
		return batchUpdates(v[1:])
	default:
		return nil, fmt.Errorf("%w: kind %d", errValue, v[0])
	}
}

func batchUpdates(b []byte) ([][]byte, error) {
	if len(b) < 4 {
		return nil, fmt.Errorf("%w: batch of %d bytes", errValue, len(b))
	}
	n := binary.LittleEndian.Uint32(b)
	b = b[4:]
	if uint64(n)*4 > uint64(len(b)) {
		return nil, fmt.Errorf("%w: %d updates in %d bytes", errValue, n, len(b))
	}
	updates := make([][]byte, 0, n)
	for range n {
		if len(b) < 4 {
			return nil, fmt.Errorf("%w: update cut short", errValue)
		}
		size := binary.LittleEndian.Uint32(b)
		b = b[4:]
		if uint64(size) > uint64(len(b)) {
			return nil, fmt.Errorf("%w: update of %d bytes, %d left", errValue, size, len(b))
		}
		updates = append(updates, b[:size:size])
		b = b[size:]
	}
	if len(b) != 0 {
		return nil, fmt.Errorf("%w: %d bytes behind the batch", errValue, len(b))
	}
	return updates, nil
}

// Digest is a short hash of the value for traces; it proves nothing.
func (v Value) Digest() uint64 {
	h := uint64(14695981039346656037)
	for _, c := range v[:min(len(v), 64)] {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h ^ uint64(len(v))
}
