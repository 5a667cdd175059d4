package sim

import (
	"slices"

	"github.com/openvstorage/arakoon-go/core"
)

// locality is check LOC: under the locality rule nothing is acknowledged before a
// voter of every datacentre holds it durably, except of those that a setting
// waives which a majority holds. Then any datacentre that is left can prove
// everything that clients were told.
type locality struct {
	ghost   *ghost
	opts    *Options
	through core.Instance // all up to here are where they must be
}

// setting is a locality setting that some disk holds.
type setting struct {
	instance core.Instance
	digest   uint64
	serial   uint64
	waived   []string
}

// noteSetting remembers what a value says about datacentres, if it does.
func (g *ghost) noteSetting(i core.Instance, digest uint64, value core.Value) {
	if value.Kind() != core.KindLocality {
		return
	}
	if s, err := core.DecodeSetting(value.Setting()); err == nil {
		g.settings = append(g.settings, setting{i, digest, s.Serial, s.Waived})
	}
}

// waived returns the datacentres that chosen settings excuse at instance i: the
// last one up to it, and every later one.
func (g *ghost) waived(i core.Instance) (all []string) {
	var last *setting
	for k := range g.settings {
		s := &g.settings[k]
		if d, ok := g.chosen(s.instance); !ok || d != s.digest {
			continue
		}
		if s.instance > i {
			all = append(all, s.waived...)
		} else if last == nil || s.instance > last.instance {
			last = s
		}
	}
	if last != nil {
		all = append(all, last.waived...)
	}
	return all
}

// newestSetting returns the serial of the newest setting chosen up to instance i; 0:
// there is none.
func (g *ghost) newestSetting(i core.Instance) (serial uint64) {
	for _, s := range g.settings {
		if d, ok := g.chosen(s.instance); ok && d == s.digest && s.instance <= i {
			serial = max(serial, s.serial)
		}
	}
	return serial
}

// knows judges that what a node would go on with has every setting chosen up to
// instance i: else it counts votes by a rule that is over.
func (g *ghost) knows(who string, bytes []byte, i core.Instance) *violation {
	s, err := core.DecodeSetting(bytes)
	if want := g.newestSetting(i); err != nil || s.Serial < want {
		return violated("LOC", "%s knows setting %d of the locality rule, up to instance %d there is %d: %v", who, s.Serial, i, want, err)
	}
	return nil
}

// holders returns the seats that hold the chosen value of i, in whatever ballot.
func (g *ghost) holders(i core.Instance) (set core.SeatSet) {
	s := &g.slots[i]
	for _, v := range s.votes {
		if v.digest == s.digest {
			set |= v.seats
		}
	}
	return set
}

// acknowledged judges that a client hears of a success that rests on instance i.
func (l *locality) acknowledged(seat core.Seat, i core.Instance) *violation {
	if l.opts.Rule != core.RuleLocality.String() {
		return nil
	}
	for at := l.through + 1; at <= min(i, l.ghost.prefix); at++ {
		held := l.ghost.holders(at)
		for d := range l.opts.Datacentres {
			name := l.opts.datacentre(core.Seat(d))
			if !l.opts.somebodyIn(held, d) && !slices.Contains(l.ghost.waived(at), name) {
				return violated("LOC", "n%d acknowledges instance %d, but in %s nobody holds instance %d", seat, i, name, at)
			}
		}
	}
	l.through = max(l.through, i)
	return nil
}
