package tlog

import (
	"errors"
	"fmt"
	"io"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// The file ID says whose log a directory is and which segment is the newest. It
// is replaced in one step (temporary file, sync, rename, sync of the
// directory): that rename is the commit point of every open and of every roll.
// It holds two copies of the following, each padded with zeros to 4096 bytes:
//
//	offset  size  field
//	     0     8  magic "ARKLOGID"
//	     8     4  version of the format, 1
//	    12     4  CRC32C of bytes 16..H-1
//	    16     4  H, the length of this copy
//	    20    16  incarnation of this directory
//	    36     8  number of the newest segment; 0: none yet
//	    44     …  cluster id, node name: each u16 length and bytes
const (
	idName    = "ID"
	idTemp    = "ID.tmp"
	idMagic   = "ARKLOGID"
	idVersion = 1
	idFixed   = 44
	maxIDLen  = idFixed + 2*(2+maxName)
)

type idFile struct {
	incarnation core.Incarnation
	newest      uint64
	cluster     string
	node        string
}

func (id *idFile) encode() []byte {
	b := idHead.begin()
	b = append(b, id.incarnation[:]...)
	b = le.AppendUint64(b, id.newest)
	b = appendStr(appendStr(b, id.cluster), id.node)
	b = idHead.end(b)
	return append(b, b...)
}

var errID = errors.New("no ID")

var idHead = head{magic: idMagic, version: idVersion, fixed: idFixed, max: maxIDLen, none: errID}

func decodeID(b []byte) (*idFile, error) {
	f, length, _, err := idHead.open(b)
	if err == nil && !allZero(b[length:]) {
		err = fmt.Errorf("%w: checksum", errID) // of a page: it has no other
	}
	if err != nil {
		return nil, err
	}
	id := &idFile{incarnation: f.incarnation(), newest: f.u64(), cluster: f.str(), node: f.str()}
	if f.bad || len(f.b) != 0 || id.incarnation.IsZero() || id.newest > maxNumber {
		return nil, fmt.Errorf("%w: fields", errID)
	}
	return id, nil
}

// writeID replaces the file ID durably.
func writeID(d disk.Disk, dir string, id *idFile) error {
	f, err := d.Create(join(dir, idTemp))
	if err != nil {
		return err
	}
	if _, err = f.WriteAt(id.encode(), 0); err == nil {
		err = failedSync(f.Sync())
	}
	if err2 := f.Close(); err == nil {
		err = err2
	}
	if err == nil {
		err = d.Rename(join(dir, idTemp), join(dir, idName))
	}
	if err != nil {
		return err
	}
	return failedSync(d.SyncDir(dir))
}

// readID reads the file ID. disk.ErrNotExist if there is none; damage says what
// is wrong with one of its copies.
func readID(d disk.Disk, dir string) (id *idFile, damage string, err error) {
	f, err := d.Open(join(dir, idName))
	if err != nil {
		return nil, "", err
	}
	defer closeQuietly(f)
	b := make([]byte, 2*pageBytes)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, "", err
	}
	one, err1 := decodeID(b[:min(n, pageBytes)])
	two, err2 := decodeID(b[min(n, pageBytes):n])
	switch {
	case err1 == nil && err2 == nil:
		return one, "", nil
	case err1 == nil:
		return one, fmt.Sprintf("second copy of ID: %v", err2), nil
	case err2 == nil:
		return two, fmt.Sprintf("first copy of ID: %v", err1), nil
	case errors.Is(err1, errNewerSegment):
		return nil, "", newerf("%s: %v; use the newer software", join(dir, idName), err1)
	default:
		return nil, "", damagedf("%s is unreadable (%v); wipe the directory and let the node join again as a new one",
			join(dir, idName), err1)
	}
}

// join puts a file's path together; the root of a disk is ".".
func join(dir, name string) string {
	if dir == "." || dir == "" {
		return name
	}
	return dir + "/" + name
}

// closeQuietly closes a file that was only read: nothing can be lost any more.
func closeQuietly(f source) { _ = f.Close() }
