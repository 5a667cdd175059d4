package main

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRecordedTraffic(t *testing.T) {
	var log strings.Builder
	line, ok, err := run(&log, false)
	require.NoError(t, err)
	require.True(t, ok, "%s%s", &log, line)
	require.Equal(t, "golden rows=167 matched=163 overridden=4 failed=0 renamed=ok", line)
}

// A judge that is never displeased judges nothing.
func TestJudgeNoticesDifferences(t *testing.T) {
	sections, err := load()
	require.NoError(t, err)
	s, err := startServer(sections[0].Cluster)
	require.NoError(t, err)
	defer s.stop()
	for _, spoil := range []func(r *row){
		func(r *row) { r.response[0] ^= 4 },
		func(r *row) { closed := true; r.Closed = &closed },
		func(r *row) { r.response = r.response[:len(r.response)-1] },
		func(r *row) { r.response = append(r.response, 0) },
	} {
		p := newReplayer(s)
		ping := sections[0].Rows[0]
		ping.response = append([]byte{}, ping.response...)
		require.NoError(t, newOracle().judge(p, &ping).err)
		p.close()
		p = newReplayer(s)
		p.timeout = 200 * time.Millisecond // one of them waits for a byte that never comes
		spoil(&ping)
		require.Error(t, newOracle().judge(p, &ping).err)
		p.close()
	}
}
