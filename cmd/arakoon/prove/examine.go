package prove

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/openvstorage/arakoon-go/cmd/arakoon/offline"
	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/tlog"
	"github.com/openvstorage/arakoon-go/kvstore"
	"github.com/openvstorage/arakoon-go/kvstore/command"
)

// Node says where one node's files are.
type Node struct {
	Name       string
	LogDir     string
	ArchiveDir string // of compressed segments; empty: LogDir
	StoreDir   string
	StoreFile  string // in StoreDir
}

// Options is what Examine looks at: all nodes of one datacentre, as configured.
type Options struct {
	ClusterID  string
	Datacentre string
	Nodes      []Node
	Functions  command.Functions // the nodes' user functions
}

// Proof is what the directories prove.
type Proof struct {
	Rule core.Rule
	// Base is the instance through which every value is known to be chosen.
	Base core.Instance
	// Through is the last instance that these nodes accepted: nothing above it was
	// acknowledged. The values from Base on are in More.
	Through core.Instance
	More    []Accepted
	Sources []Source
	// Doubts say why something acknowledged may be missing; none: the proof is
	// complete.
	Doubts []string
	// AtBase and AtThrough are the states after these instances.
	AtBase, AtThrough State

	holders []*holder
}

// Accepted is a value above the base: whether it was chosen isn't known here.
type Accepted struct {
	Instance core.Instance
	Ballot   core.Ballot
	Updates  int      // of clients; 0 for control entries
	Nodes    []string // that hold it in this ballot
}

// Source is what one node's directories hold.
type Source struct {
	Node       string
	Commit     core.Instance
	Last       core.Instance // accepted
	Promised   core.Ballot
	Checkpoint core.Instance // of the store; 0: none
	Store      string        // why the store is of no use; "": it is
	Problem    string        // why the log is of no use; "": it is
}

// Close gives up the files that the states are read from.
func (p *Proof) Close() {
	p.AtBase.release()
	p.AtThrough.release()
	for _, h := range p.holders {
		h.close()
	}
	p.holders = nil
}

// Complete reports whether everything that was acknowledged is in the state after
// Through.
func (p *Proof) Complete() bool { return len(p.Doubts) == 0 }

func (p *Proof) doubt(format string, args ...any) {
	p.Doubts = append(p.Doubts, fmt.Sprintf(format, args...))
}

// holder is a node whose log could be read.
type holder struct {
	name   string
	log    *tlog.Log
	opened *tlog.Opened
	disk   *offline.Disk

	store     *kvstore.Store
	storeDisk *offline.Disk // nil: the store is empty, in memory
	// storeProblem is why, though there is a file.
	storeProblem error
}

func (h *holder) close() {
	_ = h.log.Close() // nothing was written
	h.disk.Close()
	_ = h.store.Close() // as above
	if h.storeDisk != nil {
		h.storeDisk.Close()
	}
}

