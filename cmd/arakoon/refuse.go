package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/core/tlog"
	"github.com/openvstorage/arakoon-go/kvstore"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// Exit codes with which a node refuses to start, as Arakoon's.
const (
	refuseTLogDir    = 43 // tlog directory missing or not writable
	refuseHomeDir    = 44 // home directory missing or not writable
	refuseStore      = 45 // the store is damaged
	refuseTLXDir     = 46 // directory of compressed segments missing or not writable
	refuseHeadDir    = 47 // directory of a witness's tree missing or not writable
	refuseDamaged    = 49 // the log is damaged
	refuseMissing    = 50 // a file of the log is missing, or the log isn't this node's
	refuseConfigured = 66 // configuration, lock
)

// refusal is a node that can't start. Its text names cause and next step.
type refusal struct {
	code int
	err  error
}

func (r *refusal) Error() string { return r.err.Error() }
func (r *refusal) Unwrap() error { return r.err }

func refusef(code int, format string, args ...any) error {
	return &refusal{code, fmt.Errorf(format, args...)}
}

// checkDirs refuses directories that are missing or can't be written.
func checkDirs(n *ini.Node) error {
	for _, d := range []struct {
		key, path string
		code      int
	}{
		{"home", n.Home, refuseHomeDir},
		{"tlog_dir", n.TLogDir, refuseTLogDir},
		{"tlx_dir", n.TLXDir, refuseTLXDir},
		{"head_dir", n.StoreDir(), refuseHeadDir},
	} {
		if err := probe(d.path); err != nil {
			return refusef(d.code, "%s of node %s: %w; create the directory and make it writable for this user", d.key, n.Name, err)
		}
	}
	return nil
}

// probe writes and syncs a byte in dir, as Arakoon does at its start.
func probe(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", dir)
	}
	name := filepath.Join(dir, fmt.Sprintf("touch-%d", os.Getpid()))
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	_, werr := f.Write([]byte{0})
	return errors.Join(werr, f.Sync(), f.Close(), os.Remove(name))
}

// refused gives the error of a server that did not start its exit code.
func refused(n *ini.Node, err error) error {
	switch {
	case errors.Is(err, disk.ErrLocked):
		return refusef(refuseConfigured, "Could not get the required lock at %s, this node must already be running in another process: %w; stop that one first", n.TLogDir, err)
	case errors.Is(err, tlog.ErrDamaged):
		return &refusal{refuseDamaged, err}
	case errors.Is(err, tree.ErrDamaged):
		return refusef(refuseStore, "%w; move %s away and start again: the node rebuilds it from its log or from another node", err, filepath.Join(n.StoreDir(), n.StoreFile()))
	case errors.Is(err, tlog.ErrMissing), errors.Is(err, tlog.ErrForeign), errors.Is(err, tlog.ErrNewer),
		errors.Is(err, kvstore.ErrForeign), errors.Is(err, tree.ErrForeign), errors.Is(err, tree.ErrNewer):
		return &refusal{refuseMissing, err}
	}
	return err
}
