package realnet

import (
	_ "embed"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

//go:embed status.html
var statusText string

// statusHTML is the page for people: complete in itself, it loads nothing.
var statusHTML = template.Must(template.New("status").Funcs(template.FuncMap{
	"words": func(s string) string { return strings.ReplaceAll(s, "_", " ") },
	"up":    func(seconds int64) string { return (time.Duration(seconds) * time.Second).String() },
	"eta": func(seconds float64) string {
		return time.Duration(seconds * float64(time.Second)).Round(time.Second).String()
	},
	"mib":  func(bytes int64) string { return fmt.Sprintf("%d MiB", bytes>>20) },
	"mibu": func(bytes uint64) string { return fmt.Sprintf("%d MiB", bytes>>20) },
	"sorted": func(m map[string]uint64) []pair {
		var list []pair
		for _, name := range slices.Sorted(maps.Keys(m)) {
			list = append(list, pair{name, m[name]})
		}
		return list
	},
}).Parse(statusText))

type pair struct {
	Name  string
	Value uint64
}

// statusData is what the page shows.
type statusData struct {
	StatusPage
	Checks []shownCheck
	Ready  bool
}

type shownCheck struct{ Name, Failing string }

// people shows the status page.
func (a *admin) people(w http.ResponseWriter, _ *http.Request) {
	d := statusData{StatusPage: a.s.briefPage()}
	all, ready := a.s.ready(false, nil)
	d.Ready = ready
	for _, v := range all {
		d.Checks = append(d.Checks, shownCheck{v.name, v.failing})
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_ = statusHTML.Execute(w, d) // an error means that nobody reads it
}
