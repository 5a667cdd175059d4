package wire

import "github.com/openvstorage/arakoon-go/kvstore/command"

// Request is a decoded command. Values inside Update are slices of the bytes it
// was decoded from; everything else is a copy.
type Request struct {
	Op          Op
	Consistency Consistency    // of Query and of USER_HOOK
	Update      command.Update // of the commands that go through the log
	Query       command.Query  // of the commands that read the state
	Cluster     string         // of PING
	Name        string         // of USER_HOOK
	Keep        int32          // of COLLAPSE_TLOGS and COPY_DB_TO_HEAD: log files that stay
}

// DecodeRequest decodes a whole command, as a Scanner has found it. A sequence's
// payload may still be wrong: then the error is a *ProtocolError.
func DecodeRequest(frame []byte) (Request, error) {
	c := cursor{b: frame}
	r := Request{Op: Op(uint32(c.int32()))}
	switch r.Op {
	case OpPing:
		c.string() // the client's name for itself
		r.Cluster = c.text()
	case OpCollapseTLogs, OpCopyDBToHead:
		r.Keep = c.int32()
	case OpUserHook:
		r.Consistency = c.consistency()
		r.Name = c.text()
	case OpExists, OpGet, OpAssert, OpAssertExists, OpMultiGet, OpMultiGetOption, OpPrefixKeys,
		OpRange, OpRangeEntries, OpRevRangeEntries:
		r.Consistency = c.consistency()
		r.Query = c.query(r.Op)
	case OpGetKeyCount:
		r.Query = command.KeyCount{}
	case OpSequence, OpSyncedSequence:
		s, err := decodeSequence(c.string())
		if err != nil {
			return r, err
		}
		r.Update = s
	case OpSet, OpConfirm, OpDelete, OpDeletePrefix, OpTestAndSet, OpReplace, OpUserFunction, OpNop:
		r.Update = c.update(r.Op)
	default: // no fields
	}
	return r, nil
}

func (c *cursor) update(op Op) command.Update {
	switch op {
	case OpSet:
		return command.Set{Key: c.text(), Value: c.string()}
	case OpConfirm:
		return command.Confirm{Key: c.text(), Value: c.string()}
	case OpDelete:
		return command.Delete{Key: c.text()}
	case OpDeletePrefix:
		return command.DeletePrefix{Prefix: c.text()}
	case OpTestAndSet:
		return command.TestAndSet{Key: c.text(), Expected: c.option(), Wanted: c.option()}
	case OpReplace:
		return command.Replace{Key: c.text(), Wanted: c.option()}
	case OpUserFunction:
		return command.UserFunction{Name: c.text(), Arg: c.option()}
	case OpNop:
		return command.Nop{}
	default:
		panic("wire: " + op.String() + " is no update")
	}
}

func (c *cursor) query(op Op) command.Query {
	switch op {
	case OpExists:
		return command.Exists{Key: c.text()}
	case OpGet:
		return command.Get{Key: c.text()}
	case OpAssert:
		return command.Assert{Key: c.text(), Value: c.option()}
	case OpAssertExists:
		return command.AssertExists{Key: c.text()}
	case OpMultiGet:
		return command.MultiGet{Keys: c.texts()}
	case OpMultiGetOption:
		return command.MultiGetOption{Keys: c.texts()}
	case OpPrefixKeys:
		return command.PrefixKeys{Prefix: c.text(), Max: c.int32()}
	case OpRange:
		return command.Range{First: c.bound(), Last: c.bound(), Max: c.int32()}
	case OpRangeEntries:
		return command.RangeEntries{First: c.bound(), Last: c.bound(), Max: c.int32()}
	case OpRevRangeEntries:
		return command.RevRangeEntries{High: c.bound(), Low: c.bound(), Max: c.int32()}
	default:
		panic("wire: " + op.String() + " is no query")
	}
}
