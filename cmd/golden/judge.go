package main

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/model"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// oracle follows the rows with the model and says what the answers must be.
type oracle struct{ model *model.Model }

func newOracle() *oracle { return &oracle{model.New(functions())} }

// decode returns the request of a row that is well-formed and for the model to
// judge; nil if it is not.
func decode(request []byte) *wire.Request {
	var s wire.Scanner
	n, err := s.Scan(request)
	if err != nil || n != len(request) {
		return nil
	}
	r, err := wire.DecodeRequest(request)
	if err != nil || r.Update == nil && r.Query == nil {
		return nil
	}
	return &r
}

// predict gives the answer to a request, and takes its effect into the model.
// Stamps are not the model's business: the answer to AtLeast is that of a fresh
// node below freshBelow, and of a stale one above.
func (o *oracle) predict(r *wire.Request) answer {
	if r.Update != nil {
		result := o.apply(r.Update)
		return answer{hex.EncodeToString(wire.AppendResult(nil, r.Op, result)), wire.Closes(result.Code)}
	}
	a := command.Refused(command.CodeInconsistentRead, wire.MsgNotFresh)
	if c := r.Consistency; c.Strictness != wire.AtLeast || c.Stamp < freshBelow {
		a = o.model.Query(r.Query)
	}
	return answer{hex.EncodeToString(wire.AppendAnswer(nil, r.Op, a)), wire.Closes(a.Code)}
}

// freshBelow divides the stamps of the rows: 1, and a million.
const freshBelow = 1000

func (o *oracle) apply(u command.Update) command.Result {
	var refused *command.Error
	if errors.As(functions().Check(u), &refused) || errors.As(command.DefaultLimits().Check(u), &refused) {
		return command.Failed(refused.Code, refused.Message)
	}
	return o.model.Apply(u)
}

// verdict is what became of a row.
type verdict struct {
	how string // recorded, predicted, stated, overridden, structure
	err error
}

// judge replays one row and compares.
func (o *oracle) judge(p *replayer, r *row) verdict {
	want, how, err := o.want(r)
	if err != nil {
		return verdict{how, err}
	}
	if how == "structure" {
		g, err := p.exchange(r, r.request, -1)
		if err == nil && g.closed {
			err = fmt.Errorf("the connection was closed")
		}
		if err == nil {
			err = structure(r, g.bytes)
		}
		return verdict{how, err}
	}
	g, err := p.exchange(r, r.request, len(want.bytes)/2)
	if err != nil {
		return verdict{how, err}
	}
	return verdict{how, differ(want, g)}
}

// want says what the answer to a row must be, and who says so.
func (o *oracle) want(r *row) (answer, string, error) {
	var predicted answer
	request := decode(r.request)
	if request != nil {
		predicted = o.predict(request)
	}
	recorded := answer{hex.EncodeToString(r.response), r.Closed != nil && *r.Closed}
	over, overridden := overrides[r.N]
	if overridden && over.want == (answer{}) {
		over.want = predicted
	}
	said, isStated := stated[r.N]
	switch {
	case overridden:
		return over.want, "overridden", nil
	case r.Varies:
		return answer{}, "structure", nil
	case r.Response != nil && request != nil && predicted != recorded:
		return recorded, "recorded", fmt.Errorf("the model says %s, the recording %s", clip(predicted.bytes), clip(recorded.bytes))
	case r.Response != nil:
		return recorded, "recorded", nil
	case request != nil:
		return predicted, "predicted", nil
	case isStated:
		return said, "stated", nil
	default:
		return answer{}, "", fmt.Errorf("nobody says what its answer must be")
	}
}

func differ(want answer, g got) error {
	if hex.EncodeToString(g.bytes) == want.bytes && g.closed == want.closed {
		return nil
	}
	return fmt.Errorf("want %s (closed %v), got %v (closed %v)", clip(want.bytes), want.closed, g, g.closed)
}

// structure judges an answer whose bytes depend on build or time.
func structure(r *row, b []byte) error {
	switch r.Command {
	case "WHO_MASTER": // varied, because a client had planted another name
		if !bytes.Equal(b, r.response) {
			return fmt.Errorf("not the node itself: %q", b)
		}
	case "GET_TXID": // code, "at least", a stamp
		if len(b) != 13 || !bytes.Equal(b[:5], r.response[:5]) || bytes.Equal(b[5:], make([]byte, 8)) {
			return fmt.Errorf("not a stamp: %x", b)
		}
	case "VERSION": // code, three numbers, three lines
		if len(b) < 20 || !bytes.Equal(b[:16], r.response[:16]) || bytes.Count(b, []byte{'\n'}) != bytes.Count(r.response, []byte{'\n'}) {
			return fmt.Errorf("not a version as recorded: %q", b)
		}
	case "STATISTICS":
		return statistics(r.response, b)
	default:
		return fmt.Errorf("nothing says how it may vary")
	}
	return nil
}

// statistics compares names, types and order of all fields.
func statistics(recorded, b []byte) error {
	want, err := wire.DecodeFields(recorded[8:])
	if err != nil {
		return fmt.Errorf("the recording: %w", err)
	}
	if len(b) < 8 {
		return fmt.Errorf("an answer of %d bytes", len(b))
	}
	have, err := wire.DecodeFields(b[8:])
	if err != nil {
		return err
	}
	return sameShape(want, have)
}

func sameShape(want, have wire.Field) error {
	if want.Name != have.Name || want.Type != have.Type || len(want.List) != len(have.List) {
		return fmt.Errorf("field %q of type %d with %d fields, recorded %q of type %d with %d",
			have.Name, have.Type, len(have.List), want.Name, want.Type, len(want.List))
	}
	for i := range want.List {
		if err := sameShape(want.List[i], have.List[i]); err != nil {
			return err
		}
	}
	return nil
}
