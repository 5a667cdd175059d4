package main

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

//go:embed rows.json
var rowsJSON []byte

// nodeName is that of the recording.
const nodeName = "n0"

// section is a part of the recording that began with a fresh server.
type section struct {
	Name    string `json:"name"`
	Cluster string `json:"cluster"`
	Rows    []row  `json:"rows"`
}

// row is one request of the recording.
type row struct {
	N        int     `json:"n"`
	Conn     int     `json:"conn"` // rows with the same number share a connection
	Command  string  `json:"command"`
	Args     string  `json:"args"`
	Request  *string `json:"request"`  // hex; nil: too long, see long
	Response *string `json:"response"` // hex; nil: not recorded
	Closed   *bool   `json:"closed"`   // the server closed the connection afterwards
	Varies   bool    `json:"varies"`
	SHA256   string  `json:"request_sha256"` // of a request that is too long

	request  []byte
	response []byte
}

// bringsPrologue reports whether the request begins with a prologue of its own.
func (r *row) bringsPrologue() bool { return strings.HasPrefix(r.Command, "prologue") }

func (r *row) String() string { return fmt.Sprintf("row %d %s %s", r.N, r.Command, r.Args) }

// load reads the sections and builds the requests that are too long to be
// recorded.
func load() ([]section, error) {
	var sections []section
	if err := json.Unmarshal(rowsJSON, &sections); err != nil {
		return nil, err
	}
	for _, s := range sections {
		for i := range s.Rows {
			if err := s.Rows[i].decode(); err != nil {
				return nil, fmt.Errorf("row %d: %w", s.Rows[i].N, err)
			}
		}
	}
	return sections, nil
}

func (r *row) decode() (err error) {
	if r.Request == nil {
		if r.request, err = long(r.N); err != nil {
			return err
		}
		if sum := sha256.Sum256(r.request); hex.EncodeToString(sum[:]) != r.SHA256 {
			return fmt.Errorf("the long request that was built is not the recorded one")
		}
	} else if r.request, err = hex.DecodeString(*r.Request); err != nil {
		return err
	}
	if r.Response != nil {
		r.response, err = hex.DecodeString(*r.Response)
	}
	return err
}

// long builds a request that the recording only describes.
func long(n int) ([]byte, error) {
	switch n {
	case 118, 119: // one byte too many, and the largest value
		return wire.AppendUpdate(nil, command.Set{Key: "big", Value: bytes.Repeat([]byte("x"), 8<<20-(n-118))}), nil
	case 120:
		var s command.Sequence
		for i := range 5 {
			s.Updates = append(s.Updates, command.Set{Key: fmt.Sprint("b", i), Value: bytes.Repeat([]byte("y"), 8_000_000)})
		}
		return wire.AppendUpdate(nil, s), nil
	default:
		return nil, fmt.Errorf("nothing says how to build its request")
	}
}
