package spec

import "math/bits"

// Ballot is a round and its owner in one number, ordered as the pair is; 0 is the
// ballot below all others.
type Ballot uint64

const memberBits = 16

// MakeBallot returns the ballot of a round, counted from 1, and of a node.
func MakeBallot(round uint64, owner int) Ballot {
	return Ballot(round<<memberBits | uint64(owner+1))
}

// Owner is the one node that may use the ballot; -1 for ballot 0.
func (b Ballot) Owner() int { return int(b&(1<<memberBits-1)) - 1 }

// Inst numbers instances, from 1 on.
type Inst uint64

// Value names what is accepted: 0 nothing, in bounded models 1 the no-op and 1+b the
// batch that ballot number b proposes first, in runs a digest.
type Value uint64

// Noop fills what no promise of a quorum reports.
const Noop Value = 1

// Entry is an accepted ballot and value; the zero Entry is none. What a snapshot
// covers has ballot 0.
type Entry struct {
	B Ballot
	V Value
}

// Set is a set of nodes, which are numbered from 0 here and from 1 in the spec.
type Set uint64

// Has reports whether node n is in the set.
func (s Set) Has(n int) bool { return s>>n&1 != 0 }

// With returns the set with node n in it.
func (s Set) With(n int) Set { return s | 1<<n }

func (s Set) len() int { return bits.OnesCount64(uint64(s)) }

// Pos counts the appends of a node in its present life.
type Pos uint64

// Phase is what a node does in a ballot of its own.
type Phase uint8

// The phases: the spec's "f", "c" and "m".
const (
	Follower Phase = iota
	Candidate
	Master
)

// Config is the constants of the spec.
type Config struct {
	Nodes     int
	Voters    Set
	Zones     []Set // each must hold a copy of what is chosen
	Standing  int   // nodes 0..Standing-1 stand for election
	MaxBallot int
	MaxInst   Inst
	Window    Inst
	Crashers  Set
	SplitSync bool
	HoleFree  bool
	MaxCrash  int
	MaxSnap   int
	LeaseM    int64
	LeaseA    int64
	Drift     int64
	MaxRound  uint64
	// Runs is set in a run: no bounds, and see the package comment.
	Runs bool
}

// State is a state of the spec.
type State struct {
	cfg     *Config
	nodes   []node
	slots   []slot   // by instance, from 1 on: slots[i-1]
	tenures []tenure // what was sent in a ballot, in the order of first use
	seen    Inst
	ncr     int
	nsn     int
	off     Guard // left out, to see whether that is noticed; 0: none
}

// node is one node's variables.
type node struct {
	pro       Ballot
	log       log
	com, snap Inst

	dpro   Ballot
	dlog   log
	pend   []write // made since the last sync, oldest first
	out    []reply // wait for the sync
	synced Pos     // runs: through here

	ph   Phase
	mb   Ballot
	bar  Inst
	top  Inst    // the last instance proposed in mb
	due  []Value // runs: still to be proposed again, from top+1 on
	rest bool    // runs: the barrier, or more, is still to come

	lease, lrem int64
	lrnd        uint64
	grant       Ballot
	rem         int64
	quiet       bool // the grant is what a restart found

	// Runs only.
	reach    Inst // highest commit index ever
	longest  int64
	dlongest int64
	released Ballot
	asked    [heldRounds]asked
	mute     bool // not a voter, or damaged: acts in nothing
}

// heldRounds is how many lease rounds may be on their way.
const heldRounds = 8

// asked says what a lease round would give.
type asked struct {
	round uint64
	end   int64
}

// slot is what was sent about one instance.
type slot struct {
	p2a    []Entry // proposals
	p2b    []votes
	chosen Value // runs: what some master committed
}

type votes struct {
	b   Ballot
	set Set
}

// tenure is what was sent in one ballot, votes and proposals apart.
type tenure struct {
	b        Ballot
	prepares []Inst // p1a: the commit indexes
	promises []promise
	told     span // cmt
	asked    span // lreq
	acks     []ack
	elected  bool
	handed   bool // its master left it for good and said so
}

// span is the numbers first..last; empty if last is 0.
type span struct{ first, last uint64 }

func (s *span) add(x uint64) {
	if s.last == 0 {
		s.first = x
	}
	s.last = max(s.last, x)
}

func (s *span) has(x uint64) bool { return s.last != 0 && s.first <= x && x <= s.last }

type promise struct {
	node int
	com  Inst
	log  log // what is accepted above the candidate's commit index
}

type ack struct {
	round uint64
	set   Set
}

// log is entries of consecutive instances, from base+1 on.
type log struct {
	base Inst
	e    []Entry
}

func (l *log) at(i Inst) Entry {
	if i <= l.base || i-l.base > Inst(len(l.e)) {
		return Entry{}
	}
	return l.e[i-l.base-1]
}

func (l *log) last() Inst { return l.base + Inst(len(l.e)) }

func (l *log) set(i Inst, e Entry) {
	if i <= l.base {
		return
	}
	for l.last() < i {
		l.e = append(l.e, Entry{})
	}
	l.e[i-l.base-1] = e
}

// drop forgets what is at or below i.
func (l *log) drop(i Inst) {
	if i <= l.base {
		return
	}
	k := min(int(i-l.base), len(l.e))
	l.e = l.e[:copy(l.e, l.e[k:])]
	l.base = i
}

// Init returns the first state.
func Init(c *Config) *State {
	return &State{cfg: c, nodes: make([]node, c.Nodes)}
}

func (s *State) slot(i Inst) *slot {
	for Inst(len(s.slots)) < i {
		s.slots = append(s.slots, slot{})
	}
	return &s.slots[i-1]
}

// tenure returns what was sent in ballot b.
func (s *State) tenure(b Ballot) *tenure {
	if t := s.find(b); t != nil {
		return t
	}
	s.tenures = append(s.tenures, tenure{b: b})
	return &s.tenures[len(s.tenures)-1]
}

// find is tenure for what may not be there; a late ballot is found first.
func (s *State) find(b Ballot) *tenure {
	for k := len(s.tenures) - 1; k >= 0; k-- {
		if s.tenures[k].b == b {
			return &s.tenures[k]
		}
	}
	return nil
}

func (s *State) proposed(b Ballot, i Inst, v Value) bool {
	if i == 0 || i > Inst(len(s.slots)) {
		return false
	}
	for _, p := range s.slots[i-1].p2a {
		if p.B == b && p.V == v {
			return true
		}
	}
	return false
}

// voted returns who has told the owner of b that it holds i in b.
func (s *State) voted(b Ballot, i Inst) Set {
	if i == 0 || i > Inst(len(s.slots)) {
		return 0
	}
	for _, v := range s.slots[i-1].p2b {
		if v.b == b {
			return v.set
		}
	}
	return 0
}

// majority is the quorum of elections and leases.
func (s *State) majority(q Set) bool {
	return 2*(q&s.cfg.Voters).len() > s.cfg.Voters.len()
}

// accepts is the quorum by which an instance is chosen.
func (s *State) accepts(q Set) bool {
	if !s.majority(q) {
		return false
	}
	for _, z := range s.cfg.Zones {
		if q&z == 0 {
			return false
		}
	}
	return true
}
