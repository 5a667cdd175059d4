package realnet

import (
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// metrics is a node's own registry: two nodes in one process don't meet in it.
// Everything is read from memory when a scraper asks; nothing is kept for it.
type metrics struct {
	s        *Server
	registry *prometheus.Registry
	started  time.Time
	version  [3]string // version, commit, Go
}

func newMetrics(s *Server) *metrics {
	m := &metrics{s: s, registry: prometheus.NewRegistry(), started: time.Now(), version: buildLabels()}
	m.registry.MustRegister(m)
	return m
}

// buildLabels tells the versions of the binary.
func buildLabels() [3]string {
	version, commit := "unknown", "unknown"
	if b, ok := debug.ReadBuildInfo(); ok {
		if b.Main.Version != "" {
			version = b.Main.Version
		}
		for _, set := range b.Settings {
			if set.Key == "vcs.revision" {
				commit = set.Value
			}
		}
	}
	return [3]string{version, commit, runtime.Version()}
}

// metric is a description with the type of its values.
type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

func gauge(name, help string, labels ...string) metric {
	return metric{prometheus.NewDesc("arakoon_"+name, help, labels, nil), prometheus.GaugeValue}
}

func counter(name, help string, labels ...string) metric {
	return metric{prometheus.NewDesc("arakoon_"+name+"_total", help, labels, nil), prometheus.CounterValue}
}

func histogram(name, help string, labels ...string) metric {
	return metric{prometheus.NewDesc("arakoon_"+name, help, labels, nil), prometheus.UntypedValue}
}

// What a node tells. Base units; counters since the start of the process.
var (
	mBuild      = gauge("build_info", "1, with the versions of the binary.", "version", "commit", "go_version")
	mUpSince    = gauge("up_since_timestamp_seconds", "When the process started, in Unix time.")
	mIsMaster   = gauge("is_master", "1 if this node is master and serves under a lease.")
	mHasMaster  = gauge("has_master", "1 if this node knows a master.")
	mElections  = counter("master_changes", "How often this node became master.")
	mBallot     = gauge("ballot", "Round of the promised ballot.")
	mLease      = gauge("lease_remaining_seconds", "How long this node may serve consistent reads from its present lease.")
	mInFlight   = gauge("proposals_in_flight", "Instances proposed and not yet chosen.")
	mQueued     = gauge("updates_queued", "Updates that wait for room in the pipeline.")
	mBatches    = counter("batches", "Instances proposed for clients' updates.")
	mUpdates    = counter("updates", "Clients' updates in them.")
	mIndex      = gauge("index", "Instance up to which the log goes: accepted, committed, applied.", "kind")
	mSync       = histogram("log_fsync_duration_seconds", "How long it takes to append to the log and sync it.")
	mSyncMax    = gauge("log_fsync_max_seconds", "The longest of these within the last minute or two.")
	mApply      = histogram("apply_duration_seconds", "How long it takes to apply a run of instances.")
	mJob        = histogram("job_duration_seconds", "How long jobs take, by kind.", "job")
	mRequest    = histogram("request_duration_seconds", "From the receipt of a request to its answer.", "op")
	mRequests   = counter("requests", "Requests answered, by Arakoon's code of the answer.", "op", "code")
	mLogBytes   = gauge("log_bytes", "Bytes of the log's files.")
	mLogFiles   = gauge("log_segments", "Files of the log, by kind.", "kind")
	mStoreFile  = gauge("store_file_bytes", "Bytes of the store's file.")
	mStoreLive  = gauge("store_live_bytes", "Bytes of its pages in use.")
	mStoreFree  = gauge("store_fragmentation_ratio", "Part of the store's file that is free and not given back yet, 0 to 1.")
	mStoreKeys  = gauge("store_keys", "Keys of the newest checkpoint.")
	mCheckpoint = gauge("checkpoint_index", "Instance of the newest checkpoint.")
	mPages      = counter("checkpoint_pages_written", "Pages that checkpoints wrote.")
	mCheckDone  = counter("checkpoints", "Checkpoints written.")
	mCache      = counter("store_cache_lookups", "Lookups in the page cache.", "result")
	mDamaged    = counter("store_failed_reads", "Reads that met a damaged page.")
	mDiskFree   = gauge("disk_free_bytes", "Bytes that the log's disk has left.")
	mDigests    = counter("digest_checks", "Digests of other nodes held against own ones.", "of")
	mDiverged   = counter("diverged", "How often this node's state was found to differ from the others'.")
	mSnapshots  = counter("snapshots_installed", "Snapshots of other nodes installed here.")
	mChunks     = counter("snapshot_chunks_sent", "Chunks of snapshots sent to other nodes.")
	mAlarm      = gauge("alarms", "1 while something needs attention.", "name")
	mProgress   = gauge("job_progress_ratio", "How far background work is, 0 to 1.", "job")
	mSessions   = gauge("client_connections", "Open connections of clients.")
	mRefused    = counter("refused_input", "Foreign input that was refused.", "reason")
	mTransport  = counter("peer_transport", "What went between the nodes: frames, messages, bytes, and what was wrong with them.", "kind")
	mConnected  = gauge("peer_connected", "1 if messages can be sent to the peer.", "peer")
)

// Describe sends nothing: some labels come and go, so the registry must not
// compare.
func (m *metrics) Describe(chan<- *prometheus.Desc) {}

// Collect implements prometheus.Collector.
func (m *metrics) Collect(out chan<- prometheus.Metric) {
	c := collecting{out}
	c.value(mBuild, 1, m.version[:]...)
	c.value(mUpSince, float64(m.started.UnixMilli())/1e3)
	st := m.s.status()
	m.replica(c, &st)
	m.files(c, &st)
	m.jobs(c)
	m.clients(c)
	m.peers(c, &st)
}

// collecting is one scrape.
type collecting struct{ out chan<- prometheus.Metric }

func (c collecting) value(m metric, v float64, labels ...string) {
	c.out <- prometheus.MustNewConstMetric(m.desc, m.kind, v, labels...)
}

func (c collecting) flag(m metric, on bool, labels ...string) {
	v := 0.0
	if on {
		v = 1
	}
	c.value(m, v, labels...)
}

func (c collecting) histogram(m metric, b *buckets, labels ...string) {
	count, below := b.cumulative()
	c.out <- prometheus.MustNewConstHistogram(m.desc, count, b.sum.Seconds(), below, labels...)
}

// replica tells what the published status says.
func (m *metrics) replica(c collecting, st *replica.Status) {
	c.flag(mIsMaster, st.Serving)
	c.flag(mHasMaster, st.Master != "")
	c.value(mElections, float64(st.Elections))
	c.value(mBallot, float64(st.Promised.Round))
	c.value(mLease, st.LeaseLeft.Seconds())
	c.value(mInFlight, float64(st.InFlight))
	c.value(mQueued, float64(st.Queued))
	c.value(mBatches, float64(st.Batches))
	c.value(mUpdates, float64(st.Updates))
	for kind, i := range map[string]core.Instance{"accepted": st.Last, "committed": st.Commit, "applied": st.Applied} { // any order
		c.value(mIndex, float64(i), kind)
	}
}

// files tells of log, store and disk.
func (m *metrics) files(c collecting, st *replica.Status) {
	f := m.s.loop.figures.Load()
	c.value(mLogBytes, float64(st.Log.Bytes))
	c.value(mLogFiles, float64(st.Log.Compressed), "compressed")
	c.value(mLogFiles, float64(st.Log.Segments-st.Log.Compressed), "plain")
	tree := &f.Store.Tree
	free := float64(tree.FreePages * storePageBytes)
	c.value(mStoreFile, float64(tree.FileBytes))
	c.value(mStoreLive, float64(tree.FileBytes)-free)
	if tree.FileBytes > 0 {
		c.value(mStoreFree, free/float64(tree.FileBytes))
	}
	c.value(mStoreKeys, float64(f.Store.Keys))
	c.value(mCheckpoint, float64(st.Checkpoint))
	c.value(mPages, float64(f.Store.PagesWritten))
	c.value(mCheckDone, float64(f.Store.Checkpoints))
	c.value(mCache, float64(f.Store.Cache.Hits), "hit")
	c.value(mCache, float64(f.Store.Cache.Misses), "miss")
	c.value(mDamaged, float64(f.Store.FailedReads))
	c.value(mDiskFree, float64(st.DiskFree))
	c.value(mDigests, float64(st.Protocol.ChainsCompared), "apply_chain")
	c.value(mDigests, float64(st.Protocol.DigestsCompared), "content")
	c.value(mDiverged, float64(st.Diverged))
	c.value(mSnapshots, float64(st.Install.Done))
	c.value(mChunks, float64(st.ChunksSent))
	c.flag(mAlarm, st.DiskLow, "disk_low")
	c.flag(mAlarm, st.DiskFull, "disk_full")
	c.flag(mAlarm, st.Verdict != core.VerdictNone, "diverged")
	c.flag(mAlarm, len(st.Log.Damage) > 0 || st.UpkeepError != "", "log")
	for _, j := range f.Jobs {
		if j.Total > 0 {
			c.value(mProgress, j.Percent/100, j.Job)
		}
	}
}

// jobs tells how long the work beside the loop takes.
func (m *metrics) jobs(c collecting) {
	now := time.Now()
	for k := range m.s.workers.watches {
		b, longest := m.s.workers.watches[k].read(now)
		switch kind := replica.JobKind(k); kind {
		case replica.JobSync:
			c.histogram(mSync, &b)
			c.value(mSyncMax, longest.Seconds())
		case replica.JobApply:
			c.histogram(mApply, &b)
		default:
			c.histogram(mJob, &b, kind.String())
		}
	}
}

// clients tells what the client service has done.
func (m *metrics) clients(c collecting) {
	var sum tally
	c.value(mSessions, float64(m.s.service.total(&sum)))
	for kind := range sum.buckets {
		if sum.times[kind].n > 0 {
			c.histogram(mRequest, &sum.buckets[kind], timedOps[kind].String())
		}
	}
	for op, n := range sum.ok {
		if n > 0 {
			c.value(mRequests, float64(n), wire.Op(op).String(), codeLabel(command.CodeOK))
		}
	}
	for kind, n := range sum.failed { // any order
		c.value(mRequests, float64(n), kind.op.String(), codeLabel(kind.code))
	}
}

// codeLabel is the name of a code as a label: not_found.
func codeLabel(c command.Code) string { return strings.ReplaceAll(c.String(), " ", "_") }

// peers tells what went between the nodes.
func (m *metrics) peers(c collecting, st *replica.Status) {
	for reason, n := range st.Refused { // any order
		c.value(mRefused, float64(n), reason)
	}
	stats := m.s.peers.stats.snapshot()
	for _, kind := range slices.Sorted(maps.Keys(stats)) {
		c.value(mTransport, float64(stats[kind]), kind)
	}
	for _, p := range m.s.peers.peers {
		if p != nil {
			c.flag(mConnected, p.connected(), p.name)
		}
	}
}
