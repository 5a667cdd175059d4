package client

import (
	"context"
	"fmt"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// The vocabulary that calls use.
type (
	// Option is a value or none.
	Option = command.Option
	// Entry is a key with its value.
	Entry = command.Entry
	// Bound is one end of a range.
	Bound = command.Bound
)

// None is no value.
var None = command.None

// Some is the option that holds b.
func Some(b []byte) Option { return command.Some(b) }

// Open is the end of a range that has none.
func Open() Bound { return command.Open() }

// Including is an end that belongs to the range.
func Including(key string) Bound { return command.Including(key) }

// Excluding is an end that doesn't belong to the range.
func Excluding(key string) Bound { return command.Excluding(key) }

// Stamp is a place in the log: GetTxID tells how far a node is, AtLeast asks for
// a node that is as far.
type Stamp int64

// ReadOption says how fresh the answer to a read must be. Without one a read is
// consistent: it sees every update that was acknowledged before it was sent.
type ReadOption interface{ consistency() wire.Consistency }

type readOption wire.Consistency

func (o readOption) consistency() wire.Consistency { return wire.Consistency(o) }

// Local lets any node answer, however stale it is.
func Local() ReadOption { return readOption{Strictness: wire.NoGuarantees} }

// AtLeast lets any node answer that has applied the log up to s.
func AtLeast(s Stamp) ReadOption {
	return readOption{Strictness: wire.AtLeast, Stamp: int64(s)}
}

// query sends a read where its consistency wants it.
func (c *Client) query(ctx context.Context, q command.Query, key string, opts []ReadOption) (wire.Reply, error) {
	var k wire.Consistency
	for _, o := range opts {
		k = o.consistency()
	}
	r := request{op: wire.QueryOp(q), key: key, frame: wire.AppendQuery(nil, k, q)}
	if k.Strictness == wire.Consistent {
		return c.onMaster(ctx, r)
	}
	return c.onAny(ctx, r)
}

// update sends an update to the master, if it is within the limits.
func (c *Client) update(ctx context.Context, u command.Update, key string) (wire.Reply, error) {
	op := wire.UpdateOp(u)
	if err := command.DefaultLimits().Check(u); err != nil {
		s := story{op: op.String(), key: key}
		return wire.Reply{}, s.fail(ErrLimit, fmt.Errorf("the update takes %d bytes; a value must be shorter than %d and an update at most %d (%w)",
			command.Size(u), command.MaxValueBytes, command.MaxUpdateBytes, err))
	}
	return c.onMaster(ctx, request{op: op, key: key, frame: wire.AppendUpdate(nil, u), update: true, alone: callsFunction(u)})
}

// callsFunction reports whether u may fail as a user function does: with an
// answer that closes the connection.
func callsFunction(u command.Update) bool {
	switch u := u.(type) {
	case command.UserFunction:
		return true
	case command.Sequence:
		for _, step := range u.Updates {
			if callsFunction(step) {
				return true
			}
		}
	default:
	}
	return false
}

// Get returns the value of key; ErrNotFound if it is absent.
func (c *Client) Get(ctx context.Context, key string, opts ...ReadOption) ([]byte, error) {
	r, err := c.query(ctx, command.Get{Key: key}, key, opts)
	return r.Bytes, err
}

// Exists reports whether key is there.
func (c *Client) Exists(ctx context.Context, key string, opts ...ReadOption) (bool, error) {
	r, err := c.query(ctx, command.Exists{Key: key}, key, opts)
	return r.Found, err
}

// MultiGet returns the values of keys, all from one state; ErrNotFound if any is
// absent (Error.Message names one).
func (c *Client) MultiGet(ctx context.Context, keys []string, opts ...ReadOption) ([][]byte, error) {
	r, err := c.query(ctx, command.MultiGet{Keys: keys}, "", opts)
	return r.Values, err
}

// MultiGetOption returns the values of keys, None where one is absent, all from
// one state.
func (c *Client) MultiGetOption(ctx context.Context, keys []string, opts ...ReadOption) ([]Option, error) {
	r, err := c.query(ctx, command.MultiGetOption{Keys: keys}, "", opts)
	return r.Options, err
}

// Assert returns nil if key's value is value (None: if it is absent), else
// ErrAssertionFailed.
func (c *Client) Assert(ctx context.Context, key string, value Option, opts ...ReadOption) error {
	_, err := c.query(ctx, command.Assert{Key: key, Value: value}, key, opts)
	return err
}

// AssertExists returns nil if key is there, else ErrAssertionFailed.
func (c *Client) AssertExists(ctx context.Context, key string, opts ...ReadOption) error {
	_, err := c.query(ctx, command.AssertExists{Key: key}, key, opts)
	return err
}

// Range returns the lowest limit keys within the bounds, ascending; limit < 0:
// all of them. ScanKeys does it page by page.
func (c *Client) Range(ctx context.Context, first, last Bound, limit int32, opts ...ReadOption) ([]string, error) {
	r, err := c.query(ctx, command.Range{First: first, Last: last, Max: limit}, first.Key, opts)
	return r.Keys, err
}

// RangeEntries returns the lowest limit entries within the bounds, ascending;
// limit < 0: all of them. Scan does it page by page.
func (c *Client) RangeEntries(ctx context.Context, first, last Bound, limit int32, opts ...ReadOption) ([]Entry, error) {
	r, err := c.query(ctx, command.RangeEntries{First: first, Last: last, Max: limit}, first.Key, opts)
	return r.Entries, err
}

// RevRangeEntries returns the highest limit entries within the bounds,
// descending; limit < 0: all of them. The upper bound comes first.
func (c *Client) RevRangeEntries(ctx context.Context, high, low Bound, limit int32, opts ...ReadOption) ([]Entry, error) {
	r, err := c.query(ctx, command.RevRangeEntries{High: high, Low: low, Max: limit}, high.Key, opts)
	return r.Entries, err
}

// PrefixKeys returns the lowest limit keys with the prefix, ascending; limit < 0:
// all of them.
func (c *Client) PrefixKeys(ctx context.Context, prefix string, limit int32, opts ...ReadOption) ([]string, error) {
	r, err := c.query(ctx, command.PrefixKeys{Prefix: prefix, Max: limit}, prefix, opts)
	return r.Keys, err
}

// KeyCount returns the number of keys. It is always consistent.
func (c *Client) KeyCount(ctx context.Context) (int64, error) {
	r, err := c.query(ctx, command.KeyCount{}, "", nil)
	return r.Count, err
}

// Set stores a value.
func (c *Client) Set(ctx context.Context, key string, value []byte) error {
	_, err := c.update(ctx, command.Set{Key: key, Value: value}, key)
	return err
}

// Confirm stores a value unless key has it already; then nothing is written.
func (c *Client) Confirm(ctx context.Context, key string, value []byte) error {
	_, err := c.update(ctx, command.Confirm{Key: key, Value: value}, key)
	return err
}

// Delete removes key; ErrNotFound if it is absent.
func (c *Client) Delete(ctx context.Context, key string) error {
	_, err := c.update(ctx, command.Delete{Key: key}, key)
	return err
}

// DeletePrefix removes all keys with the prefix and returns how many they were.
// The empty prefix removes everything.
func (c *Client) DeletePrefix(ctx context.Context, prefix string) (int, error) {
	r, err := c.update(ctx, command.DeletePrefix{Prefix: prefix}, prefix)
	return int(r.Count), err
}

// TestAndSet stores wanted (None: deletes) if key's value is expected (None:
// absent). It returns the value before, in every case: it has written if that
// equals expected.
func (c *Client) TestAndSet(ctx context.Context, key string, expected, wanted Option) (Option, error) {
	r, err := c.update(ctx, command.TestAndSet{Key: key, Expected: expected, Wanted: wanted}, key)
	return r.Option, err
}

// Replace stores wanted (None: deletes) and returns the value before.
func (c *Client) Replace(ctx context.Context, key string, wanted Option) (Option, error) {
	r, err := c.update(ctx, command.Replace{Key: key, Wanted: wanted}, key)
	return r.Option, err
}

// UserFunction calls a function that the servers were built with.
func (c *Client) UserFunction(ctx context.Context, name string, arg Option) (Option, error) {
	r, err := c.update(ctx, command.UserFunction{Name: name, Arg: arg}, name)
	return r.Option, err
}

// Nop changes nothing. It returns nil when the cluster has committed it, so it
// tells whether the cluster can commit.
func (c *Client) Nop(ctx context.Context) error {
	_, err := c.update(ctx, command.Nop{}, "")
	return err
}

// Apply executes a sequence: all of it, or nothing.
func (c *Client) Apply(ctx context.Context, s *Sequence) error {
	_, err := c.update(ctx, s.update(), "")
	return err
}

// WhoMaster finds the master and returns its name. While there is none it waits.
func (c *Client) WhoMaster(ctx context.Context) (string, error) {
	s := story{op: wire.OpWhoMaster.String()}
	for n := 0; ; n++ {
		if err := c.pause(ctx, n); err != nil {
			return "", c.giveUp(&s, ErrNoMaster, err)
		}
		s.attempts++
		round, err := c.finder.ask(ctx)
		if err != nil {
			return "", c.giveUp(&s, ErrNoMaster, err)
		}
		if round.master != nil {
			return round.master.name, nil
		}
		for _, f := range round.failures {
			s.note(f.Endpoint, f.Err)
		}
	}
}

// admin sends a command without fields to a node, or to the master if node is "".
func (c *Client) admin(ctx context.Context, node string, op wire.Op) (wire.Reply, error) {
	r := request{op: op, frame: wire.AppendCommand(nil, op), alone: op == wire.OpDropMaster || op == wire.OpFlushStore}
	if node == "" {
		return c.onMaster(ctx, r)
	}
	return c.on(ctx, node, r)
}

// The calls below go to one node, or to the master if node is "".

// AskMaster returns whom node believes to be the master; "" if nobody.
func (c *Client) AskMaster(ctx context.Context, node string) (string, error) {
	r, err := c.admin(ctx, node, wire.OpWhoMaster)
	return string(r.Option.Bytes), err
}

// Ping returns the server's name and version.
func (c *Client) Ping(ctx context.Context, node string) (string, error) {
	r := request{op: wire.OpPing, frame: wire.AppendPing(nil, "arakoon-go", c.cfg.Cluster)}
	if node == "" {
		reply, err := c.onMaster(ctx, r)
		return string(reply.Bytes), err
	}
	reply, err := c.on(ctx, node, r)
	return string(reply.Bytes), err
}

// Version is what a node says about itself.
type Version struct {
	Major, Minor, Patch int
	Info                string // lines of: name: "value"
}

// String gives major.minor.patch.
func (v Version) String() string { return fmt.Sprintf("%d.%d.%d", v.Major, v.Minor, v.Patch) }

// Version returns the server's version.
func (c *Client) Version(ctx context.Context, node string) (Version, error) {
	r, err := c.admin(ctx, node, wire.OpVersion)
	return Version{int(r.Version[0]), int(r.Version[1]), int(r.Version[2]), string(r.Bytes)}, err
}

// CurrentState names the node's state in the words of Arakoon, for people.
func (c *Client) CurrentState(ctx context.Context, node string) (string, error) {
	r, err := c.admin(ctx, node, wire.OpCurrentState)
	return string(r.Bytes), err
}

// ExpectProgressPossible reports whether the node believes that updates would be
// committed now.
func (c *Client) ExpectProgressPossible(ctx context.Context, node string) (bool, error) {
	r, err := c.admin(ctx, node, wire.OpExpectProgressPossible)
	return r.Found, err
}

// GetTxID returns how far the node has applied the log, for AtLeast.
func (c *Client) GetTxID(ctx context.Context, node string) (Stamp, error) {
	r, err := c.admin(ctx, node, wire.OpGetTxID)
	return Stamp(r.Count), err
}

// FlushStore makes the node write its store to disk.
func (c *Client) FlushStore(ctx context.Context, node string) error {
	_, err := c.admin(ctx, node, wire.OpFlushStore)
	return err
}

// DropMaster makes the node give up being master and not stand for a while. On a
// node that isn't master it does nothing.
func (c *Client) DropMaster(ctx context.Context, node string) error {
	if node == "" { // settle on one, lest a repetition hits its successor
		m, err := c.WhoMaster(ctx)
		if err != nil {
			return err
		}
		node = m
	}
	_, err := c.admin(ctx, node, wire.OpDropMaster)
	return err
}

// Statistics returns the node's figures as a tree of named values.
func (c *Client) Statistics(ctx context.Context, node string) (Statistic, error) {
	r, err := c.admin(ctx, node, wire.OpStatistics)
	if err != nil {
		return Statistic{}, err
	}
	f, err := wire.DecodeFields(r.Bytes)
	return statistic(f), err
}

// Statistic is a named number, or a named list of statistics.
type Statistic struct {
	Name  string
	Value float64
	List  []Statistic
}

func statistic(f wire.Field) Statistic {
	s := Statistic{Name: f.Name, Value: f.Float}
	if f.Type == wire.FieldInt32 || f.Type == wire.FieldInt64 {
		s.Value = float64(f.Int)
	}
	for _, e := range f.List {
		s.List = append(s.List, statistic(e))
	}
	return s
}
