package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// listed is what "go list" tells about a package.
type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Export     string
	Standard   bool
}

// addTypes gives the production files of the pure trees their types, from the
// compiler's export data. A package that doesn't compile is left without.
func addTypes(root string, tree []*source) error {
	abs, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	packages, err := listPackages(abs)
	if err != nil {
		return err
	}
	byPath := map[string]*source{}
	for _, s := range tree {
		byPath[s.Path] = s
	}
	exports := map[string]string{}
	for _, p := range packages {
		exports[p.ImportPath] = p.Export
	}
	for _, p := range packages {
		if !below(p.ImportPath, modulePath) {
			continue
		}
		var files []*source
		for _, name := range p.GoFiles {
			rel, err := filepath.Rel(abs, filepath.Join(p.Dir, name))
			if err != nil {
				return err
			}
			if s := byPath[filepath.ToSlash(rel)]; s != nil {
				files = append(files, s)
			}
		}
		checkTypes(p.ImportPath, files, exports)
	}
	return nil
}

// listPackages asks the go command for the pure trees and what they use.
func listPackages(root string) ([]listed, error) {
	args := []string{"list", "-e", "-export", "-deps", "-json=ImportPath,Dir,GoFiles,Export,Standard"}
	for _, d := range pureTrees {
		if _, err := os.Stat(filepath.Join(root, d)); err == nil {
			args = append(args, "./"+d+"/...")
		}
	}
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.Bytes())
	}
	var all []listed
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		all = append(all, p)
	}
}

// checkTypes type-checks one package as far as it goes.
func checkTypes(pkg string, files []*source, exports map[string]string) {
	if len(files) == 0 {
		return
	}
	fset := files[0].Fset
	lookup := func(path string) (io.ReadCloser, error) {
		name := exports[path]
		if name == "" {
			return nil, fmt.Errorf("no export data for %s", path)
		}
		return os.Open(name)
	}
	conf := types.Config{
		Importer: importer.ForCompiler(fset, "gc", lookup),
		Error:    func(error) {}, // the compiler says it better
		Sizes:    types.SizesFor("gc", runtime.GOARCH),
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	var asts []*ast.File
	for _, s := range files {
		asts = append(asts, s.AST)
		s.Info = info
	}
	_, _ = conf.Check(pkg, fset, asts, info) // errors were taken above
}
