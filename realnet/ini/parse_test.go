package ini

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseReadsTheDialect(t *testing.T) {
	f, err := Parse(strings.NewReader(strings.Join([]string{
		"# comment, also with bytes that are not ASCII: \xff",
		"",
		"[global]",
		"cluster = a, b,\\",
		"# a comment inside a continued value",
		"  c",
		"  cluster_id\t=\tricky # not a comment  ",
		"empty =",
		"equals = a=b",
		" \t ",
		"  [ a-node_1:x ]  ",
		"path = C:\\dir",
		"path = second",
	}, "\n")), "f")
	require.NoError(t, err)
	require.Len(t, f.Sections, 2)
	require.Equal(t, []Entry{
		{"cluster", "a, b,  c", 4},
		{"cluster_id", "ricky # not a comment  ", 7},
		{"empty", "", 8},
		{"equals", "a=b", 9},
	}, f.Sections[0].Entries)
	require.Equal(t, "a-node_1:x", f.Sections[1].Name)
	last, ok := f.Sections[1].Lookup("path")
	require.True(t, ok)
	require.Equal(t, "second", last.Value, "of a repeated key the last one counts")
}

func TestRepeatedSectionTheLastCounts(t *testing.T) {
	f, err := Parse(strings.NewReader("[a]\nx = 1\n[a]\nx = 2\n"), "f")
	require.NoError(t, err)
	require.Len(t, f.Sections, 2)
	e, _ := f.Section("a").Lookup("x")
	require.Equal(t, "2", e.Value)
	require.Nil(t, f.Section("b"))
}

func TestParseErrorsNameLineCauseAndNextStep(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "f: the file has no section; it needs at least [global]"},
		{"only comments", "# x\n", "f: the file has no section"},
		{"empty section", "[global]\n\n[a]\nx = 1", "f:1: section [global] is empty; give it an entry"},
		{"empty last section", "[a]\nx = 1\n[b]\n", "f:3: section [b] is empty"},
		{"indented comment", "[a]\n  # x", "f:2: an indented comment; put the # in column 1"},
		{"semicolon", "[a]\n; x", "f:2: a comment that begins with ;"},
		{"key without section", "x = 1", `f:1: key "x" stands before the first section`},
		{"no equals sign", "[a]\nhello", `f:2: neither [section] nor key = value: "hello"`},
		{"blank in key", "[a]\nmy key = 1", `f:2: not a key: "my key"`},
		{"no key", "[a]\n= 1", `f:2: not a key: ""`},
		{"unclosed section", "[a\nx = 1", `f:1: not a section: "[a"`},
		{"bad section name", "[a b]\nx = 1", "f:1: not a section"},
		{"text after section", "[a] b\nx = 1", "f:1: not a section"},
		{"carriage return", "[a]\r\nx = 1", "f:1: a carriage return; save the file with Unix line ends"},
		{"not ASCII", "[a]\nx = caf\xc3\xa9", "f:2: byte 0xc3 in column 8; only printable ASCII"},
		{"byte order mark", "\xef\xbb\xbf[a]\nx = 1", "f:1: byte 0xef in column 1"},
		{"not ASCII in continuation", "[a]\nx = b\\\n\x01", "f:3: byte 0x01 in column 1"},
		{"too large", "[a]\nx = " + strings.Repeat("y", MaxFileBytes), "f: more than 4194304 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(strings.NewReader(c.text), "f")
			require.ErrorContains(t, err, c.want)
			var e *Error
			require.True(t, errors.As(err, &e))
			require.Equal(t, ExitSyntax, e.Code, "Arakoon's parser throws")
			require.NotEmpty(t, e.Next)
		})
	}
}

