package tlog

import (
	"errors"
	"fmt"
	"io"

	"github.com/openvstorage/arakoon-go/core"
)

// A segment is a file NNN.tlog: its header twice, then batches. The second copy
// begins at the page behind the first, and the batches at the page behind the
// second. A copy of the header is
//
//	offset  size  field
//	     0     8  magic "ARKTLOG\n"
//	     8     4  version of the format, 1 or 2
//	    12     4  CRC32C of bytes 16..H-1
//	    16     4  H, the length of this copy
//	    20     1  which copy: 1 or 2
//	    21     8  number of the segment, as in its name
//	    29     8  salt, random: it enters the CRCs of the batches
//	    37    16  incarnation of the log directory
//	    53     8  segment that this one follows; 0: none, or what was before
//	              doesn't count any more (a snapshot took its place)
//	    61     8  number of the last batch there: it was synced before this
//	              segment began
//	    69     8  segment that this one replaces (an open, a snapshot); 0: none
//	              (a roll)
//	    77     8  a, number of the first batch here
//	    85     8  b, number of the last batch that was written here anew; they
//	              were synced before this segment counted; a-1: none
//	    93     8  base instance: entries below it are void, here and before
//	   101    12  promised ballot
//	   113     8  commit index
//	   121     8  longest lease ever granted, nanoseconds
//	   129     8  first voters known to have adopted the genesis, a set of seats
//	   137     4  chain: CRC of the header of the batch before a
//	   141     4  length of the genesis; 0: the directory is blank
//	   145     …  genesis, as core.EncodeGenesis writes it
//	     …     …  cluster id, node name: each u16 length and bytes
//	     …     1  m, number of records of the batch before a
//	     …  29·m  its record table
//	              version 2 goes on, version 1 ends here:
//	     …     8  the segment that counts as the oldest since this one began: what
//	              is older was removed, or may be
//	     …    25  what the segment that this one follows holds: its lowest and its
//	              highest instance and how many accepted entries (u64 each; zeros:
//	              none), and 1 if notices of damage are among its records
//	     …     …  newest setting: u16 length and bytes; empty: none yet
//	     H     …  zeros up to a multiple of 4096
//
// There are two copies because nothing of a segment can be judged without its
// salt.
const (
	segmentMagic   = "ARKTLOG\n"
	segmentVersion = 2
	maxNumber      = 1 << 62 // of a segment or a batch: far from overflow
	segmentFixed   = 145
	maxName        = 1024 // bytes of a cluster id or a node name
	maxSegmentHead = segmentFixed + core.MaxGenesisBytes + 2*(2+maxName) + 1 + maxRecords*tableEntryLen +
		8 + contentLen + 2 + core.MaxSettingBytes
)

// segmentHeader is what both copies say.
type segmentHeader struct {
	number      uint64
	salt        uint64
	incarnation core.Incarnation
	prev        uint64 // followed segment; 0: none
	prevLast    uint64 // its last batch
	replaced    uint64 // 0: none
	first       uint64 // number of the first batch
	carried     uint64 // of the last one written by the open; first-1: none
	base        core.Instance
	state       core.HardState
	adopted     core.SeatSet
	chain       uint32
	genesis     []byte
	cluster     string
	node        string
	before      []tableEntry

	// What version 2 added. known tells whether the header has it.
	known   bool
	oldest  uint64
	holds   content // of the segment that this one follows
	setting []byte
}

// content is what a segment holds, in short.
type content struct {
	min, max core.Instance // of the accepted entries, and of those that are gone; max 0: none
	entries  uint64
	notices  bool // a record tells of damage, so the segment is read whole at every start
}

const contentLen = 25

func (c *content) include(i core.Instance) {
	if c.max == 0 || i < c.min {
		c.min = i
	}
	c.max = max(c.max, i)
}

// record takes in one record that is written or was read.
func (c *content) record(e *tableEntry) {
	switch e.kind {
	case core.RecordAccepted:
		c.include(e.instance)
		c.entries++
	case recordUnknown:
		c.include(e.instance)
		c.notices = true
	case recordLost:
		c.notices = true
	default: // the headers repeat it
	}
}

func (c *content) encode(dst []byte) []byte {
	dst = le.AppendUint64(le.AppendUint64(dst, uint64(c.min)), uint64(c.max))
	dst = le.AppendUint64(dst, c.entries)
	if c.notices {
		return append(dst, 1)
	}
	return append(dst, 0)
}

func (f *fields) content() content {
	return content{min: core.Instance(f.u64()), max: core.Instance(f.u64()), entries: f.u64(), notices: f.u8() != 0}
}

// encode returns both copies, padded.
func (h *segmentHeader) encode() []byte {
	return append(h.encodeCopy(1), h.encodeCopy(2)...)
}

func (h *segmentHeader) encodeCopy(which byte) []byte {
	b := append(segmentForm.begin(), which)
	for _, x := range []uint64{h.number, h.salt} {
		b = le.AppendUint64(b, x)
	}
	b = append(b, h.incarnation[:]...)
	for _, x := range []uint64{h.prev, h.prevLast, h.replaced, h.first, h.carried, uint64(h.base)} {
		b = le.AppendUint64(b, x)
	}
	b = appendHardState(b, h.state)
	b = le.AppendUint64(b, uint64(h.adopted))
	b = le.AppendUint32(b, h.chain)
	b = append(le.AppendUint32(b, uint32(len(h.genesis))), h.genesis...)
	b = appendStr(appendStr(b, h.cluster), h.node)
	b = append(b, byte(len(h.before)))
	b = appendTable(b, h.before)
	b = h.holds.encode(le.AppendUint64(b, h.oldest))
	b = appendStr(b, string(h.setting))
	return segmentForm.end(b)
}

