package frame

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

// frameOf builds a frame of messages.
func frameOf(version byte, msgs ...[]byte) []byte {
	b := Begin(nil, version)
	for _, m := range msgs {
		b = AppendMessage(b, func(b []byte) []byte { return append(b, m...) })
	}
	End(b, 0)
	return b
}

// messagesOf takes a frame's messages apart.
func messagesOf(t *testing.T, b []byte) [][]byte {
	t.Helper()
	var msgs [][]byte
	for len(b) > 0 {
		m, rest, err := NextMessage(b)
		require.NoError(t, err)
		msgs = append(msgs, m)
		b = rest
	}
	return msgs
}

func TestFrame_GoldenBytes(t *testing.T) {
	require.Equal(t, []byte{
		8, 0, 0, 0, // version and messages
		0x21, 0x28, 0x23, 0xbe, // its CRC32C
		0x38, 0x26, 0x3e, 0x2b, // that of what follows
		1,                         // version
		3, 0, 0, 0, 'a', 'b', 'c', // message
	}, frameOf(1, []byte("abc")))
}

func TestFrame_RoundTripInAnyReads(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var stream []byte
	var want [][][]byte
	for _, size := range []int{0, 1, 50, readSize - 9, readSize, 3 << 20, 7, 200_000} {
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
		fr := NewReader(src, MaxBody)
		for i := range want {
			b, err := fr.Next(1)
			require.NoError(t, err, "%s, frame %d", name, i)
			require.Equal(t, want[i], messagesOf(t, b), "%s, frame %d", name, i)
		}
		_, err := fr.Next(1)
		require.ErrorIs(t, err, io.EOF, name)
	}
}

func TestFrame_MemoryIsItsOwn(t *testing.T) {
	stream := append(frameOf(1, []byte("first")), frameOf(1, []byte("other"))...)
	fr := NewReader(bytes.NewReader(stream), MaxBody)
	first, err := fr.Next(1)
	require.NoError(t, err)
	require.True(t, fr.Buffered(), "both came with one read")
	_, err = fr.Next(1)
	require.NoError(t, err)
	require.False(t, fr.Buffered())
	require.Equal(t, "first", string(messagesOf(t, first)[0]), "a later frame overwrote an earlier one")
}

func TestFrame_WrongBytesGiveTheirReason(t *testing.T) {
	good := frameOf(1, []byte("message"))
	edit := func(f func([]byte)) []byte {
		b := bytes.Clone(good)
		f(b)
		return b
	}
	length := func(n uint32) func([]byte) { // with a checksum that confirms it
		return func(b []byte) {
			binary.LittleEndian.PutUint32(b, n)
			binary.LittleEndian.PutUint32(b[4:], checksum(b[:4]))
		}
	}
	for name, c := range map[string]struct {
		bytes []byte
		err   error
	}{
		"empty":          {edit(length(0)), ErrLength},
		"too long":       {edit(length(MaxBody + 1)), ErrLength},
		"negative":       {edit(length(1 << 31)), ErrLength},
		"shorter":        {edit(length(5)), ErrCRC},
		"bit in length":  {edit(func(b []byte) { b[2] ^= 1 }), ErrLength},
		"bit in its CRC": {edit(func(b []byte) { b[5] ^= 4 }), ErrLength},
		"bit in CRC":     {edit(func(b []byte) { b[9] ^= 4 }), ErrCRC},
		"bit in version": {edit(func(b []byte) { b[12] ^= 1 }), ErrCRC},
		"bit in message": {edit(func(b []byte) { b[len(b)-1] ^= 1 }), ErrCRC},
		"other version":  {frameOf(9, []byte("message")), ErrVersion},
		"cut header":     {good[:5], io.ErrUnexpectedEOF},
		"cut body":       {good[:len(good)-1], io.ErrUnexpectedEOF},
	} {
		_, err := NewReader(bytes.NewReader(c.bytes), MaxBody).Next(1)
		require.ErrorIs(t, err, c.err, name)
	}
	_, _, err := NextMessage([]byte{1, 0, 0})
	require.ErrorIs(t, err, ErrMessage)
	_, _, err = NextMessage([]byte{2, 0, 0, 0, 'x'})
	require.ErrorIs(t, err, ErrMessage)
}

func TestFrame_LengthAloneTakesNoMemory(t *testing.T) {
	header := binary.LittleEndian.AppendUint32(nil, MaxBody)
	header = binary.LittleEndian.AppendUint32(header, checksum(header))
	header = append(header, 1, 2, 3, 4, 1)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := NewReader(bytes.NewReader(header), MaxBody).Next(1)
	runtime.ReadMemStats(&after)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(4<<20))
}

func FuzzFrame(f *testing.F) {
	f.Add(frameOf(1, []byte("abc"), nil))
	f.Add(append(frameOf(1), frameOf(1, bytes.Repeat([]byte("x"), 300))...))
	f.Add(frameOf(0, []byte("hello"))[:12])
	f.Fuzz(func(t *testing.T, stream []byte) {
		fr := NewReader(iotest.HalfReader(bytes.NewReader(stream)), 1<<20)
		consumed := 0
		for {
			b, err := fr.Next(1)
			if err != nil {
				break
			}
			// What was accepted encodes to the very bytes that came in.
			var msgs [][]byte
			for whole := b; len(whole) > 0; {
				m, rest, err := NextMessage(whole)
				if err != nil {
					require.ErrorIs(t, err, ErrMessage)
					return
				}
				msgs = append(msgs, m)
				whole = rest
			}
			again := frameOf(1, msgs...)
			require.Equal(t, stream[consumed:consumed+len(again)], again)
			consumed += len(again)
		}
	})
}
