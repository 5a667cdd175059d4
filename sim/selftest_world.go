package sim

import (
	"errors"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
	"github.com/openvstorage/arakoon-go/kvstore/command"
	"github.com/openvstorage/arakoon-go/model"
)

// What the whole cluster does, and what its clients see: K12, K13, K16, K17, K18,
// K20, ROLE, PANIC.

var errUnforeseen = errors.New("something that nobody thought of")

var leaseTwins = []twin{
	{"two nodes would serve", func(flawed bool) *violation {
		var l leases
		return firstOf(l.look(0b100), l.look(pick(flawed, core.SeatSet(0b101), 0b001)))
	}},
	{"a node would serve an older state than clients were told of", func(flawed bool) *violation {
		var s serving
		s.answered(7)
		s.answered(5) // an answer that took longer
		return s.look(1, pick(flawed, core.Instance(6), 7))
	}},
	{"another node behaves as if it had the lease", func(flawed bool) *violation {
		s := newStage(stageOptions(3))
		m := s.boot()
		if flawed {
			other := s.others(m)[0]
			other.replica, other.clk = m.replica, m.clk
			other.clockFn = m.clockFn
		}
		s.checks.afterEvent()
		return s.found()
	}},
}

var roleTwins = []twin{
	{"a learner serves", func(flawed bool) *violation {
		o := Options{Nodes: 4, Learners: 0b1000}
		return mayServe(pick(flawed, core.SeatSet(0b1000), 0b0100), o.standers())
	}},
	{"a witness serves", func(flawed bool) *violation {
		o := Options{Nodes: 3, Witnesses: pick(flawed, core.SeatSet(0b010), 0b100)}
		return mayServe(0b010, o.standers())
	}},
	{"a node serves that is not among the forced masters", func(flawed bool) *violation {
		o := Options{Nodes: 3, Masters: pick(flawed, core.SeatSet(0b001), 0b010)}
		return mayServe(0b010, o.standers())
	}},
}

// put and look are operations of histories made by hand.
func put(call, end int64, i core.Instance, key string) model.Op {
	return model.Op{Call: call, Return: end, Update: command.Set{Key: key, Value: []byte(key)}, Instance: i}
}

func look(call, end int64, i core.Instance, key string, found bool) model.Op {
	return model.Op{Call: call, Return: end, Query: command.Exists{Key: key}, Answer: command.Answer{Found: found}, Instance: i}
}

// judged asks both judges, with a set of "a" chosen at 1 and one of "b" at 2.
func judged(ops ...model.Op) *violation {
	return judgeHistory(model.Checker{}, ops, chosenValues(set("a"), set("b")).order(), true)
}

var historyTwins = []twin{
	{"a view is served as another instance's", func(flawed bool) *violation {
		v := stateOf(set("a"))
		return shows(0, v, pick(flawed, core.Instance(2), v.Applied()))
	}},
	{"a process's weak reads go back", func(flawed bool) *violation {
		last := core.Instance(0)
		return firstOf(notBack(0, &last, 5), notBack(0, &last, pick(flawed, core.Instance(4), 5)))
	}},
	{"a weak read of a state that never was", func(flawed bool) *violation {
		weak := look(0, 4, 1, "b", flawed)
		weak.Weak = true
		return judgeHistory(model.Checker{}, []model.Op{weak}, chosenValues(set("a"), set("b")).order(), false)
	}},
	{"a stale read", func(flawed bool) *violation {
		return judged(put(0, 4, 1, "a"), put(0, 4, 2, "b"), look(5, 6, pick(flawed, core.Instance(1), 2), "b", !flawed))
	}},
	{"a read that goes back in time", func(flawed bool) *violation {
		return judged(put(0, 9, 2, "b"), look(1, 2, 2, "b", true), look(3, 4, pick(flawed, core.Instance(1), 2), "b", !flawed))
	}},
	{"a success that was never chosen", func(flawed bool) *violation {
		return judged(put(0, 4, 2, pick(flawed, "c", "b")), look(5, 6, 2, "c", false))
	}},
	{"a value that nobody wrote", func(flawed bool) *violation {
		return judged(put(0, 4, 1, "a"), look(5, 6, 2, pick(flawed, "c", "a"), true))
	}},
	{"a wrong result of an update", func(flawed bool) *violation {
		op := model.Op{Call: 0, Return: 4, Update: command.Set{Key: "a", Value: []byte("a")}, Instance: 1}
		if flawed {
			op.Result = command.Failed(command.CodeNotFound, "a")
		}
		return judged(op)
	}},
}

var judgesTwins = []twin{
	{"an answer names an instance that it does not rest on", func(flawed bool) *violation {
		return judged(put(0, 4, pick(flawed, core.Instance(1), 2), "b"))
	}},
	{"the instances explain what no search does", func(flawed bool) *violation {
		return agree(nil, pick(flawed, errUnforeseen, nil)) // no history does that to sound judges
	}},
}

