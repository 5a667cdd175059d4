package ini

import (
	"fmt"
	"slices"
	"time"

	"github.com/openvstorage/arakoon-go/core"
)

// Bounds of the options of the store and of the log.
const (
	minCache      = 1 << 20 // bytes
	maxCache      = 1 << 40
	minCheckpoint = 1 << 10 // bytes of keys and values
	maxCheckpoint = 1 << 40
	maxRetention  = 1 << 50 // bytes
)

// store reads what [global] says of the store, of its checkpoints and of how much
// log stays.
func (l *loader) store(cfg *Config, global *Section) {
	cfg.CheckpointEntries = int(l.int(global, "checkpoint_entries", 1, 1<<31-1))
	cfg.CheckpointBytes = l.size(global, "checkpoint_bytes", minCheckpoint, maxCheckpoint, 0)
	cfg.CheckpointPeriod = l.duration(global, "checkpoint_period", 10*time.Millisecond, 24*time.Hour)
	cfg.Retention = l.size(global, "log_retention", 0, maxRetention, -1)
	cfg.RetentionEntries = uint64(l.int(global, "log_retention_entries", 0, 1<<62))
}

// dirs reads where a node keeps what.
func (l *loader) dirs(n *Node, s *Section) {
	first := func(fallback string, keys ...string) string {
		for _, key := range keys {
			if d := l.string(s, key); d != "" {
				return d
			}
		}
		return fallback
	}
	n.TLogDir = first(n.Home, "tlog_dir")
	n.TLXDir = first(n.TLogDir, "tlx_dir", "tlf_dir")
	n.HeadDir = first(n.TLXDir, "head_dir")
	n.LogDir = first(n.Home, "log_dir")
}

// nodeStore reads a node's cache, and whether it compresses its log.
func (l *loader) nodeStore(n *Node, s, global *Section) {
	n.StoreCache = l.size(s, "store_cache", minCache, maxCache, l.size(global, "store_cache", minCache, maxCache, 0))
	on := true
	if _, said := global.Lookup("log_compression"); said {
		on = l.bool(global, "log_compression")
	}
	n.NoCompression = !on || l.bool(s, "disable_tlog_compression") || l.string(s, "tlog_compression") == "none"
}

// roles reads who may lead, and how updates are counted.
func (l *loader) roles(cfg *Config, global *Section) {
	master, preferred := l.string(global, "master"), l.list(global, "preferred_masters")
	for _, name := range preferred {
		if cfg.Node(name) == nil {
			l.warn(l.line(global, "preferred_masters"), "preferred_masters: there is no node %s", name)
		}
	}
	cfg.Preferred = slices.DeleteFunc(preferred, func(name string) bool { return cfg.Node(name) == nil })
	switch {
	case master == "" && l.bool(global, "preferred_master"):
		l.warn(l.line(global, "preferred_master"), "preferred_master without master has no effect: name the node in master")
	case master != "" && l.bool(global, "preferred_master"):
		cfg.Preferred = []string{master}
	default:
		cfg.Master = master
	}
	cfg.StableFor = l.duration(global, "preferred_stable_for", time.Millisecond, 24*time.Hour)
	if cfg.ReadOnly = l.bool(global, "readonly"); cfg.ReadOnly && (master != "" || len(preferred) > 0) {
		l.warn(l.line(global, "readonly"), "readonly has no effect beside a master option, as in Arakoon: updates are NOT refused")
		cfg.ReadOnly = false
	}
	l.leaders(cfg, global)
	l.quorumRule(cfg, global)
}

// leaders refuses a configuration in which nobody may lead.
func (l *loader) leaders(cfg *Config, global *Section) {
	full := 0
	for i := range cfg.Nodes {
		n := &cfg.Nodes[i]
		if n.Learner && n.Witness {
			l.fail(n.Line, ExitConfig, fmt.Sprintf("node %s is a learner and a witness", n.Name), "choose one: a witness votes, a learner doesn't")
		}
		if n.Voter() && !n.Witness {
			full++
		}
		if (n.Name == cfg.Master || slices.Contains(cfg.Preferred, n.Name)) && (n.Learner || n.Witness) {
			l.fail(max(l.line(global, "master"), l.line(global, "preferred_masters")), ExitConfig,
				fmt.Sprintf("node %s can't become master: it is %s", n.Name, n.kind()), "name a full voter")
		}
	}
	if full == 0 {
		l.fail(l.line(global, "cluster"), ExitConfig, "every voter is a witness: nobody has the data or may become master", "make one a full node")
	}
}

// kind is what the node is, as a phrase.
func (n *Node) kind() string {
	switch {
	case n.Learner:
		return "a learner"
	case n.Witness:
		return "a witness"
	}
	return "a full voter"
}

// quorumRule reads how updates are counted, and refuses a locality rule that the
// nodes can't fulfil.
func (l *loader) quorumRule(cfg *Config, global *Section) {
	switch rule := l.string(global, "quorum_rule"); rule {
	case "", core.RuleMajority.String():
		return
	case core.RuleLocality.String():
		cfg.Rule = core.RuleLocality
	default:
		l.fail(l.line(global, "quorum_rule"), ExitConfig, fmt.Sprintf("quorum_rule = %s: unknown", rule), "write majority or locality")
		return
	}
	full := map[string]bool{} // datacentres with a full voter
	for i := range cfg.Nodes {
		n := &cfg.Nodes[i]
		if n.Voter() && n.Datacentre == "" {
			l.fail(n.Line, ExitConfig, fmt.Sprintf("quorum_rule = locality, and voter %s has no datacentre", n.Name), "add datacentre = … to its section")
		}
		full[n.Datacentre] = full[n.Datacentre] || n.Voter() && !n.Witness
	}
	for i := range cfg.Nodes { // in the file's order, so that the first error is always the same
		n := &cfg.Nodes[i]
		if n.Voter() && !full[n.Datacentre] {
			l.fail(n.Line, ExitConfig, fmt.Sprintf("quorum_rule = locality, and datacentre %s has no full voter: it could prove nothing", n.Datacentre),
				"make one of its nodes a voter that is no witness")
		}
	}
}
