package tlog

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// narrow is a disk that is full from its n-th growing operation on, until it is
// relieved: the capacity is set to what is used then, and some bytes.
type narrow struct {
	*disk.Mem
	n, slack int
	ops      int // that may grow something, so far
	full     bool
}

type narrowFile struct {
	disk.File
	w *narrow
}

func (w *narrow) grows() {
	w.n--
	w.ops++
	if w.n == 0 {
		w.full = true
		w.SetCapacity(max(w.used()+int64(w.slack), 1))
	}
}

func (w *narrow) used() (sum int64) {
	w.SetCapacity(1 << 40)
	free, err := w.Free()
	if err != nil {
		return 0
	}
	return 1<<40 - int64(free)
}

func (w *narrow) relieve() {
	w.n, w.full = 0, false
	w.SetCapacity(0)
}

func (w *narrow) Create(p string) (disk.File, error) {
	w.grows()
	f, err := w.Mem.Create(p)
	return narrowFile{f, w}, err
}

func (w *narrow) Open(p string) (disk.File, error) {
	f, err := w.Mem.Open(p)
	return narrowFile{f, w}, err
}

func (w *narrow) Rename(p, q string) error {
	w.grows()
	return w.Mem.Rename(p, q)
}

func (f narrowFile) WriteAt(p []byte, off int64) (int, error) {
	f.w.grows()
	return f.File.WriteAt(p, off)
}

// TestDiskFullAtEveryWrite: a disk that is full from any write on takes nothing
// away. What was acknowledged is read, also after a crash on the full disk, what
// waits is written when there is room, and the log goes on.
func TestDiskFullAtEveryWrite(t *testing.T) {
	count := &narrow{Mem: disk.NewMem(0)}
	w := newWorld(count.Mem, upkeepOptions())
	require.NoError(t, w.fullLife(count, func() {}))
	total := count.ops
	refused, crashes, reserves := 0, 0, 0
	for n := 1; n <= total; n++ {
		for _, slack := range []int{0, 700, 3 * pageBytes} {
			where := fmt.Sprintf("write %d, %d bytes left", n, slack)
			d := &narrow{Mem: disk.NewMem(0), n: n, slack: slack}
			w := newWorld(d.Mem, upkeepOptions())
			require.NoError(t, w.fullLife(d, func() {
				refused++
				if _, reserve, full := w.l.Space(); w.l != nil && !reserve && full {
					reserves++
				}
				require.NoError(t, w.reads(w.l, w.acked), where)
				image := d.Clone()
				image.PowerLoss(disk.LoseAll)
				if n%3 == 0 {
					image = d.Clone()
				}
				if err := w.check(image); err != nil {
					require.ErrorIs(t, err, disk.ErrFull, where)
					image.SetCapacity(0)
					image.Crash()
					require.NoError(t, w.check(image), where)
				}
				crashes++
			}), where)
		}
	}
	t.Logf("writes=%d refused=%d with the reserve given up=%d crashes=%d lost=0", total, refused, reserves, crashes)
	require.NotZero(t, refused)
	require.NotZero(t, reserves)
}

// fullLife plays a life on a disk that may be full at times. Whenever something is
// refused it calls atFull, makes room, and goes on.
func (w *world) fullLife(d *narrow, atFull func()) error {
	life := func() error {
		l, opened, err := Open(d, w.options())
		if err == nil {
			w.l, w.state, w.base = l, opened.Restored.HardState, w.acked
		}
		return err
	}
	if err := again(d, life, func() {}); err != nil {
		return err
	}
	for i := 1; i <= 20; i += 2 {
		w.add(promised(1, i-1), accepted(i, 1, fmt.Sprint(i)), accepted(i+1, 1, string(make([]byte, 3000))))
		steps := []func() error{w.sync, func() error { return w.upkeep(9, Retention{Segments: 4}) }}
		switch i {
		case 9:
			w.checkpoint = 7
		case 13:
			steps = append(steps, func() error { return w.install(15) })
		case 17:
			steps = append(steps, func() error {
				if err := w.l.Close(); err != nil && !errors.Is(err, disk.ErrClosed) {
					return err
				}
				return life()
			})
		}
		for _, s := range steps {
			if err := again(d, s, atFull); err != nil {
				return err
			}
		}
		if w.acked != len(w.appends) {
			return fmt.Errorf("%d of %d appends are durable", w.acked, len(w.appends))
		}
	}
	d.relieve()
	if err := w.upkeep(99, Retention{}); err != nil {
		return err
	}
	if _, reserve, full := w.l.Space(); !reserve || full {
		return fmt.Errorf("the disk was relieved: reserve %v, full %v", reserve, full)
	}
	return w.reads(w.l, len(w.appends))
}

