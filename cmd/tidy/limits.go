package main

import (
	"go/ast"
	"path"
	"slices"
	"strings"
)

// Ratchets: what is longer today is listed in longer with its length, may
// shrink, and may not grow.
const (
	maxFileLines     = 600
	maxTestFileLines = 900
	maxFuncLines     = 70
)

// longer maps "path" or "path func" to the length that is tolerated.
var longer = map[string]int{}

func checkLengths(s *source) []finding {
	limit := maxFileLines
	if s.isTest() {
		limit = maxTestFileLines
	}
	if isGenerated(s) {
		return nil
	}
	var all []finding
	if n := strings.Count(s.Text, "\n"); n > max(limit, longer[s.Path]) {
		all = append(all, finding{s.Path, n, "length", "file is too long: split it by reason to open it"})
	}
	if s.isTest() {
		return all
	}
	for _, d := range s.AST.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Body == nil {
			continue
		}
		n := s.line(f.End()) - s.line(f.Pos()) + 1
		if n > max(maxFuncLines, longer[s.Path+" "+f.Name.Name]) {
			all = append(all, s.at(f.Pos(), "length", "%s has %d lines, %d are allowed", f.Name.Name, n, maxFuncLines)...)
		}
	}
	return all
}

func isGenerated(s *source) bool { return ast.IsGenerated(s.AST) }

// checkPackageComments wants a package comment in each folder with Go files that is
// a package: one whose path has a part that begins with "_" is none for the go command.
func checkPackageComments(tree []*source) []finding {
	documented := map[string]bool{}
	var dirs []string
	for _, s := range tree {
		if s.AST == nil || s.isTest() || strings.Contains("/"+s.Dir(), "/_") {
			continue
		}
		dir := s.Dir()
		if !slices.Contains(dirs, dir) {
			dirs = append(dirs, dir)
		}
		documented[dir] = documented[dir] || s.AST.Doc != nil
	}
	var all []finding
	for _, dir := range dirs {
		if !documented[dir] {
			all = append(all, finding{path.Join(dir, "doc.go"), 1, "doc", "the package has no comment that a newcomer can start from"})
		}
	}
	return all
}
