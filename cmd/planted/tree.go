package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// tree is where sources, patches and patched copies are. Paths in patches are
// relative to root.
type tree struct{ root, patches, copies string }

// wholeFiles is the folder, beside the patches, of files that are no patches.
const wholeFiles = "_files"

// overlayName is the file among the copies that go build takes.
const overlayName = "overlay.json"

// overlay makes the copies anew and returns the path of the file for go build.
func (t *tree) overlay() (string, error) {
	if err := t.unedited(); err != nil {
		return "", err
	}
	if err := os.RemoveAll(t.copies); err != nil {
		return "", err
	}
	patches, err := filepath.Glob(filepath.Join(t.patches, "*.patch"))
	if err != nil {
		return "", err
	}
	for _, p := range patches {
		if err := t.apply(p); err != nil {
			return "", err
		}
	}
	return t.writeOverlay()
}

// unedited returns an error if a copy was changed behind the overlay, and not saved.
func (t *tree) unedited() error {
	made, err := os.Stat(filepath.Join(t.copies, overlayName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	files, err2 := sources(t.copies)
	if err = errors.Join(err, err2); err != nil {
		return err
	}
	for _, name := range files {
		path := filepath.Join(t.copies, name)
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if info.ModTime().After(made.ModTime()) {
			return fmt.Errorf("%s was edited and isn't saved: planted save keeps it, removing %s forgets it", path, t.copies)
		}
	}
	return nil
}

// apply copies the files that a patch is about, and patches the copies.
func (t *tree) apply(patch string) error {
	b, err := os.ReadFile(patch)
	if err != nil {
		return err
	}
	if err := t.edit(touched(b)); err != nil {
		return fmt.Errorf("%s: %w", patch, err)
	}
	c := t.git("apply", "--whitespace=nowarn", "-")
	c.Stdin = bytes.NewReader(b)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s no longer fits the sources (how to mend it: go doc ./cmd/planted): %w\n%s", patch, err, out)
	}
	return nil
}

// git returns a call of git in the copies, which are no repository for it.
func (t *tree) git(args ...string) *exec.Cmd {
	c := exec.Command("git", args...)
	c.Dir = t.copies
	ceiling, err := filepath.Abs(filepath.Dir(t.copies))
	if err != nil {
		ceiling = filepath.Dir(t.copies)
	}
	c.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+ceiling)
	return c
}

// touched returns the files that a patch is about.
func touched(patch []byte) (files []string) {
	for line := range strings.Lines(string(patch)) {
		if name, ok := strings.CutPrefix(line, "--- a/"); ok {
			files = append(files, strings.TrimSpace(name))
		}
	}
	return files
}

// edit copies sources.
func (t *tree) edit(files []string) error {
	for _, name := range files {
		b, err := os.ReadFile(filepath.Join(t.root, name))
		if err != nil {
			return err
		}
		to := filepath.Join(t.copies, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(to, b, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// writeOverlay names for every source what takes its place.
func (t *tree) writeOverlay() (string, error) {
	replace := map[string]string{}
	for _, dir := range []string{t.copies, filepath.Join(t.patches, wholeFiles)} {
		files, err := sources(dir)
		if err != nil {
			return "", err
		}
		for _, name := range files {
			from, err := filepath.Abs(filepath.Join(t.root, name))
			if err != nil {
				return "", err
			}
			if replace[from], err = filepath.Abs(filepath.Join(dir, name)); err != nil {
				return "", err
			}
		}
	}
	b, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "  ")
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(filepath.Join(t.copies, overlayName))
	if err != nil {
		return "", err
	}
	return path, os.WriteFile(path, b, 0o644)
}

// sources returns the Go files below dir, relative to it, ascending.
func sources(dir string) (files []string, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files = append(files, filepath.ToSlash(name))
		return err
	})
	slices.Sort(files)
	return files, err
}

// save writes one patch per directory of sources, and removes those of others.
func (t *tree) save() error {
	files, err := sources(t.copies)
	if err != nil {
		return fmt.Errorf("there are no copies to save (planted overlay makes them): %w", err)
	}
	patches := map[string][]byte{}
	for _, name := range files {
		diff, err := t.diff(name)
		if err != nil {
			return err
		}
		to := strings.ReplaceAll(filepath.ToSlash(filepath.Dir(name)), "/", "-") + ".patch"
		patches[to] = append(patches[to], diff...)
	}
	old, err := filepath.Glob(filepath.Join(t.patches, "*.patch"))
	if err != nil {
		return err
	}
	for _, p := range old {
		if len(patches[filepath.Base(p)]) == 0 {
			err = errors.Join(err, os.Remove(p))
		}
	}
	for name, b := range patches { // each goes to its own file
		if len(b) > 0 {
			err = errors.Join(err, os.WriteFile(filepath.Join(t.patches, name), b, 0o644))
		}
	}
	if err == nil {
		_, err = t.writeOverlay()
	}
	return err
}

// diff returns what was changed in one copy.
func (t *tree) diff(name string) ([]byte, error) {
	source, err := filepath.Abs(filepath.Join(t.root, name))
	if err != nil {
		return nil, err
	}
	c := t.git("diff", "--no-index", "--no-color", "--no-ext-diff", "--unified=2", "--", source, name)
	out, err := c.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() == 1 {
		err = nil // they differ
	}
	if err != nil {
		return nil, fmt.Errorf("git diff of %s: %w", name, err)
	}
	return named(out, name), nil
}

// named gives the header of a diff the paths that it is applied by, and leaves out
// what changes with every save.
func named(diff []byte, name string) []byte {
	var b bytes.Buffer
	for line := range bytes.Lines(diff) {
		switch {
		case bytes.HasPrefix(line, []byte("diff --git ")), bytes.HasPrefix(line, []byte("index ")):
		case bytes.HasPrefix(line, []byte("--- ")):
			fmt.Fprintf(&b, "--- a/%s\n", name)
		case bytes.HasPrefix(line, []byte("+++ ")):
			fmt.Fprintf(&b, "+++ b/%s\n", name)
		default:
			b.Write(line)
		}
	}
	return b.Bytes()
}
