package realnet

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// desk is the backend of a service under test: a real one-node server, unless
// the test holds what is submitted, refuses it, or plays a node that is not the
// master.
type desk struct {
	*Server
	t *testing.T

	mu     sync.Mutex
	hold   bool
	held   []*call
	refuse error
	slave  *replica.Status
	serves []int // for each lease read: how many updates had been answered before
	done   int   // updates answered
}

func newDesk(t *testing.T) *desk {
	tr := newTrio(t, 1, nil)
	tr.master()
	d := &desk{Server: tr.servers[0], t: t}
	d.view() // from now on there is a published one
	return d
}

// view asks the real server's loop for a view.
func (d *desk) view() replica.View {
	s := newSession(&service{}, nil)
	c := &call{session: s}
	require.NoError(d.t, d.Server.submit([]*call{c}))
	require.True(d.t, s.wait(func() bool { return c.done }))
	require.NoError(d.t, c.answer.Err)
	return c.answer.View
}

func (d *desk) submit(calls []*call) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuse != nil {
		return d.refuse
	}
	if d.hold {
		d.held = append(d.held, calls...)
		return nil
	}
	return d.Server.submit(calls)
}

func (d *desk) clock() core.Instant {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.serves = append(d.serves, d.done)
	return d.Server.clock()
}

func (d *desk) reads() *replica.ReadView {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.slave != nil {
		return emptyReads
	}
	return d.Server.reads()
}

var emptyReads = &replica.ReadView{}

func (d *desk) status() replica.Status {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.slave != nil {
		return *d.slave
	}
	return d.Server.status()
}

// waitHeld waits until n calls are held and returns them.
func (d *desk) waitHeld(n int) []*call {
	d.t.Helper()
	var calls []*call
	eventually(d.t, fmt.Sprint(n, " calls held"), func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		calls = d.held
		return len(calls) >= n
	})
	require.Len(d.t, calls, n)
	return calls
}

// answer answers held calls as the loop would.
func (d *desk) answer(calls []*call, err error) {
	var answers []replica.Answer
	for _, c := range calls {
		answers = append(answers, replica.Answer{Tag: c, Result: command.Result{}, Err: err})
	}
	d.mu.Lock()
	d.done += len(calls)
	d.mu.Unlock()
	deliverAnswers(answers)
}

// serve runs a service on the desk.
func (d *desk) serve(edit func(v *service)) net.Addr {
	l := localListener(d.t, "127.0.0.1:0")
	v := &service{backend: d, cluster: "ricky", node: "n0", singleton: true, log: slog.New(slog.DiscardHandler), listeners: []net.Listener{l}}
	v.limits.setDefaults()
	if edit != nil {
		edit(v)
	}
	v.start()
	d.t.Cleanup(v.close)
	return l.Addr()
}

// speaker is a client that speaks in bytes.
type speaker struct {
	net.Conn
	t *testing.T
	r *bufio.Reader
}

func connect(t *testing.T, addr net.Addr) *speaker {
	nc, err := net.Dial("tcp", addr.String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = nc.Close() })
	require.NoError(t, nc.SetDeadline(time.Now().Add(patience)))
	p := &speaker{Conn: nc, t: t, r: bufio.NewReader(nc)}
	p.say(wire.AppendPrologue(nil, "ricky"))
	return p
}

func (p *speaker) say(parts ...[]byte) {
	_, err := p.Write(bytes.Join(parts, nil))
	require.NoError(p.t, err)
}

func (p *speaker) hear(op wire.Op) wire.Reply {
	p.t.Helper()
	reply, err := wire.ReadReply(p.r, op)
	require.NoError(p.t, err)
	return reply
}

// end reads what is left until the server closes, as hex.
func (p *speaker) end() string {
	p.t.Helper()
	rest, err := io.ReadAll(p.r)
	require.NoError(p.t, err)
	return hex.EncodeToString(rest)
}

func set(key, value string) []byte {
	return wire.AppendUpdate(nil, command.Set{Key: key, Value: []byte(value)})
}

func get(key string) []byte {
	return wire.AppendQuery(nil, wire.Consistency{}, command.Get{Key: key})
}

