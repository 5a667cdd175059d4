package main

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
	"unicode/utf8"
)

// The forms of output.
const (
	outputTable = "table"
	outputPlain = "plain"
	outputJSON  = "json"
	outputJSONL = "jsonl" // lists: one object per line
)

// apiVersion stands in every JSON answer; it changes when a field does.
const apiVersion = 1

// object is a JSON answer.
type object map[string]any

func (a *app) isJSON() bool { return a.flags.output == outputJSON || a.isJSONL() }

func (a *app) isJSONL() bool { return a.flags.output == outputJSONL }

// jsonList prints a list: as one object under its name, or one object per line.
func (a *app) jsonList(name string, list []object) error {
	if !a.isJSONL() {
		if list == nil {
			list = []object{}
		}
		return a.json(object{name: list})
	}
	for _, o := range list {
		if err := a.json(o); err != nil {
			return err
		}
	}
	return nil
}

// json prints one object on one line.
func (a *app) json(o object) error {
	o["api_version"] = apiVersion
	text, err := encodeJSON(o)
	if err == nil {
		_, err = fmt.Fprintln(a.out, text)
	}
	return err
}

// encodeJSON writes an object on one line, its keys in order.
func encodeJSON(o object) (string, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(o)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// argument turns a key or value of the command line into bytes.
func (a *app) argument(s string) ([]byte, error) {
	var b []byte
	var err error
	switch {
	case a.flags.hex:
		b, err = hex.DecodeString(s)
	case a.flags.base64:
		b, err = base64.StdEncoding.DecodeString(s)
	default:
		return []byte(s), nil
	}
	if err != nil {
		return nil, &usageError{fmt.Sprintf("%q: %v", s, err)}
	}
	return b, nil
}

// key is argument for keys.
func (a *app) key(s string) (string, error) {
	b, err := a.argument(s)
	return string(b), err
}

// value is argument for values: "-" is all of standard input, as it comes.
func (a *app) value(s string) ([]byte, error) {
	if s == "-" {
		return io.ReadAll(a.in)
	}
	return a.argument(s)
}

// show writes a key or value so that it fits into a line: as --hex or --base64
// ask for; else as it is, or in Go's quotes if it isn't printable.
func (a *app) show(b []byte) string {
	switch {
	case a.flags.hex:
		return hex.EncodeToString(b)
	case a.flags.base64:
		return base64.StdEncoding.EncodeToString(b)
	case len(b) == 0 || b[0] == '"' || !printable(b):
		return strconv.Quote(string(b))
	}
	return string(b)
}

func printable(b []byte) bool {
	return utf8.Valid(b) && strings.IndexFunc(string(b), func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// put adds a key or value to a JSON answer: under its name as text, or under
// name_hex or name_base64 if it is asked for, or if it isn't text.
func (a *app) put(o object, name string, b []byte) {
	switch {
	case a.flags.hex:
		o[name+"_hex"] = hex.EncodeToString(b)
	case a.flags.base64 || !utf8.Valid(b):
		o[name+"_base64"] = base64.StdEncoding.EncodeToString(b)
	default:
		o[name] = string(b)
	}
}

// rows prints a table: aligned with a header, or plain with tabs and without.
type rows struct {
	tabs    *tabwriter.Writer
	w       io.Writer
	pending int
}

// flushEvery bounds what a table keeps back to align it, in rows.
const flushEvery = 500

func (a *app) table(header ...string) *rows {
	r := &rows{w: a.out}
	if a.isJSON() {
		r.w = io.Discard // the caller prints an object
	}
	if a.flags.output == outputTable {
		r.tabs = tabwriter.NewWriter(a.out, 0, 0, 2, ' ', 0)
		r.w = r.tabs
		fmt.Fprintln(r.w, strings.Join(header, "\t"))
	}
	return r
}

func (r *rows) row(cells ...string) error {
	if _, err := fmt.Fprintln(r.w, strings.Join(cells, "\t")); err != nil {
		return err
	}
	if r.pending++; r.pending%flushEvery == 0 {
		return r.end()
	}
	return nil
}

func (r *rows) end() error {
	if r.tabs == nil {
		return nil
	}
	return r.tabs.Flush()
}
