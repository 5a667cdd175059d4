package disk_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
)

// threeDurable makes a durable file of three sectors, "..." in marks.
func threeDurable(t *testing.T, path string) (*disk.Mem, disk.File) {
	t.Helper()
	m := disk.NewMem(0)
	f := create(t, m, path, true)
	write(t, f, 0, strings.Repeat(".", 3*disk.SectorSize))
	require.NoError(t, f.Sync())
	return m, f
}

func TestDamageChangesDurableBytesAndWhatReadsSee(t *testing.T) {
	m, f := threeDurable(t, "f")
	write(t, f, 0, "new")
	zero := func(b []byte) { clear(b) }
	require.NoError(t, m.Damage("f", 0, 2*disk.SectorSize, zero))
	require.Equal(t, "new.", content(t, m, "f")[:4], "memory has newer bytes of the first sector")
	require.Equal(t, make([]byte, disk.SectorSize), []byte(content(t, m, "f")[disk.SectorSize:2*disk.SectorSize]))
	require.ErrorIs(t, m.Damage("f", 3*disk.SectorSize, 1, zero), disk.ErrNotExist)
	require.ErrorIs(t, m.Damage("g", 0, 1, zero), disk.ErrNotExist)
	m.PowerLoss(disk.LoseAll)
	require.Equal(t, make([]byte, 2*disk.SectorSize), []byte(content(t, m, "f")[:2*disk.SectorSize]))
	require.Equal(t, "...", content(t, m, "f")[2*disk.SectorSize:][:3])
}

func TestAnUnreadableSectorIsMendedByAWriteOfTheWhole(t *testing.T) {
	m, f := threeDurable(t, "f")
	require.NoError(t, m.Unreadable("f", disk.SectorSize+7))
	read := func(f disk.File, off int64, n int) error {
		_, err := f.ReadAt(make([]byte, n), off)
		return err
	}
	err := read(f, disk.SectorSize-1, 2)
	require.ErrorIs(t, err, disk.ErrIO)
	require.ErrorContains(t, err, "f at offset 512", "a person must find the place")
	require.NoError(t, read(f, 0, disk.SectorSize))
	require.NoError(t, read(f, 2*disk.SectorSize, 9))
	g, err := m.Clone().Open("f")
	require.NoError(t, err)
	require.ErrorIs(t, read(g, disk.SectorSize, 1), disk.ErrIO, "a copy of the disk has it too")

	m.PowerLoss(disk.LoseAll)
	f, err = m.Open("f")
	require.NoError(t, err)
	write(t, f, disk.SectorSize, "part")
	require.ErrorIs(t, read(f, disk.SectorSize, 1), disk.ErrIO)
	write(t, f, disk.SectorSize, strings.Repeat("+", disk.SectorSize))
	require.NoError(t, read(f, 0, 3*disk.SectorSize))
}

func TestAFileMayBeCutShortOrGone(t *testing.T) {
	m, f := threeDurable(t, "f")
	write(t, f, 0, "x")
	require.ErrorIs(t, m.CutShort("f", 1), disk.ErrBusy)
	require.ErrorIs(t, m.Lose("f"), disk.ErrBusy)
	require.NoError(t, f.Sync())
	require.ErrorIs(t, m.CutShort("f", 3*disk.SectorSize), disk.ErrNotExist)
	require.NoError(t, m.CutShort("f", 2))
	require.Equal(t, "x.", content(t, m, "f"))
	require.Equal(t, []disk.DurableFile{{Path: "f", Size: 2}}, m.DurableFiles("."))
	b, err := m.DurableBytes("f", 1, 9)
	require.NoError(t, err)
	require.Equal(t, ".", string(b))
	m.PowerLoss(disk.LoseAll)
	require.Equal(t, "x.", content(t, m, "f"))
	require.NoError(t, m.Lose("f"))
	require.Equal(t, "absent", content(t, m, "f"))
	require.Empty(t, m.DurableFiles("."))
	m.PowerLoss(disk.KeepAll)
	require.Equal(t, "absent", content(t, m, "f"))
}

// Durable files are those that a power loss leaves: a name without its directory's
// sync isn't among them, nor is a size without its file's.
func TestDurableFilesAreWhatAPowerLossLeaves(t *testing.T) {
	m, f := threeDurable(t, "f")
	write(t, f, 3*disk.SectorSize, "more")
	g := create(t, m, "g", false)
	write(t, g, 0, "g")
	require.NoError(t, g.Sync())
	require.Equal(t, []disk.DurableFile{{Path: "f", Size: 3 * disk.SectorSize}}, m.DurableFiles("."))
	require.NoError(t, m.SyncDir("."))
	require.Equal(t, []disk.DurableFile{{Path: "f", Size: 3 * disk.SectorSize}, {Path: "g", Size: 1}}, m.DurableFiles("."))
}

