package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
)

// The layouts: in which datacentre each node stands.
var layouts = map[string][]string{
	"2+1": {"here", "here", "there"},
	"2+2": {"here", "here", "there", "there"},
}

// sitesTrial loses a datacentre under load and asks the other one what was
// acknowledged.
type sitesTrial struct {
	*bench
	rounds  int
	writers int
	lease   time.Duration
	rule    string

	acked, proven, missing, strange int
}

func sites(f *flag.FlagSet) func(ctx context.Context, b *bench) error {
	var t sitesTrial
	f.IntVar(&t.rounds, "rounds", 20, "of each layout, 2+1 and 2+2 nodes")
	f.IntVar(&t.writers, "writers", 32, "clients that write")
	f.DurationVar(&t.lease, "lease", time.Second, "lease period")
	f.StringVar(&t.rule, "rule", "locality", "quorum `rule`; under majority a datacentre can't prove everything, and the trial must fail")
	return func(ctx context.Context, b *bench) error {
		t.bench = b
		return t.run(ctx)
	}
}

func (t *sitesTrial) run(ctx context.Context) error {
	rng := t.rng()
	for _, layout := range []string{"2+1", "2+2"} {
		for i := range t.rounds {
			if err := t.round(ctx, layout, i, rng); err != nil {
				return fmt.Errorf("%s, round %d: %w", layout, i+1, err)
			}
		}
	}
	t.line("acked=%d proven=%d missing=%d strange=%d", t.acked, t.proven, t.missing, t.strange)
	t.atMost("missing", float64(t.missing), 0)
	t.atMost("strange", float64(t.strange), 0)
	if t.acked == 0 {
		return errors.New("nothing was acknowledged: that proves nothing")
	}
	return nil
}

// round is one cluster's life: load, loss of a datacentre, proof.
func (t *sitesTrial) round(ctx context.Context, layout string, i int, rng *rand.Rand) (err error) {
	places := layouts[layout]
	name := fmt.Sprintf("%s-%02d", layout, i+1)
	c, err := t.open(name, cluster.Options{Nodes: len(places), Datacentres: places, Lease: t.lease,
		Settings: []cluster.Setting{{Key: "quorum_rule", Value: t.rule}}})
	if err != nil {
		return err
	}
	if _, err := t.up(ctx, c); err != nil {
		return err
	}
	s := t.startScribes(ctx, c)
	err = until(ctx, masterPatience, "updates are acknowledged", func(context.Context) (bool, error) { return s.count() > 100, nil })
	if err == nil {
		err = during(ctx, 200*time.Millisecond+time.Duration(rng.Int64N(int64(800*time.Millisecond))), nil)
	}
	lost, kept := "here", "there"
	if i%2 == 1 {
		lost, kept = kept, lost
	}
	if err == nil {
		err = t.lose(c, lost)
	}
	if err == nil { // what is on its way may still be acknowledged
		err = during(ctx, 100*time.Millisecond, nil)
	}
	book := s.stop()
	if err = errors.Join(err, t.halt(c, i%4 < 2)); err != nil {
		return err
	}
	p, err := t.prove(ctx, c, kept)
	if err != nil {
		return err
	}
	found := book.judge(p.entries)
	t.acked, t.proven, t.missing, t.strange = t.acked+found.acked, t.proven+found.proven, t.missing+found.missing, t.strange+found.strange
	t.say("%s %d/%d  lost %s; acked=%d proven=%d missing=%d at instance %d, digest %.16s", layout, i+1, t.rounds, lost,
		found.acked, found.proven, found.missing, p.Through.Instance, p.Through.Digest)
	if found.missing > 0 || found.strange > 0 {
		return fmt.Errorf("%s: %s", name, found.example)
	}
	return os.RemoveAll(c.Dir())
}

// lose kills all nodes of a datacentre at once and moves their folders away.
func (t *sitesTrial) lose(c *cluster.Cluster, place string) error {
	var names []string
	for _, n := range c.Config().Nodes {
		if n.Datacentre == place {
			names = append(names, n.Name)
			if err := c.Signal(n.Name, syscall.SIGKILL); err != nil {
				return err
			}
		}
	}
	for _, name := range names {
		if err := c.Gone(name); err != nil {
			return err
		}
		from := c.Config().Node(name).Home
		if err := os.Rename(from, from+".lost"); err != nil {
			return err
		}
	}
	return nil
}

// halt ends the survivors, cleanly or not.
func (t *sitesTrial) halt(c *cluster.Cluster, clean bool) error {
	if clean {
		return t.down(c)
	}
	for _, name := range c.Names() {
		if c.PID(name) != 0 {
			if err := c.Kill(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// proof is what "cluster prove" says, with the entries that it wrote.
type proof struct {
	Complete bool     `json:"complete"`
	Doubts   []string `json:"doubts"`
	Through  struct {
		Instance uint64 `json:"instance"`
		Digest   string `json:"content_digest"`
	} `json:"through"`
	entries map[string]string
}

// prove asks the survivors' folders.
func (t *sitesTrial) prove(ctx context.Context, c *cluster.Cluster, place string) (proof, error) {
	dump := filepath.Join(c.Dir(), "proven.txt")
	cmd := exec.CommandContext(ctx, t.binary, "cluster", "prove", place, "--config", c.ConfigPath(), "--dump", dump, "--output", "json")
	out, err := cmd.Output()
	var p proof
	if parse := json.Unmarshal(out, &p); parse != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return proof{}, fmt.Errorf("cluster prove: %w", errors.Join(err, parse))
	}
	if !p.Complete {
		return proof{}, fmt.Errorf("cluster prove has doubts: %q", p.Doubts)
	}
	if err != nil {
		return proof{}, fmt.Errorf("cluster prove: %w", err)
	}
	p.entries, err = readDump(dump)
	return p, err
}

// scribes write, and keep book of what was acknowledged.
type scribes struct {
	cancel context.CancelFunc
	wg     sync.WaitGroup
	books  []*book
}

func (t *sitesTrial) startScribes(ctx context.Context, c *cluster.Cluster) *scribes {
	ctx, cancel := context.WithCancel(ctx)
	s := &scribes{cancel: cancel}
	router := t.router(c)
	for i := range t.writers {
		b := &book{id: i}
		s.books = append(s.books, b)
		s.wg.Go(func() { b.write(ctx, router, c.Config().ClusterID) })
	}
	return s
}

// count is how many updates are acknowledged so far.
func (s *scribes) count() int {
	n := 0
	for _, b := range s.books {
		n += int(b.acks.Load())
	}
	return n
}

// stop ends the writers and returns all books.
func (s *scribes) stop() library {
	s.cancel()
	s.wg.Wait()
	return s.books
}
