// Command tla checks the bounded models of the spec in tla/ with TLC, and holds
// each against what it is there to show (tla/models.txt): that it holds, with so
// many states; that it is refuted, because a rule was left out; that it reaches
// what a model that is too small would not.
//
// TLC comes from Maven Central (mvn dependency:get) and is checked by its sha256;
// TLA2TOOLS_JAR names another jar instead. It writes nothing beside the specs.
//
//	go run ./cmd/tla                            the short tier, two models at a time
//	go run ./cmd/tla --tier all                 everything
//	go run ./cmd/tla --only MCtiny --output json
//	go run ./cmd/tla --only MCtiny --measure    the line for models.txt
//	go run ./cmd/tla --traces 100               runs of the simulator, step by step
//
// It ends with "models=N passed=N failed=N seconds=S", and with 1 if a model
// failed, 2 if nothing could be checked.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	exitFailed = 1
	exitUsage  = 2
)

type settings struct {
	dir, tier, only, output string
	jobs, heapMB            int
	limit                   time.Duration
	measure                 bool
	traces                  int
	seed                    uint64
}

func main() {
	var s settings
	flag.StringVar(&s.dir, "dir", "tla", "`folder` of the specs")
	flag.StringVar(&s.tier, "tier", tierShort, "short, long or all")
	flag.StringVar(&s.only, "only", "", "check just these `models`, parted by commas")
	flag.StringVar(&s.output, "output", "text", "text or json")
	flag.IntVar(&s.jobs, "jobs", 2, "models at a time")
	flag.IntVar(&s.heapMB, "heap", 2048, "`MiB` of heap per model")
	flag.DurationVar(&s.limit, "limit", time.Hour, "most that one model may take")
	flag.BoolVar(&s.measure, "measure", false, "print what was seen as lines of models.txt")
	flag.IntVar(&s.traces, "traces", 0, "validate so many `runs` of the simulator instead, and lies in them")
	flag.Uint64Var(&s.seed, "seed", 1, "first `seed` of those runs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	failed, err := run(ctx, s)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "tla: %v\n", err)
		os.Exit(exitUsage)
	}
	if failed {
		os.Exit(exitFailed)
	}
}

// run checks the models that were asked for and returns whether one failed.
func run(ctx context.Context, s settings) (bool, error) {
	if s.output != "text" && s.output != "json" || s.jobs < 1 || flag.NArg() > 0 {
		return false, fmt.Errorf("unknown arguments: see --help")
	}
	if s.traces > 0 {
		return validateTraces(ctx, s)
	}
	all, err := loadModels(s.dir)
	if err != nil {
		return false, err
	}
	models, err := choose(all, s.tier, names(s.only))
	if err != nil {
		return false, err
	}
	c, err := newChecker(ctx, s)
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(c.work)
	start := time.Now()
	p := report{out: os.Stdout, json: s.output == "json", measure: s.measure}
	c.checkAll(ctx, models, s.jobs, p.add)
	p.sum(time.Since(start))
	return p.failed > 0, nil
}

// validateTraces returns whether spec and core disagree.
func validateTraces(ctx context.Context, s settings) (bool, error) {
	c, err := newChecker(ctx, s)
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(c.work)
	err = runTraces(ctx, &tracer{c: c, out: os.Stdout}, s.seed, s.traces)
	if errors.Is(err, errRefused) || errors.Is(err, errBlind) {
		fmt.Fprintf(os.Stderr, "tla: %v\n", err)
		return true, nil
	}
	return false, err
}

func names(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}

func newChecker(ctx context.Context, s settings) (*checker, error) {
	java, err := findJava()
	if err != nil {
		return nil, err
	}
	jar, err := findJar(ctx)
	if err != nil {
		return nil, err
	}
	if jar, err = filepath.Abs(jar); err != nil {
		return nil, err
	}
	work, err := os.MkdirTemp("", "tla-")
	if err != nil {
		return nil, err
	}
	return &checker{java: java, jar: jar, dir: s.dir, work: work, heapMB: s.heapMB, limit: s.limit}, nil
}
