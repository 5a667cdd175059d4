// Command uncovered judges the statements that no test and no simulated run has
// reached. It reads a profile of "go test -coverprofile", takes the union of what
// all packages' tests reached, and sorts what is left:
//
//   - assertions of own state, which only a bug reaches;
//   - errors of a disk, a decoder or a callee that are only passed on;
//   - methods without statements that make a type one of a sealed set;
//   - everything else, which must be judged one by one in the file of judgements.
//
// It ends with 1 if the share that was reached is too small, if something is not
// judged, or if a judgement is of a statement that is gone. A judgement of what was
// reached is only told: many tests draw their inputs, so a rare statement may be
// reached today and not tomorrow.
//
//	go test -coverpkg=./core/...,./kvstore/... -coverprofile=c.out ./core/... ./kvstore/... ./sim
//	go run ./cmd/uncovered -judged docs/uncovered.txt c.out
package main

import (
	"flag"
	"fmt"
	"os"
)

const module = "github.com/openvstorage/arakoon-go/"

func main() {
	judged := flag.String("judged", "", "`file` of judgements: \"path func | statement | reason\" per line")
	least := flag.Float64("least", 90, "the least share of statements that is to be reached, in `percent`")
	list := flag.Bool("list", false, "list every statement that was not reached, with its sort")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "uncovered: the profile is wanted: uncovered [flags] PROFILE")
		os.Exit(2)
	}
	ok, err := run(flag.Arg(0), *judged, *least, *list)
	if err != nil {
		fmt.Fprintf(os.Stderr, "uncovered: %v\n", err)
		os.Exit(1)
	}
	if !ok {
		os.Exit(1)
	}
}

// run prints the verdict and returns whether it is good.
func run(profile, judged string, least float64, list bool) (bool, error) {
	blocks, err := readProfile(profile)
	if err != nil {
		return false, err
	}
	reasons, err := readJudgements(judged)
	if err != nil {
		return false, err
	}
	var t tally
	for _, b := range blocks {
		t.all += b.statements
		what, err := sortOf(b)
		if err != nil {
			return false, err
		}
		if b.reached {
			reasons.see(what.key)
			continue
		}
		if what.sort == other && reasons.take(what.key) {
			what.sort = judgedOne
		}
		t.add(what, b.statements)
		if list || what.sort == other {
			fmt.Printf("%s:%d: %s: %s\n", b.path, b.line, what.sort, what.key)
		}
	}
	gone := 0
	for _, key := range reasons.unused() {
		state := "what was reached this time"
		if !reasons.seen[key] {
			state = "what is gone"
			gone++
		}
		fmt.Printf("%s: a judgement of %s: %s\n", judged, state, key)
	}
	fmt.Println(&t)
	return t.share() >= least && t.count[other] == 0 && gone == 0, nil
}
