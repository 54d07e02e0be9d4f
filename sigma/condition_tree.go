package sigma

import (
	"iter"
	"net/netip"
	"regexp"
	"slices"
)

// Node is a part of a condition: *And, *Or, *Not or *Test. Nodes are not changed once they are made; one may be at several
// places of a tree, where the rule's condition names a selection several times.
type Node interface{ node() }

// And holds when all its parts do; an empty one holds.
type And struct {
	Of []Node
	// Label is what it stands for in the rule, for explanations: the name of a selection, "all of selection_*", a field
	// with its modifiers where it has several values; empty for and, or in the condition.
	Label string
}

// Or holds when one of its parts does; an empty one does not.
type Or struct {
	Of    []Node
	Label string
}

// Not holds when its part does not.
type Not struct{ Of Node }

// Test holds when one of the values that the event has in Field is as the test wants it. A field that the event lacks
// has no value; so has null, and so has the empty string, since Defender and ECS leave such values out (Null and Empty
// hold for all three, Exists for none). Holds and HoldsFor say exactly what each kind means.
type Test struct {
	Field string // as the rule names it; empty: any value of the event (a keyword)
	Kind  Kind
	// Pattern is what the whole value must be (Match), without regard to case unless Cased. See Pattern.Match.
	Pattern Pattern
	Cased   bool           // Match and FieldRef
	Regexp  *regexp.Regexp // somewhere in the value (Regex); with its flags
	Prefix  netip.Prefix   // in which the address must be (CIDR); IPv4 is never mapped into IPv6
	Bound   float64        // to compare the number with (Equal, Less … GreaterOrEqual)
	Part    TimePart       // what of the value, a time, is the number; zero: the value is the number itself
	Ref     string         // the field whose value is to be found in this one (FieldRef)
	Anchor  Anchor         // where in the value (FieldRef)
	Want    bool           // whether there must be a value (Exists)
	At      Position
	Source  string // as the rule says it, for explanations: CommandLine|contains|all: ' -enc '
}

// Kind is what a Test does.
type Kind uint8

// The kinds of tests.
const (
	Match Kind = iota
	Regex
	CIDR
	Less
	LessOrEqual
	Greater
	GreaterOrEqual
	Null
	Empty
	Exists
	FieldRef
	Equal // to a number: of a part of a time. A number without modifier is a Match of its digits
)

// Anchor is where one value has to be in another.
type Anchor uint8

// The anchors of a FieldRef.
const (
	Whole Anchor = iota
	Start
	End
	Anywhere
)

// Pattern is a text with wildcards. The modifiers contains, startswith and endswith are wildcards at its ends, and a number
// or a boolean is its text. Two texts, or two Any, never follow each other.
type Pattern []Piece

// Piece is a literal text or, where that is empty, a wildcard.
type Piece struct {
	Text string
	Any  bool // any number of characters (*); otherwise, where Text is empty, exactly one (?)
}

// TimePart is a part of a time.
type TimePart uint8

// The parts of a time, in UTC. Week is that of ISO 8601.
const (
	Minute TimePart = iota + 1
	Hour
	Day
	Week
	Month
	Year
)

// Tests visits the tests of a condition, in order.
func Tests(n Node) iter.Seq[*Test] {
	return func(yield func(*Test) bool) { tests(n, yield) }
}

func tests(n Node, yield func(*Test) bool) bool {
	parts := func(of []Node) bool {
		return !slices.ContainsFunc(of, func(n Node) bool { return !tests(n, yield) })
	}
	switch n := n.(type) {
	case *And:
		return parts(n.Of)
	case *Or:
		return parts(n.Of)
	case *Not:
		return tests(n.Of, yield)
	case *Test:
		return yield(n)
	}
	return true
}

func (*And) node()  {}
func (*Or) node()   {}
func (*Not) node()  {}
func (*Test) node() {}
