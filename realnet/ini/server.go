package ini

import (
	"fmt"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/openvstorage/arakoon-go/core"
)

// server builds the whole configuration.
func (l *loader) server() (*Config, error) {
	cfg, global := l.global()
	if l.err != nil {
		return nil, l.err
	}
	l.timing(cfg, global)
	cfg.TLogMaxEntries = int(l.int(global, "tlog_max_entries", 1, 1<<31-1))
	cfg.TLogMaxSize = l.int(global, "tlog_max_size", 1, 1<<40)
	l.store(cfg, global)
	for i := range cfg.Nodes {
		l.node(&cfg.Nodes[i], global)
	}
	l.checkGlobal(cfg, global)
	l.roles(cfg, global)
	l.checkAddresses(cfg)
	l.checkValues(cfg)
	l.lint(cfg)
	if l.err != nil {
		return nil, l.err
	}
	return cfg, nil
}

// clientConfig builds what clients read.
func (l *loader) clientConfig() (*Config, error) {
	cfg, _ := l.global()
	if l.err != nil {
		return nil, l.err
	}
	for i := range cfg.Nodes {
		l.address(&cfg.Nodes[i], l.file.Section(cfg.Nodes[i].Name))
	}
	l.lint(cfg)
	if l.err != nil {
		return nil, l.err
	}
	return cfg, nil
}

// global reads the cluster's identity and the names of its nodes: those that
// cluster lists, and the sections with learner = true.
func (l *loader) global() (*Config, *Section) {
	cfg := &Config{File: l.file.Name, LeasePeriod: core.DefaultLease}
	global := l.file.Section("global")
	if global == nil {
		l.fail(0, ExitSyntax, "there is no section [global]", "add it, with cluster and cluster_id")
		return nil, nil
	}
	if cfg.ClusterID = l.string(global, "cluster_id"); cfg.ClusterID == "" {
		l.fail(global.Line, ExitConfig, "config has no cluster_id", "add cluster_id = … to section [global]")
	}
	names := l.list(global, "cluster")
	if len(names) == 0 {
		l.missing(global, "cluster")
	}
	for _, name := range names {
		s := l.file.Section(name)
		switch {
		case s == nil:
			l.fail(l.line(global, "cluster"), ExitConfig, "Can't find config section for: "+name, fmt.Sprintf("add a section [%s]", name))
		case cfg.Node(name) != nil:
			l.fail(l.line(global, "cluster"), ExitConfig, fmt.Sprintf("node %s is listed twice", name), "remove one")
		default:
			cfg.Nodes = append(cfg.Nodes, Node{Name: name, Line: s.Line})
		}
	}
	for _, s := range l.file.Sections {
		if cfg.Node(s.Name) == nil && l.bool(s, "learner") {
			cfg.Nodes = append(cfg.Nodes, Node{Name: s.Name, Line: s.Line, Learner: true})
		}
	}
	if len(cfg.Nodes) > core.MaxSeats {
		l.fail(l.line(global, "cluster"), ExitConfig, fmt.Sprintf("%d nodes; at most %d are allowed", len(cfg.Nodes), core.MaxSeats), "remove some")
	}
	return cfg, global
}

// timing reads the lease.
func (l *loader) timing(cfg *Config, global *Section) {
	if s := l.int(global, "lease_period", 1, int64(core.MaxLease/time.Second)); s > 0 {
		cfg.LeasePeriod = time.Duration(s) * time.Second
	}
	low, high := core.MinLease.Milliseconds(), core.MaxLease.Milliseconds()
	if ms := l.int(global, "lease_period_ms", low, high); ms > 0 {
		cfg.LeasePeriod = time.Duration(ms) * time.Millisecond
	}
}

// address reads what clients need of a node.
func (l *loader) address(n *Node, s *Section) {
	if n.IPs = l.list(s, "ip"); len(n.IPs) == 0 {
		l.missing(s, "ip")
	}
	for _, ip := range n.IPs {
		if _, err := netip.ParseAddr(ip); err != nil {
			l.fail(l.line(s, "ip"), ExitConfig, fmt.Sprintf("ip = %s: not an IPv4 or IPv6 address", ip), "host names are not allowed here")
		}
	}
	n.ClientPort = l.port(s, "client_port")
	n.AdminPort = int(l.int(s, "admin_port", 1, 65535))
	n.AdminIP = l.string(s, "admin_ip")
}

func (l *loader) port(s *Section, key string) int {
	if _, ok := s.Lookup(key); !ok {
		l.missing(s, key)
	}
	return int(l.int(s, key, 1, 65535))
}

// node reads a whole node section.
func (l *loader) node(n *Node, global *Section) {
	s := l.file.Section(n.Name)
	l.address(n, s)
	n.MessagingPort = l.port(s, "messaging_port")
	n.Datacentre = l.string(s, "datacentre")
	if n.Home = l.string(s, "home"); n.Home == "" {
		l.missing(s, "home")
	}
	l.dirs(n, s)
	l.nodeStore(n, s, global)
	n.Witness = l.bool(s, "witness")
	level := l.string(s, "log_level")
	if level == "" {
		l.missing(s, "log_level")
	}
	n.LogLevel = l.level(s, level)
	l.sinks(n, s)
	if !n.Learner && l.bool(s, "learner") {
		l.fail(l.line(s, "learner"), ExitConfig, fmt.Sprintf("node %s is a learner and in cluster", n.Name),
			"remove it from cluster in [global], or the learner = true")
	}
}

