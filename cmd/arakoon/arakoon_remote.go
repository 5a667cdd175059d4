package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/openvstorage/arakoon-go/realnet/ini"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// exitCollapse is Arakoon's code for a collapse that failed.
const exitCollapse = 255

// runArakoonRemote does one of Arakoon's actions on the files of one node. They
// print nothing if they succeed.
func (a *app) runArakoonRemote(call *arakoonCall) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := remoteAction(ctx, call)
	if err != nil && call.action == "--collapse-remote" {
		fmt.Fprintf(a.err, "collapse failed: %v\n", err)
		return exitCollapse
	}
	return a.arakoonEnd(err)
}

func remoteAction(ctx context.Context, call *arakoonCall) error {
	args := call.args
	port, err := strconv.Atoi(args[2])
	if err != nil {
		return err
	}
	r, err := dialRemote(ctx, args[0], &ini.Node{Name: args[1] + ":" + args[2], IPs: []string{args[1]}, ClientPort: port})
	if err != nil {
		return err
	}
	defer r.close()
	switch call.action {
	case "--backup-db":
		return r.backup(ctx, args[3], func(int64, int64) {})
	case "--optimize-db":
		return r.do(ctx, wire.OpOptDB, wire.AppendCommand(nil, wire.OpOptDB))
	case "--defrag-db":
		return r.do(ctx, wire.OpDefragDB, wire.AppendCommand(nil, wire.OpDefragDB))
	}
	keep, err := strconv.ParseInt(args[3], 10, 32)
	switch {
	case err != nil:
		return err
	case call.action == "--copy-db-to-head":
		return r.do(ctx, wire.OpCopyDBToHead, wire.AppendCopyDBToHead(nil, int32(keep)))
	default:
		return r.collapse(ctx, int32(keep), func(int, int) {})
	}
}
