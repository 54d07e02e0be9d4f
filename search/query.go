// Package search is the language in which people ask for events, as users of Kibana know it:
//
//	host.name: ws-* and not user.name: (system or root) and source.ip: 10.0.0.0/8
//
// A Query is parsed once and then decides about events, or is turned into SQL by the lake. docs/search.md describes the
// language.
package search

import (
	"net/netip"
	"strings"
	"time"

	"penstock/ecs"
)

// Query is a parsed query. The zero Query matches every event.
type Query struct {
	Root Node // nil: everything
}

// Node is a part of a query. The types below are all that there are; a walker switches on them.
type Node interface{ isNode() }

type (
	// And holds when all of its parts do.
	And struct{ Of []Node }
	// Or holds when one of its parts does.
	Or struct{ Of []Node }
	// Not holds when its part does not.
	Not struct{ Of Node }
	// Term compares a field's values with something: it holds when one of them compares.
	Term struct {
		Field    string // a name; or a pattern with * for all fields that match it
		Op       Op
		Value    Value
		Position int // of the field in the query, in bytes
	}
	// Words holds when one of the event's texts has the value as whole words; a * leaves that end open.
	Words struct{ Value Value }
)

func (And) isNode()   {}
func (Or) isNode()    {}
func (Not) isNode()   {}
func (Term) isNode()  {}
func (Words) isNode() {}

// Op is how a Term compares.
type Op uint8

// The comparisons. Equal compares without regard to case, and takes the asterisks in a value for any text.
const (
	Equal Op = iota
	Exists
	Less
	LessOrEqual
	Greater
	GreaterOrEqual
)

var opText = [...]string{":", ": *", "<", "<=", ">", ">="}

// Value is what a Term compares with.
type Value struct {
	// Pieces is the text, in lower case, cut at its asterisks: one piece has none.
	Pieces []string
	// Text is the value as it was meant: escapes and quotation marks undone, asterisks left in.
	Text string
	// Quoted: it stood in quotation marks, where * has no meaning.
	Quoted bool

	Number  float64
	IsNum   bool
	Network netip.Prefix // valid where the field is an ip and the value is an address or a network
	From    time.Time    // of a date: the time that it says, and the end of the unit (day, minute, second) it says it in
	To      time.Time
}

// IsGlob tells whether the value has asterisks that mean any text.
func (v *Value) IsGlob() bool { return len(v.Pieces) > 1 }

// String writes the query so that it parses to the same.
func (q *Query) String() string {
	if q == nil || q.Root == nil {
		return ""
	}
	var b strings.Builder
	write(&b, q.Root, 0)
	return b.String()
}

// write writes a node; where its surroundings bind stronger (0 or, 1 and, 2 not) it needs parentheses.
func write(b *strings.Builder, n Node, binding int) {
	group := func(own int, of []Node, word string) {
		if binding > own {
			b.WriteByte('(')
			defer b.WriteByte(')')
		}
		for i, part := range of {
			if i > 0 {
				b.WriteString(word)
			}
			write(b, part, own+1)
		}
	}
	switch n := n.(type) {
	case And:
		if len(n.Of) == 0 {
			b.WriteByte('*')
			return
		}
		group(1, n.Of, " and ")
	case Or:
		group(0, n.Of, " or ")
	case Not:
		b.WriteString("not ")
		write(b, n.Of, 2)
	case Words:
		b.WriteString(n.Value.source())
	case Term:
		b.WriteString(escape(n.Field, true))
		switch n.Op {
		case Equal:
			b.WriteString(": " + n.Value.source())
		case Exists:
			b.WriteString(opText[Exists])
		default:
			b.WriteString(" " + opText[n.Op] + " " + n.Value.source())
		}
	}
}

// source writes a value as it stands in a query.
func (v *Value) source() string {
	if v.Quoted {
		return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v.Text) + `"`
	}
	return v.Text
}

// escape writes a name as it stands in a query; asterisks of a pattern are left as they are.
func escape(s string, pattern bool) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(special, r) && (!pattern || r != '*') || r == ' ' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// Fields are the names of the dictionary's fields that a pattern matches.
func Fields(pattern string) []string {
	if !strings.Contains(pattern, "*") {
		return []string{pattern}
	}
	pieces := strings.Split(strings.ToLower(pattern), "*")
	var names []string
	for f := range ecs.Fields() {
		if matchPieces(strings.ToLower(f.Name()), pieces) {
			names = append(names, f.Name())
		}
	}
	return names
}
