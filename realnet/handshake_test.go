package realnet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/frame"
)

// frameOf builds a frame of messages.
func frameOf(version byte, msgs ...[]byte) []byte {
	b := frame.Begin(nil, version)
	for _, m := range msgs {
		b = frame.AppendMessage(b, func(b []byte) []byte { return append(b, m...) })
	}
	frame.End(b, 0)
	return b
}

func TestHandshake_RoundTrip(t *testing.T) {
	h := hello{oldest: 1, newest: 7, cluster: "ricky", from: "arakoon_0", to: "arakoon_1"}
	msg, _, err := readHandshake(bytes.NewReader(append(appendHello(nil, h), "more"...)))
	require.NoError(t, err)
	got, err := decodeHello(msg)
	require.NoError(t, err)
	require.Equal(t, h, got)

	msg, _, err = readHandshake(bytes.NewReader(appendWelcome(nil, 0, "because")))
	require.NoError(t, err)
	v, reason, err := decodeWelcome(msg)
	require.NoError(t, err)
	require.Equal(t, byte(0), v)
	require.Equal(t, "because", reason)
}

func TestHandshake_WrongBytes(t *testing.T) {
	whole := appendHello(nil, hello{1, 1, "c", "a", "b"})
	for n := range whole {
		_, _, err := readHandshake(bytes.NewReader(whole[:n]))
		require.Error(t, err, "first %d bytes", n)
	}
	msg, _, err := readHandshake(bytes.NewReader(whole))
	require.NoError(t, err)
	for n := range msg {
		_, err := decodeHello(msg[:n])
		require.ErrorIs(t, err, errHandshake, "first %d bytes", n)
	}
	_, err = decodeHello(append(bytes.Clone(msg), 0))
	require.ErrorIs(t, err, errHandshake)
	_, _, err = decodeWelcome([]byte{1, 9, 0, 'x'})
	require.ErrorIs(t, err, errHandshake)

	long := append([]byte(peerMagic), binary.LittleEndian.AppendUint32(nil, maxHandshake+1)...)
	_, _, err = readHandshake(bytes.NewReader(append(long, make([]byte, maxHandshake+10)...)))
	require.True(t, errors.Is(err, frame.ErrLength))
}

func TestHandshake_VersionsAgree(t *testing.T) {
	for _, c := range []struct{ oldest, newest, want byte }{
		{1, 1, 1}, {1, 9, 1}, {0, 1, 1}, {2, 9, 0}, {0, 0, 0},
	} {
		require.Equal(t, c.want, agree(hello{oldest: c.oldest, newest: c.newest}), "%d to %d", c.oldest, c.newest)
	}
}

func TestHandshake_ForeignProtocolsAreRecognised(t *testing.T) {
	for first, want := range map[string]string{
		"GET ": "HTTP", "POST": "HTTP", "\x16\x03\x01\x02": "TLS",
		"\x00\x00\xff\xb1": "Arakoon client protocol", "ARGP": "", "\x00\x00\x00\x00": "",
	} {
		require.Equal(t, want, foreignProtocol([4]byte([]byte(first))), "%q", first)
	}
}

// What is accepted encodes to the very bytes that came in.
func FuzzHandshake(f *testing.F) {
	f.Add(appendHello(nil, hello{1, 1, "c", "a", "b"}))
	f.Add(appendWelcome(nil, 0, "because"))
	f.Add(frameOf(0, []byte("hello"))[:12])
	f.Fuzz(func(t *testing.T, stream []byte) {
		if msg, _, err := readHandshake(bytes.NewReader(stream)); err == nil {
			if h, err := decodeHello(msg); err == nil {
				require.True(t, bytes.HasPrefix(stream, appendHello(nil, h)))
			}
			if v, reason, err := decodeWelcome(msg); err == nil {
				require.True(t, bytes.HasPrefix(stream, appendWelcome(nil, v, reason)))
			}
		}
	})
}
