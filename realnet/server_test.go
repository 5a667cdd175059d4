package realnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/realnet/client"
	"github.com/openvstorage/arakoon-go/realnet/osdisk"
)

// trio is a cluster of servers in this process, on loopback.
type trio struct {
	t       *testing.T
	client  *client.Client
	nodes   []Node
	configs []Config
	servers []*Server // nil: not running
	logs    *lockedBuffer
}

const testLease = 3 * time.Second // longer than a sync may take on a busy machine

// newTrio lays out a cluster of n servers and starts them; edit may change the
// Config of one.
func newTrio(t *testing.T, n int, edit func(i int, c *Config)) *trio {
	t.Helper()
	t.TempDir() // so that the directories are removed after the servers have stopped
	tr := &trio{t: t, logs: &lockedBuffer{}, servers: make([]*Server, n)}
	var ls, clients []net.Listener
	for i := range n {
		ls, clients = append(ls, localListener(t, "127.0.0.1:0")), append(clients, localListener(t, "127.0.0.1:0"))
		tr.nodes = append(tr.nodes, Node{Name: fmt.Sprintf("n%d", i), IPs: []string{"127.0.0.1"},
			PeerPort: portOf(ls[i]), ClientPort: portOf(clients[i])})
	}
	t.Cleanup(func() {
		for i, s := range tr.servers {
			if s != nil {
				tr.stop(i)
			}
		}
		require.NoError(t, tr.client.Close())
		goleak.VerifyNone(t)
	})
	tr.client = tr.newClient()
	for i := range n {
		c := Config{ClusterID: "ricky", Nodes: tr.nodes, Name: tr.nodes[i].Name, Home: t.TempDir(),
			LeasePeriod: testLease, CacheBytes: 8 << 20, PeerListener: ls[i], ClientListener: clients[i], Log: slog.New(slog.NewTextHandler(tr.logs, nil))}
		if edit != nil {
			edit(i, &c)
		}
		tr.configs = append(tr.configs, c)
		tr.start(i)
	}
	return tr
}

// start starts server i, on its old peer port if it ran before.
func (tr *trio) start(i int) {
	tr.t.Helper()
	s, err := Start(tr.configs[i])
	require.NoError(tr.t, err)
	tr.servers[i] = s
	tr.configs[i].PeerListener, tr.configs[i].ClientListener = nil, nil // closed with the server
}

// stop stops server i as a kill would: nothing is said to anybody before.
func (tr *trio) stop(i int) {
	tr.t.Helper()
	require.NoError(tr.t, tr.servers[i].Close())
	tr.servers[i] = nil
}

// master waits for a serving master among the running servers.
func (tr *trio) master() int {
	tr.t.Helper()
	m := -1
	eventually(tr.t, "a master", func() bool {
		for i, s := range tr.servers {
			if s != nil && s.status().Serving {
				m = i
				return true
			}
		}
		return false
	})
	return m
}

// converged waits until all running servers have the same state, of n keys.
func (tr *trio) converged(n int) {
	tr.t.Helper()
	eventually(tr.t, "equal states", func() bool {
		var first *StatusPage
		for _, s := range tr.servers {
			if s == nil {
				continue
			}
			p := s.StatusPage(true)
			if first == nil {
				first = &p
			}
			if p.KeyCount != uint64(n) || p.At != first.At || p.ContentDigest != first.ContentDigest || p.Chain != first.Chain {
				return false
			}
		}
		return true
	})
}

func TestServer_ElectsWritesLosesItsMasterAndCatchesUp(t *testing.T) {
	tr := newTrio(t, 3, nil)
	first := tr.master()
	tr.write(0, 100)
	tr.converged(100)

	tr.stop(first)
	second := tr.master()
	require.NotEqual(t, first, second)
	tr.write(100, 5000)
	tr.start(first)
	tr.converged(5000)

	for i := range tr.servers {
		tr.stop(i)
	}
	for i := range tr.servers {
		tr.start(i)
	}
	tr.write(5000, 5001)
	tr.converged(5001)
	for _, line := range []string{"log opened", "this node is master and serves", "master changed", "connected to a peer"} {
		require.Contains(t, tr.logs.String(), line)
	}
}

func TestServer_OneNodeAloneServes(t *testing.T) {
	tr := newTrio(t, 1, nil)
	tr.write(0, 10)
	tr.stop(0)
	tr.start(0)
	tr.master()
	tr.converged(10)
}

func TestServer_NoQuorumNoService(t *testing.T) {
	tr := newTrio(t, 3, nil)
	m := tr.master()
	for i := range tr.servers {
		if i != m {
			tr.stop(i)
		}
	}
	eventually(t, "the master steps down", func() bool { return !tr.servers[m].status().Serving })
	_, _, ok := tr.servers[m].reads().Serve(tr.servers[m].clock)
	require.False(t, ok, "a read was served without a lease")
}

func TestServer_DropMasterHandsMastershipOn(t *testing.T) {
	tr := newTrio(t, 3, nil)
	m := tr.master()
	done := make(chan error, 1)
	tr.servers[m].dropMaster(func(err error) { done <- err })
	require.NoError(t, <-done)
	eventually(t, "another master", func() bool {
		for i, s := range tr.servers {
			if i != m && s.status().Serving {
				return true
			}
		}
		return false
	})
	tr.stop(m)
	s := &Server{mail: newMailbox(Limits{})}
	s.mail.stop()
	s.handOver("", func(err error) { done <- err })
	require.ErrorIs(t, <-done, errStopped)
}

