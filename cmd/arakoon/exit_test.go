package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/tlog"
	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// TestExitCodes: scripts branch on them, so the table is the contract.
func TestExitCodes(t *testing.T) {
	n := &ini.Node{TLogDir: "d"}
	for _, c := range []struct {
		err  error
		code int
	}{
		{nil, 0},
		{errors.New("anything"), 1},
		{&usageError{"x"}, 2},
		{&ini.Error{Code: ini.ExitSyntax}, 2},
		{&ini.Error{Code: ini.ExitConfig}, 66},
		{problem(&ini.Error{Code: ini.ExitConfig}), 66},
		{&client.Error{Err: client.ErrNotFound}, 3},
		{&client.Error{Err: client.ErrAssertionFailed}, 4},
		{errNotSwapped, 4},
		{&client.Error{Err: client.ErrNoMaster, Cause: context.DeadlineExceeded}, 5},
		{&client.Error{Err: client.ErrUnavailable}, 5},
		{&client.Error{Err: client.ErrStale}, 5},
		{&client.Error{Err: client.ErrOutcomeUnknown, Cause: context.DeadlineExceeded}, 6},
		{context.DeadlineExceeded, 6},
		{&client.Error{Err: client.ErrLimit}, 8},
		{&silentError{fmt.Errorf("said: %w", client.ErrNoMaster)}, 5},
		{refused(n, fmt.Errorf("x: %w", disk.ErrLocked)), 66},
		{refused(n, fmt.Errorf("x: %w", tlog.ErrDamaged)), 49},
		{refused(n, fmt.Errorf("x: %w", tlog.ErrMissing)), 50},
		{refused(n, fmt.Errorf("x: %w", tlog.ErrForeign)), 50},
		{refused(n, fmt.Errorf("x: %w", tlog.ErrNewer)), 50},
		{refused(n, errors.New("address in use")), 1},
	} {
		require.Equal(t, c.code, exitCode(c.err), "%v", c.err)
	}
}

func TestASignalIsTheReason(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	require.Equal(t, exitUnavailable, interrupted(ctx, exitUnavailable))
	cancel()
	require.Equal(t, exitInterrupted, interrupted(ctx, exitUnavailable))
	require.Equal(t, exitOK, interrupted(ctx, exitOK))
	require.Equal(t, exitUnknown, interrupted(ctx, exitUnknown), "it may have happened")
}