// level reads Arakoon's names; an unknown one means debug, as there.
func (l *loader) level(s *Section, name string) slog.Level {
	switch strings.ToLower(name) {
	case "info":
		return slog.LevelInfo
	case "notice":
		return LevelNotice
	case "warning":
		return slog.LevelWarn
	case "error":
		return slog.LevelError
	case "fatal":
		return LevelFatal
	case "debug", "":
		return slog.LevelDebug
	}
	l.warn(l.line(s, "log_level"), "log_level = %s: unknown, so debug counts", name)
	return slog.LevelDebug
}

// sinks reads where log lines go.
func (l *loader) sinks(n *Node, s *Section) {
	list := l.list(s, "log_sinks")
	for _, sink := range list {
		scheme, rest, found := strings.Cut(sink, ":")
		switch {
		case !found:
			n.LogSinks = append(n.LogSinks, Sink{Path: sink})
		case scheme == "console":
			n.LogSinks = append(n.LogSinks, Sink{Console: true})
		case scheme == "file":
			n.LogSinks = append(n.LogSinks, Sink{Path: strings.TrimPrefix(rest, "//")})
		default:
			l.warn(l.line(s, "log_sinks"), "log_sinks: %s is accepted, without effect: only files and console: are served", sink)
		}
	}
	if len(n.LogSinks) == 0 {
		n.LogSinks = []Sink{{Path: filepath.Join(n.LogDir, n.Name+".log")}}
	}
}

// checkAddresses refuses two listeners on one address.
func (l *loader) checkAddresses(cfg *Config) {
	taken := map[string]string{}
	claim := func(n Node, ip, key string, port int) {
		at := fmt.Sprintf("%s port %d", ip, port)
		if other, ok := taken[at]; ok && port != 0 {
			l.fail(n.Line, ExitConfig, fmt.Sprintf("%s of node %s is %s, and so is %s", key, n.Name, at, other), "give each its own port")
		}
		taken[at] = key + " of node " + n.Name
	}
	for _, n := range cfg.Nodes {
		for _, ip := range n.IPs {
			claim(n, ip, "client_port", n.ClientPort)
			claim(n, ip, "messaging_port", n.MessagingPort)
		}
		claim(n, n.AdminHost(), "admin_port", n.AdminPort)
	}
}

// checkGlobal refuses what Arakoon refuses in [global].
func (l *loader) checkGlobal(cfg *Config, global *Section) {
	master := l.string(global, "master")
	voters := l.list(global, "cluster")
	if master != "" && !slices.Contains(voters, master) {
		l.fail(l.line(global, "master"), ExitConfig, fmt.Sprintf("'%s' needs to have a config section [%s]", master, master), "name a node of cluster")
	}
	if master != "" && len(l.list(global, "preferred_masters")) > 0 {
		l.fail(l.line(global, "preferred_masters"), ExitConfig, "'master' and 'preferred_masters' are incompatible", "remove one of them")
	}
	if e, ok := global.Lookup("quorum"); ok {
		q, _, err := parseInt(e.Value)
		if err == nil && (q < 1 || q > int64(len(voters))) {
			l.fail(e.Line, ExitConfig, fmt.Sprintf("fixed quorum should be 1 <= %d <= %d", q, len(voters)), "remove it: a majority rules")
		}
	}
	if v := l.string(global, "tls_version"); v != "" && !slices.Contains([]string{"1.0", "1.1", "1.2"}, v) {
		l.fail(l.line(global, "tls_version"), ExitConfig, `Invalid "tls_version" setting`, "write 1.0, 1.1 or 1.2")
	}
	for _, n := range cfg.Nodes {
		l.checkNodeChoices(l.file.Section(n.Name), n.Name)
	}
}

// checkNodeChoices refuses what Arakoon refuses in a node section, also where
// the option has no effect here: the file is wrong on any server.
func (l *loader) checkNodeChoices(s *Section, name string) {
	for _, key := range []string{"log_config", "batched_transaction_config"} {
		if ref := l.string(s, key); ref != "" && l.file.Section(ref) == nil {
			what := strings.TrimSuffix(strings.ReplaceAll(key, "_", " "), " config")
			l.fail(l.line(s, key), ExitConfig, fmt.Sprintf("Could not find %s section %s", what, ref), fmt.Sprintf("add a section [%s] or remove %s", ref, key))
		}
	}
	if c := l.string(s, "tlog_compression"); c != "" && !slices.Contains([]string{"snappy", "bz2", "none"}, c) {
		l.fail(l.line(s, "tlog_compression"), ExitConfig, "no compressor named "+c, "write snappy, bz2 or none")
	}
	_, old := s.Lookup("fsync")
	_, interval := s.Lookup("fsync_interval")
	_, entries := s.Lookup("fsync_entries")
	if old && (interval || entries) {
		l.fail(l.line(s, "fsync"), ExitConfig, "fsync is deprecated, and can't be combined with fsync_interval or fsync_entries", "remove it")
	}
	if (l.string(s, "tls_cert") == "") != (l.string(s, "tls_key") == "") {
		l.fail(s.Line, ExitConfig, name+": both tls_cert and tls_key should be provided", "add the other one, or remove both")
	}
}
