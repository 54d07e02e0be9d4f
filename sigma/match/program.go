package match

import "iter"

// program is the conditions of a plan in the form in which they are decided: all of them together in little memory.
type program struct {
	nodes      []node
	kids       []int32
	screens    []screen
	screened   []screened
	predicates []predicate
}

// node is a part of the conditions. It has the number that the part had.
type node struct {
	kind                nodeKind
	first, last         int32 // its kids; isNot: the node itself; isTest: the predicate
	screens, screensEnd int32 // isOr: those that stand for some of its tests
}

// screen is for tests of an or that look at the same values: it tells at a glance which of them may hold.
type screen struct {
	kind        screenKind
	slot        int32
	first, last int32 // of screened
}

type screenKind uint8

const (
	screenEnd     screenKind = iota // by the last four bytes
	screenContain                   // by four bytes that have to be somewhere
)

type screened struct {
	probe uint32 // the bytes, of screenContain their hash
	node  int32
}

// minScreened is how many tests are worth a screen.
const minScreened = 3

func newProgram(c *conditions) program {
	p := program{predicates: c.predicates}
	size := 0
	for i := range p.predicates {
		size += len(p.predicates[i].text)
	}
	texts := make([]byte, 0, size) // next to each other, as they are compared
	for i := range p.predicates {
		from := len(texts)
		texts = append(texts, p.predicates[i].text...)
		p.predicates[i].text = texts[from:len(texts):len(texts)]
	}
	for i := range c.parts {
		part := &c.parts[i]
		n := node{kind: part.kind, first: int32(len(p.kids))}
		switch part.kind {
		case isTest:
			n.first = part.predicate
		case isNot:
			n.first = part.kids[0]
		case isOr:
			n.screens = int32(len(p.screens))
			p.kids = append(p.kids, p.screen(c, part.kids)...)
			n.last, n.screensEnd = int32(len(p.kids)), int32(len(p.screens))
		case isAnd:
			p.kids = append(p.kids, part.kids...)
			n.last = int32(len(p.kids))
		case isConstant:
		}
		p.nodes = append(p.nodes, n)
	}
	return p
}

// screen makes screens for as many of the parts of an or as it can and returns the others.
func (p *program) screen(c *conditions, kids []int32) (others []int32) {
	type key struct {
		kind screenKind
		slot int32
	}
	groups := make(map[key][]screened)
	var order []key
	of := func(k int32) (key, screened, bool) {
		if c.parts[k].kind != isTest {
			return key{}, screened{}, false
		}
		switch x := &p.predicates[c.parts[k].predicate]; {
		case x.cased || len(x.text) < 4:
		case x.op == opEqual || x.op == opEnd:
			return key{screenEnd, x.slot}, screened{gramAt(x.text, len(x.text)-4), k}, true
		case x.op == opContain:
			return key{screenContain, x.slot}, screened{x.probes[0], k}, true
		}
		return key{}, screened{}, false
	}
	for _, k := range kids {
		if g, s, ok := of(k); ok {
			if groups[g] == nil {
				order = append(order, g)
			}
			groups[g] = append(groups[g], s)
		}
	}
	for kind := screenEnd; kind <= screenContain; kind++ {
		for _, g := range order {
			if g.kind != kind || len(groups[g]) < minScreened {
				continue
			}
			first := int32(len(p.screened))
			p.screened = append(p.screened, groups[g]...)
			p.screens = append(p.screens, screen{g.kind, g.slot, first, int32(len(p.screened))})
		}
	}
	for _, k := range kids {
		if g, _, ok := of(k); !ok || len(groups[g]) < minScreened {
			others = append(others, k)
		}
	}
	return others
}

// parts visits the nodes of an and or an or.
func (p *program) parts(n *node) iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for _, k := range p.kids[n.first:n.last] {
			if !yield(k) {
				return
			}
		}
		for _, s := range p.screens[n.screens:n.screensEnd] {
			for _, e := range p.screened[s.first:s.last] {
				if !yield(e.node) {
					return
				}
			}
		}
	}
}
