package main

import (
	"fmt"
	"io"
	"strconv"
)

// arakoonCall is what Arakoon's own arguments ask for.
type arakoonCall struct {
	action     string // name of the option; "" if none
	args       []string
	config     string
	left       string
	right      string
	hasLeft    bool
	hasRight   bool
	maxResults int
	value      string
	hasValue   bool
	dumpValues bool
}

// defaultConfig is where Arakoon looks for its configuration.
const defaultConfig = "cfg/arakoon.ini"

// parseArakoon processes Arakoon's own arguments from left to right: the last
// action counts, the arguments of an option follow it directly.
func parseArakoon(args []string) (*arakoonCall, error) {
	call := &arakoonCall{config: defaultConfig, maxResults: 100}
	for len(args) > 0 {
		name := args[0]
		args = args[1:]
		o := findArakoonOption(name)
		if o == nil && name == "--help" {
			o = findArakoonOption("-help")
		}
		switch {
		case o == nil && name != "" && name[0] == '-':
			return nil, &usageError{fmt.Sprintf("unknown option '%s'.", name)}
		case o == nil:
			return nil, &usageError{fmt.Sprintf("unexpected argument '%s': the verbs without dashes stand first.", name)}
		case o.missing != "":
			return nil, &usageError{fmt.Sprintf("option '%s' is %s.", name, reason(o.missing))}
		case len(args) < len(o.args):
			return nil, &usageError{fmt.Sprintf("option '%s' needs an argument.", name)}
		}
		given := args[:len(o.args)]
		args = args[len(o.args):]
		if err := call.take(o, given); err != nil {
			return nil, err
		}
	}
	return call, nil
}

func reason(missing string) string {
	if missing == notHere {
		return missing
	}
	return notHere + ": " + missing
}

// take applies one option.
func (c *arakoonCall) take(o *arakoonOption, args []string) error {
	for i, kind := range o.args {
		if _, err := strconv.Atoi(args[i]); kind == argInt && err != nil {
			return &usageError{fmt.Sprintf("wrong argument '%s'; option '%s' expects an integer.", args[i], o.name)}
		}
	}
	if o.action {
		c.action, c.args = o.name, args
		return nil
	}
	switch o.name {
	case "-config":
		c.config = args[0]
	case "-left":
		c.left, c.hasLeft = args[0], true
	case "-right":
		c.right, c.hasRight = args[0], true
	case "-max_results":
		c.maxResults, _ = strconv.Atoi(args[0]) // checked above
	case "-value":
		c.value, c.hasValue = args[0], true
	case "-dump-values":
		c.dumpValues = true
	case "-start":
	default:
		panic("arakoon: a modifier without a meaning: " + o.name)
	}
	return nil
}

// printArakoonUsage prints the list of options, as -help and a wrong usage do.
func printArakoonUsage(w io.Writer) {
	fmt.Fprintln(w, "usage: arakoon --<action> <arguments> -<modifier> <argument>: options are processed from left to right, the last action counts")
	for _, o := range arakoonOptions {
		if o.missing == "" {
			fmt.Fprintf(w, "  %s %s\n", o.name, o.help)
		}
	}
	fmt.Fprintln(w, "The verbs of this version: arakoon help")
}
