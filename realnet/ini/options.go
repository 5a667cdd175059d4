package ini

// Place is the kind of section that an option belongs to.
type Place uint8

// The kinds of sections.
const (
	PlaceGlobal  Place = iota // [global]
	PlaceNode                 // [NODE], one per node
	PlaceLog                  // the section that log_config names
	PlaceBatch                // the section that batched_transaction_config names
	PlaceNursery              // [nursery]
)

var placeNames = [...]string{"[global]", "node section", "log section", "batch section", "[nursery]"}

func (p Place) String() string { return placeNames[p] }

// Type is how an option's value reads.
type Type uint8

// The types of values.
const (
	TypeInt Type = iota
	TypeFloat
	TypeBool
	TypeString
	TypeList
	TypeSize     // bytes: 65536, 512 KiB, 1GiB, 2 GB
	TypeDuration // seconds, or 500ms, 30s, 5m, 1h
)

var typeNames = [...]string{"int", "float", "bool", "string", "list", "size", "duration"}

func (t Type) String() string { return typeNames[t] }

// Effect says what this server makes of an option.
type Effect uint8

// The effects of options.
const (
	Honoured Effect = iota
	// Inert options are accepted, without effect: a Warning says so, unless the
	// file asks for what happens anyway.
	Inert
	// Tools options are read by clients or by Arakoon's management scripts only.
	Tools
)

var effectNames = [...]string{"honoured", "accepted, without effect", "for tools"}

func (e Effect) String() string { return effectNames[e] }

// Option is one line of the table of all options.
type Option struct {
	Place   Place
	Key     string
	Type    Type
	Default string // as the file would say it; "required"; "" if none
	Effect  Effect
	// Meaning is what the option does if honoured, and what happens instead if not.
	Meaning string
	// AsIs is a value of an inert option that asks for what happens anyway.
	AsIs string
	// Ours marks options that Arakoon doesn't know (and ignores).
	Ours bool
}

