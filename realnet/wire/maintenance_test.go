package wire

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// The bytes are those of the reference: sections 3.3 and 6.5, E01 and E02.
func TestMaintenanceCommands(t *testing.T) {
	for _, c := range []struct {
		request []byte
		want    string
		decoded Request
	}{
		{AppendCollapse(nil, 2), "1400ffb102000000", Request{Op: OpCollapseTLogs, Keep: 2}},
		{AppendCopyDBToHead(nil, -1), "4400ffb1ffffffff", Request{Op: OpCopyDBToHead, Keep: -1}},
		{AppendCommand(nil, OpGetDB), "1b00ffb1", Request{Op: OpGetDB}},
		{AppendCommand(nil, OpOptDB), "2500ffb1", Request{Op: OpOptDB}},
		{AppendCommand(nil, OpDefragDB), "2600ffb1", Request{Op: OpDefragDB}},
	} {
		require.Equal(t, c.want, hex.EncodeToString(c.request))
		var s Scanner
		n, err := s.Scan(c.request[:4])
		require.NoError(t, err)
		if len(c.request) > 4 {
			require.Zero(t, n)
			n, err = s.Scan(c.request)
			require.NoError(t, err)
		}
		require.Equal(t, len(c.request), n)
		got, err := DecodeRequest(c.request)
		require.NoError(t, err)
		require.Equal(t, c.decoded, got)
	}
}

func TestAnswersThatGoOn(t *testing.T) {
	b := AppendCollapseStep(AppendCollapseCount(nil, 2), 184)
	require.Equal(t, "00000000"+"02000000"+"00000000"+"b800000000000000", hex.EncodeToString(b))
	b = AppendError(b, command.CodeUnknownFailure, "no")
	b = append(AppendBackupSize(b, 5), "DBDBD"...)
	r := bufio.NewReader(bytes.NewReader(b))
	reply, err := ReadReply(r, OpCollapseTLogs)
	require.NoError(t, err)
	require.EqualValues(t, 2, reply.Count)
	micros, failure, err := ReadCollapseStep(r)
	require.NoError(t, err)
	require.Nil(t, failure)
	require.EqualValues(t, 184, micros)
	_, failure, err = ReadCollapseStep(r)
	require.NoError(t, err)
	require.Equal(t, "no", failure.Message)
	reply, err = ReadReply(r, OpGetDB)
	require.NoError(t, err)
	require.EqualValues(t, 5, reply.Count)
	rest, err := io.ReadAll(r)
	require.NoError(t, err)
	require.Equal(t, "DBDBD", string(rest))
	_, _, err = ReadCollapseStep(bufio.NewReader(bytes.NewReader(b[:2])))
	require.Error(t, err)
}
