package prove

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/tlog"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/osdisk"
)

// site lays out the logs of a cluster of four: a and b in east, c and d in west.
type site struct {
	t       *testing.T
	dir     string
	genesis core.Genesis
	ids     map[string]core.Incarnation
}

var voters = []struct{ name, datacentre string }{{"a", "east"}, {"b", "east"}, {"c", "west"}, {"d", "west"}}

func newSite(t *testing.T, rule core.Rule) *site {
	s := &site{t: t, dir: t.TempDir(), genesis: core.Genesis{ClusterID: "ricky", Cluster: core.Incarnation{9}, Alpha: core.DefaultAlpha, Rule: rule},
		ids: map[string]core.Incarnation{}}
	for i, v := range voters {
		_, opened := s.open(v.name, func(*tlog.Log) {})
		s.ids[v.name] = opened.Incarnation
		s.genesis.Voters = append(s.genesis.Voters, core.Voter{Name: v.name, Seat: core.Seat(i), Member: core.MemberID(i + 1),
			Incarnation: opened.Incarnation, Datacentre: v.datacentre})
	}
	return s
}

func (s *site) home(name string) string { return filepath.Join(s.dir, name) }

// open opens a node's log, lets write do so, and closes it.
func (s *site) open(name string, write func(l *tlog.Log)) (*tlog.Log, *tlog.Opened) {
	s.t.Helper()
	d, err := osdisk.New(s.home(name))
	require.NoError(s.t, err)
	source := rand.New(rand.NewPCG(uint64(len(name)), 7))
	l, opened, err := tlog.Open(d, tlog.Options{Dir: ".", ClusterID: "ricky", Node: name, Rand: func(b []byte) {
		for i := range b {
			b[i] = byte(source.Uint32())
		}
		b[0] = name[0]
	}})
	require.NoError(s.t, err)
	write(l)
	require.NoError(s.t, l.Close())
	return l, opened
}

// entry is an accepted set of a key named by its instance.
type entry struct {
	i     core.Instance
	round uint64
	value string
}

// accept writes what a node accepted, and the commit index that it knew.
func (s *site) accept(name string, commit core.Instance, setting *core.Setting, entries ...entry) {
	s.t.Helper()
	s.open(name, func(l *tlog.Log) {
		recs := []core.Record{{Kind: core.RecordGenesis, Bytes: core.EncodeGenesis(nil, &s.genesis)}}
		if setting != nil {
			recs = append(recs, core.Record{Kind: core.RecordSetting, Bytes: core.EncodeSetting(nil, *setting)})
		}
		top := core.Ballot{Round: 1, Member: 1}
		for _, e := range entries {
			b := core.Ballot{Round: e.round, Member: 1}
			if top.Less(b) {
				top = b
			}
			v := core.EncodeBatch([][]byte{command.Encode(command.Set{Key: string('a' + byte(e.i)), Value: []byte(e.value)})})
			recs = append(recs, core.Record{Kind: core.RecordAccepted, Instance: e.i, Ballot: b, Bytes: v})
		}
		l.Append(recs, core.HardState{Promised: top, Commit: commit}, 1)
		j := l.NextSync()
		j.Run()
		_, err := l.FinishSync(j)
		require.NoError(s.t, err)
	})
}

func (s *site) examine(datacentre string) (*Proof, error) {
	o := Options{ClusterID: "ricky", Datacentre: datacentre}
	for _, v := range voters {
		if v.datacentre == datacentre {
			o.Nodes = append(o.Nodes, Node{Name: v.name, LogDir: s.home(v.name), StoreDir: s.home(v.name), StoreFile: v.name + ".db"})
		}
	}
	return Examine(o)
}

func (s *site) proof(datacentre string) *Proof {
	s.t.Helper()
	p, err := s.examine(datacentre)
	require.NoError(s.t, err)
	s.t.Cleanup(p.Close)
	return p
}

func contents(t *testing.T, st *State) map[string]string {
	t.Helper()
	m := map[string]string{}
	require.NoError(t, st.Entries(func(key string, value []byte) error { m[key] = string(value); return nil }))
	return m
}