func dirty(q command.Query) []byte {
	return wire.AppendQuery(nil, wire.Consistency{Strictness: wire.NoGuarantees}, q)
}

// A pipelined read sees the updates before it and not those behind it.
func TestService_PipelinedRequestsActInOrder(t *testing.T) {
	d := newDesk(t)
	p := connect(t, d.serve(nil))
	for range 20 {
		p.say(set("k", "1"), get("k"), set("k", "2"), set("k", "3"), get("k"), get("nope"),
			wire.AppendCommand(nil, wire.OpWhoMaster), dirty(command.Get{Key: "k"}), set("k", "4"), get("k"))
		require.Nil(t, p.hear(wire.OpSet).Err)
		require.Equal(t, "1", string(p.hear(wire.OpGet).Bytes))
		require.Nil(t, p.hear(wire.OpSet).Err)
		require.Nil(t, p.hear(wire.OpSet).Err)
		require.Equal(t, "3", string(p.hear(wire.OpGet).Bytes))
		require.Equal(t, command.CodeNotFound, p.hear(wire.OpGet).Err.Code)
		require.Equal(t, "n0", string(p.hear(wire.OpWhoMaster).Option.Bytes))
		require.Equal(t, "3", string(p.hear(wire.OpGet).Bytes))
		require.Nil(t, p.hear(wire.OpSet).Err)
		require.Equal(t, "4", string(p.hear(wire.OpGet).Bytes))
	}
}

// DESIGN 8: one pair per run of reads, taken after the updates before them were
// answered; never one for a whole batch.
func TestService_OnePairPerRunAfterTheUpdatesBefore(t *testing.T) {
	d := newDesk(t)
	d.hold = true
	p := connect(t, d.serve(nil))
	p.say(set("a", "1"), set("b", "1"), get("a"), get("b"), set("c", "1"), get("c"))
	first := d.waitHeld(2) // the third waits behind the reads
	d.mu.Lock()
	require.Empty(t, d.serves, "served before the updates were answered")
	d.mu.Unlock()
	d.answer(first, nil)
	third := d.waitHeld(3)
	d.mu.Lock()
	require.Equal(t, []int{2}, d.serves, "one pair for both reads, after both updates")
	d.mu.Unlock()
	d.answer(third[2:], nil)
	for range 3 {
		p.hear(wire.OpSet)
	}
	p.hear(wire.OpGet)
	eventually(t, "the last read", func() bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		return len(d.serves) == 2 && d.serves[1] == 3
	})
}

// countingConn counts writes.
type countingConn struct {
	net.Conn
	mu     sync.Mutex
	writes int
}

func (c *countingConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.writes++
	c.mu.Unlock()
	return c.Conn.Write(b)
}

