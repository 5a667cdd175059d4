package realnet

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/openvstorage/arakoon-go/core/replica"
)

// ClusterHeader must carry the cluster's id in every order to the admin port: a
// page in somebody's browser can't set it for another site, and an order meant
// for another cluster is refused.
const ClusterHeader = "Arakoon-Cluster"

// ordered lets an order pass only if it is meant for this cluster.
func (a *admin) ordered(do http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(ClusterHeader) != a.s.cfg.ClusterID {
			http.Error(w, "the header "+ClusterHeader+" must name this cluster", http.StatusForbidden)
			return
		}
		do(w, r)
	}
}

// handOver lets this node, if it is master, hand over: ?to=NODE, or to whom it
// fits.
func (a *admin) handOver(w http.ResponseWriter, r *http.Request) {
	to := r.URL.Query().Get("to")
	if to != "" && !slices.ContainsFunc(a.s.cfg.Nodes, func(n Node) bool { return n.Name == to }) {
		http.Error(w, "there is no node "+to, http.StatusBadRequest)
		return
	}
	a.order(w, r, "hand over to "+to, func(done func(error)) {
		a.s.handOver(to, done)
	})
}

// locality waives a datacentre, or lets it count again: ?datacentre=D&waived=BOOL.
func (a *admin) locality(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	dc := q.Get("datacentre")
	waived, err := strconv.ParseBool(q.Get("waived"))
	if dc == "" || err != nil {
		http.Error(w, "datacentre must name one, waived must be true or false", http.StatusBadRequest)
		return
	}
	a.order(w, r, fmt.Sprintf("datacentre %s: waived %v", dc, waived), func(done func(error)) { a.s.waive(dc, waived, done) })
}

// order gives an order and tells how it ended: 409 with the reason if it was
// refused. It is on the record in the node's own log.
func (a *admin) order(w http.ResponseWriter, r *http.Request, what string, give func(done func(error))) {
	err := a.s.obey(r.Context(), give)
	log := a.s.cfg.Log.With("node", a.s.cfg.Name, "order", what, "from", r.RemoteAddr)
	switch {
	case err == nil:
		log.Warn("order of an operator carried out")
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"api_version": APIVersion, "ok": true}) // an error means that nobody reads it
	case errors.Is(err, errStopped):
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	case errors.Is(err, replica.ErrBusy):
		http.Error(w, msgBusy, http.StatusServiceUnavailable)
	default:
		log.Warn("order of an operator refused", "reason", err)
		http.Error(w, err.Error(), http.StatusConflict)
	}
}
