package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/realnet"
	"github.com/openvstorage/arakoon-go/realnet/client"
)

// clusterVerb is the parent of what concerns the cluster as a whole.
func (a *app) clusterVerb() *cobra.Command {
	c := &cobra.Command{
		Use:   "cluster VERB",
		Short: "look at the cluster as a whole, and at its datacentres",
		Long:  "Look at the cluster as a whole, and at its datacentres.",
		Example: `  arakoon cluster status
  arakoon cluster locality show
  arakoon cluster prove west --config cluster.ini`,
	}
	locality := &cobra.Command{
		Use:   "locality VERB",
		Short: "by which rule updates are counted, and which datacentres are waived",
		Long: `By which rule updates are counted: with quorum_rule = locality an update counts only
when, besides a majority, one voter of every datacentre holds it. A datacentre that is
lost stops all updates until an operator waives it.`,
		Example: `  arakoon cluster locality show
  arakoon cluster locality waive west
  arakoon cluster locality restore west`,
	}
	locality.AddCommand(a.localityShowVerb(), a.localityVerb(true), a.localityVerb(false))
	c.AddCommand(a.statusVerb(), locality, a.proveVerb())
	return c
}

func (a *app) localityShowVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "show",
		Short: "print the rule, the datacentres and what is waived",
		Long:  "Print the rule by which updates are counted, the datacentres and the waived ones.",
		Example: `  arakoon cluster locality show
  arakoon cluster locality show -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.clientConfig()
			if err != nil {
				return err
			}
			nodes, err := chosenNodes(cfg, nil)
			if err != nil {
				return err
			}
			return a.printLocality(askNodes(cmd.Context(), cfg, nodes, a.flags.timeout))
		},
	}
}

// printLocality prints what the best informed node says: the master, else the one
// that has committed most.
func (a *app) printLocality(answers []nodeAnswer) error {
	var best *realnet.StatusPage
	var errs []error
	for i := range answers {
		p := &answers[i].page
		if err := answers[i].err; err != nil {
			errs = append(errs, err)
			continue
		}
		if best == nil || p.Serving || !best.Serving && p.Commit > best.Commit {
			best = p
		}
	}
	if best == nil {
		return errors.Join(append(errs, client.ErrUnavailable)...)
	}
	if a.isJSON() {
		return a.json(object{"quorum_rule": best.QuorumRule, "datacentres": best.Datacentres, "waived": best.Waived, "source": best.Name})
	}
	list := func(names []string) string {
		if len(names) == 0 {
			return "-"
		}
		return strings.Join(names, " ")
	}
	t := a.table("RULE", "DATACENTRES", "WAIVED", "SOURCE")
	if err := t.row(best.QuorumRule, list(best.Datacentres), list(best.Waived), best.Name); err != nil {
		return err
	}
	return t.end()
}

// localityVerb is waive, or restore.
func (a *app) localityVerb(waive bool) *cobra.Command {
	var yes bool
	c := &cobra.Command{
		Use:   "restore DATACENTRE",
		Short: "let a waived datacentre count again",
		Long: `Let a waived datacentre count again: from then on an update counts only when a voter
of that datacentre holds it, and all before it too. It is put on the record.`,
		Example: "  arakoon cluster locality restore west --yes",
		Args:    cobra.ExactArgs(1),
	}
	if waive {
		c.Use, c.Short = "waive DATACENTRE", "go on without a datacentre that is lost"
		c.Long = `Go on without a datacentre that is lost: updates are counted without it, until it is
restored. A majority of the voters must be in reach. What is acknowledged from then on
may be missing there, so that datacentre alone can no longer prove everything. It is
put on the record: in the log, in the nodes' own logs and in their status.`
		c.Example = "  arakoon cluster locality waive west"
	}
	c.Flags().BoolVar(&yes, "yes", false, "don't ask")
	c.RunE = func(cmd *cobra.Command, args []string) error {
		cfg, err := a.clientConfig()
		if err != nil {
			return err
		}
		dc := args[0]
		warning := fmt.Sprintf("Updates of cluster %s will wait for datacentre %s again.", cfg.ClusterID, dc)
		if waive {
			warning = fmt.Sprintf("Updates of cluster %s will be acknowledged though datacentre %s doesn't hold them.", cfg.ClusterID, dc)
		}
		if err := a.confirm(yes, dc, warning); err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), a.flags.timeout)
		defer cancel()
		q := url.Values{"datacentre": {dc}, "waived": {strconv.FormatBool(waive)}}
		_, err = order(ctx, cfg, "/locality?"+q.Encode())
		return a.done(err)
	}
	return c
}