// brokenDisk fails every sync once it is told to.
type brokenDisk struct {
	disk.Disk
	broken *atomic.Bool
}

type brokenFile struct {
	disk.File
	broken *atomic.Bool
}

var errBroken = errors.New("the platter fell off")

func (d brokenDisk) Open(p string) (disk.File, error) {
	f, err := d.Disk.Open(p)
	if err != nil {
		return nil, err
	}
	return brokenFile{f, d.broken}, nil
}

func (d brokenDisk) Create(p string) (disk.File, error) {
	f, err := d.Disk.Create(p)
	if err != nil {
		return nil, err
	}
	return brokenFile{f, d.broken}, nil
}

func (f brokenFile) Sync() error {
	if f.broken.Load() {
		return errBroken
	}
	return f.File.Sync()
}

func TestServer_AFailedSyncStopsItForGood(t *testing.T) {
	broken := make([]*atomic.Bool, 3)
	tr := newTrio(t, 3, func(i int, c *Config) {
		broken[i] = &atomic.Bool{}
		d, err := osdisk.New(t.TempDir())
		require.NoError(t, err)
		c.Disk = brokenDisk{d, broken[i]}
	})
	m := tr.master()
	s := tr.servers[m]
	broken[m].Store(true)
	tr.attempt() // a write that can't get durable here
	select {
	case <-s.Done():
	case <-time.After(patience):
		t.Fatal("the server goes on after a failed sync")
	}
	require.ErrorIs(t, s.Err(), errBroken)
	require.ErrorIs(t, s.Close(), errBroken)
	tr.servers[m] = nil
	require.NotEqual(t, m, tr.master(), "the others go on")
}

func TestStart_RefusesWhatCannotWork(t *testing.T) {
	goleak.VerifyNone(t)
	good := func() Config {
		return Config{ClusterID: "c", Name: "n0", Home: t.TempDir(),
			Nodes: []Node{{Name: "n0", IPs: []string{"127.0.0.1"}}}}
	}
	taken := localListener(t, "127.0.0.1:0")
	defer func() { _ = taken.Close() }()
	for what, edit := range map[string]func(*Config){
		"the cluster id is empty":           func(c *Config) { c.ClusterID = "" },
		"has no home directory":             func(c *Config) { c.Home = "" },
		"is not one of the cluster's nodes": func(c *Config) { c.Name = "x" },
		"has no ip":                         func(c *Config) { c.Nodes[0].IPs = nil },
		"has port 70000":                    func(c *Config) { c.Nodes[0].PeerPort = 70000 },
		"has no messaging port":             func(c *Config) { c.Nodes = append(c.Nodes, Node{Name: "n1", IPs: []string{"127.0.0.1"}}) },
		"1 to 255 are allowed":              func(c *Config) { c.Nodes = append(c.Nodes, Node{Name: strings.Repeat("n", 256)}) },
		"lease period":                      func(c *Config) { c.LeasePeriod = time.Nanosecond },
		"messaging port of node \"n0\"":     func(c *Config) { c.Nodes[0].PeerPort = portOf(taken) },
	} {
		c := good()
		edit(&c)
		_, err := Start(c)
		require.ErrorContains(t, err, what)
	}
	c := good()
	s, err := Start(c)
	require.NoError(t, err)
	c.Nodes = good().Nodes
	_, err = Start(c)
	require.ErrorIs(t, err, disk.ErrLocked, "two servers on one log")
	require.NoError(t, s.Close())
	goleak.VerifyNone(t)
}

func TestAdmin_StatusAndLiveness(t *testing.T) {
	l := localListener(t, "127.0.0.1:0")
	tr := newTrio(t, 1, func(_ int, c *Config) { c.AdminListener = l })
	tr.write(0, 3)
	get := func(path string) (int, string) {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		resp, err := client.Get("http://" + tr.servers[0].AdminAddr().String() + path)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		return resp.StatusCode, string(body)
	}
	code, body := get("/livez")
	require.Equal(t, 200, code)
	require.Equal(t, "ok\n", body)
	code, _ = get("/nothing")
	require.Equal(t, 404, code)

	tr.converged(3)
	var p StatusPage
	eventually(t, "the status shows the writes", func() bool {
		_, body = get("/statusz")
		p = StatusPage{}
		return json.Unmarshal([]byte(body), &p) == nil && p.Counters["updates"] == 3 && p.Applied == p.At
	})
	require.Equal(t, "n0", p.Name)
	require.Equal(t, "master", p.Role)
	require.True(t, p.Serving)
	require.True(t, p.Voter)
	require.Equal(t, "n0", p.Master)
	require.EqualValues(t, 3, p.KeyCount)
	require.Len(t, p.ContentDigest, 32)
	_, body = get("/statusz?brief")
	var brief StatusPage
	require.NoError(t, json.Unmarshal([]byte(body), &brief))
	require.True(t, brief.Serving)
	require.Empty(t, brief.ContentDigest)
}
