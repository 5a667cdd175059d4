package realnet

import (
	"time"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
)

// JobPage is a piece of background work that goes on.
type JobPage struct {
	Job     string  `json:"job"`
	Done    uint64  `json:"done"`
	Total   uint64  `json:"total"` // 0: not known
	Percent float64 `json:"percent"`
	Rate    float64 `json:"per_second"`
	ETA     float64 `json:"eta_seconds"` // 0: not known
}

// behindFor is how many instances a node must lack before that is called catching
// up: in a busy cluster some are always under way.
const behindFor core.Instance = 1000

// jobMeter watches background work, to say how fast it goes. It belongs to the
// loop's goroutine.
type jobMeter struct{ begun map[string]begun }

// begun is when a job was seen first, and how far it was then.
type begun struct {
	at   time.Time
	from uint64
}

// work is a job as it stands: both numbers count from anywhere.
type work struct {
	name        string
	done, total uint64
}

// read takes a look. What is no longer there is forgotten.
func (m *jobMeter) read(now time.Time, jobs []work) []JobPage {
	seen := make(map[string]begun, len(jobs))
	pages := make([]JobPage, 0, len(jobs))
	for _, j := range jobs {
		b, known := m.begun[j.name]
		if !known || j.done < b.from {
			b = begun{now, j.done}
		}
		seen[j.name] = b
		pages = append(pages, j.page(b, now))
	}
	m.begun = seen
	return pages
}

func (j *work) page(b begun, now time.Time) JobPage {
	p := JobPage{Job: j.name, Done: j.done, Total: j.total}
	if s := now.Sub(b.at).Seconds(); s > 0 {
		p.Rate = float64(j.done-b.from) / s
	}
	if j.total > 0 {
		p.Percent = min(100*float64(j.done)/float64(j.total), 100)
	}
	if p.Rate > 0 && j.total > j.done {
		p.ETA = float64(j.total-j.done) / p.Rate
	}
	return p
}

// jobsOf lists the work that a status tells of.
func jobsOf(st *replica.Status) []work {
	var jobs []work
	switch {
	case st.Applied < st.ReplayThrough:
		jobs = append(jobs, work{"replay", uint64(st.Applied - min(st.ReplayFrom, st.Applied)), uint64(st.ReplayThrough - st.ReplayFrom)})
	case st.Commit > st.Applied+behindFor:
		jobs = append(jobs, work{"catch up", uint64(st.Applied), uint64(st.Commit)})
	}
	if st.Install.Running {
		jobs = append(jobs, work{"install snapshot from " + st.Install.From, st.Install.Chunks, 0})
	}
	if st.Exports > 0 {
		jobs = append(jobs, work{"serve snapshot", st.ChunksSent, 0})
	}
	return jobs
}
