package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
	"github.com/openvstorage/arakoon-go/realnet/client"
)

// What the tour does.
const (
	tourKeys  = 500
	tourNodes = 3 // a cluster that goes on without one of them
	// tourPatience bounds the whole tour, and with it each of its waits.
	tourPatience = 90 * time.Second
	// tourRetry bounds one attempt of an update across the change of masters.
	tourRetry = 20 * time.Second
)

// tour is a walk through a cluster's life, one step after the other.
type tour struct {
	a      *app
	c      *cluster.Cluster
	client *client.Client
	start  time.Time
	// written is every key with the value that was acknowledged.
	written map[string][]byte
}

// tour runs unattended and says in its last line how it ended.
func (a *app) tour(ctx context.Context, dir string, lease time.Duration) (err error) {
	ctx, cancel := context.WithTimeout(ctx, tourPatience)
	defer cancel()
	if dir == "" {
		if dir, err = os.MkdirTemp("", "arakoon-demo-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	c, err := openCluster(dir, lease)
	if err != nil {
		return err
	}
	if n := len(c.Names()); n != tourNodes {
		return errors.Join(fmt.Errorf("the tour needs %d nodes, %s has %d", tourNodes, c.ConfigPath(), n), c.Close())
	}
	t := &tour{a: a, c: c, start: time.Now(), written: map[string][]byte{}}
	if t.client, err = newClient(c.Config()); err != nil {
		return errors.Join(err, c.Close())
	}
	last, err := t.walk(ctx)
	if err != nil {
		fmt.Fprintln(a.err, nodeLogs(c))
	}
	err = errors.Join(err, t.client.Close(), c.Close())
	if err != nil {
		fmt.Fprintf(a.out, "demo failed seconds=%.1f\n", time.Since(t.start).Seconds())
		return err
	}
	t.say("stopped all nodes")
	fmt.Fprintf(a.out, "demo ok %s seconds=%.1f\n", last, time.Since(t.start).Seconds())
	return nil
}

// say prints a step that is done, with the time since the start.
func (t *tour) say(format string, args ...any) {
	fmt.Fprintf(t.a.out, "[%5.2f s] %s\n", time.Since(t.start).Seconds(), fmt.Sprintf(format, args...))
}

// walk does the steps and returns what its last line shall say.
func (t *tour) walk(ctx context.Context) (string, error) {
	t.say("a cluster of three, lease period %v, in %s", t.c.Config().LeasePeriod, t.c.Dir())
	for _, name := range t.c.Names() {
		if err := t.c.Start(name); err != nil {
			return "", err
		}
		t.say("started %s, pid %d", name, t.c.PID(name))
	}
	master, err := t.c.WaitMaster(ctx)
	if err != nil {
		return "", err
	}
	t.say("%s is master", master)
	if err := t.writeAndRead(ctx, "before"); err != nil {
		return "", err
	}
	pid := t.c.PID(master)
	killed := time.Now()
	if err := t.c.Kill(master); err != nil {
		return "", err
	}
	t.say("killed the master %s, pid %d, with SIGKILL", master, pid)
	next, err := t.afterKill(ctx, master, killed)
	if err != nil {
		return "", err
	}
	if err := t.c.Start(master); err != nil {
		return "", err
	}
	t.say("restarted %s, pid %d", master, t.c.PID(master))
	page, err := t.c.WaitEqual(ctx)
	if err != nil {
		return "", err
	}
	if int(page.KeyCount) < len(t.written) {
		return "", fmt.Errorf("the nodes hold %d keys, %d were acknowledged", page.KeyCount, len(t.written))
	}
	t.say("all three nodes hold the same %d keys at instance %d, content digest %s", page.KeyCount, page.At, page.ContentDigest)
	return fmt.Sprintf("digest=%s new_master=%s", shortDigest(page.ContentDigest), next), nil
}

// afterKill waits for a new master and uses it.
func (t *tour) afterKill(ctx context.Context, dead string, killed time.Time) (string, error) {
	// The first update of all after the kill: how long was nobody there?
	if err := t.set(ctx, "after/first", []byte("x")); err != nil {
		return "", fmt.Errorf("no update got through after the kill: %w", err)
	}
	took := time.Since(killed)
	next, err := t.c.WaitMaster(ctx)
	if err != nil {
		return "", err
	}
	if next == dead {
		return "", fmt.Errorf("%s was killed and is said to be master", dead)
	}
	t.say("%s is master now; the first update got through %.2f s after the kill", next, took.Seconds())
	return next, t.writeAndRead(ctx, "after")
}

// writeAndRead writes some keys, and reads back every key ever acknowledged.
func (t *tour) writeAndRead(ctx context.Context, phase string) error {
	start := time.Now()
	for i := range tourKeys {
		key := fmt.Sprintf("%s/%04d", phase, i)
		if err := t.set(ctx, key, fmt.Appendf(nil, "value %d of %s", i, phase)); err != nil {
			return err
		}
	}
	took := time.Since(start)
	for key, want := range t.written { // every one is read; the order doesn't matter
		got, err := t.client.Get(ctx, key)
		if err != nil {
			return fmt.Errorf("reading back %s: %w", key, err)
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("reading back %s: %q, but %q was acknowledged", key, got, want)
		}
	}
	t.say("wrote %d keys one after the other in %.2f s, read back all %d that were ever acknowledged", tourKeys, took.Seconds(), len(t.written))
	return nil
}

// set writes a key, again if the outcome is unknown: writing the same twice is
// harmless here.
func (t *tour) set(ctx context.Context, key string, value []byte) error {
	for {
		once, cancel := context.WithTimeout(ctx, tourRetry)
		err := t.client.Set(once, key, value)
		cancel()
		if err == nil {
			t.written[key] = value
			return nil
		}
		if ctx.Err() != nil || !errors.Is(err, client.ErrOutcomeUnknown) && !client.Retryable(err) {
			return fmt.Errorf("writing %s: %w", key, err)
		}
	}
}

// logTail is how much of a node's log is shown when something went wrong, in
// bytes.
const logTail = 4000

// nodeLogs is the end of what every node wrote.
func nodeLogs(c *cluster.Cluster) string {
	var b strings.Builder
	for _, name := range c.Names() {
		for _, path := range []string{c.LogPath(name), c.OutputPath(name)} {
			text, err := os.ReadFile(path)
			if err != nil || len(text) == 0 {
				continue
			}
			if len(text) > logTail {
				text = text[len(text)-logTail:]
			}
			fmt.Fprintf(&b, "--- end of %s\n%s\n", path, text)
		}
	}
	return b.String()
}
