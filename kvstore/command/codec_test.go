package command

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// nest wraps u into depth sequences.
func nest(u Update, depth int) Update {
	for range depth {
		u = Sequence{Updates: []Update{u}}
	}
	return u
}

// samples are updates of every kind, with empty and with full fields.
func samples() []Update {
	b := func(s string) []byte { return []byte(s) }
	return []Update{
		Set{Key: "k", Value: b("v")}, Set{Value: b("")},
		Delete{Key: "k"}, Delete{},
		DeletePrefix{Prefix: "p\x00\xff"}, DeletePrefix{},
		Confirm{Key: "k", Value: b("v")},
		TestAndSet{Key: "k", Expected: Some(b("e")), Wanted: Some(b("w"))},
		TestAndSet{Key: "k", Wanted: Some(b(""))}, TestAndSet{Expected: Some(b(""))},
		Replace{Key: "k", Wanted: Some(b("w"))}, Replace{Key: "k"},
		Assert{Key: "k", Value: Some(b("v"))}, Assert{Key: "k"},
		AssertExists{Key: "k"},
		AssertRange{Prefix: "p", Keys: []string{"p1", "", "p2"}}, AssertRange{Keys: []string{}},
		Sequence{Updates: []Update{}},
		Sequence{Updates: []Update{Set{Key: "a", Value: b("1")}, Sequence{Updates: []Update{Nop{}, Delete{Key: "b"}}}, Nop{}}},
		UserFunction{Name: "f", Arg: Some(b("a"))}, UserFunction{},
		Nop{},
		nest(Nop{}, MaxDepth),
	}
}

func TestCodec_RoundTrip(t *testing.T) {
	for _, u := range samples() {
		encoded := Encode(u)
		decoded, err := Decode(encoded)
		require.NoError(t, err, "%#v", u)
		require.Equal(t, u, decoded)
		require.Equal(t, encoded, Append(nil, decoded))
		require.LessOrEqual(t, len(encoded), Size(u)+1, "%#v: the limit by Size must cover the encoding", u)
	}
}

// randomUpdate draws an update of any kind, sequences nested up to depth.
func randomUpdate(depth int) *rapid.Generator[Update] {
	text := rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 5), func(b []byte) string { return string(b) })
	value := rapid.SliceOfN(rapid.Byte(), 0, 5)
	option := rapid.Custom(func(t *rapid.T) Option {
		if rapid.Bool().Draw(t, "some") {
			return Some(value.Draw(t, "value"))
		}
		return None
	})
	return rapid.Custom(func(t *rapid.T) Update {
		key := text.Draw(t, "key")
		kind := rapid.IntRange(0, 11).Draw(t, "kind")
		if depth == 0 && kind == 11 {
			kind = 10
		}
		switch kind {
		case 0:
			return Set{Key: key, Value: value.Draw(t, "value")}
		case 1:
			return Delete{Key: key}
		case 2:
			return DeletePrefix{Prefix: key}
		case 3:
			return Confirm{Key: key, Value: value.Draw(t, "value")}
		case 4:
			return TestAndSet{Key: key, Expected: option.Draw(t, "expected"), Wanted: option.Draw(t, "wanted")}
		case 5:
			return Replace{Key: key, Wanted: option.Draw(t, "wanted")}
		case 6:
			return Assert{Key: key, Value: option.Draw(t, "value")}
		case 7:
			return AssertExists{Key: key}
		case 8:
			return AssertRange{Prefix: key, Keys: rapid.SliceOfN(text, 0, 4).Draw(t, "keys")}
		case 9:
			return UserFunction{Name: key, Arg: option.Draw(t, "arg")}
		case 10:
			return Nop{}
		default:
			return Sequence{Updates: rapid.SliceOfN(randomUpdate(depth-1), 0, 5).Draw(t, "steps")}
		}
	})
}

// TestCodec_Random: what was encoded comes back, the size limit covers it, and no
// two updates share an encoding with one byte changed by accident: a change is
// refused or gives another update.
func TestCodec_Random(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := randomUpdate(3).Draw(t, "update")
		encoded := Append([]byte("before"), u)[len("before"):]
		decoded, err := Decode(encoded)
		if err != nil || fmt.Sprintf("%#v", decoded) != fmt.Sprintf("%#v", u) {
			t.Fatalf("%#v came back as %#v, %v", u, decoded, err)
		}
		if len(encoded) > Size(u)+1 {
			t.Fatalf("%#v: %d bytes, size %d", u, len(encoded), Size(u))
		}
		changed := bytes.Clone(encoded)
		changed[rapid.IntRange(0, len(changed)-1).Draw(t, "at")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
		if other, err := Decode(changed); err == nil && bytes.Equal(Encode(other), encoded) {
			t.Fatalf("%x and %x both mean %#v", encoded, changed, u)
		}
	})
}

