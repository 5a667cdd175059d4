package realnet

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// arakoonVersion is the version of Arakoon whose protocol this is. PING and
// VERSION tell it, because clients look at it.
var arakoonVersion = [3]int32{1, 9, 25}

// dropWait is how long DROP_MASTER waits for the node to say that it is not the
// master any more.
const dropWait = 5 * time.Second

// admin answers the commands that neither read nor change the state. The
// connection is idle.
func (s *session) admin(r *wire.Request) bool {
	v := s.service
	ok := wire.AppendOK(s.out)
	switch r.Op {
	case wire.OpPing:
		if r.Cluster != v.cluster {
			return s.fail(command.CodeUnknownFailure, command.UnknownFailureText)
		}
		s.out = wire.AppendString(ok, fmt.Sprintf("Arakoon %d.%d.%d", arakoonVersion[0], arakoonVersion[1], arakoonVersion[2]))
	case wire.OpWhoMaster:
		s.out = wire.AppendOption(ok, v.whoMaster())
	case wire.OpExpectProgressPossible:
		s.out = wire.AppendBool(ok, v.progressPossible())
	case wire.OpStatistics:
		s.out = wire.AppendString(ok, wire.AppendField(nil, v.statistics()))
	case wire.OpVersion:
		s.out = wire.AppendVersion(s.out, arakoonVersion, buildInfo())
	case wire.OpCurrentState:
		s.out = wire.AppendString(ok, v.currentState())
	case wire.OpGetTxID:
		s.out = wire.AppendStamp(s.out, int64(v.backend.reads().Applied()))
	case wire.OpFlushStore, wire.OpCollapseTLogs, wire.OpCopyDBToHead, wire.OpGetDB, wire.OpOptDB, wire.OpDefragDB:
		return s.maintain(r)
	case wire.OpDropMaster:
		return s.dropMaster()
	case wire.OpUserHook:
		return s.userHook(r)
	default:
		panic("realnet: nobody serves " + r.Op.String())
	}
	return true
}

func (v *service) whoMaster() command.Option {
	if v.serving() || v.readonly {
		return command.Some([]byte(v.node))
	}
	if m := v.backend.status().Master; m != "" {
		return command.Some([]byte(m))
	}
	return command.None
}

func (v *service) progressPossible() bool {
	st := v.backend.status()
	return v.serving() || st.Applied > 0 && st.Role != core.RoleMaster && st.Master != ""
}

// currentState names the node's state with the words that Arakoon's own tests
// and tools look for.
func (v *service) currentState() string {
	st := v.backend.status()
	switch {
	case v.serving():
		return "Stable_master"
	case st.Role == core.RoleMaster:
		return "Master_consensus"
	case st.Role == core.RoleCandidate:
		return "Wait_for_promises"
	case st.Master != "":
		return "Slave_steady_state"
	default:
		return "Slave_discovered_other_master"
	}
}

// buildInfo is the text of VERSION, in the original's format.
func buildInfo() string {
	revision, at := "unknown", "unknown"
	if b, ok := debug.ReadBuildInfo(); ok {
		for _, set := range b.Settings {
			switch set.Key {
			case "vcs.revision":
				revision = set.Value
			case "vcs.time":
				at = set.Value
			}
		}
	}
	return fmt.Sprintf("revision: %s\ncompiled: %s\nmachine: %s\n", command.Quote("arakoon-go "+revision),
		command.Quote(at), command.Quote(runtime.Version()+" "+runtime.GOOS+" "+runtime.GOARCH))
}

// userHook refuses: there are no hooks, only the gate before them.
func (s *session) userHook(r *wire.Request) bool {
	switch r.Consistency.Strictness {
	case wire.Consistent:
		if name, ok := s.service.gate(); !ok && !s.service.readonly {
			return s.fail(command.CodeNotMaster, name)
		}
	case wire.AtLeast:
		if r.Consistency.Stamp > int64(s.service.backend.reads().Applied()) {
			return s.fail(command.CodeInconsistentRead, wire.MsgNotFresh)
		}
	default:
	}
	return s.fail(command.CodeUserHookNotFound, r.Name)
}

// dropMaster lets a master hand over, or step down if nobody takes over; on another
// node it does nothing.
func (s *session) dropMaster() bool {
	v := s.service
	if v.singleton {
		return s.fail(command.CodeNotSupported, wire.MsgSingleton)
	}
	dropped := make(chan error, 1)
	v.backend.dropMaster(func(err error) { dropped <- err })
	select {
	case err := <-dropped:
		if err != nil {
			return s.failWith(orderError(err))
		}
	case <-s.over:
		return false
	}
	// The status lags a little: whoever asks next shall not hear the old master.
	for end := time.Now().Add(dropWait); v.backend.status().Role == core.RoleMaster && time.Now().Before(end); {
		select {
		case <-time.After(time.Millisecond):
		case <-s.over:
			return false
		}
	}
	s.out = wire.AppendOK(s.out)
	return true
}
