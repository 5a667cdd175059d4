package sim

import "slices"

// passes are what is tried, again and again until nothing helps: what takes much
// away comes first.
var passes = []func(*shrinker){
	(*shrinker).shorten, (*shrinker).dropKinds, (*shrinker).dropClasses, (*shrinker).dropClients, (*shrinker).dropNodes,
	(*shrinker).dropByKind, (*shrinker).plainLoss, (*shrinker).coarsen, (*shrinker).dropByTime, (*shrinker).calm, (*shrinker).lower,
}

// passesByTime look at what happens together before they look at what is of a kind.
var passesByTime = []func(*shrinker){
	(*shrinker).shorten, (*shrinker).dropClients, (*shrinker).plainLoss, (*shrinker).dropByTime, (*shrinker).dropNodes, (*shrinker).coarsen,
	(*shrinker).dropKinds, (*shrinker).dropClasses, (*shrinker).dropByKind, (*shrinker).calm, (*shrinker).lower,
}

// options tries other options with the same decisions.
func (s *shrinker) options(change func(*Options)) bool {
	o := s.now.Options
	change(&o)
	return o != s.now.Options && s.try(o, s.now.Decisions)
}

// without tries to do without the decisions that drop picks.
func (s *shrinker) without(drop func(*Decision) bool) bool {
	var left []Decision
	for i := range s.now.Decisions {
		if !drop(&s.now.Decisions[i]) {
			left = append(left, s.now.Decisions[i])
		}
	}
	return len(left) < len(s.now.Decisions) && s.try(s.now.Options, left)
}

// reduce lowers a number towards lo while the run still fails: by halves, then by one.
func (s *shrinker) reduce(lo int, at func(*Options) *int) {
	for {
		now := *at(&s.now.Options)
		half := func(o *Options) { *at(o) = max(lo, now/2) }
		one := func(o *Options) { *at(o) = max(lo, now-1) }
		if now <= lo || !s.options(half) && !s.options(one) {
			return
		}
	}
}

// shorten ends the faulty part earlier.
func (s *shrinker) shorten() { s.reduce(1, func(o *Options) *int { return &o.Leases }) }

func (s *shrinker) dropClients() {
	s.reduce(0, func(o *Options) *int { return &o.Clients })
	s.reduce(0, func(o *Options) *int { return &o.Ops })
	s.reduce(1, func(o *Options) *int { return &o.Keys })
}

func (s *shrinker) dropNodes() { s.reduce(1, func(o *Options) *int { return &o.Nodes }) }

// dropKinds does without whole kinds of decisions, and without those about one node
// or client.
func (s *shrinker) dropKinds() {
	for k := DecisionKind(1); k < decisionEnd; k++ {
		if s.without(func(d *Decision) bool { return d.Kind == k }) {
			continue
		}
		for a := range uint8(64) {
			s.without(func(d *Decision) bool { return d.Kind == k && d.A == a })
		}
	}
}

// dropClasses does without whole classes of faults.
func (s *shrinker) dropClasses() {
	for f := range slotFaults {
		s.options(func(o *Options) { o.Faults &^= 1 << f })
	}
}

// dropByKind and dropByTime look for decisions to do without: halves, quarters, …
// single ones, from the end of the list or, forward, from its beginning. Decisions that belong together are
// neighbours in one of the two orders.
func (s *shrinker) dropByKind() {
	s.drop(func() []Decision {
		list := slices.Clone(s.now.Decisions)
		slices.SortStableFunc(list, func(a, b Decision) int { return int(a.Kind) - int(b.Kind) })
		return list
	})
}

func (s *shrinker) dropByTime() {
	s.drop(func() []Decision { return s.now.Decisions })
}

func (s *shrinker) drop(order func() []Decision) {
	list := order()
	for size := max(1, len(list)/2); size > 0; size /= 2 {
		for done := 0; done < len(list); {
			start, end := max(0, len(list)-done-size), len(list)-done
			if s.forward {
				start, end = done, min(len(list), done+size)
			}
			if s.try(s.now.Options, slices.Concat(list[:start], list[end:])) {
				list = order()
			} else {
				done += size
			}
		}
	}
}

// sizes are the options that have passes of their own.
var sizes = []string{"nodes", "leases", "clients", "ops", "keys"}

// calm turns options into those of a run without faults, one by one.
func (s *shrinker) calm() {
	quiet := Calm()
	for _, f := range fields {
		if slices.Contains(sizes, f.name) {
			continue
		}
		s.options(func(o *Options) {
			if err := f.parse(o, f.print(&quiet)); err != nil {
				panic(err) // options print what they read
			}
		})
	}
	s.options(func(o *Options) { o.FIFO = true })
}

// lower makes choices milder: all of a kind at once, then each by bisection.
func (s *shrinker) lower() {
	for k := DecisionKind(1); k < decisionEnd; k++ {
		s.rewrite(func(d *Decision) bool { return d.Kind == k && d.Choice > 1 }, func(uint32) uint32 { return 1 })
	}
	for i := len(s.now.Decisions) - 1; i >= 0; i-- {
		if i >= len(s.now.Decisions) {
			continue
		}
		id, high := s.now.Decisions[i].Identity, s.now.Decisions[i].Choice
		for low := uint32(1); low < high; {
			mid := (low + high) / 2
			if s.rewrite(func(d *Decision) bool { return d.Identity == id }, func(uint32) uint32 { return mid }) {
				high = mid
			} else {
				low = mid + 1
			}
		}
	}
}

// rewrite tries other choices for some decisions.
func (s *shrinker) rewrite(which func(*Decision) bool, to func(uint32) uint32) bool {
	list, changed := slices.Clone(s.now.Decisions), false
	for i := range list {
		if which(&list[i]) {
			list[i].Choice = to(list[i].Choice)
			changed = true
		}
	}
	return changed && s.try(s.now.Options, list)
}
