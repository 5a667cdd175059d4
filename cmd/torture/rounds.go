package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/client"
)

// roundLimit is how long a cluster may take to recover in a round; beyond it the
// round has failed.
const roundLimit = time.Minute

// torture is one run.
type torture struct {
	cluster *cluster.Cluster
	lease   time.Duration
	load    *workload
	admin   *client.Client
	rng     *rand.Rand
	start   time.Time
	print   func(format string, args ...any)

	rounds    int // done
	planned   int
	histories []*history
	newMaster []time.Duration // from the SIGKILL of a master to the first update behind it
}

// round runs one disturbance under load and waits until the cluster is whole.
func (t *torture) round(what string, disturb func(ctx context.Context) (string, error)) error {
	ctx, cancel := context.WithTimeout(context.Background(), roundLimit)
	defer cancel()
	h := &history{round: t.rounds, start: t.start}
	t.histories = append(t.histories, h)
	t.load.current.Store(h)
	time.Sleep(100*time.Millisecond + time.Duration(t.rng.Int64N(int64(300*time.Millisecond)))) // load before
	said, err := disturb(ctx)
	if err == nil {
		err = t.whole(ctx)
	}
	if err != nil {
		return fmt.Errorf("round %d (%s): %w", t.rounds+1, what, err)
	}
	t.rounds++
	t.print("round %d/%d  %-12s %s; acked=%d", t.rounds, t.planned, what, said, t.load.counters.acknowledged())
	return nil
}

// killMaster sends the master SIGKILL, waits for a new one, and starts it again.
func (t *torture) killMaster(ctx context.Context) (string, error) {
	master, err := t.cluster.WaitMaster(ctx)
	if err != nil {
		return "", err
	}
	killed := time.Now()
	if err := t.cluster.Kill(master); err != nil {
		return "", err
	}
	first := t.load.acks.watch() // now that it can't acknowledge anything
	took, err := since(ctx, killed, first)
	if err != nil {
		return "", err
	}
	t.newMaster = append(t.newMaster, took)
	return fmt.Sprintf("%s; new master after %.2fs", master, took.Seconds()), t.cluster.Start(master)
}

// killAll sends every node SIGKILL, and starts all of them again.
func (t *torture) killAll(ctx context.Context) (string, error) {
	for _, name := range t.cluster.Names() {
		if err := t.cluster.Kill(name); err != nil {
			return "", err
		}
	}
	first := t.load.acks.watch()
	killed := time.Now()
	for _, name := range t.cluster.Names() {
		if err := t.cluster.Start(name); err != nil {
			return "", err
		}
	}
	took, err := since(ctx, killed, first)
	return fmt.Sprintf("serving again after %.2fs", took.Seconds()), err
}

// stopMaster stops the master for one and a half leases, with readers that stay
// connected to it, and lets it go on.
func (t *torture) stopMaster(ctx context.Context) (string, error) {
	master, err := t.cluster.WaitMaster(ctx)
	if err != nil {
		return "", err
	}
	readers := t.pin(master)
	readers.start()
	time.Sleep(200 * time.Millisecond)
	// The others keep quiet for a moment, so that the stopped node finds the pinned
	// reads first when it goes on, before it has noticed what time it is.
	t.load.quiet.Store(true)
	time.Sleep(3 * pinnedPace)
	stopped := time.Now()
	if err := t.cluster.Signal(master, syscall.SIGSTOP); err != nil {
		return "", err
	}
	time.Sleep(3 * pinnedPace)
	t.load.quiet.Store(false)
	first := t.load.acks.watch()
	time.Sleep(time.Until(stopped.Add(t.lease * 3 / 2)))
	if err := t.cluster.Signal(master, syscall.SIGCONT); err != nil {
		return "", err
	}
	took, err := since(ctx, stopped, first)
	served := readers.end()
	return fmt.Sprintf("%s; new master after %.2fs; it answered %d pinned reads", master, took.Seconds(), served), err
}

func (t *torture) pin(name string) *pinned {
	n := t.cluster.Config().Node(name)
	return &pinned{w: t.load, cluster: t.cluster.Config().ClusterID, seed: t.rng.Uint64(),
		address: net.JoinHostPort(n.IPs[0], strconv.Itoa(n.ClientPort))}
}

// since waits for the first update that was sent after an event and acknowledged.
func since(ctx context.Context, event time.Time, first <-chan time.Time) (time.Duration, error) {
	select {
	case at := <-first:
		return at.Sub(event), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("no update was acknowledged within %v", roundLimit)
	}
}

// whole waits until every node follows the same master, and holds what the
// master had committed; then what was acknowledged must be there.
func (t *torture) whole(ctx context.Context) error {
	for why := t.broken(ctx); why != ""; why = t.broken(ctx) {
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("the cluster is not whole: %s", why)
		}
	}
	acked := t.load.counters.ackedNow()
	got, err := t.admin.MultiGetOption(ctx, t.load.counters.keys())
	if err != nil {
		return err
	}
	t.load.counters.settled(acked, got)
	return nil
}

// broken says what is missing until the cluster is whole; nothing: "".
func (t *torture) broken(ctx context.Context) string {
	master, commit := "", uint64(0)
	for _, name := range t.cluster.Names() {
		p, err := t.cluster.Status(ctx, name)
		switch {
		case err != nil:
			return err.Error()
		case p.Master == "" || master != "" && p.Master != master:
			return name + " knows another master than the others, or none"
		case len(p.Connected) != len(t.cluster.Names())-1:
			return name + " is not connected to all peers"
		case commit > 0 && p.Applied+slack < commit:
			return fmt.Sprintf("%s has applied %d of %d", name, p.Applied, commit)
		}
		master, commit = p.Master, max(commit, p.Commit)
	}
	return ""
}

// slack is how many instances a node may be behind another one that was asked a
// moment before or after.
const slack = 200

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lastWord reads what is left of everything, once the load has ended and all
// nodes agree: the final reads are part of the histories.
func (t *torture) lastWord(ctx context.Context) error {
	page, err := t.cluster.WaitEqual(ctx)
	if err != nil {
		return err
	}
	t.print("all nodes agree: digest=%s keys=%d at=%d", page.ContentDigest, page.KeyCount, page.At)
	acked := t.load.counters.ackedNow()
	got, err := t.admin.MultiGetOption(ctx, t.load.counters.keys())
	if err != nil {
		return err
	}
	t.load.counters.settled(acked, got)
	for _, h := range t.histories {
		for pair := range pairs {
			a, b := h.keysOf(pair)
			call := h.now()
			keys := []string{a, b}
			options, err := t.admin.MultiGetOption(ctx, keys)
			if err != nil {
				return err
			}
			h.query(-1, call, command.MultiGetOption{Keys: keys}, command.Answer{Options: options}, nil)
		}
	}
	return nil
}
