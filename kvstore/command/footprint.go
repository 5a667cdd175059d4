package command

import "slices"

// Footprint says which keys a command may look at or change. It may name too
// many, never too few: histories are cut by it.
type Footprint struct {
	Keys   []string // ascending, no repetitions
	Ranges []Interval
	All    bool // any key at all
}

// Interval is a range of keys.
type Interval struct{ First, Last Bound }

// Covers reports whether key is in the interval.
func (i Interval) Covers(key string) bool { return i.First.Above(key) && i.Last.Below(key) }

// Single returns the only key that the command looks at, if that is so.
func (f Footprint) Single() (string, bool) {
	if f.All || len(f.Ranges) != 0 || len(f.Keys) != 1 {
		return "", false
	}
	return f.Keys[0], true
}

// Keys returns the footprint of an update.
func Keys(u Update) Footprint {
	var f Footprint
	f.addUpdate(u)
	return f.compact()
}

func (f *Footprint) addUpdate(u Update) {
	switch u := u.(type) {
	case Set:
		f.addKey(u.Key)
	case Delete:
		f.addKey(u.Key)
	case DeletePrefix:
		f.addPrefix(u.Prefix)
	case Confirm:
		f.addKey(u.Key)
	case TestAndSet:
		f.addKey(u.Key)
	case Replace:
		f.addKey(u.Key)
	case Assert:
		f.addKey(u.Key)
	case AssertExists:
		f.addKey(u.Key)
	case AssertRange:
		f.addPrefix(u.Prefix)
	case Sequence:
		for _, step := range u.Updates {
			f.addUpdate(step)
		}
	case UserFunction:
		f.All = true
	case Nop:
	default:
		panic("command: unknown update")
	}
}

// QueryKeys returns the footprint of a query.
func QueryKeys(q Query) Footprint {
	var f Footprint
	switch q := q.(type) {
	case Get:
		f.addKey(q.Key)
	case Exists:
		f.addKey(q.Key)
	case Assert:
		f.addKey(q.Key)
	case AssertExists:
		f.addKey(q.Key)
	case MultiGet:
		f.Keys = slices.Clone(q.Keys)
	case MultiGetOption:
		f.Keys = slices.Clone(q.Keys)
	case Range:
		f.addRange(q.First, q.Last)
	case RangeEntries:
		f.addRange(q.First, q.Last)
	case RevRangeEntries:
		f.addRange(q.Low, q.High)
	case PrefixKeys:
		f.addPrefix(q.Prefix)
	case KeyCount:
		f.All = true
	default:
		panic("command: unknown query")
	}
	return f.compact()
}

// compact sorts the keys and drops repetitions, so that Single means what it says.
func (f Footprint) compact() Footprint {
	if len(f.Keys) > 1 {
		slices.Sort(f.Keys)
		f.Keys = slices.Compact(f.Keys)
	}
	return f
}

func (f *Footprint) addKey(key string) { f.Keys = append(f.Keys, key) }

func (f *Footprint) addPrefix(prefix string) { f.addRange(PrefixBounds(prefix)) }

func (f *Footprint) addRange(first, last Bound) {
	f.Ranges = append(f.Ranges, Interval{First: first, Last: last})
}
