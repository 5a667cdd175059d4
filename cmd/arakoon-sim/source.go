package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/sim"
)

// source is the run that a command is about: a seed, or a schedule file.
type source struct {
	seed    uint64
	options string
	// Of a file:
	file string
	rec  sim.Recording
}

// flags adds those that a seed has.
func (s *source) flags(cmd *cobra.Command) {
	cmd.Flags().Uint64Var(&s.seed, "seed", 1, "which run")
	cmd.Flags().StringVar(&s.options, "options", "", "change the seed's own options: name=value,…")
}

// load takes the argument, if there is one: a number is a seed, all else a file.
func (s *source) load(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if seed, err := strconv.ParseUint(args[0], 10, 64); err == nil {
		s.seed = seed
		return nil
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		return err
	}
	s.file = args[0]
	if s.rec, err = sim.ParseRecording(s.file, string(text)); err != nil {
		return usagef("%v", err)
	}
	if s.rec.Options, err = sim.ParseOptions(s.rec.Options, s.options); err != nil {
		return usagef("%v", err)
	}
	return s.plant(cmd)
}

// plant switches on the bugs that the file names, unless the command line names some.
func (s *source) plant(cmd *cobra.Command) error {
	given, _ := cmd.Flags().GetString("plant")
	switch {
	case s.rec.Plant == "" || given != "":
		return nil
	case plantedBugs() == nil:
		fmt.Fprintf(cmd.ErrOrStderr(), "%s is of a run with planted bugs (%s); this build has none\n", s.file, s.rec.Plant)
		return nil
	default:
		return plantAll(s.rec.Plant)
	}
}

// world makes the world of the run.
func (s *source) world() (*sim.World, error) {
	if s.file != "" {
		return s.rec.World(), nil
	}
	opts, err := sim.ParseOptions(sim.Swarm(s.seed), s.options)
	if err != nil {
		return nil, usagef("%v", err)
	}
	return sim.New(s.seed, opts, sim.NewRandom(s.seed)), nil
}

// recording returns the run as a schedule: of a seed, by running it.
func (s *source) recording(cmd *cobra.Command) (sim.Recording, error) {
	if s.file != "" {
		return s.rec, nil
	}
	w, err := s.world()
	if err != nil {
		return sim.Recording{}, err
	}
	r := w.Run()
	return record(cmd, &r), nil
}

// record keeps the run of a result, with what this binary knows about itself.
func record(cmd *cobra.Command, r *sim.Result) sim.Recording {
	rec := sim.Recorded(r)
	rec.Commit = commit()
	rec.Plant, _ = cmd.Flags().GetString("plant")
	return rec
}
