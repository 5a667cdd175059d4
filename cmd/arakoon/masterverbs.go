package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// masterVerb is the parent of what concerns mastership.
func (a *app) masterVerb() *cobra.Command {
	c := &cobra.Command{
		Use:   "master VERB",
		Short: "who is master, and who shall be",
		Long:  "Show who is master, or let another node become it.",
		Example: `  arakoon master show
  arakoon master release
  arakoon master move arakoon_1`,
	}
	show := a.whoMasterVerb()
	show.Use, show.Example = "show", "  arakoon master show"
	release := a.dropMasterVerb()
	release.Use, release.Example = "release [NODE]", "  arakoon master release\n  arakoon master release arakoon_0"
	release.Long += " The same as drop-master."
	c.AddCommand(show, release, a.masterMoveVerb())
	return c
}

func (a *app) dropMaster(ctx context.Context, args []string) error {
	return a.withClient(ctx, func(ctx context.Context, c *client.Client, _ *ini.Config) error {
		node := ""
		if len(args) > 0 {
			node = args[0]
		}
		return a.done(c.DropMaster(ctx, node))
	})
}

func (a *app) masterMoveVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "move NODE",
		Short: "make a node master",
		Long: `Let the master hand over to NODE, which must be up to date and allowed to lead; else
nothing changes and the reason is told. It goes through the admin port of the master.`,
		Example: "  arakoon master move arakoon_1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, n, err := a.oneNode(args[0])
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), a.flags.timeout)
			defer cancel()
			from, err := order(ctx, cfg, "/handover?"+url.Values{"to": {n.Name}}.Encode())
			if err != nil || a.isJSON() {
				return a.done(err)
			}
			_, err = fmt.Fprintf(a.out, "%s handed over to %s\n", from, n.Name)
			return err
		},
	}
}
