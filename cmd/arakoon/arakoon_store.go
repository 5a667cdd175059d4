package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// runArakoonStore does one of Arakoon's actions on the file of a store: 0, or 1 if
// something is wrong with it.
func (a *app) runArakoonStore(call *arakoonCall) int {
	f, err := a.openStore(call.args, "")
	if err == nil {
		defer f.Close()
		if call.action == "--verify-db" {
			err = verifyStore(a.err, f)
		} else {
			w := bufio.NewWriter(a.out)
			err = errors.Join(dumpAsArakoon(w, f, call.dumpValues), w.Flush())
		}
	}
	if err != nil {
		fmt.Fprintf(a.err, "problem:%v\n", err)
		return exitFailure
	}
	return exitOK
}

// verifyStore is --verify-db: it reads everything.
func verifyStore(w io.Writer, f storeFile) error {
	r, err := tree.Check(f, f.name, nil)
	if err != nil {
		return err
	}
	for _, x := range r.Findings {
		fmt.Fprintf(w, "page %d: %s\n", x.Page, x.Text)
	}
	fmt.Fprintf(w, "%d keys, content digest %v\n", r.Keys, r.Sum)
	if !r.Clean() {
		return errIntegrity
	}
	return nil
}

// dumpAsArakoon is --dump-store: the counter first, then what Arakoon keeps beside
// the keys and this store doesn't, then the entries if they are asked for.
func dumpAsArakoon(w io.Writer, f storeFile, values bool) error {
	t, err := tree.Open(f, f.name, tree.Options{})
	if err != nil {
		return err
	}
	root := t.Root()
	err = dumpRoot(w, root, values)
	root.Release()
	return errors.Join(err, t.Close())
}

func dumpRoot(w io.Writer, root *tree.Root, values bool) error {
	counter := "None"
	if i := root.Meta().Applied; i > 0 {
		counter = fmt.Sprintf("Some (\"%d\")", i)
	}
	fmt.Fprintf(w, "i: %s\n", counter)
	for _, name := range []string{"master", "routing", "interval", "cluster_id"} {
		fmt.Fprintf(w, "%s : --\n", name)
	}
	if !values {
		return nil
	}
	c := root.Cursor()
	for ok := c.SeekGE(""); ok; ok = c.Next() {
		value := c.Value()
		if c.Err() != nil {
			break
		}
		if _, err := fmt.Fprintf(w, "%s\t%s\n", command.Quote(string(c.Key())), command.Quote(string(value))); err != nil {
			return err
		}
	}
	return c.Err()
}
