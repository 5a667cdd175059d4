package main

// argKind is what an argument of one of Arakoon's own options must be.
type argKind uint8

const (
	argString argKind = iota
	argInt
)

// arakoonOption is one of Arakoon's own options: an action with "--", or a
// modifier with "-".
type arakoonOption struct {
	name string
	args []argKind
	// action options choose what is done; the last one counts.
	action bool
	// missing options are known to Arakoon and not offered here; the text says
	// what to use instead, if there is anything.
	missing string
	help    string
}

const notHere = "not offered by this version"

var (
	oneString  = []argKind{argString}
	twoStrings = []argKind{argString, argString}
	nodeArgs   = []argKind{argString, argString, argInt}         // cluster_id ip port
	keepArgs   = []argKind{argString, argString, argInt, argInt} // and how many log files stay
)

// arakoonOptions is every option of Arakoon's command line, in its own forms.
var arakoonOptions = []arakoonOption{
	{name: "--node", args: oneString, action: true, help: "<name>  runs a node in the foreground"},
	{name: "-config", args: oneString, help: "<file>  the cluster's configuration (cfg/arakoon.ini)"},
	{name: "-start", help: "  no effect; lets scripts recognise the process"},
	{name: "--set", args: twoStrings, action: true, help: "<key> <value>  sets a value"},
	{name: "--set-raw", args: oneString, action: true, help: "<key>  sets a value that is all of standard input"},
	{name: "--get", args: oneString, action: true, help: "<key>  prints a value, quoted"},
	{name: "--get-raw", args: oneString, action: true, help: "<key>  prints the bytes of a value"},
	{name: "--delete", args: oneString, action: true, help: "<key>  deletes a key"},
	{name: "--delete-prefix", args: oneString, action: true, help: "<prefix>  deletes all keys with a prefix, prints how many"},
	{name: "--nop", action: true, help: "  sends a no-op through consensus"},
	{name: "--prefix", args: oneString, action: true, help: "<prefix>  prints the keys with a prefix"},
	{name: "--range-entries", action: true, help: "  prints keys and values from -left up to, not including, -right"},
	{name: "--rev-range-entries", action: true, help: "  the same from -left down to, not including, -right"},
	{name: "-left", args: oneString, help: "<key>  where a range begins"},
	{name: "-right", args: oneString, help: "<key>  where a range ends"},
	{name: "-max_results", args: []argKind{argInt}, help: "<n>  how many results at most (100)"},
	{name: "--user-function", args: oneString, action: true, help: "<name>  calls a user function"},
	{name: "-value", args: oneString, help: "<value>  argument of the user function"},
	{name: "--n-values", action: true, help: "  prints the number of keys"},
	{name: "--who-master", action: true, help: "  prints the name of the master"},
	{name: "--expect-progress-possible", action: true, help: "  prints whether a quorum is up to date"},
	{name: "--statistics", action: true, help: "  prints the master's statistics"},
	{name: "--node-state", args: oneString, action: true, help: "<node>  prints the state of a node"},
	{name: "--node-version", args: oneString, action: true, help: "<node>  prints the version of a node"},
	{name: "--ping", args: nodeArgs, action: true, help: "<cluster_id> <ip> <port>  asks one node whether it is there"},
	{name: "--drop-master", args: nodeArgs, action: true, help: "<cluster_id> <ip> <port>  makes the master give up its role"},
	{name: "--collapse-remote", args: keepArgs, action: true, help: "<cluster_id> <ip> <port> <n>  removes all but n log files that the node no longer needs"},
	{name: "--backup-db", args: []argKind{argString, argString, argInt, argString}, action: true, help: "<cluster_id> <ip> <port> <file>  saves a copy of a slave's store"},
	{name: "--optimize-db", args: nodeArgs, action: true, help: "<cluster_id> <ip> <port>  writes a slave's store to its pages; it is compact by itself"},
	{name: "--defrag-db", args: nodeArgs, action: true, help: "<cluster_id> <ip> <port>  the same"},
	{name: "--copy-db-to-head", args: keepArgs, action: true, help: "<cluster_id> <ip> <port> <n>  as --collapse-remote, on a slave: there is no head.db"},
	{name: "--dump-store", args: oneString, action: true, help: "<file>  prints the counter of a store that isn't in use"},
	{name: "-dump-values", help: "  prints keys and values as well"},
	{name: "--verify-db", args: oneString, action: true, help: "<file>  reads all of a store that isn't in use"},
	{name: "--version", action: true, help: "  prints the version"},
	{name: "-help", action: true, help: "  prints this list"},

	{name: "-daemonize", missing: "use the service manager of the system"},
	{name: "-catchup-only", missing: "a node catches up by itself when it is started"},
	{name: "-source-node", args: oneString, missing: notHere},
	{name: "-autofix", missing: "a torn end of the log is repaired at every start; other damage is refused"},
	{name: "--test-node", args: oneString, action: true, missing: "use: arakoon dev"},
	{name: "--benchmark", action: true, missing: notHere},
	{name: "-max_n", args: []argKind{argInt}, missing: notHere},
	{name: "-key_size", args: []argKind{argInt}, missing: notHere},
	{name: "-value_size", args: []argKind{argInt}, missing: notHere},
	{name: "-tx_size", args: []argKind{argInt}, missing: notHere},
	{name: "-n_clients", args: []argKind{argInt}, missing: notHere},
	{name: "-scenario", args: oneString, missing: notHere},
	{name: "--load", args: []argKind{argInt}, action: true, missing: notHere},
	{name: "-tls-ca-cert", args: oneString, missing: "connections are not encrypted in this version"},
	{name: "-tls-cert", args: oneString, missing: "connections are not encrypted in this version"},
	{name: "-tls-key", args: oneString, missing: "connections are not encrypted in this version"},
	{name: "-tls-version", args: oneString, missing: "connections are not encrypted in this version"},
	{name: "--nursery-init", args: oneString, action: true, missing: notHere},
	{name: "--nursery-migrate", args: []argKind{argString, argString, argString}, action: true, missing: notHere},
	{name: "--nursery-delete", args: oneString, action: true, missing: notHere},
	{name: "--dump-tlog", args: oneString, action: true, missing: "use: arakoon log dump DIR"},
	{name: "--truncate-tlog", args: oneString, action: true, missing: "a torn end of the log is cut at every start"},
	{name: "--strip-tlog", args: oneString, action: true, missing: "this log has no markers"},
	{name: "--mark-tlog", args: twoStrings, action: true, missing: "this log has no markers"},
	{name: "--unsafe-close-tlog", args: twoStrings, action: true, missing: "this log has no markers"},
	{name: "--make-tlog", args: []argKind{argString, argInt}, action: true, missing: notHere},
	{name: "--compress-tlog", args: oneString, action: true, missing: notHere},
	{name: "-archive", args: oneString, missing: notHere},
	{name: "--uncompress-tlog", args: oneString, action: true, missing: notHere},
	{name: "--replay-tlogs", args: []argKind{argString, argString, argString}, action: true, missing: notHere},
	{name: "-load-plugin", args: oneString, missing: notHere},
	{name: "--inspect-store", args: oneString, action: true, missing: "use: arakoon store dump"},
	{name: "--dev-fiddle-store-i", args: []argKind{argString, argInt}, action: true, missing: notHere},
	{name: "--dev-set-store", args: []argKind{argString, argString, argString}, action: true, missing: notHere},
	{name: "--collapse-local", args: []argKind{argString, argInt}, action: true, missing: "a node collapses its log itself; while it runs: arakoon node collapse"},
	{name: "--inject-as-head", args: twoStrings, action: true, missing: "there is no head.db"},
	{name: "--force", missing: notHere},
	{name: "--inplace", missing: notHere},
	{name: "--inspect-cluster", action: true, missing: "use: arakoon status"},
	{name: "--list-tests", action: true, missing: "the tests are run by: make test"},
	{name: "--run-all-tests", action: true, missing: "the tests are run by: make test"},
	{name: "--run-all-tests-xml", args: oneString, action: true, missing: "the tests are run by: make test"},
	{name: "--run-some-tests", args: oneString, action: true, missing: "the tests are run by: make test"},
	{name: "--test-repeat", args: []argKind{argInt}, missing: "the tests are run by: make test"},
	{name: "--run-system-tests", action: true, missing: "the tests are run by: make test"},
}

// findArakoonOption returns the option of that name.
func findArakoonOption(name string) *arakoonOption {
	for i := range arakoonOptions {
		if o := &arakoonOptions[i]; o.name == name {
			return o
		}
	}
	return nil
}

// isArakoonForm reports whether the arguments are in Arakoon's own form: they
// begin with one of its options. (--help is left to the new verbs' help.)
func isArakoonForm(args []string) bool {
	return len(args) > 0 && findArakoonOption(args[0]) != nil
}
