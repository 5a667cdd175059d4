package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// defaultGrace is how long a process may take to end after SIGTERM, unless the
// options say otherwise.
const defaultGrace = 10 * time.Second

// process is one node that runs, or has ended.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended and was waited for
	err  error         // of Wait; valid after done
}

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// OutputPath is the file with what a node wrote to its standard output and
// error: nothing, unless it was refused or crashed.
func (c *Cluster) OutputPath(name string) string {
	return filepath.Join(c.opts.Dir, name, name+".out")
}

// LogPath is the file with a node's log lines.
func (c *Cluster) LogPath(name string) string {
	return filepath.Join(c.opts.Dir, name, name+".log")
}

// Start starts a node's process. It does not wait until it serves.
func (c *Cluster) Start(name string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.procs[name]; p != nil && p.running() {
		return fmt.Errorf("node %s runs already", name)
	}
	if c.cfg.Node(name) == nil {
		return fmt.Errorf("no node %s in %s", name, c.cfg.File)
	}
	out, err := os.OpenFile(c.OutputPath(name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }() // the child has its own descriptor
	cmd := exec.Command(c.opts.Binary, "server", "--config", c.cfg.File, "--node", name)
	cmd.Env = append(os.Environ(), c.opts.Env...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = childAttributes()
	if err := c.spawn.start(cmd); err != nil {
		return fmt.Errorf("node %s: %w", name, err)
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	c.procs[name] = p
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	return nil
}

// get returns a node's process; nil if it was never started or was stopped.
func (c *Cluster) get(name string) *process {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.procs[name]
}

func (c *Cluster) forget(name string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.procs, name)
}

// PID is the process of a node; 0 if none runs.
func (c *Cluster) PID(name string) int {
	if p := c.get(name); p != nil && p.running() {
		return p.cmd.Process.Pid
	}
	return 0
}

// Signal sends a signal to a node's process.
func (c *Cluster) Signal(name string, s syscall.Signal) error {
	p := c.get(name)
	if p == nil || !p.running() {
		return fmt.Errorf("node %s doesn't run", name)
	}
	return p.cmd.Process.Signal(s)
}

// Kill ends a node's process with SIGKILL and waits for its end.
func (c *Cluster) Kill(name string) error {
	if err := c.Signal(name, syscall.SIGKILL); err != nil {
		return err
	}
	return c.Gone(name)
}

// Gone waits for the end of a process that was sent a signal which ends it.
func (c *Cluster) Gone(name string) error {
	p := c.get(name)
	if p == nil {
		return fmt.Errorf("node %s doesn't run", name)
	}
	<-p.done
	c.forget(name)
	return nil
}

// Stop ends a node's process cleanly, or with SIGKILL if it takes too long. A
// node that doesn't run is fine.
func (c *Cluster) Stop(name string) error {
	p := c.get(name)
	if p == nil {
		return nil
	}
	c.forget(name)
	if !p.running() {
		return nil
	}
	// A stopped process could not act on SIGTERM.
	_ = p.cmd.Process.Signal(syscall.SIGCONT)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(c.opts.StopGrace):
	}
	_ = p.cmd.Process.Kill()
	<-p.done
	return fmt.Errorf("node %s did not end within %v after SIGTERM", name, c.opts.StopGrace)
}

// Ended returns the nodes whose process ended without being asked to, with the
// reason.
func (c *Cluster) Ended() map[string]error {
	c.mu.Lock()
	defer c.mu.Unlock()
	ended := map[string]error{}
	for name, p := range c.procs {
		if !p.running() {
			ended[name] = fmt.Errorf("node %s ended by itself: %s", name, p.cmd.ProcessState)
		}
	}
	return ended
}
