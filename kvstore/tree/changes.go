package tree

// Bound is the upper end of a range: everything below Key, or, without Some, no
// end at all.
type Bound struct {
	Key  string
	Some bool
}

// Below returns the bound that ends just before key.
func Below(key string) Bound { return Bound{Key: key, Some: true} }

// above reports whether key lies below the bound.
func (b Bound) above(key string) bool { return !b.Some || key < b.Key }

// Range holds the keys from Lo on that lie below Hi.
type Range struct {
	Lo string
	Hi Bound
}

// Edit sets or deletes one key.
type Edit struct {
	Key     string
	Value   []byte
	Deleted bool // Value is ignored; deleting an absent key changes nothing
}

// Edits gives edits in strictly ascending order of their keys.
type Edits interface {
	// Next returns the next edit, false at the end. It is called from one
	// goroutine at a time, but not always from the same one.
	Next() (Edit, bool)
}

// Changes is what a checkpoint changes. It must not change while the checkpoint
// runs. What the edits hold (keys, values) is not copied and must not change
// either.
type Changes interface {
	// Cleared returns disjoint, ascending ranges, whose keys are removed before the
	// edits are made.
	Cleared() []Range
	// Edits starts from the first edit. A checkpoint calls it once.
	Edits() Edits
	// Len is the number of edits, for progress only.
	Len() int
}
