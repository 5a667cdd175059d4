package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/openvstorage/arakoon-go/model"
)

// judgeLimit bounds one search of porcupine; beyond it the history has failed.
const judgeLimit = 20 * time.Second

// judgement is what porcupine says of all histories.
type judgement struct {
	verdict model.Verdict
	ops     int
	err     error  // of the first one that failed
	picture string // its page
}

// judge has porcupine judge every round's history, two at a time, until one fails.
func judge(histories []*history, dir string) judgement {
	j := judgement{verdict: model.Linearizable}
	var mu sync.Mutex
	var wg sync.WaitGroup
	next := make(chan *history)
	for range 2 {
		wg.Go(func() {
			for h := range next {
				mu.Lock()
				failed := j.err != nil
				mu.Unlock()
				if failed {
					continue
				}
				r := model.Check(h.taken(), judgeLimit)
				mu.Lock()
				j.ops += r.Operations
				if r.Verdict != model.Linearizable && j.err == nil {
					j.verdict = r.Verdict
					j.err = fmt.Errorf("round %d: %w", h.round+1, r.Err())
					j.picture = picture(r, filepath.Join(dir, "violation.html"))
				}
				mu.Unlock()
			}
		})
	}
	for _, h := range histories {
		next <- h
	}
	close(next)
	wg.Wait()
	return j
}

// picture draws what failed and returns where it is; "" if that was impossible.
func picture(r model.Report, path string) string {
	f, err := os.Create(path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }() // a picture is a courtesy
	if r.Visualize(f) != nil {
		return ""
	}
	return path
}

// word is the verdict as the last line has it.
func (j judgement) word() string {
	switch j.verdict {
	case model.Linearizable:
		return "ok"
	case model.Violation:
		return "violation"
	case model.TimedOut:
		return "timeout"
	default:
		return "none"
	}
}
