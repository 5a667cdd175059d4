package treetest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// model is what a store file must contain.
type model map[string]string

// changes are those of one checkpoint.
type changes struct {
	cleared []tree.Range
	edits   []tree.Edit
}

func (c *changes) Cleared() []tree.Range { return c.cleared }
func (c *changes) Len() int              { return len(c.edits) }
func (c *changes) Edits() tree.Edits     { return &edits{c.edits} }

type edits struct{ left []tree.Edit }

func (e *edits) Next() (tree.Edit, bool) {
	if len(e.left) == 0 {
		return tree.Edit{}, false
	}
	next := e.left[0]
	e.left = e.left[1:]
	return next, true
}

// with returns the model after changes.
func (m model) with(c *changes) model {
	out := maps.Clone(m)
	maps.DeleteFunc(out, func(key, _ string) bool {
		return slices.ContainsFunc(c.cleared, func(r tree.Range) bool {
			return key >= r.Lo && (!r.Hi.Some || key < r.Hi.Key)
		})
	})
	for _, e := range c.edits {
		if delete(out, e.Key); !e.Deleted {
			out[e.Key] = string(e.Value)
		}
	}
	return out
}

// profile says what the changes of a history look like.
type profile struct {
	keys, edits   int
	value         int // bytes, at most
	large, long   int // of 100 values or keys
	clear, delete int // of 100
}

// profiles are chosen from by the seed: small stores, so that every operation can be
// broken.
var profiles = []profile{
	{keys: 40, edits: 6, value: 60, delete: 40, clear: 10},
	{keys: 400, edits: 60, value: 300, delete: 30, clear: 15},
	{keys: 3000, edits: 300, value: 100, delete: 10, clear: 5},
	{keys: 30, edits: 4, value: 100, large: 40, delete: 30, clear: 15},
	{keys: 60, edits: 10, value: 60, large: 3, long: 50, delete: 30, clear: 15},
}

func (p *profile) key(rng *rand.Rand) string {
	k := fmt.Sprintf("k%05d", rng.IntN(p.keys))
	if rng.IntN(100) < p.long {
		k = strings.Repeat("long ", 90+rng.IntN(3)*90) + k
	}
	return k
}

func (p *profile) changes(rng *rand.Rand) *changes {
	c := &changes{}
	if rng.IntN(100) < p.clear {
		lo, hi := p.key(rng), p.key(rng)
		if lo > hi {
			lo, hi = hi, lo
		}
		r := tree.Range{Lo: lo, Hi: tree.Below(hi)}
		if rng.IntN(4) == 0 {
			r.Hi = tree.Bound{}
		}
		if rng.IntN(4) == 0 {
			r.Lo = ""
		}
		c.cleared = append(c.cleared, r)
	}
	edits := map[string]tree.Edit{}
	for range 1 + rng.IntN(p.edits) {
		e := tree.Edit{Key: p.key(rng), Deleted: rng.IntN(100) < p.delete}
		if !e.Deleted {
			e.Value = p.bytes(rng)
		}
		edits[e.Key] = e
	}
	for _, key := range slices.Sorted(maps.Keys(edits)) {
		c.edits = append(c.edits, edits[key])
	}
	return c
}

func (p *profile) bytes(rng *rand.Rand) []byte {
	n := rng.IntN(p.value + 1)
	if rng.IntN(100) < p.large {
		n = rng.IntN(40_000)
	}
	b := make([]byte, n)
	seed := rng.Uint64()
	for i := range b {
		b[i] = byte(seed >> (i % 57))
	}
	return b
}

// compare reads all of a root, in both directions, and looks for the first thing
// that differs from the model.
func (m model) compare(r *tree.Root) error {
	keys := slices.Sorted(maps.Keys(m))
	if r.Keys() != uint64(len(keys)) {
		return fmt.Errorf("%d keys, expected %d", r.Keys(), len(keys))
	}
	var sum tree.Digest
	c := r.Cursor()
	for i, ok := 0, c.First(); ok; i, ok = i+1, c.Next() {
		if i >= len(keys) || string(c.Key()) != keys[i] || string(c.Value()) != m[keys[i]] {
			return errors.Join(fmt.Errorf("entry %d is %.40q, with %d bytes", i, c.Key(), c.ValueLen()), c.Err())
		}
		d, _ := tree.EntryDigest(nil, keys[i], []byte(m[keys[i]]))
		sum = sum.Add(d)
	}
	if c.Err() != nil || sum != r.Sum() {
		return errors.Join(fmt.Errorf("content digest %v, that of the entries is %v", r.Sum(), sum), c.Err())
	}
	n := len(keys)
	for ok := c.Last(); ok; ok = c.Prev() {
		if n--; n < 0 || string(c.Key()) != keys[n] {
			return fmt.Errorf("backwards: %.40q at %d", c.Key(), n)
		}
	}
	if n != 0 || c.Err() != nil {
		return errors.Join(fmt.Errorf("backwards: %d keys are missing", n), c.Err())
	}
	return nil
}

// checked looks for what Check finds.
func checked(d disk.Disk) error {
	rep, err := tree.Check(d, path, nil)
	if err == nil && !rep.Clean() {
		f := rep.Findings[0]
		err = fmt.Errorf("check: page %d: %s (%d findings)", f.Page, f.Text, len(rep.Findings)+rep.More)
	}
	return err
}

const path = "node.db"

func metaOf(i core.Instance) tree.Meta {
	return tree.Meta{Applied: i, State: fmt.Appendf(nil, "after %d", i)}
}
