package realnet

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/openvstorage/arakoon-go/core"
	"github.com/openvstorage/arakoon-go/core/replica"
)

// maxReadyLag is how many instances a node may lack and still call itself ready:
// as many as are under way, and as many again as a busy cluster makes in a moment.
const maxReadyLag core.Instance = 10_000

// check is one condition of /readyz.
type check struct {
	name  string
	local bool // counts for ?level=local too
	// failing says why the node isn't ready, "" if it is.
	failing func(s *Server, st *replica.Status) string
}

// checks are the conditions of /readyz. They rest on the published status alone:
// asking costs the loop nothing.
var checks = []check{
	{"local_store", true, storeFailing},
	{"digest", true, digestFailing},
	{"lag", false, lagFailing},
	{"linearizable_read", false, readFailing},
}

// storeFailing: a node that was never part of the cluster has no state to show.
func storeFailing(_ *Server, st *replica.Status) string {
	if st.Role == core.RoleBlank {
		return "the cluster has not been founded, or this node has not heard of it: " + st.Waiting
	}
	if st.Rebuilding {
		return "the state is being rebuilt from a snapshot"
	}
	return ""
}

// digestFailing: the node found its state to differ from the others', or nobody
// can tell who is right.
func digestFailing(_ *Server, st *replica.Status) string {
	switch st.Verdict {
	case core.VerdictNone:
		return ""
	case core.VerdictDiverged:
		return "the state differs from the others'"
	case core.VerdictUnverified:
		return "the nodes' states differ, and no majority agrees"
	default:
		return "unknown verdict"
	}
}

func lagFailing(_ *Server, st *replica.Status) string {
	if n := lag(st); n > maxReadyLag {
		return fmt.Sprintf("%d instances behind, more than %d", n, maxReadyLag)
	}
	return ""
}

// readFailing: a consistent read sent here is served, or sent to the master. A
// read-only node serves it from what it has.
func readFailing(s *Server, st *replica.Status) string {
	if s.cfg.ReadOnly || st.Master != "" || s.reads().Leased(s.clock) {
		return ""
	}
	return "there is no master"
}

// verdict is what became of a check.
type verdict struct {
	name, failing string
}

// ready runs the checks of a level, without the excluded ones; ok if none fails.
func (s *Server) ready(local bool, exclude []string) (all []verdict, ok bool) {
	st := s.status()
	ok = true
	for _, c := range checks {
		if local && !c.local || slices.Contains(exclude, c.name) {
			continue
		}
		v := verdict{c.name, c.failing(s, &st)}
		ok = ok && v.failing == ""
		all = append(all, v)
	}
	return all, ok
}

// livez says whether the loop turns, and nothing else: a node without a master
// is alive.
func (a *admin) livez(w http.ResponseWriter, _ *http.Request) {
	idle := bootClock().Sub(core.Instant(a.s.loop.turns.Load()))
	if idle > liveWithin {
		http.Error(w, fmt.Sprintf("the loop has not turned for %v", idle), http.StatusServiceUnavailable)
		return
	}
	_, _ = fmt.Fprintln(w, "ok")
}

// readyz says whether this node can serve: ?level=local asks for reads of its own
// state only, ?exclude=NAME leaves a check out, ?verbose lists them.
func (a *admin) readyz(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	level := q.Get("level")
	if level != "" && level != "local" {
		http.Error(w, "level is local, or left out", http.StatusBadRequest)
		return
	}
	for _, name := range q["exclude"] {
		if !slices.ContainsFunc(checks, func(c check) bool { return c.name == name }) {
			http.Error(w, "there is no check "+name, http.StatusBadRequest)
			return
		}
	}
	all, ok := a.s.ready(level == "local", q["exclude"])
	var b strings.Builder
	for _, v := range all {
		switch {
		case v.failing != "":
			fmt.Fprintf(&b, "[-]%s failed: %s\n", v.name, v.failing)
		case q.Has("verbose"):
			fmt.Fprintf(&b, "[+]%s ok\n", v.name)
		}
	}
	if !ok {
		http.Error(w, b.String()+"not ready", http.StatusServiceUnavailable)
		return
	}
	_, _ = fmt.Fprintln(w, b.String()+"ok")
}