func TestService_AnswersOfABatchLeaveInOneWrite(t *testing.T) {
	d := newDesk(t)
	d.hold = true
	v := &service{backend: d, cluster: "ricky", node: "n0", singleton: true, log: slog.New(slog.DiscardHandler)}
	v.limits.setDefaults()
	v.start()
	l := localListener(t, "127.0.0.1:0")
	t.Cleanup(func() { v.close(); _ = l.Close() })
	p := connect(t, l.Addr())
	nc, err := l.Accept()
	require.NoError(t, err)
	c := &countingConn{Conn: nc}
	v.admit(c)
	var requests []byte
	for i := range 50 {
		requests = append(requests, set(fmt.Sprint(i), "v")...)
	}
	p.say(requests)
	d.answer(d.waitHeld(50), nil)
	for range 50 {
		require.Nil(t, p.hear(wire.OpSet).Err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	require.Equal(t, 1, c.writes)
}

// Behind an answer that closes the connection nothing is executed.
func TestService_NothingBehindARefusalIsExecuted(t *testing.T) {
	for name, tc := range map[string]struct {
		err  error
		want command.Code
		void bool
	}{ // any order: each is on its own
		"not master":      {replica.ErrNotMaster, command.CodeNotMaster, true},
		"busy":            {replica.ErrBusy, command.CodeMaxConnections, true},
		"outcome unknown": {replica.ErrOutcomeUnknown, command.CodeNoLongerMaster, false},
		"refused":         {&command.Error{Code: command.CodeBadInput, Message: "x"}, command.CodeBadInput, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.hold = true
			p := connect(t, d.serve(nil))
			p.say(set("a", ""), set("b", ""), set("c", ""))
			calls := d.waitHeld(3)
			d.answer(calls[1:2], tc.err)
			require.Equal(t, tc.void, calls[2].void())
			d.answer(calls[:1], nil)
			require.Nil(t, p.hear(wire.OpSet).Err, "the one before is answered first")
			reply := p.hear(wire.OpSet)
			require.Equal(t, tc.want, reply.Err.Code)
			if tc.void {
				require.Empty(t, p.end())
				return
			}
			d.answer(calls[2:], nil)
			require.Nil(t, p.hear(wire.OpSet).Err)
		})
	}
}

// A user function may fail with an answer that closes, so nothing behind it is
// submitted before it is answered.
func TestService_UserFunctionsHoldBackWhatFollows(t *testing.T) {
	d := newDesk(t)
	d.hold = true
	boom := func(command.Tx, command.Option) (command.Option, error) { return command.None, nil }
	addr := d.serve(func(v *service) { v.functions = command.Functions{"boom": boom} })
	nested := command.Sequence{Updates: []command.Update{command.Sequence{Updates: []command.Update{command.UserFunction{Name: "boom"}}}}}
	failure := hex.EncodeToString(wire.AppendError(nil, command.CodeUserFunctionFailure, "boom"))
	for n, behind := range [][]byte{set("b", ""), get("b"), wire.AppendCommand(nil, wire.OpWhoMaster)} {
		for i := range 10 {
			p := connect(t, addr)
			p.say(wire.AppendUpdate(nil, nested), behind)
			calls := d.waitHeld(10*n + i + 1)
			d.answer(calls[10*n+i:], command.Errorf(command.CodeUserFunctionFailure, "boom"))
			require.Equal(t, failure, p.end())
		}
	}
}

// Whoever waits for the last answer to leave learns that it ends the connection.
func TestService_TheEndIsKnownBeforeIdleness(t *testing.T) {
	s := newSession(&service{}, nil)
	c := &call{session: s, op: wire.OpSet, done: true}
	s.slots, s.queued = []*call{c}, 1
	s.written(s.takeDone(nil), true)
	require.False(t, s.idle())
}

func TestService_BusyIsSaid(t *testing.T) {
	d := newDesk(t)
	d.refuse = replica.ErrBusy
	p := connect(t, d.serve(nil))
	p.say(set("a", ""), set("b", ""))
	require.Equal(t, hex.EncodeToString(wire.AppendError(nil, command.CodeMaxConnections, msgBusy)), p.end())
}

// Beyond 256 requests the server stops reading, and goes on when they are answered.
func TestService_QueuePerConnectionIsBounded(t *testing.T) {
	d := newDesk(t)
	d.hold = true
	p := connect(t, d.serve(func(v *service) { v.limits.ConnRequests = 10 }))
	var requests []byte
	for range 35 {
		requests = append(requests, set("k", "v")...)
	}
	p.say(requests)
	for from := 0; from < 35; from += 10 {
		calls := d.waitHeld(min(from+10, 35))
		d.answer(calls[from:], nil)
	}
	for range 35 {
		require.Nil(t, p.hear(wire.OpSet).Err)
	}
}

func TestService_BytesPerConnectionAreBounded(t *testing.T) {
	d := newDesk(t)
	d.hold = true
	p := connect(t, d.serve(func(v *service) { v.limits.ConnBytes = 3000 }))
	big := string(make([]byte, 1000))
	p.say(set("a", big), set("b", big), set("c", big))
	d.answer(d.waitHeld(2), nil)
	d.answer(d.waitHeld(3)[2:], nil)
	for range 3 {
		require.Nil(t, p.hear(wire.OpSet).Err)
	}
}

func TestService_ConnectionLimit(t *testing.T) {
	d := newDesk(t)
	addr := d.serve(func(v *service) { v.limits.Connections = 1 })
	first := connect(t, addr)
	first.say(get("k"))
	first.hear(wire.OpGet)
	second := connect(t, addr)
	require.Equal(t, "fe00000010000000746f6f206d616e7920636c69656e7473", second.end())
	require.NoError(t, first.Close())
	eventually(t, "room", func() bool {
		p := connect(t, addr)
		p.say(get("k"))
		reply, err := wire.ReadReply(p.r, wire.OpGet)
		return err == nil && reply.Err.Code == command.CodeNotFound
	})
}

// A client that takes nothing of its answer is disconnected.
func TestService_SlowReadersAreDisconnected(t *testing.T) {
	d := newDesk(t)
	var v *service
	addr := d.serve(func(s *service) { v = s; s.limits.ClientStallMS = 50 })
	p := connect(t, addr)
	p.say(set("k", string(make([]byte, 4<<20))))
	p.hear(wire.OpSet)
	many := command.MultiGet{}
	for range 100 {
		many.Keys = append(many.Keys, "k")
	}
	p.say(dirty(many))
	eventually(t, "the disconnection", func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		return len(v.sessions) == 0
	})
}

