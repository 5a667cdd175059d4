package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/adminport"
	"github.com/openvstorage/arakoon-go/realnet"
	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// watchEvery is how often --watch looks.
const watchEvery = 2 * time.Second

func (a *app) nodeStatusVerb() *cobra.Command {
	var watch bool
	c := &cobra.Command{
		Use:   "status [NODE...]",
		Short: "print what nodes are doing",
		Long: `Print role, indexes, lag and background work of the named nodes, or of all, as their
admin ports tell: every job with percent, rate and the time it will still take. With
--watch again and again until ctrl-C. If a node doesn't answer the exit code is 5.`,
		Example: `  arakoon node status
  arakoon node status arakoon_1 --watch
  arakoon node status -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := a.clientConfig()
			if err != nil {
				return err
			}
			nodes, err := chosenNodes(cfg, args)
			if err != nil {
				return err
			}
			if watch {
				return a.watchNodes(cmd.Context(), cfg, nodes)
			}
			return a.printNodes(askNodes(cmd.Context(), cfg, nodes, a.flags.timeout))
		},
	}
	c.Flags().BoolVar(&watch, "watch", false, "look again every two seconds")
	return c
}

// chosenNodes are the named nodes, or all.
func chosenNodes(cfg *ini.Config, names []string) ([]*ini.Node, error) {
	var nodes []*ini.Node
	for i := range cfg.Nodes {
		if n := &cfg.Nodes[i]; len(names) == 0 || slices.Contains(names, n.Name) {
			nodes = append(nodes, n)
		}
	}
	for _, name := range names {
		if cfg.Node(name) == nil {
			return nil, &usageError{fmt.Sprintf("no node %s in the configuration, which has %v", name, cfg.Names())}
		}
	}
	return nodes, nil
}

// nodeAnswer is what a node's admin port says.
type nodeAnswer struct {
	name string
	page realnet.StatusPage
	err  error
}

func askNodes(ctx context.Context, cfg *ini.Config, nodes []*ini.Node, timeout time.Duration) []nodeAnswer {
	ctx, cancel := context.WithTimeout(ctx, min(timeout, pingTimeout))
	defer cancel()
	answers := make([]nodeAnswer, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() {
			page, err := adminport.Status(ctx, cfg.ClusterID, n, true)
			answers[i] = nodeAnswer{n.Name, page, err}
		})
	}
	wg.Wait()
	return answers
}

func (a *app) watchNodes(ctx context.Context, cfg *ini.Config, nodes []*ini.Node) error {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		answers := askNodes(ctx, cfg, nodes, a.flags.timeout)
		if ctx.Err() != nil {
			return nil // ctrl-C ends it well
		}
		if isTerminal(a.out) && !a.isJSON() {
			fmt.Fprint(a.out, "\x1b[H\x1b[2J")
		}
		var quiet *silentError
		if err := a.printNodes(answers); err != nil && !errors.As(err, &quiet) {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (a *app) printNodes(answers []nodeAnswer) error {
	var failed error
	var list []object
	t := a.table("NODE", "ROLE", "MASTER", "ACCEPTED", "COMMIT", "APPLIED", "LAG", "NOTE")
	for i := range answers {
		n := &answers[i]
		if n.err != nil {
			failed = &silentError{fmt.Errorf("a node doesn't answer: %w", client.ErrUnavailable)}
			var usage *usageError
			if errors.As(n.err, &usage) {
				failed = &silentError{n.err}
			}
			list = append(list, object{"name": n.name, "error": n.err.Error()})
			if err := t.row(n.name, "-", "-", "-", "-", "-", "-", n.err.Error()); err != nil {
				return err
			}
			continue
		}
		list = append(list, object{"name": n.name, "status": n.page})
		if err := t.row(nodeCells(&n.page)...); err != nil {
			return err
		}
	}
	if a.isJSON() {
		return errors.Join(a.jsonList("nodes", list), failed)
	}
	return errors.Join(t.end(), a.printJobs(answers), failed)
}

func nodeCells(p *realnet.StatusPage) []string {
	role := p.Role
	if p.Serving {
		role += ", serving"
	}
	master := p.Master
	if master == "" {
		master = "-"
	}
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	return []string{p.Name, role, master, number(p.Last), number(p.Commit), number(p.Applied), number(p.Lag), notes(p)}
}

// notes says what an operator should know of a node, most urgent first.
func notes(p *realnet.StatusPage) string {
	var list []string
	add := func(on bool, text string) {
		if on {
			list = append(list, text)
		}
	}
	add(p.Waiting != "", p.Waiting)
	add(p.Disk.Full, "disk full")
	add(p.Disk.Low && !p.Disk.Full, "disk nearly full: only deletes are accepted")
	add(p.Store.FailedReads > 0, "the store is damaged")
	add(len(p.Log.Damage) > 0, "the log is damaged")
	for _, dc := range p.Waived {
		add(true, dc+" is waived")
	}
	add(p.ReadOnly, "read-only")
	add(p.Witness, "witness")
	return strings.Join(append(list, p.Differences...), "; ")
}

// printJobs prints the background work of all nodes, if there is any.
func (a *app) printJobs(answers []nodeAnswer) error {
	jobs := 0
	for i := range answers {
		jobs += len(answers[i].page.Jobs)
	}
	if jobs == 0 {
		return nil
	}
	if a.flags.output == outputTable {
		fmt.Fprintln(a.out)
	}
	t := a.table("NODE", "JOB", "DONE", "OF", "PERCENT", "PER SECOND", "LEFT")
	for i := range answers {
		for _, j := range answers[i].page.Jobs {
			left := "-"
			if j.ETA > 0 {
				left = time.Duration(j.ETA * float64(time.Second)).Round(time.Second).String()
			}
			if err := t.row(answers[i].name, j.Job, strconv.FormatUint(j.Done, 10), strconv.FormatUint(j.Total, 10),
				fmt.Sprintf("%.0f", j.Percent), fmt.Sprintf("%.0f", j.Rate), left); err != nil {
				return err
			}
		}
	}
	return t.end()
}
