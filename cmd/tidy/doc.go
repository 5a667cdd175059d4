// Command tidy holds the tree against its architecture: who imports whom, what
// is banned below the hosts, how long files and functions may be, which words
// may not be in it. Each rule is a line of a table with its reason; tidy_test.go
// runs them all over the tree and shows for each that it can fail.
//
// Read imports.go first: it is the house in one table. bans.go says what keeps
// the core deterministic, limits.go and words.go the rest.
//
// A line that has a good cause to break a rule says so, on it or above it:
//
//	//tidy:allow RULE because REASON
package main
