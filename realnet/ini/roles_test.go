package ini

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

func TestStoreAndLogOptions(t *testing.T) {
	cfg, warnings, err := load(t, global+strings.Join([]string{"store_cache = 64 MiB", "checkpoint_entries = 1_000",
		"checkpoint_bytes = 2MiB", "checkpoint_period = 1500ms", "log_retention = 10 MB", "log_retention_entries = 7", ""}, "\n")+
		node("a", 4000, "tlog_dir = /t", "tlf_dir = /f", "tlog_compression = bz2")+
		node("b", 4020, "store_cache = 1GiB", "tlf_dir = /f", "tlx_dir = /x", "head_dir = /h", "witness = true", "tlog_compression = none"))
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Equal(t, []any{1000, int64(2 << 20), 1500 * time.Millisecond, int64(10_000_000), uint64(7)},
		[]any{cfg.CheckpointEntries, cfg.CheckpointBytes, cfg.CheckpointPeriod, cfg.Retention, cfg.RetentionEntries})
	a, b := cfg.Node("a"), cfg.Node("b")
	require.Equal(t, []any{int64(64 << 20), "/t", "/f", "/f", "/d/a", "a.db", false},
		[]any{a.StoreCache, a.TLogDir, a.TLXDir, a.HeadDir, a.StoreDir(), a.StoreFile(), a.NoCompression})
	require.Equal(t, []any{int64(1 << 30), "/d/b", "/x", "/h", "/h", "head.db", true},
		[]any{b.StoreCache, b.TLogDir, b.TLXDir, b.HeadDir, b.StoreDir(), b.StoreFile(), b.NoCompression})

	cfg, _, err = load(t, global+"log_compression = false\n"+node("a", 4000)+node("b", 4020))
	require.NoError(t, err)
	require.True(t, cfg.Node("a").NoCompression)
	require.EqualValues(t, -1, cfg.Retention, "not given: the server's default")
}

func TestWhoMayLead(t *testing.T) {
	for _, c := range []struct {
		lines     string
		master    string
		preferred []string
		readonly  bool
		warning   string
	}{
		{"", "", nil, false, ""},
		{"master = a", "a", nil, false, ""},
		{"master = a\npreferred_master = true", "", []string{"a"}, false, ""},
		{"master = a\npreferred_master = false", "a", nil, false, ""},
		{"preferred_masters = b, z", "", []string{"b"}, false, "there is no node z"},
		{"preferred_master = true", "", nil, false, "preferred_master without master has no effect"},
		{"readonly = true", "", nil, true, ""},
		{"readonly = true\nmaster = a", "a", nil, false, "updates are NOT refused"},
	} {
		cfg, warnings, err := load(t, global+c.lines+"\n"+node("a", 4000)+node("b", 4020))
		require.NoError(t, err, c.lines)
		require.Equal(t, c.master, cfg.Master, c.lines)
		require.ElementsMatch(t, c.preferred, cfg.Preferred, c.lines)
		require.Equal(t, c.readonly, cfg.ReadOnly, c.lines)
		if c.warning == "" {
			require.Empty(t, warnings, c.lines)
		} else {
			require.Len(t, warnings, 1, c.lines)
			require.Contains(t, warnings[0].String(), c.warning)
		}
	}
}

func TestRolesThatCantWorkAreRefused(t *testing.T) {
	three := "[global]\ncluster = a, b, c\ncluster_id = x\n"
	for _, c := range []struct{ name, global, a, b, c, want string }{
		{"all witnesses", "", "witness = true", "witness = true", "witness = true", "every voter is a witness"},
		{"forced witness", "master = b\n", "", "witness = true", "", "node b can't become master: it is a witness"},
		{"preferred witness", "preferred_masters = b\n", "", "witness = true", "", "node b can't become master: it is a witness"},
		{"unknown rule", "quorum_rule = all\n", "", "", "", "quorum_rule = all: unknown; write majority or locality"},
		{"no datacentre", "quorum_rule = locality\n", "datacentre = x", "datacentre = x", "", "voter c has no datacentre"},
		{"witness alone", "quorum_rule = locality\n", "datacentre = x", "datacentre = x", "datacentre = y\nwitness = true",
			"datacentre y has no full voter: it could prove nothing"},
		{"size", "store_cache = much\n", "", "", "", "store_cache = much: not a size"},
		{"size too small", "store_cache = 1\n", "", "", "", "store_cache = 1: allowed are"},
		{"duration", "checkpoint_period = soon\n", "", "", "", "checkpoint_period = soon: not a duration"},
		{"duration too long", "checkpoint_period = 100h\n", "", "", "", "allowed are 10ms to 24h0m0s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := load(t, three+c.global+node("a", 4000, c.a)+node("b", 4020, c.b)+node("c", 4040, c.c))
			require.ErrorContains(t, err, c.want)
		})
	}
	cfg, _, err := load(t, three+"quorum_rule = locality\n"+node("a", 4000, "datacentre = x")+node("b", 4020, "datacentre = y")+
		node("c", 4040, "datacentre = y", "witness = true")+node("l", 4060, "learner = true"))
	require.NoError(t, err, "a witness beside a full voter will do, and a learner needs no datacentre")
	require.Equal(t, core.RuleLocality, cfg.Rule)
}

func TestSizesAndDurations(t *testing.T) {
	for text, want := range map[string]int64{"0": 0, "4096": 4096, "1_000": 1000, "5B": 5, "1 KiB": 1024, "2MiB": 2 << 20, "3 GiB": 3 << 30,
		"1TiB": 1 << 40, "7 kB": 7000, "1 GB": 1e9, " 1\tMB ": 1e6} {
		got, err := parseSize(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "-1", "1 mb", "1 GiBs", "x", "9999999999 TiB", "1 2"} {
		_, err := parseSize(text)
		require.Error(t, err, text)
	}
	for text, want := range map[string]time.Duration{"30": 30 * time.Second, "500ms": 500 * time.Millisecond, "1h30m": 90 * time.Minute, "2 s": 2 * time.Second} {
		got, err := parseDuration(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", "-1s", "1x", "soon", "99999999999999999999"} {
		_, err := parseDuration(text)
		require.Error(t, err, text)
	}
}
