package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/trial/load"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// book is what one writer sent, in order: key n of writer i is written once, and
// the writer's own mark is written over and over.
type book struct {
	id    int
	sent  int // updates sent: number 0 to sent-1
	acked []bool
	acks  atomic.Int64
}

// markEvery says how often a writer writes its mark instead of a new key.
const markEvery = 4

// update is the n-th update of a writer.
func (b *book) update(n int) (key, value string) {
	if n%markEvery == 0 {
		return fmt.Sprintf("mark/%d", b.id), fmt.Sprint(n)
	}
	return fmt.Sprintf("page/%d/%d", b.id, n), fmt.Sprintf("%d of %d", n, b.id)
}

// write writes until ctx ends, one update after the other.
func (b *book) write(ctx context.Context, router *load.Router, cluster string) {
	for ctx.Err() == nil {
		address, err := router.Address(ctx)
		if err != nil {
			return
		}
		c, err := load.Dial(ctx, address, cluster)
		if err == nil {
			stop := context.AfterFunc(ctx, c.Close)
			b.session(ctx, c)
			stop()
			c.Close()
		}
		router.Lost(address)
		select {
		case <-ctx.Done():
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (b *book) session(ctx context.Context, c *load.Conn) {
	for ctx.Err() == nil {
		key, value := b.update(b.sent)
		b.sent++
		b.acked = append(b.acked, false)
		if c.Send(wire.AppendUpdate(nil, command.Set{Key: key, Value: []byte(value)})) != nil || c.Receive(load.Unit) != nil {
			return
		}
		b.acked[b.sent-1] = true
		b.acks.Add(1)
	}
}

// library is the books of all writers.
type library []*book

// verdict compares the books with what is left.
type verdict struct {
	acked, proven, missing int
	strange                int // entries that nobody wrote
	example                string
}

// judge looks every acknowledged update up. One that a later update overwrote is
// proven by that one: its writer wrote one after the other.
func (l library) judge(entries map[string]string) verdict {
	var v verdict
	written := 0
	for _, b := range l {
		written += b.judge(entries, &v)
	}
	v.strange += len(entries) - written
	if v.strange > 0 && v.example == "" {
		v.example = fmt.Sprintf("%d entries that nobody wrote", v.strange)
	}
	return v
}

// judge judges one writer's updates, and returns how many of the entries are its.
func (b *book) judge(entries map[string]string, v *verdict) int {
	written, mark := 0, -1
	if text, ok := entries[fmt.Sprintf("mark/%d", b.id)]; ok {
		written++
		if _, err := fmt.Sscan(text, &mark); err != nil || mark >= b.sent || mark%markEvery != 0 {
			v.strange++
			v.example = fmt.Sprintf("mark/%d is %q", b.id, text)
		}
	}
	for n := range b.sent {
		key, value := b.update(n)
		got, ok := entries[key]
		holds := ok && got == value
		if n%markEvery == 0 {
			holds = n <= mark
		} else if ok {
			written++
		}
		switch {
		case ok && n%markEvery != 0 && !holds:
			v.strange++
			v.example = fmt.Sprintf("%s is %q, %q was written", key, got, value)
		case b.acked[n] && !holds:
			v.acked, v.missing = v.acked+1, v.missing+1
			v.example = fmt.Sprintf("%s = %q was acknowledged and is not there", key, value)
		case b.acked[n]:
			v.acked, v.proven = v.acked+1, v.proven+1
		}
	}
	return written
}

// readDump reads lines of a key, a tab and a value. What the trial writes needs no
// escaping.
func readDump(path string) (map[string]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it is only read
	entries := map[string]string{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		key, value, ok := strings.Cut(lines.Text(), "\t")
		if !ok {
			return nil, fmt.Errorf("%s: %q is no key and value", path, lines.Text())
		}
		if _, twice := entries[key]; twice {
			return nil, errors.New(path + ": " + key + " comes twice")
		}
		entries[key] = value
	}
	return entries, lines.Err()
}
