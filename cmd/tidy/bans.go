package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// pureTrees run in the simulator byte for byte as in production, so nothing in
// them may depend on anything but its inputs.
var pureTrees = []string{"core", "kvstore", "model", "sim"}

// bannedImports with the reason; "x/" bans all below x as well.
var bannedImports = []struct{ path, reason string }{
	{"os", "files come through core/disk, the environment through a Config"},
	{"os/", "a pure package neither starts processes nor takes signals"},
	{"net", "messages come through Step"},
	{"net/", "messages come through Step"},
	{"syscall", "the host talks to the kernel"},
	{"golang.org/x/sys", "the host talks to the kernel"},
	{"io/ioutil", "files come through core/disk"},
	{"log", "the host decides what is logged; trace events say what happened"},
	{"log/", "the host decides what is logged; trace events say what happened"},
	{"math/rand", "dice are named streams of the seed"},
	{"crypto/rand", "dice are named streams of the seed; true randomness comes through a Config"},
	{"runtime", "a decision that depends on the runtime can't be replayed"},
	{"context", "nothing below the hosts waits, so nothing is cancelled"},
	{"sync", "one owner per node; views are immutable"},
	{"sync/", "one owner per node; views are immutable"},
}

// allowedImports are the exceptions to bannedImports.
var allowedImports = []struct{ dir, path, reason string }{
	{"core/replica", "sync/atomic", "many goroutines read the published pair"},
	{"kvstore", "sync/atomic", "counts of immutable views that many goroutines hold"},
}

// bannedFuncs may not be called or named.
var bannedFuncs = []struct {
	pkg    string
	names  []string
	reason string
}{
	{"time", []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"},
		"time comes in as an Instant"},
	{"math/rand/v2", []string{"Int", "IntN", "Int32", "Int32N", "Int64", "Int64N", "Uint", "UintN", "Uint32", "Uint32N",
		"Uint64", "Uint64N", "Float32", "Float64", "NormFloat64", "ExpFloat64", "N", "Perm", "Shuffle"},
		"dice are named streams of the seed"},
}

func checkBans(s *source) []finding {
	if s.isTest() || !slices.ContainsFunc(pureTrees, func(d string) bool { return below(s.Dir(), d) }) {
		return checkTestHabits(s)
	}
	names := map[string]string{} // local name of an import -> its path
	explained := token.NoPos     // up to here an outer loop has said why order can't matter
	var all []finding
	for _, spec := range s.AST.Imports {
		used, _ := strconv.Unquote(spec.Path.Value)
		local := used[strings.LastIndex(used, "/")+1:]
		if used == "math/rand/v2" {
			local = "rand"
		}
		if spec.Name != nil {
			local = spec.Name.Name
		}
		names[local] = used
		all = append(all, s.checkBannedImport(spec.Pos(), used)...)
	}
	ast.Inspect(s.AST, func(n ast.Node) bool {
		switch loop, isRange := n.(*ast.RangeStmt); {
		case n == nil:
		case !isRange:
			all = append(all, s.checkNode(n, names)...)
		case loop.Pos() >= explained && s.rangesOverMap(loop.X):
			all = append(all, s.checkRange(loop)...)
			explained = loop.End()
		}
		return true
	})
	return all
}

func (s *source) checkBannedImport(p token.Pos, used string) []finding {
	for _, a := range allowedImports {
		if below(s.Dir(), a.dir) && used == a.path {
			return nil
		}
	}
	for _, b := range bannedImports {
		if used == b.path || strings.HasSuffix(b.path, "/") && strings.HasPrefix(used, b.path) {
			return s.at(p, "pure", "import of %s: %s", used, b.reason)
		}
	}
	return nil
}

// checkNode looks for what is banned as syntax.
func (s *source) checkNode(n ast.Node, names map[string]string) []finding {
	switch n := n.(type) {
	case *ast.GoStmt:
		return s.at(n.Pos(), "pure", "go statement: the host runs Jobs")
	case *ast.SelectStmt:
		return s.at(n.Pos(), "pure", "select: the host waits, a pure package is called")
	case *ast.ChanType:
		return s.at(n.Pos(), "pure", "channel: inputs and outputs are values")
	case *ast.SendStmt:
		return s.at(n.Pos(), "pure", "channel send: inputs and outputs are values")
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return s.at(n.Pos(), "pure", "channel receive: inputs and outputs are values")
		}
	case *ast.BasicLit:
		if n.Kind == token.FLOAT {
			return s.at(n.Pos(), "float", "floating point: machines may round differently; use integers")
		}
	case *ast.Ident:
		if n.Name == "float64" || n.Name == "float32" {
			return s.at(n.Pos(), "float", "floating point: machines may round differently; use integers")
		}
	case *ast.SelectorExpr:
		return s.checkBannedFunc(n, names)
	}
	return nil
}

func (s *source) checkBannedFunc(n *ast.SelectorExpr, names map[string]string) []finding {
	pkg, ok := n.X.(*ast.Ident)
	if !ok {
		return nil
	}
	for _, b := range bannedFuncs {
		if names[pkg.Name] == b.pkg && slices.Contains(b.names, n.Sel.Name) {
			return s.at(n.Pos(), "pure", "%s.%s: %s", pkg.Name, n.Sel.Name, b.reason)
		}
	}
	return nil
}

// checkRange wants a comment wherever the order of a map could leak. One comment
// speaks for the loops inside as well.
func (s *source) checkRange(n *ast.RangeStmt) []finding {
	if s.hasComment(s.line(n.Pos())) {
		return nil
	}
	return s.at(n.Pos(), "maporder", "range over a map: sort the keys, or say in a comment why the order can't matter")
}

func (s *source) rangesOverMap(x ast.Expr) bool {
	if call, ok := x.(*ast.CallExpr); ok {
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		pkg, ok := sel.X.(*ast.Ident)
		return ok && pkg.Name == "maps" && slices.Contains([]string{"Keys", "Values", "All"}, sel.Sel.Name)
	}
	if s.Info == nil {
		return false
	}
	t := s.Info.TypeOf(x)
	if t == nil {
		return false
	}
	_, isMap := t.Underlying().(*types.Map)
	return isMap
}

// hasComment reports whether a comment stands on the line or ends just above.
func (s *source) hasComment(line int) bool {
	for _, group := range s.AST.Comments {
		first, last := s.line(group.Pos()), s.line(group.End())
		if first == line || last == line-1 {
			return true
		}
	}
	return false
}

// checkTestHabits looks for tests that skip, everywhere.
func checkTestHabits(s *source) []finding {
	if !s.isTest() {
		return nil
	}
	var all []finding
	ast.Inspect(s.AST, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := sel.X.(*ast.Ident)
		if !ok {
			return true
		}
		skips := slices.Contains([]string{"Skip", "Skipf", "SkipNow"}, sel.Sel.Name) && len(x.Name) <= 2
		if skips || x.Name == "testing" && sel.Sel.Name == "Short" {
			all = append(all, s.at(n.Pos(), "noskip", "%s.%s: a test that doesn't run guards nothing", x.Name, sel.Sel.Name)...)
		}
		return true
	})
	return all
}
