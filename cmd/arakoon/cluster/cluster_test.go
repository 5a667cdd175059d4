package cluster

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/openvstorage/arakoon-go/realnet"
)

// TestMain plays the parent of TestNoChildOutlivesAKilledParent if asked to.
func TestMain(m *testing.M) {
	if os.Getenv("PLAY_PARENT") != "" {
		playParent()
		return
	}
	goleak.VerifyTestMain(m)
}

// playParent starts a child that sleeps, prints its pid, and waits to be killed.
func playParent() {
	s := newSpawner()
	cmd := exec.Command("sleep", "300")
	cmd.SysProcAttr = childAttributes()
	if err := s.start(cmd); err != nil {
		panic(err)
	}
	_, _ = os.Stdout.WriteString(strconv.Itoa(cmd.Process.Pid) + "\n")
	select {}
}

func TestNoChildOutlivesAKilledParent(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "PLAY_PARENT=1")
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	child, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(child, 0), "the child runs")

	require.NoError(t, parent.Process.Kill())
	_ = parent.Wait() // it was killed
	require.Eventually(t, func() bool { return gone(child) }, 20*time.Second, 5*time.Millisecond,
		"the child of a killed parent still runs")
}

// gone reports whether a process has ended; one that nobody waits for counts.
func gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestOpenMakesAClusterAndFindsItAgain(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "my.cluster")
	c, err := Open(Options{Dir: dir, Lease: 700 * time.Millisecond, Binary: "/bin/false"})
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	require.Equal(t, []string{"arakoon_0", "arakoon_1", "arakoon_2"}, c.Names())
	require.Equal(t, "mycluster", c.Config().ClusterID)
	require.Equal(t, 700*time.Millisecond, c.Config().LeasePeriod)
	ports := map[int]bool{}
	for _, n := range c.Config().Nodes {
		ports[n.ClientPort], ports[n.MessagingPort], ports[n.AdminPort] = true, true, true
		require.DirExists(t, n.Home)
	}
	require.Len(t, ports, 9)
	for p := range ports {
		require.GreaterOrEqual(t, p, lowPort)
		require.Less(t, p, highPort)
	}

	again, err := Open(Options{Dir: dir, Lease: time.Hour, Binary: "/bin/false"})
	require.NoError(t, err)
	require.Equal(t, c.Config(), again.Config(), "the folder decides, not the options")
	require.NoError(t, again.Close())
}

func TestOpenRefuses(t *testing.T) {
	_, err := Open(Options{Dir: filepath.Join(t.TempDir(), "a b")})
	require.ErrorContains(t, err, "can't contain a blank")

	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, ConfigName), []byte("[global]\ncluster = a\ncluster_id = c\n"+
		"[a]\nip = 127.0.0.1\nclient_port = 1\nmessaging_port = 2\nhome = x\nlog_level = info\n"), 0o600))
	_, err = Open(Options{Dir: dir})
	require.ErrorContains(t, err, "no admin_port")
}

// TestAProcessThatEndsIsNoticed uses a program that fails at once as the node.
func TestAProcessThatEndsIsNoticed(t *testing.T) {
	c, err := Open(Options{Dir: filepath.Join(t.TempDir(), "c"), Nodes: 1, Binary: "/bin/false"})
	require.NoError(t, err)
	require.NoError(t, c.Start("arakoon_0"))
	_, err = c.WaitMaster(t.Context())
	require.ErrorContains(t, err, "node arakoon_0 ended by itself: exit status 1")
	require.Zero(t, c.PID("arakoon_0"))
	require.ErrorContains(t, c.Kill("arakoon_0"), "doesn't run")
	require.ErrorContains(t, c.Start("stranger"), "no node stranger")
	require.NoError(t, c.Close())
	require.ErrorContains(t, c.Start("arakoon_0"), "the cluster is closed")
}

func TestKillAndStop(t *testing.T) {
	t.Chdir(t.TempDir())
	script := filepath.Join(t.TempDir(), "node")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\ntrap 'exit 0' TERM\necho ready > $5.ready\nwhile :; do sleep 0.05; done\n"), 0o700))
	c, err := Open(Options{Dir: filepath.Join(t.TempDir(), "c"), Binary: script})
	require.NoError(t, err)
	for _, name := range c.Names() {
		require.NoError(t, c.Start(name))
	}
	require.ErrorContains(t, c.Start("arakoon_0"), "runs already")
	pid := c.PID("arakoon_0")
	require.NoError(t, c.Kill("arakoon_0"))
	require.True(t, gone(pid))
	require.Empty(t, c.Ended(), "who is asked to end hasn't ended by itself")
	require.Eventually(t, func() bool {
		_, err := os.Stat("arakoon_1.ready")
		return err == nil
	}, 20*time.Second, 5*time.Millisecond, "the node has set its trap")
	require.NoError(t, c.Signal("arakoon_1", syscall.SIGSTOP))
	require.NoError(t, c.Stop("arakoon_1"), "also one that is stopped")
	pid = c.PID("arakoon_2")
	require.NoError(t, c.Close())
	require.True(t, gone(pid))
}

func TestDifferent(t *testing.T) {
	same := realnet.StatusPage{Name: "a", At: 3, KeyCount: 1, ContentDigest: "x", Chain: "y"}
	require.NoError(t, different([]realnet.StatusPage{same, same, same}))
	for _, change := range []func(*realnet.StatusPage){
		func(p *realnet.StatusPage) { p.At++ },
		func(p *realnet.StatusPage) { p.KeyCount++ },
		func(p *realnet.StatusPage) { p.ContentDigest = "z" },
		func(p *realnet.StatusPage) { p.Chain = "z" },
	} {
		other := same
		change(&other)
		require.Error(t, different([]realnet.StatusPage{same, same, other}))
	}
}

func TestSettingsStandWhereTheTableWantsThem(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "c")
	c, err := Open(Options{Dir: dir, Binary: "/bin/false", Tiny: true, Datacentres: []string{"here", "there"},
		Settings: []Setting{{"tlog_max_entries", "7"}, {"log_dir", dir}}})
	require.NoError(t, err)
	defer func() { require.NoError(t, c.Close()) }()
	require.Equal(t, 7, c.Config().TLogMaxEntries, "a setting counts more than the tiny ones")
	require.EqualValues(t, 1<<20, c.Config().TLogMaxSize)
	for i, n := range c.Config().Nodes {
		require.Equal(t, dir, n.LogDir)
		require.Equal(t, []string{"here", "there", ""}[i], n.Datacentre)
	}
}