// Large answers leave piece by piece.
func TestService_LargeAnswersStream(t *testing.T) {
	d := newDesk(t)
	p := connect(t, d.serve(nil))
	p.say(set("k", string(make([]byte, 4<<20))))
	p.hear(wire.OpSet)
	many := command.MultiGet{}
	for range 25 {
		many.Keys = append(many.Keys, "k")
	}
	p.say(dirty(many))
	n, err := io.CopyN(io.Discard, p.r, 8+25*(4+4<<20))
	require.NoError(t, err, "after %d bytes", n)
	p.say(get("nope"))
	require.Equal(t, command.CodeNotFound, p.hear(wire.OpGet).Err.Code)
}

// B01 to B06 of the protocol's reference: a node that is not the master.
func TestService_NotTheMaster(t *testing.T) {
	const elsewhere, nobody = "04000000090000006172616b6f6f6e5f31", "04000000040000004e6f6e65"
	d := newDesk(t)
	addr := d.serve(func(v *service) { v.singleton = false })
	for _, tc := range []struct {
		master  string
		request []byte
		want    string
	}{
		{"arakoon_1", set("k", "v"), elsewhere},
		{"arakoon_1", get("k"), elsewhere},
		{"arakoon_1", wire.AppendQuery(nil, wire.Consistency{}, command.KeyCount{}), elsewhere},
		{"arakoon_1", wire.AppendUserHook(nil, wire.Consistency{}, "h"), elsewhere},
		{"", set("k", "v"), nobody},
		{"", get("k"), nobody},
		// Looked at before the master is.
		{"arakoon_1", wire.AppendUpdate(nil, command.UserFunction{Name: "f"}), hex.EncodeToString(wire.AppendError(nil, command.CodeBadInput, command.FunctionNotFound("f"))) + elsewhere},
		{"arakoon_1", set("k", string(make([]byte, command.MaxValueBytes))), "ff0000000f000000756e6b6e6f776e206661696c757265"},
	} {
		d.mu.Lock()
		d.slave = &replica.Status{Name: "n0", Role: core.RoleFollower, Master: tc.master}
		d.mu.Unlock()
		p := connect(t, addr)
		p.say(tc.request, get("k"))
		require.Equal(t, tc.want, p.end())
	}
	p := connect(t, addr)
	p.say(wire.AppendCommand(nil, wire.OpDropMaster), wire.AppendCommand(nil, wire.OpCurrentState), wire.AppendCommand(nil, wire.OpWhoMaster))
	require.Nil(t, p.hear(wire.OpDropMaster).Err, "nothing to drop")
	require.Equal(t, "Slave_steady_state", string(p.hear(wire.OpCurrentState).Bytes))
	require.Equal(t, "arakoon_1", string(p.hear(wire.OpWhoMaster).Option.Bytes))
}

