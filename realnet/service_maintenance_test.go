package realnet

import (
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// caretaker is a desk whose files the test looks after.
type caretaker struct {
	*desk
	step    func(replica.Progress) // of the collapse
	ordered chan string
	ends    chan error // what the next order ends with
	dump    string     // the backup
}

func newCaretaker(t *testing.T) *caretaker {
	c := &caretaker{desk: newDesk(t), ordered: make(chan string, 16), ends: make(chan error, 16)}
	c.slave = &replica.Status{Name: "n0", Role: core.RoleFollower, Master: "n1"}
	return c
}

func (c *caretaker) order(what string, done func(error)) {
	c.ordered <- what
	go func() { done(<-c.ends) }()
}

func (c *caretaker) checkpoint(done func(error)) { c.order("checkpoint", done) }

func (c *caretaker) collapse(keep int, step func(replica.Progress), done func(error)) {
	c.mu.Lock()
	c.step = step
	c.mu.Unlock()
	c.order("collapse to "+strings.Repeat("i", keep), done)
}

// tell gives a step of the collapse.
func (c *caretaker) tell(step, steps int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.step(replica.Progress{Step: step, Steps: steps})
}

func (c *caretaker) backup(<-chan struct{}) (int64, io.ReadCloser, error) {
	if c.dump == "" {
		return 0, nil, errors.New("no room")
	}
	return int64(len(c.dump)), io.NopCloser(strings.NewReader(c.dump)), nil
}

func (c *caretaker) connect(edit func(v *service)) *speaker {
	return connect(c.t, c.desk.serve(func(v *service) {
		v.backend, v.singleton = c, false
		if edit != nil {
			edit(v)
		}
	}))
}

// refusedWith sends a request on a connection of its own and wants a refusal that
// closes it.
func (c *caretaker) refusedWith(edit func(v *service), request []byte, code command.Code, message string) {
	c.t.Helper()
	p := c.connect(edit)
	p.say(request)
	require.Equal(c.t, hex.EncodeToString(wire.AppendError(nil, code, message)), p.end())
}

// The refusals are those of golden rows 152 to 156 and 187 to 189.
func TestMaintenance_IsRefusedAsArakoonDoes(t *testing.T) {
	c := newCaretaker(t)
	c.refusedWith(nil, wire.AppendCollapse(nil, 0), command.CodeUnknownFailure, "0 is not acceptable")
	c.refusedWith(nil, wire.AppendCopyDBToHead(nil, 0), command.CodeUnknownFailure, "tlogs_to_keep=0 is not acceptable")
	onSlaves := [][]byte{wire.AppendCopyDBToHead(nil, 1), wire.AppendCommand(nil, wire.OpGetDB),
		wire.AppendCommand(nil, wire.OpOptDB), wire.AppendCommand(nil, wire.OpDefragDB)}
	for _, request := range onSlaves {
		c.refusedWith(func(v *service) { v.witness = true }, request, command.CodeNotSupported, wire.MsgOnWitness)
		c.refusedWith(func(v *service) { v.readonly = true }, request, command.CodeNotSupported, wire.MsgOnMaster)
	}
	c.slave.Role = core.RoleMaster
	for _, request := range onSlaves {
		c.refusedWith(nil, request, command.CodeNotSupported, wire.MsgOnMaster)
	}
	require.Empty(t, c.ordered, "nothing was done")
}

func TestMaintenance_WaitsForTheNode(t *testing.T) {
	c := newCaretaker(t)
	p := c.connect(nil)
	for op, what := range map[wire.Op]string{wire.OpFlushStore: "checkpoint", wire.OpOptDB: "checkpoint", wire.OpDefragDB: "checkpoint"} {
		c.ends <- nil
		p.say(wire.AppendCommand(nil, op))
		require.Nil(t, p.hear(op).Err, op)
		require.Equal(t, what, <-c.ordered)
	}
	c.ends <- nil
	p.say(wire.AppendCopyDBToHead(nil, 2))
	require.Nil(t, p.hear(wire.OpCopyDBToHead).Err)
	require.Equal(t, "collapse to ii", <-c.ordered)
	c.ends <- errors.New("the disk is full")
	c.refusedWith(nil, wire.AppendCommand(nil, wire.OpFlushStore), command.CodeUnknownFailure, "the disk is full")
}

// The count comes first; then a frame per step.
func TestCollapse_TellsItsProgress(t *testing.T) {
	c := newCaretaker(t)
	p := c.connect(nil)
	p.say(wire.AppendCollapse(nil, 3), wire.AppendCommand(nil, wire.OpWhoMaster))
	require.Equal(t, "collapse to iii", <-c.ordered)
	c.tell(0, 3)
	require.EqualValues(t, 3, p.hear(wire.OpCollapseTLogs).Count)
	step := func() *command.Error {
		_, failure, err := wire.ReadCollapseStep(p.r)
		require.NoError(t, err)
		return failure
	}
	c.tell(1, 3)
	require.Nil(t, step())
	c.tell(3, 3)
	require.Nil(t, step())
	require.Nil(t, step())
	c.ends <- nil
	require.Equal(t, "n1", string(p.hear(wire.OpWhoMaster).Option.Bytes), "exactly as many frames as announced")

	p.say(wire.AppendCollapse(nil, 3))
	<-c.ordered
	c.tell(0, 2)
	require.EqualValues(t, 2, p.hear(wire.OpCollapseTLogs).Count)
	c.ends <- errors.New("broken")
	require.Equal(t, "broken", step().Message)
	require.Empty(t, p.end(), "a failure ends the connection")

	c.ends <- replica.ErrCollapsing
	c.refusedWith(nil, wire.AppendCollapse(nil, 1), command.CodeUnknownFailure, wire.MsgCollapsing)
}

func TestBackup_Streams(t *testing.T) {
	c := newCaretaker(t)
	c.refusedWith(nil, wire.AppendCommand(nil, wire.OpGetDB), command.CodeUnknownFailure, "no room")
	c.dump = strings.Repeat("page", 100_000)
	p := c.connect(nil)
	p.say(wire.AppendCommand(nil, wire.OpGetDB), wire.AppendCommand(nil, wire.OpWhoMaster))
	require.EqualValues(t, len(c.dump), p.hear(wire.OpGetDB).Count)
	got := make([]byte, len(c.dump))
	_, err := io.ReadFull(p.r, got)
	require.NoError(t, err)
	require.Equal(t, c.dump, string(got))
	require.Equal(t, "n1", string(p.hear(wire.OpWhoMaster).Option.Bytes), "the connection stays usable")
}
