package ini

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Load reads a server's configuration: a path, or a file:// URL. The warnings
// name everything in the file that has no effect; they are in the file's order.
func Load(location string) (*Config, []Warning, error) {
	f, err := open(location)
	if err != nil {
		return nil, nil, err
	}
	l := loader{file: f}
	cfg, err := l.server()
	return cfg, l.sorted(), err
}

// LoadClient reads what clients need: the cluster's id, and the nodes' names,
// addresses, client and admin ports. A server's file is a valid client's file. It warns
// about misspelt names only.
func LoadClient(location string) (*Config, []Warning, error) {
	f, err := open(location)
	if err != nil {
		return nil, nil, err
	}
	l := loader{file: f, client: true}
	cfg, err := l.clientConfig()
	return cfg, l.sorted(), err
}

// LocalPath turns what -config takes into a path.
func LocalPath(location string) (string, error) {
	scheme, rest, found := strings.Cut(location, "://")
	switch {
	case !found:
		return location, nil
	case scheme == "file":
		return rest, nil
	case scheme == "etcd" || scheme == "arakoon":
		return "", &Error{File: location, Cause: "the configuration can be read from a local file only",
			Next: "write it to a file and give its path", Code: ExitConfig}
	}
	return "", &Error{File: location, Cause: "unknown protocol:" + scheme, Next: "give the path of a local file", Code: ExitConfig}
}

func open(location string) (*File, error) {
	path, err := LocalPath(location)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		cause := err.Error()
		if os.IsNotExist(err) {
			cause = "no such file"
		}
		return nil, &Error{File: path, Cause: cause, Next: "give the configuration file with --config", Code: ExitSyntax}
	}
	return Parse(bytes.NewReader(text), path)
}

// loader turns a File into a Config and collects warnings on the way. The first
// error stops it: get returns zero values from then on.
type loader struct {
	file     *File
	client   bool
	warnings []Warning
	err      error
}

func (l *loader) sorted() []Warning {
	sortWarnings(l.warnings)
	return l.warnings
}

func (l *loader) warn(line int, format string, args ...any) {
	w := Warning{l.file.Name, line, fmt.Sprintf(format, args...)}
	if !slices.Contains(l.warnings, w) { // some options are looked at twice
		l.warnings = append(l.warnings, w)
	}
}

// fail keeps the first error.
func (l *loader) fail(line, code int, cause, next string) {
	if l.err == nil {
		l.err = &Error{File: l.file.Name, Line: line, Cause: cause, Next: next, Code: code}
	}
}

// missing is Arakoon's own text for an option that is required.
func (l *loader) missing(s *Section, key string) {
	l.fail(s.Line, ExitConfig, fmt.Sprintf("missing: %s %s", s.Name, key), fmt.Sprintf("add %s = … to section [%s]", key, s.Name))
}

func (l *loader) string(s *Section, key string) string {
	e, ok := s.Lookup(key)
	if !ok {
		return ""
	}
	v, rest := parseString(e.Value)
	if strings.Trim(rest, " \t") != "" {
		l.warn(e.Line, "%s = %s: the text after the first blank is ignored", key, v)
	}
	return v
}

func (l *loader) list(s *Section, key string) []string {
	e, _ := s.Lookup(key)
	return parseList(e.Value)
}

// int reads an integer between low and high; 0 if it is absent.
func (l *loader) int(s *Section, key string, low, high int64) int64 {
	e, ok := s.Lookup(key)
	if !ok {
		return 0
	}
	n, rest, err := parseInt(e.Value)
	if err != nil {
		l.fail(e.Line, ExitSyntax, fmt.Sprintf("%s = %.40s: %v", key, e.Value, err), "write a number")
		return 0
	}
	if n < low || n > high {
		l.fail(e.Line, ExitConfig, fmt.Sprintf("%s = %d: allowed are %d to %d", key, n, low, high), "correct the number")
		return 0
	}
	if rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		l.warn(e.Line, "%s = %d: %.20q after the number is ignored", key, n, rest)
	}
	return n
}

// size reads a size between low and high bytes; absent: dflt.
func (l *loader) size(s *Section, key string, low, high, dflt int64) int64 {
	e, ok := s.Lookup(key)
	if !ok {
		return dflt
	}
	n, err := parseSize(e.Value)
	if err != nil {
		l.fail(e.Line, ExitSyntax, fmt.Sprintf("%s = %.40s: %v", key, e.Value, err), "correct the size, as in 512 MiB")
		return dflt
	}
	if n < low || n > high {
		l.fail(e.Line, ExitConfig, fmt.Sprintf("%s = %.40s: allowed are %d to %d bytes", key, e.Value, low, high), "correct the size")
	}
	return n
}

// duration reads a duration between low and high; 0 if it is absent.
func (l *loader) duration(s *Section, key string, low, high time.Duration) time.Duration {
	e, ok := s.Lookup(key)
	if !ok {
		return 0
	}
	d, err := parseDuration(e.Value)
	if err != nil {
		l.fail(e.Line, ExitSyntax, fmt.Sprintf("%s = %.40s: %v", key, e.Value, err), "correct the duration, as in 30s")
		return 0
	}
	if d < low || d > high {
		l.fail(e.Line, ExitConfig, fmt.Sprintf("%s = %.40s: allowed are %v to %v", key, e.Value, low, high), "correct the duration")
	}
	return d
}

func (l *loader) bool(s *Section, key string) bool {
	e, ok := s.Lookup(key)
	if !ok {
		return false
	}
	b, _, err := parseBool(e.Value)
	if err != nil {
		l.fail(e.Line, ExitSyntax, fmt.Sprintf("%s = %.40s: %v", key, e.Value, err), "write true or false")
	}
	return b
}

func (l *loader) line(s *Section, key string) int {
	e, _ := s.Lookup(key)
	return e.Line
}
