package realnet

import (
	"fmt"
	"net"
	"strconv"
)

// listeners are the open ports of a node.
type listeners struct {
	client, peer, admin []net.Listener
}

// listen opens the node's ports, or takes the listeners that the Config brings.
func (s *Server) listen() (*listeners, error) {
	n := &s.cfg.Nodes[s.cfg.self()]
	ls := &listeners{}
	var admin []string
	if n.AdminPort != 0 {
		ip := n.AdminIP
		if ip == "" {
			ip = "127.0.0.1"
		}
		admin = []string{net.JoinHostPort(ip, strconv.Itoa(n.AdminPort))}
	}
	for _, port := range []struct {
		what  string
		given net.Listener
		addrs []string
		to    *[]net.Listener
	}{
		{"client", s.cfg.ClientListener, n.addresses(n.ClientPort), &ls.client},
		{"messaging", s.cfg.PeerListener, n.addresses(n.PeerPort), &ls.peer},
		{"admin", s.cfg.AdminListener, admin, &ls.admin},
	} {
		if port.given != nil {
			*port.to = []net.Listener{port.given}
			continue
		}
		for _, addr := range port.addrs {
			l, err := net.Listen("tcp", addr)
			if err != nil {
				ls.close()
				return nil, fmt.Errorf("realnet: %s port of node %q: %w", port.what, n.Name, err)
			}
			*port.to = append(*port.to, l)
		}
	}
	return ls, nil
}

// close gives the ports back.
func (ls *listeners) close() {
	for _, group := range [][]net.Listener{ls.client, ls.peer, ls.admin} {
		for _, l := range group {
			_ = l.Close()
		}
	}
}

func addrsOf(ls []net.Listener) []net.Addr {
	var a []net.Addr
	for _, l := range ls {
		a = append(a, l.Addr())
	}
	return a
}
