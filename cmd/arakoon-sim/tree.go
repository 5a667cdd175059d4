package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/kvstore/tree/treetest"
)

func treeCommand() *cobra.Command {
	var histories, from uint64
	var jobs int
	cmd := &cobra.Command{
		Use:   "tree",
		Short: "Power loss at every operation of random checkpoint histories of the store's tree, and a flipped bit in every page",
		Long: `Makes random histories of checkpoints on a memory disk, lets the power fail at every
operation of each, also twice in a row and after a failed sync, and compares what
is found then with a model. Then it flips bits in every page of a small store: the
check must find each, and no read may serve a wrong byte.`,
		Example: `  arakoon-sim tree --histories 1000
  arakoon-sim tree --from 17 --histories 1      one history, once more`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if histories < 1 || jobs < 1 {
				return usagef("--histories and --jobs are at least 1")
			}
			return breakTrees(cmd, from, histories, jobs)
		},
	}
	cmd.Flags().Uint64Var(&histories, "histories", 1000, "how many histories to break")
	cmd.Flags().Uint64Var(&from, "from", 1, "seed of the first one")
	cmd.Flags().IntVar(&jobs, "jobs", 2, "histories to break at once")
	return cmd
}

// treeRun is a run over many histories.
type treeRun struct {
	mu       sync.Mutex
	next     uint64
	done     uint64
	total    treetest.Result
	failures []error
}

func (r *treeRun) work(end uint64) {
	for {
		r.mu.Lock()
		seed := r.next
		if seed >= end {
			r.mu.Unlock()
			return
		}
		r.next++
		r.mu.Unlock()
		res, err := treetest.Run(seed, treetest.Options{})
		r.mu.Lock()
		r.done++
		r.total.Add(res)
		if err != nil {
			r.failures = append(r.failures, err)
		}
		r.mu.Unlock()
	}
}

func breakTrees(cmd *cobra.Command, from, histories uint64, jobs int) error {
	start := time.Now()
	r := &treeRun{next: from}
	var workers sync.WaitGroup
	for range jobs {
		workers.Go(func() { r.work(from + histories) })
	}
	done := make(chan struct{})
	go func() {
		workers.Wait()
		close(done)
	}()
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-tick.C:
			r.mu.Lock()
			fmt.Fprintf(cmd.ErrOrStderr(), "%v: %d of %d histories, %d images, %d failures\n",
				time.Since(start).Round(time.Second), r.done, histories, r.total.Images, len(r.failures))
			r.mu.Unlock()
		}
	}
	return r.report(cmd, start)
}

func (r *treeRun) report(cmd *cobra.Command, start time.Time) error {
	out := cmd.OutOrStdout()
	for i, err := range r.failures {
		if i == 20 {
			fmt.Fprintf(out, "… and %d more\n", len(r.failures)-i)
			break
		}
		fmt.Fprintf(out, "FAIL tree commit=%s %v\n", commit(), err)
	}
	f, err := flipEveryPage()
	if err != nil {
		return err
	}
	for _, text := range f.failures {
		fmt.Fprintf(out, "FAIL tree commit=%s %s\n", commit(), text)
	}
	fmt.Fprintf(out, "twice=%d failed_syncs=%d full=%d older=%d pages_flipped=%d found=%d refused_reads=%d\n", r.total.Twice, r.total.FailedSyncs,
		r.total.Full, r.total.Older, f.pages, f.found, f.refused)
	fmt.Fprintf(out, "tree histories=%d boundaries=%d images=%d lost=%d damaged=%d flips=%d served_wrong=%d seconds=%.0f\n", r.done,
		r.total.Operations, r.total.Images, len(r.failures), f.flips-f.found, f.flips, f.wrong, time.Since(start).Seconds())
	if len(r.failures) > 0 || f.wrong > 0 || f.found < f.flips {
		return exitError(exitSafety)
	}
	return nil
}
