package main

import (
	"context"

	"github.com/openvstorage/arakoon-go/sim"
)

// crew is one job of a hunt: a worker, replaced when it is lost, and whenever a
// seed is run a second time.
type crew struct {
	h   *hunt
	ctx context.Context
	w   *worker
}

// one runs a seed, and where it is wanted, or where it failed, once more: in a
// process that has run nothing before, with another seed of Go's map order and
// another place in memory. The same seed must give the same run (K18).
func (c *crew) one(seed uint64, twice bool) error {
	a, err := c.run(seed)
	if err != nil {
		return err
	}
	lost := a.Failure != nil && (a.Failure.Check == checkDied || a.Failure.Check == checkHung)
	if twice = (twice || a.Failure != nil) && !lost; twice {
		c.dismiss()
		second, err := c.run(seed)
		if err != nil {
			return err
		}
		if f := sim.Repeats(a.result(), second.result()); f != nil {
			a.Failure = f
		}
	}
	return c.h.put(a, twice)
}

// run gives the seed to the worker, and starts one where there is none.
func (c *crew) run(seed uint64) (*answer, error) {
	if c.w == nil {
		w, err := startWorker("--profile", c.h.profile.name, "--options", c.h.options, "--plant", c.h.plant)
		if err != nil {
			return nil, err
		}
		c.w = w
	}
	a, usable, err := c.w.run(c.ctx, seed, c.h.limit)
	if !usable {
		c.w = nil
	}
	return a, err
}

// dismiss ends the worker.
func (c *crew) dismiss() {
	if c.w != nil {
		c.w.end()
		c.w = nil
	}
}
