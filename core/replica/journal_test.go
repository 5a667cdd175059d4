package replica

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/disk"
)

// journal is a state machine that remembers what was applied; its checkpoints are
// two files that take turns.
type journal struct {
	chores int // slices that change nothing
	parts  int // slices of the next checkpoint before the one that writes; each makes room
	d      disk.Disk
	freeze int // updates between freeze points; 0: none

	kept
	owner    core.Incarnation
	since    int // updates since the last freeze point
	active   int // updates since something was frozen last
	dirty    bool
	frozen   *kept
	slots    [2]kept
	imported bool
	spoil    bool // results and marks go wrong from now on
	marks    []core.Mark
	aside    []string
	live     int // views not released
}

// kept is what a checkpoint holds.
type kept struct {
	At      core.Instance
	Updates []string
	From    bool // by a snapshot
	Owner   core.Incarnation
	Serial  int
}

func openJournal(d disk.Disk, freeze int) *journal {
	j := &journal{d: d, freeze: freeze}
	for k := range j.slots {
		f, err := d.Open(slotName(k))
		if err != nil {
			continue
		}
		size, _ := f.Size()
		b := make([]byte, size)
		f.ReadAt(b, 0)
		json.Unmarshal(b, &j.slots[k])
		f.Close()
		if s := &j.slots[k]; s.Serial > j.Serial {
			j.kept = *s
			j.Updates = slices.Clone(s.Updates)
		}
	}
	j.owner = j.kept.Owner
	return j
}

func slotName(k int) string { return fmt.Sprintf("state.%d", k) }

// write puts a checkpoint into the older slot.
func (j *journal) write(s kept) error {
	k := s.Serial % 2
	b, _ := json.Marshal(s)
	f, err := j.d.Create("state.part")
	if err != nil {
		return err
	}
	_, err = f.WriteAt(b, 0)
	err = errors.Join(err, f.Sync(), f.Close())
	if err != nil {
		return err
	}
	if err := errors.Join(j.d.Rename("state.part", slotName(k)), j.d.SyncDir(".")); err != nil {
		return err
	}
	j.slots[k] = s
	return nil
}

func (j *journal) Bind(i core.Incarnation) error {
	if !j.owner.IsZero() && j.owner != i {
		return fmt.Errorf("the state belongs to another log")
	}
	j.owner = i
	return nil
}

func (j *journal) Admit(u []byte) error {
	if len(u) == 0 {
		return fmt.Errorf("empty update")
	}
	return nil
}

func (j *journal) Grows(u []byte) bool { return u[0] != '-' }

func (j *journal) Apply(i core.Instance, v core.Value) ([]any, error) {
	if i != j.At+1 {
		panic(fmt.Sprintf("applied %d after %d", i, j.At))
	}
	j.At, j.dirty = i, true
	updates, _ := v.Updates()
	var results []any
	for _, u := range updates {
		j.Updates = append(j.Updates, string(u))
		results = append(results, len(j.Updates))
		j.since++
		j.active++
	}
	m := core.Mark{Instance: i, Kind: core.MarkChain}
	m.Sum[0] = byte(len(j.Updates))
	if j.spoil {
		m.Sum[1] = 1
	}
	j.marks = append(j.marks, m)
	if v.Kind() == core.KindCheckpoint || j.freeze > 0 && j.since >= j.freeze {
		j.freezeNow()
	}
	return results, nil
}

func (j *journal) freezeNow() {
	j.since, j.dirty = 0, false
	if j.frozen == nil {
		j.frozen = &kept{At: j.At, Updates: slices.Clone(j.Updates), Owner: j.owner, Serial: j.Serial + 1}
		j.Serial++
		j.active = 0
	}
}

func (j *journal) Applied() core.Instance { return j.At }
func (j *journal) Setting() []byte        { return nil }
func (j *journal) Full() bool             { return j.freeze > 0 && j.active >= 2*j.freeze && j.frozen != nil }
func (j *journal) Dirty() bool            { return j.dirty }
func (j *journal) Need() int64            { return int64(len(j.Updates)) }
func (j *journal) Installed() bool        { return j.newest().From }

func (j *journal) Frozen() core.Instance {
	if j.frozen == nil {
		return 0
	}
	return j.frozen.At
}

func (j *journal) Freeze() bool {
	newest, older := j.Checkpoints()
	if j.frozen != nil || newest == j.At && older == j.At {
		return false
	}
	j.freezeNow()
	return true
}

