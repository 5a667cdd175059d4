package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// confirm lets go on only who means it: with --yes, or by typing the name of what
// is about to change. warning says what will happen.
func (a *app) confirm(yes bool, name, warning string) error {
	if yes {
		return nil
	}
	if f, ok := a.in.(*os.File); ok && !isTerminal(f) {
		return &usageError{warning + "\nIf that is what you want, add --yes"}
	}
	fmt.Fprintf(a.err, "%s\nType %s to go on: ", warning, name)
	line, err := bufio.NewReader(a.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if strings.TrimSpace(line) != name {
		return &usageError{"nothing was done"}
	}
	return nil
}
