package main

import (
	"go/token"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTreeIsTidy holds the whole tree against the rules.
func TestTreeIsTidy(t *testing.T) {
	findings, err := checkTree("../..")
	require.NoError(t, err)
	for _, f := range findings {
		t.Error(f)
	}
}

// snippet makes a typed source of a file that imports nothing.
func snippet(t *testing.T, name, text string) *source {
	t.Helper()
	s, err := newSource(token.NewFileSet(), name, text)
	require.NoError(t, err)
	if s.AST != nil {
		checkTypes("p", []*source{s}, nil)
	}
	return s
}

// TestEachRuleCanFail feeds every rule something that breaks it.
func TestEachRuleCanFail(t *testing.T) {
	own := `import _ "` + modulePath + "/"
	for _, c := range []struct{ name, file, body, want string }{
		{"core knows nobody", "core/a.go", own + `core/tlog"`, "the protocol is a pure function"},
		{"tlog knows no replica", "core/tlog/a.go", own + `core/replica"`, "the log writes the core's records"},
		{"store knows no log", "kvstore/a.go", own + `core/tlog"`, "the state machine needs"},
		{"model shares no store", "model/explore/a.go", own + `kvstore"`, "judges nothing"},
		{"sim meets realnet", "sim/a.go", own + `realnet/wire"`, "never meet"},
		{"sim's test meets realnet", "sim/a_test.go", own + `realnet"`, "never meet"},
		{"realnet meets sim", "realnet/a.go", own + `sim"`, "never meet"},
		{"wire knows no store", "realnet/wire/a.go", own + `kvstore"`, "frames carry"},
		{"client links no server", "realnet/client/a.go", own + `realnet"`, "links neither"},
		{"client links no core", "realnet/client/a.go", own + `core"`, "links neither"},
		{"nobody imports cmd", "realnet/a.go", own + `cmd/arakoon"`, "nobody imports cmd"},
		{"folder without a rule", "util/a.go", own + `core"`, "has no rule"},
		{"client is std only", "realnet/client/a.go", `import _ "golang.org/x/sys/unix"`, "not in the table"},
		{"module not in the table", "sim/a.go", `import _ "github.com/tidwall/btree"`, "not in the table"},
		{"test module in production code", "core/a.go", `import _ "github.com/stretchr/testify/require"`, "not in the table"},
		{"file", "core/tlog/a.go", `import _ "os"`, "files come through core/disk"},
		{"process", "core/a.go", `import _ "os/exec"`, "starts processes"},
		{"socket", "sim/a.go", `import _ "net/http"`, "through Step"},
		{"lock", "kvstore/a.go", `import _ "sync"`, "one owner per node"},
		{"atomic", "core/a.go", `import _ "sync/atomic"`, "one owner per node"},
		{"old dice", "sim/a.go", `import _ "math/rand"`, "named streams"},
		{"global dice", "sim/a.go", `import "math/rand/v2"; var x = rand.IntN(3)`, "named streams"},
		{"hidden clock", "core/a.go", `import "time"; var x = time.Now()`, "comes in as an Instant"},
		{"renamed clock", "core/a.go", `import ti "time"; var x = ti.Since`, "comes in as an Instant"},
		{"goroutine", "core/a.go", `func f() { go f() }`, "go statement"},
		{"channel", "core/a.go", `var c chan int`, "channel"},
		{"send", "core/a.go", `func f[C any](c C) { g(c) <- 1 }`, "channel send"},
		{"receive", "core/a.go", `func f() { <-g() }`, "channel receive"},
		{"select", "core/a.go", `func f() { select {} }`, "select"},
		{"float type", "kvstore/a.go", `var x float64`, "floating point"},
		{"float literal", "kvstore/a.go", `var x = 0.5`, "floating point"},
		{"map order", "core/a.go", `func f(m map[int]int) { for range m { f(m) } }`, "range over a map"},
		{"named map order", "core/a.go", "type m map[int]int\nfunc f(m m) {\nfor range m { f(m) } }", "range over a map"},
		{"map keys order", "core/a.go", `import "maps"; func f(m map[int]int) { for range maps.Keys(m) { f(m) } }`, "range over a map"},
		{"skip", "core/a_test.go", `import "testing"; func f(t *testing.T) { t.Skip() }`, "guards nothing"},
		{"short", "realnet/a_test.go", `import "testing"; var x = testing.Short()`, "guards nothing"},
		{"long function", "realnet/a.go", "func f() {" + strings.Repeat("\n", 70) + "}", "70 are allowed"},
		{"long file", "realnet/a.go", strings.Repeat("\n", 601), "file is too long"},
		{"unfinished", "README.md", "TO" + "DO: more", "is finished"},
		{"machine path", "docs/a.md", "see /wor" + "k/main", "means nothing on another"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := c.body
			if strings.HasSuffix(c.file, ".go") {
				text = "package p\n" + c.body
			}
			var got []string
			for _, f := range checkSource(snippet(t, c.file, text)) {
				got = append(got, f.String())
			}
			require.Contains(t, strings.Join(got, "\n"), c.want)
		})
	}
}

// TestRulesLetGoodCodePass feeds what comes close to breaking a rule.
func TestRulesLetGoodCodePass(t *testing.T) {
	own := `import _ "` + modulePath + "/"
	for _, c := range []struct{ name, file, body string }{
		{"tlog on a disk", "core/tlog/a.go", own + `core/disk"`},
		{"disk's own folders", "core/disk/disktest/a.go", own + `core/disk"`},
		{"replica's published pair", "core/replica/a.go", `import _ "sync/atomic"`},
		{"the store's table", "kvstore/a.go", `import _ "github.com/tidwall/btree"`},
		{"host puts parts together", "realnet/a.go", own + `realnet/wire"`},
		{"commands", "cmd/arakoon/a.go", own + `realnet/client"`},
		{"duration", "core/a.go", `import "time"; var x = time.Second`},
		{"own dice", "sim/a.go", `import "math/rand/v2"; var x = rand.New(rand.NewPCG(1, 2))`},
		{"map order with a reason", "core/a.go", "func f(m map[int]int) {\n// A sum: the order can't matter.\nfor range m { f(m) } }"},
		{"map order inside", "core/a.go", "func f(m map[int]int) {\n// A sum: the order can't matter.\nfor range m {\nfor range m { f(m) } } }"},
		{"slice order", "core/a.go", `func f(m []int) { for range m { f(m) } }`},
		{"allowed", "core/a.go", "//tidy:allow float because it is only printed\nvar x float64"},
		{"test goes parallel", "core/a_test.go", `func f() { go f() }`},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.Empty(t, checkSource(snippet(t, c.file, "package p\n"+c.body)))
		})
	}
}

// TestMissingPackageComment shows that a folder without one is found.
func TestMissingPackageComment(t *testing.T) {
	bare := snippet(t, "sim/a.go", "package sim\n")
	require.Len(t, checkPackageComments([]*source{bare}), 1)
	doc := snippet(t, "sim/doc.go", "// Package sim is a host.\npackage sim\n")
	require.Empty(t, checkPackageComments([]*source{bare, doc}))
}
