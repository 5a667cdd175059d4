package sim
import ("testing";"fmt")
func TestDbg(t *testing.T) {
	o := Calm()
	o.Clients, o.Leases, o.Think = 3, 20, "busy"
	w := New(1, o, NewRandom(1))
	r := w.Run()
	fmt.Println(r.Failure, r.Stats, w.now)
	for _, n := range w.nodes { fmt.Printf("%+v\n", n.replica.Status(n.clk.at(w.now))) ; fmt.Println(len(n.waiting), n.inbox) }
}
