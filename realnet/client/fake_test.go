package client

import (
	"bytes"
	"errors"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// cluster is a set of fake nodes around one map: as much of Arakoon as the
// client needs to be tested, with a place for every bad habit of a server.
type cluster struct {
	t     *testing.T
	mu    sync.Mutex
	data  map[string][]byte
	nodes []*fake
	// master is who the nodes say is the master; "" nobody.
	master string
	sets   int // updates executed
}

// fake is one node. Its hook, if any, may react to a request in its own way.
type fake struct {
	*cluster
	name string
	ln   net.Listener
	hook func(r wire.Request) reaction // nil reaction: the normal one
	gone chan struct{}
	wg   sync.WaitGroup
	seen int // connections
}

// reaction is what a node does with a request. Zero: what a good one does.
type reaction struct {
	say     []byte // instead of the answer
	close   bool   // hang up, after what is said
	stall   bool   // say nothing, keep the connection
	execute bool   // execute it all the same
}

func (r reaction) bad() bool { return r.say != nil || r.close || r.stall }

func newCluster(t *testing.T, names ...string) *cluster {
	c := &cluster{t: t, data: map[string][]byte{}, master: names[0]}
	for _, n := range names {
		f := &fake{cluster: c, name: n}
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		f.listen(ln)
		c.nodes = append(c.nodes, f)
	}
	t.Cleanup(func() {
		for _, f := range c.nodes {
			f.stop()
		}
	})
	return c
}

func (f *fake) listen(ln net.Listener) {
	f.ln, f.gone = ln, make(chan struct{})
	f.wg.Go(func() {
		for {
			nc, err := ln.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.seen++
			f.mu.Unlock()
			f.wg.Go(func() { f.serve(nc) })
		}
	})
}

func (f *fake) stop() {
	select {
	case <-f.gone:
		return
	default:
	}
	close(f.gone)
	_ = f.ln.Close()
	f.wg.Wait()
}

func (f *fake) restart() {
	ln, err := net.Listen("tcp", f.ln.Addr().String())
	require.NoError(f.t, err)
	f.listen(ln)
}

func (c *cluster) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

// executed is the number of updates executed so far.
func (c *cluster) executed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sets
}

func (f *fake) serve(nc net.Conn) {
	defer nc.Close()
	over := make(chan struct{})
	defer close(over)
	f.wg.Go(func() { // a node that stops hangs up
		select {
		case <-f.gone:
			_ = nc.Close()
		case <-over:
		}
	})
	var buf []byte
	var s wire.Scanner
	prologue := false
	chunk := make([]byte, 4096)
	for {
		n, err := nc.Read(chunk)
		if err != nil {
			return
		}
		buf = append(buf, chunk[:n]...)
		if !prologue {
			used, err := wire.ReadPrologue(buf, "ricky")
			if errors.Is(err, wire.ErrShort) {
				continue
			}
			if err != nil {
				return
			}
			prologue, buf = true, buf[used:]
		}
		for {
			size, err := s.Scan(buf)
			if err != nil {
				return
			}
			if size == 0 {
				break
			}
			r, err := wire.DecodeRequest(bytes.Clone(buf[:size]))
			if err != nil {
				return
			}
			buf = buf[size:]
			if !f.handle(nc, r) {
				return
			}
		}
	}
}

func (f *fake) handle(nc net.Conn, r wire.Request) bool {
	f.mu.Lock()
	hook := f.hook
	f.mu.Unlock()
	var re reaction
	if hook != nil {
		re = hook(r)
	}
	if !re.bad() {
		answer, closes := f.answer(r)
		_, err := nc.Write(answer)
		return err == nil && !closes
	}
	if re.execute {
		f.answer(r)
	}
	if re.say != nil {
		_, _ = nc.Write(re.say)
	}
	if re.stall {
		<-f.gone
	}
	return !re.close
}

func (f *fake) answer(r wire.Request) (b []byte, closes bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fail := func(code command.Code, msg string) ([]byte, bool) {
		return wire.AppendError(nil, code, msg), wire.Closes(code)
	}
	switch {
	case r.Op == wire.OpWhoMaster:
		o := command.None
		if f.master != "" {
			o = command.Some([]byte(f.master))
		}
		return wire.AppendOption(wire.AppendOK(nil), o), false
	case r.Op == wire.OpGetTxID:
		return wire.AppendStamp(nil, int64(f.sets)), false
	case r.Op == wire.OpVersion:
		return wire.AppendVersion(nil, [3]int32{1, 9, 25}, "info"), false
	case r.Op == wire.OpCurrentState:
		return wire.AppendString(wire.AppendOK(nil), f.name), false
	case r.Op == wire.OpStatistics:
		stats := wire.AppendField(nil, wire.List("arakoon_stats", wire.Int32("n", 3)))
		return wire.AppendString(wire.AppendOK(nil), stats), false
	case r.Op == wire.OpPing:
		return wire.AppendString(wire.AppendOK(nil), "Arakoon 1.9.25"), false
	case r.Op == wire.OpExpectProgressPossible:
		return wire.AppendBool(wire.AppendOK(nil), true), false
	case r.Update == nil && r.Query == nil:
		return wire.AppendOK(nil), false
	case r.Consistency.Strictness == wire.AtLeast && r.Consistency.Stamp > int64(f.sets):
		return fail(command.CodeInconsistentRead, wire.MsgNotFresh)
	case r.Consistency.Strictness == wire.Consistent && f.master != f.name:
		if f.master == "" {
			return fail(command.CodeNotMaster, wire.MsgNone)
		}
		return fail(command.CodeNotMaster, f.master)
	case r.Update != nil:
		f.sets++
		result := f.apply(r.Update)
		return wire.AppendResult(nil, r.Op, result), wire.Closes(result.Code)
	default:
		a := f.query(r.Query)
		return wire.AppendAnswer(nil, r.Op, a), false
	}
}

