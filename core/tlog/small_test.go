package tlog

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
)

// What damage may have taken is judged by the worst that is known of it.
func TestDamage_TheWorstOfSeveralCounts(t *testing.T) {
	low, high := core.Ballot{Round: 1, Member: 1}, core.Ballot{Round: 2, Member: 1}
	d := newDamage()
	d.miss(7, high, 5)
	d.miss(7, low, 3)
	require.Equal(t, []core.Unknown{{Instance: 7, Ballot: high}}, d.list(0), "the highest ballot")
	require.Equal(t, core.Instance(3), d.commit(9), "the lowest commit index")
	d.hold(7, low)
	require.False(t, d.none(), "an entry of a lower ballot doesn't make it good")
	d.hold(7, high)
	require.True(t, d.none())

	d.lose(4, place{segment: 1})
	d.lose(6, place{segment: 2})
	require.Equal(t, core.Instance(4), d.commit(9), "what the first one took stays in doubt")
}

func TestDamage_ALostBatchShowsAboveWhatIsHeld(t *testing.T) {
	d := newDamage()
	d.lose(4, place{segment: 1})
	for _, i := range []core.Instance{3, 6, 5, 8, 9} { // 3 is below; 5 closes the gap to 6
		d.hold(i, core.Ballot{})
	}
	require.Equal(t, []core.Unknown{{Instance: 7, Ballot: maxBallot}}, d.list(0))
	require.Equal(t, []core.Unknown{{Instance: 10, Ballot: maxBallot}}, d.list(7), "8 and 9 are held")
	require.Equal(t, []core.Unknown{{Instance: 12, Ballot: maxBallot}}, d.list(11))
}

func TestSegmentHeader_StatesThatCannotBeAreRefused(t *testing.T) {
	good := segmentHeader{number: 3, first: 1, base: 1, oldest: 1}
	require.NoError(t, good.check())
	for name, spoil := range map[string]func(*segmentHeader){ // every case stands alone
		"begins beyond all instances": func(h *segmentHeader) { h.base = maxInstance + 2 },
		"a setting that is too large": func(h *segmentHeader) { h.setting = make([]byte, core.MaxSettingBytes+1) },
		"too many records before":     func(h *segmentHeader) { h.before = make([]tableEntry, maxRecords+1) },
		"the oldest is a later one":   func(h *segmentHeader) { h.oldest = 4 },
		"holds end before they begin": func(h *segmentHeader) { h.holds = content{min: 5, max: 4} },
		"holds what can't be":         func(h *segmentHeader) { h.holds.max = maxInstance + 1 },
		"follows itself":              func(h *segmentHeader) { h.prev = 3 },
		"replaces itself":             func(h *segmentHeader) { h.replaced = 3 },
	} {
		h := good
		spoil(&h)
		require.ErrorIs(t, h.check(), errSegment, name)
	}
}

func TestOptions_NamesHaveALimit(t *testing.T) {
	rand := func([]byte) {}
	require.Error(t, (&Options{Rand: rand, ClusterID: strings.Repeat("x", maxName+1)}).complete())
	require.Error(t, (&Options{Rand: rand, Node: strings.Repeat("x", maxName+1)}).complete())
	o := Options{Rand: rand, Node: strings.Repeat("x", maxName)}
	require.NoError(t, o.complete())
	require.Equal(t, ".", o.Dir)
}

func TestNames_OfWhatPeopleRead(t *testing.T) {
	b := core.Ballot{Round: 4, Member: 2}
	for want, e := range map[string]tableEntry{ // every case stands alone
		"accepted i=7 ballot=4.2 bytes=3 crc=0000000a":   {kind: core.RecordAccepted, instance: 7, ballot: b, length: 3, crc: 10},
		"setting bytes=3 crc=0000000a":                   {kind: core.RecordSetting, length: 3, crc: 10},
		"unknown i=7 ballot=4.2: damage took it":         {kind: recordUnknown, instance: 7, ballot: b},
		"lost: damage may have taken anything above i=7": {kind: recordLost, instance: 7},
		"kind=99": {kind: 99},
	} {
		require.Equal(t, want, e.String())
	}
	require.Equal(t, "compress 004: 5 of 9 bytes, freed 0", UpkeepReport{Kind: UpkeepCompress, Segment: 4, Done: 5, Total: 9}.String())
	require.Equal(t, "reserve: 5 of 9 bytes, freed 0", UpkeepReport{Kind: UpkeepReserve, Done: 5, Total: 9}.String())
	require.Equal(t, "004.tlog was removed", goneError(4).Error())
	require.ErrorIs(t, goneError(4), ErrCollapsed)
	for name, want := range map[string]bool{"004.tlx": true, compressedTemp: true, "004.tlog": false, "ID": false} { // each alone
		require.Equal(t, want, Archived(name), name)
	}
}
