package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/cluster"
	"github.com/openvstorage/arakoon-go/realnet"
	"github.com/openvstorage/arakoon-go/realnet/client"
)

// startTimeout bounds the wait for a fresh server's first mastership.
const startTimeout = 30 * time.Second

// server is a fresh one-node cluster in this process, on the real disk.
type server struct {
	*realnet.Server
	cluster string
	home    string
	addr    string
}

// tiny makes everything happen while the rows are replayed that otherwise takes
// hours: rolls, checkpoints, compression and collapse.
func tiny(c *realnet.Config) {
	c.SegmentEntries, c.SegmentBytes = 10, 64<<10
	c.CheckpointEntries, c.CheckpointPeriod = 20, time.Second
	c.RetentionBytes, c.RetentionEntries = 64<<10, 10
}

func startServer(clusterID string) (*server, error) {
	home, err := os.MkdirTemp("", "arakoon-golden-")
	if err != nil {
		return nil, err
	}
	s := &server{cluster: clusterID, home: home}
	cfg := realnet.Config{
		ClusterID: clusterID, Name: nodeName, Home: home, LeasePeriod: 2 * time.Second, Functions: functions(),
		Nodes: []realnet.Node{{Name: nodeName, IPs: []string{"127.0.0.1"}}},
	}
	if os.Getenv(cluster.TinyEnv) != "" {
		tiny(&cfg)
	}
	s.Server, err = realnet.Start(cfg)
	if err != nil {
		_ = os.RemoveAll(home)
		return nil, err
	}
	s.addr = s.ClientAddrs()[0].String()
	if err := s.waitForMaster(); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

func (s *server) waitForMaster() error {
	c, err := client.New(client.Config{Cluster: s.cluster, Nodes: []client.Node{{Name: nodeName, Addresses: []string{s.addr}}}})
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	if _, err := c.KeyCount(ctx); err != nil {
		return fmt.Errorf("the server does not come up: %w", err)
	}
	return nil
}

func (s *server) dial() (net.Conn, error) { return net.Dial("tcp", s.addr) }

func (s *server) stop() {
	_ = s.Close() // its data is thrown away
	_ = os.RemoveAll(s.home)
}
