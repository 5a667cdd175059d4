package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
)

// versionText is what --version prints. Its first quoted word is the revision,
// which scripts read.
func versionText() string {
	revision, built := "unknown", "unknown"
	var deps strings.Builder
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				revision = s.Value
			case "vcs.time":
				built = s.Value
			}
		}
		for _, d := range info.Deps {
			fmt.Fprintf(&deps, "  %s %s\n", d.Path, d.Version)
		}
	}
	return fmt.Sprintf("git_revision: %q\ncompiled: %q\nmachine: %q\ncompiler_version: %q\ndependencies:\n%s",
		revision, built, runtime.GOOS+"/"+runtime.GOARCH, runtime.Version(), deps.String())
}
