package realnet

import (
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore"
)

// APIVersion stands in every answer of the admin port; it changes when a field
// does.
const APIVersion = 1

// StatusPage is what /statusz answers, as JSON. Instances and keys are counts;
// everything else has its unit in its name.
type StatusPage struct {
	APIVersion  int      `json:"api_version"`
	Name        string   `json:"name"`
	ClusterID   string   `json:"cluster_id"`
	Role        string   `json:"role"`
	Serving     bool     `json:"serving"`          // master, past its barrier, lease held
	Master      string   `json:"master,omitempty"` // as far as known
	Ballot      string   `json:"ballot"`
	Promised    string   `json:"promised"`
	Commit      uint64   `json:"commit"`
	Applied     uint64   `json:"applied"`
	Last        uint64   `json:"last"` // last accepted instance
	InFlight    int      `json:"in_flight"`
	Queued      int      `json:"queued"`
	LeaseLeftMS int64    `json:"lease_left_ms"`
	Waiting     string   `json:"waiting,omitempty"` // what it waits for, if anything
	Voter       bool     `json:"voter"`
	Incarnation string   `json:"incarnation"`
	Cluster     string   `json:"cluster_incarnation"`
	Connected   []string `json:"connected"` // peers that messages can be sent to
	Lag         uint64   `json:"lag"`       // instances known chosen and not applied here
	ReadOnly    bool     `json:"read_only"`
	QuorumRule  string   `json:"quorum_rule"` // majority or locality, as the cluster was made
	Datacentres []string `json:"datacentres"` // of the voters
	Waived      []string `json:"waived"`      // datacentres that don't count, on an operator's word
	Witness     bool     `json:"witness"`
	UpSeconds   int64    `json:"up_seconds"`
	// Longest is how long the longest sync of the log took within the last minute or
	// two.
	Longest float64   `json:"log_fsync_max_seconds"`
	Jobs    []JobPage `json:"jobs"` // background work that goes on

	// The state machine, at instance At: equal on two nodes with equal At.
	At            uint64 `json:"at"`
	KeyCount      uint64 `json:"key_count"`
	ContentDigest string `json:"content_digest"`
	Chain         string `json:"chain"`

	Counters map[string]uint64 `json:"counters"` // since the start
	Refused  map[string]uint64 `json:"refused"`  // foreign input by reason
	Peers    map[string]uint64 `json:"peer_transport"`
}

// JobPage is a piece of background work that goes on.
type JobPage struct {
	Job     string  `json:"job"`
	Done    uint64  `json:"done"`
	Total   uint64  `json:"total"`
	Percent float64 `json:"percent"`
	Rate    float64 `json:"per_second"`
	ETA     float64 `json:"eta_seconds"` // 0: not known
}

// StatusPage describes the node as it is now, from memory.
func (s *Server) StatusPage() StatusPage {
	p := s.briefPage()
	if v, at := s.localView(); v != nil {
		defer v.Release()
		p.At, p.KeyCount = uint64(at), uint64(v.KeyCount())
		p.ContentDigest, p.Chain = v.Content().String(), v.Chain().String()
	}
	return p
}

// briefPage leaves the state machine out: to show it costs the node a view, and
// every update after that a copy of what it touches.
func (s *Server) briefPage() StatusPage {
	st := s.status()
	_, longest := s.workers.watches[replica.JobSync].read(time.Now())
	p := StatusPage{APIVersion: APIVersion, Name: st.Name, ClusterID: s.cfg.ClusterID, Role: st.Role.String(), Serving: st.Serving,
		Master: st.Master, Ballot: st.Ballot.String(), Promised: st.Promised.String(),
		Commit: uint64(st.Commit), Applied: uint64(st.Applied), Last: uint64(st.Last),
		InFlight: st.InFlight, Queued: st.Queued, LeaseLeftMS: st.LeaseLeft.Milliseconds(),
		Waiting: st.Waiting, Voter: st.Voter,
		Incarnation: st.Incarnation.String(), Cluster: st.Cluster.String(),
		Connected: []string{}, Refused: st.Refused, Peers: s.peers.stats.snapshot(),
		Counters: map[string]uint64{"elections": st.Elections, "batches": st.Batches, "syncs": st.Syncs,
			"updates": st.Updates},
		Lag: uint64(st.Commit - min(st.Applied, st.Commit)), ReadOnly: s.cfg.ReadOnly, Witness: s.cfg.Nodes[s.cfg.self()].Witness,
		UpSeconds: int64(time.Since(s.service.started).Seconds()), Longest: longest.Seconds(), Jobs: []JobPage{}}
	for _, peer := range s.peers.peers {
		if peer != nil && peer.connected() {
			p.Connected = append(p.Connected, peer.name)
		}
	}
	return p
}

// localView returns this node's newest view, asking the loop if none is at hand;
// nil when the server stops.
func (s *Server) localView() (*kvstore.View, core.Instance) {
	if view, at, ok := s.reads().Local(); ok {
		return view.(*kvstore.View), at
	}
	got := make(chan replica.Answer, 1)
	tag := func(a replica.Answer) { got <- a }
	if s.mail.putAdmin(func(r *replica.Replica, now core.Instant) { r.ReadLocal(now, tag) }) != nil {
		return nil, 0
	}
	select {
	case a := <-got:
		if a.Err != nil {
			return nil, 0
		}
		return a.View.(*kvstore.View), a.Instance
	case <-s.Done():
		return nil, 0
	}
}
