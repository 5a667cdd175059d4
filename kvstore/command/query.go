package command

// Query reads a state: one of Get, Exists, Assert, AssertExists, MultiGet,
// MultiGetOption, Range, RangeEntries, RevRangeEntries, PrefixKeys, KeyCount.
type Query interface{ isQuery() }

type (
	// Get reads Answer.Value. CodeNotFound with the text NotFoundText, not with
	// the key, if it is absent.
	Get struct{ Key string }

	// Exists tells Answer.Found.
	Exists struct{ Key string }

	// MultiGet reads Answer.Values, in the order of Keys, which is the order in
	// which they came over the wire. If any is absent there is no partial answer:
	// CodeNotFound with the last absent one.
	MultiGet struct{ Keys []string }

	// MultiGetOption reads Answer.Options, in the order of Keys.
	MultiGetOption struct{ Keys []string }

	// Range reads Answer.Keys: the lowest Max keys within the bounds, ascending.
	// Max < 0: all of them.
	Range struct {
		First, Last Bound
		Max         int32
	}

	// RangeEntries reads Answer.Entries, as Range.
	RangeEntries struct {
		First, Last Bound
		Max         int32
	}

	// RevRangeEntries reads Answer.Entries: the highest Max entries within the
	// bounds, descending. The upper bound comes first. Max < 0: all of them.
	RevRangeEntries struct {
		High, Low Bound
		Max       int32
	}

	// PrefixKeys reads Answer.Keys: the lowest Max keys with the prefix (it may be
	// one of them), ascending. Max < 0: all of them.
	PrefixKeys struct {
		Prefix string
		Max    int32
	}

	// KeyCount reads Answer.Count, the number of all keys.
	KeyCount struct{}
)

func (Get) isQuery()             {}
func (Exists) isQuery()          {}
func (Assert) isQuery()          {}
func (AssertExists) isQuery()    {}
func (MultiGet) isQuery()        {}
func (MultiGetOption) isQuery()  {}
func (Range) isQuery()           {}
func (RangeEntries) isQuery()    {}
func (RevRangeEntries) isQuery() {}
func (PrefixKeys) isQuery()      {}
func (KeyCount) isQuery()        {}

// Bound is one end of a range. Without Some the end is open; then Inclusive
// matters for a lower bound only, and only for the empty key, which an open
// lower bound includes if Inclusive is set.
type Bound struct {
	Key       string
	Some      bool
	Inclusive bool
}

// Open is the bound of a range that has no end on this side.
func Open() Bound { return Bound{Inclusive: true} }

// Including is a bound that belongs to the range.
func Including(key string) Bound { return Bound{Key: key, Some: true, Inclusive: true} }

// Excluding is a bound that doesn't belong to the range.
func Excluding(key string) Bound { return Bound{Key: key, Some: true} }

// Above reports whether key is inside a range with the lower bound b.
func (b Bound) Above(key string) bool {
	if !b.Some {
		return b.Inclusive || key != ""
	}
	return key > b.Key || b.Inclusive && key == b.Key
}

// Below reports whether key is inside a range with the upper bound b.
func (b Bound) Below(key string) bool {
	return !b.Some || key < b.Key || b.Inclusive && key == b.Key
}

// PrefixBounds returns the bounds of the range of keys that have the prefix.
func PrefixBounds(prefix string) (first, last Bound) {
	end := len(prefix)
	for end > 0 && prefix[end-1] == 0xff {
		end--
	}
	if end == 0 {
		return Including(prefix), Open()
	}
	return Including(prefix), Excluding(prefix[:end-1] + string([]byte{prefix[end-1] + 1}))
}