// Without a lease a read waits in the loop.
func TestService_ReadsWaitForALease(t *testing.T) {
	d := newDesk(t)
	view := d.view()
	d.hold = true
	d.slave = &replica.Status{Name: "n0", Role: core.RoleMaster}
	addr := d.serve(func(v *service) { v.singleton = false })
	p := connect(t, addr)
	p.say(get("a"), get("b"))
	calls := d.waitHeld(1)
	require.Nil(t, calls[0].update, "a read, one for the run")
	deliverAnswers([]replica.Answer{{Tag: calls[0], View: view}})
	require.Equal(t, command.CodeNotFound, p.hear(wire.OpGet).Err.Code)
	require.Equal(t, command.CodeNotFound, p.hear(wire.OpGet).Err.Code)
	p.say(get("a"))
	deliverAnswers([]replica.Answer{{Tag: d.waitHeld(2)[1], Err: replica.ErrNotMaster}})
	require.Equal(t, hex.EncodeToString(wire.AppendError(nil, command.CodeNotMaster, wire.MsgNotMaster)), p.end())
}

func TestService_Consistencies(t *testing.T) {
	d := newDesk(t)
	p := connect(t, d.serve(nil))
	p.say(set("k", "v"), wire.AppendCommand(nil, wire.OpGetTxID))
	p.hear(wire.OpSet)
	stamp := p.hear(wire.OpGetTxID).Count
	require.Positive(t, stamp)
	read := func(stamp int64) []byte {
		return wire.AppendQuery(nil, wire.Consistency{Strictness: wire.AtLeast, Stamp: stamp}, command.Get{Key: "k"})
	}
	p.say(read(stamp), read(stamp+1000), read(-1), dirty(command.Get{Key: "k"}))
	require.Equal(t, "v", string(p.hear(wire.OpGet).Bytes))
	require.Equal(t, &command.Error{Code: command.CodeInconsistentRead, Message: wire.MsgNotFresh}, p.hear(wire.OpGet).Err)
	require.Equal(t, "v", string(p.hear(wire.OpGet).Bytes))
	require.Equal(t, "v", string(p.hear(wire.OpGet).Bytes))
}

// What a client has sent in full is answered even if it has closed its side.
func TestService_HalfClosedClientsGetTheirAnswers(t *testing.T) {
	d := newDesk(t)
	for in, want := range map[string]string{ // any order: each is on its own
		string(get("nope")):   "05000000090000004e6f745f666f756e64",
		string(set("k", "v")): "00000000",
		// D14: the beginning of a TEST_AND_SET, behind a whole request
		string(set("k", "v")) + "\x0d\x00\xff\xb1\x05\x00\x00\x00ab": "00000000" +
			"ff0000002b000000656e64206f662066696c6520626563617573652074686520636c69656e7420646973636f6e6e6563746564",
		string(get("nope")) + "\x09\x00\xff\xb1\x05": "05000000090000004e6f745f666f756e64",
	} {
		p := connect(t, d.serve(nil))
		p.say([]byte(in))
		require.NoError(t, p.Conn.(*net.TCPConn).CloseWrite())
		require.Equal(t, want, p.end())
	}
}

func TestService_StrangersGetAHint(t *testing.T) {
	d := newDesk(t)
	addr := d.serve(nil)
	for in, want := range map[string]string{ // any order: each is on its own
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n": "HTTP/1.1 400 Bad Request",
		"\x16\x03\x01\x00\xf0\x01\x00":      "\x15\x03\x01\x00\x02\x02\x46",
		"\x00\x00\xff\xb1\x02\x00\x00\x00":  "",
		"SSH-2.0-OpenSSH\r\n":               "",
	} {
		nc, err := net.Dial("tcp", addr.String())
		require.NoError(t, err)
		require.NoError(t, nc.SetDeadline(time.Now().Add(patience)))
		_, err = nc.Write([]byte(in))
		require.NoError(t, err)
		b, err := io.ReadAll(nc)
		require.NoError(t, err)
		require.True(t, bytes.HasPrefix(b, []byte(want)), "%q", b)
		require.Equal(t, want == "", len(b) == 0, "%q", b)
		require.NoError(t, nc.Close())
	}
}