// again runs a step until there is room for it.
func again(d *narrow, step func() error, atFull func()) error {
	err := step()
	if !errors.Is(err, disk.ErrFull) {
		return err
	}
	if !d.full {
		return fmt.Errorf("the disk isn't full: %w", err)
	}
	atFull()
	d.relieve()
	return step()
}

// TestReserveIsForPromises: on a disk that is full to the last byte a promise still
// becomes durable, a start works, and the reserve comes back with the room.
func TestReserveIsForPromises(t *testing.T) {
	d := &narrow{Mem: disk.NewMem(0)}
	o := upkeepOptions()
	o.Preallocate, o.Reserve = 0, 16*pageBytes
	l := filled(t, d, o, 9)
	require.Equal(t, []string{"reserve 0"}, lookAfter(t, l, 1, DefaultRetention))
	d.SetCapacity(d.used())
	appendSync(t, l, 10, promised(2, 9))
	_, reserve, full := l.Space()
	require.False(t, reserve)
	require.True(t, full)
	require.Empty(t, lookAfter(t, l, 1, DefaultRetention), "there is no room for the reserve")
	require.NoError(t, l.Close())

	l, opened := mustOpen(t, d, o)
	require.Equal(t, promised(2, 9), opened.Restored.HardState)
	for i := 10; ; i++ {
		l.Append([]core.Record{accepted(i, 2, "more")}, promised(2, 9), core.Position(i))
		j := l.NextSync()
		j.Run()
		if _, err := l.FinishSync(j); err != nil {
			require.ErrorIs(t, err, ErrNoSpace)
			break
		}
	}
	d.SetCapacity(0)
	syncAll(t, l)
	require.Equal(t, []string{"reserve 0"}, lookAfter(t, l, 1, DefaultRetention))
	_, reserve, full = l.Space()
	require.True(t, reserve)
	require.False(t, full)
	require.NoError(t, l.Close())
}

// TestAStartOnAFullDiskGivesUpTheReserve, and says so.
func TestAStartOnAFullDiskGivesUpTheReserve(t *testing.T) {
	d := &narrow{Mem: disk.NewMem(0)}
	o := upkeepOptions()
	o.Preallocate, o.Reserve = 0, 16*pageBytes
	l := filled(t, d, o, 9)
	lookAfter(t, l, 1, DefaultRetention)
	require.NoError(t, l.Close())
	d.SetCapacity(d.used())
	l, opened := mustOpen(t, d, o)
	require.Contains(t, fmt.Sprint(opened.Report), "gave up the reserve")
	_, reserve, full := l.Space()
	require.False(t, reserve)
	require.True(t, full)
	for i := core.Instance(1); i <= 9; i++ {
		got, err := read(t, l, i, i, 9)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprint("value ", i), string(got[0].Value))
	}
	require.NoError(t, l.Close())
}

// TestAFailedSyncIsFinalAlsoOnAFullDisk: only what a write found to be full is tried
// again.
func TestAFailedSyncIsFinalAlsoOnAFullDisk(t *testing.T) {
	l, _ := mustOpen(t, &fullSync{Mem: disk.NewMem(0)}, options())
	l.d.(*fullSync).on = true
	l.Append(nil, promised(1, 0), 1)
	j := l.NextSync()
	j.Run()
	_, err := l.FinishSync(j)
	require.ErrorIs(t, err, disk.ErrFull)
	require.NotErrorIs(t, err, ErrNoSpace)
	require.Nil(t, l.NextSync())
}

// fullSync is a disk whose syncs say that it is full.
type fullSync struct {
	*disk.Mem
	on bool
}

type fullSyncFile struct {
	disk.File
	d *fullSync
}

func (d *fullSync) Create(p string) (disk.File, error) {
	f, err := d.Mem.Create(p)
	return fullSyncFile{f, d}, err
}

func (f fullSyncFile) Sync() error {
	if f.d.on {
		return disk.ErrFull
	}
	return f.File.Sync()
}
