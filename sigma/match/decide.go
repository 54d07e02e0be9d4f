package match

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"penstock/sigma"
)

// holds decides a node.
func (t *trial) holds(n int32) bool {
	if d := t.decided[n]; d>>1 == t.now {
		return d&1 == 1
	}
	p := &t.plan.program
	node := &p.nodes[n]
	held := false
	switch node.kind {
	case isTest:
		held = t.test(&p.predicates[node.first])
	case isAnd:
		held = true
		for _, k := range p.kids[node.first:node.last] {
			if !t.holds(k) {
				held = false
				break
			}
		}
	case isOr:
		held = t.any(p, node)
	case isNot:
		held = !t.holds(node.first)
	case isConstant: // decided from the start
	}
	d := t.now << 1
	if held {
		d |= 1
	}
	t.decided[n] = d
	return held
}

func (t *trial) any(p *program, n *node) bool {
	for i := n.screens; i < n.screensEnd; i++ {
		if t.passes(p, &p.screens[i]) {
			return true
		}
	}
	for _, k := range p.kids[n.first:n.last] {
		if t.holds(k) {
			return true
		}
	}
	return false
}

// passes reports whether one of the tests of a screen holds.
func (t *trial) passes(p *program, s *screen) bool {
	values := t.values(s.slot)
	for i := range values {
		v := &values[i]
		t.fold(v)
		switch {
		case len(v.lower) < 4: // too short for any of them
		case s.kind == screenEnd:
			last := binary.LittleEndian.Uint32(v.lower[len(v.lower)-4:])
			for j := range p.screened[s.first:s.last] {
				if e := &p.screened[s.first:s.last][j]; e.probe == last && t.holds(e.node) {
					return true
				}
			}
		default:
			if v.seen.bits == nil {
				t.notePresence(v)
			}
			for j := range p.screened[s.first:s.last] {
				if e := &p.screened[s.first:s.last][j]; !v.seen.lacks(e.probe) && t.holds(e.node) {
					return true
				}
			}
		}
	}
	return false
}

// test reports whether one of the values is as a predicate wants it.
func (t *trial) test(p *predicate) bool {
	if p.settled && t.slots[p.slot].settled == t.now {
		return false // or else it would be decided already
	}
	values := t.values(p.slot)
	switch p.op {
	case opAbsent:
		return len(values) == 0
	case opPresent, opAny:
		return len(values) > 0
	case opRef:
		return t.refers(p, values)
	case opEqual, opStart, opEnd, opContain, opGlob, opRegex, opCIDR, opNumber:
	}
	for i := range values {
		if t.fits(p, &values[i]) {
			return true
		}
	}
	return false
}

// fits reports whether a value is as a predicate wants it.
func (t *trial) fits(p *predicate, v *value) bool {
	text := v.text
	if !p.cased && p.op <= opGlob {
		t.fold(v)
		text = v.lower
	}
	switch p.op {
	case opEqual:
		return bytes.Equal(text, p.text)
	case opStart:
		return bytes.HasPrefix(text, p.text)
	case opEnd:
		return bytes.HasSuffix(text, p.text)
	case opContain:
		if p.probed && !p.cased && t.lacks(v, p.probes) {
			return false
		}
		return bytes.Contains(text, p.text)
	case opGlob:
		if p.more.glob == nil {
			return p.more.test.Pattern.Match(string(v.text), p.cased)
		}
		return matchGlob(p.more.glob, text)
	case opRegex:
		return t.matchRegex(p, v)
	case opCIDR:
		return v.parseAddr() && p.more.test.Prefix.Contains(v.addr)
	case opNumber:
		if p.more.test.Part != 0 {
			return p.more.test.HoldsFor(view(v.text))
		}
		return v.parseNumber() && p.more.test.Compares(v.number)
	case opAny, opAbsent, opPresent, opRef:
	}
	return false
}

// matchRegex runs an expression over a value, if what it asks for is there.
func (t *trial) matchRegex(p *predicate, v *value) bool {
	more := p.more
	if !more.minimum.has(v.text) || more.run.length > 0 && !more.run.in(v.text) {
		return false
	}
	if len(more.demands) > 0 {
		t.fold(v)
		if !slices.ContainsFunc(more.demands, func(text []byte) bool { return bytes.Contains(v.indexed, text) }) {
			return false
		}
	}
	if len(more.window.classes) > 0 && !more.window.in(v.text) {
		return false
	}
	return more.test.Regexp.Match(v.text[:min(len(v.text), sigma.MaxRegexText)])
}

// refers reports whether a value of the predicate's field has one of the other field in it, where it is to be.
func (t *trial) refers(p *predicate, values []value) bool {
	others := t.values(p.more.ref)
	for i := range values {
		a := &values[i]
		for j := range others {
			b := &others[j]
			whole, part := a.text, b.text
			if !p.cased {
				t.fold(a)
				t.fold(b)
				whole, part = a.lower, b.lower
			}
			if at(p.more.test.Anchor, whole, part) && (utf8.Valid(part) || p.more.test.Related(view(a.text), view(b.text))) {
				return true
			}
		}
	}
	return false
}

// at reports whether part is where it is to be in whole.
func at(anchor sigma.Anchor, whole, part []byte) bool {
	switch anchor {
	case sigma.Whole:
		return bytes.Equal(whole, part)
	case sigma.Start:
		return bytes.HasPrefix(whole, part)
	case sigma.End:
		return bytes.HasSuffix(whole, part)
	case sigma.Anywhere:
		return bytes.Contains(whole, part)
	}
	return false
}
