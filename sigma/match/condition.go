package match

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// part is a part of the conditions of a plan. Equal ones of whatever rules are one, so that each is decided at most once
// for an event.
type part struct {
	kind      nodeKind
	predicate int32   // isTest
	kids      []int32 // the cheapest and most telling first
}

type nodeKind uint8

const (
	isTest nodeKind = iota
	isAnd
	isOr
	isNot
	isConstant
)

// The parts that every plan begins with.
const (
	never  int32 = 0
	always int32 = 1
)

// conditions builds the parts of a plan's conditions.
type conditions struct {
	parts      []part
	estimates  []estimate
	predicates []predicate
	byKey      map[string]int32
	key        []byte

	sources []pipeline.Source // by slot; that of slot 0, which holds all values of the event, is nil
	slots   map[pipeline.Source]int32
}

// estimate is what is supposed about a part: what deciding it costs, in some nanoseconds, and how often it holds.
type estimate struct{ cost, chance float64 }

// everything is the slot with all values of the event, for keywords.
const everything int32 = 0

func newConditions() *conditions {
	return &conditions{
		parts:     []part{{kind: isConstant}, {kind: isConstant}},
		estimates: []estimate{{0, 0}, {0, 1}},
		byKey:     make(map[string]int32),
		sources:   []pipeline.Source{nil},
		slots:     make(map[pipeline.Source]int32),
	}
}

// add makes the parts of a rule's condition, for the events of a stream, and returns the number of the whole.
func (c *conditions) add(n sigma.Node, f *fields) int32 {
	switch n := n.(type) {
	case *sigma.And:
		return c.junction(isAnd, n.Of, f)
	case *sigma.Or:
		return c.junction(isOr, n.Of, f)
	case *sigma.Not:
		return c.not(c.add(n.Of, f))
	case *sigma.Test:
		return c.test(n, f)
	}
	return never
}

func (c *conditions) not(of int32) int32 {
	switch {
	case of == never:
		return always
	case of == always:
		return never
	case c.parts[of].kind == isNot:
		return c.parts[of].kids[0]
	}
	e := c.estimates[of]
	return c.put(part{kind: isNot, kids: []int32{of}}, estimate{e.cost, 1 - e.chance})
}

// junction is an and or an or. One in another of its kind is dissolved in it.
func (c *conditions) junction(kind nodeKind, of []sigma.Node, f *fields) int32 {
	neutral, decided := always, never
	if kind == isOr {
		neutral, decided = never, always
	}
	var kids []int32
	settled := false // the rest is gone through as well, for what is missing in it
	for _, n := range of {
		switch k := c.add(n, f); {
		case k == decided:
			settled = true
		case k == neutral:
		case c.parts[k].kind == kind:
			kids = append(kids, c.parts[k].kids...)
		default:
			kids = append(kids, k)
		}
	}
	if settled {
		return decided
	}
	slices.SortFunc(kids, func(a, b int32) int {
		return cmp.Or(cmp.Compare(c.rank(kind, a), c.rank(kind, b)), cmp.Compare(a, b))
	})
	kids = slices.Compact(kids)
	switch len(kids) {
	case 0:
		return neutral
	case 1:
		return kids[0]
	}
	return c.put(part{kind: kind, kids: kids}, c.estimate(kind, kids))
}

// rank is lower for what is cheap to decide and likely to settle the matter.
func (c *conditions) rank(kind nodeKind, n int32) float64 {
	e := c.estimates[n]
	if kind == isAnd {
		return e.cost / (1.01 - e.chance)
	}
	return e.cost / (0.01 + e.chance)
}

// estimate supposes that the parts have nothing to do with each other.
func (c *conditions) estimate(kind nodeKind, kids []int32) estimate {
	var e estimate
	left := 1.0 // how often it comes to this part
	for _, k := range kids {
		of := c.estimates[k]
		e.cost += 2 + left*of.cost
		if kind == isOr {
			of.chance = 1 - of.chance
		}
		left *= of.chance
	}
	if e.chance = left; kind == isOr {
		e.chance = 1 - left
	}
	return e
}

