package ini

import (
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var rewrite = flag.Bool("rewrite", false, "rewrite docs/configuration.md from the table of options")

// node is a complete node section; more is appended.
func node(name string, port int, more ...string) string {
	return fmt.Sprintf("[%s]\nip = 127.0.0.1\nclient_port = %d\nmessaging_port = %d\nhome = /d/%s\nlog_level = info\n%s\n",
		name, port, port+10, name, strings.Join(more, "\n"))
}

const global = "[global]\ncluster = a, b\ncluster_id = ricky\n"

func load(t *testing.T, text string) (*Config, []Warning, error) {
	t.Helper()
	return Load(write(t, text))
}

func write(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "c.ini")
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	return name
}

func TestLoadReadsAServersFile(t *testing.T) {
	cfg, warnings, err := load(t, strings.Join([]string{
		"[global]", "cluster = a, b", "cluster_id = ricky", "lease_period = 0x2", "tlog_max_entries = 50_000",
		"tlog_max_size = 1_000_000", "",
		node("b", 4020, "tlog_dir = /t", "log_dir = /l", "admin_port = 4090", "admin_ip = ::1"),
		node("l", 4040, "learner = true", "datacentre = west"),
		"[a]", "ip = 127.0.0.1, ::1", "client_port = 4000", "messaging_port = 4001", "home = /d/a", "log_level = WARNING",
		"log_sinks = console:, file:///x/y.log, rel.log",
	}, "\n"))
	require.NoError(t, err)
	require.Empty(t, warnings)
	require.Equal(t, "ricky", cfg.ClusterID)
	require.Equal(t, 2*time.Second, cfg.LeasePeriod)
	require.Equal(t, 50000, cfg.TLogMaxEntries)
	require.EqualValues(t, 1000000, cfg.TLogMaxSize)
	require.Equal(t, []string{"a", "b", "l"}, cfg.Names(), "voters in the order of cluster, then learners")

	a, b, l := cfg.Node("a"), cfg.Node("b"), cfg.Node("l")
	require.Equal(t, []string{"127.0.0.1", "::1"}, a.IPs)
	require.Equal(t, []Sink{{Console: true}, {Path: "/x/y.log"}, {Path: "rel.log"}}, a.LogSinks)
	require.Equal(t, slog.LevelWarn, a.LogLevel)
	require.Equal(t, "/d/a", a.TLogDir, "home is the default")
	require.Equal(t, []any{"/t", "/l", 4090, "::1"}, []any{b.TLogDir, b.LogDir, b.AdminPort, b.AdminIP})
	require.Equal(t, []Sink{{Path: "/l/b.log"}}, b.LogSinks)
	require.True(t, l.Learner)
	require.False(t, a.Learner)
	require.Equal(t, "west", l.Datacentre)
	require.Nil(t, cfg.Node("x"))
}

func TestLeaseInMilliseconds(t *testing.T) {
	cfg, _, err := load(t, global+"lease_period = 10\nlease_period_ms = 500\n"+node("a", 4000)+node("b", 4020))
	require.NoError(t, err)
	require.Equal(t, 500*time.Millisecond, cfg.LeasePeriod)
	cfg, _, err = load(t, global+node("a", 4000)+node("b", 4020))
	require.NoError(t, err)
	require.Equal(t, 10*time.Second, cfg.LeasePeriod, "Arakoon's default")
}

