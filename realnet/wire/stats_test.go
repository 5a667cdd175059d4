package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFieldsRoundTrip(t *testing.T) {
	f := List("arakoon_stats", Float("start", 1.5), Int32("n", -2), Int64("i", 1<<40),
		Field{Type: FieldString, Name: "s", String: "x"}, List("empty"), List("nested", List("node_is", Int64("n0", 7))))
	b := AppendField(nil, f)
	got, err := DecodeFields(b)
	require.NoError(t, err)
	require.Equal(t, f, got)
	for cut := range b {
		_, err := DecodeFields(b[:cut])
		require.ErrorIs(t, err, ErrReply)
	}
	_, err = DecodeFields(append(b, 0))
	require.ErrorIs(t, err, ErrReply)
}

func TestFieldsAreBounded(t *testing.T) {
	deep := Int32("n", 1)
	for range maxFieldDepth + 1 {
		deep = List("l", deep)
	}
	_, err := DecodeFields(AppendField(nil, deep))
	require.ErrorIs(t, err, ErrReply)
	many := AppendString(AppendInt32(nil, int32(FieldList)), "l")
	_, err = DecodeFields(AppendInt32(many, 1<<30))
	require.ErrorIs(t, err, ErrReply)
}

// The vector S1 of the protocol's reference begins so.
func TestFieldBytes(t *testing.T) {
	b := AppendField(nil, List("arakoon_stats", Float("start", 1.5)))
	require.Equal(t, unhex(t, "05000000 0d000000 6172616b6f6f6e5f7374617473 01000000 03000000 05000000 7374617274 000000000000f83f"), b)
}
