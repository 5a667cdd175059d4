package tlog

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// Open takes the log in o.Dir for this process, judges what is there, writes the
// newest segment anew (what was read back may never have reached the platter),
// makes that durable, and only then returns what the node may build on. It makes
// a new log where there is none. All its I/O happens before it returns.
func Open(d disk.Disk, o Options) (*Log, *Opened, error) {
	if err := o.complete(); err != nil {
		return nil, nil, err
	}
	if err := d.MkdirAll(o.Dir); err != nil {
		return nil, nil, err
	}
	unlock, err := d.Lock(o.Dir)
	if err != nil {
		return nil, nil, err
	}
	l := &Log{d: d, opts: o, unlock: unlock, sealed: true}
	opened, err := l.open()
	if err != nil {
		if l.w != nil && l.w.file != nil {
			closeQuietly(l.w.file)
		}
		_ = unlock.Unlock() // the first error is the one to tell
		return nil, nil, explained(err)
	}
	return l, opened, nil
}

func (l *Log) open() (*Opened, error) {
	names, err := l.d.List(l.opts.Dir)
	if err != nil {
		return nil, err
	}
	id, a, err := l.identity(names)
	if err != nil {
		return nil, err
	}
	chain := &segmentChain{d: l.d, dir: l.opts.Dir, id: id}
	defer chain.close()
	if chain.mark, err = readBaseMark(l.d, l.opts.Dir, id.incarnation); err != nil {
		return nil, err
	}
	if err := chain.gather(names); err != nil {
		return nil, err
	}
	a.base = chain.base()
	if err := chain.visit(a, &l.index, l.opts.Checkpoint); err != nil {
		return nil, err
	}
	checkpoint := l.opts.Checkpoint
	ahead := a.meet(checkpoint, l.opts.Installed)
	if ahead {
		checkpoint = 0 // it says nothing about this log
	}
	restored, err := a.finish(checkpoint)
	if err != nil {
		return nil, err
	}
	if err := l.goOn(chain, a, names, restored.HardState); err != nil {
		return nil, err
	}
	if restored.Entries, err = l.entriesAbove(restored.Commit); err != nil {
		return nil, err
	}
	strays, err := chain.removeStrays(names, l.w.head.number)
	if err != nil {
		return nil, err
	}
	return &Opened{Incarnation: id.incarnation, Restored: restored, First: a.first, Last: a.last, Base: a.base,
		Settings: restored.Setting, Ahead: ahead, Report: append(a.report, strays...)}, nil
}

// goOn writes the newest segment anew and takes over what was found. On a full
// disk it makes room and tries once more.
func (l *Log) goOn(chain *segmentChain, a *account, names []string, state core.HardState) error {
	if err := l.findSpace(names); err != nil {
		return err
	}
	l.damage, l.base, l.first, l.last, l.state = a.damage, a.base, a.first, a.last, state
	index, after := l.index, l.damage.after
	l.segments, l.incarnation = a.segments, chain.id.incarnation
	l.w = l.newWriter(chain, a)
	err := l.replace(chain, state)
	if noSpace(err) {
		if err := l.makeRoom(chain, names); err != nil {
			return err
		}
		a.say("the disk is full: gave up the reserve to go on")
		l.index, l.damage.after = index, after
		l.w = l.newWriter(chain, a)
		err = l.replace(chain, state)
	}
	if err != nil {
		return err
	}
	s := segment{number: l.w.head.number, salt: l.w.head.salt, begin: l.w.start, end: l.w.end,
		bytes: max(l.w.end, l.w.allocated), content: l.w.holds}
	l.segments = append(l.segments[:len(chain.kept()):len(chain.kept())], s)
	l.takeWriter()
	return l.prepareBaseMark(names)
}

// newWriter returns a writer that begins the next segment.
func (l *Log) newWriter(chain *segmentChain, a *account) *writer {
	w := &writer{d: l.d, opts: &l.opts, id: *chain.id, genesis: a.genesis, adopted: a.adopted, setting: a.setting,
		base: a.base, oldest: chain.id.newest + 1, ahead: l.space.ahead}
	if kept := chain.kept(); len(kept) > 0 {
		w.oldest = kept[0].head.number
	}
	return w
}