type slice struct {
	j     *journal
	chore bool // changes nothing
	err   error
}

func (s *slice) Run() {
	if !s.chore {
		s.err = s.j.write(*s.j.frozen)
	}
}

func (j *journal) NextSlice(log bool) core.Slice {
	switch {
	case j.frozen != nil && log && j.parts > 0:
		j.parts--
		return &slice{j: j, chore: true}
	case j.frozen != nil && log:
		return &slice{j: j}
	case j.frozen == nil && j.chores > 0:
		j.chores--
		return &slice{j: j, chore: true}
	default:
		return nil
	}
}

func (j *journal) FinishSlice(s core.Slice) error {
	if err := s.(*slice).err; err != nil {
		return err
	}
	if s.(*slice).chore {
		j.active = 0
		return nil
	}
	j.frozen = nil
	return nil
}

func (j *journal) newest() *kept {
	if j.slots[0].Serial > j.slots[1].Serial {
		return &j.slots[0]
	}
	return &j.slots[1]
}

func (j *journal) Checkpoints() (newest, older core.Instance) {
	n := j.newest()
	if n == &j.slots[0] {
		return n.At, j.slots[1].At
	}
	return n.At, j.slots[0].At
}

func (j *journal) Marks() []core.Mark {
	m := j.marks
	j.marks = nil
	return m
}

// page is a view.
type page struct {
	j       *journal
	updates []string
	count   int
}

func (p *page) Retain() bool {
	if p.count == 0 {
		return false
	}
	p.count++
	return true
}

func (p *page) Release() {
	if p.count--; p.count < 0 {
		panic("a view was released twice")
	}
	if p.count == 0 {
		p.j.live--
	}
}

func (j *journal) View() View {
	j.live++
	return &page{j, slices.Clone(j.Updates), 1}
}

// export reads one update per chunk.
type journalExport struct{ k kept }

func (j *journal) Export() core.Export {
	if n := j.newest(); n.At > 0 {
		return &journalExport{*n}
	}
	return nil
}

func (e *journalExport) Instance() core.Instance { return e.k.At }
func (e *journalExport) Manifest() []byte {
	b, _ := json.Marshal(kept{At: e.k.At, Serial: len(e.k.Updates)})
	return b
}
func (e *journalExport) Close() {}
func (e *journalExport) Read(after []byte, begin bool, _ int) (chunk, last []byte, done bool, err error) {
	k := 0
	if !begin {
		fmt.Sscan(string(after), &k)
		k++
	}
	if k >= len(e.k.Updates) {
		return nil, after, true, nil
	}
	return []byte(e.k.Updates[k]), fmt.Appendf(nil, "%d", k), k == len(e.k.Updates)-1, nil
}

type journalImport struct {
	j    *journal
	want kept
	got  []string
}

func (j *journal) Import(manifest []byte) (core.Import, error) {
	i := &journalImport{j: j}
	return i, json.Unmarshal(manifest, &i.want)
}

func (i *journalImport) Instance() core.Instance { return i.want.At }
func (i *journalImport) After() ([]byte, bool) {
	if len(i.got) == 0 {
		return nil, true
	}
	return fmt.Appendf(nil, "%d", len(i.got)-1), false
}

func (i *journalImport) Add(chunk []byte) error {
	if len(chunk) > 0 {
		i.got = append(i.got, string(bytes.Clone(chunk)))
	}
	return nil
}

func (i *journalImport) Finish() error {
	if len(i.got) != i.want.Serial {
		return fmt.Errorf("%w: %d updates, the manifest says %d", core.ErrSnapshot, len(i.got), i.want.Serial)
	}
	i.j.imported = true
	return i.j.write(kept{At: i.want.At, Updates: i.got, From: true, Owner: i.j.owner, Serial: i.j.Serial + 1})
}

func (i *journalImport) Abort() {}

func (j *journal) Adopt(core.Import) error {
	j.kept, j.frozen, j.since, j.dirty = *j.newest(), nil, 0, false
	j.active = 0
	j.Updates = slices.Clone(j.Updates)
	return nil
}

func (j *journal) Reset(label string) error {
	j.aside = append(j.aside, label)
	j.kept, j.frozen, j.slots, j.spoil = kept{Serial: j.Serial}, nil, [2]kept{}, false
	return nil
}

func (j *journal) Close() error { return nil }
