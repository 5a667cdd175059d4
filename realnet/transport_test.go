package realnet

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/frame"
)

const patience = 20 * time.Second // how long a condition may take to come true

// eventually waits for a condition, and prints what on failure.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	require.Eventually(t, cond, patience, 2*time.Millisecond, what)
}

// endpoint is a transport whose messages are collected.
type endpoint struct {
	*transport
	cfg  *Config
	logs *lockedBuffer

	mu   sync.Mutex
	got  []core.Envelope
	runs int
	gate chan struct{} // if set, deliveries wait for it
}

func (e *endpoint) deliver(envs []core.Envelope, _ int) bool {
	e.mu.Lock()
	gate := e.gate
	e.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		case <-e.ctx.Done():
			return false
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.got = append(e.got, envs...)
	e.runs++
	return true
}

func (e *endpoint) received() []core.Envelope {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append([]core.Envelope(nil), e.got...)
}

// lockedBuffer collects a log.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func localListener(t *testing.T, addr string) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	require.NoError(t, err)
	return l
}

func portOf(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// endpoints starts n transports that know each other; edit changes the Config
// of one before it starts.
func endpoints(t *testing.T, n int, edit func(i int, c *Config)) []*endpoint {
	t.Helper()
	goleak.VerifyNone(t)
	var ls []net.Listener
	var nodes []Node
	for i := range n {
		ls = append(ls, localListener(t, "127.0.0.1:0"))
		nodes = append(nodes, Node{Name: fmt.Sprintf("n%d", i), IPs: []string{"127.0.0.1"}, PeerPort: portOf(ls[i]), ClientPort: 4000 + i})
	}
	var es []*endpoint
	for i := range n {
		logs := &lockedBuffer{}
		cfg := &Config{ClusterID: "ricky", Name: nodes[i].Name, Nodes: nodes, Home: "unused",
			Log: slog.New(slog.NewTextHandler(logs, nil))}
		if edit != nil {
			edit(i, cfg)
		}
		require.NoError(t, cfg.prepare())
		es = append(es, startEndpoint(cfg, ls[i], logs))
	}
	t.Cleanup(func() {
		for _, e := range es {
			e.close()
		}
		goleak.VerifyNone(t)
	})
	return es
}

func startEndpoint(cfg *Config, l net.Listener, logs *lockedBuffer) *endpoint {
	e := &endpoint{cfg: cfg, logs: logs}
	ready := make(chan struct{})
	e.transport = startTransport(cfg, []net.Listener{l}, func(envs []core.Envelope, size int) bool {
		<-ready
		return e.deliver(envs, size)
	})
	close(ready)
	return e
}

func chosen(from, to core.Seat, i core.Instance) core.Envelope {
	return core.Envelope{From: from, To: to, Msg: &core.Chosen{Commit: i}}
}

func TestTransport_DeliversInOrderToEachPeer(t *testing.T) {
	es := endpoints(t, 3, nil)
	eventually(t, "connections", func() bool {
		return es[0].peers[1].connected() && es[0].peers[2].connected()
	})
	const n = 2000
	var envs []core.Envelope
	for i := range core.Instance(n) {
		envs = append(envs, chosen(0, 1, i), chosen(0, 2, i))
	}
	es[0].send(envs)
	require.EqualValues(t, 2, es[0].stats.framesOut.Load(), "messages of one drain share a frame per peer")
	for seat := 1; seat <= 2; seat++ {
		eventually(t, "delivery", func() bool { return len(es[seat].received()) == n })
		for i, e := range es[seat].received() {
			require.Equal(t, chosen(0, core.Seat(seat), core.Instance(i)), e)
		}
	}
}

func TestTransport_LargeMessagesAndManyFrames(t *testing.T) {
	es := endpoints(t, 2, nil)
	eventually(t, "connection", func() bool { return es[0].peers[1].connected() })
	var want []int
	for i, size := range []int{frame.Soft + 1, 10, 30 << 20, 64 << 10, 0} {
		v := make(core.Value, size)
		es[0].send([]core.Envelope{{From: 0, To: 1, Msg: &core.Accept{From: core.Instance(i), Values: []core.Value{v}}}})
		want = append(want, size)
	}
	eventually(t, "delivery", func() bool { return len(es[1].received()) == len(want) })
	for i, e := range es[1].received() {
		require.Len(t, e.Msg.(*core.Accept).Values[0], want[i])
	}
}

func TestTransport_ReconnectsWhenThePeerComesBack(t *testing.T) {
	es := endpoints(t, 2, nil)
	eventually(t, "connection", func() bool { return es[0].peers[1].connected() })
	addr := es[1].listeners[0].Addr().String()
	es[1].close()
	eventually(t, "the loss is noticed", func() bool { return !es[0].peers[1].connected() })
	es[0].send([]core.Envelope{chosen(0, 1, 1)})
	require.EqualValues(t, 1, es[0].stats.dropped.Load(), "a message without a connection is dropped and counted")

	es[1] = startEndpoint(es[1].cfg, localListener(t, addr), es[1].logs)
	eventually(t, "both ways are back", func() bool { return es[0].peers[1].connected() && es[1].peers[0].connected() })
	es[0].send([]core.Envelope{chosen(0, 1, 2)})
	eventually(t, "delivery", func() bool { return len(es[1].received()) == 1 })
	require.Equal(t, chosen(0, 1, 2), es[1].received()[0], "an old message came through")
}

func TestTransport_FullQueueDropsAndCounts(t *testing.T) {
	gate := make(chan struct{})
	es := endpoints(t, 2, func(_ int, c *Config) { c.Limits.PeerQueue = 1 << 20 })
	es[1].mu.Lock()
	es[1].gate = gate
	es[1].mu.Unlock()
	eventually(t, "connection", func() bool { return es[0].peers[1].connected() })
	big := core.Envelope{From: 0, To: 1, Msg: &core.Accept{Values: []core.Value{make(core.Value, 256<<10)}}}
	sent := 0
	for es[0].stats.dropped.Load() == 0 && sent < 1000 { // sockets buffer some megabytes
		es[0].send([]core.Envelope{big})
		sent++
	}
	require.NotZero(t, es[0].stats.dropped.Load(), "%d messages of 256 KiB fitted into 1 MiB", sent)
	p := es[0].peers[1]
	p.mu.Lock()
	queued := len(p.buf)
	p.mu.Unlock()
	require.LessOrEqual(t, queued, 2<<20, "the queue is bounded")
	close(gate)
	want := sent - int(es[0].stats.dropped.Load())
	eventually(t, "what was queued arrives", func() bool { return len(es[1].received()) == want })
}

func TestTransport_AFullSocketLosesAndMixesNothing(t *testing.T) {
	gate := make(chan struct{})
	es := endpoints(t, 2, nil)
	es[1].mu.Lock()
	es[1].gate = gate
	es[1].mu.Unlock()
	eventually(t, "connection", func() bool { return es[0].peers[1].connected() })
	// Small enough to be written by send itself, and more of them than sockets hold.
	const n, size = 2000, 16 << 10
	for i := range core.Instance(n) {
		es[0].send([]core.Envelope{{From: 0, To: 1, Msg: &core.Accept{From: i, Values: []core.Value{make(core.Value, size)}}}})
	}
	close(gate)
	eventually(t, "delivery", func() bool { return len(es[1].received()) == n })
	for i, e := range es[1].received() {
		require.EqualValues(t, i, e.Msg.(*core.Accept).From)
	}
	require.Zero(t, es[0].stats.dropped.Load())
}

// dialRaw connects to an endpoint as somebody else.
func dialRaw(t *testing.T, e *endpoint) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", e.listeners[0].Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
	return c
}

