package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

// untilSignal returns a context that ends at an interrupt or a termination, with
// the exit code of that as its cause. A second signal ends the process as usual.
func untilSignal(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			cancel(exitError(128 + int(s.(syscall.Signal))))
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}

// signalled returns the exit code of the signal that ended the context; nil if none
// did.
func signalled(ctx context.Context) error {
	var code exitError
	if ctx.Err() != nil && errors.As(context.Cause(ctx), &code) {
		return code
	}
	return nil
}
