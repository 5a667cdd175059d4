package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/openvstorage/arakoon-go/model/spec"
)

// TLC prints what spec.State.TLA prints, but for spaces and the order in sets.
func TestCanonicalValues(t *testing.T) {
	for text, want := range map[string]string{ // each on its own: order can't matter
		"0":                                "0",
		"-1":                               "-1",
		`<<"f", "c">>`:                     `<<"f","c">>`,
		"{}":                               "{}",
		"{<<2, 1>>, <<10, 1>>}":            "{<<10,1>>,<<2,1>>}",
		"<< [a |-> {}],\n   [a |-> {}] >>": "<<[a|->{}],[a|->{}]>>",
	} {
		got, err := canonical(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got)
	}
	for _, text := range []string{"", "<<1", "{1 2}", "[a |-> ]"} {
		_, err := canonical(text)
		require.Error(t, err, text)
	}
}

// A dump with one state of another value, or a transition less, isn't the same graph.
func TestDumpIsCompared(t *testing.T) {
	m := spec.Model{Config: spec.Config{Nodes: 1, Voters: 1, Standing: 1, MaxBallot: 1, MaxInst: 1}}
	ours, found, err := walk(&m)
	require.NoError(t, err)
	require.Equal(t, 3, found.States) // stands, leads
	dump := `1 [label="INIT",style = filled]
1 -> 2 [label="StartElection",color="black",fontcolor="black"];
2 [label="SECOND"];
2 -> 2 [label="StartElection",color="black",fontcolor="black"];
2 -> 3 [label="BecomeMasterBy",color="black",fontcolor="black"];
3 [label="THIRD"];
`
	rest := `/\\ com = <<0>>\n/\\ snap = <<0>>\n/\\ dpro = <<0>>\n/\\ log = <<<<[b |-> 0, v |-> -1]>>>>\n/\\ dlog = <<<<[b |-> 0, v |-> -1]>>>>\n/\\ out = <<[a1 |-> {}, b1 |-> {}, b2 |-> {}]>>\n/\\ bar = <<0>>\n/\\ lease = <<0>>\n/\\ lrem = <<0>>\n/\\ lrnd = <<0>>\n/\\ grant = <<[b |-> 0, rem |-> 0]>>\n/\\ p2a = {}\n/\\ p2b = {}\n/\\ cmt = {}\n/\\ lreq = {}\n/\\ lack = {}\n/\\ seen = 0\n/\\ ncr = 0\n/\\ nsn = 0`
	later := rest + `\n/\\ pro = <<1>>\n/\\ mb = <<1>>\n/\\ p1a = {<<1, 0>>}\n/\\ p1b = {<<1, 1, 0, <<[b |-> 0, v |-> -1]>>>>}\n/\\ ph = `
	dump = strings.NewReplacer("INIT", rest+`\n/\\ pro = <<0>>\n/\\ mb = <<0>>\n/\\ p1a = {}\n/\\ p1b = {}\n/\\ ph = <<\"f\">>`,
		"SECOND", later+`<<\"c\">>`, "THIRD", later+`<<\"m\">>`).Replace(dump)
	same, err := readDump(strings.NewReader(dump))
	require.NoError(t, err)
	require.Equal(t, ours, same)
	other, err := readDump(strings.NewReader(strings.Replace(dump, "seen = 0", "seen = 1", 1)))
	require.NoError(t, err)
	more, less := differ(ours.states, other.states)
	require.Equal(t, 2, more+less)
	fewer, err := readDump(strings.NewReader(strings.Replace(dump, "2 -> 3 ", "2 -> 2 ", 1)))
	require.NoError(t, err)
	more, less = differ(ours.edges, fewer.edges)
	require.Equal(t, 1, more+less)
}
