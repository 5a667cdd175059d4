package tlog

import "github.com/openvstorage/arakoon-go/core"

// Stats is what a status page and metrics want to know of a log.
type Stats struct {
	Segments   int   // files, those that wait for their removal included
	Compressed int   // of them
	Bytes      int64 // that they take on the disk
	Entries    uint64
	// First and Last are the accepted entries held; 0: none. Base is the lowest
	// instance that may be held.
	First, Last, Base core.Instance
	DurableBatches    uint64 // made durable by this process
	Waiting           int    // records appended and not durable
	Reserve, Full     bool   // as Space says
	// Damage says what reads have found to be damaged since the start.
	Damage []string
}

// Stats returns figures as of now.
func (l *Log) Stats() Stats {
	s := Stats{Segments: len(l.segments), First: l.first, Last: l.last, Base: l.base, DurableBatches: l.batches,
		Waiting: len(l.queue.recs), Reserve: l.space.reserve, Full: l.space.full, Damage: l.found}
	for i := range l.segments {
		k := &l.segments[i]
		s.Bytes += k.bytes
		s.Entries += k.entries
		if k.tlx {
			s.Compressed++
		}
	}
	return s
}
