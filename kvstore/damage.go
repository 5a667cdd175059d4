package kvstore

import (
	"errors"
	"fmt"

	"github.com/openvstorage/arakoon-go/core/disk"
	"github.com/openvstorage/arakoon-go/kvstore/tree"
)

// explained says what to do about a store file that can't be read any more: it holds
// nothing that the log or a peer doesn't.
func (s *Store) explained(err error) error {
	if !errors.Is(err, tree.ErrDamaged) && !errors.Is(err, disk.ErrIO) {
		return err
	}
	return fmt.Errorf("%w; move %s away and start the node again: it makes the store anew from its log or from a peer "+
		"(a cluster of one whose log begins later wants a backup)", err, s.opts.Path)
}
