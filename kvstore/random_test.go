package kvstore

import (
	"pgregory.net/rapid"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Keys are short strings over a small alphabet with both extreme bytes in it, so
// that they collide, are prefixes of each other and include the empty key.
var (
	genKey    = rapid.StringOfN(rapid.RuneFrom([]rune{'a', 'b'}), 0, 3, -1)
	genEdge   = rapid.SampledFrom([]string{"", "\x00", "\xff", "a\xff", "a\xff\xff", "a\x00", "\xff\xff", "b\xffa"})
	anyKey    = rapid.OneOf(genKey, genKey, genEdge)
	anyKeys   = rapid.SliceOfN(anyKey, 0, 4)
	anyValue  = rapid.Map(rapid.SampledFrom([]string{"", "x", "y", "long enough to be a value"}), func(s string) []byte { return []byte(s) })
	anyOption = rapid.Custom(func(t *rapid.T) command.Option {
		if rapid.Bool().Draw(t, "some") {
			return command.Some(anyValue.Draw(t, "value"))
		}
		return command.None
	})
	anyBound = rapid.Custom(func(t *rapid.T) command.Bound {
		b := command.Bound{Some: rapid.Bool().Draw(t, "bounded"), Inclusive: rapid.Bool().Draw(t, "inclusive")}
		if b.Some {
			b.Key = anyKey.Draw(t, "bound")
		}
		return b
	})
	anyMax = rapid.Int32Range(-2, 6)
)

// anyUpdate draws an update with sequences nested up to depth.
func anyUpdate(depth int) *rapid.Generator[command.Update] {
	return rapid.Custom(func(t *rapid.T) command.Update {
		kinds := 12
		if depth == 0 {
			kinds = 11
		}
		switch rapid.IntRange(0, kinds-1).Draw(t, "kind") {
		case 0:
			return command.Set{Key: anyKey.Draw(t, "key"), Value: anyValue.Draw(t, "value")}
		case 1:
			return command.Delete{Key: anyKey.Draw(t, "key")}
		case 2:
			return command.DeletePrefix{Prefix: anyKey.Draw(t, "prefix")}
		case 3:
			return command.Confirm{Key: anyKey.Draw(t, "key"), Value: anyValue.Draw(t, "value")}
		case 4:
			return command.TestAndSet{Key: anyKey.Draw(t, "key"), Expected: anyOption.Draw(t, "expected"), Wanted: anyOption.Draw(t, "wanted")}
		case 5:
			return command.Replace{Key: anyKey.Draw(t, "key"), Wanted: anyOption.Draw(t, "wanted")}
		case 6:
			return command.Assert{Key: anyKey.Draw(t, "key"), Value: anyOption.Draw(t, "value")}
		case 7:
			return command.AssertExists{Key: anyKey.Draw(t, "key")}
		case 8:
			return command.AssertRange{Prefix: anyKey.Draw(t, "prefix"), Keys: anyKeys.Draw(t, "keys")}
		case 9:
			return command.UserFunction{Name: anyFunction.Draw(t, "function"), Arg: anyOption.Draw(t, "arg")}
		case 10:
			return command.Nop{}
		default:
			return command.Sequence{Updates: rapid.SliceOfN(anyUpdate(depth-1), 0, 6).Draw(t, "steps")}
		}
	})
}

var anyFunction = rapid.SampledFrom([]string{"max", "fails", "panics", "absent", "count", "unknown"})

var anyQuery = rapid.Custom(func(t *rapid.T) command.Query {
	switch rapid.IntRange(0, 10).Draw(t, "kind") {
	case 0:
		return command.Get{Key: anyKey.Draw(t, "key")}
	case 1:
		return command.Exists{Key: anyKey.Draw(t, "key")}
	case 2:
		return command.Assert{Key: anyKey.Draw(t, "key"), Value: anyOption.Draw(t, "value")}
	case 3:
		return command.AssertExists{Key: anyKey.Draw(t, "key")}
	case 4:
		return command.MultiGet{Keys: anyKeys.Draw(t, "keys")}
	case 5:
		return command.MultiGetOption{Keys: anyKeys.Draw(t, "keys")}
	case 6:
		return command.Range{First: anyBound.Draw(t, "first"), Last: anyBound.Draw(t, "last"), Max: anyMax.Draw(t, "max")}
	case 7:
		return command.RangeEntries{First: anyBound.Draw(t, "first"), Last: anyBound.Draw(t, "last"), Max: anyMax.Draw(t, "max")}
	case 8:
		return command.RevRangeEntries{High: anyBound.Draw(t, "high"), Low: anyBound.Draw(t, "low"), Max: anyMax.Draw(t, "max")}
	case 9:
		return command.PrefixKeys{Prefix: anyKey.Draw(t, "prefix"), Max: anyMax.Draw(t, "max")}
	default:
		return command.KeyCount{}
	}
})
