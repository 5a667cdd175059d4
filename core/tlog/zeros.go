package tlog

import "github.com/openvstorage/arakoon-go/core/disk"

// zeroFile is a file of zeros that is being made, a slice at a time.
type zeroFile struct {
	name, temp string
	size, at   int64
	made       bool // the temporary file
}

// run writes a slice; done when the file is in place.
func (z *zeroFile) run(d disk.Disk, dir string) (done bool, err error) {
	f, err := z.open(d, dir)
	if err != nil {
		return false, err
	}
	for goal := min(z.at+sliceBytes, z.size); z.at < goal && err == nil; {
		n := min(goal-z.at, int64(len(zeros)))
		if _, err = f.WriteAt(zeros[:n], z.at); err == nil {
			z.at += n
		}
	}
	if err == nil {
		err = failedSync(f.Sync())
	}
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err != nil || z.at < z.size {
		return false, err
	}
	if err := d.Rename(join(dir, z.temp), join(dir, z.name)); err != nil {
		return false, err
	}
	return true, failedSync(d.SyncDir(dir))
}

func (z *zeroFile) open(d disk.Disk, dir string) (disk.File, error) {
	if z.made {
		return d.Open(join(dir, z.temp))
	}
	f, err := d.Create(join(dir, z.temp))
	z.made = err == nil
	return f, err
}

// nextZeros plans the next slice of the reserve, and then of the next segment.
func (l *Log) nextZeros(j *UpkeepJob) bool {
	u := &l.upkeep
	if u.zeros == nil {
		switch {
		case l.opts.Reserve > 0 && !l.space.reserve:
			if l.hasRoom(l.opts.Reserve) {
				u.zeros = &zeroFile{name: reserveName, temp: reserveTemp, size: l.opts.Reserve}
			}
		case l.opts.Preallocate > 0 && !l.space.ahead:
			if size := l.aheadBytes(); l.hasRoom(size) {
				u.zeros = &zeroFile{name: aheadName, temp: aheadTemp, size: size}
			}
		}
	}
	if u.zeros == nil {
		return false
	}
	j.kind, j.zeros = UpkeepAhead, u.zeros
	if u.zeros.name == reserveName {
		j.kind = UpkeepReserve
	}
	return true
}

// aheadBytes returns how long the next segment will be, about: segments that roll by
// entries stay shorter than they may.
func (l *Log) aheadBytes() int64 {
	if n := len(l.segments); l.opts.MaxEntries > 0 && n > 1 && !l.segments[n-2].dead {
		return min(padded(l.segments[n-2].end), l.opts.SegmentBytes)
	}
	return l.opts.SegmentBytes
}

// zerosMade takes in that a file of zeros is there.
func (l *Log) zerosMade(kind UpkeepKind) {
	l.upkeep.zeros = nil
	if kind == UpkeepReserve {
		l.space.reserve, l.space.full = true, false
	} else {
		l.space.ahead = true
	}
}
