package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestConfirm_WantsTheNameOrYes(t *testing.T) {
	for _, c := range []struct {
		yes   bool
		typed string
		ok    bool
	}{{false, "west\n", true}, {false, " west", true}, {false, "yes\n", false}, {false, "", false}, {true, "", true}} {
		var asked bytes.Buffer
		a := &app{in: strings.NewReader(c.typed), err: &asked}
		err := a.confirm(c.yes, "west", "Everything will change.")
		require.Equal(t, c.ok, err == nil, "%q: %v", c.typed, err)
		require.Equal(t, !c.yes, strings.Contains(asked.String(), "Everything will change.\nType west to go on: "))
	}
}
