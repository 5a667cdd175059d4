package kvstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// A snapshot is logical: its entries in ascending order, so that the receiver
// builds a dense file of its own.
//
// Manifest, little-endian; the meta's incarnation is zero:
//
//	+--------+----------+------+--------+---------+---------+-----------+---------+
//	| u8 = 1 | instance | keys | sum hi | sum lo  | meta    | meta      | CRC32C  |
//	|        |   u64    | u64  |  u64   |   u64   | len u16 | bytes     | u32     |
//	+--------+----------+------+--------+---------+---------+-----------+---------+
//
// Chunk; its CRC covers what comes after it:
//
//	+--------+-------+----------------------------------------------------+
//	| CRC32C | count | per entry: key length u32, value length u32, bytes |
//	|  u32   |  u32  |                                                    |
//	+--------+-------+----------------------------------------------------+
type manifest struct {
	applied core.Instance
	keys    uint64
	sum     Digest
	meta    meta
}

var (
	errManifest = errors.New("kvstore: malformed manifest of a snapshot")
	errChunk    = errors.New("kvstore: malformed chunk of a snapshot")

	castagnoli = crc32.MakeTable(crc32.Castagnoli)
)

const (
	manifestVersion = 1
	manifestHeader  = 1 + 4*8 + 2
	chunkHeader     = 8
	entryHeader     = 8
)

func (m *manifest) encode() []byte {
	le := binary.LittleEndian
	state := m.meta.encode()
	b := append(make([]byte, 0, manifestHeader+len(state)+4), manifestVersion)
	b = le.AppendUint64(le.AppendUint64(b, uint64(m.applied)), m.keys)
	b = le.AppendUint64(le.AppendUint64(b, m.sum.Hi), m.sum.Lo)
	b = append(le.AppendUint16(b, uint16(len(state))), state...)
	return le.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeManifest(b []byte) (manifest, error) {
	le := binary.LittleEndian
	if len(b) < manifestHeader+4 || b[0] != manifestVersion {
		return manifest{}, fmt.Errorf("%w: %d bytes", errManifest, len(b))
	}
	body := b[:len(b)-4]
	if crc32.Checksum(body, castagnoli) != le.Uint32(b[len(body):]) {
		return manifest{}, fmt.Errorf("%w: bad checksum", errManifest)
	}
	if int(le.Uint16(body[manifestHeader-2:])) != len(body)-manifestHeader {
		return manifest{}, fmt.Errorf("%w: meta state cut short", errManifest)
	}
	m := manifest{applied: core.Instance(le.Uint64(body[1:])), keys: le.Uint64(body[9:]),
		sum: Digest{Hi: le.Uint64(body[17:]), Lo: le.Uint64(body[25:])}}
	var err error
	if m.meta, err = decodeMeta(body[manifestHeader:]); err != nil {
		return manifest{}, fmt.Errorf("%w: %w", errManifest, err)
	}
	return m, nil
}

// export is a checkpoint that is read for a peer.
type export struct {
	root *tree.Root
	file *file
	man  manifest
}

// Export implements core.StateMachine.
func (s *Store) Export() core.Export {
	o := &s.owner
	if o.file == nil || o.void != nil {
		return nil
	}
	root := o.file.tree.Root()
	m, err := decodeMeta(root.Meta().State)
	if err != nil {
		panic(fmt.Sprintf("kvstore: own meta state: %v", err)) // it was decoded or written by this process
	}
	m.incarnation = core.Incarnation{}
	o.file.views.Add(1)
	return &export{root: root, file: o.file, man: manifest{applied: root.Meta().Applied, keys: root.Keys(), sum: root.Sum(), meta: m}}
}

// Instance implements core.Export.
func (e *export) Instance() core.Instance { return e.man.applied }

// Manifest implements core.Export.
func (e *export) Manifest() []byte { return e.man.encode() }

// Close implements core.Export.
func (e *export) Close() {
	e.root.Release()
	e.file.views.Add(-1)
}

// Read implements core.Export.
func (e *export) Read(after []byte, begin bool, limit int) (chunk, last []byte, done bool, err error) {
	c := e.root.Cursor()
	from := string(after)
	at := c.SeekGE(from)
	if at && !begin && string(c.Key()) == from {
		at = c.Next()
	}
	chunk, last = make([]byte, chunkHeader, chunkHeader+min(limit, 1<<20)), after
	count := uint32(0)
	for at {
		key := c.Key()
		if size := entryHeader + len(key) + c.ValueLen(); count > 0 && len(chunk)+size > limit {
			break
		}
		value := c.Value()
		if c.Err() != nil {
			break
		}
		chunk = appendEntry(chunk, key, value)
		last = append(make([]byte, 0, len(key)), key...)
		count++
		at = c.Next()
	}
	if err := c.Err(); err != nil {
		return nil, nil, false, err
	}
	sealChunk(chunk, count)
	return chunk, last, !at, nil
}

func appendEntry(chunk, key, value []byte) []byte {
	chunk = binary.LittleEndian.AppendUint32(chunk, uint32(len(key)))
	chunk = binary.LittleEndian.AppendUint32(chunk, uint32(len(value)))
	return append(append(chunk, key...), value...)
}

func sealChunk(chunk []byte, count uint32) {
	binary.LittleEndian.PutUint32(chunk[4:], count)
	binary.LittleEndian.PutUint32(chunk, crc32.Checksum(chunk[4:], castagnoli))
}

// eachEntry calls fn with the entries of a chunk until one gives an error; values
// are slices of the chunk.
func eachEntry(b []byte, fn func(key string, value []byte) error) error {
	le := binary.LittleEndian
	if len(b) < chunkHeader || crc32.Checksum(b[4:], castagnoli) != le.Uint32(b) {
		return fmt.Errorf("%w: bad checksum over %d bytes", errChunk, len(b))
	}
	rest := b[chunkHeader:]
	for range le.Uint32(b[4:]) {
		if len(rest) < entryHeader {
			return fmt.Errorf("%w: entry cut short", errChunk)
		}
		keyLen, valueLen := uint64(le.Uint32(rest)), uint64(le.Uint32(rest[4:]))
		rest = rest[entryHeader:]
		if keyLen+valueLen > uint64(len(rest)) {
			return fmt.Errorf("%w: entry cut short", errChunk)
		}
		if err := fn(string(rest[:keyLen]), rest[keyLen:keyLen+valueLen]); err != nil {
			return err
		}
		rest = rest[keyLen+valueLen:]
	}
	if len(rest) > 0 {
		return fmt.Errorf("%w: %d bytes behind its entries", errChunk, len(rest))
	}
	return nil
}

// checkChunk says what is wrong with a chunk that comes after the key last, if
// there is one: nothing in it is taken in then.
func checkChunk(b []byte, last string, some bool) error {
	return eachEntry(b, func(key string, _ []byte) error {
		if some && key <= last {
			return fmt.Errorf("%w: key %.40q comes after %.40q", errChunk, key, last)
		}
		last, some = key, true
		return nil
	})
}
