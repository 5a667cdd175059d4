package model

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Op is one operation of a history: either Update with Result, or Query with
// Answer. Call and Return are readings of one clock, in any unit; an operation
// that returns at the instant at which another is called overlaps it.
type Op struct {
	Client int
	Call   int64
	Return int64 // without meaning if Unknown

	Update command.Update
	Result command.Result
	Query  command.Query
	Answer command.Answer

	// Unknown says that the client never learnt what became of it.
	Unknown bool
	// Refused says that the client was told that nothing happened: it is no part of
	// the history.
	Refused bool
	// Weak says that the client did not ask for the newest state: the answer may be
	// that of any instance.
	Weak bool
	// Instance in which the update was executed, or after which the state was that
	// the query saw. Check has no use for it, Follow has.
	Instance core.Instance

	point point // in the order that Follow went; see Judge
}

// String shows the operation to people.
func (o Op) String() string {
	return fmt.Sprintf("client %d [%d, %s] %s", o.Client, o.Call, o.end(), o.text())
}

func (o Op) text() string {
	var asked, got any = o.Update, o.Result
	if o.Query != nil {
		asked, got = o.Query, o.Answer
	}
	name := strings.TrimPrefix(fmt.Sprintf("%T", asked), "command.")
	if o.Unknown {
		got = "?"
	}
	return fmt.Sprintf("%s%+q -> %v", name, asked, got)
}

func (o Op) end() string {
	if o.Unknown {
		return "?"
	}
	return fmt.Sprint(o.Return)
}

// Verdict is the judgement of a history.
type Verdict uint8

// The verdicts. Only the first one is good.
const (
	Linearizable Verdict = 1 + iota
	Violation            // no order of the operations explains the answers
	TimedOut             // not decided in time
)

var verdictNames = [...]string{"no verdict", "linearizable", "violation", "timed out"}

func (v Verdict) String() string { return verdictNames[v] }

// Report is what a check found.
type Report struct {
	Verdict Verdict
	// Components is into how many parts the history was cut, Operations how many
	// operations were judged.
	Components, Operations int
	// Failed is the part of the history that was not found linearizable.
	Failed []Op

	checker Checker
	tried   []Op // of Failed, last
}

// Err returns nil for a linearizable history, else a description with the
// operations that contradict each other.
func (r Report) Err() error {
	if r.Verdict == Linearizable {
		return nil
	}
	const shown = 50
	var text strings.Builder
	for i, op := range r.Failed {
		if i == shown {
			fmt.Fprintf(&text, "\n  ... and %d more", len(r.Failed)-shown)
			break
		}
		text.WriteString("\n  " + op.String())
	}
	return fmt.Errorf("history: %v in a part of %d operations:%s", r.Verdict, len(r.Failed), text.String())
}

// Visualize writes a web page that shows the failed part and how far it could be
// explained. It writes nothing for a linearizable history. It searches once more:
// to note on the way how far each operation can be explained is what makes a long
// search slow.
func (r Report) Visualize(w io.Writer) error {
	if r.Verdict == Linearizable {
		return nil
	}
	m := r.checker.porcupine()
	_, info := porcupine.CheckOperationsVerbose(m, operations(r.tried), r.checker.Timeout)
	return porcupine.Visualize(m, info, w)
}

// Checker judges histories that begin with an empty store.
type Checker struct {
	Functions command.Functions // as the store has them
	// Timeout is for one search; a part of the history takes up to three of them.
	// Zero: as long as it takes.
	Timeout time.Duration
}

// Check judges a history of a store without user functions.
func Check(history []Op, timeout time.Duration) Report {
	return Checker{Timeout: timeout}.Check(history)
}

// Check judges a history. It stops at the first part that is not linearizable.
func (c Checker) Check(history []Op) Report {
	ops := judged(history)
	parts := partition(ops)
	r := Report{Verdict: Linearizable, Components: len(parts), Operations: len(ops), checker: c}
	for _, part := range parts {
		if c.judge(part, &r); r.Verdict != Linearizable {
			r.Failed = part
			return r
		}
	}
	return r
}

// judged leaves out what says nothing about the order: queries without an answer, or
// of any state, and what was refused.
func judged(history []Op) []Op {
	ops := make([]Op, 0, len(history))
	for _, op := range history {
		if (op.Update == nil) == (op.Query == nil) {
			panic(fmt.Sprintf("model: %+v is neither an update nor a query, or both", op))
		}
		if !op.Unknown && op.Return < op.Call {
			panic(fmt.Sprintf("model: %v returned before its call", op))
		}
		if !op.Refused && (op.Query == nil || !op.Unknown && !op.Weak) {
			ops = append(ops, op)
		}
	}
	return ops
}
