package main

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"html"
	"strings"

	"github.com/openvstorage/arakoon-go/sim"
)

//go:embed page
var pageAssets embed.FS

// pageData is what the page shows, as its script reads it.
type pageData struct {
	Title     string         `json:"title"`
	Seed      uint64         `json:"seed"`
	Commit    string         `json:"commit"`
	Replay    string         `json:"replay"`
	Options   string         `json:"options"`
	Lease     int64          `json:"lease"`
	Failure   *pageFailure   `json:"failure"`
	Also      []pageFailure  `json:"also"`
	Decisions []pageDecision `json:"decisions"`
	Timeline  *sim.Timeline  `json:"timeline"`
	Failed    []sim.Call     `json:"failed"` // the calls that contradict each other
	Disputed  []sim.Held     `json:"disputed"`
}

type pageFailure struct {
	Check string `json:"check"`
	At    int64  `json:"at"`
	Text  string `json:"text"`
	Means string `json:"means"`
}

type pageDecision struct {
	At   int64  `json:"at"`
	Text string `json:"text"`
}

// renderPage makes one page of a run that needs nothing beside it.
func renderPage(t *sim.Timeline, r *sim.Result, replay string) ([]byte, error) {
	data := pageData{Title: fmt.Sprintf("seed %d", r.Seed), Seed: r.Seed, Commit: commit(), Replay: replay, Options: r.Options.Beside(sim.Calm()),
		Lease: int64(r.Options.Lease), Also: []pageFailure{}, Timeline: t, Decisions: []pageDecision{}}
	if f := r.Failure; f != nil {
		data.Failure = &pageFailure{f.Check, f.At, f.Text, sim.Means(f.Check)}
		data.Title += ": " + f.Check
		data.Disputed = t.Disputed(f.Text)
	}
	for _, f := range r.Also {
		data.Also = append(data.Also, pageFailure{f.Check, f.At, f.Text, sim.Means(f.Check)})
	}
	rec := sim.Recorded(r)
	for i, words := range rec.Words() {
		data.Decisions = append(data.Decisions, pageDecision{rec.Decisions[i].Asked, words})
	}
	var picture string
	if r.Failure != nil && r.Failure.Check == "K13" {
		var err error
		if picture, data.Failed, err = historyPicture(t); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(data) // escapes <, > and &: nothing in it ends the script
	if err != nil {
		return nil, err
	}
	return fillPage(map[string]string{"TITLE": html.EscapeString(data.Title), "DATA": string(text), "PICTURE": picture})
}

// historyPicture is porcupine's page of the history, as a frame within ours, with the
// calls that it is about.
func historyPicture(t *sim.Timeline) (string, []sim.Call, error) {
	var b bytes.Buffer
	calls, err := t.Picture(&b)
	if err != nil || b.Len() == 0 { // a search finds an order: other reasons speak against the history
		return "", calls, err
	}
	return `<iframe id="history" title="the history that has no order" srcdoc="` + html.EscapeString(b.String()) + `"></iframe>`, calls, nil
}

// fillPage puts styles, script and data into the page.
func fillPage(parts map[string]string) ([]byte, error) {
	page, err := pageAssets.ReadFile("page/page.html")
	if err != nil {
		return nil, err
	}
	for name, file := range map[string]string{"STYLE": "page/page.css", "SCRIPT": "page/page.js", "DRAW": "page/draw.js", "MARKS": "page/marks.js"} { // each has its own place
		text, err := pageAssets.ReadFile(file)
		if err != nil {
			return nil, err
		}
		parts[name] = string(text)
	}
	var out strings.Builder
	rest := string(page)
	for {
		before, after, found := strings.Cut(rest, "{{")
		out.WriteString(before)
		if !found {
			return []byte(out.String()), nil
		}
		name, tail, _ := strings.Cut(after, "}}")
		out.WriteString(parts[name])
		rest = tail
	}
}
