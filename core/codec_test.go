package core

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func sampleGenesis() *Genesis {
	return &Genesis{ClusterID: "ricky", Cluster: Incarnation{9}, Alpha: 16, Voters: []Voter{
		{Name: "a", Seat: 0, Member: 1, Incarnation: Incarnation{1}, Datacentre: "x"},
		{Name: "b", Seat: 1, Member: 2},
	}}
}

// samples holds one message of every kind, so that a new kind without a sample
// is noticed.
func samples() []Message {
	b := Ballot{7, 2}
	entries := []Entry{{4, Ballot{6, 1}, BarrierValue(b)}, {5, b, EncodeBatch([][]byte{{}, []byte("xy")})}}
	return []Message{&Probe{}, &Identity{Blank: true, Voters: 5}, &Identity{Genesis: sampleGenesis(), Adopted: 3},
		&Ask{b, 4}, &AskYes{b}, &Prepare{b, 4}, &Promise{B: b, From: 4, Commit: 3, Entries: entries,
			Unknown: []Unknown{{9, b}}}, &Behind{b, 8}, &Nack{b, RefusedGrant, b, 3},
		&Accept{B: b, First: 2, Commit: 3, From: 4, Values: []Value{{1}, {2, 3}}}, &Accepted{b, 5, 4}, &Chosen{b, 4},
		&Heartbeat{b, 3, time.Second, 2, 3, 5, []MarkReport{{Mark{3, MarkChain, [16]byte{1}}, 5}}},
		&HeartbeatReply{b, 3, true, b, 5, 4, true, false, []Mark{{3, MarkContent, [16]byte{2}}}}, &Fetch{3, 9},
		&Entries{Commit: 9, Entries: entries}, &Release{b}, &StandNow{b, 7}, &SnapshotOffer{8, 9},
		&SnapshotFetch{8, false, []byte("key")}, &SnapshotChunk{Instance: 8, Done: true, After: []byte("a"),
			Last: []byte("b"), Manifest: []byte("m"), Bytes: []byte("entries")}}
}

func TestEnvelope_EveryKindRoundTrips(t *testing.T) {
	seen := map[MessageKind]bool{}
	for _, msg := range samples() {
		env := Envelope{From: 1, To: 2, Cluster: Incarnation{1}, FromInc: Incarnation{2}, ToInc: Incarnation{3}, Msg: msg}
		enc := AppendEnvelope(nil, &env)
		got, err := DecodeEnvelope(enc)
		require.NoError(t, err)
		require.Equal(t, env, got)
		seen[msg.Kind()] = true
		for cut := range enc {
			_, err := DecodeEnvelope(enc[:cut])
			require.ErrorIs(t, err, ErrEnvelope, "%T cut at %d", msg, cut)
		}
		_, err = DecodeEnvelope(append(enc, 0))
		require.ErrorIs(t, err, ErrEnvelope)
	}
	for k := KindProbe; k < kindEnd; k++ {
		require.True(t, seen[k], "no sample of kind %d", k)
	}
}

func TestValue_BatchesRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		updates := rapid.SliceOf(rapid.SliceOf(rapid.Byte())).Draw(t, "updates")
		got, err := EncodeBatch(updates).Updates()
		require.NoError(t, err)
		require.Len(t, got, len(updates))
		for k := range updates {
			require.True(t, bytes.Equal(updates[k], got[k]))
		}
	})
}

func FuzzEnvelope(f *testing.F) {
	for _, msg := range samples() {
		f.Add(AppendEnvelope(nil, &Envelope{From: 1, To: 0, Msg: msg}))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		env, err := DecodeEnvelope(b)
		if err != nil {
			return
		}
		again, err := DecodeEnvelope(AppendEnvelope(nil, &env))
		require.NoError(t, err)
		require.Equal(t, env, again)
	})
}

func FuzzValue(f *testing.F) {
	f.Add([]byte(EncodeBatch([][]byte{[]byte("a")})))
	f.Add([]byte(BarrierValue(Ballot{1, 2})))
	f.Fuzz(func(t *testing.T, b []byte) {
		updates, err := Value(b).Updates()
		if err == nil && b[0] == KindBatch {
			require.Equal(t, b, []byte(EncodeBatch(updates)))
		}
	})
}
