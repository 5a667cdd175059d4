package realnet

import (
	"net/http"
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