// TestCodec_Layout pins the bytes: logs are read by later versions.
func TestCodec_Layout(t *testing.T) {
	u := Sequence{Updates: []Update{
		Set{Key: "k", Value: []byte("v1")},
		TestAndSet{Key: "t", Wanted: Some([]byte("w"))},
		AssertRange{Prefix: "p", Keys: []string{"p1"}},
		Confirm{Key: "c"},
		Nop{},
	}}
	require.Equal(t, "01 05 05000000"+
		" 01 01000000 6b 02000000 7631"+
		" 03 01000000 74 00 01 01000000 77"+
		" 11 01000000 70 01000000 02000000 7031"+
		" 20 01000000 63 00000000"+
		" 06", spaced(Encode(u), 1, 1, 4, 1, 4, 1, 4, 2, 1, 4, 1, 1, 1, 4, 1, 1, 4, 1, 4, 4, 2, 1, 4, 1, 4, 1))
}

func spaced(b []byte, lengths ...int) string {
	var parts []string
	for _, n := range lengths {
		parts = append(parts, fmt.Sprintf("%x", b[:n]))
		b = b[n:]
	}
	return strings.Join(parts, " ")
}

// TestDecode_EveryCut refuses every true prefix of every sample, and every sample
// with a byte behind it.
func TestDecode_EveryCut(t *testing.T) {
	for _, u := range samples() {
		encoded := Encode(u)
		for n := range encoded {
			_, err := Decode(encoded[:n])
			require.ErrorIs(t, err, ErrMalformed, "%#v cut to %d bytes", u, n)
		}
		_, err := Decode(append(encoded, 0))
		require.ErrorContains(t, err, "behind the update")
	}
}

func TestDecode_Refuses(t *testing.T) {
	count := func(kind byte, n uint32, rest ...byte) []byte {
		return append(binary.LittleEndian.AppendUint32([]byte{1, kind}, n), rest...)
	}
	cases := []struct {
		name  string
		input []byte
		text  string
	}{
		{"version", []byte{2, kindNop}, "version 2"},
		{"kind", []byte{1, 99}, "kind 99"},
		{"nothing", nil, "cut short"},
		{"option", append(Encode(Replace{Key: "k"})[:7], 2), "option byte 2"},
		{"length", count(kindDelete, 1<<31, 'k'), "2147483648 bytes announced, 1 left"},
		{"steps", count(kindSequence, 1<<31, kindNop), "2147483648 elements in 1 bytes"},
		{"keys", count(kindAssertRange, 0, 255, 255, 255, 255, 0), "elements"},
		{"nested", Encode(nest(Nop{}, MaxDepth+1)), "nested deeper than 64"},
		{"too long", make([]byte, MaxUpdateBytes+1), "33554433 bytes"},
		{"too many steps", append(count(kindSequence, MaxSteps+1), bytes.Repeat([]byte{kindNop}, MaxSteps+1)...), "elements"},
	}
	for _, c := range cases {
		_, err := Decode(c.input)
		require.ErrorIs(t, err, ErrMalformed, c.name)
		require.ErrorContains(t, err, c.text, c.name)
	}
}

// TestDecode_StepsAddUp has many sequences whose steps are too many only together.
func TestDecode_StepsAddUp(t *testing.T) {
	half := Sequence{Updates: make([]Update, MaxSteps/2)}
	for i := range half.Updates {
		half.Updates[i] = Nop{}
	}
	_, err := Decode(Encode(half))
	require.NoError(t, err)
	_, err = Decode(Encode(Sequence{Updates: []Update{half, half}}))
	require.ErrorIs(t, err, ErrMalformed)
}

// TestDecode_Aliasing pins what the documentation says: keys are copies, values
// are not.
func TestDecode_Aliasing(t *testing.T) {
	encoded := Encode(Set{Key: "key", Value: []byte("value")})
	u, err := Decode(encoded)
	require.NoError(t, err)
	clear(encoded)
	require.Equal(t, Set{Key: "key", Value: make([]byte, 5)}, u)
	require.Equal(t, 5, cap(u.(Set).Value), "appending must not write into the next field")
}

func TestAppend_UnknownUpdatePanics(t *testing.T) {
	require.Panics(t, func() { Append(nil, nil) })
	require.Panics(t, func() { Size(nil) })
	require.Panics(t, func() { Describe(nil) })
	require.Panics(t, func() { Keys(nil) })
	require.Panics(t, func() { QueryKeys(nil) })
}

// FuzzDecode: whatever is accepted is written again as the same bytes, and every
// function over updates can take it.
func FuzzDecode(f *testing.F) {
	for _, u := range samples() {
		f.Add(Encode(u))
	}
	f.Add([]byte{1, kindSequence, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, input []byte) {
		u, err := Decode(input)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		if again := Append(nil, u); !bytes.Equal(again, input) {
			t.Fatalf("not canonical: %x decodes to %#v, which encodes to %x", input, u, again)
		}
		if len(input) > Size(u)+1 {
			t.Fatalf("%d bytes, but size %d", len(input), Size(u))
		}
		if len(Describe(u)) > 64<<10 {
			t.Fatalf("description of %d bytes", len(Describe(u)))
		}
		Keys(u)
		_ = DefaultLimits().Check(u)
	})
}
