package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// How long Arakoon's own client actions wait.
const (
	arakoonTimeout   = 30 * time.Second
	whoMasterTimeout = 4 * time.Second
)

// runArakoon does what Arakoon's own arguments ask for, with its outputs and its
// exit codes: 0, or 2 for any failure of a client action.
func (a *app) runArakoon(args []string) int {
	call, err := parseArakoon(args)
	if err != nil {
		fmt.Fprintf(a.err, "arakoon: %v\n", err)
		printArakoonUsage(a.err)
		return exitUsage
	}
	switch call.action {
	case "":
		fmt.Fprintln(a.out, "Usage: arakoon VERB (arakoon help lists the verbs)")
		fmt.Fprintln(a.out, "   or: arakoon --<action> ... in Arakoon's own form (arakoon -help lists them)")
		return exitOK
	case "-help":
		printArakoonUsage(a.out)
		return exitOK
	case "--version":
		fmt.Fprint(a.out, versionText())
		return exitOK
	case "--node":
		err := a.runNode(&nodeOptions{config: call.config, name: call.args[0]})
		a.explain(err)
		return exitCode(err)
	case "--collapse-remote", "--backup-db", "--optimize-db", "--defrag-db", "--copy-db-to-head":
		return a.runArakoonRemote(call)
	case "--dump-store", "--verify-db":
		return a.runArakoonStore(call)
	}
	return a.runArakoonClient(call)
}

// runArakoonClient does a client action. Output comes all at once or not at all.
func (a *app) runArakoonClient(call *arakoonCall) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	out := bufio.NewWriter(a.out)
	err := a.arakoonAction(ctx, call, out)
	if err == nil {
		err = out.Flush()
	}
	return a.arakoonEnd(err)
}

// arakoonEnd ends a client action.
func (a *app) arakoonEnd(err error) int {
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(a.err, "Fatal error: exception %v\n", err)
	if next := nextStep(err); next != "" {
		fmt.Fprintln(a.err, "  next: "+next)
	}
	return exitUsage // OCaml's code for an uncaught exception
}

