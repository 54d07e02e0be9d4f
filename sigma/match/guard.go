package match

import "unicode/utf8"

// place is where a literal has to be in a value.
type place uint8

const (
	within place = iota
	atStart
	atEnd
	whole
	beyondASCII // some character that is not ASCII, whichever; without a text
)

// literal is something to be looked for in the values of a slot, in the form of the index.
type literal struct {
	slot  int32
	place place
	text  string
}

// clue is a literal of a guard. Where exact, to find it means that the node holds.
type clue struct {
	literal
	exact bool
	node  int32
}

// guard is a set of clues without any of which a node cannot hold. A node without a guard has to be decided for every
// event: what is wanted not to be there, a missing value, an expression without a text in it.
type guard struct {
	clues  []clue
	chance float64 // that one of them is found
}

// guards finds the guards of nodes.
type guards struct {
	of    *conditions
	known map[int32]*guard
}

// guard of a node; nil: there is none.
func (g *guards) guard(n int32) *guard {
	if known, ok := g.known[n]; ok {
		return known
	}
	var found *guard
	switch node := &g.of.parts[n]; node.kind {
	case isTest:
		found = predicateGuard(&g.of.predicates[node.predicate], n)
	case isAnd: // one of the parts is enough
		for _, k := range node.kids {
			if one := g.guard(k); one != nil && (found == nil || one.chance < found.chance) {
				found = one
			}
		}
	case isOr: // every part is needed
		found = g.any(n, node.kids)
	case isNot, isConstant:
	}
	g.known[n] = found
	return found
}

func (g *guards) any(n int32, kids []int32) *guard {
	all := new(guard)
	for _, k := range kids {
		one := g.guard(k)
		if one == nil {
			return nil
		}
		all.chance += one.chance
		for _, c := range one.clues {
			if c.exact && c.node == k {
				c.node = n
			}
			all.clues = append(all.clues, c)
		}
	}
	return all
}

// What a literal counts beside its chance, so that of good guards the cheapest is taken.
const (
	weight       = 1e-5
	shortWeight  = 0.02 // every place of a text has to be looked at for it
	searchWeight = 0.2  // it has to be searched for by itself
)

func predicateGuard(p *predicate, n int32) *guard {
	g := new(guard)
	add := func(text string, place place, exact bool) {
		if place == within && len(text) < shortest && !isASCII(text) {
			text, place, exact = "", beyondASCII, false
		}
		g.clues = append(g.clues, clue{literal{p.slot, place, text}, exact, n})
		g.chance += weight + chance(text, place)
		switch {
		case place == within && len(text) < shortest:
			g.chance += searchWeight
		case place == within && len(text) < longEnough:
			g.chance += shortWeight
		}
	}
	text := indexed(string(p.text))
	exact := !p.cased && text == string(p.text)
	switch p.op {
	case opEqual:
		add(text, whole, exact)
	case opStart:
		if len(text) < shortest { // found anywhere, it is no more than a clue
			add(text, within, false)
		} else {
			add(text, atStart, exact)
		}
	case opEnd:
		add(text, atEnd, exact)
	case opContain:
		add(text, within, exact)
	case opGlob:
		text, place := rarest(p.more.glob)
		if text == "" {
			return nil
		}
		add(text, place, false)
	case opRegex:
		for _, text := range p.more.demands {
			add(string(text), within, false)
		}
	case opAny, opCIDR, opNumber, opAbsent, opPresent, opRef:
	}
	if len(g.clues) == 0 {
		return nil
	}
	return g
}

// rarest is the literal of a pattern that is the least likely to be in a value.
func rarest(segments []segment) (best string, where place) {
	bestChance := 2.0
	for i, s := range segments {
		for j, piece := range s {
			text, at := indexed(string(piece)), within
			switch {
			case i == len(segments)-1 && j == len(s)-1 && len(text) > 0:
				at = atEnd
			case len(text) == 0:
				continue
			case i == 0 && j == 0 && len(text) >= shortest:
				at = atStart
			}
			if c := chance(text, at); c < bestChance {
				best, where, bestChance = text, at, c
			}
		}
	}
	return best, where
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
