package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/openvstorage/arakoon-go/realnet/ini"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// app is one run of the command.
type app struct {
	in       io.Reader
	out, err io.Writer
	flags    flags
	// ran is set when a verb's own code has begun: errors before that are about
	// the arguments.
	ran bool
}

// run is main without the process.
func run(args []string, in io.Reader, out, errw io.Writer) int {
	a := &app{in: in, out: out, err: errw}
	if isArakoonForm(args) {
		return a.runArakoon(args)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := a.root()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.ran {
		err = &usageError{err.Error()}
	}
	a.explain(err)
	return interrupted(ctx, exitCode(err))
}

// interrupted changes the code of a failure that a signal caused, unless it says
// more: that an update may have happened.
func interrupted(ctx context.Context, code int) int {
	if ctx.Err() == nil || code == exitOK || code == exitUnknown {
		return code
	}
	return exitInterrupted
}

// explain prints an error: cause, then next step.
func (a *app) explain(err error) {
	var silent *silentError
	if err == nil || errors.As(err, &silent) {
		return
	}
	fmt.Fprintf(a.err, "arakoon: %s\n", strings.TrimPrefix(err.Error(), "arakoon: "))
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintln(a.err, "  next: arakoon help, or arakoon help VERB")
	} else if next := nextStep(err); next != "" {
		fmt.Fprintln(a.err, "  next: "+next)
	}
}

// silentError ends the process with the code of err and prints nothing: the
// output has said it.
type silentError struct{ err error }

func (e *silentError) Error() string { return e.err.Error() }
func (e *silentError) Unwrap() error { return e.err }

// warn prints what a configuration file says in vain.
func (a *app) warn(warnings []ini.Warning) {
	for _, w := range warnings {
		fmt.Fprintln(a.err, "warning: "+w.String())
	}
}
