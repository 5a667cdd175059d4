package tlog

import (
	"errors"
	"fmt"
	"io"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// Report is what Verify found.
type Report struct {
	Segments int
	Batches  int
	Entries  int
	Bytes    int64 // read, uncompressed
	// Damage says what can't be read any more, or is missing. Empty: the log is
	// intact.
	Damage []string
	// Notes are no damage: what a crash, or a log in use, leaves at the end.
	Notes []string
}

// Verify reads all of the log in dir, compressed segments included, checks every
// checksum and that no segment is missing, and writes a line of progress per
// segment to w. It takes no lock and changes nothing. Damage is in the Report; an
// error is the disk's, or w's.
func Verify(w io.Writer, d disk.Disk, dir string) (*Report, error) {
	r := &Report{}
	in, err := newInspection(d, dir)
	if err != nil {
		return nil, err
	}
	if err := r.identity(in); err != nil {
		return nil, err
	}
	for i, number := range in.numbers {
		s, err := in.segment(number, true)
		if errors.Is(err, disk.ErrNotExist) {
			continue // a running log removed it
		}
		if err != nil {
			return nil, err
		}
		r.add(s)
		if _, err := fmt.Fprintf(w, "%s %d/%d: instances %d to %d, %d entries in %d batches, %d damaged\n",
			s.Name, i+1, len(in.numbers), s.First, s.Last, s.Entries, s.Batches, len(s.Damage)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// identity looks at ID and at what it names.
func (r *Report) identity(in *inspection) error {
	_, damage, err := readID(in.d, in.dir)
	switch {
	case errors.Is(err, disk.ErrNotExist) && len(in.numbers) == 0:
		r.note("there is no log")
		return nil
	case errors.Is(err, disk.ErrNotExist):
		r.damage("%s is missing", idName)
		return nil
	case errors.Is(err, ErrDamaged) || errors.Is(err, ErrNewer):
		r.damage("%v", err)
		return nil
	case err != nil:
		return err
	}
	if damage != "" {
		r.damage("%s", damage)
	}
	for _, number := range in.chain {
		f, err := openSource(in.d, in.dir, number)
		switch {
		case errors.Is(err, disk.ErrNotExist) && !removedSince(in, number):
			r.damage("%s is missing", segmentName(number))
		case err == nil:
			closeQuietly(f)
		}
	}
	return nil
}

// removedSince reports whether a running log has removed a segment since in looked.
func removedSince(in *inspection, number uint64) bool {
	again, err := newInspection(in.d, in.dir)
	return err == nil && len(again.chain) > 0 && again.chain[len(again.chain)-1] > number
}

func (r *Report) add(s *SegmentInfo) {
	r.Segments++
	r.Batches += s.Batches
	r.Entries += s.Entries
	r.Bytes += s.Length
	for _, what := range s.Damage {
		if s.Counts {
			r.damage("%s: %s", s.Name, what)
		} else {
			r.note("%s: %s", s.Name, what)
		}
	}
	if !s.Counts {
		r.note("%s doesn't count: the next start removes it", s.Name)
	}
	if s.torn != "" {
		r.note("%s: %s is torn: never acknowledged, or being written", s.Name, s.torn)
	}
}

func (r *Report) damage(format string, args ...any) {
	r.Damage = append(r.Damage, fmt.Sprintf(format, args...))
}

func (r *Report) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}
