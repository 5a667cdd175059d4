package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/openvstorage/arakoon-go/realnet"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

func (a *app) serverVerb() *cobra.Command {
	var o nodeOptions
	c := &cobra.Command{
		Use:   "server --config FILE --node NAME",
		Short: "run a node",
		Long: `Run a node in the foreground until SIGTERM or ctrl-C. Log lines go to the sinks of
the configuration (NODE.log in log_dir), and to the terminal if there is one.
SIGUSR1 re-reads the log level and opens the log files anew. A node that refuses to
start says why and ends with one of Arakoon's exit codes: 43 and 44 for directories,
49 and 50 for the log, 66 for the configuration.`,
		Example: `  arakoon server --config /etc/arakoon.ini --node arakoon_0
  arakoon server --config /etc/arakoon.ini --node arakoon_0 --bootstrap-without arakoon_2`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			o.config = a.flags.config
			if o.config == "" || o.name == "" {
				return &usageError{"server needs --config FILE and --node NAME"}
			}
			o.terminal = isTerminal(a.err)
			return a.runNode(&o)
		},
	}
	c.Flags().StringVar(&o.name, "node", "", "which node of the configuration this is")
	c.Flags().StringSliceVar(&o.without, "bootstrap-without", nil,
		"at the first boot of the cluster: go on without these voters, whose disks are lost")
	return c
}

// nodeOptions say which node to run, and how.
type nodeOptions struct {
	config   string
	name     string
	without  []string
	terminal bool // log lines go to standard error too
}

// isTerminal reports whether somebody reads w as it is written.
func isTerminal(w any) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// runNode runs a node until a signal ends it, or it ends itself.
func (a *app) runNode(o *nodeOptions) error {
	cfg, warnings, err := ini.Load(o.config)
	a.warn(warnings)
	if err != nil {
		return problem(err)
	}
	n := cfg.Node(o.name)
	if n == nil {
		return refusef(refuseConfigured, "problem: %s is not known in config %s, which has %s", o.name, cfg.File, strings.Join(cfg.Names(), ", "))
	}
	if err := checkDirs(n); err != nil {
		return err
	}
	log, err := a.openNodeLog(n, o)
	if err != nil {
		return err
	}
	defer func() { _ = log.close() }() // its last line has been written
	// Before the start, so that no signal is lost.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt, syscall.SIGUSR1)
	defer signal.Stop(signals)
	for _, w := range warnings {
		log.Warn(w.Text, "file", w.File, "line", w.Line)
	}
	rc, err := serverConfig(cfg, n, o, log)
	if err != nil {
		return err
	}
	realnet.LimitMemory(rc.CacheBytes)
	server, err := realnet.Start(rc)
	if err != nil {
		log.fatal("node does not start", "reason", err)
		return refused(n, err)
	}
	return a.serve(server, log, o, signals)
}

func (a *app) openNodeLog(n *ini.Node, o *nodeOptions) (*nodeLog, error) {
	terminal := a.err
	if !o.terminal {
		terminal = nil
	}
	log, err := openLog(n, terminal, a.out)
	if err != nil {
		return nil, refusef(refuseConfigured, "problem: log of node %s: %w; create log_dir and make it writable for this user", n.Name, err)
	}
	return log, nil
}

// problem marks an error of the configuration as Arakoon does; its exit code
// stays.
func problem(err error) error { return fmt.Errorf("problem: %w", err) }

// serverConfig is what the node is started with. Paths of the file count from
// the working directory.
func serverConfig(cfg *ini.Config, n *ini.Node, o *nodeOptions, log *nodeLog) (realnet.Config, error) {
	c := realnet.Config{
		ClusterID: cfg.ClusterID, Name: n.Name,
		LeasePeriod: cfg.LeasePeriod, BootstrapWithout: o.without, ReadOnly: cfg.ReadOnly,
		Rule: cfg.Rule, Master: cfg.Master, Preferred: cfg.Preferred, StableFor: cfg.StableFor,
		SegmentBytes: cfg.TLogMaxSize, SegmentEntries: cfg.TLogMaxEntries, Log: log.Logger,
		CacheBytes: n.StoreCache, StoreFile: n.StoreFile(),
		CheckpointEntries: cfg.CheckpointEntries, CheckpointBytes: cfg.CheckpointBytes, CheckpointPeriod: cfg.CheckpointPeriod,
		RetentionBytes: cfg.Retention, RetentionEntries: cfg.RetentionEntries, NoCompression: n.NoCompression,
	}
	if c.CacheBytes == 0 {
		c.CacheBytes = realnet.DefaultCache
	}
	for _, d := range []struct {
		path string
		to   *string
	}{{n.Home, &c.Home}, {n.TLogDir, &c.TLogDir}, {n.TLXDir, &c.ArchiveDir}, {n.StoreDir(), &c.StoreDir}} {
		abs, err := filepath.Abs(d.path)
		if err != nil {
			return c, err
		}
		*d.to = abs
	}
	for i := range cfg.Nodes {
		m := &cfg.Nodes[i]
		c.Nodes = append(c.Nodes, realnet.Node{Name: m.Name, IPs: m.IPs, ClientPort: m.ClientPort, PeerPort: m.MessagingPort,
			AdminPort: m.AdminPort, AdminIP: m.AdminIP, Datacentre: m.Datacentre, Learner: m.Learner, Witness: m.Witness})
	}
	return c, nil
}

// serve waits for the end.
func (a *app) serve(server *realnet.Server, log *nodeLog, o *nodeOptions, signals <-chan os.Signal) error {
	for {
		select {
		case <-server.Done():
			err := server.Err()
			log.fatal("node ends by itself", "reason", err)
			return fmt.Errorf("node %s going down: %w", o.name, err)
		case s := <-signals:
			if s == syscall.SIGUSR1 {
				reload(log, o)
				continue
			}
			fmt.Fprintln(a.out, "got "+signalName(s))
			if err := stop(server, signals); err != nil {
				log.fatal("node did not stop cleanly", "reason", err)
				return err
			}
			log.fatal("node stopped; everything seems OK")
			return nil
		}
	}
}

// stopWithin bounds a clean stop: management scripts kill after 10 s.
const stopWithin = 8 * time.Second

// stop ends the node cleanly; a second signal leaves out what can be left out.
func stop(server *realnet.Server, signals <-chan os.Signal) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		for {
			select {
			case s := <-signals:
				if s != syscall.SIGUSR1 {
					cancel()
				}
			case <-ended:
				return
			}
		}
	}()
	return server.Stop(ctx)
}

func signalName(s os.Signal) string {
	if s == os.Interrupt {
		return "INT"
	}
	return "TERM"
}

// reload reads the log level anew and opens the log files anew.
func reload(log *nodeLog, o *nodeOptions) {
	if err := log.reopen(); err != nil {
		log.Error("log files could not be opened anew", "reason", err)
	}
	cfg, _, err := ini.Load(o.config)
	if err != nil || cfg.Node(o.name) == nil {
		log.Error("configuration not read again; the log level stays", "reason", err)
		return
	}
	log.level.Set(cfg.Node(o.name).LogLevel)
	log.Info("log files opened anew, log level read again", "level", levelName(cfg.Node(o.name).LogLevel))
}
