package realnet

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// frameOf builds a frame of messages.
func frameOf(version byte, msgs ...[]byte) []byte {
	b := beginFrame(nil, version)
	for _, m := range msgs {
		b = appendMessage(b, func(b []byte) []byte { return append(b, m...) })
	}
	endFrame(b, 0)
	return b
}

// messagesOf takes a frame's messages apart.
func messagesOf(t *testing.T, b []byte) [][]byte {
	t.Helper()
	var msgs [][]byte
	for len(b) > 0 {
		m, rest, err := nextMessage(b)
		require.NoError(t, err)
		msgs = append(msgs, m)
		b = rest
	}
	return msgs
}

func TestFrame_GoldenBytes(t *testing.T) {
	require.Equal(t, []byte{
		8, 0, 0, 0, // version and messages
		0x9e, 0xf6, 0x14, 0x02, // CRC32C
		1,                         // version
		3, 0, 0, 0, 'a', 'b', 'c', // message
	}, frameOf(1, []byte("abc")))
}

func TestFrame_RoundTripInAnyReads(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var stream []byte
	var want [][][]byte
	for _, size := range []int{0, 1, 50, frameBuffer - 9, frameBuffer, 3 << 20, 7, 200_000} {
		a, b := make([]byte, size), make([]byte, rng.IntN(100))
		for i := range a {
			a[i] = byte(rng.Uint32())
		}
		stream = append(stream, frameOf(1, a, b)...)
		want = append(want, [][]byte{a, b})
	}
	for name, src := range map[string]io.Reader{
		"whole": bytes.NewReader(stream), "half": iotest.HalfReader(bytes.NewReader(stream)),
		"bytewise":        iotest.OneByteReader(bytes.NewReader(stream)),
		"error with data": iotest.DataErrReader(bytes.NewReader(stream)),
	} {
		fr := newFrameReader(src, maxFrame)
		for i := range want {
			b, err := fr.next(1)
			require.NoError(t, err, "%s, frame %d", name, i)
			require.Equal(t, want[i], messagesOf(t, b), "%s, frame %d", name, i)
		}
		_, err := fr.next(1)
		require.ErrorIs(t, err, io.EOF, name)
	}
}

func TestFrame_MemoryIsItsOwn(t *testing.T) {
	stream := append(frameOf(1, []byte("first")), frameOf(1, []byte("other"))...)
	fr := newFrameReader(bytes.NewReader(stream), maxFrame)
	first, err := fr.next(1)
	require.NoError(t, err)
	require.True(t, fr.buffered(), "both came with one read")
	_, err = fr.next(1)
	require.NoError(t, err)
	require.False(t, fr.buffered())
	require.Equal(t, "first", string(messagesOf(t, first)[0]), "a later frame overwrote an earlier one")
}

func TestFrame_WrongBytesGiveTheirReason(t *testing.T) {
	good := frameOf(1, []byte("message"))
	edit := func(f func([]byte)) []byte {
		b := bytes.Clone(good)
		f(b)
		return b
	}
	for name, c := range map[string]struct {
		bytes []byte
		err   error
	}{
		"empty":          {edit(func(b []byte) { binary.LittleEndian.PutUint32(b, 0) }), errFrameLength},
		"too long":       {edit(func(b []byte) { binary.LittleEndian.PutUint32(b, maxFrame+1) }), errFrameLength},
		"negative":       {edit(func(b []byte) { binary.LittleEndian.PutUint32(b, 1<<31) }), errFrameLength},
		"shorter":        {edit(func(b []byte) { binary.LittleEndian.PutUint32(b, 5) }), errFrameCRC},
		"bit in CRC":     {edit(func(b []byte) { b[5] ^= 4 }), errFrameCRC},
		"bit in version": {edit(func(b []byte) { b[8] ^= 1 }), errFrameCRC},
		"bit in message": {edit(func(b []byte) { b[len(b)-1] ^= 1 }), errFrameCRC},
		"other version":  {frameOf(9, []byte("message")), errFrameVersion},
		"cut header":     {good[:5], io.ErrUnexpectedEOF},
		"cut body":       {good[:len(good)-1], io.ErrUnexpectedEOF},
	} {
		_, err := newFrameReader(bytes.NewReader(c.bytes), maxFrame).next(1)
		require.ErrorIs(t, err, c.err, name)
	}
	_, _, err := nextMessage([]byte{1, 0, 0})
	require.ErrorIs(t, err, errFrameMessage)
	_, _, err = nextMessage([]byte{2, 0, 0, 0, 'x'})
	require.ErrorIs(t, err, errFrameMessage)
}

func TestFrame_LengthAloneTakesNoMemory(t *testing.T) {
	header := binary.LittleEndian.AppendUint32(nil, maxFrame)
	header = append(header, 1, 2, 3, 4, 1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := newFrameReader(bytes.NewReader(header), maxFrame).next(1)
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
}

func FuzzPeerFrame(f *testing.F) {
	f.Add(frameOf(1, []byte("abc"), nil))
	f.Add(append(frameOf(1), frameOf(1, bytes.Repeat([]byte("x"), 300))...))
	f.Add(frameOf(0, []byte("hello"))[:12])
	f.Add(appendHello(nil, hello{1, 1, "c", "a", "b"}))
	f.Fuzz(func(t *testing.T, stream []byte) {
		fr := newFrameReader(iotest.HalfReader(bytes.NewReader(stream)), 1<<20)
		consumed := 0
		for {
			b, err := fr.next(1)
			if err != nil {
				break
			}
			// What was accepted encodes to the very bytes that came in.
			var msgs [][]byte
			for whole := b; len(whole) > 0; {
				m, rest, err := nextMessage(whole)
				if err != nil {
					require.ErrorIs(t, err, errFrameMessage)
					return
				}
				msgs = append(msgs, m)
				whole = rest
			}
			again := frameOf(1, msgs...)
			require.Equal(t, stream[consumed:consumed+len(again)], again)
			consumed += len(again)
		}
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
	require.True(t, errors.Is(err, errFrameLength))
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
