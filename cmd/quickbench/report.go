package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/realnet"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// The first aims, as shares of the echo's rate at the most clients.
const (
	aimReads   = 0.60
	aimUpdates = 0.25
)

// row is one line of the table.
type row struct {
	load     string
	clients  int
	node     result
	echo     result
	batch    float64 // updates per instance
	inFlight float64 // instances, on average
}

func (r row) ratio() float64 { return r.node.rate / r.echo.rate }

func printHeader() {
	fmt.Printf("%-8s %7s %10s %10s %6s %9s %9s %9s %7s %8s %8s %8s\n", "", "clients", "per s", "echo/s",
		"ratio", "p50", "p99", "echo p50", "cpu µs", "echo cpu", "batch", "inflight")
}

func (r row) print() {
	batch, inFlight := "", ""
	if r.batch > 0 {
		batch, inFlight = fmt.Sprintf("%.1f", r.batch), fmt.Sprintf("%.2f", r.inFlight)
	}
	fmt.Printf("%-8s %7d %10.0f %10.0f %6.2f %9v %9v %9v %7.1f %8.1f %8s %8s\n", r.load, r.clients, r.node.rate, r.echo.rate,
		r.ratio(), r.node.at(50), r.node.at(99), r.echo.at(50), r.node.cpu, r.echo.cpu, batch, inFlight)
}

// last prints the machine-readable line: everything, and whether the aims are met
// at the most clients.
func last(rows []row) {
	var b strings.Builder
	aims := "met"
	most := 0
	for _, r := range rows {
		most = max(most, r.clients)
	}
	for _, r := range rows {
		fmt.Fprintf(&b, " %s_%d=%.0f ratio=%.2f", r.load, r.clients, r.node.rate, r.ratio())
		aim := aimUpdates
		if r.load == "reads" {
			aim = aimReads
		}
		if r.clients == most && r.ratio() < aim {
			aims = "missed"
		}
	}
	fmt.Printf("quickbench aims=%s%s\n", aims, b.String())
}

// watch follows the master's status while a run lasts.
type watch struct {
	node   *ini.Node
	length time.Duration

	batch, inFlight float64
	err             error
}

// page fetches the brief status: the whole one would cost the node a view.
func (w *watch) page() (p realnet.StatusPage, err error) {
	resp, err := http.Get(adminURL(w.node) + "/statusz?brief")
	if err != nil {
		return p, err
	}
	defer func() { _ = resp.Body.Close() }() // all was read
	return p, json.NewDecoder(resp.Body).Decode(&p)
}

func adminURL(n *ini.Node) string {
	return "http://" + net.JoinHostPort(n.AdminHost(), strconv.Itoa(n.AdminPort))
}

// do looks at the start, now and then, and at the end.
func (w *watch) do() {
	const every = 20 * time.Millisecond
	first, err := w.page()
	if err != nil {
		w.err = err
		return
	}
	lastPage, sum, looks := first, 0, 0
	for end := time.Now().Add(w.length - 2*every); time.Now().Before(end); time.Sleep(every) {
		p, err := w.page()
		if err != nil {
			w.err = err
			return
		}
		lastPage, sum, looks = p, sum+p.InFlight, looks+1
	}
	if n := lastPage.Counters["batches"] - first.Counters["batches"]; n > 0 {
		w.batch = float64(lastPage.Counters["updates"]-first.Counters["updates"]) / float64(n)
	}
	w.inFlight = float64(sum) / float64(max(looks, 1))
}

// profile fetches a node's CPU profile of the next seconds into a file.
func profile(n *ini.Node, seconds int, path string) error {
	url := fmt.Sprintf("%s/debug/pprof/profile?seconds=%d", adminURL(n), seconds)
	resp, err := http.Get(url)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }() // all was read
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, resp.Status)
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, resp.Body)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// printTop prints the functions in which a profile's time went.
func printTop(title, path string) {
	const lines = 25
	out, err := exec.Command("go", "tool", "pprof", "-top", "-nodecount", fmt.Sprint(lines), path).Output()
	if err != nil {
		fmt.Printf("%s: profile in %s (go tool pprof can't show it here: %v)\n", title, path, err)
		return
	}
	fmt.Printf("%s (%s):\n%s", title, filepath.Base(path), out)
}
