package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// Environment variables that stand in for flags.
const (
	envConfig    = "ARAKOON_CONFIG"
	envCluster   = "ARAKOON_CLUSTER"
	envEndpoints = "ARAKOON_ENDPOINTS"
)

// defaultTimeout bounds a client verb: an election at the default lease fits in.
const defaultTimeout = 30 * time.Second

// flags are those of all verbs.
type flags struct {
	config    string
	cluster   string
	endpoints []string
	timeout   time.Duration
	output    string
	hex       bool
	base64    bool
}

// helpTemplate puts the examples first.
const helpTemplate = `{{with (or .Long .Short)}}{{. | trimTrailingWhitespaces}}

{{end}}{{if .HasExample}}Examples:
{{.Example}}

{{end}}Usage:
  {{.UseLine}}{{if .HasAvailableSubCommands}}

Verbs:{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

Flags:
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

Flags of all verbs:
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`

// root is the tree of verbs.
func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "arakoon VERB",
		Short: "a distributed key-value store that puts consistency above anything else",
		Long: `arakoon: a distributed key-value store that puts consistency above anything else.

Arakoon's own forms work too (arakoon --node N -config F, arakoon --get KEY, ...):
arakoon -help lists them.`,
		Example: `  arakoon dev                                     a cluster on this machine
  arakoon server --config cluster.ini --node arakoon_0
  arakoon --config cluster.ini set colour green
  arakoon --config cluster.ini get colour`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		PersistentPreRunE: func(*cobra.Command, []string) error { return a.checkFlags() },
	}
	root.SetIn(a.in)
	root.SetOut(a.out)
	root.SetErr(a.err)
	root.SetHelpTemplate(helpTemplate)
	root.CompletionOptions.HiddenDefaultCmd = true
	f := root.PersistentFlags()
	f.StringVar(&a.flags.config, "config", os.Getenv(envConfig), "the cluster's INI file (or "+envConfig+")")
	f.StringVar(&a.flags.cluster, "cluster", os.Getenv(envCluster), "the cluster id, with --endpoints instead of --config")
	f.StringSliceVar(&a.flags.endpoints, "endpoints", nil, "NODE=HOST:PORT,... (or "+envEndpoints+")")
	f.DurationVar(&a.flags.timeout, "timeout", defaultTimeout, "how long to wait for an answer")
	f.StringVarP(&a.flags.output, "output", "o", outputTable, "table, plain (tab separated), json, or jsonl (lists: one object per line)")
	f.BoolVar(&a.flags.hex, "hex", false, "keys and values are hexadecimal")
	f.BoolVar(&a.flags.base64, "base64", false, "keys and values are base64")
	root.AddCommand(a.devVerb(), a.serverVerb())
	root.AddCommand(a.dataVerbs()...)
	root.AddCommand(a.clusterVerbs()...)
	root.AddCommand(a.clusterVerb(), a.masterVerb(), a.nodeVerb(), a.storeVerb(), a.logVerb())
	parents(root)
	a.noteRuns(root)
	return root
}

// parents gives verbs that have others below them an error of their own: cobra
// would print their help and call it done.
func parents(c *cobra.Command) {
	for _, sub := range c.Commands() {
		parents(sub)
	}
	if !c.HasParent() || !c.HasSubCommands() || c.RunE != nil {
		return
	}
	c.Args = cobra.ArbitraryArgs
	c.SuggestionsMinimumDistance = 2
	c.RunE = func(_ *cobra.Command, args []string) error {
		var names []string
		for _, sub := range c.Commands() {
			names = append(names, sub.Name())
		}
		which := strings.TrimPrefix(c.CommandPath(), "arakoon ")
		if len(args) == 0 {
			return &usageError{fmt.Sprintf("%s: which one? %s", which, strings.Join(names, ", "))}
		}
		hint := ""
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			hint = fmt.Sprintf(" (did you mean %s?)", near[0])
		}
		return &usageError{fmt.Sprintf("%s has no verb %s%s; there are %s", which, args[0], hint, strings.Join(names, ", "))}
	}
}

// noteRuns sets ran when the code of any verb below c begins: by then cobra has
// checked arguments and flags.
func (a *app) noteRuns(c *cobra.Command) {
	for _, sub := range c.Commands() {
		a.noteRuns(sub)
	}
	if do := c.RunE; do != nil {
		c.RunE = func(cmd *cobra.Command, args []string) error {
			a.ran = true
			return do(cmd, args)
		}
	}
}

func (a *app) checkFlags() error {
	switch a.flags.output {
	case outputTable, outputPlain, outputJSON, outputJSONL:
	default:
		return fmt.Errorf("--output %s: choose table, plain, json or jsonl", a.flags.output)
	}
	if a.flags.hex && a.flags.base64 {
		return fmt.Errorf("choose one of --hex and --base64")
	}
	if a.flags.timeout <= 0 {
		return fmt.Errorf("--timeout %v: it must be positive", a.flags.timeout)
	}
	return nil
}

// clientConfig finds the cluster: flags count before the environment, and both
// before the file where Arakoon looks.
func (a *app) clientConfig() (*ini.Config, error) {
	endpoints := a.flags.endpoints
	if e := os.Getenv(envEndpoints); len(endpoints) == 0 && a.flags.config == "" && e != "" {
		endpoints = strings.Split(e, ",")
	}
	if len(endpoints) > 0 {
		return fromEndpoints(a.flags.cluster, endpoints)
	}
	path := a.flags.config
	if path == "" {
		if _, err := os.Stat(defaultConfig); err != nil {
			return nil, &usageError{"which cluster? Give --config FILE, or --cluster ID with --endpoints NODE=HOST:PORT,..."}
		}
		path = defaultConfig
	}
	cfg, warnings, err := ini.LoadClient(path)
	a.warn(warnings)
	return cfg, err
}

// fromEndpoints makes a configuration of the flags.
func fromEndpoints(cluster string, endpoints []string) (*ini.Config, error) {
	if cluster == "" {
		return nil, &usageError{"--endpoints needs the cluster id: --cluster ID"}
	}
	cfg := &ini.Config{ClusterID: cluster}
	for _, e := range endpoints {
		name, address, found := strings.Cut(e, "=")
		host, port, err := net.SplitHostPort(address)
		number, perr := strconv.Atoi(port)
		if !found || name == "" || err != nil || perr != nil {
			return nil, &usageError{fmt.Sprintf("--endpoints %s: write NODE=HOST:PORT, with the node's name as in its configuration", e)}
		}
		cfg.Nodes = append(cfg.Nodes, ini.Node{Name: name, IPs: []string{host}, ClientPort: number})
	}
	return cfg, nil
}

// newClient connects to the cluster of cfg.
func newClient(cfg *ini.Config) (*client.Client, error) {
	c := client.Config{Cluster: cfg.ClusterID}
	for _, n := range cfg.Nodes {
		node := client.Node{Name: n.Name}
		for _, ip := range n.IPs {
			node.Addresses = append(node.Addresses, net.JoinHostPort(ip, strconv.Itoa(n.ClientPort)))
		}
		c.Nodes = append(c.Nodes, node)
	}
	return client.New(c)
}

// withClient runs f with a client of the cluster, within the time-out.
func (a *app) withClient(ctx context.Context, f func(ctx context.Context, c *client.Client, cfg *ini.Config) error) error {
	cfg, err := a.clientConfig()
	if err != nil {
		return err
	}
	c, err := newClient(cfg)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // the answer is there already
	ctx, cancel := context.WithTimeout(ctx, a.flags.timeout)
	defer cancel()
	return f(ctx, c, cfg)
}
