package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// modulePath is what our own imports begin with.
const modulePath = "github.com/openvstorage/arakoon-go"

// finding is one place where the tree breaks a rule.
type finding struct {
	Path string
	Line int
	Rule string
	Text string
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %s: %s", f.Path, f.Line, f.Rule, f.Text)
}

// source is one file of the tree. AST is nil for a file that isn't Go.
type source struct {
	Path string // relative to the root, slash separated
	Text string
	Fset *token.FileSet
	AST  *ast.File
	Info *types.Info // nil where types are not needed
}

// Dir is the package's folder relative to the root; "." at the root.
func (s *source) Dir() string { return path.Dir(s.Path) }

func (s *source) isTest() bool { return strings.HasSuffix(s.Path, "_test.go") }

func (s *source) line(p token.Pos) int { return s.Fset.Position(p).Line }

// at makes a finding, or none where a comment allows it.
func (s *source) at(p token.Pos, rule, format string, args ...any) []finding {
	line := s.line(p)
	if s.allowed(line, rule) {
		return nil
	}
	return []finding{{s.Path, line, rule, fmt.Sprintf(format, args...)}}
}

// allowed reports whether the line, or the one above, carries the permission.
func (s *source) allowed(line int, rule string) bool {
	mark := "//tidy:allow " + rule + " because "
	lines := strings.Split(s.Text, "\n")
	for n := line - 1; n <= line; n++ {
		if n >= 1 && n <= len(lines) && strings.Contains(lines[n-1], mark) {
			return true
		}
	}
	return false
}

// skippedDirs hold nothing that we wrote by hand.
var skippedDirs = map[string]bool{".git": true, "bin": true, "testdata": true, "demo-data": true, "sim-out": true}

// loadTree reads all text files below root and parses the Go files.
func loadTree(root string) ([]*source, error) {
	var tree []*source
	fset := token.NewFileSet()
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && skippedDirs[d.Name()]:
			return filepath.SkipDir
		case d.IsDir() || !isText(name):
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		s, err := newSource(fset, filepath.ToSlash(rel), string(text))
		tree = append(tree, s)
		return err
	})
	return tree, err
}

// newSource parses a file if it is Go.
func newSource(fset *token.FileSet, name, text string) (*source, error) {
	s := &source{Path: name, Text: text, Fset: fset}
	if !strings.HasSuffix(name, ".go") {
		return s, nil
	}
	var err error
	s.AST, err = parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	return s, err
}

func isText(name string) bool {
	switch filepath.Ext(name) {
	case ".go", ".md", ".tla", ".cfg", ".ini", ".sh", ".mod", ".txt":
		return true
	}
	base := filepath.Base(name)
	return base == "Makefile" || filepath.Base(filepath.Dir(name)) == ".ci"
}

// checkTree runs every rule over the tree at root.
func checkTree(root string) ([]finding, error) {
	tree, err := loadTree(root)
	if err != nil {
		return nil, err
	}
	if err := addTypes(root, tree); err != nil {
		return nil, err
	}
	var all []finding
	for _, s := range tree {
		all = append(all, checkSource(s)...)
	}
	all = append(all, checkPackageComments(tree)...)
	slices.SortFunc(all, func(a, b finding) int {
		if c := strings.Compare(a.Path, b.Path); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	return all, nil
}

// checkSource runs the rules that look at one file.
func checkSource(s *source) []finding {
	all := checkWords(s)
	if s.AST == nil {
		return all
	}
	all = append(all, checkImports(s)...)
	all = append(all, checkBans(s)...)
	return append(all, checkLengths(s)...)
}
