package main

import (
	"fmt"
	"os"
)

const usage = `usage: planted overlay | edit FILE... | save

Run it in the root of the repository. "overlay" prints a path for
"go build -tags planted -overlay PATH ./cmd/arakoon-sim".`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "planted:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	t := tree{root: ".", patches: "sim/planted", copies: "bin/.planted"}
	switch {
	case len(args) == 1 && args[0] == "overlay":
		path, err := t.overlay()
		if err == nil {
			fmt.Println(path)
		}
		return err
	case len(args) == 1 && args[0] == "save":
		return t.save()
	case len(args) > 1 && args[0] == "edit":
		return t.edit(args[1:])
	}
	return fmt.Errorf("%s", usage)
}
