package explore

import (
	"encoding/binary"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// disk is what a node's log holds: what would survive a power loss, what has been
// appended since, and the messages that wait for it. It is never changed in place:
// machines share its parts.
type disk struct {
	hard    core.HardState // of the newest durable append
	entries []core.Entry   // durable, of instances 1, 2, …: of the highest ballot each
	votes   []vote         // everything that was ever durable here, ascending
	pending []pending      // in the order in which they become durable
	told    core.Ballot    // the highest ballot that this node told others it had promised
}

// pending is one append that isn't durable yet.
type pending struct {
	position core.Position
	state    core.HardState
	records  []core.Record
	held     []uint32 // messages that may leave once it is durable, by fingerprint
}

// vote is an accepted entry, by the number of its value.
type vote struct {
	instance core.Instance
	ballot   core.Ballot
	value    int32
}

func (v vote) compare(w vote) int {
	switch {
	case v.instance != w.instance:
		return int(v.instance) - int(w.instance)
	case v.ballot != w.ballot && less(v.ballot, w.ballot), v.ballot == w.ballot && v.value < w.value:
		return -1
	case v == w:
		return 0
	default:
		return 1
	}
}

// less is the order of ballots as the papers have it, whatever the node thinks.
func less(a, b core.Ballot) bool {
	return a.Round < b.Round || a.Round == b.Round && a.Member < b.Member
}

// overlay returns entries with the accepted records put in: per instance the
// highest ballot counts. false if a record leaves a hole.
func overlay(entries []core.Entry, records []core.Record) ([]core.Entry, bool) {
	out := slices.Clone(entries)
	for _, r := range records {
		if r.Kind != core.RecordAccepted {
			continue
		}
		e := core.Entry{Instance: r.Instance, Ballot: r.Ballot, Value: r.Bytes}
		switch k := int(r.Instance) - 1; {
		case k == len(out):
			out = append(out, e)
		case k < 0 || k > len(out):
			return nil, false
		case !less(e.Ballot, out[k].Ballot):
			out[k] = e
		}
	}
	return out, true
}

// log returns the entries as this process reads them, durable or not.
func (d *disk) log() []core.Entry {
	entries := d.entries
	for _, p := range d.pending {
		entries, _ = overlay(entries, p.records) // holes were found when they were appended
	}
	return entries
}

// hold returns held with messages put in. They all leave at once, and the network
// forgets nothing: so it is a set.
func (e *Explorer) hold(held []uint32, envs []core.Envelope) []uint32 {
	held = slices.Clone(held)
	for _, env := range envs {
		number := e.post(env)
		k, found := slices.BinarySearchFunc(held, number, func(a, b uint32) int { return e.messages[a].hash.compare(e.messages[b].hash) })
		if !found {
			held = slices.Insert(held, k, number)
		}
	}
	return held
}

// sync makes the oldest pending append durable and returns it.
func (d *disk) sync(number func(core.Value) int32) pending {
	p := d.pending[0]
	d.pending = d.pending[1:]
	d.entries, _ = overlay(d.entries, p.records)
	d.hard = p.state
	for _, r := range p.records {
		if r.Kind == core.RecordAccepted {
			d.note(vote{r.Instance, r.Ballot, number(r.Bytes)})
		}
	}
	return p
}

func (d *disk) note(v vote) {
	k, found := slices.BinarySearchFunc(d.votes, v, vote.compare)
	if !found {
		d.votes = slices.Insert(slices.Clone(d.votes), k, v)
	}
}

// has reports whether some value was ever durable at instance i in ballot b.
func (d *disk) has(i core.Instance, b core.Ballot) bool {
	return slices.ContainsFunc(d.votes, func(v vote) bool { return v.instance == i && v.ballot == b })
}

// restored is what a node gets back at its start.
func (d *disk) restored(g *core.Genesis) core.Restored {
	r := core.Restored{HardState: d.hard, Genesis: g, Adopted: g.VoterSeats(), Applied: d.hard.Commit}
	for _, e := range d.entries {
		if e.Instance > r.Commit {
			r.Entries = append(r.Entries, e)
		}
	}
	return r
}

// append encodes the disk: equal bytes, equal disk.
func (d *disk) append(dst []byte, e *Explorer) []byte {
	dst = appendHard(dst, d.hard)
	dst = appendBallot(dst, d.told)
	dst = append(dst, byte(len(d.entries)))
	for _, x := range d.entries {
		dst = appendEntry(dst, x.Instance, x.Ballot, x.Value)
	}
	dst = append(dst, byte(len(d.votes)))
	for _, v := range d.votes {
		dst = appendEntry(dst, v.instance, v.ballot, e.values[v.value])
	}
	dst = append(dst, byte(len(d.pending)))
	for _, p := range d.pending {
		dst = binary.AppendUvarint(dst, uint64(p.position))
		dst = appendHard(dst, p.state)
		dst = append(dst, byte(len(p.records)), byte(len(p.held)))
		for _, r := range p.records {
			dst = appendEntry(append(dst, byte(r.Kind)), r.Instance, r.Ballot, r.Bytes)
		}
		for _, k := range p.held {
			h := e.messages[k].hash
			dst = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dst, h.hi), h.lo)
		}
	}
	return dst
}

func appendBallot(dst []byte, b core.Ballot) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(dst, b.Round), uint64(b.Member))
}

func appendHard(dst []byte, h core.HardState) []byte {
	dst = binary.AppendUvarint(appendBallot(dst, h.Promised), uint64(h.Commit))
	return binary.AppendUvarint(dst, uint64(h.LongestLease))
}

func appendEntry(dst []byte, i core.Instance, b core.Ballot, v []byte) []byte {
	dst = binary.AppendUvarint(appendBallot(binary.AppendUvarint(dst, uint64(i)), b), uint64(len(v)))
	return append(dst, v...)
}
