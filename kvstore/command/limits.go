package command

// Limits (DESIGN 10). They are checked before an update enters the log; the
// decoder enforces the last three again, on its own.
const (
	// MaxValueBytes: the value of a Set or Confirm and the wanted value of a
	// TestAndSet or Replace must be shorter than this. Arakoon doesn't check it
	// inside sequences, and neither do we.
	MaxValueBytes = 8 << 20
	// MaxUpdateBytes is the largest update, by Size, and the largest encoding.
	// Keys have no limit of their own.
	MaxUpdateBytes = 32 << 20
	// MaxDepth is how deep sequences may be nested; one that holds no other has
	// depth 1.
	MaxDepth = 64
	// MaxSteps is how many updates one update may consist of, sequences and
	// keys of range assertions included.
	MaxSteps = 1 << 20
)

// Size returns the bytes of the update in Arakoon's own encoding, which is what
// its limit of 32 MiB measures: a four-byte tag, four bytes before every string
// and list, one byte before every option.
func Size(u Update) int {
	const tag, length = 4, 4
	switch u := u.(type) {
	case Set:
		return tag + length + len(u.Key) + length + len(u.Value)
	case Confirm:
		return tag + length + len(u.Key) + length + len(u.Value)
	case Delete:
		return tag + length + len(u.Key)
	case DeletePrefix:
		return tag + length + len(u.Prefix)
	case TestAndSet:
		return tag + length + len(u.Key) + optionSize(u.Expected) + optionSize(u.Wanted)
	case Replace:
		return tag + length + len(u.Key) + optionSize(u.Wanted)
	case Assert:
		return tag + length + len(u.Key) + optionSize(u.Value)
	case AssertExists:
		return tag + length + len(u.Key)
	case AssertRange:
		size := tag + length + len(u.Prefix) + 4 + length
		for _, k := range u.Keys {
			size += length + len(k)
		}
		return size
	case Sequence:
		size := tag + length
		for _, step := range u.Updates {
			size += Size(step)
		}
		return size
	case UserFunction:
		return tag + length + len(u.Name) + optionSize(u.Arg)
	case Nop:
		return tag
	default:
		panic("command: unknown update")
	}
}

func optionSize(o Option) int {
	if !o.Some {
		return 1
	}
	return 1 + 4 + len(o.Bytes)
}

// value returns the value that the update itself carries into the store.
func value(u Update) []byte {
	switch u := u.(type) {
	case Set:
		return u.Value
	case Confirm:
		return u.Value
	case TestAndSet:
		return u.Wanted.Bytes
	case Replace:
		return u.Wanted.Bytes
	default:
		return nil
	}
}

// Limits are what an operator may lower.
type Limits struct {
	ValueBytes  int // as MaxValueBytes
	UpdateBytes int // as MaxUpdateBytes, and no more than it
}

// DefaultLimits are Arakoon's.
func DefaultLimits() Limits {
	return Limits{ValueBytes: MaxValueBytes, UpdateBytes: MaxUpdateBytes}
}

// Check says why an update may not enter the log, with the code and text that
// Arakoon gives: *Error, or nil.
func (l Limits) Check(u Update) error {
	if n := len(value(u)); n >= l.ValueBytes {
		return &Error{Code: CodeUnknownFailure, Message: UnknownFailureText}
	}
	if n := Size(u); n > l.UpdateBytes {
		return Errorf(CodeBadInput, "update %s has size %d > %d", Describe(u), n, l.UpdateBytes)
	}
	return nil
}
