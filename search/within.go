package search

import "strings"

// intakeField is the field with the intake that an event came by.
const intakeField = "penstock.intake"

// Within is the query for events of the intakes alone; none: for all events.
func (q *Query) Within(intakes []string) *Query {
	if len(intakes) == 0 {
		return q
	}
	var any Or
	for _, name := range intakes {
		any.Of = append(any.Of, Term{Field: intakeField, Value: Value{Pieces: []string{strings.ToLower(name)}, Text: name, Quoted: true}})
	}
	all := And{Of: []Node{any}}
	if q != nil && q.Root != nil {
		all.Of = append(all.Of, q.Root)
	}
	return &Query{Root: all}
}