func TestLoadRefusesWhatArakoonRefuses(t *testing.T) {
	a, b := node("a", 4000), node("b", 4020)
	without := func(section, key string) string {
		var kept []string
		for _, line := range strings.Split(section, "\n") {
			if !strings.HasPrefix(line, key+" ") {
				kept = append(kept, line)
			}
		}
		return strings.Join(kept, "\n")
	}
	for _, c := range []struct {
		name, text, want string
		code             int
	}{
		{"no global", a, "there is no section [global]", ExitSyntax},
		{"no cluster_id", "[global]\ncluster = a\n" + a, "config has no cluster_id", ExitConfig},
		{"no cluster", "[global]\ncluster_id = x\n" + a, "missing: global cluster", ExitConfig},
		{"no section", global + a, ":2: Can't find config section for: b; add a section [b]", ExitConfig},
		{"twice", "[global]\ncluster = a, a\ncluster_id = x\n" + a, "node a is listed twice", ExitConfig},
		{"no ip", global + a + without(b, "ip"), "missing: b ip; add ip = … to section [b]", ExitConfig},
		{"no client_port", global + a + without(b, "client_port"), "missing: b client_port", ExitConfig},
		{"no messaging_port", global + a + without(b, "messaging_port"), "missing: b messaging_port", ExitConfig},
		{"no home", global + a + without(b, "home"), "missing: b home", ExitConfig},
		{"no log_level", global + a + without(b, "log_level"), "missing: b log_level", ExitConfig},
		{"host name", global + a + strings.Replace(b, "127.0.0.1", "localhost", 1), "ip = localhost: not an IPv4 or IPv6 address", ExitConfig},
		{"port too high", global + a + strings.Replace(b, "4020", "70000", 1), "client_port = 70000: allowed are 1 to 65535", ExitConfig},
		{"port no number", global + a + strings.Replace(b, "4020", "http", 1), "client_port = http: not an integer", ExitSyntax},
		{"same port", global + a + strings.Replace(b, "4020", "4010", 1), "client_port of node b is 127.0.0.1 port 4010, and so is messaging_port of node a", ExitConfig},
		{"bad bool", global + a + b + "learner = yes", "learner = yes: neither true nor false", ExitSyntax},
		{"bad bool without effect", global + a + b + "laggy = yes", "laggy = yes: neither true nor false", ExitSyntax},
		{"bad float without effect", global + a + b + "collapse_slowdown = slow", "not a number", ExitSyntax},
		{"voter and learner", global + a + b + "learner = true", "node b is a learner and in cluster", ExitConfig},
		{"lease", global + "lease_period = 0\n" + a + b, "lease_period = 0: allowed are 1 to 3600", ExitConfig},
		{"lease in ms", global + "lease_period_ms = 7\n" + a + b, "lease_period_ms = 7: allowed are 100 to 3600000", ExitConfig},
		{"unknown master", global + "master = z\n" + a + b, "'z' needs to have a config section [z]", ExitConfig},
		{"two kinds of masters", global + "master = a\npreferred_masters = a\n" + a + b, "'master' and 'preferred_masters' are incompatible", ExitConfig},
		{"quorum", global + "quorum = 3\n" + a + b, "fixed quorum should be 1 <= 3 <= 2", ExitConfig},
		{"tls version", global + "tls_version = 1.3\n" + a + b, `Invalid "tls_version" setting`, ExitConfig},
		{"tls halves", global + a + b + "tls_cert = /c", "b: both tls_cert and tls_key should be provided", ExitConfig},
		{"fsync", global + a + b + "fsync = true\nfsync_entries = 5", "fsync is deprecated", ExitConfig},
		{"compressor", global + a + b + "tlog_compression = zip", "no compressor named zip", ExitConfig},
		{"log section", global + a + b + "log_config = logs", "Could not find log section logs", ExitConfig},
		{"batch section", global + a + b + "batched_transaction_config = x", "Could not find batched transaction section x", ExitConfig},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, _, err := load(t, c.text)
			require.ErrorContains(t, err, c.want)
			require.Nil(t, cfg)
			var e *Error
			require.True(t, errors.As(err, &e))
			require.Equal(t, c.code, e.Code)
			require.NotEmpty(t, e.Next)
		})
	}
}

