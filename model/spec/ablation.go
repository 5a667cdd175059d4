package spec

// Noticed says what comes of leaving one guard out.
type Noticed struct {
	Guard string // Action.guard
	By    string // a model whose graph then differs, or "a step that it alone refuses"; "": nothing
}

// Ablate leaves out each guard, one at a time. One that counts in models is noticed by
// a graph that is no longer the recorded one; one that only runs have by a step that
// nothing else refuses.
func Ablate() []Noticed {
	var all []Noticed
	for _, act := range actions {
		for k := range act.guards {
			g := &act.guards[k]
			all = append(all, Noticed{act.Name + "." + g.name, noticed(act, g)})
		}
	}
	return all
}

func noticed(act *Action, g *guard) string {
	if refused(act, g) {
		return "a step that it alone refuses"
	}
	if g.only.counts(false) && act.all != nil {
		for k := range Models {
			if m := &Models[k]; m.Quick && m.differs(g.id) {
				return m.Name
			}
		}
	}
	return ""
}

func refused(act *Action, g *guard) bool {
	for k := range refusals {
		if r := &refusals[k]; r.act == act && r.guard == g.name && r.refuses(g.id) {
			return true
		}
	}
	return false
}

// differs walks the model without a guard, as far as its recorded size.
func (m *Model) differs(without Guard) bool {
	g := Enumerate(&m.Config, without, m.States, nil)
	return g.Over || g.Broken != "" || g.States != m.States || g.Steps != m.Steps
}