// identity reads the file ID, or makes it where there is no log yet. It is made
// before the first segment: so a segment without an ID has lost it.
func (l *Log) identity(names []string) (*idFile, *account, error) {
	a := &account{damage: newDamage(), name: l.opts.Dir}
	id, damage, err := readID(l.d, l.opts.Dir)
	switch {
	case errors.Is(err, disk.ErrNotExist):
		if err := refuseOrphans(l.d, l.opts.Dir, names); err != nil {
			return nil, nil, err
		}
		id = &idFile{cluster: l.opts.ClusterID, node: l.opts.Node}
		l.opts.Rand(id.incarnation[:])
		if id.incarnation.IsZero() {
			assertf("Options.Rand gave zeros")
		}
		a.say("made a new log, incarnation %v", id.incarnation)
		return id, a, writeID(l.d, l.opts.Dir, id)
	case err != nil:
		return nil, nil, err
	case id.cluster != l.opts.ClusterID || id.node != l.opts.Node:
		return nil, nil, foreignf("%s belongs to node %q of cluster %q, not to node %q of cluster %q; point tlog_dir at its own directory",
			join(l.opts.Dir, idName), id.node, id.cluster, l.opts.Node, l.opts.ClusterID)
	}
	if damage != "" {
		a.say("damaged: %s", damage)
	}
	// The process may have been killed between the rename of ID and the sync of
	// the directory: what this open makes must not become durable before ID.
	return id, a, l.d.SyncDir(l.opts.Dir)
}

// refuseOrphans refuses a directory that has segments but no ID.
func refuseOrphans(d disk.Disk, dir string, names []string) error {
	for _, name := range names {
		ext := name[strings.LastIndexByte(name, '.')+1:]
		if name == compressedTemp || !slices.Contains([]string{"tlog", "tlx", "tlf", "tlc", "tls"}, ext) {
			continue
		}
		if ours, err := beginsLikeOurs(d, join(dir, name)); err != nil {
			return err
		} else if !ours {
			return foreignf("%s is not of this software, most likely of the OCaml Arakoon; import it, or point tlog_dir at an empty directory", join(dir, name))
		}
		return missingf("%s is there but %s is not; restore it, or wipe the directory and let the node join again as a new one",
			join(dir, name), join(dir, idName))
	}
	return nil
}

func beginsLikeOurs(d disk.Disk, path string) (bool, error) {
	f, err := d.Open(path)
	if err != nil {
		return false, err
	}
	defer closeQuietly(f)
	b := make([]byte, len(segmentMagic))
	n, err := f.ReadAt(b, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return string(b[:n]) == segmentMagic || string(b[:n]) == compressedMagic, err
}

// replace writes the newest segment anew as the next one and makes that the
// newest. Then everything that this open has read is durable.
func (l *Log) replace(chain *segmentChain, state core.HardState) error {
	h := segmentHeader{first: 1, state: state}
	newest := chain.newest()
	if newest != nil {
		h.prev, h.prevLast, h.replaced, h.first = newest.head.prev, newest.head.prevLast, newest.head.number, newest.head.first
		h.before = newest.head.before
		h.holds = newest.head.holds
		if n := len(l.segments); n > 1 { // it may be of a version that doesn't say so
			h.holds = l.segments[n-2].content
		}
		h.state.Commit = min(state.Commit, newest.head.state.Commit)
		l.w.chain = newest.head.chain
	}
	if err := l.w.begin(h); err != nil {
		return err
	}
	carried := h.first - 1
	if newest != nil {
		c := carrier{w: l.w, index: &l.index, damage: l.damage, state: state, commit: h.state.Commit}
		if err := walk(newest.pager, newest.head, chain.follower, &c); err != nil {
			return err
		}
		if err := c.flush(); err != nil {
			return err
		}
		if carried = l.w.number - 1; carried >= h.first || l.w.state != state {
			// A seal, which also says what only the end of the old segment did.
			if _, err := l.w.put(nil, state); err != nil {
				return err
			}
		}
	}
	return l.w.publish(carried)
}

// maxDamagedEntries bounds what a damaged log gives back above its commit index.
const maxDamagedEntries = 4096

// entriesAbove reads the entries above the commit index, up to the first hole. A
// hole that no damage explains is broken state of our own.
func (l *Log) entriesAbove(commit core.Instance) ([]core.Entry, error) {
	var all []core.Entry
	for next := commit + 1; next <= l.last; next = commit + 1 + core.Instance(len(all)) {
		j := l.NextRead(next, l.last, DefaultCacheBytes)
		j.Run()
		got, err := l.FinishRead(j)
		if err != nil && !l.damage.none() && (errors.Is(err, ErrDamaged) || errors.Is(err, ErrNotHeld)) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("entries above the commit index %d: %w", commit, err)
		}
		all = append(all, got...)
		if !l.damage.none() && len(all) >= maxDamagedEntries {
			break
		}
	}
	for _, e := range all {
		l.cache.add(e, 0)
	}
	l.cache.trim(l.opts.CacheBytes, 0)
	return all, nil
}
