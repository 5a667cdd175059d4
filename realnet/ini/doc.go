// Package ini reads Arakoon's configuration files: their dialect, exactly, and
// what this server makes of each option.
//
// Three layers, one file each:
//
//   - parse.go: the grammar. Parse gives a File, lines in and errors out.
//   - scalar.go: how a value reads as integer, boolean, string, list.
//   - config.go: Load gives a typed Config, LoadClient the part that clients read.
//
// options.go is the table of all options: type, default, meaning, and whether it
// is honoured here or "accepted, without effect". A test writes
// docs/configuration.md from it. What a file says that nobody reads is a Warning
// with file, line and the nearest known name, never silence.
//
// Errors name file, line, cause and next step, and carry the exit code that the
// server ends with: 2 for what Arakoon's parser throws on, 66 for a
// configuration that reads well and makes no sense.
package ini
