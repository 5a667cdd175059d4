package main

import (
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	verbose := flag.Bool("v", false, "print every row")
	flag.Parse()
	line, ok, err := run(os.Stdout, *verbose)
	if err != nil {
		fmt.Fprintln(os.Stderr, "golden:", err)
		os.Exit(1)
	}
	fmt.Println(line)
	if !ok {
		os.Exit(1)
	}
}

// outcome counts verdicts.
type outcome struct {
	rows, matched, overridden, failed int
	how                               map[string]int
}

// run replays everything and returns the last line, and whether all is well.
func run(w io.Writer, verbose bool) (string, bool, error) {
	sections, err := load()
	if err != nil {
		return "", false, err
	}
	var total outcome
	failed := 0
	for _, s := range sections {
		out, err := pass(w, s, s.Name, verbose)
		if err != nil {
			return "", false, err
		}
		total.add(out)
		for i := range s.Rows {
			s.Rows[i] = renamed(s.Rows[i])
		}
		again, err := pass(w, s, s.Name+", renamed", verbose)
		if err != nil {
			return "", false, err
		}
		failed += again.failed
	}
	renamedOK := "ok"
	if failed > 0 {
		renamedOK = fmt.Sprintf("failed:%d", failed)
	}
	line := fmt.Sprintf("golden rows=%d matched=%d overridden=%d failed=%d renamed=%s",
		total.rows, total.matched, total.overridden, total.failed, renamedOK)
	return line, total.failed+failed == 0, nil
}

// pass replays a section against a fresh server.
func pass(w io.Writer, sec section, name string, verbose bool) (outcome, error) {
	s, err := startServer(sec.Cluster)
	if err != nil {
		return outcome{}, err
	}
	defer s.stop()
	p := newReplayer(s)
	defer p.close()
	o := newOracle()
	out := outcome{how: map[string]int{}}
	for i := range sec.Rows {
		r := &sec.Rows[i]
		v := o.judge(p, r)
		out.note(v)
		if v.err != nil {
			fmt.Fprintf(w, "FAIL %s (%s, %s): %v\n", r, name, v.how, v.err)
		} else if v.how == "overridden" {
			fmt.Fprintf(w, "overridden %s: %s\n", r, overrides[r.N].reason)
		} else if verbose {
			fmt.Fprintf(w, "ok   %s (%s)\n", r, v.how)
		}
	}
	fmt.Fprintf(w, "%s: %d recorded, %d predicted by the model, %d stated by the reference, %d by structure, %d overridden; %d failed\n",
		name, out.how["recorded"], out.how["predicted"], out.how["stated"], out.how["structure"], out.how["overridden"], out.failed)
	return out, nil
}

func (out *outcome) note(v verdict) {
	out.rows++
	out.how[v.how]++
	switch {
	case v.err != nil:
		out.failed++
	case v.how == "overridden":
		out.overridden++
	default:
		out.matched++
	}
}

func (out *outcome) add(more outcome) {
	out.rows += more.rows
	out.matched += more.matched
	out.overridden += more.overridden
	out.failed += more.failed
}
