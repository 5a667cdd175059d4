package main

import (
	"fmt"
	"slices"
	"strings"
)

// canonical brings a TLA+ value as TLC prints it into the form of spec.State.TLA: no
// spaces, the elements of sets in the order of their text.
func canonical(text string) (string, error) {
	p := parser{rest: strings.TrimSpace(text)}
	v := p.value()
	if p.wrong || p.rest != "" {
		return "", fmt.Errorf("no TLA+ value that this command knows: %.60q", text)
	}
	return v, nil
}

type parser struct {
	rest  string
	wrong bool
}

func (p *parser) skip() { p.rest = strings.TrimLeft(p.rest, " \n\t") }

// take cuts off a token if it comes next.
func (p *parser) take(token string) bool {
	p.skip()
	rest, ok := strings.CutPrefix(p.rest, token)
	if ok {
		p.rest = rest
		p.skip()
	}
	return ok
}

func (p *parser) value() string {
	p.skip()
	switch {
	case p.take("<<"):
		return "<<" + strings.Join(p.list(">>"), ",") + ">>"
	case p.take("{"):
		parts := p.list("}")
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	case p.take("["):
		return "[" + strings.Join(p.list("]"), ",") + "]"
	default:
		return p.atom()
	}
}

// list reads values up to a closing token; in records each is "name |-> value".
func (p *parser) list(end string) (parts []string) {
	for !p.take(end) && !p.wrong {
		v := p.value()
		if p.take("|->") {
			v += "|->" + p.value()
		}
		parts = append(parts, v)
		if !p.take(",") && !strings.HasPrefix(p.rest, end) {
			p.wrong = true
		}
	}
	return parts
}

// atom reads a number, a name or a string.
func (p *parser) atom() string {
	n := strings.IndexAny(p.rest, " \n\t,>}]|")
	if n < 0 {
		n = len(p.rest)
	}
	p.wrong = p.wrong || n == 0
	v := p.rest[:n]
	p.rest = p.rest[n:]
	return v
}
