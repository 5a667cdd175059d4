package tlog

import (
	"errors"
	"fmt"

	"github.com/openvstorage/arakoon-go/core"
)

// A batch is what one sync covers. It begins at a multiple of 4096:
//
//	offset  size  field
//	     0     4  magic "BTCH"
//	     4     4  CRC32C of bytes 8..H-1, begun with the segment's salt
//	     8     4  H, the length of this header: 78 + 29·(n+m)
//	    12     8  number of the segment
//	    20     8  offset of this batch in the segment
//	    28     8  number of this batch; consecutive, across segments
//	    36     4  chain: the CRC of the header of the batch before
//	    40    12  promised ballot: round u64, member u32
//	    52     8  commit index, resting on entries in this batch or earlier ones
//	    60     8  longest lease ever granted, nanoseconds
//	    68     8  length of all bodies
//	    76     1  n, number of records, at most 128
//	    77     1  m, number of records of the batch before
//	    78  29·n  record table
//	     …  29·m  record table of the batch before: it names what was in a batch
//	              that can't be read any more
//	     H     …  the n bodies, one after the other
//	     …     …  zeros up to a multiple of 4096
//
// and an entry of a record table is
//
//	 0     1  kind: 1 accepted, 2 genesis, 3 adopted, 4 setting, 128 unknown,
//	          129 lost
//	 1     8  instance
//	 9    12  ballot: round u64, member u32
//	21     4  length of the body
//	25     4  CRC32C of the body, begun with the segment's salt
//
// Kinds 128 and 129 have no body; an open writes them for damage that it found
// in the segment it replaces, so that it is never forgotten: 128 says that an
// entry (instance, ballot) was here, 129 that anything above instance was.
//
// A batch without records that changes nothing is a seal: it shows that the one
// before was synced.
const (
	batchMagic     = "BTCH"
	batchFixed     = 78
	tableEntryLen  = 29
	maxRecords     = 128
	maxBatchHeader = batchFixed + 2*maxRecords*tableEntryLen
)

// Kinds of records beside core's.
const (
	recordUnknown core.RecordKind = 128
	recordLost    core.RecordKind = 129
)

// maxInstance is far above what any cluster reaches, and far from overflow.
const maxInstance = core.Instance(1) << 62

// tableEntry describes one record.
type tableEntry struct {
	kind     core.RecordKind
	instance core.Instance
	ballot   core.Ballot
	length   uint32
	crc      uint32
}

// batchHeader is the header of one batch. crc and size are known once it was
// encoded or decoded.
type batchHeader struct {
	segment uint64
	offset  int64
	number  uint64
	chain   uint32
	state   core.HardState
	bodies  int64
	table   []tableEntry
	before  []tableEntry

	crc    uint32
	length int64 // of the header
}

// size returns the bytes that the batch takes in the file.
func (h *batchHeader) size() int64 { return padded(h.length + h.bodies) }

// encode appends the header; the caller appends bodies and padding.
func (h *batchHeader) encode(dst []byte, salt uint64) []byte {
	if len(h.table) > maxRecords || len(h.before) > maxRecords {
		assertf("a batch of %d records behind one of %d", len(h.table), len(h.before))
	}
	start := len(dst)
	h.length = int64(batchFixed + (len(h.table)+len(h.before))*tableEntryLen)
	dst = append(dst, batchMagic...)
	dst = le.AppendUint32(dst, 0)
	dst = le.AppendUint32(dst, uint32(h.length))
	dst = le.AppendUint64(dst, h.segment)
	dst = le.AppendUint64(dst, uint64(h.offset))
	dst = le.AppendUint64(dst, h.number)
	dst = le.AppendUint32(dst, h.chain)
	dst = appendHardState(dst, h.state)
	dst = le.AppendUint64(dst, uint64(h.bodies))
	dst = append(dst, byte(len(h.table)), byte(len(h.before)))
	dst = appendTable(dst, h.table)
	dst = appendTable(dst, h.before)
	h.crc = crcOf(salted(salt), dst[start+8:])
	le.PutUint32(dst[start+4:], h.crc)
	return dst
}

