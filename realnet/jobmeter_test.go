package realnet

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core/replica"
)

func TestJobMeter_TellsRateAndRest(t *testing.T) {
	var m jobMeter
	at := time.Unix(100, 0)
	require.Equal(t, []JobPage{{Job: "checkpoint", Done: 100, Total: 1000, Percent: 10}}, m.read(at, []work{{"checkpoint", 100, 1000}}),
		"at first sight nobody knows how fast it is")
	require.Equal(t, []JobPage{{Job: "checkpoint", Done: 300, Total: 1000, Percent: 30, Rate: 50, ETA: 14}},
		m.read(at.Add(4*time.Second), []work{{"checkpoint", 300, 1000}}))
	again := m.read(at.Add(6*time.Second), []work{{"checkpoint", 10, 500}})
	require.Zero(t, again[0].Rate, "a new one of the same name")
	require.Empty(t, m.read(at.Add(7*time.Second), nil))
	later := m.read(at.Add(9*time.Second), []work{{"checkpoint", 20, 500}})
	require.Zero(t, later[0].Rate)
	endless := m.read(at.Add(10*time.Second), []work{{"serve", 5, 0}})
	require.Equal(t, []JobPage{{Job: "serve", Done: 5}}, endless)
}

func TestJobsOf_NamesWhatGoesOn(t *testing.T) {
	st := replica.Status{Applied: 50, ReplayFrom: 40, ReplayThrough: 90, Commit: 90}
	require.Equal(t, []work{{"replay", 10, 50}}, jobsOf(&st))
	st = replica.Status{Applied: 100, Commit: 100 + behindFor}
	require.Empty(t, jobsOf(&st))
	st.Commit++
	require.Equal(t, []work{{"catch up", 100, 101 + uint64(behindFor)}}, jobsOf(&st))
	st = replica.Status{Install: replica.InstallStatus{Running: true, From: "n2", Chunks: 7}, Exports: 1, ChunksSent: 9}
	require.Equal(t, []work{{"install snapshot from n2", 7, 0}, {"serve snapshot", 9, 0}}, jobsOf(&st))
}