// Options is the table of all options that may stand in a file.
var Options = []Option{
	{Place: PlaceGlobal, Key: "cluster", Type: TypeList, Default: "required", Meaning: "names of the voters; each has a section of its name"},
	{Place: PlaceGlobal, Key: "cluster_id", Type: TypeString, Default: "required", Meaning: "name of the cluster; clients and peers with another one are refused"},
	{Place: PlaceGlobal, Key: "lease_period", Type: TypeInt, Default: "10", Meaning: "seconds that a master's lease lasts; all timers follow from it"},
	{Place: PlaceGlobal, Key: "lease_period_ms", Type: TypeInt, Meaning: "the lease in milliseconds; counts instead of `lease_period`", Ours: true},
	{Place: PlaceGlobal, Key: "tlog_max_entries", Type: TypeInt, Meaning: "instances after which a log segment is rolled; without it only the size counts (Arakoon: 50000)"},
	{Place: PlaceGlobal, Key: "tlog_max_size", Type: TypeInt, Default: "67108864", Meaning: "bytes at which a log segment is rolled (Arakoon: 33554432)"},
	{Place: PlaceGlobal, Key: "store_cache", Type: TypeSize, Default: "512 MiB", Meaning: "memory for pages of the store; the process needs 640 MiB besides. A node's own section may have another one", Ours: true},
	{Place: PlaceGlobal, Key: "checkpoint_entries", Type: TypeInt, Default: "1048576", Meaning: "entries changed after which the store is written to its pages; must be the same on every node", Ours: true},
	{Place: PlaceGlobal, Key: "checkpoint_bytes", Type: TypeSize, Default: "128 MiB", Meaning: "bytes of keys and values changed after which the same happens; must be the same on every node", Ours: true},
	{Place: PlaceGlobal, Key: "checkpoint_period", Type: TypeDuration, Default: "30s", Meaning: "time after which the same happens if anything has changed", Ours: true},
	{Place: PlaceGlobal, Key: "log_retention", Type: TypeSize, Default: "1 GiB", Meaning: "bytes of log that stay below the checkpoint, so that a node that was away catches up by log", Ours: true},
	{Place: PlaceGlobal, Key: "log_retention_entries", Type: TypeInt, Default: "0", Meaning: "instances that stay below the checkpoint, also if they are more than `log_retention`", Ours: true},
	{Place: PlaceGlobal, Key: "log_compression", Type: TypeBool, Default: "true", Meaning: "segments that are no longer written are compressed to `NNN.tlx` in the background", Ours: true},
	{Place: PlaceGlobal, Key: "quorum", Type: TypeInt, Effect: Inert, Meaning: "a majority of the voters rules; a smaller quorum would allow two histories"},
	{Place: PlaceGlobal, Key: "master", Type: TypeString, Meaning: "the only node that may become master; without it the cluster is down"},
	{Place: PlaceGlobal, Key: "preferred_master", Type: TypeBool, Default: "false", Meaning: "the node of `master` is preferred, not the only one"},
	{Place: PlaceGlobal, Key: "preferred_masters", Type: TypeList, Meaning: "nodes that take mastership back, without a gap, once they are caught up and stable"},
	{Place: PlaceGlobal, Key: "preferred_stable_for", Type: TypeDuration, Default: "two lease periods", Meaning: "how long a preferred node must have been caught up before it takes mastership back", Ours: true},
	{Place: PlaceGlobal, Key: "quorum_rule", Type: TypeString, Default: "majority", Meaning: "`majority`, or `locality`: an update counts only when, besides a majority, one voter of every datacentre holds it; recorded when the cluster is made", Ours: true},
	{Place: PlaceGlobal, Key: "readonly", Type: TypeBool, Default: "false", Meaning: "updates are refused, every node answers every read; without a master option only"},
	{Place: PlaceGlobal, Key: "plugins", Type: TypeList, Effect: Inert, Meaning: "native modules are not loaded; user functions are built in"},
	{Place: PlaceGlobal, Key: "client_buffer_capacity", Type: TypeInt, Default: "32", Effect: Inert, Meaning: "batches adapt to the load; a full queue answers at once"},
	{Place: PlaceGlobal, Key: "lcnum", Type: TypeInt, Default: "16384", Effect: Inert, Meaning: "there is no Tokyo Cabinet"},
	{Place: PlaceGlobal, Key: "ncnum", Type: TypeInt, Default: "8192", Effect: Inert, Meaning: "there is no Tokyo Cabinet"},
	{Place: PlaceGlobal, Key: "__tainted_max_value_size", Type: TypeInt, Default: "8388608", Effect: Inert, AsIs: "8388608", Meaning: "the limit for one value is 8 MiB on every node"},
	{Place: PlaceGlobal, Key: "__tainted_max_buffer_size", Type: TypeInt, Default: "33554432", Effect: Inert, AsIs: "33554432", Meaning: "the limit for one request is 32 MiB on every node"},
	{Place: PlaceGlobal, Key: "__tainted_tlog_entries_per_file", Type: TypeInt, Effect: Inert, Meaning: "deprecated in Arakoon too; use `tlog_max_entries`"},
	{Place: PlaceGlobal, Key: "tls_ca_cert", Type: TypeString, Effect: Inert, Meaning: "connections are NOT encrypted"},
	{Place: PlaceGlobal, Key: "tls_service", Type: TypeBool, Default: "false", Effect: Inert, AsIs: "false", Meaning: "clients' connections are NOT encrypted"},
	{Place: PlaceGlobal, Key: "tls_service_validate_peer", Type: TypeBool, Default: "false", Effect: Inert, AsIs: "false", Meaning: "clients are NOT asked for a certificate"},
	{Place: PlaceGlobal, Key: "tls_version", Type: TypeString, Default: "1.0", Effect: Inert, Meaning: "connections are not encrypted; must be 1.0, 1.1 or 1.2"},
	{Place: PlaceGlobal, Key: "tls_cipher_list", Type: TypeString, Effect: Inert, Meaning: "connections are not encrypted"},
	{Place: PlaceGlobal, Key: "tls_cert", Type: TypeString, Effect: Tools, Meaning: "certificate of clients"},
	{Place: PlaceGlobal, Key: "tls_key", Type: TypeString, Effect: Tools, Meaning: "key of clients"},
	{Place: PlaceGlobal, Key: "enable_tcp_keepalive", Type: TypeBool, Default: "true", Effect: Inert, AsIs: "true", Meaning: "keepalive is always on"},
	{Place: PlaceGlobal, Key: "tcp_keepalive_time", Type: TypeInt, Default: "20", Effect: Inert, Meaning: "the keepalive times are built in"},
	{Place: PlaceGlobal, Key: "tcp_keepalive_intvl", Type: TypeInt, Default: "20", Effect: Inert, Meaning: "the keepalive times are built in"},
	{Place: PlaceGlobal, Key: "tcp_keepalive_probes", Type: TypeInt, Default: "3", Effect: Inert, Meaning: "the keepalive times are built in"},

	{Place: PlaceNode, Key: "ip", Type: TypeList, Default: "required", Meaning: "addresses, IPv4 or IPv6; the node listens on each, peers try them in turn"},
	{Place: PlaceNode, Key: "client_port", Type: TypeInt, Default: "required", Meaning: "port of clients"},
	{Place: PlaceNode, Key: "messaging_port", Type: TypeInt, Default: "required", Meaning: "port of peers"},
	{Place: PlaceNode, Key: "admin_port", Type: TypeInt, Meaning: "port of the admin listener (`/`, `/statusz`, `/livez`, `/readyz`, `/metrics`); none without it", Ours: true},
	{Place: PlaceNode, Key: "admin_ip", Type: TypeString, Default: "127.0.0.1", Meaning: "address of the admin listener", Ours: true},
	{Place: PlaceNode, Key: "home", Type: TypeString, Default: "required", Meaning: "directory of the node and of its store, `NODE.db`; must exist"},
	{Place: PlaceNode, Key: "tlog_dir", Type: TypeString, Default: "home", Meaning: "directory of the transaction log; must exist"},
	{Place: PlaceNode, Key: "log_dir", Type: TypeString, Default: "home", Meaning: "directory of `NODE.log`; must exist"},
	{Place: PlaceNode, Key: "log_level", Type: TypeString, Default: "required", Meaning: "debug, info, notice, warning, error or fatal; anything else means debug"},
	{Place: PlaceNode, Key: "log_sinks", Type: TypeList, Default: "log_dir/NODE.log", Meaning: "where log lines go: a path, `file://…` or `console:`; others are skipped with a warning"},
	{Place: PlaceNode, Key: "learner", Type: TypeBool, Default: "false", Meaning: "follows the log and never votes; such a node isn't in `cluster`"},
	{Place: PlaceNode, Key: "datacentre", Type: TypeString, Meaning: "where the node stands; recorded when the cluster is made; required of voters under `quorum_rule = locality`", Ours: true},
	{Place: PlaceNode, Key: "witness", Type: TypeBool, Default: "false", Meaning: "votes and keeps the log, serves no data and never becomes master"},
	{Place: PlaceNode, Key: "tlx_dir", Type: TypeString, Default: "tlog_dir", Meaning: "directory of compressed segments, `NNN.tlx`; must exist"},
	{Place: PlaceNode, Key: "tlf_dir", Type: TypeString, Default: "tlog_dir", Meaning: "older name of `tlx_dir`, which counts before it"},
	{Place: PlaceNode, Key: "head_dir", Type: TypeString, Default: "tlx_dir", Meaning: "directory of a witness's tree, `head.db`; must exist. A full node has `NODE.db` only"},
	{Place: PlaceNode, Key: "store_cache", Type: TypeSize, Default: "that of [global]", Meaning: "memory for pages of this node's store", Ours: true},
	{Place: PlaceNode, Key: "log_config", Type: TypeString, Effect: Inert, Meaning: "`log_level` counts for all components"},
	{Place: PlaceNode, Key: "batched_transaction_config", Type: TypeString, Effect: Inert, Meaning: "the store needs no transactions"},
	{Place: PlaceNode, Key: "crash_log_sinks", Type: TypeList, Default: "log_dir/NODE", Effect: Inert, Meaning: "a crash ends up in the log"},
	{Place: PlaceNode, Key: "reporting", Type: TypeInt, Default: "300", Effect: Inert, Meaning: "no periodic statistics line"},
	{Place: PlaceNode, Key: "laggy", Type: TypeBool, Default: "false", Effect: Inert, AsIs: "false", Meaning: "no message is dropped on purpose; the simulator does that"},
	{Place: PlaceNode, Key: "disable_tlog_compression", Type: TypeBool, Default: "false", Meaning: "true: as `log_compression = false`, for this node"},
	{Place: PlaceNode, Key: "tlog_compression", Type: TypeString, Default: "snappy", Meaning: "`none`: as `log_compression = false`, for this node; `snappy` and `bz2` both mean our own format"},
	{Place: PlaceNode, Key: "fsync", Type: TypeBool, Effect: Inert, AsIs: "true", Meaning: "everything is synced before it is acknowledged"},
	{Place: PlaceNode, Key: "fsync_interval", Type: TypeFloat, Effect: Inert, Meaning: "everything is synced before it is acknowledged"},
	{Place: PlaceNode, Key: "fsync_entries", Type: TypeInt, Effect: Inert, Meaning: "everything is synced before it is acknowledged"},
	{Place: PlaceNode, Key: "__tainted_fsync_tlog_dir", Type: TypeBool, Default: "true", Effect: Inert, AsIs: "true", Meaning: "directories are always synced"},
	{Place: PlaceNode, Key: "collapse_slowdown", Type: TypeFloat, Effect: Inert, Meaning: "collapse only removes files: there is nothing to slow down"},
	{Place: PlaceNode, Key: "head_copy_throttling", Type: TypeFloat, Default: "0.0", Effect: Inert, Meaning: "nothing is copied to a head.db"},
	{Place: PlaceNode, Key: "optimize_db_slowdown", Type: TypeFloat, Default: "0.0", Effect: Inert, Meaning: "the store shrinks by itself, a few pages at a time"},
	{Place: PlaceNode, Key: "tls_cert", Type: TypeString, Effect: Inert, Meaning: "connections between nodes are NOT encrypted"},
	{Place: PlaceNode, Key: "tls_key", Type: TypeString, Effect: Inert, Meaning: "connections between nodes are NOT encrypted"},
	{Place: PlaceNode, Key: "lease_period", Type: TypeInt, Effect: Inert, Meaning: "belongs into [global]; Arakoon ignores it here too"},
	{Place: PlaceNode, Key: "targets", Type: TypeList, Effect: Tools, Meaning: "documented for learners, read by nobody"},
	{Place: PlaceNode, Key: "wrapper", Type: TypeString, Effect: Tools, Meaning: "command that management scripts put in front of the binary"},

	{Place: PlaceLog, Key: "client_protocol", Type: TypeString, Effect: Inert, Meaning: "`log_level` counts for all components"},
	{Place: PlaceLog, Key: "paxos", Type: TypeString, Effect: Inert, Meaning: "`log_level` counts for all components"},
	{Place: PlaceLog, Key: "tcp_messaging", Type: TypeString, Effect: Inert, Meaning: "`log_level` counts for all components"},
	{Place: PlaceLog, Key: "tlog_map", Type: TypeString, Effect: Inert, Meaning: "`log_level` counts for all components"},
	{Place: PlaceLog, Key: "server", Type: TypeString, Effect: Inert, Meaning: "`log_level` counts for all components"},
	{Place: PlaceBatch, Key: "max_entries", Type: TypeInt, Default: "100", Effect: Inert, Meaning: "the store needs no transactions"},
	{Place: PlaceBatch, Key: "max_size", Type: TypeInt, Default: "100000", Effect: Inert, Meaning: "no effect in Arakoon either"},
	{Place: PlaceNursery, Key: "cluster_id", Type: TypeString, Effect: Inert, Meaning: "there is no nursery"},
	{Place: PlaceNursery, Key: "cluster", Type: TypeList, Effect: Inert, Meaning: "there is no nursery"},
}

// find returns the line of the table.
func find(place Place, key string) *Option {
	for i := range Options {
		if o := &Options[i]; o.Place == place && o.Key == key {
			return o
		}
	}
	return nil
}

// keysOf lists the options of a kind of section.
func keysOf(place Place) []string {
	var keys []string
	for _, o := range Options {
		if o.Place == place {
			keys = append(keys, o.Key)
		}
	}
	return keys
}