var livenessTwins = []twin{
	{"nothing commits any more", func(flawed bool) *violation {
		s := newStage(stageOptions(3))
		m := s.boot()
		if flawed {
			for _, n := range s.nodes {
				n.gone, n.leftOut = n != m, n != m
				if n != m {
					n.dieAs("for good", false)
				}
			}
		}
		s.heal()
		s.runUntil(s.now + s.lease(200))
		return s.found()
	}},
	{"a node does not come to the others' state", func(flawed bool) *violation {
		s := newStage(stageOptions(3))
		m := s.boot()
		s.writer(1, 20)
		s.wait(20)
		s.heal()
		if flawed {
			s.cutOff(s.others(m)[0])
		}
		s.runUntil(s.now + s.lease(200))
		return s.found()
	}},
	{"a process stops by itself", func(flawed bool) *violation {
		s := newStage(stageOptions(3))
		m := s.boot()
		m.mayStop = !flawed
		m.stopped(errUnforeseen)
		return s.found()
	}},
}

var refusalTwins = []twin{
	{"a request is left without an answer", func(flawed bool) *violation {
		s := newStage(stageOptions(3))
		n := s.nodes[0]
		n.up = true
		n.waiting = []*request{{taken: s.lease(10)}}
		s.now = s.lease(10) + s.lease(10)*patience*21/20 + pick[int64](flawed, 1, 0)
		return n.overdue()
	}},
	{"a request is left without an answer after a stop of its process", func(flawed bool) *violation {
		s := newStage(stageOptions(3))
		n := s.nodes[0]
		n.up, n.resumedAt = true, s.lease(pick[int64](flawed, 11, 15))
		n.waiting = []*request{{taken: s.lease(10)}}
		s.now = s.lease(45)
		return n.overdue()
	}},
	{"an answer to a request that does not wait", func(flawed bool) *violation {
		s := newStage(stageOptions(3))
		m := s.boot()
		r := &request{op: operation{update: command.Nop{}}}
		if !flawed {
			m.waiting = append(m.waiting, r)
		}
		m.answer(&replica.Answer{Tag: r, Result: command.Result{}})
		return s.found()
	}},
	{"a refusal that says nothing a client can go by", func(flawed bool) *violation {
		s := newStage(stageOptions(3))
		m := s.boot()
		r := &request{op: operation{update: command.Nop{}}}
		m.waiting = append(m.waiting, r)
		m.answer(&replica.Answer{Tag: r, Err: pick(flawed, errUnforeseen, replica.ErrNotMaster)})
		return s.found()
	}},
	{"an update is executed that was refused", func(flawed bool) *violation {
		s := newSubmissions()
		a := command.Encode(command.Set{Key: "a", Value: []byte("a")})
		s.taken(a)
		if flawed {
			s.refused(a)
		}
		return s.judge(chosenValues(set("a")).order())
	}},
	{"an update is executed twice", func(flawed bool) *violation {
		s := newSubmissions()
		s.taken(command.Encode(command.Set{Key: "a", Value: []byte("a")}))
		s.taken(command.Encode(command.Set{Key: "b", Value: []byte("b")}))
		return s.judge(chosenValues(set("a"), set(pick(flawed, "a", "b"))).order())
	}},
	{"an update is executed that nobody asked for", func(flawed bool) *violation {
		s := newSubmissions()
		s.taken(command.Encode(command.Set{Key: "a", Value: []byte("a")}))
		return s.judge(chosenValues(set(pick(flawed, "b", "a"))).order())
	}},
}

var determinismTwins = []twin{
	{"one event comes at another time", func(flawed bool) *violation {
		o := Calm()
		o.Leases = 2
		first := New(1, o, NewRandom(1)).Run()
		w := New(1, o, NewRandom(1))
		if flawed {
			w.push(event{at: w.now + 1, kind: evScript, run: func() {}})
		}
		second := w.Run()
		return sameRun(&first, &second)
	}},
}

var boundsTwins = []twin{
	{"a process spins", func(flawed bool) *violation { return spinning(0, maxSpins+pick(flawed, 1, 0)) }},
	boundsTwin("requests pile up", func(n *node, flawed bool) {
		n.waiting = make([]*request, n.w.mayWait()+pick(flawed, 1, 0))
	}),
	boundsTwin("inputs pile up", func(n *node, flawed bool) { n.inbox = make([]input, maxInbox+pick(flawed, 1, 0)) }),
	boundsTwin("jobs pile up", func(n *node, flawed bool) { n.jobs = make([]*runningJob, maxJobs+pick(flawed, 1, 0)) }),
	{"a file is left over", func(flawed bool) *violation {
		s := newStage(stageOptions(1))
		m := s.boot()
		_, err := m.disk.Create(logDir + "/" + pick(flawed, "leftover", "reserve"))
		must(err)
		return m.tidy()
	}},
}

func boundsTwin(flaw string, fill func(*node, bool)) twin {
	return twin{flaw, func(flawed bool) *violation {
		s := newStage(stageOptions(1))
		m := s.boot()
		fill(m, flawed)
		return m.bounded()
	}}
}

var panicTwins = []twin{
	{"a process panics", func(flawed bool) *violation {
		s := newStage(stageOptions(1))
		s.boot()
		s.push(event{at: s.now, kind: evScript, run: func() {
			if flawed {
				panic("a bug")
			}
		}})
		s.wait(1)
		return s.found()
	}},
}