func TestService_AdministrativeCommands(t *testing.T) {
	d := newDesk(t)
	p := connect(t, d.serve(nil))
	for _, op := range []wire.Op{wire.OpVersion, wire.OpCurrentState, wire.OpExpectProgressPossible, wire.OpFlushStore, wire.OpStatistics} {
		p.say(wire.AppendCommand(nil, op))
	}
	require.Equal(t, [3]int32{1, 9, 25}, p.hear(wire.OpVersion).Version)
	require.Equal(t, "Stable_master", string(p.hear(wire.OpCurrentState).Bytes))
	require.True(t, p.hear(wire.OpExpectProgressPossible).Found)
	require.Nil(t, p.hear(wire.OpFlushStore).Err)
	stats, err := wire.DecodeFields(p.hear(wire.OpStatistics).Bytes)
	require.NoError(t, err)
	require.Len(t, stats.List, 30)
	p.say(wire.AppendCommand(nil, wire.OpDropMaster))
	require.Equal(t, hex.EncodeToString(wire.AppendError(nil, command.CodeNotSupported, wire.MsgSingleton)), p.end())
}

// DROP_MASTER over the wire: another node leads, and the client follows it.
func TestService_DropMasterThroughTheClient(t *testing.T) {
	tr := newTrio(t, 3, nil)
	tr.write(0, 1)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	first, err := tr.client.WhoMaster(ctx)
	require.NoError(t, err)
	require.NoError(t, tr.client.DropMaster(ctx, ""))
	state, err := tr.client.CurrentState(ctx, first)
	require.NoError(t, err)
	require.NotEqual(t, "Stable_master", state)
	tr.write(1, 2)
	second, err := tr.client.WhoMaster(ctx)
	require.NoError(t, err)
	require.NotEqual(t, first, second)
}

func TestService_StatisticsCount(t *testing.T) {
	d := newDesk(t)
	addr := d.serve(nil)
	for range 2 { // the figures of a session outlive it
		p := connect(t, addr)
		p.say(set("k", "four"), get("k"), get("k"), get("nope"))
		for _, op := range []wire.Op{wire.OpSet, wire.OpGet, wire.OpGet, wire.OpGet} {
			p.hear(op)
		}
		require.NoError(t, p.Close())
	}
	field := func(l wire.Field, name string) wire.Field {
		for _, f := range l.List {
			if f.Name == name {
				return f
			}
		}
		t.Fatalf("no field %q", name)
		return wire.Field{}
	}
	p := connect(t, addr)
	eventually(t, "the figures", func() bool {
		p.say(wire.AppendCommand(nil, wire.OpStatistics))
		stats, err := wire.DecodeFields(p.hear(wire.OpStatistics).Bytes)
		require.NoError(t, err)
		return field(field(stats, "set_info"), "n").Int == 2 && field(field(stats, "get_info"), "n").Int == 4 &&
			field(stats, "avg_set_size").Float == 4 && field(field(stats, "op_info"), "n").Int == 6
	})
}

func TestSeries_MergesLikeOne(t *testing.T) {
	var whole, a, b, empty series
	for i, v := range []float64{3, 1, 4, 1, 5, 9, 2, 6} {
		whole.note(v)
		if i%3 == 0 {
			a.note(v)
		} else {
			b.note(v)
		}
	}
	a.add(&b)
	a.add(&empty)
	require.Equal(t, whole.n, a.n)
	require.Equal(t, whole.min, a.min)
	require.Equal(t, whole.max, a.max)
	require.InDelta(t, whole.avg, a.avg, 1e-9)
	require.InDelta(t, whole.m2, a.m2, 1e-9)
}

// Room for large requests is shared: who finds none waits, and is refused.
func TestMemory_IsShared(t *testing.T) {
	m := newMemory()
	require.NoError(t, m.take(largeRequests-1))
	got := make(chan error)
	go func() { got <- m.take(2) }()
	m.give(1)
	require.NoError(t, <-got)
	go func() { got <- m.take(1 << 20) }()
	m.close()
	require.ErrorIs(t, <-got, errStopped)
}
