package realnet

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// ask asks the admin listener, on a connection of its own.
func ask(t *testing.T, s *Server, path string) (code int, body string) {
	t.Helper()
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Get("http://" + s.AdminAddr().String() + path)
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode, string(text)
}

func withAdmin(t *testing.T) func(i int, c *Config) {
	return func(_ int, c *Config) { c.AdminListener = localListener(t, "127.0.0.1:0") }
}

// A node without a master is alive, and ready for local reads only.
func TestHealth_TellsWhatANodeCanDo(t *testing.T) {
	tr := newTrio(t, 3, withAdmin(t))
	tr.master()
	s := tr.servers[0]
	eventually(t, "a master known to n0", func() bool { code, _ := ask(t, s, "/readyz"); return code == http.StatusOK })
	code, body := ask(t, s, "/readyz?verbose")
	require.Equal(t, http.StatusOK, code)
	require.Equal(t, "[+]local_store ok\n[+]digest ok\n[+]lag ok\n[+]linearizable_read ok\nok\n", body)

	code, body = ask(t, s, "/")
	require.Equal(t, http.StatusOK, code)
	for _, part := range []string{"<title>n0 ", "linearizable read <span class=\"good\">ok</span>", "connected to", "</html>"} {
		require.Contains(t, body, part)
	}

	tr.stop(1)
	tr.stop(2)
	eventually(t, "no master", func() bool { code, _ := ask(t, s, "/readyz"); return code == http.StatusServiceUnavailable })
	_, body = ask(t, s, "/readyz")
	require.Equal(t, "[-]linearizable_read failed: there is no master\nnot ready\n", body)
	for path, want := range map[string]int{"/livez": 200, "/readyz?level=local": 200, "/readyz?exclude=linearizable_read": 200,
		"/readyz?level=global": 400, "/readyz?exclude=luck": 400, "/readyz?exclude=lag": 503, "/nowhere": 404} {
		code, body := ask(t, s, path)
		require.Equal(t, want, code, "%s: %s", path, body)
	}
}

func TestMetrics_CountWhatHappened(t *testing.T) {
	tr := newTrio(t, 1, withAdmin(t))
	tr.master()
	tr.write(0, 3)
	s := tr.servers[0]
	p := connect(t, s.ClientAddrs()[0])
	p.say(get("nope"), get("key000000"))
	p.hear(wire.OpGet)
	p.hear(wire.OpGet)
	code, body := ask(t, s, "/metrics")
	require.Equal(t, http.StatusOK, code, body)
	for _, line := range []string{"arakoon_is_master 1", "arakoon_has_master 1", `arakoon_requests_total{code="ok",op="SET"} 3`,
		`arakoon_requests_total{code="not_found",op="GET"} 1`, `arakoon_request_duration_seconds_bucket{op="SET",le="+Inf"} 3`,
		`arakoon_index{kind="applied"}`, "arakoon_log_fsync_duration_seconds_count", "arakoon_client_connections", "arakoon_log_bytes", `arakoon_digest_checks_total{of="content"} 0`, `arakoon_alarms{name="disk_full"} 0`,
		"arakoon_build_info{"} {
		require.Contains(t, body, line)
	}
	require.Equal(t, strings.Count(body, "# TYPE"), strings.Count(body, "# HELP"))
}

// A read-only node refuses updates with Arakoon's code, and answers every read
// from what it has, also where it is no master.
func TestReadOnly_RefusesUpdatesAndAnswersEveryRead(t *testing.T) {
	tr := newTrio(t, 3, nil)
	tr.write(0, 1)
	tr.converged(1)
	for i := range tr.servers {
		tr.stop(i)
		tr.configs[i].ReadOnly = true
	}
	for i := range tr.servers {
		tr.start(i)
	}
	tr.converged(1)
	for i, s := range tr.servers {
		p := connect(t, s.ClientAddrs()[0])
		p.say(get("key000000"), wire.AppendQuery(nil, wire.Consistency{Strictness: wire.AtLeast, Stamp: 1 << 40}, command.Get{Key: "key000000"}),
			wire.AppendCommand(nil, wire.OpWhoMaster), set("k", "v"))
		require.Nil(t, p.hear(wire.OpGet).Err)
		require.Nil(t, p.hear(wire.OpGet).Err)
		require.Equal(t, tr.nodes[i].Name, string(p.hear(wire.OpWhoMaster).Option.Bytes))
		refused := p.hear(wire.OpSet).Err
		require.NotNil(t, refused)
		require.Equal(t, command.Error{Code: command.CodeReadOnly, Message: tr.nodes[i].Name}, *refused)
		require.Empty(t, p.end(), "the answer closes the connection")
	}
}
