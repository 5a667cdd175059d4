package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const source = `package p

func F(err error) error {
	if err != nil {
		return err
	}
	if err = g(); err != nil {
		return err
	}
	switch {
	default:
		panic("p: own state is broken")
	}
	go run()
	return nil
}

func (S) isT() {}
`

// Of the harness, whose findings are others' bugs.
const harnessSource = `package h

func F(n int) error {
	if n > 1 {
		return fmt.Errorf("%d keys", n)
	}
	return nil
}
`

// The profile reaches the beginning of F, and nothing else.
const profile = `mode: set
github.com/openvstorage/arakoon-go/p.go:3.25,4.16 1 1
github.com/openvstorage/arakoon-go/p.go:4.16,6.3 1 0
github.com/openvstorage/arakoon-go/p.go:7.19,9.3 1 0
github.com/openvstorage/arakoon-go/p.go:11.10,12.35 1 0
github.com/openvstorage/arakoon-go/p.go:14.2,15.12 2 0
github.com/openvstorage/arakoon-go/p.go:14.2,15.12 2 0
github.com/openvstorage/arakoon-go/p.go:18.16,18.17 0 0
github.com/openvstorage/arakoon-go/x/treetest/h.go:4.11,6.3 1 0
`

func write(t *testing.T, name, text string) {
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
}

func TestUncovered_SortsAndJudges(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, "p.go", source)
	require.NoError(t, os.MkdirAll("x/treetest", 0o700))
	write(t, "x/treetest/h.go", harnessSource)
	write(t, "c.out", profile)
	blocks, err := readProfile("c.out")
	require.NoError(t, err)
	var sorts []sort
	var keys []string
	for _, b := range blocks {
		f, err := sortOf(b)
		require.NoError(t, err)
		sorts, keys = append(sorts, f.sort), append(keys, f.key)
	}
	require.Equal(t, []sort{passedOn, passedOn, assertion, other, mark, assertion}, sorts[1:])
	require.Equal(t, "p.go F | go run()", keys[4])

	good := func(judged string, least float64) bool {
		write(t, "judged", judged)
		ok, err := run(filepath.Join(dir, "c.out"), "judged", least, false)
		require.NoError(t, err)
		return ok
	}
	require.False(t, good("", 0), "one statement is not judged")
	require.True(t, good("p.go F | go run() | nobody waits for it\n", 0))
	require.False(t, good("p.go F | go run() | nobody waits for it\n", 50), "too little was reached")
	require.False(t, good("p.go F | go run() | why\np.go G | gone() | why\n", 0), "a judgement of nothing")
	require.True(t, good("p.go F | go run() | why\np.go F | if err != nil { | why\n", 0), "of what was reached this time")
}