func (a *app) arakoonAction(ctx context.Context, call *arakoonCall, out io.Writer) error {
	cfg, node, err := call.cluster()
	if err != nil {
		return err
	}
	c, err := newClient(cfg)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // the answer is there already
	timeout := arakoonTimeout
	if call.action == "--who-master" || node != "" {
		timeout = whoMasterTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	run := &arakoonRun{call: call, c: c, node: node, in: a.in, out: out}
	return run.do(ctx)
}

// cluster is whom the action talks to: the cluster of the configuration, or the
// one node that the arguments name by address.
func (c *arakoonCall) cluster() (cfg *ini.Config, node string, err error) {
	switch c.action {
	case "--ping", "--drop-master":
		// Arakoon's order of arguments: cluster_id ip port.
		const only = "node"
		cfg, err := fromEndpoints(c.args[0], []string{only + "=" + net.JoinHostPort(c.args[1], c.args[2])})
		return cfg, only, err
	}
	cfg, _, err = ini.LoadClient(c.config)
	return cfg, "", err
}

// arakoonRun is one client action.
type arakoonRun struct {
	call *arakoonCall
	c    *client.Client
	node string
	in   io.Reader
	out  io.Writer
}

func (r *arakoonRun) do(ctx context.Context) error {
	args := r.call.args
	switch r.call.action {
	case "--set":
		return r.c.Set(ctx, args[0], []byte(args[1]))
	case "--set-raw":
		value, err := io.ReadAll(r.in)
		if err != nil {
			return err
		}
		return r.c.Set(ctx, args[0], value)
	case "--get":
		value, err := r.c.Get(ctx, args[0])
		return r.print(err, command.Quote(string(value))+"\n")
	case "--get-raw":
		value, err := r.c.Get(ctx, args[0])
		return r.print(err, string(value))
	case "--delete":
		return r.c.Delete(ctx, args[0])
	case "--delete-prefix":
		n, err := r.c.DeletePrefix(ctx, args[0])
		return r.print(err, fmt.Sprintln(n))
	case "--nop":
		return r.c.Nop(ctx)
	case "--prefix":
		keys, err := r.c.PrefixKeys(ctx, args[0], int32(r.call.maxResults))
		return r.print(err, quotedLines(keys))
	case "--range-entries", "--rev-range-entries":
		return r.rangeEntries(ctx)
	case "--user-function":
		return r.userFunction(ctx)
	}
	return r.about(ctx)
}

// about does the actions that ask for the state of the cluster.
func (r *arakoonRun) about(ctx context.Context) error {
	switch r.call.action {
	case "--n-values":
		n, err := r.c.KeyCount(ctx)
		return r.print(err, fmt.Sprintln(n))
	case "--who-master":
		name, err := r.c.WhoMaster(ctx)
		if errors.Is(err, client.ErrNoMaster) {
			err = fmt.Errorf("Failure(\"No Master\"): %w", err)
		}
		return r.print(err, name+"\n")
	case "--expect-progress-possible":
		possible, err := r.c.ExpectProgressPossible(ctx, "")
		return r.print(err, fmt.Sprintln(possible))
	case "--statistics":
		s, err := r.c.Statistics(ctx, "")
		return r.print(err, statisticsText(s))
	case "--node-state":
		state, err := r.c.CurrentState(ctx, r.call.args[0])
		return r.print(err, state+"\n")
	case "--node-version":
		v, err := r.c.Version(ctx, r.call.args[0])
		return r.print(err, v.String()+"\n"+strings.TrimSuffix(v.Info, "\n")+"\n")
	case "--ping":
		start := time.Now()
		version, err := r.c.Ping(ctx, r.node)
		return r.print(err, fmt.Sprintf("%s\ntook %f\n", version, time.Since(start).Seconds()))
	case "--drop-master":
		return r.c.DropMaster(ctx, r.node)
	}
	panic("arakoon: an action without a meaning: " + r.call.action)
}

// print writes the answer unless there is none.
func (r *arakoonRun) print(err error, text string) error {
	if err != nil {
		return err
	}
	_, err = io.WriteString(r.out, text)
	return err
}

func quotedLines(keys []string) string {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString(command.Quote(k) + "\n")
	}
	return b.String()
}

// rangeEntries prints entries; -left is inclusive and -right exclusive, and
// -left is the high end of the reverse.
func (r *arakoonRun) rangeEntries(ctx context.Context) error {
	left, right := client.Open(), client.Open()
	if r.call.hasLeft {
		left = client.Including(r.call.left)
	}
	if r.call.hasRight {
		right = client.Excluding(r.call.right)
	}
	get := r.c.RangeEntries
	if r.call.action == "--rev-range-entries" {
		get = r.c.RevRangeEntries
	}
	entries, err := get(ctx, left, right, int32(r.call.maxResults))
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%s %s\n", command.Quote(e.Key), command.Quote(string(e.Value)))
	}
	fmt.Fprintf(&b, "%d listed\n", len(entries))
	return r.print(err, b.String())
}

func (r *arakoonRun) userFunction(ctx context.Context) error {
	arg := client.None
	if r.call.hasValue {
		arg = client.Some([]byte(r.call.value))
	}
	result, err := r.c.UserFunction(ctx, r.call.args[0], arg)
	text := "res = None\n"
	if result.Some {
		text = fmt.Sprintf("res = Some (%s)\n", command.Quote(string(result.Bytes)))
	}
	return r.print(err, text)
}

// statisticsText prints the tree, one figure per line.
func statisticsText(s client.Statistic) string {
	if s.List == nil {
		return fmt.Sprintf("%s: %v\n", s.Name, s.Value)
	}
	var b strings.Builder
	for _, e := range s.List {
		if e.List == nil {
			b.WriteString(statisticsText(e))
			continue
		}
		fmt.Fprintf(&b, "%s:", e.Name)
		for _, f := range e.List {
			fmt.Fprintf(&b, " %s=%v", f.Name, f.Value)
		}
		b.WriteByte('\n')
	}
	return b.String()
}
