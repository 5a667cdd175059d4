package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// options of a run.
type options struct {
	binary   string
	dir      string
	clients  []int
	duration time.Duration
	profile  string
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == echoFlag {
		if err := echo(); err != nil {
			fail(err)
		}
		return
	}
	o, err := parse()
	if err == nil {
		err = measure(o)
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "quickbench:", err)
	os.Exit(1)
}

func parse() (options, error) {
	self, err := os.Executable()
	if err != nil {
		return options{}, err
	}
	o := options{}
	flag.StringVar(&o.binary, "arakoon", filepath.Join(filepath.Dir(self), "arakoon"), "the `binary` to measure")
	flag.StringVar(&o.dir, "dir", "", "`folder` for the nodes' data; empty: a temporary one")
	clients := flag.String("clients", "1,64,256", "`numbers` of clients")
	flag.DurationVar(&o.duration, "duration", 5*time.Second, "of each measurement")
	flag.StringVar(&o.profile, "profile", "", "`folder` for CPU profiles at the most clients; empty: none")
	flag.Parse()
	for _, s := range strings.Split(*clients, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return o, fmt.Errorf("--clients %s: %q is no number of clients", *clients, s)
		}
		o.clients = append(o.clients, n)
	}
	return o, nil
}

// measure starts everything, runs all measurements and prints them.
func measure(o options) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "arakoon-quickbench-"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(o.dir) }() // only tidiness
	}
	c, err := cluster.Open(cluster.Options{Dir: o.dir, Nodes: 3, Lease: 2 * time.Second, Binary: o.binary})
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // nodes that won't end are killed
	for _, name := range c.Names() {
		if err := c.Start(name); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	master, err := c.WaitMaster(ctx)
	if err != nil {
		return err
	}
	echo, err := startEcho()
	if err != nil {
		return err
	}
	defer echo.stop()
	n := c.Config().Node(master)
	b := &bench{o: o, c: c, master: master, echo: echo, node: net.JoinHostPort(n.IPs[0], strconv.Itoa(n.ClientPort))}
	return b.all()
}

// bench is one run of the program.
type bench struct {
	o      options
	c      *cluster.Cluster
	master string
	node   string // its address
	echo   *echoProcess
}

func (b *bench) all() error {
	if err := b.fill(); err != nil {
		return err
	}
	printHeader()
	var rows []row
	for _, l := range []load{updates(), reads()} {
		for _, clients := range b.o.clients {
			r, err := b.row(l, clients)
			if err != nil {
				return err
			}
			r.print()
			rows = append(rows, r)
		}
	}
	last(rows)
	return nil
}

// fill writes every key once.
func (b *bench) fill() error {
	conn, err := net.DialTimeout("tcp", b.node, dialTimeout)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // all was said
	set := updates()
	if _, err := conn.Write(b.prologue()); err != nil {
		return err
	}
	answer := make([]byte, set.answer)
	const together = 100
	for i := 0; i < keys; i += together {
		var requests []byte
		for k := range together {
			requests = set.request(requests, i+k)
		}
		if _, err := conn.Write(requests); err != nil {
			return err
		}
		for range together {
			if err := readAnswer(conn, answer); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) prologue() []byte { return wire.AppendPrologue(nil, b.c.Config().ClusterID) }

// row measures one load with one number of clients: the echo, then the cluster.
func (b *bench) row(l load, clients int) (row, error) {
	echo, err := (&run{addr: b.echo.addr, prologue: echoPrologue(l), load: l, clients: clients, duration: b.o.duration,
		pids: []int{b.echo.pid}}).do()
	if err != nil {
		return row{}, fmt.Errorf("echo: %w", err)
	}
	w := &watch{length: b.o.duration, node: b.c.Config().Node(b.master)}
	r := &run{addr: b.node, prologue: b.prologue(), load: l, clients: clients, duration: b.o.duration, during: w.do}
	for _, name := range b.c.Names() {
		r.pids = append(r.pids, b.c.PID(name))
	}
	profiled := b.o.profile != "" && clients == b.o.clients[len(b.o.clients)-1]
	if profiled {
		if err := os.MkdirAll(b.o.profile, 0o755); err != nil {
			return row{}, err
		}
		r.during = func() { b.profiles(l) }
	}
	node, err := r.do()
	if err == nil {
		err = w.err
	}
	if err != nil {
		return row{}, err
	}
	if profiled {
		printTop("CPU of the master, "+l.name, b.profilePath(l, b.master))
	}
	return row{load: l.name, clients: clients, node: node, echo: echo, batch: w.batch, inFlight: w.inFlight}, nil
}

func (b *bench) profilePath(l load, node string) string {
	return filepath.Join(b.o.profile, l.name+"-"+node+".pprof")
}

// profiles fetches all nodes' profiles at once.
func (b *bench) profiles(l load) {
	var wg sync.WaitGroup
	for _, name := range b.c.Names() {
		wg.Go(func() {
			seconds := max(int(b.o.duration.Seconds()), 1)
			if err := profile(b.c.Config().Node(name), seconds, b.profilePath(l, name)); err != nil {
				fmt.Fprintf(os.Stderr, "quickbench: profile of %s: %v\n", name, err)
			}
		})
	}
	wg.Wait()
}
