package main

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
	"github.com/openvstorage/arakoon-go/cmd/trial/load"
)

// The aims.
const (
	aimStall  = 0.250 // seconds
	aimGrowth = 1.1   // disk use of the second half over that of the first, medians
)

// steadyTrial runs full load for long, while the nodes look after their disks all
// the time.
type steadyTrial struct {
	*bench
	length     time.Duration
	clients    int
	keys       int
	segment    int
	retention  int
	checkpoint time.Duration

	c     *cluster.Cluster
	rec   *load.Recorder
	total load.Window
	disk  [2][]int64 // what the largest node used, second by second, in each half, bytes
	final []string
}

func steady(f *flag.FlagSet) func(ctx context.Context, b *bench) error {
	var t steadyTrial
	f.DurationVar(&t.length, "for", 10*time.Minute, "how long")
	f.IntVar(&t.clients, "clients", 256, "clients that update")
	f.IntVar(&t.keys, "keys", 100_000, "keys, each as likely as any other")
	f.IntVar(&t.segment, "segment", 4<<20, "`bytes` of a log segment")
	f.IntVar(&t.retention, "retention", 16<<20, "`bytes` of log that stay below the checkpoint")
	f.DurationVar(&t.checkpoint, "checkpoint", time.Second, "period of checkpoints")
	return func(ctx context.Context, b *bench) error {
		t.bench = b
		return t.run(ctx)
	}
}

func (t *steadyTrial) run(ctx context.Context) (err error) {
	t.c, err = t.open("cluster", cluster.Options{Settings: []cluster.Setting{
		{Key: "tlog_max_size", Value: strconv.Itoa(t.segment)},
		{Key: "checkpoint_period", Value: t.checkpoint.String()},
		{Key: "log_retention", Value: strconv.Itoa(t.retention)},
	}})
	if err != nil {
		return err
	}
	if _, err := t.up(ctx, t.c); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t.rec = load.NewRecorder()
	keys := load.Keys{Count: t.keys, Value: 100}
	w := load.Closed{Router: t.router(t.c), Cluster: t.c.Config().ClusterID, Clients: t.clients, Source: keys.Updates(), Seed: t.seed, Recorder: t.rec}
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	if err := t.watch(ctx, ended); err != nil {
		return err
	}
	t.print(ctx)
	cancel()
	return <-ended
}

// watch looks every second until the time is over.
func (t *steadyTrial) watch(ctx context.Context, ended <-chan error) error {
	const warm = 3 * time.Second
	if err := during(ctx, warm, ended); err != nil {
		return err
	}
	t.total = load.Window{Latencies: t.rec.Take().Latencies}
	t.total.Latencies.Reset()
	start := time.Now()
	for seconds := 1; time.Since(start) < t.length; seconds++ {
		if err := during(ctx, time.Second, ended); err != nil {
			return err
		}
		half := 0
		if time.Since(start) > t.length/2 {
			half = 1
		}
		if err := t.measureDisk(half); err != nil {
			return err
		}
		if seconds%10 == 0 {
			t.window()
		}
	}
	t.window()
	return nil
}

// window adds what was measured since the last one.
func (t *steadyTrial) window() {
	w := t.rec.Take()
	t.total.Add(&w)
	if w.Took < time.Second {
		return // the end came just behind the last look
	}
	t.say("%.0f updates/s  p50 %v  p99 %v  p99.9 %v  stall %v  failed %d  disk %s", w.Rate(), w.At(50), w.At(99), w.At(99.9),
		w.Stall.Round(time.Millisecond), w.Failed, strings.Join(t.final, " "))
}

// measureDisk notes what every node uses now.
func (t *steadyTrial) measureDisk(half int) error {
	t.final = nil
	most := int64(0)
	for _, name := range t.c.Names() {
		n, err := diskUse(filepath.Join(t.c.Dir(), name), "*")
		if err != nil {
			return err
		}
		most = max(most, n)
		t.final = append(t.final, fmt.Sprintf("%s=%dMiB", name, n>>20))
	}
	t.disk[half] = append(t.disk[half], most)
	return nil
}

func (t *steadyTrial) print(ctx context.Context) {
	t.value("updates_per_s", t.total.Rate())
	t.line("p50_s=%s p99_s=%s p99.9_s=%s max_s=%s", text(t.total.At(50)), text(t.total.At(99)), text(t.total.At(99.9)), text(t.total.Max()))
	t.atMost("stall_s", t.total.Stall.Seconds(), aimStall)
	t.value("failed", t.total.Failed)
	if t.total.Why != nil {
		t.say("the first failure: %v", t.total.Why)
	}
	t.printDisk()
	for _, name := range t.c.Names() {
		t.line("%s %s", name, t.upkeep(ctx, name))
	}
}

// printDisk prints the most that a node used, and whether use grew. It goes up and
// down with rolls and compression, so halves are compared by their medians.
func (t *steadyTrial) printDisk() {
	for _, half := range t.disk {
		if len(half) == 0 {
			return
		}
	}
	t.value("disk_max_bytes", max(slices.Max(t.disk[0]), slices.Max(t.disk[1])))
	t.line("disk_final %s", strings.Join(t.final, " "))
	for _, half := range t.disk {
		slices.Sort(half)
	}
	t.atMost("disk_growth", float64(t.disk[1][len(t.disk[1])/2])/float64(t.disk[0][len(t.disk[0])/2]), aimGrowth)
}

// upkeep is what a node's status says about the work behind the load.
func (t *steadyTrial) upkeep(ctx context.Context, name string) string {
	p, err := t.c.Brief(ctx, name)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("checkpoints=%d pages_written=%d log_files=%d compressed=%d log_bytes=%d first=%d last=%d store_bytes=%d fsync_max_s=%s",
		p.Store.Checkpoints, p.Store.PagesWritten, p.Log.Files, p.Log.Compressed, p.Log.SizeBytes, p.Log.First, p.Last, p.Store.FileBytes, text(p.Longest))
}
