package sigma

import "strings"

// maxOpen is how many tests that every value passes a warning names.
const maxOpen = 3

// breadth says why a condition holds for every event, or nearly every one; empty: it asks for something in particular.
func breadth(n Node) string {
	open, broad := broad(n, true, nil)
	if !broad {
		return ""
	}
	if len(open) == 0 {
		return "it only says what an event must not be"
	}
	names := make([]string, 0, maxOpen)
	for _, t := range open[:min(len(open), maxOpen)] {
		names = append(names, shorten(t.Source))
	}
	return "every value passes " + strings.Join(names, ", ")
}

// broad reports whether a condition (its opposite, where that is wanted) can hold without any test that asks for something
// in particular, and gives those that every value passes.
func broad(n Node, wanted bool, open []*Test) ([]*Test, bool) {
	switch n := n.(type) {
	case *And:
		return broadList(n.Of, wanted, wanted, open)
	case *Or:
		return broadList(n.Of, wanted, !wanted, open)
	case *Not:
		return broad(n.Of, !wanted, open)
	case *Test:
		switch all := n.passesAll(); {
		case wanted && all:
			return append(open, n), true
		case !wanted && !all:
			return open, true
		}
	}
	return open, false // that there is no value is something in particular as well
}

// broadList: of parts that must hold together all have to be broad, of alternatives one is enough.
func broadList(of []Node, wanted, together bool, open []*Test) ([]*Test, bool) {
	for _, part := range of {
		if more, broad := broad(part, wanted, open); broad != together {
			return more, broad
		} else if broad {
			open = more
		}
	}
	return open, together
}

// passesAll reports whether every value, or nearly every one, passes the test.
func (t *Test) passesAll() bool {
	switch t.Kind {
	case Match:
		any := false
		for _, piece := range t.Pattern {
			if piece.Text != "" {
				return false
			}
			any = any || piece.Any
		}
		return any
	case Regex: // what fits two odd characters asks for nothing
		return t.Regexp != nil && t.Regexp.MatchString("¤") && t.Regexp.MatchString("~")
	case CIDR:
		return t.Prefix.Bits() == 0
	case Exists:
		return t.Want
	}
	return false
}
