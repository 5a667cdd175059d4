package command

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQuote_AsOCaml(t *testing.T) {
	for in, want := range map[string]string{ // each on its own
		"":              `""`,
		"plain ~":       `"plain ~"`,
		"a\"b\\c":       `"a\"b\\c"`,
		"\n\t\r\b":      `"\n\t\r\b"`,
		"\x00\x1f\x7f":  `"\000\031\127"`,
		"\xff\xe2\x82":  `"\255\226\130"`,
		"it's 100% [x]": `"it's 100% [x]"`,
	} {
		require.Equal(t, want, Quote(in))
	}
}

func TestDescribe(t *testing.T) {
	seq := func(n int) Sequence {
		s := Sequence{}
		for range n {
			s.Updates = append(s.Updates, Nop{})
		}
		return s
	}
	cases := []struct {
		update Update
		want   string
	}{
		{Set{Key: "k", Value: make([]byte, 90)}, `Set            ;"k";90;"..."`},
		{Confirm{Key: "k"}, `Confirm        ;"k";0;"..."`},
		{Delete{Key: "a\n"}, `Delete         ;"a\n"`},
		{DeletePrefix{Prefix: "p"}, `DeletePrefix   ;"p"`},
		{TestAndSet{Key: "k", Wanted: Some([]byte("12"))}, `TestAndSet     ;"k";2;"..."`},
		{Replace{Key: "k"}, `Replace        ;"k";0;"..."`},
		{Assert{Key: "k"}, `Assert         ;"k"`},
		{AssertExists{Key: "k"}, `AssertExists   ;"k"`},
		{AssertRange{Prefix: "k"}, `AssertRange    ;"k"`},
		{UserFunction{Name: "f"}, `UserFunction   ;"f"`},
		{Nop{}, "Nop"},
		{seq(7), "Sequence([Nop; Nop; Nop; Nop; Nop... (2 more) ])"},
		{nest(Nop{}, 4), "Sequence([Sequence([Sequence([... (1 more) ])... (0 more) ])... (0 more) ])"},
	}
	for _, c := range cases {
		require.Equal(t, c.want, Describe(c.update))
	}
	require.Less(t, len(Describe(Delete{Key: strings.Repeat("\x00", 1<<20)})), 2000)
}

// TestSize compares with sizes counted by hand from the protocol's layout.
func TestSize(t *testing.T) {
	require.Equal(t, 4+4+1+4+2, Size(Set{Key: "k", Value: []byte("vv")}))
	require.Equal(t, 4+4+1+1+5+2, Size(TestAndSet{Key: "k", Wanted: Some([]byte("vv"))}))
	require.Equal(t, 4+4+1+4+4+4+2+4, Size(AssertRange{Prefix: "p", Keys: []string{"p1", ""}}))
	require.Equal(t, 4+4+4+(4+4), Size(Sequence{Updates: []Update{Nop{}, Sequence{}}}))
	require.Equal(t, 4+4+1+1, Size(UserFunction{Name: "f"}))
}

func TestRangeMismatch_IsBounded(t *testing.T) {
	keys := make([]string, 100)
	for i := range keys {
		keys[i] = strings.Repeat("\xff", 1<<16)
	}
	require.Len(t, RangeMismatch(keys, keys), MaxTextBytes)
	text := RangeMismatch(nil, keys)
	require.Len(t, text, MaxTextBytes)
	require.True(t, strings.HasPrefix(text, `ContainsExactly [ "" ] actual: `))
}

func TestBound(t *testing.T) {
	cases := []struct {
		bound        Bound
		key          string
		above, below bool
	}{
		{Open(), "", true, true}, {Open(), "\xff", true, true},
		{Bound{}, "", false, true}, {Bound{}, "\x00", true, true},
		{Including("b"), "a", false, true}, {Including("b"), "b", true, true}, {Including("b"), "c", true, false},
		{Excluding("b"), "a", false, true}, {Excluding("b"), "b", false, false}, {Excluding("b"), "b\x00", true, false},
		{Including(""), "", true, true}, {Excluding(""), "", false, false},
	}
	for _, c := range cases {
		require.Equal(t, c.above, c.bound.Above(c.key), "%+v above %q", c.bound, c.key)
		require.Equal(t, c.below, c.bound.Below(c.key), "%+v below %q", c.bound, c.key)
	}
}

