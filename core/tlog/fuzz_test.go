package tlog

import (
	"io"
	"testing"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// A fuzzer doesn't guess checksums: the targets put the right one in, so that
// what lies behind the checksum is reached as well.

func FuzzBatch(f *testing.F) {
	h := batchHeader{segment: 3, offset: 8192, number: 7, state: promised(2, 5),
		table:  []tableEntry{{kind: core.RecordAccepted, instance: 6, ballot: core.Ballot{Round: 2, Member: 1}}},
		before: []tableEntry{{kind: core.RecordGenesis, length: 9}}}
	f.Add(h.encode(nil, 9), true)
	f.Add([]byte(batchMagic), false)
	f.Fuzz(func(t *testing.T, b []byte, sum bool) {
		if sum && len(b) >= batchFixed {
			length := min(int(le.Uint32(b[8:])), len(b))
			le.PutUint32(b[4:], crcOf(salted(9), b[min(8, length):max(length, 8)]))
		}
		h, err := decodeBatchHeader(b, 9, 3, 8192)
		if err != nil {
			return
		}
		again, err := decodeBatchHeader(h.encode(nil, 9), 9, 3, 8192)
		if err != nil || again.size() != h.size() || again.number != h.number {
			t.Fatalf("%+v encodes to %+v, %v", h, again, err)
		}
	})
}

func FuzzSegmentHeader(f *testing.F) {
	h := segmentHeader{number: 3, prev: 2, prevLast: 6, replaced: 1, first: 7, carried: 8, base: 1, cluster: "c", node: "n",
		genesis: core.EncodeGenesis(nil, testGenesis()), before: []tableEntry{{kind: core.RecordAdopted, length: 8}}}
	f.Add(h.encode(), true)
	f.Add([]byte(segmentMagic), false)
	f.Fuzz(func(t *testing.T, b []byte, sum bool) {
		if sum && len(b) >= segmentFixed {
			length := min(int(le.Uint32(b[16:])), len(b))
			le.PutUint32(b[12:], crcOf(0, b[min(16, length):max(length, 16)]))
		}
		d := disk.NewMem(0)
		file, err := d.Create("s")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := file.WriteAt(b, 0); err != nil {
			t.Fatal(err)
		}
		head, err := readSegmentHeader(file)
		if err != nil {
			return
		}
		if head.batches < 2*pageBytes || head.batches%(2*pageBytes) != 0 {
			t.Fatalf("batches at %d", head.batches)
		}
	})
}

// FuzzRecover puts patches over the files of a real log, with and without a right
// checksum on what they hit, and opens what comes out, twice.
func FuzzRecover(f *testing.F) {
	d := disk.NewMem(0)
	if err := new(history).run(d); err != nil {
		f.Fatal(err)
	}
	names := []string{"ID", "001.tlog", "003.tlog", "006.tlog"}
	f.Add(uint8(3), uint32(2*pageBytes), []byte{1, 2, 3}, true)
	f.Add(uint8(0), uint32(40), []byte{7}, true)
	f.Add(uint8(1), uint32(12288), []byte{}, false)
	f.Add(uint8(2), uint32(16384+61), []byte{0xff, 0xff, 0xff, 0xff}, true)
	f.Fuzz(func(t *testing.T, which uint8, off uint32, patch []byte, sum bool) {
		d := d.Clone()
		path := "log/" + names[int(which)%len(names)]
		b := bytesOf(t, d, path)
		at := int(off) % len(b)
		if len(patch) == 0 {
			b = b[:at]
		} else {
			copy(b[at:], patch)
		}
		if sum {
			resum(b, at/pageBytes*pageBytes)
		}
		write(t, d, path, b)
		if err := Dump(io.Discard, d, "log"); err != nil {
			t.Fatal(err)
		}
		l, first, err := Open(d, historyOptions())
		if err != nil {
			return
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		l, second, err := Open(d, historyOptions())
		if err != nil {
			t.Fatalf("the second open: %v", err)
		}
		if second.Restored.Promised.Less(first.Restored.Promised) || len(second.Restored.Unknown) < len(first.Restored.Unknown) {
			t.Fatalf("first %+v, second %+v", first.Restored, second.Restored)
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// resum puts the right checksum on a header that begins at a page, if one does.
func resum(b []byte, at int) {
	page := b[at:min(at+3*pageBytes, len(b))]
	switch {
	case len(page) < 200:
	case string(page[:4]) == batchMagic:
		head, err := readHeadOf(b)
		if length := int(le.Uint32(page[8:])); err == nil && length >= 12 && length <= len(page) {
			le.PutUint32(page[4:], crcOf(salted(head.salt), page[8:length]))
		}
	case string(page[:8]) == segmentMagic || string(page[:8]) == idMagic:
		if length := int(le.Uint32(page[16:])); length >= 16 && length <= len(page) {
			le.PutUint32(page[12:], crcOf(0, page[16:length]))
		}
	}
}

func readHeadOf(b []byte) (*segmentHeader, error) {
	h, _, err := decodeSegmentHeader(b, 1)
	return h, err
}