func appendTable(dst []byte, table []tableEntry) []byte {
	for i := range table {
		e := &table[i]
		dst = append(dst, byte(e.kind))
		dst = le.AppendUint64(dst, uint64(e.instance))
		dst = appendBallot(dst, e.ballot)
		dst = le.AppendUint32(dst, e.length)
		dst = le.AppendUint32(dst, e.crc)
	}
	return dst
}

var errBatch = errors.New("no batch header")

// decodeBatchHeader reads the header at the beginning of b, which stands at
// offset of the segment. Whatever is wrong with it gives an error.
func decodeBatchHeader(b []byte, salt, segment uint64, offset int64) (*batchHeader, error) {
	f := fields{b: b}
	magic := f.take(4)
	crc, length := f.u32(), int64(f.u32())
	if string(magic) != batchMagic || length < batchFixed || length > maxBatchHeader || length > int64(len(b)) {
		return nil, errBatch
	}
	if crcOf(salted(salt), b[8:length]) != crc {
		return nil, fmt.Errorf("%w: checksum", errBatch)
	}
	f.b = b[12:length]
	h := &batchHeader{segment: f.u64(), offset: int64(f.u64()), number: f.u64(), chain: f.u32(),
		state: f.hardState(), bodies: int64(f.u64()), crc: crc, length: length}
	n, m := int(f.u8()), int(f.u8())
	if n > maxRecords || m > maxRecords || length != int64(batchFixed+(n+m)*tableEntryLen) {
		return nil, fmt.Errorf("%w: %d and %d records in %d bytes", errBatch, n, m, length)
	}
	if h.segment != segment || h.offset != offset {
		return nil, fmt.Errorf("%w: it belongs at offset %d of segment %d", errBatch, h.offset, h.segment)
	}
	h.table, h.before = f.table(n), f.table(m)
	return h, h.check()
}

// table reads n entries of a record table.
func (f *fields) table(n int) []tableEntry {
	if n == 0 || n*tableEntryLen > len(f.b) {
		f.bad = f.bad || n != 0
		return nil
	}
	t := make([]tableEntry, n)
	for i := range t {
		t[i] = tableEntry{kind: core.RecordKind(f.u8()), instance: core.Instance(f.u64()),
			ballot: f.ballot(), length: f.u32(), crc: f.u32()}
	}
	return t
}

// check says what we could not have written.
func (h *batchHeader) check() error {
	if !saneState(h.state) || h.number == 0 || h.number > maxNumber {
		return fmt.Errorf("%w: number %d, commit index %d, longest lease %d", errBatch, h.number, h.state.Commit, h.state.LongestLease)
	}
	sum := int64(0)
	for _, e := range h.table {
		sum += int64(e.length)
	}
	if sum != h.bodies {
		return fmt.Errorf("%w: bodies of %d bytes, their lengths say %d", errBatch, h.bodies, sum)
	}
	if err := checkTable(h.table); err != nil {
		return err
	}
	return checkTable(h.before)
}

func checkTable(table []tableEntry) error {
	for _, e := range table {
		if err := e.check(); err != nil {
			return err
		}
	}
	return nil
}

func (e *tableEntry) check() error {
	ok := true
	switch e.kind {
	case core.RecordAccepted:
		ok = e.instance > 0 && e.instance <= maxInstance && e.length <= core.MaxValueBytes
	case core.RecordGenesis:
		ok = e.length <= core.MaxGenesisBytes
	case core.RecordAdopted:
		ok = e.length == 8
	case core.RecordSetting:
		ok = e.length <= core.MaxSettingBytes
	case recordUnknown:
		ok = e.instance > 0 && e.instance <= maxInstance && e.length == 0
	case recordLost:
		ok = e.instance <= maxInstance && e.length == 0
	default:
		ok = false
	}
	if !ok {
		return fmt.Errorf("%w: record of kind %d, instance %d, %d bytes", errBatch, e.kind, e.instance, e.length)
	}
	return nil
}
