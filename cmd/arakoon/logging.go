package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"

	"github.com/openvstorage/arakoon-go/realnet/ini"
)

// nodeLog is where a node's log lines go: to the files of the configuration, as
// JSON, and to a terminal, as text.
type nodeLog struct {
	*slog.Logger
	level slog.LevelVar
	files []*logFile
}

// openLog opens the sinks of a node. terminal may be nil.
func openLog(n *ini.Node, terminal, stdout io.Writer) (*nodeLog, error) {
	l := &nodeLog{}
	l.level.Set(n.LogLevel)
	options := &slog.HandlerOptions{Level: &l.level, ReplaceAttr: logAttr}
	var handlers []slog.Handler
	for _, sink := range n.LogSinks {
		if sink.Console {
			handlers = append(handlers, slog.NewJSONHandler(stdout, options))
			continue
		}
		f, err := openLogFile(sink.Path)
		if err != nil {
			return nil, errors.Join(err, l.close())
		}
		l.files = append(l.files, f)
		handlers = append(handlers, slog.NewJSONHandler(f, options))
	}
	if terminal != nil {
		handlers = append(handlers, slog.NewTextHandler(terminal, options))
	}
	l.Logger = slog.New(slog.NewMultiHandler(handlers...))
	return l, nil
}

// logAttr names time and level as Arakoon's users know them.
func logAttr(groups []string, at slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return at
	}
	switch at.Key {
	case slog.TimeKey:
		at.Key = "ts"
	case slog.LevelKey:
		if level, ok := at.Value.Any().(slog.Level); ok {
			at.Value = slog.StringValue(levelName(level))
		}
	}
	return at
}

func levelName(level slog.Level) string {
	switch {
	case level >= ini.LevelFatal:
		return "fatal"
	case level >= slog.LevelError:
		return "error"
	case level >= slog.LevelWarn:
		return "warning"
	case level >= ini.LevelNotice:
		return "notice"
	}
	return strings.ToLower(level.String())
}

// fatal writes a line of the highest level.
func (l *nodeLog) fatal(msg string, args ...any) {
	l.Log(context.Background(), ini.LevelFatal, msg, args...)
}

// reopen lets somebody move the files away.
func (l *nodeLog) reopen() error {
	var errs []error
	for _, f := range l.files {
		errs = append(errs, f.reopen())
	}
	return errors.Join(errs...)
}

func (l *nodeLog) close() error {
	var errs []error
	for _, f := range l.files {
		errs = append(errs, f.close())
	}
	return errors.Join(errs...)
}

// logFile is a file that lines are appended to.
type logFile struct {
	path string
	mu   sync.Mutex
	f    *os.File
}

func openLogFile(path string) (*logFile, error) {
	l := &logFile{path: path}
	return l, l.reopen()
}

func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.Write(p)
}

func (l *logFile) reopen() error {
	f, err := os.OpenFile(l.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o640)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.f != nil {
		err = l.f.Close()
	}
	l.f = f
	return err
}

func (l *logFile) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.Close()
}