// Per instance the highest ballot counts, whichever node holds it: a later ballot
// never replaces a chosen value, an earlier one may be an attempt that failed.
func TestExamine_TakesTheHighestBallot(t *testing.T) {
	s := newSite(t, core.RuleLocality)
	s.accept("a", 2, nil, entry{1, 1, "one"}, entry{2, 1, "two"}, entry{3, 1, "failed"}, entry{4, 1, "only a"})
	s.accept("b", 1, nil, entry{1, 1, "one"}, entry{2, 1, "two"}, entry{3, 2, "three"})
	p := s.proof("east")
	require.True(t, p.Complete(), "%v", p.Doubts)
	require.Equal(t, []core.Instance{2, 4}, []core.Instance{p.Base, p.Through})
	require.Equal(t, map[string]string{"b": "one", "c": "two"}, contents(t, &p.AtBase))
	require.Equal(t, map[string]string{"b": "one", "c": "two", "d": "three", "e": "only a"}, contents(t, &p.AtThrough))
	require.Equal(t, []Accepted{
		{Instance: 3, Ballot: core.Ballot{Round: 2, Member: 1}, Updates: 1, Nodes: []string{"b"}},
		{Instance: 4, Ballot: core.Ballot{Round: 1, Member: 1}, Updates: 1, Nodes: []string{"a"}}}, p.More)
	require.EqualValues(t, 4, p.AtThrough.Keys)
	require.NotEqual(t, p.AtBase.Content, p.AtThrough.Content)

	again := s.proof("east")
	require.Equal(t, p.AtThrough.Content, again.AtThrough.Content, "nothing was changed")
}

func TestExamine_SaysWhyAProofIsIncomplete(t *testing.T) {
	three := []entry{{1, 1, "one"}, {2, 1, "two"}, {3, 1, "three"}}
	for _, c := range []struct {
		name string
		rule core.Rule
		edit func(s *site)
		want string
	}{
		{"whole", core.RuleLocality, func(*site) {}, ""},
		{"a voter's log is gone", core.RuleLocality, func(s *site) { require.NoError(t, os.RemoveAll(s.home("b"))) }, "the log of voter b is not at hand"},
		{"a voter's log is another cluster's", core.RuleLocality, func(s *site) {
			require.NoError(t, os.Remove(filepath.Join(s.home("b"), "ID")))
		}, "the log of voter b is not at hand"},
		{"a new disk", core.RuleLocality, func(s *site) {
			require.NoError(t, os.RemoveAll(s.home("b")))
			s.genesis.Voters[1].Incarnation[5]++ // the new one is made of the same dice
			s.accept("a", 2, nil, three...)
			s.accept("b", 1, nil, three[:1]...)
		}, "the log of b is not that of the voter"},
		{"majority", core.RuleMajority, func(*site) {}, ""}, // two of four: nothing passes without this site
		{"waived", core.RuleLocality, func(s *site) {
			s.accept("b", 3, &core.Setting{Serial: 2, Waived: []string{"east"}}, three...)
		}, "datacentre east is waived (setting 2: waived east)"},
		{"waived and restored", core.RuleLocality, func(s *site) {
			s.accept("a", 2, &core.Setting{Serial: 1, Waived: []string{"east"}})
			s.accept("b", 3, &core.Setting{Serial: 2})
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, c.rule)
			s.t = t
			if c.name != "a new disk" {
				s.accept("a", 2, nil, three...)
				s.accept("b", 1, nil, three...)
			}
			c.edit(s)
			p := s.proof("east")
			if c.want == "" {
				require.Empty(t, p.Doubts)
				return
			}
			require.Len(t, p.Doubts, 1)
			require.Contains(t, p.Doubts[0], c.want)
		})
	}
}

func TestExamine_CountsByMajority(t *testing.T) {
	s := newSite(t, core.RuleMajority)
	s.genesis.Voters = append(s.genesis.Voters, core.Voter{Name: "e", Seat: 4, Member: 5, Incarnation: core.Incarnation{1}, Datacentre: "west"})
	s.accept("a", 0, nil, entry{1, 1, "one"})
	s.accept("b", 0, nil)
	p := s.proof("east")
	require.Len(t, p.Doubts, 1)
	require.Contains(t, p.Doubts[0], "the 3 voters elsewhere can have acknowledged updates without datacentre east")
}

func TestExamine_RefusesWhatItCantRead(t *testing.T) {
	s := newSite(t, core.RuleLocality)
	_, err := s.examine("east")
	require.ErrorContains(t, err, "the cluster was never founded")
	require.NoError(t, os.RemoveAll(s.home("a")))
	s.accept("b", 0, nil)
	s.open("b", func(*tlog.Log) {
		p, err := s.examine("east")
		require.ErrorContains(t, err, "a node runs on")
		require.Nil(t, p)
	})
	require.NoDirExists(t, s.home("a"), "looking makes nothing")
}