var errSegment = errors.New("no segment header")

// errNewerSegment marks a copy that says it is of a newer format.
var errNewerSegment = errors.New("segment header of a newer format")

var segmentForm = head{magic: segmentMagic, version: segmentVersion, fixed: segmentFixed, max: maxSegmentHead, none: errSegment}

// decodeSegmentHeader reads one copy; size is its padded length.
func decodeSegmentHeader(b []byte, which byte) (h *segmentHeader, size int64, err error) {
	f, length, version, err := segmentForm.open(b)
	if err == nil {
		err = f.copyNumber(which)
	}
	if err != nil {
		return nil, 0, err
	}
	h = &segmentHeader{number: f.u64(), salt: f.u64(), incarnation: f.incarnation(), prev: f.u64(),
		prevLast: f.u64(), replaced: f.u64(), first: f.u64(), carried: f.u64(), base: core.Instance(f.u64()),
		state: f.hardState(), adopted: core.SeatSet(f.u64()), chain: f.u32()}
	h.genesis = append([]byte(nil), f.take(int(f.u32()))...)
	h.cluster, h.node = f.str(), f.str()
	h.before = f.table(int(f.u8()))
	if version > 1 {
		h.known, h.oldest, h.holds = true, f.u64(), f.content()
		h.setting = append([]byte(nil), f.take(int(f.u16()))...)
	}
	size = padded(int64(length))
	if f.bad || len(f.b) != 0 || int64(len(b)) < size || !allZero(b[length:size]) {
		return nil, 0, fmt.Errorf("%w: fields", errSegment)
	}
	return h, size, h.check()
}

func (h *segmentHeader) check() error {
	if h.number == 0 || h.number > maxNumber || h.first == 0 || h.carried > maxNumber || h.carried+1 < h.first || h.prev >= h.number || h.replaced >= h.number {
		return fmt.Errorf("%w: segment %d follows %d, replaces %d, batches %d to %d", errSegment,
			h.number, h.prev, h.replaced, h.first, h.carried)
	}
	if !saneState(h.state) || len(h.before) > maxRecords || h.base > maxInstance+1 ||
		len(h.setting) > core.MaxSettingBytes {
		return fmt.Errorf("%w: state", errSegment)
	}
	if h.oldest > h.number || h.holds.min > h.holds.max || h.holds.max > maxInstance {
		return fmt.Errorf("%w: oldest segment %d, instances %d to %d before", errSegment, h.oldest, h.holds.min, h.holds.max)
	}
	return checkTable(h.before)
}

// headFound is what a segment file's beginning gave.
type headFound struct {
	segmentHeader
	batches int64    // offset of the first batch
	damage  []string // what is wrong with one of the copies
}

// readSegmentHeader returns what the intact copies say. An error wraps
// errSegment when no copy is readable, errNewerSegment for a newer format, or
// is the disk's.
func readSegmentHeader(f source) (*headFound, error) {
	return readSegmentHeaderInto(make([]byte, 2*pageBytes), f)
}

// readSegmentHeaderInto is readSegmentHeader with two pages of memory to read into.
func readSegmentHeaderInto(front []byte, f source) (*headFound, error) {
	const window = 2 * (maxSegmentHead + pageBytes) / pageBytes * pageBytes
	size, err := f.Size()
	if err != nil {
		return nil, err
	}
	// Nearly always both copies are intact, a page each.
	if b, err := readFront(f, front[:min(2*pageBytes, size)]); err == nil {
		if found, err := findSegmentHeader(b); err == nil && len(found.damage) == 0 {
			return found, nil
		}
	}
	b, err := readFront(f, make([]byte, min(window, size)))
	if err != nil {
		return nil, err
	}
	return findSegmentHeader(b)
}

// readFront fills b with the first bytes of a file, and cuts it if there are fewer.
func readFront(f source, b []byte) ([]byte, error) {
	got, err := f.ReadAt(b, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return b[:got], err
}

// findSegmentHeader looks for the copies in the first bytes of a file.
func findSegmentHeader(b []byte) (*headFound, error) {
	one, size, err1 := decodeSegmentHeader(b, 1)
	if err1 == nil {
		found := &headFound{segmentHeader: *one, batches: 2 * size}
		if _, _, err2 := decodeSegmentHeader(b[min(size, int64(len(b))):], 2); err2 != nil {
			found.damage = append(found.damage, fmt.Sprintf("second copy of the header: %v", err2))
		}
		return found, nil
	}
	for at := int64(pageBytes); at+pageBytes <= int64(len(b)); at += pageBytes {
		if two, size, err := decodeSegmentHeader(b[at:], 2); err == nil && size == at {
			return &headFound{segmentHeader: *two, batches: 2 * size,
				damage: []string{fmt.Sprintf("first copy of the header: %v", err1)}}, nil
		}
	}
	return nil, err1
}
