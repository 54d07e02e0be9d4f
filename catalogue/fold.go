package catalogue

import "penstock/sigma"

// verdict is what is known of a condition before there is an event.
type verdict uint8

const (
	open   verdict = iota // it depends on the event
	never                 // it does not hold, whatever the event
	always                // it holds
)

// oracle says what is known of a test. note is told for every test of which something is wrong, in words.
type oracle func(t *sigma.Test) (v verdict, note string)

// fold finds out what is known of a condition from what is known of its tests.
func fold(n sigma.Node, ask oracle) verdict {
	switch n := n.(type) {
	case *sigma.And:
		return foldList(n.Of, never, always, ask)
	case *sigma.Or:
		return foldList(n.Of, always, never, ask)
	case *sigma.Not:
		switch fold(n.Of, ask) {
		case never:
			return always
		case always:
			return never
		}
	case *sigma.Test:
		v, _ := ask(n)
		return v
	}
	return open
}

// foldList: one part that is decisive decides; all the parts that are neutral leave nothing else.
func foldList(list []sigma.Node, decisive, neutral verdict, ask oracle) verdict {
	out := neutral
	for _, part := range list {
		switch fold(part, ask) {
		case decisive:
			return decisive
		case open:
			out = open
		}
	}
	return out
}

// blockers are the notes of the tests that keep a condition, which never holds, from holding: of an And the first part
// that never does, of an Or all parts.
func blockers(n sigma.Node, ask oracle, yield func(note string)) {
	switch n := n.(type) {
	case *sigma.And:
		for _, part := range n.Of {
			if fold(part, ask) == never {
				blockers(part, ask, yield)
				return
			}
		}
	case *sigma.Or:
		for _, part := range n.Of {
			blockers(part, ask, yield)
		}
	case *sigma.Not:
		for t := range sigma.Tests(n.Of) {
			if _, note := ask(t); note != "" {
				yield(note)
			}
		}
	case *sigma.Test:
		if _, note := ask(n); note != "" {
			yield(note)
		}
	}
}
