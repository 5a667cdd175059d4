package tlog

import (
	"errors"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// writer writes batches at the end of the newest segment. While a SyncJob or an
// InstallJob is out it belongs to that job.
type writer struct {
	d    disk.Disk
	opts *Options
	id   idFile

	head      segmentHeader // of the segment being written
	file      disk.File
	start     int64   // where the first batch went
	end       int64   // where the next batch goes
	allocated int64   // zeros are written up to here
	holds     content // of the segment

	number  uint64         // of the next batch
	chain   uint32         // CRC of the last batch's header
	table   []tableEntry   // of the last batch
	spare   []tableEntry   // reused for the next table
	state   core.HardState // of the last batch
	genesis []byte
	adopted core.SeatSet
	setting []byte

	// What the owner sets before a job: it goes into the next segment's header.
	base   core.Instance
	oldest uint64
	ahead  bool // a file of zeros waits to be the next segment
	used   bool // it was used, or is of no use

	buf []byte
}

// placed says where a batch went.
type placed struct {
	segment  uint64
	salt     uint64
	off, end int64
	min, max core.Instance // of its accepted entries; max 0: it has none
}

// put writes one batch without a sync. It keeps the records in the order given.
func (w *writer) put(recs []core.Record, state core.HardState) (placed, error) {
	h := batchHeader{segment: w.head.number, offset: w.end, number: w.number, chain: w.chain,
		state: state, before: w.table}
	at := placed{segment: w.head.number, salt: w.head.salt, off: w.end}
	begin := salted(w.head.salt)
	h.table = w.spare[:0]
	for i := range recs {
		r := &recs[i]
		h.table = append(h.table, tableEntry{kind: r.Kind, instance: r.Instance, ballot: r.Ballot,
			length: uint32(len(r.Bytes)), crc: crcOf(begin, r.Bytes)})
		h.bodies += int64(len(r.Bytes))
		if r.Kind == core.RecordAccepted {
			at.include(r.Instance)
		}
	}
	if err := checkTable(h.table); err != nil {
		assertf("asked to write a %v", err)
	}
	w.buf = h.encode(w.buf[:0], w.head.salt)
	for i := range recs {
		w.buf = append(w.buf, recs[i].Bytes...)
	}
	w.buf = pad(w.buf)
	if w.end < w.start || w.end%pageBytes != 0 || int64(len(w.buf)) != h.size() {
		assertf("a batch of %d bytes at %d, its header says %d", len(w.buf), w.end, h.size())
	}
	if _, err := w.file.WriteAt(w.buf, w.end); err != nil {
		return placed{}, err
	}
	w.end += int64(len(w.buf))
	at.end = w.end
	w.number++
	w.chain, w.state = h.crc, state
	w.spare, w.table = w.table, h.table
	for i := range h.table {
		w.holds.record(&h.table[i])
	}
	w.note(recs)
	if cap(w.buf) > maxSpareBuffer {
		w.buf = nil
	}
	return at, nil
}

// maxSpareBuffer is how many bytes of buffer are kept between batches.
const maxSpareBuffer = 16 << 20

func (p *placed) include(i core.Instance) {
	if p.max == 0 || i < p.min {
		p.min = i
	}
	p.max = max(p.max, i)
}

// note keeps what later segment headers repeat.
func (w *writer) note(recs []core.Record) {
	for i := range recs {
		switch recs[i].Kind {
		case core.RecordGenesis:
			w.genesis = recs[i].Bytes
		case core.RecordAdopted:
			w.adopted = core.SeatSet(le.Uint64(recs[i].Bytes))
		case core.RecordSetting:
			w.setting = recs[i].Bytes
		case core.RecordAccepted, recordUnknown, recordLost:
		}
	}
}

// commit makes one batch durable: it rolls first if the segment is full.
func (w *writer) commit(recs []core.Record, state core.HardState) (placed, error) {
	size := int64(maxBatchHeader + pageBytes)
	for i := range recs {
		size += int64(len(recs[i].Bytes))
	}
	if w.full(size) {
		if err := w.roll(); err != nil {
			return placed{}, err
		}
	}
	if err := w.preallocate(size); err != nil {
		return placed{}, err
	}
	at, err := w.put(recs, state)
	if err != nil {
		return placed{}, err
	}
	err = w.file.Sync()
	return at, failedSync(err)
}

// full reports whether a batch of about size bytes belongs in a new segment.
// A segment that holds no entry yet takes anything.
func (w *writer) full(size int64) bool {
	return w.holds.entries > 0 && (w.end+size > w.opts.SegmentBytes ||
		w.opts.MaxEntries > 0 && w.holds.entries >= uint64(w.opts.MaxEntries))
}

// preallocate writes zeros ahead of use, so that most syncs find the file's size
// unchanged. No sector with a part of a batch is touched.
func (w *writer) preallocate(size int64) error {
	if w.opts.Preallocate <= 0 || w.end+size <= w.allocated {
		return nil
	}
	goal := padded(w.end + max(size, w.opts.Preallocate))
	at := max(w.allocated, w.end)
	for at < goal {
		n := min(goal-at, int64(len(zeros)))
		_, err := w.file.WriteAt(zeros[:n], at)
		if errors.Is(err, disk.ErrFull) {
			goal = at // no room to spare; the batch itself may fit yet
			break
		}
		if err != nil {
			return err
		}
		at += n
	}
	w.allocated = goal
	return nil
}

// roll goes on in a new segment that follows this one, whose last batch is
// durable.
func (w *writer) roll() error {
	h := segmentHeader{prev: w.head.number, prevLast: w.number - 1, first: w.number, carried: w.number - 1,
		state: w.state, before: slices.Clone(w.table), holds: w.holds}
	return w.goOver(h, func() error { return nil })
}

// goOver begins a segment, has it filled, and lets it count. Where the disk has no
// room for it, nothing has happened.
func (w *writer) goOver(h segmentHeader, fill func() error) error {
	old := *w
	err := w.begin(h)
	if err == nil {
		err = fill()
	}
	if err == nil {
		err = w.publish(w.number - 1)
	}
	if noSpace(err) {
		w.undo(&old)
	}
	if err != nil {
		return err
	}
	return old.file.Close()
}

// undo goes back to the segment that was written before a new one was begun. ID
// doesn't name the new one: its rename comes last.
func (w *writer) undo(old *writer) {
	if w.file != old.file {
		closeQuietly(w.file)
		_ = w.d.Remove(join(w.opts.Dir, segmentName(w.head.number))) // it doesn't count: a start removes it too
	}
	used := w.used
	*w = *old
	w.used = used
}

// begin creates the next segment's file, leaving room for the header. The
// writer goes on behind that.
func (w *writer) begin(h segmentHeader) error {
	var salt [8]byte
	w.opts.Rand(salt[:])
	h.number, h.salt = w.id.newest+1, le.Uint64(salt[:])
	h.incarnation, h.cluster, h.node = w.id.incarnation, w.id.cluster, w.id.node
	h.base, h.oldest = w.base, w.oldest
	h.genesis, h.adopted, h.setting, h.chain = w.genesis, w.adopted, w.setting, w.chain
	h.known = true
	f, allocated, err := w.create(segmentName(h.number))
	if err != nil {
		return err
	}
	w.head, w.file, w.holds = h, f, content{}
	w.start = int64(len(h.encode()))
	w.end, w.allocated = w.start, max(w.start, allocated)
	w.number, w.table, w.state = h.first, h.before, h.state
	w.spare = nil
	return nil
}

// create makes the file of a segment: of the zeros that were written ahead, if
// there are any.
func (w *writer) create(name string) (f disk.File, allocated int64, err error) {
	path := join(w.opts.Dir, name)
	if w.ahead && !w.used {
		w.ahead, w.used = false, true
		if err = w.d.Rename(join(w.opts.Dir, aheadName), path); err == nil {
			if f, err = w.d.Open(path); err == nil {
				allocated, err = f.Size()
				return f, allocated, err
			}
		}
		if errors.Is(err, disk.ErrCrashed) {
			return nil, 0, err
		}
	}
	f, err = w.d.Create(path)
	return f, 0, err
}

// publish writes the header, which tells that the batches through carried were
// written here by the open, and makes the segment the newest of the log. When it
// returns nil, the segment counts, and whatever it replaces doesn't.
func (w *writer) publish(carried uint64) error {
	w.head.carried = carried
	b := w.head.encode()
	if int64(len(b)) != w.start {
		assertf("a header of %d bytes, room for %d", len(b), w.start)
	}
	if _, err := w.file.WriteAt(b, 0); err != nil {
		return err
	}
	if err := w.file.Sync(); err != nil {
		return failedSync(err)
	}
	return w.name()
}

// name makes the segment, which is synced, the newest of the log.
func (w *writer) name() error {
	if err := w.d.SyncDir(w.opts.Dir); err != nil {
		return failedSync(err)
	}
	id := w.id
	id.newest = w.head.number
	if err := writeID(w.d, w.opts.Dir, &id); err != nil {
		return err
	}
	w.id = id
	return nil
}
