package client

import (
	"context"
	"iter"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Span is a range of keys to walk through. The zero Span is everything but the
// empty key; use All for everything.
type Span struct {
	First, Last Bound // the lower and the upper end
	Reverse     bool  // from the upper end down
}

// All is the span of all keys.
func All() Span { return Span{First: Open(), Last: Open()} }

// Between is the span from one key to another, both included.
func Between(first, last string) Span { return Span{First: Including(first), Last: Including(last)} }

// Prefix is the span of the keys that begin with p.
func Prefix(p string) Span {
	first, last := command.PrefixBounds(p)
	return Span{First: first, Last: last}
}

// Reversed is the span walked the other way.
func (s Span) Reversed() Span {
	s.Reverse = !s.Reverse
	return s
}

// after is what is left of the span behind key.
func (s Span) after(key string) Span {
	if s.Reverse {
		s.Last = Excluding(key)
	} else {
		s.First = Excluding(key)
	}
	return s
}

// The pages of a walk: as many entries as make about pageBytes, judged by the
// page before.
const (
	firstPage = 16
	mostPage  = 10_000
	pageBytes = 1 << 20
)

func nextPage(entries, size int) int32 {
	n := pageBytes / max(size/entries, 1)
	return int32(min(max(n, 1), mostPage, entries*8))
}

// Scan walks through the entries of a span, page by page. Each page is one read,
// so a walk sees updates that are made while it is under way, where it hasn't
// been yet. An error ends the walk.
func (c *Client) Scan(ctx context.Context, span Span, opts ...ReadOption) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		limit := int32(firstPage)
		for {
			page, err := c.page(ctx, span, limit, opts)
			if err != nil {
				yield(Entry{}, err)
				return
			}
			size := 0
			for _, e := range page {
				if !yield(e, nil) {
					return
				}
				size += len(e.Key) + len(e.Value)
			}
			if len(page) < int(limit) {
				return
			}
			span = span.after(page[len(page)-1].Key)
			limit = nextPage(len(page), size)
		}
	}
}

func (c *Client) page(ctx context.Context, span Span, limit int32, opts []ReadOption) ([]Entry, error) {
	if span.Reverse {
		return c.RevRangeEntries(ctx, span.Last, span.First, limit, opts...)
	}
	return c.RangeEntries(ctx, span.First, span.Last, limit, opts...)
}

// ScanKeys walks through the keys of a span as Scan does, without the values
// (a reverse walk reads them all the same: Arakoon has no command for it).
func (c *Client) ScanKeys(ctx context.Context, span Span, opts ...ReadOption) iter.Seq2[string, error] {
	if span.Reverse {
		return func(yield func(string, error) bool) {
			for e, err := range c.Scan(ctx, span, opts...) {
				if !yield(e.Key, err) {
					return
				}
			}
		}
	}
	return func(yield func(string, error) bool) {
		limit := int32(firstPage)
		for {
			keys, err := c.Range(ctx, span.First, span.Last, limit, opts...)
			if err != nil {
				yield("", err)
				return
			}
			size := 0
			for _, k := range keys {
				if !yield(k, nil) {
					return
				}
				size += len(k)
			}
			if len(keys) < int(limit) {
				return
			}
			span = span.after(keys[len(keys)-1])
			limit = nextPage(len(keys), size)
		}
	}
}
