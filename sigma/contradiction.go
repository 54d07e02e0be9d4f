package sigma

import "strings"

// maxUnknowns is how many different tests a condition may have for all that they can say to be tried.
const maxUnknowns = 10

// foregone tells whether a condition holds, or fails, whatever its tests say: x and not x, for one. Tests that are written
// alike are one. Conditions of many tests are taken to depend on the event.
func foregone(n Node) (known, holds bool) {
	unknowns := map[string]int{}
	tests, few := enumerate(n, unknowns)
	if !few || tests == len(unknowns) { // where each test stands once, there is an event for either
		return false, false
	}
	holds = truth(n, unknowns, 0)
	for values := uint(1); values < 1<<len(unknowns); values++ {
		if truth(n, unknowns, values) != holds {
			return false, false
		}
	}
	return true, holds
}

// enumerate gives every different test of a condition a number, and counts all tests; few is false where there are too many
// different ones.
func enumerate(n Node, unknowns map[string]int) (tests int, few bool) {
	var parts []Node
	switch n := n.(type) {
	case *And:
		parts = n.Of
	case *Or:
		parts = n.Of
	case *Not:
		return enumerate(n.Of, unknowns)
	case *Test:
		key := nameOf(n)
		if _, known := unknowns[key]; !known {
			unknowns[key] = len(unknowns)
		}
		tests = 1
	}
	for _, part := range parts {
		more, few := enumerate(part, unknowns)
		if tests += more; !few {
			return tests, false
		}
	}
	return tests, len(unknowns) <= maxUnknowns
}

// nameOf is the same for tests that ask the same.
func nameOf(t *Test) string { return strings.ToLower(t.Field) + "\x00" + t.Source }

// truth works out a condition whose tests say what the bits of values are.
func truth(n Node, unknowns map[string]int, values uint) bool {
	switch n := n.(type) {
	case *And:
		for _, part := range n.Of {
			if !truth(part, unknowns, values) {
				return false
			}
		}
		return true
	case *Or:
		for _, part := range n.Of {
			if truth(part, unknowns, values) {
				return true
			}
		}
		return false
	case *Not:
		return !truth(n.Of, unknowns, values)
	case *Test:
		return values>>unknowns[nameOf(n)]&1 == 1
	}
	return false
}
