package kvstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// meta is what a state holds besides its entries. It stands in the meta page of
// every checkpoint (tree.Meta.State), little-endian:
//
//	+---------+------+-------------+-------+---------+-------+----------------+--------------------------+
//	| version | flags| incarnation | chain | entries | bytes | setting        | marks                    |
//	|   u8=1  |  u8  |   16 bytes  |  32   |   u64   |  u64  | len u16, bytes | count u8, (u64, 16 bytes)|
//	+---------+------+-------------+-------+---------+-------+----------------+--------------------------+
//
// flags: 1 a freeze point; 2 there is a setting. The content mark of the
// checkpoint itself isn't among the marks: the tree's own sums give it.
type meta struct {
	incarnation core.Incarnation // of the log directory that it belongs to; zero: none yet
	point       bool             // the state is of a freeze point
	chain       Chain
	entries     uint64 // written since the last freeze point,
	bytes       uint64 // and their keys and values
	setting     []byte // the locality setting in force; nil: none
	marks       []core.Mark
}

// keptMarks is of how many freeze points a node knows the content mark.
const keptMarks = 16

const (
	metaVersion     = 1
	metaPoint       = 1
	metaSetting     = 2
	metaHeader      = 2 + 16 + 32 + 8 + 8
	metaBytesOfMark = 8 + 16
)

// errMeta is given for bytes that are no meta.
var errMeta = errors.New("kvstore: malformed meta state")

func (m *meta) encode() []byte {
	le := binary.LittleEndian
	flags := byte(0)
	if m.point {
		flags |= metaPoint
	}
	if m.setting != nil {
		flags |= metaSetting
	}
	b := append(make([]byte, 0, metaHeader+3+len(m.setting)+len(m.marks)*metaBytesOfMark), metaVersion, flags)
	b = append(append(b, m.incarnation[:]...), m.chain[:]...)
	b = le.AppendUint64(le.AppendUint64(b, m.entries), m.bytes)
	b = append(le.AppendUint16(b, uint16(len(m.setting))), m.setting...)
	b = append(b, byte(len(m.marks)))
	for _, mark := range m.marks {
		b = append(le.AppendUint64(b, uint64(mark.Instance)), mark.Sum[:]...)
	}
	return b
}

func decodeMeta(b []byte) (meta, error) {
	le := binary.LittleEndian
	if len(b) < metaHeader+3 {
		return meta{}, fmt.Errorf("%w: %d bytes", errMeta, len(b))
	}
	if b[0] != metaVersion || b[1]&^(metaPoint|metaSetting) != 0 {
		return meta{}, fmt.Errorf("%w: version %d, flags %#x", errMeta, b[0], b[1])
	}
	m := meta{point: b[1]&metaPoint != 0, incarnation: core.Incarnation(b[2:18]), chain: Chain(b[18:50]),
		entries: le.Uint64(b[50:]), bytes: le.Uint64(b[58:])}
	size := int(le.Uint16(b[66:]))
	rest := b[68:]
	if size > core.MaxSettingBytes || size >= len(rest) || size > 0 && b[1]&metaSetting == 0 {
		return meta{}, fmt.Errorf("%w: setting of %d bytes", errMeta, size)
	}
	if b[1]&metaSetting != 0 {
		m.setting = append(make([]byte, 0, size), rest[:size]...)
	}
	count := int(rest[size])
	rest = rest[size+1:]
	if count > keptMarks || len(rest) != count*metaBytesOfMark {
		return meta{}, fmt.Errorf("%w: %d marks in %d bytes", errMeta, count, len(rest))
	}
	for ; count > 0; count-- {
		m.marks = append(m.marks, core.Mark{Instance: core.Instance(le.Uint64(rest)), Kind: core.MarkContent, Sum: [16]byte(rest[8:24])})
		rest = rest[metaBytesOfMark:]
	}
	return m, nil
}

// withMark returns the marks with one more, the oldest given up for it.
func withMark(marks []core.Mark, m core.Mark) []core.Mark {
	marks = append(slices.Clone(marks), m)
	return marks[max(0, len(marks)-keptMarks):]
}