func TestParseGivesUpOnABrokenReader(t *testing.T) {
	_, err := Parse(brokenReader{}, "f")
	require.ErrorContains(t, err, "broken")
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken") }

func TestIntegers(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int64
		rest string
	}{
		{"10", 10, ""}, {"50_000", 50000, ""}, {"0x1F", 31, ""}, {"0o17", 15, ""}, {"0b101", 5, ""},
		{"-3", -3, ""}, {"+3", 3, ""}, {"-0x10", -16, ""}, {"10s", 10, "s"}, {"10 # seconds", 10, " # seconds"},
		{"0xfg", 15, "g"}, {"0b12", 1, "2"}, {"007", 7, ""}, {"0", 0, ""}, {"9223372036854775807", 1<<63 - 1, ""},
	} {
		n, rest, err := parseInt(c.in)
		require.NoError(t, err, c.in)
		require.Equal(t, c.want, n, c.in)
		require.Equal(t, c.rest, rest, c.in)
	}
	for _, in := range []string{"", "x", "-", "_1", "0x", "0b2", "--1", "9223372036854775808"} {
		_, _, err := parseInt(in)
		require.ErrorIs(t, err, errInt, in)
	}
}

func TestOtherScalars(t *testing.T) {
	f, rest, err := parseFloat("0.25 of it")
	require.NoError(t, err)
	require.Equal(t, 0.25, f)
	require.Equal(t, " of it", rest)
	_, _, err = parseFloat("much")
	require.ErrorIs(t, err, errFloat)

	for in, want := range map[string]bool{"true": true, "false": false, "trueish": true} {
		b, _, err := parseBool(in)
		require.NoError(t, err)
		require.Equal(t, want, b)
	}
	for _, in := range []string{"True", "yes", "1", "", " true"} {
		_, _, err := parseBool(in)
		require.ErrorIs(t, err, errBool, in)
	}

	s, rest := parseString("/var/lib/my dir")
	require.Equal(t, "/var/lib/my", s)
	require.Equal(t, " dir", rest)
	require.Equal(t, []string{"a", "b", "c"}, parseList("a, b,\t,c ,"))
	require.Empty(t, parseList(" , "))
}

func TestNearest(t *testing.T) {
	keys := keysOf(PlaceNode)
	for word, want := range map[string]string{
		"cleint_port": "client_port", "homee": "home", "mesaging_port": "messaging_port",
		"ipp": "ip", "zzz": "", "x": "", "tlogdir": "tlog_dir", strings.Repeat("a", 99): "",
	} {
		require.Equal(t, want, nearest(word, keys), word)
	}
	require.Equal(t, 1, distance("ab", "ba"))
	require.Equal(t, 3, distance("kitten", "sitting"))
}

// FuzzINI: no input makes the parser panic, what it accepts holds only what the
// grammar allows, and says the same when written out and read again.
func FuzzINI(f *testing.F) {
	f.Add("[global]\ncluster = a, b\ncluster_id = x\n# c\n[a]\nip = 127.0.0.1\n")
	f.Add("[a]\nx = y\\\n# z\n w\n[a]\nx =\t1 \n")
	f.Add("[a]\nx")
	f.Add(" [ a:b ] \n x=\\\n\\\n1")
	f.Fuzz(func(t *testing.T, text string) {
		parsed, err := Parse(strings.NewReader(text), "f")
		if err != nil {
			var e *Error
			require.True(t, errors.As(err, &e))
			require.Less(t, len(err.Error()), 400, "an error stays readable")
			return
		}
		again, err := Parse(strings.NewReader(render(t, parsed)), "f")
		require.NoError(t, err)
		require.Equal(t, strip(parsed), strip(again))
		l := loader{file: parsed}
		cfg, err := l.server()
		require.True(t, (cfg == nil) == (err != nil))
	})
}

// render writes a file in the plainest form, and checks that it may.
func render(t *testing.T, f *File) string {
	var b strings.Builder
	for _, s := range f.Sections {
		require.True(t, isName(s.Name))
		b.WriteString("[" + s.Name + "]\n")
		require.NotEmpty(t, s.Entries)
		for _, e := range s.Entries {
			require.True(t, isName(e.Key))
			require.NotContains(t, e.Value, "\n")
			b.WriteString(e.Key + " = " + e.Value)
			if strings.HasSuffix(e.Value, `\`) {
				b.WriteString("\\\n") // it would continue the line below: let it continue an empty one
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// strip removes what rendering may change: line numbers.
func strip(f *File) *File {
	out := &File{Name: f.Name}
	for _, s := range f.Sections {
		c := &Section{Name: s.Name}
		for _, e := range s.Entries {
			c.Entries = append(c.Entries, Entry{Key: e.Key, Value: e.Value})
		}
		out.Sections = append(out.Sections, c)
	}
	return out
}
