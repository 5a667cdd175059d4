package command

import (
	"fmt"
	"strings"
)

// Quote puts s into double quotes as OCaml's %S does, which the texts of
// failures are made of: escapes for quote, backslash and the common control
// characters, three decimal digits for every other byte that isn't printable.
func Quote(s string) string {
	out := make([]byte, 0, len(s)+2)
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c == '\n':
			out = append(out, '\\', 'n')
		case c == '\t':
			out = append(out, '\\', 't')
		case c == '\r':
			out = append(out, '\\', 'r')
		case c == '\b':
			out = append(out, '\\', 'b')
		case c < ' ' || c > '~':
			out = append(out, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		default:
			out = append(out, c)
		}
	}
	return string(append(out, '"'))
}

// What Describe shows at most.
const (
	describedSteps    = 5   // of a sequence
	describedDepth    = 2   // of nested sequences
	describedKeyBytes = 256 // of a key
)

// Describe names an update and its key, without values, as in the refusal of an
// update that is too large.
func Describe(u Update) string { return describe(u, describedDepth) }

func describe(u Update, depth int) string {
	switch u := u.(type) {
	case Set:
		return describeKey("Set", u.Key) + describeLength(u.Value)
	case Confirm:
		return describeKey("Confirm", u.Key) + describeLength(u.Value)
	case Delete:
		return describeKey("Delete", u.Key)
	case DeletePrefix:
		return describeKey("DeletePrefix", u.Prefix)
	case TestAndSet:
		return describeKey("TestAndSet", u.Key) + describeLength(u.Wanted.Bytes)
	case Replace:
		return describeKey("Replace", u.Key) + describeLength(u.Wanted.Bytes)
	case Assert:
		return describeKey("Assert", u.Key)
	case AssertExists:
		return describeKey("AssertExists", u.Key)
	case AssertRange:
		return describeKey("AssertRange", u.Prefix)
	case Sequence:
		return describeSequence(u, depth)
	case UserFunction:
		return describeKey("UserFunction", u.Name)
	case Nop:
		return "Nop"
	default:
		panic(fmt.Sprintf("command: unknown update %T", u))
	}
}

func describeKey(name, key string) string {
	if len(key) > describedKeyBytes {
		key = key[:describedKeyBytes]
	}
	return fmt.Sprintf("%-15s;%s", name, Quote(key))
}

func describeLength(value []byte) string { return fmt.Sprintf(";%d;\"...\"", len(value)) }

func describeSequence(s Sequence, depth int) string {
	shown := s.Updates
	if len(shown) > describedSteps {
		shown = shown[:describedSteps]
	}
	if depth == 0 {
		shown = nil
	}
	parts := make([]string, 0, len(shown))
	for _, u := range shown {
		parts = append(parts, describe(u, depth-1))
	}
	return fmt.Sprintf("Sequence([%s... (%d more) ])", strings.Join(parts, "; "), len(s.Updates)-len(shown))
}

// MaxTextBytes bounds the text of a failure.
const MaxTextBytes = 1 << 20

// RangeMismatch is the text of a failed AssertRange.
func RangeMismatch(expected, actual []string) string {
	text := "ContainsExactly [ " + Quote(joinKeys(expected, "; ")) + " ] actual: " + joinKeys(actual, ",")
	return text[:min(len(text), MaxTextBytes)]
}

// joinKeys joins keys until the text is long enough for MaxTextBytes.
func joinKeys(keys []string, separator string) string {
	var text strings.Builder
	for i, k := range keys {
		if i > 0 {
			text.WriteString(separator)
		}
		if text.WriteString(k); text.Len() > MaxTextBytes {
			break
		}
	}
	return text.String()
}

// FunctionNotFound is the text of CodeBadInput for an unknown user function.
func FunctionNotFound(name string) string {
	return "User function " + Quote(name) + " could not be found"
}
