package command

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The texts are those of the recorded traffic (rows 60, 116, 120).
func TestTexts_AsRecorded(t *testing.T) {
	require.Equal(t, `ContainsExactly [ "s3; s2" ] actual: s2,s3,s4`,
		RangeMismatch([]string{"s3", "s2"}, []string{"s2", "s3", "s4"}))
	require.Equal(t, `User function "nofun" could not be found`, FunctionNotFound("nofun"))

	var five Sequence
	for _, k := range []string{"b0", "b1", "b2", "b3", "b4"} {
		five.Updates = append(five.Updates, Set{Key: k, Value: make([]byte, 8000000)})
	}
	var refused *Error
	require.ErrorAs(t, DefaultLimits().Check(five), &refused)
	require.Equal(t, CodeBadInput, refused.Code)
	require.Equal(t, `update Sequence([Set            ;"b0";8000000;"..."; Set            ;"b1";8000000;"..."; `+
		`Set            ;"b2";8000000;"..."; Set            ;"b3";8000000;"..."; Set            ;"b4";8000000;"..."`+
		`... (0 more) ]) has size 40000078 > 33554432`, refused.Message)
}

// Rows 118 and 119: the value limit is exclusive. Inside a sequence it is not checked.
func TestLimits_ValueIsExclusive(t *testing.T) {
	limits := DefaultLimits()
	value := make([]byte, MaxValueBytes)
	for _, u := range []func([]byte) Update{
		func(v []byte) Update { return Set{Value: v} },
		func(v []byte) Update { return Confirm{Value: v} },
		func(v []byte) Update { return TestAndSet{Wanted: Some(v)} },
		func(v []byte) Update { return Replace{Wanted: Some(v)} },
	} {
		require.NoError(t, limits.Check(u(value[1:])))
		require.Equal(t, &Error{Code: CodeUnknownFailure, Message: UnknownFailureText}, limits.Check(u(value)))
		require.NoError(t, limits.Check(Sequence{Updates: []Update{u(value)}}))
	}
}

// The limit on the whole update is inclusive.
func TestLimits_UpdateIsInclusive(t *testing.T) {
	u := Delete{Key: "12345678"}
	require.NoError(t, Limits{ValueBytes: 1, UpdateBytes: 16}.Check(u))
	require.EqualError(t, Limits{ValueBytes: 1, UpdateBytes: 15}.Check(u),
		`bad input: update Delete         ;"12345678" has size 16 > 15`)
}