func TestTransport_RefusesStrangersWithAReason(t *testing.T) {
	es := endpoints(t, 1, func(_ int, c *Config) {
		c.Nodes = append(c.Nodes, Node{Name: "n1", IPs: []string{"127.0.0.1"}, PeerPort: 1})
	})
	for _, c := range []struct {
		h      hello
		reason string
	}{
		{hello{1, 1, "other", "n1", "n0"}, `belongs to cluster "ricky", not to "other"`},
		{hello{1, 1, "ricky", "n1", "n1"}, `this node is "n0", not "n1"`},
		{hello{1, 1, "ricky", "n7", "n0"}, `node "n7" is no peer`},
		{hello{1, 1, "ricky", "n0", "n0"}, `node "n0" is no peer`},
		{hello{8, 9, "ricky", "n1", "n0"}, `the other 8 to 9`},
	} {
		conn := dialRaw(t, es[0])
		_, err := conn.Write(appendHello(nil, c.h))
		require.NoError(t, err)
		msg, _, err := readHandshake(conn)
		require.NoError(t, err)
		version, reason, err := decodeWelcome(msg)
		require.NoError(t, err)
		require.Zero(t, version)
		require.Contains(t, reason, c.reason)
		_, err = conn.Read(make([]byte, 1))
		require.Error(t, err, "the connection stays open")
	}
	require.EqualValues(t, 5, es[0].stats.refused.Load())
}