// Examine reads the directories and changes nothing in them. The nodes must not
// run. It fails only if nothing at all can be proven.
func Examine(o Options) (*Proof, error) {
	p := &Proof{}
	for i := range o.Nodes {
		p.open(&o, &o.Nodes[i])
	}
	if err := p.judge(&o); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// open reads one node.
func (p *Proof) open(o *Options, n *Node) {
	h, err := openNode(o, n)
	if err != nil {
		p.Sources = append(p.Sources, Source{Node: n.Name, Problem: err.Error()})
		return
	}
	p.holders = append(p.holders, h)
	problem := ""
	if h.storeProblem != nil {
		problem = h.storeProblem.Error()
	}
	p.Sources = append(p.Sources, Source{Store: problem, Node: h.name, Commit: h.opened.Restored.Commit, Checkpoint: h.store.Applied(),
		Last: max(h.opened.Last, h.opened.Restored.Commit), Promised: h.opened.Restored.Promised})
}

// judge finds out what the nodes prove together.
func (p *Proof) judge(o *Options) error {
	genesis := newestGenesis(p.holders)
	if genesis == nil {
		return fmt.Errorf("no log of datacentre %s can be read: %s", o.Datacentre, p.problems())
	}
	p.Rule = genesis.Rule
	p.judgeVoters(o, genesis, p.holders)
	above := p.merge(p.holders)
	if err := p.replay(above); err != nil {
		return err
	}
	p.judgeWaivers(o, p.holders, above)
	return nil
}

func (p *Proof) problems() string {
	var list []string
	for _, s := range p.Sources {
		if s.Problem != "" {
			list = append(list, s.Node+": "+s.Problem)
		}
	}
	if len(list) == 0 {
		return "the cluster was never founded"
	}
	return strings.Join(list, "; ")
}

// openNode opens a node's store, and runs the node's own recovery over its log.
func openNode(o *Options, n *Node) (*holder, error) {
	if err := stopped(n.LogDir); err != nil {
		return nil, err
	}
	store, storeDisk, err := openStore(o, n)
	if err != nil { // another node's may do
		store, storeDisk = kvstore.New(kvstore.Options{Functions: o.Functions}), nil
	}
	h := &holder{name: n.Name, store: store, storeDisk: storeDisk, storeProblem: err}
	if err := h.openLog(o, n); err != nil {
		_ = store.Close() // nothing was written
		if storeDisk != nil {
			storeDisk.Close()
		}
		return nil, err
	}
	return h, nil
}

// openStore opens the store at its newest checkpoint. Where there is none the log
// must have everything.
func openStore(o *Options, n *Node) (*kvstore.Store, *offline.Disk, error) {
	if _, err := os.Stat(filepath.Join(n.StoreDir, n.StoreFile)); errors.Is(err, os.ErrNotExist) {
		return kvstore.New(kvstore.Options{Functions: o.Functions}), nil, nil
	}
	d, err := offline.Open(n.StoreDir, "")
	if err != nil {
		return nil, nil, err
	}
	s, err := kvstore.Open(kvstore.Options{Disk: d, Path: n.StoreFile, Functions: o.Functions})
	if err != nil {
		d.Close()
		return nil, nil, err
	}
	return s, d, nil
}

func (h *holder) openLog(o *Options, n *Node) error {
	d, err := offline.Open(n.LogDir, n.ArchiveDir)
	if err != nil {
		return err
	}
	if _, err := d.Open("ID"); err != nil { // recovery would found a new log
		d.Close()
		return fmt.Errorf("there is no log in %s: %w", n.LogDir, err)
	}
	newest, _ := h.store.Checkpoints()
	h.log, h.opened, err = tlog.Open(d, tlog.Options{Dir: ".", ClusterID: o.ClusterID, Node: n.Name, Rand: random,
		Checkpoint: newest, Installed: h.store.Installed()})
	if err == nil && h.storeDisk != nil {
		err = h.store.Bind(h.opened.Incarnation) // refuses the store of another log
	}
	if err != nil {
		d.Close()
		return err
	}
	h.disk = d
	return nil
}

// random fills b from the system's generator, which can't fail on Linux.
func random(b []byte) { _, _ = rand.Read(b) }

// newestGenesis is how the cluster began, as the nodes know.
func newestGenesis(holders []*holder) *core.Genesis {
	for _, h := range holders {
		if h.opened.Restored.Genesis != nil {
			return h.opened.Restored.Genesis
		}
	}
	return nil
}

// judgeVoters looks whether the logs at hand are those that count.
func (p *Proof) judgeVoters(o *Options, g *core.Genesis, holders []*holder) {
	var here, all core.SeatSet
	inDatacentre := 0
	for _, v := range g.Voters {
		all = all.With(v.Seat)
		k := slices.IndexFunc(holders, func(h *holder) bool { return h.name == v.Name })
		present := k >= 0 && holders[k].opened.Incarnation == v.Incarnation
		if present {
			here = here.With(v.Seat)
		}
		if v.Datacentre != o.Datacentre {
			continue
		}
		inDatacentre++
		switch {
		case k < 0:
			p.doubt("the log of voter %s is not at hand: what only it holds is missing", v.Name)
		case !present:
			p.doubt("the log of %s is not that of the voter: it was lost, and this is a new one", v.Name)
		case holders[k].opened.Ahead:
			p.doubt("the store of voter %s is ahead of its log, which was lost or replaced", v.Name)
		case len(holders[k].opened.Restored.Unknown) > 0:
			p.doubt("the log of voter %s is damaged at or above instance %d", v.Name, holders[k].opened.Restored.Unknown[0].Instance)
		}
	}
	if inDatacentre == 0 {
		p.doubt("no voter of the cluster is in datacentre %s; there are: %s", o.Datacentre, strings.Join(g.Datacentres(), " "))
	}
	// Whoever isn't here may have chosen something among themselves.
	if missing := all.Len() - here.Len(); p.Rule == core.RuleMajority && missing > all.Len()/2 {
		p.doubt("the cluster counts by majority (quorum_rule): the %d voters elsewhere can have acknowledged updates without datacentre %s", missing, o.Datacentre)
	}
}

// merge finds the base and the values above it.
func (p *Proof) merge(holders []*holder) map[core.Instance]core.Entry {
	for _, h := range holders {
		p.Base = max(p.Base, h.opened.Restored.Commit)
	}
	best := map[core.Instance]core.Entry{}
	held := map[core.Instance][]string{}
	for _, h := range holders {
		for _, e := range h.opened.Restored.Entries {
			if e.Instance <= p.Base {
				continue
			}
			switch was, known := best[e.Instance]; {
			case !known || was.Ballot.Less(e.Ballot):
				best[e.Instance], held[e.Instance] = e, []string{h.name}
			case was.Ballot == e.Ballot:
				held[e.Instance] = append(held[e.Instance], h.name)
			}
		}
	}
	p.Through = p.Base
	for {
		e, known := best[p.Through+1]
		if !known {
			return best
		}
		p.Through++
		updates, err := e.Value.Updates()
		if err != nil {
			updates = nil // chosen or not: it changes nothing
		}
		p.More = append(p.More, Accepted{e.Instance, e.Ballot, len(updates), held[e.Instance]})
	}
}

// judgeWaivers looks whether the datacentre was left out by an operator.
func (p *Proof) judgeWaivers(o *Options, holders []*holder, above map[core.Instance]core.Entry) {
	var newest core.Setting
	take := func(b []byte) {
		if s, err := core.DecodeSetting(b); err == nil && s.Serial > newest.Serial {
			newest = s
		}
	}
	for _, h := range holders {
		take(h.opened.Restored.Setting)
		take(h.store.Setting())
	}
	if newest.Has(o.Datacentre) {
		p.doubt("datacentre %s is waived (%v): updates were acknowledged without it since", o.Datacentre, newest)
		return
	}
	for i := p.Base + 1; i <= p.Through; i++ {
		if v := above[i].Value; v.Kind() == core.KindLocality {
			take(v.Setting())
		}
	}
	if newest.Has(o.Datacentre) {
		p.doubt("a waiver of datacentre %s was proposed (%v): if it was chosen, updates may have been acknowledged without it", o.Datacentre, newest)
	}
}

// stopped fails if a process has the log open.
func stopped(dir string) error {
	running, err := offline.Running(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("there is no directory %s", dir)
	case err != nil:
		return err
	case running:
		return fmt.Errorf("a node runs on %s: stop it first", dir)
	default:
		return nil
	}
}
