package main

import (
	"os"
	"runtime/pprof"
)

// cpuProfile writes where the CPU time of a command goes to a file, in the form of
// `go tool pprof`. Of a hunt that is the parent, which only watches: what runs cost is
// told by run, replay, or a worker that is fed by hand.
type cpuProfile struct{ file *os.File }

// start begins to write; with no name there is nothing to do.
func (p *cpuProfile) start(name string) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	p.file = f
	return pprof.StartCPUProfile(f)
}

func (p *cpuProfile) stop() error {
	if p.file == nil {
		return nil
	}
	pprof.StopCPUProfile()
	return p.file.Close()
}
