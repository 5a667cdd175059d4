package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"
)

// mutants plants one bug after the other and hunts each in several campaigns.
type mutants struct {
	span      time.Duration // of a campaign
	retry     time.Duration // of one more for a bug that none has found; 0: none
	campaigns int
	jobs      int
	again     bool
	file      string // of results
	markdown  string
	ablation  bool

	out, errs io.Writer
	results   *results
}

func mutantsCommand() *cobra.Command {
	var m mutants
	cmd := &cobra.Command{
		Use:   "mutants [BUG…]",
		Short: "Plant one bug after the other: how many seeds and seconds until a check fires, and which",
		Long: `Plants one bug after the other and runs campaigns of seeds until a check fires. What
each campaign found is kept in a file of JSON lines, and is not run again: one that
found nothing in less time than is now asked for goes on where it ended.`,
		Example: `  make planted && cd bin
  arakoon-sim-planted mutants
  arakoon-sim-planted mutants lease-from-ack --campaigns 20 --again
  arakoon-sim-planted mutants --markdown sim/MUTANTS.md --ablation`,
		RunE: func(cmd *cobra.Command, args []string) error {
			m.out, m.errs = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return m.run(args)
		},
	}
	cmd.Flags().DurationVar(&m.span, "for", time.Minute, "how long a campaign looks at most")
	cmd.Flags().DurationVar(&m.retry, "retry", 0, "how long one more looks for a bug that no campaign has found")
	cmd.Flags().IntVar(&m.campaigns, "campaigns", 5, "how many campaigns per bug; the table shows medians")
	cmd.Flags().IntVar(&m.jobs, "jobs", 1, "campaigns at once")
	cmd.Flags().BoolVar(&m.again, "again", false, "run again what the file has")
	cmd.Flags().StringVar(&m.file, "results", "mutants.jsonl", "file of results")
	cmd.Flags().StringVar(&m.markdown, "markdown", "", "write the tables to a file")
	cmd.Flags().BoolVar(&m.ablation, "ablation", false, "print which checks and which classes of faults are needed; runs what the file doesn't have")
	cmd.AddCommand(campaignCommand())
	return cmd
}

func (m *mutants) run(names []string) error {
	all := plantedBugs()
	if all == nil {
		return usagef("this build has no planted bugs: take bin/arakoon-sim-planted (make planted)")
	}
	chosen, err := choose(all, names)
	if err != nil {
		return err
	}
	if m.campaigns < 1 || m.jobs < 1 {
		return usagef("at least one campaign and one job")
	}
	if m.results, err = openResults(m.file); err != nil {
		return err
	}
	defer m.results.close()
	if err := m.hunt(chosen); err != nil {
		return err
	}
	missed := m.table(chosen)
	if m.ablation {
		if err := m.ablate(chosen); err != nil {
			return err
		}
	}
	if m.markdown != "" {
		if err := os.WriteFile(m.markdown, []byte(m.page(chosen)), 0o644); err != nil {
			return err
		}
	}
	if missed > 0 {
		return exitError(exitCoverage)
	}
	return nil
}

// choose returns the named bugs; all if none is named.
func choose(all []bug, names []string) ([]bug, error) {
	if len(names) == 0 {
		return all, nil
	}
	var chosen []bug
	for _, name := range names {
		k := slices.IndexFunc(all, func(b bug) bool { return b.Name == name })
		if k < 0 {
			return nil, usagef("no planted bug is called %q", name)
		}
		chosen = append(chosen, all[k])
	}
	return chosen, nil
}

// task is a campaign that is to be run, or to go on.
type task struct {
	bug  bug
	n    int
	span time.Duration
	done campaign // what the file has of it
}

// hunt runs the campaigns that the file doesn't have, then one more for each bug
// that none has found.
func (m *mutants) hunt(bugs []bug) error {
	var tasks []task
	for n := range m.campaigns { // all bugs once, then all of them once more
		for _, b := range bugs {
			if t, open := m.open(b, n, m.span); open {
				tasks = append(tasks, t)
			}
		}
	}
	if err := m.work(tasks); err != nil || m.retry == 0 {
		return err
	}
	tasks = nil
	for _, b := range bugs {
		if b.Unseen != "" || m.results.found(b.Name) {
			continue
		}
		if t, open := m.open(b, m.campaigns, m.retry); open {
			tasks = append(tasks, t)
		}
	}
	return m.work(tasks)
}

// open says what is left to do of a campaign. A bug that no seed can find isn't
// hunted, unless it is the only one.
func (m *mutants) open(b bug, n int, span time.Duration) (task, bool) {
	t := task{bug: b, n: n, span: span}
	if done, ok := m.results.get(b.Name, n); ok && !m.again {
		t.done = done
		t.span -= time.Duration(done.Seconds * float64(time.Second))
		return t, !done.found() && t.span > time.Second
	}
	return t, b.Unseen == ""
}

// campaignSeeds is how many seeds lie between the first seeds of two campaigns.
const campaignSeeds = 1_000_000

// work runs tasks, several at once.
func (m *mutants) work(tasks []task) error {
	start := time.Now()
	var mu sync.Mutex
	var failed error
	next, ended := 0, 0
	take := func() (task, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next == len(tasks) || failed != nil {
			return task{}, false
		}
		next++
		return tasks[next-1], true
	}
	var workers sync.WaitGroup
	for range m.jobs {
		workers.Go(func() {
			for t, ok := take(); ok; t, ok = take() {
				c, err := t.run()
				mu.Lock()
				if err == nil {
					err = m.results.put(c)
				}
				if err != nil && failed == nil {
					failed = err
				}
				ended++
				left := time.Since(start) * time.Duration(len(tasks)-ended) / time.Duration(ended)
				fmt.Fprintf(m.errs, "[%d/%d, %v left] %s\n", ended, len(tasks), left.Round(time.Second), &c)
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return failed
}

// run hunts in a process of its own, from where the campaign ended last time.
func (t *task) run() (campaign, error) {
	from := uint64(t.n)*campaignSeeds + 1
	c, err := launch("--plant", t.bug.Name, "--from", fmt.Sprint(from+uint64(t.done.Seeds)), "--for", t.span.String())
	c.Bug, c.Number, c.From = t.bug.Name, t.n, from
	c.Seeds += t.done.Seeds
	c.Seconds += t.done.Seconds
	return c, err
}
