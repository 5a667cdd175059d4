package tlog

// Files beside the segments. Both hold zeros and nothing else.
const (
	// reserveName is given up when the disk is full.
	reserveName = "reserve"
	reserveTemp = "reserve.tmp"
	// aheadName is the next segment, written ahead of use.
	aheadName = "ahead"
	aheadTemp = "ahead.tmp"
)

// space is what the owner knows of room on the disk.
type space struct {
	reserve bool // the reserve is there
	ahead   bool // the next segment's zeros are there
	full    bool
}

// ranOut notes that something found no room, even after the reserve was given up.
func (s *space) ranOut() { s.full = true }

// foundRoom notes that a batch went to disk. The disk counts as full until the
// reserve is there again.
func (s *space) foundRoom(gaveUp bool, reserve int64) {
	switch {
	case gaveUp:
		s.full = true
	case reserve <= 0 || s.reserve:
		s.full = false
	}
}

// unknownFree is what Space says when the disk doesn't tell.
const unknownFree = 1 << 62

// Space tells how many bytes the disk has left, whether the reserve is there, and
// whether the disk counts as full: from when something found no room until a
// batch did and the reserve is there again.
func (l *Log) Space() (free uint64, reserve, full bool) {
	free, err := l.d.Free()
	if err != nil {
		free = unknownFree
	}
	return free, l.space.reserve, l.space.full
}
