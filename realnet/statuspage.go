package realnet

import (
	"fmt"
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

	Log       LogPage      `json:"log"`
	Store     StorePage    `json:"store"`
	Disk      DiskPage     `json:"disk"`
	Snapshots SnapshotPage `json:"snapshots"`
	// What this start had to execute again: from the checkpoint on.
	ReplayedFrom    uint64 `json:"replayed_from"`
	ReplayedThrough uint64 `json:"replayed_through"`
	// Digests of other nodes that were held against own ones, of the apply chain and
	// of the contents; what was found wrong, "" if nothing ever was; how often.
	ChainsCompared  uint64 `json:"chains_compared"`
	DigestsCompared uint64 `json:"digests_compared"`
	Divergence      string `json:"divergence,omitempty"`
	Diverged        uint64 `json:"diverged"`
	// Differences between the configuration file and what the cluster goes by.
	Differences []string `json:"differences"`

	// The state machine, at instance At: equal on two nodes with equal At.
	At            uint64 `json:"at"`
	KeyCount      uint64 `json:"key_count"`
	ContentDigest string `json:"content_digest"`
	Chain         string `json:"chain"`

	Counters map[string]uint64 `json:"counters"` // since the start
	Refused  map[string]uint64 `json:"refused"`  // foreign input by reason
	Peers    map[string]uint64 `json:"peer_transport"`
}

// LogPage describes the transaction log.
type LogPage struct {
	Files          int      `json:"files"`
	Compressed     int      `json:"compressed_files"`
	SizeBytes      int64    `json:"size_bytes"`
	First          uint64   `json:"first"`       // instance held; 0: none
	NeededFrom     uint64   `json:"needed_from"` // what is below may go
	Reserve        bool     `json:"reserve"`     // the file that a full disk gives up is there
	UpkeepError    string   `json:"upkeep_error,omitempty"`
	Damage         []string `json:"damage"`
	DurableBatches uint64   `json:"durable_batches"`
}

// StorePage describes the store.
type StorePage struct {
	Checkpoint      uint64 `json:"checkpoint"`       // instance of the newest one on disk
	OlderCheckpoint uint64 `json:"older_checkpoint"` // of the one before
	Writing         uint64 `json:"writing"`          // of the one being written; 0: none
	// Of the newest checkpoint.
	Keys          uint64 `json:"keys"`
	ContentDigest string `json:"content_digest"`

	FileBytes     int64  `json:"file_bytes"`
	FreeBytes     uint64 `json:"free_bytes"` // of the file, to be used again or given back
	Height        int    `json:"height"`
	CacheBytes    int64  `json:"cache_bytes"`
	CacheHits     uint64 `json:"cache_hits"`
	CacheMisses   uint64 `json:"cache_misses"`
	MemoryEntries int    `json:"memory_entries"` // changes not yet in pages
	MemoryBytes   uint64 `json:"memory_bytes"`
	Checkpoints   int    `json:"checkpoints"`   // written since the start
	PagesWritten  int    `json:"pages_written"` // by them
	FailedReads   uint64 `json:"failed_reads"`  // that met a damaged page
	Waits         bool   `json:"waits"`         // apply waits for the checkpoint being written
}

// DiskPage describes the room on the disk.
type DiskPage struct {
	FreeBytes uint64 `json:"free_bytes"` // 0: not known
	Low       bool   `json:"low"`        // updates that need room are refused
	Full      bool   `json:"full"`       // a write found no room
}

// SnapshotPage tells of snapshots that came and went.
type SnapshotPage struct {
	Installed  uint64 `json:"installed"` // since the start
	Installing string `json:"installing,omitempty"`
	Error      string `json:"error,omitempty"` // why the last try ended
	Serving    int    `json:"serving"`         // peers that read one now
	ChunksSent uint64 `json:"chunks_sent"`
}

// maxScan is how many keys are read for the content digest of a status page that
// doesn't ask for it. What checkpoints know of it costs nothing (StorePage).
const maxScan = 100_000

// StatusPage describes the node as it is now, from memory; the state as well, and
// of a small store, or if content asks for it, its content digest.
func (s *Server) StatusPage(content bool) StatusPage {
	p := s.briefPage()
	v, at := s.localView()
	if v == nil {
		return p
	}
	defer v.Release()
	p.At, p.KeyCount, p.Chain = uint64(at), uint64(v.KeyCount()), v.Chain().String()
	if content || p.KeyCount <= maxScan {
		p.ContentDigest = v.Content().String()
	}
	return p
}