func TestTransport_WrongClusterNeverConnects(t *testing.T) {
	es := endpoints(t, 2, func(i int, c *Config) { c.ClusterID = fmt.Sprint("cluster", i) })
	eventually(t, "refusals", func() bool { return es[0].stats.refused.Load() > 0 && es[1].stats.refused.Load() > 0 })
	require.False(t, es[0].peers[1].connected())
	eventually(t, "the reason in the log", func() bool {
		return strings.Contains(es[0].logs.String(), `this node belongs to cluster`)
	})
}

// endedFrame is a frame whose body, from the version on, is b.
func endedFrame(b []byte) []byte {
	f := append(make([]byte, frame.HeaderSize), b...)
	frame.End(f, 0)
	return f
}

func TestTransport_BadFramesDropTheConnection(t *testing.T) {
	es := endpoints(t, 1, func(_ int, c *Config) {
		c.Nodes = append(c.Nodes, Node{Name: "n1", IPs: []string{"127.0.0.1"}, PeerPort: 1})
	})
	st := &es[0].stats
	envelope := func(from, to core.Seat) []byte {
		e := chosen(from, to, 1)
		return core.AppendEnvelope(nil, &e)
	}
	flipped := frameOf(1, envelope(1, 0))
	flipped[20] ^= 1
	for _, c := range []struct {
		what  string
		bytes []byte
		count func() uint64
	}{
		{"length", []byte{255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 1}, st.badLength.Load},
		{"crc", flipped, st.badCRC.Load},
		{"version", frameOf(7, envelope(1, 0)), st.badVersion.Load},
		{"message size", endedFrame([]byte{1, 9, 0, 0, 0, 'x'}), st.badMessage.Load},
		{"envelope", frameOf(1, []byte("no envelope")), st.badMessage.Load},
		{"sender", frameOf(1, envelope(0, 0)), st.badAddress.Load},
		{"addressee", frameOf(1, envelope(1, 1)), st.badAddress.Load},
	} {
		before := c.count()
		conn := dialRaw(t, es[0])
		_, err := conn.Write(append(appendHello(nil, hello{1, 1, "ricky", "n1", "n0"}), c.bytes...))
		require.NoError(t, err)
		_, _, err = readHandshake(conn)
		require.NoError(t, err)
		_, err = conn.Read(make([]byte, 1))
		require.Error(t, err, "%s: the connection stays open", c.what)
		require.Equal(t, before+1, c.count(), c.what)
	}
	require.Empty(t, es[0].received())
}

func TestTransport_WrongProtocolGetsAHint(t *testing.T) {
	es := endpoints(t, 1, nil)
	conn := dialRaw(t, es[0])
	_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, 400, resp.StatusCode)
	require.Equal(t, "this is the messaging port of arakoon node \"n0\"; clients use port 4000\n", string(body))

	for _, first := range []string{"\x16\x03\x01\x00\x05hello", "\x00\x00\xff\xb1\x01\x00\x00\x00"} {
		conn := dialRaw(t, es[0])
		_, err := io.WriteString(conn, first)
		require.NoError(t, err)
		_, err = conn.Read(make([]byte, 1))
		require.Error(t, err)
	}
	eventually(t, "hints in the log", func() bool {
		return strings.Contains(es[0].logs.String(), "it speaks TLS") &&
			strings.Contains(es[0].logs.String(), "it speaks Arakoon client protocol")
	})
	require.EqualValues(t, 3, es[0].stats.foreign.Load())
}

func TestTransport_ANewConnectionReplacesAHalfOpenOne(t *testing.T) {
	es := endpoints(t, 1, func(_ int, c *Config) {
		c.Nodes = append(c.Nodes, Node{Name: "n1", IPs: []string{"127.0.0.1"}, PeerPort: 1})
	})
	connect := func() net.Conn {
		conn := dialRaw(t, es[0])
		_, err := conn.Write(appendHello(nil, hello{1, 1, "ricky", "n1", "n0"}))
		require.NoError(t, err)
		_, _, err = readHandshake(conn)
		require.NoError(t, err)
		return conn
	}
	old := connect()
	young := connect()
	_, err := old.Read(make([]byte, 1))
	require.ErrorIs(t, err, io.EOF)
	e := chosen(1, 0, 1)
	_, err = young.Write(frameOf(1, core.AppendEnvelope(nil, &e)))
	require.NoError(t, err)
	eventually(t, "delivery", func() bool { return len(es[0].received()) == 1 })
}
