package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
)

// TestMain lets scripts run this binary as arakoon.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"arakoon": main})
}

// TestScripts runs the transcripts in testdata/script. Each has a folder of its
// own with one.ini, a cluster of one node that isn't started, and
// $ARAKOON_CONFIG set to it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"),
		// A command that should have been refused would run for ever.
		Deadline: time.Now().Add(2 * time.Minute),
		Setup: func(env *testscript.Env) error {
			ports, err := cluster.FreePorts(4)
			if err != nil {
				return err
			}
			// The race detector would let every process sleep for a second at its end.
			env.Setenv("GORACE", "atexit_sleep_ms=0")
			env.Setenv("ARAKOON_CONFIG", filepath.Join(env.WorkDir, "one.ini"))
			env.Setenv("PORT", strconv.Itoa(ports[0]))
			env.Setenv("FREEPORT", strconv.Itoa(ports[3])) // nobody listens here
			if err := os.Mkdir(filepath.Join(env.WorkDir, "home"), 0o755); err != nil {
				return err
			}
			text := fmt.Sprintf("[global]\ncluster = n0\ncluster_id = one\nlease_period_ms = 500\nquorum_rule = locality\n"+
				"[n0]\ndatacentre = west\nip = 127.0.0.1\nclient_port = %d\nmessaging_port = %d\nadmin_port = %d\nhome = %s\nlog_level = debug\n",
				ports[0], ports[1], ports[2], filepath.Join(env.WorkDir, "home"))
			return os.WriteFile(filepath.Join(env.WorkDir, "one.ini"), []byte(text), 0o644)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){"exits": exits, "signal": signalAll, "flip": flip, "garble": garble},
	})
}

// exits CODE COMMAND...: runs the command and wants it to end with that code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		code = exit.ExitCode()
	case err != nil:
		ts.Fatalf("%v: %v", args[1:], err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("%v: exit code %d, want %s", args[1:], code, args[0])
	}
}

// flip FILE OFFSET: changes a byte of a file.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip FILE OFFSET")
	}
	offset, err := strconv.Atoi(args[1])
	ts.Check(err)
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	b[offset] ^= 0x10
	ts.Check(os.WriteFile(path, b, 0o600))
}

// garble FILE: changes a byte in every page of a store but the first two, which say
// where the others are.
func garble(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: garble FILE")
	}
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	const page = 4096
	for at := 2*page + 100; at < len(b); at += page {
		b[at] ^= 0x10
	}
	ts.Check(os.WriteFile(path, b, 0o600))
}

// signalAll NAME: sends a signal to every process in the background.
func signalAll(ts *testscript.TestScript, neg bool, args []string) {
	names := map[string]os.Signal{"TERM": syscall.SIGTERM, "INT": os.Interrupt, "USR1": syscall.SIGUSR1}
	if neg || len(args) != 1 || names[args[0]] == nil {
		ts.Fatalf("usage: signal TERM|INT|USR1")
	}
	for _, cmd := range ts.BackgroundCmds() {
		if err := cmd.Process.Signal(names[args[0]]); err != nil {
			ts.Fatalf("pid %d: %v", cmd.Process.Pid, err)
		}
	}
}
