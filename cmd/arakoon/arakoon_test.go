package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestArakoonOptionsAreWhole: each option has either a meaning or a reason why
// it has none, and none of Arakoon's options is forgotten.
func TestArakoonOptionsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, o := range arakoonOptions {
		require.False(t, seen[o.name], o.name)
		seen[o.name] = true
		require.True(t, (o.help == "") == (o.missing != ""), o.name)
		if o.action || o.missing != "" {
			continue
		}
		args := make([]string, len(o.args))
		for i := range args {
			args[i] = "1"
		}
		_, err := parseArakoon(append([]string{o.name}, args...))
		require.NoError(t, err, "modifier %s has a meaning", o.name)
	}
	require.Len(t, arakoonOptions, 80+1, "Arakoon has 80, and -help")
}

func TestParseArakoonGoesFromLeftToRight(t *testing.T) {
	call, err := parseArakoon(strings.Fields("-config a --set k v -config b --get x -max_results 7 -left l -right r -value v -start"))
	require.NoError(t, err)
	require.Equal(t, &arakoonCall{action: "--get", args: []string{"x"}, config: "b", left: "l", right: "r",
		hasLeft: true, hasRight: true, maxResults: 7, value: "v", hasValue: true}, call)

	call, err = parseArakoon(nil)
	require.NoError(t, err)
	require.Equal(t, &arakoonCall{config: "cfg/arakoon.ini", maxResults: 100}, call)

	// An argument may look like an option.
	call, err = parseArakoon([]string{"--set", "--get", "-config"})
	require.NoError(t, err)
	require.Equal(t, []string{"--get", "-config"}, call.args)
}

func TestWhoseArgumentsTheyAre(t *testing.T) {
	for _, args := range []string{"--node n", "-config f --get k", "-start", "--version", "-help", "--dump-tlog f"} {
		require.True(t, isArakoonForm(strings.Fields(args)), args)
	}
	for _, args := range []string{"", "get k", "--config f get k", "--help", "-h", "server --node n", "--frob"} {
		require.False(t, isArakoonForm(strings.Fields(args)), args)
	}
}

func TestSplitWords(t *testing.T) {
	for line, want := range map[string][]string{
		"":                                nil,
		"  # all":                         nil,
		"set a b":                         {"set", "a", "b"},
		"\tset  a\t\"b c\"  ":             {"set", "a", "b c"},
		`set "" "\"\\\n\t\x00\xff"`:       {"set", "", "\"\\\n\t\x00\xff"},
		`set a#b #c`:                      {"set", "a#b", "#c"},
		`set a"b c`:                       {"set", `a"b`, "c"},
		`assert-range p "p 1" p2 "p\x33"`: {"assert-range", "p", "p 1", "p2", "p3"},
	} {
		got, err := splitWords(line)
		require.NoError(t, err, line)
		require.Equal(t, want, got, line)
	}
	for _, line := range []string{`"a`, `"a"b`, `"\q"`, `"\x1"`, `"\xgg"`, `"\`} {
		_, err := splitWords(line)
		require.ErrorIs(t, err, errQuote, line)
	}
}

func TestShowKeepsALineALine(t *testing.T) {
	a := &app{}
	for in, want := range map[string]string{
		"abc": "abc", "two words": "two words", "": `""`, "a\tb": `"a\tb"`, "a\nb": `"a\nb"`,
		"\xff": `"\xff"`, `"q"`: `"\"q\""`, "é": "é",
	} {
		require.Equal(t, want, a.show([]byte(in)))
	}
}

func TestEveryVerbExplainsItself(t *testing.T) {
	a := &app{in: strings.NewReader(""), out: &bytes.Buffer{}, err: &bytes.Buffer{}}
	for _, c := range a.root().Commands() {
		require.NotEmpty(t, c.Short, c.Name())
		require.NotEmpty(t, c.Long, c.Name())
		require.Contains(t, c.Example, "arakoon "+c.Name(), c.Name())
		for _, line := range strings.Split(c.Long, "\n") {
			require.LessOrEqual(t, len(line), 90, "%s: %s", c.Name(), line)
		}
	}
}

var rewrite = flag.Bool("rewrite", false, "rewrite docs/command-line.md from the code")

// TestPageIsCurrent compares docs/command-line.md with the code.
func TestPageIsCurrent(t *testing.T) {
	const name = "../../docs/command-line.md"
	if *rewrite {
		require.NoError(t, os.WriteFile(name, []byte(page()), 0o644))
	}
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, page(), string(text), "run: go test ./cmd/arakoon -run Page -rewrite")
}
