package match

import (
	"bytes"
	"encoding/binary"
	"slices"
	"unicode/utf8"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// trial is a plan at work: what is known about the present event.
type trial struct {
	plan    *plan
	reader  pipeline.Reader
	now     uint32   // number of the event
	decided []uint32 // by node: now and, in the lowest bit, whether it holds
	hits    hits
	tried   []uint32 // by rule: the event on which it was tried last
	slots   []slot
	texts   []byte   // values in lower case
	words   []uint64 // presences
	ends    []int32
	action  []byte
}

// slot holds the values of a field.
type slot struct {
	now    uint32
	values []value
}

// What a trial keeps for the next event: an oversized one does not hold its memory for ever.
const (
	maxKeptText   = 1 << 20
	maxKeptWords  = 1 << 16
	maxKeptValues = 1 << 10
	// MaxValues is how many values of a field are looked at.
	MaxValues = 1 << 14
	// lastEvent is the highest number of an event; behind it counting begins anew.
	lastEvent = 1<<31 - 1
)

func newTrial(p *plan, router pipeline.Router) *trial {
	return &trial{
		plan:    p,
		reader:  router.Reader(p.sources),
		decided: make([]uint32, len(p.nodes)),
		hits:    hits{stamps: make([]uint32, len(p.postings))},
		tried:   make([]uint32, len(p.rules)),
		slots:   make([]slot, len(p.sources)+1),
	}
}

// begin turns to the next event.
func (t *trial) begin(rec *record.Record, ev *ecs.Event) {
	if t.now++; t.now > lastEvent {
		t.now = 1
		clear(t.decided)
		clear(t.hits.stamps)
		clear(t.tried)
		clear(t.slots)
	}
	t.hits.now, t.hits.found = t.now, t.hits.found[:0]
	if cap(t.texts) > maxKeptText || cap(t.words) > maxKeptWords {
		t.texts, t.words = nil, nil
	}
	t.texts, t.words = t.texts[:0], t.words[:0]
	t.decided[always] = t.now<<1 | 1
	t.decided[never] = t.now << 1
	t.reader.Begin(rec, ev)
}

// match appends the numbers of the rules that match.
func (t *trial) match(r *route, rec *record.Record, ev *ecs.Event, dst []int32) []int32 {
	t.begin(rec, ev)
	p := t.plan
	for _, slot := range r.scanned {
		if slot == everything && !p.valuewise && canScan(rec) {
			p.raw.scan(rec.Properties, &t.hits)
			continue
		}
		t.search(slot)
	}
	for _, hit := range t.hits.found {
		for _, rule := range p.postings[hit].rules {
			if t.tried[rule] == t.now || r.rules[rule/64]>>(rule%64)&1 == 0 {
				continue
			}
			t.tried[rule] = t.now
			if t.holds(p.rules[rule].root) {
				dst = append(dst, p.rules[rule].number)
			}
		}
	}
	for _, rule := range r.unguarded {
		if t.holds(p.rules[rule].root) {
			dst = append(dst, p.rules[rule].number)
		}
	}
	return dst
}

// search looks for literals in the values of a slot.
func (t *trial) search(slot int32) {
	x := &t.plan.indexes[slot]
	values := t.values(slot)
	for i := range values {
		v := &values[i]
		t.fold(v)
		from := len(t.hits.found)
		if x.ends != nil {
			t.ends = x.ends.find(v.indexed, t.ends[:0])
			for _, posting := range t.ends {
				t.hits.add(posting)
			}
		}
		if x.grams != nil {
			x.grams.scan(v.indexed, v.has, &t.hits)
		}
		if x.beyond >= 0 && v.has != ascii {
			t.hits.add(x.beyond)
		}
		for i := range x.short {
			if s := &x.short[i]; bytes.Contains(v.indexed, s.text) {
				t.hits.add(s.posting)
			}
		}
		if v.has == odd { // what is found in the index need not be in the value
			continue
		}
		for _, hit := range t.hits.found[from:] {
			for _, n := range t.plan.postings[hit].holding {
				t.decided[n] = t.now<<1 | 1
			}
		}
	}
}

// values of a slot that are not empty.
func (t *trial) values(n int32) []value {
	s := &t.slots[n]
	if s.now == t.now {
		return s.values
	}
	var texts []pipeline.Value
	if n == everything {
		texts = t.reader.All()
	} else {
		texts = t.reader.Values(int(n) - 1)
	}
	if s.now = t.now; cap(s.values) > maxKeptValues && len(texts) <= maxKeptValues {
		s.values = nil
	}
	s.values = s.values[:0]
	for _, v := range texts {
		if len(v.Text) > 0 {
			s.values = append(s.values, value{text: v.Text})
			if len(s.values) == MaxValues {
				break
			}
		}
	}
	return s.values
}

// fold works out a value's lower case.
func (t *trial) fold(v *value) {
	if v.lower != nil {
		return
	}
	start := len(t.texts)
	t.texts, v.has = appendLower(t.texts, v.text)
	v.lower = t.texts[start:]
	v.indexed = v.lower
	if v.has == odd {
		start = len(t.texts)
		t.texts = appendIndexed(t.texts, v.lower)
		v.indexed = t.texts[start:]
	}
}

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

// lacks reports that a text with those probes cannot be in the value.
func (t *trial) lacks(v *value, probes [2]uint32) bool {
	if v.seen.bits == nil {
		if n := len(v.lower); n < minPresence || n > maxPresence {
			return false
		}
		if v.asked++; v.asked <= patience {
			return false
		}
		t.notePresence(v)
	}
	return v.seen.lacks(probes[0]) || v.seen.lacks(probes[1])
}

func (t *trial) notePresence(v *value) {
	bits := presenceBits(len(v.lower))
	n := 1 << bits / 64
	start := len(t.words)
	if start+n > cap(t.words) {
		t.words = make([]uint64, 0, max(2*cap(t.words), n, 1024))
		start = 0
	}
	t.words = t.words[:start+n]
	v.seen = presence{bits: t.words[start : start+n], shift: 32 - bits}
	clear(v.seen.bits)
	v.seen.fill(v.lower)
}

// matchRegex runs an expression over a value, if what it asks for is there.
func (t *trial) matchRegex(p *predicate, v *value) bool {
	more := p.more
	if more.run.length > 0 && !more.run.in(v.text) {
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