// TestPrefixBounds compares with the definition of a prefix, for all short keys.
func TestPrefixBounds(t *testing.T) {
	words := []string{""}
	for range 3 {
		for _, w := range words {
			for _, c := range []string{"\x00", "a", "\xfe", "\xff"} {
				if len(w) < 3 {
					words = append(words, w+c)
				}
			}
		}
	}
	for _, prefix := range words {
		first, last := PrefixBounds(prefix)
		in := Interval{First: first, Last: last}
		for _, key := range words {
			require.Equal(t, strings.HasPrefix(key, prefix), in.Covers(key), "key %q, prefix %q", key, prefix)
		}
	}
}

func TestFootprint_Single(t *testing.T) {
	single := func(key string, f Footprint) {
		t.Helper()
		got, ok := f.Single()
		require.True(t, ok)
		require.Equal(t, key, got)
	}
	single("k", Keys(Set{Key: "k"}))
	single("", Keys(Delete{}))
	single("k", Keys(Sequence{Updates: []Update{Set{Key: "k"}, Nop{}, Sequence{Updates: []Update{Assert{Key: "k"}}}}}))
	single("k", QueryKeys(MultiGet{Keys: []string{"k", "k"}}))
	for _, f := range []Footprint{
		Keys(Nop{}), Keys(DeletePrefix{Prefix: "k"}), Keys(AssertRange{Prefix: "k"}), Keys(UserFunction{}),
		Keys(Sequence{Updates: []Update{Set{Key: "k"}, Set{Key: "l"}}}),
		QueryKeys(KeyCount{}), QueryKeys(PrefixKeys{}), QueryKeys(Range{}), QueryKeys(MultiGetOption{Keys: []string{"k", "l"}}),
	} {
		_, ok := f.Single()
		require.False(t, ok, "%+v", f)
	}
}

func TestErrors(t *testing.T) {
	require.NoError(t, Result{}.Err())
	require.NoError(t, Answer{}.Err())
	var e *Error
	require.ErrorAs(t, fmt.Errorf("wrapped: %w", Failed(CodeNotFound, "k").Err()), &e)
	require.Equal(t, Error{Code: CodeNotFound, Message: "k"}, *e)
	require.EqualError(t, e, "not found: k")
	require.EqualError(t, Refused(CodeAssertionFailed, "").Err(), "assertion failed")
	require.True(t, errors.As(Refused(CodeAssertionFailed, "").Err(), &e))
}

// TestEqual_SeesEveryField changes one field at a time.
func TestEqual_SeesEveryField(t *testing.T) {
	b := [][]byte{[]byte("v")}
	results := []Result{{}, {Code: CodeNotFound}, {Message: "m"}, {Count: 1}, {Option: Some(nil)}, {Option: Some(b[0])}}
	for i, r := range results {
		for j, s := range results {
			require.Equal(t, i == j, r.Equal(s), "%v and %v", r, s)
		}
	}
	answers := []Answer{{}, {Code: CodeNotFound}, {Message: "m"}, {Found: true}, {Count: 1}, {Value: b[0]}, {Values: b},
		{Options: []Option{None}}, {Options: []Option{Some(nil)}}, {Keys: []string{"k"}}, {Entries: []Entry{{Key: "k"}}},
		{Entries: []Entry{{Key: "k", Value: b[0]}}}}
	for i, r := range answers {
		for j, s := range answers {
			require.Equal(t, i == j, r.Equal(s), "%v and %v", r, s)
		}
	}
	require.True(t, Answer{Value: []byte{}, Keys: []string{}}.Equal(Answer{}))
}

func TestCodes_HaveNames(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range []Code{CodeOK, CodeNoMagic, CodeNotMaster, CodeNotFound, CodeWrongCluster, CodeAssertionFailed,
		CodeReadOnly, CodeOutsideInterval, CodeGoingDown, CodeNotSupported, CodeNoLongerMaster, CodeBadInput,
		CodeInconsistentRead, CodeUserFunctionFailure, CodeUserHookNotFound, CodeMaxConnections, CodeUnknownFailure} {
		require.NotContains(t, c.String(), "code ")
		require.False(t, seen[c.String()], c.String())
		seen[c.String()] = true
	}
	require.Equal(t, "code 0x11", Code(0x11).String())
}

func TestFunctions_Check(t *testing.T) {
	f := Functions{}
	f.Register("known", func(Tx, Option) (Option, error) { return None, nil })
	require.NoError(t, f.Check(UserFunction{Name: "known"}))
	require.NoError(t, f.Check(Nop{}))
	require.NoError(t, Functions(nil).Check(Nop{}))
	want := &Error{Code: CodeBadInput, Message: `User function "other" could not be found`}
	require.Equal(t, want, f.Check(UserFunction{Name: "other"}))
	require.Equal(t, want, Functions(nil).Check(UserFunction{Name: "other"}))
	require.Panics(t, func() { f.Register("known", nil) })
}