// A sync that lies: one write stays where it was meant, one never lands, one lands
// over another file.
func TestASyncThatLies(t *testing.T) {
	m, f := threeDurable(t, "f")
	g := create(t, m, "g", true)
	write(t, g, 0, strings.Repeat("g", 2*disk.SectorSize))
	require.NoError(t, g.Sync())
	m.LieOnSync(1, func(op disk.Op) disk.Landing {
		return []disk.Landing{{}, {Kind: disk.Nowhere}, {Kind: disk.Elsewhere, Path: "g", Off: disk.SectorSize}}[op.Off/disk.SectorSize]
	})
	for s, fill := range []string{"0", "1", "2"} {
		write(t, f, int64(s)*disk.SectorSize, strings.Repeat(fill, disk.SectorSize))
	}
	require.NoError(t, m.SyncDir("."), "directories don't lie")
	require.NoError(t, f.Sync())
	require.Equal(t, "012", tops(content(t, m, "f")), "memory still shows what was meant")
	require.Equal(t, "g2", tops(content(t, m, "g")))
	require.NoError(t, f.Sync(), "nobody hears of it")
	c := m.Clone()
	c.PowerLoss(disk.KeepAll)
	require.Equal(t, "0..", tops(content(t, c, "f")))
	require.Equal(t, 2, m.Evict(func(disk.Op) bool { return true }))
	require.Equal(t, "0..", tops(content(t, m, "f")))
}

// tops returns the first byte of every sector.
func tops(s string) string {
	var b bytes.Buffer
	for at := 0; at < len(s); at += disk.SectorSize {
		b.WriteByte(s[at])
	}
	return b.String()
}

// The outcomes of a power loss are all legal ones, once each, the mildest first.
func TestOutcomesAreAllLegalImages(t *testing.T) {
	m, f := threeDurable(t, "f")
	for range 2 { // the second needs the first
		write(t, f, 0, strings.Repeat("+", disk.SectorSize-1))
		write(t, f, 0, strings.Repeat("#", disk.SectorSize))
	}
	write(t, f, disk.SectorSize, strings.Repeat("+", disk.SectorSize))
	labels := m.Outcomes(5, false)
	require.Equal(t, "kkkkk", labels[0])
	require.Len(t, labels, 10, "0 to 4 writes of one sector, and the other")
	require.Nil(t, m.Outcomes(4, false))
	require.Greater(t, len(m.Outcomes(5, true)), 10)
	seen := map[string]bool{}
	for _, label := range labels {
		require.False(t, seen[label])
		seen[label] = true
		c := m.Clone()
		c.PowerLossAs(label, disk.KeepAll)
		want := map[byte]string{'k': "+", 'l': "."}[label[4]]
		require.Equal(t, want, content(t, c, "f")[disk.SectorSize:][:1], label)
	}
}

// A disk knows which of its durable bytes are not what was written, until they are
// written again.
func TestIntactIsWhatWasWrittenLast(t *testing.T) {
	const sector = disk.SectorSize
	m, f := threeDurable(t, "f")
	require.True(t, m.Intact("f", 0, 3*sector))
	require.False(t, m.Intact("f", 0, 3*sector+1), "there is no such byte")
	require.False(t, m.Intact("g", 0, 1))
	require.NoError(t, m.Damage("f", sector, 1, func(b []byte) { b[0] ^= 1 }))
	require.False(t, m.Intact("f", 0, sector+1))
	require.True(t, m.Intact("f", 0, sector))
	require.False(t, m.Clone().Intact("f", sector, 1))
	write(t, f, 0, strings.Repeat("+", 3*sector))
	require.False(t, m.Intact("f", sector, 1), "nothing is written before the sync")
	require.NoError(t, f.Sync())
	require.True(t, m.Intact("f", 0, 3*sector))

	m.LieOnSync(1, func(op disk.Op) disk.Landing {
		if op.Off == 0 {
			return disk.Landing{Kind: disk.Elsewhere, Path: "f", Off: 2 * sector}
		}
		return disk.Landing{}
	})
	write(t, f, 0, strings.Repeat("#", sector))
	require.NoError(t, f.Sync())
	require.False(t, m.Intact("f", 0, 1))
	require.True(t, m.Intact("f", sector, sector))
	require.False(t, m.Intact("f", 2*sector, 1))
	require.NoError(t, m.CutShort("f", sector+1))
	require.NoError(t, f.Truncate(0))
	require.NoError(t, f.Sync())
	write(t, f, 0, strings.Repeat("+", 3*sector))
	require.NoError(t, f.Sync())
	require.True(t, m.Intact("f", 0, 3*sector))
}