// briefPage leaves the state machine out: to show it costs the node a view, and
// every update after that a copy of what it touches.
func (s *Server) briefPage() StatusPage {
	st := s.status()
	f := s.loop.figures.Load()
	_, longest := s.workers.watches[replica.JobSync].read(time.Now())
	p := StatusPage{APIVersion: APIVersion, Name: st.Name, ClusterID: s.cfg.ClusterID, Role: st.Role.String(), Serving: st.Serving,
		Master: st.Master, Ballot: st.Ballot.String(), Promised: st.Promised.String(),
		Commit: uint64(st.Commit), Applied: uint64(st.Applied), Last: uint64(st.Last), Lag: uint64(lag(&st)),
		InFlight: st.InFlight, Queued: st.Queued, LeaseLeftMS: st.LeaseLeft.Milliseconds(),
		Waiting: st.Waiting, Voter: st.Voter, ReadOnly: s.cfg.ReadOnly, Witness: s.cfg.Nodes[s.cfg.self()].Witness,
		Incarnation: st.Incarnation.String(), Cluster: st.Cluster.String(),
		Connected: []string{}, Refused: st.Refused, Peers: s.peers.stats.snapshot(),
		Counters: map[string]uint64{"elections": st.Elections, "batches": st.Batches, "syncs": st.Syncs,
			"updates": st.Updates, "checkpoint_slices": st.Slices},
		UpSeconds: int64(time.Since(s.service.started).Seconds()), Longest: longest.Seconds(), Jobs: orEmpty(f.Jobs),
		ReplayedFrom: uint64(st.ReplayFrom), ReplayedThrough: uint64(st.ReplayThrough), Diverged: st.Diverged,
		Log: logPage(&st), Store: storePage(&st, &f.Store),
		Disk: DiskPage{FreeBytes: st.DiskFree, Low: st.DiskLow, Full: st.DiskFull},
		Snapshots: SnapshotPage{Installed: st.Install.Done, Error: st.Install.Error, Serving: st.Exports,
			ChunksSent: st.ChunksSent}}
	if st.Install.Running {
		p.Snapshots.Installing = fmt.Sprintf("instance %d from %s", st.Install.Instance, st.Install.From)
	}
	p.protocol(&st.Protocol)
	for _, peer := range s.peers.peers {
		if peer != nil && peer.connected() {
			p.Connected = append(p.Connected, peer.name)
		}
	}
	return p
}

// lag is how many chosen instances this node has not applied.
func lag(st *replica.Status) core.Instance { return st.Commit - min(st.Applied, st.Commit) }

// orEmpty is a list that JSON shows as one also if it is empty.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func (p *StatusPage) protocol(st *replica.ProtocolStatus) {
	p.QuorumRule = st.Rule.String()
	p.Datacentres, p.Waived, p.Differences = orEmpty(st.Datacentres), orEmpty(st.Setting.Waived), orEmpty(st.Differences)
	p.ChainsCompared, p.DigestsCompared, p.Divergence = st.ChainsCompared, st.DigestsCompared, st.Divergence
}

func logPage(st *replica.Status) LogPage {
	l := &st.Log
	return LogPage{Files: l.Segments, Compressed: l.Compressed, SizeBytes: l.Bytes, First: uint64(l.First), NeededFrom: uint64(st.Kept),
		Reserve: l.Reserve, UpkeepError: st.UpkeepError, Damage: orEmpty(l.Damage), DurableBatches: l.DurableBatches}
}

// storePageBytes is the size of a page of the store.
const storePageBytes = 4096

func storePage(st *replica.Status, s *kvstore.Stats) StorePage {
	return StorePage{Checkpoint: uint64(st.Checkpoint), OlderCheckpoint: uint64(st.Older), Writing: uint64(st.Frozen),
		Keys: s.Keys, ContentDigest: s.Content.String(),
		FileBytes: s.Tree.FileBytes, FreeBytes: s.Tree.FreePages * storePageBytes, Height: s.Tree.Height,
		CacheBytes: s.Cache.Bytes, CacheHits: s.Cache.Hits, CacheMisses: s.Cache.Misses,
		MemoryEntries: s.ActiveEntries + s.FrozenEntries, MemoryBytes: s.ActiveBytes + s.FrozenBytes,
		Checkpoints: s.Checkpoints, PagesWritten: s.PagesWritten, FailedReads: s.FailedReads, Waits: st.Full}
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
