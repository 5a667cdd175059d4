package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/openvstorage/arakoon-go/cmd/trial/load"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/realnet/wire"
)

// bboltArg makes this very program a server of ranges from bbolt, in the frames of
// the client protocol: so both sides pay for sockets and answers alike.
const bboltArg = "serve-bbolt"

// bboltCluster is the cluster id that its clients say.
const bboltCluster = "bbolt"

var bucket = []byte("b")

// serveBBolt fills a file with all keys, prints its address, and serves until its
// standard input ends: its parent is gone then.
func serveBBolt(args []string) error {
	if len(args) != 3 {
		return errors.New("usage: trial " + bboltArg + " FILE KEYS VALUE")
	}
	count, err := strconv.Atoi(args[1])
	value, err2 := strconv.Atoi(args[2])
	if err = errors.Join(err, err2); err != nil {
		return err
	}
	db, err := bbolt.Open(args[0], 0o600, &bbolt.Options{NoSync: true, NoFreelistSync: true})
	if err != nil {
		return err
	}
	if err := fillBBolt(db, load.Keys{Count: count, Value: value}); err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(l.Addr())
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				if err := rangesFrom(db, conn); !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
					fmt.Fprintln(os.Stderr, "bbolt:", err)
				}
			}()
		}
	}()
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// fillBBolt writes the keys in their order, the fastest way there is.
func fillBBolt(db *bbolt.DB, keys load.Keys) error {
	const together = 100_000
	for from := 0; from < keys.Count; from += together {
		err := db.Update(func(tx *bbolt.Tx) error {
			b, err := tx.CreateBucketIfNotExists(bucket)
			if err != nil {
				return err
			}
			b.FillPercent = 0.9
			for i := from; i < min(from+together, keys.Count); i++ {
				if err := b.Put(keys.AppendName(nil, i), keys.AppendValue(nil, uint64(i))); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return db.Sync()
}

// rangesFrom answers RANGE_ENTRIES, one after the other. It ends with an error, if
// only with that of a client that has gone.
func rangesFrom(db *bbolt.DB, conn net.Conn) error {
	prologue := make([]byte, len(wire.AppendPrologue(nil, bboltCluster)))
	r := bufio.NewReader(conn)
	if _, err := io.ReadFull(r, prologue); err != nil {
		return err
	}
	var scan wire.Scanner
	var frame, answer []byte
	for {
		b, err := r.ReadByte()
		if err != nil {
			return err
		}
		frame = append(frame, b)
		n, err := scan.Scan(frame)
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		request, err := wire.DecodeRequest(frame)
		if err != nil {
			return err
		}
		q, ok := request.Query.(command.RangeEntries)
		if !ok {
			return fmt.Errorf("%v is not served", request.Op)
		}
		frame = frame[:0]
		if answer, err = answerRange(db, answer[:0], q); err != nil {
			return err
		}
		if _, err := conn.Write(answer); err != nil {
			return err
		}
	}
}

// answerRange appends the answer: the entries travel back to front.
func answerRange(db *bbolt.DB, answer []byte, q command.RangeEntries) ([]byte, error) {
	err := db.View(func(tx *bbolt.Tx) error {
		var found [][2][]byte
		c := tx.Bucket(bucket).Cursor()
		for k, v := c.Seek([]byte(q.First.Key)); k != nil && len(found) < int(q.Max); k, v = c.Next() {
			found = append(found, [2][]byte{k, v})
		}
		answer = wire.AppendInt32(wire.AppendOK(answer), int32(len(found)))
		for i := len(found) - 1; i >= 0; i-- {
			answer = wire.AppendString(wire.AppendString(answer, found[i][0]), found[i][1])
		}
		return nil
	})
	return answer, err
}

// startBBolt starts the server as a process of its own.
func (t *bigTrial) startBBolt(ctx context.Context) (address string, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	path := filepath.Join(t.dir, "bbolt.db")
	cmd := exec.CommandContext(ctx, self, bboltArg, path, strconv.Itoa(t.keys.Count), strconv.Itoa(t.keys.Value))
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	var words bytes.Buffer
	cmd.Stderr = &words
	if err := cmd.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = in.Close() // it ends by that
		_ = cmd.Wait()
		_ = os.Remove(path) // the folder goes anyway
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, fmt.Errorf("bbolt did not start: %w: %s", err, words.String())
	}
	return strings.TrimSpace(line), stop, nil
}

// rangesBeside reads ranges of 1,000 entries from the node, and from bbolt.
func (t *bigTrial) rangesBeside(ctx context.Context) error {
	const entries, clients = 1000, 8
	ours, err := t.closed(ctx, t.c, clients, t.keys.Ranges(entries), time.Second, t.ranges)
	if err != nil {
		return err
	}
	t.say("filling bbolt with %v", t.keys)
	address, stop, err := t.startBBolt(ctx)
	if err != nil {
		return err
	}
	defer stop()
	router := load.NewRouter(func(context.Context) (string, error) { return address, nil })
	theirs, err := t.closedAt(ctx, router, bboltCluster, clients, t.keys.Ranges(entries), time.Second, t.ranges)
	if err != nil {
		return err
	}
	t.line("ranges_per_s=%s p50_s=%s p99_s=%s failed=%d", text(ours.Rate()), text(ours.At(50)), text(ours.At(99)), ours.Failed)
	t.line("bbolt_ranges_per_s=%s p50_s=%s p99_s=%s failed=%d", text(theirs.Rate()), text(theirs.At(50)), text(theirs.At(99)), theirs.Failed)
	t.value("ranges_ratio", ours.Rate()/theirs.Rate())
	return nil
}
