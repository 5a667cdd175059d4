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

// run replays everything twice and returns the last line, and whether all is well.
func run(w io.Writer, verbose bool) (string, bool, error) {
	rows, err := load()
	if err != nil {
		return "", false, err
	}
	asRecorded, err := pass(w, "as recorded", rows, verbose)
	if err != nil {
		return "", false, err
	}
	other := make([]row, len(rows))
	for i := range rows {
		other[i] = renamed(rows[i])
	}
	again, err := pass(w, "renamed", other, verbose)
	if err != nil {
		return "", false, err
	}
	for n, o := range overrides { // one line each, in any order
		fmt.Fprintf(w, "overridden: row %d: %s\n", n, o.reason)
	}
	renamedOK := "ok"
	if again.failed > 0 {
		renamedOK = fmt.Sprintf("failed:%d", again.failed)
	}
	line := fmt.Sprintf("golden rows=%d matched=%d overridden=%d failed=%d renamed=%s",
		asRecorded.rows, asRecorded.matched, asRecorded.overridden, asRecorded.failed, renamedOK)
	return line, asRecorded.failed == 0 && again.failed == 0, nil
}

// pass replays rows against a fresh server.
func pass(w io.Writer, name string, rows []row, verbose bool) (outcome, error) {
	s, err := startServer()
	if err != nil {
		return outcome{}, err
	}
	defer s.stop()
	p := newReplayer(s)
	defer p.close()
	o := newOracle()
	out := outcome{how: map[string]int{}}
	for i := range rows {
		v := o.judge(p, &rows[i])
		out.note(v)
		if v.err != nil {
			fmt.Fprintf(w, "FAIL %s (%s, %s): %v\n", &rows[i], name, v.how, v.err)
		} else if verbose {
			fmt.Fprintf(w, "ok   %s (%s)\n", &rows[i], v.how)
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
