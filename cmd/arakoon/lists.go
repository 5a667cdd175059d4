package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// defaultLimit is how many entries a list shows unless told otherwise.
const defaultLimit = 100

// listing are the flags of range and prefix.
type listing struct {
	fresh    freshness
	limit    int
	keysOnly bool
	reverse  bool
	exFirst  bool
	exLast   bool
}

func (l *listing) add(c *cobra.Command) {
	l.fresh.add(c)
	c.Flags().IntVar(&l.limit, "limit", defaultLimit, "how many at most; 0: all")
	c.Flags().BoolVar(&l.keysOnly, "keys-only", false, "print keys without values")
	c.Flags().BoolVar(&l.reverse, "reverse", false, "from the last one down")
}

func (a *app) rangeVerb() *cobra.Command {
	var l listing
	c := &cobra.Command{
		Use:   "range [FIRST [LAST]]",
		Short: "print the entries between two keys",
		Long: `Print the entries from FIRST to LAST, both included, in ascending order. Without
LAST up to the end, without FIRST from the beginning. FIRST is the lower end, also
with --reverse.`,
		Example: `  arakoon range a b
  arakoon range user/ --exclude-first --limit 0 --keys-only
  arakoon range --reverse --limit 1`,
		Args: cobra.MaximumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			span := client.All()
			for i, arg := range args {
				key, err := a.key(arg)
				if err != nil {
					return err
				}
				if i == 0 {
					span.First = bound(key, l.exFirst)
				} else {
					span.Last = bound(key, l.exLast)
				}
			}
			return a.list(cmd.Context(), span, &l)
		},
	}
	l.add(c)
	c.Flags().BoolVar(&l.exFirst, "exclude-first", false, "FIRST itself doesn't belong to the range")
	c.Flags().BoolVar(&l.exLast, "exclude-last", false, "LAST itself doesn't belong to the range")
	return c
}

func bound(key string, exclude bool) client.Bound {
	if exclude {
		return client.Excluding(key)
	}
	return client.Including(key)
}

func (a *app) prefixVerb() *cobra.Command {
	var l listing
	c := &cobra.Command{
		Use:   "prefix PREFIX",
		Short: "print the entries whose keys begin with a prefix",
		Long:  "Print the entries whose keys begin with PREFIX, in ascending order.",
		Example: `  arakoon prefix user/
  arakoon prefix user/ --keys-only --limit 0 --output plain`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			prefix, err := a.key(args[0])
			if err != nil {
				return err
			}
			return a.list(cmd.Context(), client.Prefix(prefix), &l)
		},
	}
	l.add(c)
	return c
}

// list prints the entries of a span as they arrive.
func (a *app) list(ctx context.Context, span client.Span, l *listing) error {
	span.Reverse = l.reverse
	if l.limit < 0 {
		return &usageError{fmt.Sprintf("--limit %d: it can't be negative", l.limit)}
	}
	return a.withClient(ctx, func(ctx context.Context, c *client.Client, _ *ini.Config) error {
		entries := scan(ctx, c, span, l)
		if a.isJSON() {
			return a.listJSON(entries, l)
		}
		return a.listRows(entries, l)
	})
}

// scan walks through a span, at most to the limit. Entries have no value if only
// keys are wanted.
func scan(ctx context.Context, c *client.Client, span client.Span, l *listing) iter.Seq2[client.Entry, error] {
	return func(yield func(client.Entry, error) bool) {
		n := 0
		take := func(e client.Entry, err error) bool {
			n++
			return yield(e, err) && (l.limit == 0 || n < l.limit)
		}
		if l.keysOnly {
			for key, err := range c.ScanKeys(ctx, span, l.fresh.options()...) {
				if !take(client.Entry{Key: key}, err) {
					return
				}
			}
			return
		}
		for e, err := range c.Scan(ctx, span, l.fresh.options()...) {
			if !take(e, err) {
				return
			}
		}
	}
}

func (a *app) listRows(entries iter.Seq2[client.Entry, error], l *listing) error {
	header := []string{"KEY", "VALUE"}
	if l.keysOnly {
		header = header[:1]
	}
	t := a.table(header...)
	for e, err := range entries {
		if err != nil {
			return errors.Join(t.end(), err)
		}
		cells := []string{a.show([]byte(e.Key))}
		if !l.keysOnly {
			cells = append(cells, a.show(e.Value))
		}
		if err := t.row(cells...); err != nil {
			return err
		}
	}
	return t.end()
}

// listJSON prints one object whose list is written as it arrives, one entry per
// line.
func (a *app) listJSON(entries iter.Seq2[client.Entry, error], l *listing) error {
	if a.isJSONL() {
		return a.listJSONL(entries, l)
	}
	if _, err := fmt.Fprintf(a.out, "{\"api_version\":%d,\"entries\":[", apiVersion); err != nil {
		return err
	}
	separator := "\n"
	for e, err := range entries {
		if err != nil {
			return err
		}
		text, err := encodeJSON(a.entry(&e, l))
		if err != nil {
			return err
		}
		if _, err := fmt.Fprint(a.out, separator, text); err != nil {
			return err
		}
		separator = ",\n"
	}
	_, err := fmt.Fprintln(a.out, strings.Repeat("\n", len(separator)-1)+"]}")
	return err
}

// entry is one entry as an object.
func (a *app) entry(e *client.Entry, l *listing) object {
	o := object{}
	a.put(o, "key", []byte(e.Key))
	if !l.keysOnly {
		a.put(o, "value", e.Value)
	}
	return o
}

// listJSONL prints one object per entry, as it arrives.
func (a *app) listJSONL(entries iter.Seq2[client.Entry, error], l *listing) error {
	for e, err := range entries {
		if err != nil {
			return err
		}
		if err := a.json(a.entry(&e, l)); err != nil {
			return err
		}
	}
	return nil
}