// put gives a part its number; an equal one has it already.
func (c *conditions) put(n part, e estimate) int32 {
	c.key = append(c.key[:0], byte(n.kind))
	for _, k := range n.kids {
		c.key = binary.LittleEndian.AppendUint32(c.key, uint32(k))
	}
	return c.intern(n, e)
}

// intern numbers a part by its key.
func (c *conditions) intern(n part, e estimate) int32 {
	if known, ok := c.byKey[string(c.key)]; ok {
		return known
	}
	number := int32(len(c.parts))
	c.parts, c.estimates = append(c.parts, n), append(c.estimates, e)
	c.byKey[string(c.key)] = number
	return number
}

// test is the part for a test; never, where it cannot be answered.
func (c *conditions) test(t *sigma.Test, f *fields) int32 {
	slot, ref := everything, int32(-1)
	if t.Field != "" {
		source := f.answer(t)
		if source == nil {
			return never
		}
		slot = c.slot(source)
	}
	if t.Kind == sigma.FieldRef {
		source := f.reference(t.Ref)
		if source == nil {
			return never
		}
		ref = c.slot(source)
	}
	c.key = append(c.key[:0], byte(isTest))
	c.key = binary.LittleEndian.AppendUint32(c.key, uint32(slot))
	c.key = binary.LittleEndian.AppendUint32(c.key, uint32(ref))
	c.key = appendTest(c.key, t)
	if known, ok := c.byKey[string(c.key)]; ok {
		return known
	}
	p := newPredicate(t, slot, ref)
	c.predicates = append(c.predicates, p)
	n := part{kind: isTest, predicate: int32(len(c.predicates) - 1)}
	return c.intern(n, estimateOf(&p))
}

// slot is the number of a source in the plan.
func (c *conditions) slot(s pipeline.Source) int32 {
	slot, ok := c.slots[s]
	if !ok {
		slot = int32(len(c.sources))
		c.sources = append(c.sources, s)
		c.slots[s] = slot
	}
	return slot
}

// appendTest appends what a test wants of the values: equal for tests that are.
func appendTest(key []byte, t *sigma.Test) []byte {
	key = append(key, byte(t.Kind), byte(t.Anchor), flag(t.Cased), flag(t.Want))
	switch t.Kind {
	case sigma.Match:
		for _, piece := range t.Pattern {
			switch {
			case piece.Any:
				key = append(key, 'a')
			case piece.Text == "":
				key = append(key, 'o')
			default:
				text := piece.Text
				if !t.Cased {
					text = lower(text)
				}
				key = append(key, 't')
				key = binary.LittleEndian.AppendUint32(key, uint32(len(text)))
				key = append(key, text...)
			}
		}
	case sigma.Regex:
		key = append(key, t.Regexp.String()...)
	case sigma.CIDR:
		key = t.Prefix.AppendTo(key)
	case sigma.Equal, sigma.Less, sigma.LessOrEqual, sigma.Greater, sigma.GreaterOrEqual:
		key = fmt.Append(key, t.Part, t.Bound)
	case sigma.Null, sigma.Empty, sigma.Exists, sigma.FieldRef:
	}
	return key
}

func flag(set bool) byte {
	if set {
		return 1
	}
	return 0
}

func estimateOf(p *predicate) estimate {
	switch p.op {
	case opEqual, opEnd, opStart:
		return estimate{2, chance(string(p.text), atEnd)}
	case opContain:
		return estimate{6, chance(string(p.text), within)}
	case opAbsent:
		return estimate{1, 0.2}
	case opAny, opPresent:
		return estimate{1, 0.8}
	case opCIDR, opNumber:
		return estimate{10, 0.2}
	case opRef:
		return estimate{30, 0.1}
	case opGlob:
		return estimate{30, 0.01}
	case opRegex:
	}
	if p.more.run.length > 0 {
		return estimate{20, 0.05}
	}
	if len(p.more.demands) > 0 {
		return estimate{float64(20 + 5*len(p.more.demands)), 0.01}
	}
	return estimate{2000, 0.1}
}
