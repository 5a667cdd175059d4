package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
	"github.com/openvstorage/arakoon-go/cmd/trial/load"
)

// The aims.
const (
	aimAchieved = 0.95 // of the offered load
	aimP99      = 3    // times the p99 before
)

// catchupTrial stops followers under a load that doesn't wait, and brings them
// back.
type catchupTrial struct {
	*bench
	keys    load.Keys
	updates int64
	share   float64
	measure time.Duration
	clients int
	conns   int
	segment int

	c     *cluster.Cluster
	rec   *load.Recorder
	rate  float64 // offered
	calm  load.Window
	ended chan error
}

func catchup(f *flag.FlagSet) func(ctx context.Context, b *bench) error {
	t := catchupTrial{keys: load.Keys{Value: 100}}
	f.IntVar(&t.keys.Count, "keys", 1_000_000, "keys in the store, each as likely as any other")
	f.Int64Var(&t.updates, "updates", 1_000_000, "updates that the first follower misses; the second misses half of it")
	f.Float64Var(&t.share, "share", 0.5, "of the measured peak is the offered load")
	f.DurationVar(&t.measure, "measure", 15*time.Second, "of the peak, and of the time before")
	f.IntVar(&t.clients, "clients", 256, "clients of the peak")
	f.IntVar(&t.conns, "conns", 64, "connections of the offered load")
	f.IntVar(&t.segment, "segment", 16<<20, "`bytes` of a log segment")
	return func(ctx context.Context, b *bench) error {
		t.bench = b
		return t.run(ctx)
	}
}

func (t *catchupTrial) run(ctx context.Context) (err error) {
	t.c, err = t.open("cluster", cluster.Options{Settings: []cluster.Setting{{Key: "tlog_max_size", Value: strconv.Itoa(t.segment)}}})
	if err != nil {
		return err
	}
	if _, err := t.up(ctx, t.c); err != nil {
		return err
	}
	if err := t.fill(ctx, t.c, t.keys); err != nil {
		return err
	}
	t.say("measuring the peak at %d clients", t.clients)
	peak, err := t.closed(ctx, t.c, t.clients, t.keys.Updates(), 5*time.Second, t.measure)
	if err != nil {
		return err
	}
	t.rate = peak.Rate() * t.share
	t.value("peak_updates_per_s", peak.Rate())
	t.value("offered_updates_per_s", t.rate)

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t.rec, t.ended = load.NewRecorder(), make(chan error, 1)
	w := load.Open{Router: t.router(t.c), Cluster: t.c.Config().ClusterID, Conns: t.conns, Rate: t.rate, Source: t.keys.Updates(), Seed: t.seed, Recorder: t.rec}
	go func() { t.ended <- w.Run(ctx) }()
	if err := t.phases(ctx); err != nil {
		return err
	}
	cancel()
	return <-t.ended
}

// phases are the parts of the story, under one load.
func (t *catchupTrial) phases(ctx context.Context) error {
	if err := during(ctx, 5*time.Second, t.ended); err != nil {
		return err
	}
	t.rec.Take()
	t.say("the time before, for %v, at %.0f updates/s", t.measure, t.rate)
	if err := during(ctx, t.measure, t.ended); err != nil {
		return err
	}
	t.calm = t.rec.Take()
	t.line("before achieved=%s p50_s=%s p99_s=%s max_s=%s", text(t.calm.Rate()/t.rate), text(t.calm.At(50)), text(t.calm.At(99)), text(t.calm.Max()))
	if err := t.byLog(ctx); err != nil {
		return fmt.Errorf("catching up by log: %w", err)
	}
	if err := t.bySnapshot(ctx); err != nil {
		return fmt.Errorf("catching up by snapshot: %w", err)
	}
	return nil
}

// frame is what one update has: the bytes that a client sends.
func (t *catchupTrial) frame() float64 {
	const words = 12 // opcode and two lengths
	return float64(words + len(t.keys.Name(0)) + t.keys.Value)
}

// byLog kills a follower for many updates and lets it catch up.
func (t *catchupTrial) byLog(ctx context.Context) error {
	name, err := t.follower(ctx)
	if err != nil {
		return err
	}
	missed, err := t.absent(ctx, name, t.updates)
	if err != nil {
		return err
	}
	if err := t.c.Start(name); err != nil {
		return err
	}
	took, err := t.caughtUp(ctx, name)
	if err != nil {
		return err
	}
	t.window("log")
	bytes := int64(float64(missed) * t.frame())
	t.line("by_log missed=%d seconds=%s bytes=%d mb_per_s=%s", missed, text(took), bytes, text(float64(bytes)/1e6/took.Seconds()))
	p, err := t.c.Brief(ctx, name)
	if err != nil {
		return err
	}
	if p.Snapshots.Installed > 0 {
		return errors.New("a snapshot was installed: the log did not reach back")
	}
	return t.copied("log", bytes)
}

