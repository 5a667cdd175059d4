package tree

import "errors"

// What callers branch on; test with errors.Is. A file that is absent gives
// disk.ErrNotExist, a full disk disk.ErrFull.
var (
	// ErrDamaged is given for a page that isn't what the pointer to it says, and for
	// a file whose meta pages are both bad. Nothing of a damaged page is served.
	ErrDamaged = errors.New("tree: the store file is damaged")
	// ErrForeign is given for a file that isn't one of ours.
	ErrForeign = errors.New("tree: this is not a store file")
	// ErrNewer is given for a file of a format that this program doesn't know.
	ErrNewer = errors.New("tree: the store file is of a newer format")
)
