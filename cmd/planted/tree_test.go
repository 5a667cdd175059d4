package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const source = `package a

func Sum(list []int) (s int) {
	for _, x := range list {
		s += x
	}
	return s
}
`

// write makes a file and its folders.
func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(b)
}

// planted returns a tree with one guard in a/b/sum.go and one file of its own.
func planted(t *testing.T) *tree {
	dir := t.TempDir()
	tr := &tree{root: filepath.Join(dir, "root"), patches: filepath.Join(dir, "patches"), copies: filepath.Join(dir, "copies")}
	write(t, filepath.Join(tr.root, "a/b/sum.go"), source)
	write(t, filepath.Join(tr.patches, wholeFiles, "a/b/more.go"), "package a\n")
	require.NoError(t, tr.edit([]string{"a/b/sum.go"}))
	write(t, filepath.Join(tr.copies, "a/b/sum.go"), strings.Replace(source, "\ts +=", "\tif guard {\n\t\t\tcontinue\n\t\t}\n\t\ts +=", 1))
	require.NoError(t, tr.save())
	return tr
}

func TestWhatIsSavedIsPutInAgain(t *testing.T) {
	tr := planted(t)
	want := read(t, filepath.Join(tr.copies, "a/b/sum.go"))
	patch := read(t, filepath.Join(tr.patches, "a-b.patch"))
	require.NoError(t, os.RemoveAll(tr.copies))
	path, err := tr.overlay()
	require.NoError(t, err)
	require.Equal(t, want, read(t, filepath.Join(tr.copies, "a/b/sum.go")))
	require.Contains(t, read(t, path), filepath.Join(tr.copies, "a/b/sum.go"))
	require.Contains(t, read(t, path), filepath.Join(tr.root, "a/b/more.go"), "a file that has no source is one as well")
	require.NoError(t, tr.save())
	require.Equal(t, patch, read(t, filepath.Join(tr.patches, "a-b.patch")))
}

func TestAPatchSurvivesChangesElsewhere(t *testing.T) {
	tr := planted(t)
	write(t, filepath.Join(tr.root, "a/b/sum.go"), "// Package a sums.\n"+source+"\nvar more int\n")
	_, err := tr.overlay()
	require.NoError(t, err)
	copied := read(t, filepath.Join(tr.copies, "a/b/sum.go"))
	require.Contains(t, copied, "if guard {")
	require.Contains(t, copied, "var more int")
}

func TestAPatchThatDoesNotFitIsNamed(t *testing.T) {
	tr := planted(t)
	write(t, filepath.Join(tr.root, "a/b/sum.go"), "package a\n")
	_, err := tr.overlay()
	require.ErrorContains(t, err, "a-b.patch no longer fits")
}

func TestWhatIsNotSavedIsNotOverwritten(t *testing.T) {
	tr := planted(t)
	_, err := tr.overlay()
	require.NoError(t, err)
	edited := filepath.Join(tr.copies, "a/b/sum.go")
	require.NoError(t, os.Chtimes(edited, time.Time{}, time.Unix(1<<33, 0)))
	_, err = tr.overlay()
	require.ErrorContains(t, err, "isn't saved")
	require.NoError(t, os.RemoveAll(tr.copies))
	_, err = tr.overlay()
	require.NoError(t, err)
}

func TestAPatchOfNothingIsRemoved(t *testing.T) {
	tr := planted(t)
	write(t, filepath.Join(tr.copies, "a/b/sum.go"), source)
	require.NoError(t, tr.save())
	require.NoFileExists(t, filepath.Join(tr.patches, "a-b.patch"))
}