func TestWhatHasNoEffectIsSaid(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"misspelt key", "cleint_port = 3", "cleint_port in [b] is unknown and has no effect (did you mean client_port?)"},
		{"unlike anything", "frobnicate = 3", "frobnicate in [b] is unknown and has no effect"},
		{"wrong section", "cluster_id = 3", "cluster_id in [b] is unknown and has no effect (it belongs into [global])"},
		{"inert", "laggy = true", "laggy in [b] is accepted, without effect: no message is dropped on purpose"},
		{"inert and as is", "laggy = false", ""},
		{"fsync as is", "fsync = true", ""},
		{"tools only", "wrapper = nice", ""},
		{"text after a number", "admin_port = 4099x", `admin_port = 4099: "x" after the number is ignored`},
		{"comment after a number", "admin_port = 4099 # mine", ""},
		{"blank in a path", "tlog_dir = /my dir", "tlog_dir = /my: the text after the first blank is ignored"},
		{"repeated key", "home = /other", "home comes again later in [b]: only the last one counts"},
		{"unknown level", "log_level = depug", "log_level = depug: unknown, so debug counts"},
		{"redis", "log_sinks = redis://h/k", "log_sinks: redis://h/k is accepted, without effect"},
		{"stranger", "[bb]\nip = 127.0.0.1", "section [bb] belongs to nothing: it isn't in cluster and has no learner = true (did you mean b?)"},
		{"batch section", "batched_transaction_config = t\n[t]\nmax_entries = 3", "max_entries in [t] is accepted, without effect"},
		{"log section", "log_config = t\n[t]\npaxso = info", "paxso in [t] is unknown and has no effect (did you mean paxos?)"},
		{"nursery", "[nursery]\ncluster_id = k\ncluster = k0\n[k0]\nip = 127.0.0.1\nclient_port = 1", "cluster in [nursery] is accepted, without effect: there is no nursery"},
		{"repeated section", node("b", 4060), "section [b] comes again later: only the last one counts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, warnings, err := load(t, global+node("a", 4000)+node("b", 4020)+c.text+"\n")
			require.NoError(t, err)
			var texts []string
			for _, w := range warnings {
				require.NotZero(t, w.Line)
				require.Regexp(t, `c\.ini:\d+: `, w.String())
				texts = append(texts, w.Text)
			}
			if c.want == "" {
				require.Empty(t, texts)
			} else {
				require.Contains(t, strings.Join(texts, "\n"), c.want)
			}
		})
	}
}

func TestLoadClient(t *testing.T) {
	file := write(t, global+"tls_ca_cert = /x\n[a]\nip = 127.0.0.1\nclient_port = 1\n[b]\nip = ::1\nclinet_port = 3\nclient_port = 2\n")
	cfg, warnings, err := LoadClient("file://" + file)
	require.NoError(t, err)
	require.Equal(t, "ricky", cfg.ClusterID)
	require.Equal(t, 2, cfg.Node("b").ClientPort)
	require.Len(t, warnings, 1, "only the misspelt key: %v", warnings)
	require.Contains(t, warnings[0].Text, "did you mean client_port?")

	_, _, err = LoadClient(write(t, global+"[a]\nip = 127.0.0.1\n[b]\nip = ::1\n"))
	require.ErrorContains(t, err, "missing: a client_port")
	_, _, err = LoadClient(write(t, "[x]\ny = 1"))
	require.ErrorContains(t, err, "[global]")
}

func TestLocations(t *testing.T) {
	for in, want := range map[string]string{"x/y": "x/y", "file:///x/y": "/x/y"} {
		got, err := LocalPath(in)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for in, want := range map[string]string{
		"etcd://h:1/x": "local file only", "arakoon://c/k?ini=/x": "local file only", "http://h/x": "unknown protocol:http",
	} {
		_, _, err := Load(in)
		require.ErrorContains(t, err, want)
	}
	_, _, err := LoadClient(filepath.Join(t.TempDir(), "none.ini"))
	require.ErrorContains(t, err, "none.ini: no such file; give the configuration file with --config")
}

// TestConfigurationPageIsCurrent compares docs/configuration.md with the table.
func TestConfigurationPageIsCurrent(t *testing.T) {
	const name = "../../docs/configuration.md"
	if *rewrite {
		require.NoError(t, os.WriteFile(name, []byte(page()), 0o644))
	}
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	require.Equal(t, page(), string(text), "run: go test ./realnet/ini -rewrite")
}

// TestTableOfOptions: one line per option, all of Arakoon's 68, ours marked.
func TestTableOfOptions(t *testing.T) {
	seen := map[string]bool{}
	arakoon := 0
	for _, o := range Options {
		name := o.Place.String() + o.Key
		require.False(t, seen[name], name)
		seen[name] = true
		require.NotEmpty(t, o.Meaning, name)
		if !o.Ours {
			arakoon++
		}
	}
	// lease_period in a node section is known so that the warning can say why it
	// has no effect; Arakoon has no such option.
	require.Equal(t, 68+1, arakoon)
}
