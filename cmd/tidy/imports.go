package main

import (
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
)

// ownRule says which of our packages a folder, with all folders below it, may
// import in code that is not a test. A folder may always import what lies below
// its own rule's folder; the longest matching rule counts.
type ownRule struct {
	dir    string
	mayUse []string
	reason string
}

// ownRules is the house.
var ownRules = []ownRule{
	{"core", nil, "the protocol is a pure function: it knows nobody"},
	{"core/disk", nil, "the border to storage is below everything that stores"},
	{"core/frame", []string{"core"}, "the bytes of a connection carry envelopes; both hosts make and judge them by the same code"},
	{"core/tlog", []string{"core", "core/disk"}, "the log writes the core's records on a disk"},
	{"core/replica", []string{"core", "core/disk", "core/tlog"}, "the effect loop joins node, log and a state machine it knows by interface"},
	{"kvstore/command", nil, "the vocabulary is shared by store, model and clients, so it drags nothing along"},
	{"kvstore/tree", []string{"core", "core/disk"}, "the store file knows instances and a disk, not what its entries mean"},
	{"kvstore", []string{"core", "core/disk", "kvstore/command", "kvstore/tree"}, "the state machine needs Instance, a disk and the vocabulary"},
	{"model", []string{"core", "kvstore/command"}, "an oracle that shares code with what it judges judges nothing"},
	{"sim", []string{"core", "core/disk", "core/frame", "core/tlog", "core/replica", "kvstore", "kvstore/tree", "kvstore/command", "model"}, "host 1 runs production code, never the other host; it makes the cache and checks every page"},
	{"realnet/wire", []string{"core", "kvstore/command"}, "frames carry messages and commands, they do not act on them"},
	{"realnet/client", []string{"kvstore/command", "realnet/wire"}, "a program that links the client links neither server nor store"},
	{"realnet/ini", []string{"core"}, "the configuration is read before anything starts; limits come from core"},
	{"realnet", []string{"core", "core/disk", "core/frame", "core/tlog", "core/replica", "kvstore", "kvstore/tree", "kvstore/command"}, "host 2 runs production code, never the other host; it makes the cache of the store's pages"},
	{"cmd", []string{"core", "kvstore", "model", "sim", "realnet"}, "commands put everything together"},
}

// wholeTrees are folders that may be imported with all that lies below them.
// Elsewhere "core" means package core alone, not core/tlog.
func wholeTree(ruleDir, used string) bool {
	return ruleDir == "cmd" || used == "core/disk" || used == "model"
}

// thirdParty says which modules production code of a folder may import.
var thirdParty = []struct{ dir, module, reason string }{
	{"core/tlog", "github.com/klauspost/compress", "older segments are compressed"},
	{"kvstore", "github.com/tidwall/btree", "the memory table: copies in constant time"},
	{"model", "github.com/anishathalye/porcupine", "linearizability of histories"},
	{"realnet", "golang.org/x/sys", "system calls that the standard library lacks"},
	{"realnet", "github.com/prometheus/client_golang", "the metrics page"},
	{"cmd", "golang.org/x/sys", "system calls that the standard library lacks"},
	{"cmd", "github.com/spf13/cobra", "the verbs of the command line"},
	{"cmd", "github.com/spf13/pflag", "the flags of the verbs"},
	{"cmd", "github.com/HdrHistogram/hdrhistogram-go", "latencies of benchmarks"},
	{"cmd", "github.com/schollz/progressbar", "progress of long commands"},
	{"cmd", "github.com/anishathalye/porcupine", "histories of real processes are judged too"},
	{"cmd/trial", "go.etcd.io/bbolt", "the baseline of ranges over many keys"},
}

// testModules may be used by tests everywhere.
var testModules = []string{
	"github.com/stretchr/testify", "pgregory.net/rapid", "go.uber.org/goleak",
	"github.com/rogpeppe/go-internal", "github.com/anishathalye/porcupine",
	"go.etcd.io/bbolt",
}

// stdOnly lists folders whose production code imports no third-party module,
// whatever a rule of a folder above says.
var stdOnly = []string{"realnet/client", "realnet/wire", "realnet/ini", "kvstore/command"}

// below reports whether dir is root or lies below it.
func below(dir, root string) bool { return dir == root || strings.HasPrefix(dir, root+"/") }

func checkImports(s *source) []finding {
	var all []finding
	for _, spec := range s.AST.Imports {
		used, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		switch {
		case below(used, modulePath):
			own := strings.TrimPrefix(strings.TrimPrefix(used, modulePath), "/")
			all = append(all, s.checkOwnImport(spec.Pos(), own)...)
		case strings.Contains(strings.Split(used, "/")[0], "."):
			all = append(all, s.checkThirdParty(spec.Pos(), used)...)
		}
	}
	return all
}

// checkOwnImport judges an import of one of our packages, given as a folder.
func (s *source) checkOwnImport(p token.Pos, used string) []finding {
	dir := s.Dir()
	if below(used, "cmd") && !below(dir, "cmd") {
		return s.at(p, "imports", "%s imports %s: nobody imports cmd", dir, used)
	}
	if below(dir, "sim") && below(used, "realnet") || below(dir, "realnet") && below(used, "sim") {
		return s.at(p, "imports", "%s imports %s: sim and realnet never meet", dir, used)
	}
	if s.isTest() {
		return nil // a test may hold any two packages against each other
	}
	rule := ruleFor(dir)
	if rule == nil {
		return s.at(p, "imports", "%s has no rule in cmd/tidy/imports.go", dir)
	}
	if below(used, rule.dir) && ruleFor(used).dir == rule.dir {
		return nil
	}
	for _, may := range rule.mayUse {
		if used == may || wholeTree(rule.dir, may) && below(used, may) {
			return nil
		}
	}
	if rule.dir == "realnet" && below(used, "realnet") {
		return nil // the host puts its own parts together
	}
	return s.at(p, "imports", "%s may not import %s: %s", dir, used, rule.reason)
}

// ruleFor returns the rule of the longest folder above dir.
func ruleFor(dir string) *ownRule {
	var best *ownRule
	for i := range ownRules {
		r := &ownRules[i]
		if below(dir, r.dir) && (best == nil || len(r.dir) > len(best.dir)) {
			best = r
		}
	}
	return best
}

// checkThirdParty judges an import of a module that isn't ours.
func (s *source) checkThirdParty(p token.Pos, used string) []finding {
	if s.isTest() || path.Base(s.Dir()) == "disktest" {
		if slices.ContainsFunc(testModules, func(m string) bool { return below(used, m) }) {
			return nil
		}
	}
	only := slices.ContainsFunc(stdOnly, func(d string) bool { return below(s.Dir(), d) })
	for _, t := range thirdParty {
		if !only && below(s.Dir(), t.dir) && below(used, t.module) {
			return nil
		}
	}
	return s.at(p, "imports", "%s may not import %s: not in the table of modules", s.Dir(), used)
}