// bySnapshot kills a follower until the others' logs begin too late for it.
func (t *catchupTrial) bySnapshot(ctx context.Context) error {
	name, err := t.follower(ctx)
	if err != nil {
		return err
	}
	before, err := t.c.Brief(ctx, name)
	if err != nil {
		return err
	}
	if _, err := t.absent(ctx, name, t.updates/2); err != nil {
		return err
	}
	if err := t.collapsed(ctx, name, before.Last); err != nil {
		return err
	}
	if err := t.c.Start(name); err != nil {
		return err
	}
	took, err := t.caughtUp(ctx, name)
	if err != nil {
		return err
	}
	t.window("snapshot")
	bytes := int64(t.keys.Count) * int64(len(t.keys.Name(0))+t.keys.Value)
	p, err := t.c.Brief(ctx, name)
	if err != nil {
		return err
	}
	t.line("by_snapshot installed=%d seconds=%s bytes=%d mb_per_s=%s", p.Snapshots.Installed, text(took), bytes, text(float64(bytes)/1e6/took.Seconds()))
	if p.Snapshots.Installed == 0 {
		return errors.New("no snapshot was installed")
	}
	return t.copied("snapshot", bytes)
}

// follower chooses who is to be stopped.
func (t *catchupTrial) follower(ctx context.Context) (string, error) {
	if err := t.whole(ctx, t.c); err != nil {
		return "", err
	}
	master, err := t.master(ctx, t.c)
	if err != nil {
		return "", err
	}
	return others(t.c, master)[0], nil
}

// absent kills a follower and waits for so many updates.
func (t *catchupTrial) absent(ctx context.Context, name string, updates int64) (int64, error) {
	t.rec.Take()
	if err := t.c.Kill(name); err != nil {
		return 0, err
	}
	from := t.rec.Total()
	t.say("killed %s; waiting for %d updates", name, updates)
	limit := 10*time.Minute + time.Duration(float64(updates)/t.rate*float64(time.Second))
	err := until(ctx, limit, "the others go on", func(context.Context) (bool, error) { return t.rec.Total()-from >= updates, nil })
	t.window("absent")
	return t.rec.Total() - from, err
}

// collapsed makes the others drop the log that a node would need from an instance
// on.
func (t *catchupTrial) collapsed(ctx context.Context, name string, last uint64) error {
	t.say("collapsing the others' logs beyond instance %d", last)
	for _, other := range others(t.c, name) {
		err := until(ctx, 5*time.Minute, other+" collapses", func(ctx context.Context) (bool, error) {
			p, err := t.c.Brief(ctx, other)
			if err != nil || p.Log.First > last+1 {
				return err == nil, err
			}
			_, err = collapse(ctx, t.c, other, 1)
			return false, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// caughtUp waits until a node that was just started has what the master has.
func (t *catchupTrial) caughtUp(ctx context.Context, name string) (time.Duration, error) {
	start := time.Now()
	t.rec.Take()
	said := start
	var lag int64
	err := until(ctx, 15*time.Minute, name+" catches up", func(ctx context.Context) (bool, error) {
		master, err := t.master(ctx, t.c)
		if err == nil {
			lag, err = behind(ctx, t.c, name, master)
		}
		if err == nil && time.Since(said) > 5*time.Second {
			said = time.Now()
			t.say("%s is %d instances behind", name, lag)
		}
		return err == nil && lag <= slack, err
	})
	return time.Since(start), err
}

// window judges what the load saw in a phase that ends now.
func (t *catchupTrial) window(phase string) {
	w := t.rec.Take()
	t.atLeast("achieved_"+phase, w.Rate()/t.rate, aimAchieved)
	t.atMost("p99_ratio_"+phase, w.At(99).Seconds()/max(t.calm.At(99).Seconds(), 1e-6), aimP99)
	t.line("%s p50_s=%s p99_s=%s max_s=%s stall_s=%s failed=%d seconds=%s", phase, text(w.At(50)), text(w.At(99)), text(w.Max()), text(w.Stall), w.Failed, text(w.Took))
}

// copied prints what this disk does with as many bytes in a file.
func (t *catchupTrial) copied(phase string, bytes int64) error {
	speed, err := copySpeed(t.dir, bytes)
	t.value("copy_mb_per_s_"+phase, speed/1e6)
	return err
}
