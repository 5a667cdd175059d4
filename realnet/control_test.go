package realnet

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// post gives an order to the admin port.
func post(t *testing.T, s *Server, cluster, path string) (code int, body string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, "http://"+s.AdminAddr().String()+path, http.NoBody)
	require.NoError(t, err)
	if cluster != "" {
		req.Header.Set(ClusterHeader, cluster)
	}
	c := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Do(req)
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode, string(text)
}

func TestControl_ObeysWhoNamesTheCluster(t *testing.T) {
	tr := newTrio(t, 3, func(i int, c *Config) {
		withAdmin(t)(i, c)
		c.Rule = core.RuleLocality
		c.Nodes = append([]Node(nil), c.Nodes...)
		for k := range c.Nodes {
			c.Nodes[k].Datacentre = []string{"east", "east", "west"}[k]
		}
	})
	m := tr.master()
	tr.write(0, 10)
	master, other := tr.servers[m], (m+1)%3
	for _, c := range []struct {
		s             *Server
		cluster, path string
		want          int
		text          string
	}{
		{master, "", "/handover", http.StatusForbidden, "the header Arakoon-Cluster must name this cluster"},
		{master, "other", "/locality?datacentre=west&waived=true", http.StatusForbidden, ""},
		{master, "ricky", "/handover?to=n9", http.StatusBadRequest, "there is no node n9"},
		{master, "ricky", "/locality?datacentre=west&waived=maybe", http.StatusBadRequest, "waived must be true or false"},
		{master, "ricky", "/locality?waived=true", http.StatusBadRequest, ""},
		{master, "ricky", "/locality?datacentre=north&waived=true", http.StatusConflict, `no voter is in datacentre "north"; there are east west`},
		{tr.servers[other], "ricky", "/locality?datacentre=west&waived=true", http.StatusConflict, core.ReasonNotMaster},
		{master, "ricky", "/locality?datacentre=west&waived=true", http.StatusOK, `"ok":true`},
	} {
		code, body := post(t, c.s, c.cluster, c.path)
		require.Equal(t, c.want, code, "%s: %s", c.path, body)
		require.Contains(t, body, c.text)
	}
	for _, s := range tr.servers {
		eventually(t, "the waiver in every status", func() bool {
			p := s.briefPage()
			return p.QuorumRule == "locality" && len(p.Waived) == 1 && p.Waived[0] == "west" && len(p.Datacentres) == 2
		})
	}
	code, body := ask(t, master, "/handover")
	require.Equal(t, http.StatusMethodNotAllowed, code, body)

	tr.converged(10)
	code, body = post(t, master, "ricky", "/handover?to="+tr.nodes[other].Name)
	require.Equal(t, http.StatusOK, code, body)
	eventually(t, "the named master", func() bool { return tr.servers[other].status().Serving })
	for _, line := range []string{"order of an operator refused", "order of an operator carried out", "datacentre west: waived true"} {
		require.Contains(t, tr.logs.String(), line)
	}
}
