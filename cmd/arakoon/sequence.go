package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// maxScriptLine bounds a line of a sequence's script: Arakoon's request limit.
const maxScriptLine = 32 << 20

func (a *app) sequenceVerb() *cobra.Command {
	return &cobra.Command{
		Use:   "sequence [FILE]",
		Short: "execute several updates, all or nothing",
		Long: `Execute the steps in FILE, or on standard input, all or nothing. One step per line;
words with blanks in them stand in double quotes, with \" \\ \n \t \xNN inside:

  set KEY VALUE               replace KEY VALUE         assert KEY VALUE
  delete KEY                  remove KEY                assert-absent KEY
  delete-prefix PREFIX        user-function NAME [ARG]  assert-exists KEY
  test-and-set KEY OLD NEW                              assert-range PREFIX KEY...

A line that begins with # is a comment. delete fails on an absent key, remove does
not. delete-prefix and assert-range look at the keys as they were before the
sequence. A failed assertion ends with exit code 4, and nothing was changed.`,
		Example: `  arakoon sequence <<'EOF'
  assert colour green
  set colour "light blue"
  delete-prefix tmp/
  EOF`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := a.readSequence(args)
			if err != nil {
				return err
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.Client, _ *ini.Config) error {
				return a.done(c.Apply(ctx, s))
			})
		},
	}
}

func (a *app) readSequence(args []string) (*client.Sequence, error) {
	if len(args) == 0 || args[0] == "-" {
		return a.parseSequence("standard input", a.in)
	}
	f, err := os.Open(args[0])
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return a.parseSequence(args[0], f)
}

func (a *app) parseSequence(name string, r io.Reader) (*client.Sequence, error) {
	s := client.NewSequence()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxScriptLine)
	for n := 1; lines.Scan(); n++ {
		words, err := splitWords(lines.Text())
		if err == nil && len(words) > 0 {
			err = a.step(s, words)
		}
		if err != nil {
			return nil, &usageError{fmt.Sprintf("%s:%d: %v", name, n, err)}
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if s.Len() == 0 {
		return nil, &usageError{name + ": the sequence has no step"}
	}
	return s, nil
}

// steps has, per step, how many arguments it takes; -n: at least n.
var steps = map[string]struct{ least, most int }{
	"set": {2, 2}, "replace": {2, 2}, "delete": {1, 1}, "remove": {1, 1}, "delete-prefix": {1, 1},
	"assert": {2, 2}, "assert-absent": {1, 1}, "assert-exists": {1, 1}, "assert-range": {1, 1 << 20},
	"test-and-set": {3, 3}, "user-function": {1, 2},
}

// step adds one line to the sequence.
func (a *app) step(s *client.Sequence, words []string) error {
	name, args := words[0], words[1:]
	arity, known := steps[name]
	switch {
	case !known:
		return fmt.Errorf("unknown step %q", name)
	case len(args) < arity.least || len(args) > arity.most:
		return fmt.Errorf("%s: %d arguments", name, len(args))
	}
	b := make([][]byte, len(args))
	for i, w := range args {
		var err error
		if b[i], err = a.argument(w); err != nil {
			return err
		}
	}
	key := string(b[0])
	switch name {
	case "set":
		s.Set(key, b[1])
	case "replace":
		s.Replace(key, client.Some(b[1]))
	case "remove":
		s.Replace(key, client.None)
	case "delete":
		s.Delete(key)
	case "delete-prefix":
		s.DeletePrefix(key)
	case "assert":
		s.Assert(key, client.Some(b[1]))
	case "assert-absent":
		s.Assert(key, client.None)
	case "assert-exists":
		s.AssertExists(key)
	case "test-and-set":
		s.TestAndSet(key, client.Some(b[1]), client.Some(b[2]))
	case "user-function":
		arg := client.None
		if len(b) == 2 {
			arg = client.Some(b[1])
		}
		s.UserFunction(key, arg)
	case "assert-range":
		var keys []string
		for _, k := range b[1:] {
			keys = append(keys, string(k))
		}
		s.AssertRange(key, keys...)
	}
	return nil
}

// splitWords splits a line at blanks; double quotes keep blanks together.
func splitWords(line string) ([]string, error) {
	var words []string
	for {
		line = strings.TrimLeft(line, " \t")
		switch {
		case line == "" || line[0] == '#' && len(words) == 0:
			return words, nil
		case line[0] == '"':
			word, rest, err := unquote(line)
			if err != nil {
				return nil, err
			}
			words, line = append(words, word), rest
		default:
			end := strings.IndexAny(line, " \t")
			if end < 0 {
				end = len(line)
			}
			words, line = append(words, line[:end]), line[end:]
		}
	}
}

var errQuote = errors.New(`a word in double quotes doesn't end, or has an escape other than \" \\ \n \t \xNN`)

// unquote takes a quoted word from the beginning of s.
func unquote(s string) (word, rest string, err error) {
	var b []byte
	for i := 1; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			if i+1 < len(s) && s[i+1] != ' ' && s[i+1] != '\t' {
				return "", "", errQuote
			}
			return string(b), s[i+1:], nil
		case '\\':
			char, n := unescape(s[i+1:])
			if n == 0 {
				return "", "", errQuote
			}
			b = append(b, char)
			i += n
		default:
			b = append(b, c)
		}
	}
	return "", "", errQuote
}

// unescape reads what follows a backslash: the byte, and how long it was
// written; 0 if it is none.
func unescape(s string) (c byte, n int) {
	if s == "" {
		return 0, 0
	}
	switch s[0] {
	case '"', '\\':
		return s[0], 1
	case 'n':
		return '\n', 1
	case 't':
		return '\t', 1
	case 'x':
		var v byte
		if len(s) >= 3 {
			if _, err := fmt.Sscanf(s[1:3], "%02x", &v); err == nil {
				return v, 3
			}
		}
	}
	return 0, 0
}
