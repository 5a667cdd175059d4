package spec

// Vote says whether a node is a voter that has lost nothing: only such a one promises,
// accepts, grants and stands.
func (s *State) Vote(n int, may bool) { s.nodes[n].mute = !may }

// Lost tells that a node's disk is another one, and blank.
func (s *State) Lost(n int) { s.nodes[n] = node{reach: s.nodes[n].reach, mute: true} }

// Promised, Commit and Phase are the part of a node's state that its events report.
func (s *State) Promised(n int) Ballot { return s.nodes[n].pro }

// Commit returns a node's commit index.
func (s *State) Commit(n int) Inst { return s.nodes[n].com }

// Phase returns what a node does in a ballot of its own.
func (s *State) Phase(n int) Phase { return s.nodes[n].ph }
