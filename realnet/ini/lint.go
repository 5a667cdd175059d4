package ini

import (
	"fmt"
	"slices"
	"strings"
)

func sortWarnings(w []Warning) {
	slices.SortStableFunc(w, func(a, b Warning) int { return a.Line - b.Line })
}

// lint warns about everything in the file that has no effect.
func (l *loader) lint(cfg *Config) {
	places := l.places(cfg)
	for i, s := range l.file.Sections {
		if l.file.Section(s.Name) != s {
			l.warn(s.Line, "section [%s] comes again later: only the last one counts", s.Name)
			continue
		}
		place, known := places[s.Name]
		if !known {
			l.strangeSection(cfg, l.file.Sections[i])
			continue
		}
		l.lintSection(place, s)
	}
}

// places says what each section is for.
func (l *loader) places(cfg *Config) map[string]Place {
	places := map[string]Place{"global": PlaceGlobal, "nursery": PlaceNursery}
	if nursery := l.file.Section("nursery"); nursery != nil {
		for _, name := range l.list(nursery, "cluster") {
			places[name] = PlaceNode
		}
	}
	for _, n := range cfg.Nodes {
		s := l.file.Section(n.Name)
		if ref, _ := s.Lookup("log_config"); ref.Value != "" {
			name, _ := parseString(ref.Value)
			places[name] = PlaceLog
		}
		if ref, _ := s.Lookup("batched_transaction_config"); ref.Value != "" {
			name, _ := parseString(ref.Value)
			places[name] = PlaceBatch
		}
	}
	for _, n := range cfg.Nodes {
		places[n.Name] = PlaceNode
	}
	return places
}

func (l *loader) strangeSection(cfg *Config, s *Section) {
	hint := ""
	if near := nearest(s.Name, append(cfg.Names(), "global", "nursery")); near != "" {
		hint = fmt.Sprintf(" (did you mean %s?)", near)
	}
	l.warn(s.Line, "section [%s] belongs to nothing: it isn't in cluster and has no learner = true%s", s.Name, hint)
}

func (l *loader) lintSection(place Place, s *Section) {
	for i, e := range s.Entries {
		if slices.ContainsFunc(s.Entries[i+1:], func(later Entry) bool { return later.Key == e.Key }) {
			l.warn(e.Line, "%s comes again later in [%s]: only the last one counts", e.Key, s.Name)
			continue
		}
		o := find(place, e.Key)
		switch {
		case o == nil:
			l.unknown(place, s, e)
		case o.Effect == Inert && !l.client && !asksForNothing(o, e.Value):
			l.warn(e.Line, "%s in [%s] is accepted, without effect: %s", e.Key, s.Name, strings.ReplaceAll(o.Meaning, "`", ""))
		}
	}
}

// unknown names the nearest key of this kind of section, or the section where
// the key belongs.
func (l *loader) unknown(place Place, s *Section, e Entry) {
	hint := ""
	if near := nearest(e.Key, keysOf(place)); near != "" {
		hint = fmt.Sprintf(" (did you mean %s?)", near)
	} else if place == PlaceNode && find(PlaceGlobal, e.Key) != nil {
		hint = " (it belongs into [global])"
	} else if place == PlaceGlobal && find(PlaceNode, e.Key) != nil {
		hint = " (it belongs into a node's section)"
	}
	l.warn(e.Line, "%s in [%s] is unknown and has no effect%s", e.Key, s.Name, hint)
}

// asksForNothing reports whether an inert option asks for what happens anyway.
func asksForNothing(o *Option, value string) bool {
	v, _ := parseString(value)
	if o.Type == TypeInt && o.AsIs != "" {
		want, _, _ := parseInt(o.AsIs)
		got, _, err := parseInt(value)
		return err == nil && got == want
	}
	return o.AsIs != "" && strings.HasPrefix(v, o.AsIs)
}

// checkValues refuses a value that doesn't read as its option's type, also of an
// option that has no effect.
func (l *loader) checkValues(cfg *Config) {
	places := l.places(cfg)
	for _, s := range l.file.Sections {
		place, known := places[s.Name]
		if !known || l.file.Section(s.Name) != s {
			continue
		}
		for _, e := range s.Entries {
			if o := find(place, e.Key); o != nil && o.Effect == Inert {
				l.checkValue(o, e)
			}
		}
	}
}

func (l *loader) checkValue(o *Option, e Entry) {
	var err error
	switch o.Type {
	case TypeInt:
		_, _, err = parseInt(e.Value)
	case TypeFloat:
		_, _, err = parseFloat(e.Value)
	case TypeBool:
		_, _, err = parseBool(e.Value)
	case TypeSize:
		_, err = parseSize(e.Value)
	case TypeDuration:
		_, err = parseDuration(e.Value)
	case TypeString, TypeList:
	}
	if err != nil {
		l.fail(e.Line, ExitSyntax, fmt.Sprintf("%s = %.40s: %v", e.Key, e.Value, err), "correct the value or remove it")
	}
}