func (c *cluster) option(key string) command.Option {
	if v, ok := c.data[key]; ok {
		return command.Some(v)
	}
	return command.None
}

func (c *cluster) put(key string, o command.Option) {
	if o.Some {
		c.data[key] = o.Bytes
	} else {
		delete(c.data, key)
	}
}

func (c *cluster) apply(u command.Update) command.Result {
	switch u := u.(type) {
	case command.Set:
		c.data[u.Key] = u.Value
	case command.Confirm:
		c.data[u.Key] = u.Value
	case command.Delete:
		if !c.option(u.Key).Some {
			return command.Failed(command.CodeNotFound, u.Key)
		}
		delete(c.data, u.Key)
	case command.DeletePrefix:
		n := 0
		for k := range c.data { // any order: all of them go
			if strings.HasPrefix(k, u.Prefix) {
				delete(c.data, k)
				n++
			}
		}
		return command.Result{Count: n}
	case command.TestAndSet:
		old := c.option(u.Key)
		if old.Equal(u.Expected) {
			c.put(u.Key, u.Wanted)
		}
		return command.Result{Option: old}
	case command.Replace:
		old := c.option(u.Key)
		c.put(u.Key, u.Wanted)
		return command.Result{Option: old}
	case command.Sequence:
		for _, step := range u.Updates {
			if r := c.apply(step); r.Code != command.CodeOK {
				return r
			}
		}
	case command.Assert:
		if !c.option(u.Key).Equal(u.Value) {
			return command.Failed(command.CodeAssertionFailed, u.Key)
		}
	case command.UserFunction:
		return command.Failed(command.CodeUserFunctionFailure, "boom")
	default:
	}
	return command.Result{}
}

func (c *cluster) entries(first, last command.Bound) []command.Entry {
	var l []command.Entry
	for k, v := range c.data { // sorted below
		if first.Above(k) && last.Below(k) {
			l = append(l, command.Entry{Key: k, Value: v})
		}
	}
	slices.SortFunc(l, func(a, b command.Entry) int { return strings.Compare(a.Key, b.Key) })
	return l
}

func cut(l []command.Entry, limit int32) []command.Entry {
	if limit >= 0 && int(limit) < len(l) {
		return l[:limit]
	}
	return l
}

func keys(l []command.Entry) []string {
	var k []string
	for _, e := range l {
		k = append(k, e.Key)
	}
	return k
}

func (c *cluster) query(q command.Query) command.Answer {
	switch q := q.(type) {
	case command.Get:
		o := c.option(q.Key)
		if !o.Some {
			return command.Refused(command.CodeNotFound, command.NotFoundText)
		}
		return command.Answer{Value: o.Bytes}
	case command.Exists:
		return command.Answer{Found: c.option(q.Key).Some}
	case command.Assert:
		if !c.option(q.Key).Equal(q.Value) {
			return command.Refused(command.CodeAssertionFailed, q.Key)
		}
	case command.AssertExists:
		if !c.option(q.Key).Some {
			return command.Refused(command.CodeAssertionFailed, q.Key)
		}
	case command.MultiGet:
		var a command.Answer
		for _, k := range q.Keys {
			a.Values = append(a.Values, c.data[k])
		}
		return a
	case command.MultiGetOption:
		var a command.Answer
		for _, k := range q.Keys {
			a.Options = append(a.Options, c.option(k))
		}
		return a
	case command.Range:
		return command.Answer{Keys: keys(cut(c.entries(q.First, q.Last), q.Max))}
	case command.RangeEntries:
		return command.Answer{Entries: cut(c.entries(q.First, q.Last), q.Max)}
	case command.RevRangeEntries:
		l := c.entries(q.Low, q.High)
		slices.Reverse(l)
		return command.Answer{Entries: cut(l, q.Max)}
	case command.PrefixKeys:
		return command.Answer{Keys: keys(cut(c.entries(command.PrefixBounds(q.Prefix)), q.Max))}
	case command.KeyCount:
		return command.Answer{Count: int64(len(c.data))}
	}
	return command.Answer{}
}

// client makes a Client of the cluster, with short time-outs.
func (c *cluster) client(change ...func(*Config)) *Client {
	cfg := Config{Cluster: "ricky", DialTimeout: 500 * time.Millisecond, StallTimeout: 200 * time.Millisecond}
	for _, f := range c.nodes {
		cfg.Nodes = append(cfg.Nodes, Node{Name: f.name, Addresses: []string{f.ln.Addr().String()}})
	}
	for _, ch := range change {
		ch(&cfg)
	}
	cl, err := New(cfg)
	require.NoError(c.t, err)
	c.t.Cleanup(func() { require.NoError(c.t, cl.Close()) })
	return cl
}
