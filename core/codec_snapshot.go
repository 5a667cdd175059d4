package core

import "encoding/binary"

// MaxSnapshotChunk bounds the bytes of one chunk of a snapshot: one entry as
// large as a value may be, with its key, fits.
const MaxSnapshotChunk = MaxValueBytes

// maxManifest and maxSnapshotKey bound the rest of a chunk, in bytes.
const (
	maxManifest    = 64 << 10
	maxSnapshotKey = MaxValueBytes
)

func appendSnapshot(dst []byte, msg Message) []byte {
	switch m := msg.(type) {
	case *SnapshotOffer:
		return appendUint64(appendUint64(dst, uint64(m.Instance)), uint64(m.Commit))
	case *SnapshotFetch:
		return appendValue(appendBool(appendUint64(dst, uint64(m.Instance)), m.Begin), m.After)
	case *SnapshotChunk:
		dst = appendBool(appendBool(appendBool(appendUint64(dst, uint64(m.Instance)), m.Gone), m.Begin), m.Done)
		return appendValue(appendValue(appendValue(appendValue(dst, m.After), m.Last), m.Manifest), m.Bytes)
	default:
		panic("core: no snapshot message")
	}
}

func decodeSnapshot(d *decoder, kind MessageKind) Message {
	switch kind {
	case KindSnapshotOffer:
		return &SnapshotOffer{Instance: d.instance(), Commit: d.instance()}
	case KindSnapshotFetch:
		return &SnapshotFetch{Instance: d.instance(), Begin: d.bool(), After: d.bounded(maxSnapshotKey)}
	default:
		return &SnapshotChunk{Instance: d.instance(), Gone: d.bool(), Begin: d.bool(), Done: d.bool(),
			After: d.bounded(maxSnapshotKey), Last: d.bounded(maxSnapshotKey),
			Manifest: d.bounded(maxManifest), Bytes: d.bounded(MaxSnapshotChunk)}
	}
}

// bounded reads a length and as many bytes.
func (d *decoder) bounded(limit int) []byte {
	n := d.u32()
	if n == 0 || int64(n) > int64(limit) {
		d.failed = d.failed || n != 0
		return nil
	}
	return d.take(int(n))
}

// maxMarks bounds the marks of one message.
const maxMarks = 64

func appendMarks(dst []byte, marks []Mark) []byte {
	dst = append(dst, byte(len(marks)))
	for i := range marks {
		dst = appendMark(dst, &marks[i])
	}
	return dst
}

func appendMark(dst []byte, m *Mark) []byte {
	dst = append(appendUint64(dst, uint64(m.Instance)), byte(m.Kind))
	return append(dst, m.Sum[:]...)
}

func appendReports(dst []byte, marks []MarkReport) []byte {
	dst = append(dst, byte(len(marks)))
	for i := range marks {
		dst = binary.LittleEndian.AppendUint64(appendMark(dst, &marks[i].Mark), uint64(marks[i].Agree))
	}
	return dst
}

func (d *decoder) mark() (m Mark) {
	m.Instance, m.Kind = d.instance(), MarkKind(d.u8())
	copy(m.Sum[:], d.take(len(m.Sum)))
	return m
}

func (d *decoder) marks() []Mark {
	n := int(d.u8())
	if n > maxMarks {
		d.failed = true
		return nil
	}
	var marks []Mark
	for range n {
		marks = append(marks, d.mark())
	}
	return marks
}

func (d *decoder) reports() []MarkReport {
	n := int(d.u8())
	if n > maxMarks {
		d.failed = true
		return nil
	}
	var marks []MarkReport
	for range n {
		marks = append(marks, MarkReport{Mark: d.mark(), Agree: SeatSet(d.u64())})
	}
	return marks
}
