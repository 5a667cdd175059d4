package realnet

import (
	"encoding/json"
	"net"
	"net/http"
	"net/http/pprof"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// liveWithin is how recently the loop must have turned for /livez to say ok.
const liveWithin = 3 * idleTurn

// admin is the admin listener: plain HTTP, for people and tools on this machine.
type admin struct {
	s    *Server
	addr net.Addr
	http http.Server
	wg   sync.WaitGroup
}

func startAdmin(s *Server, l net.Listener) *admin {
	a := &admin{s: s, addr: l.Addr()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.people)
	mux.HandleFunc("GET /livez", a.livez)
	mux.HandleFunc("GET /readyz", a.readyz)
	mux.Handle("GET /metrics", promhttp.HandlerFor(newMetrics(s).registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /statusz", a.statusz)
	mux.HandleFunc("POST /handover", a.ordered(a.handOver))
	mux.HandleFunc("POST /locality", a.ordered(a.locality))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	a.http = http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	a.wg.Go(func() { _ = a.http.Serve(l) })
	return a
}

func (a *admin) close() {
	_ = a.http.Close()
	a.wg.Wait()
}

// statusz shows everything, with ?brief all but the state, with ?content also the
// content digest of a large store.
func (a *admin) statusz(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	if r.URL.Query().Has("brief") {
		_ = e.Encode(a.s.briefPage()) // an error means that nobody reads it
		return
	}
	_ = e.Encode(a.s.StatusPage(r.URL.Query().Has("content"))) // as above
}
