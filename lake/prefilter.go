package lake

import (
	"strings"

	"penstock/search"
)

// mayHold is a condition on single columns that every row fulfils for which the node holds, or of which only the event
// tells: it costs a fraction of what where costs, and mostly leaves little for that. It is "true" where there is none.
func (b *sqlBuilder) mayHold(n search.Node) string {
	switch n := n.(type) {
	case search.And:
		var parts []string
		for _, of := range n.Of {
			if part := b.mayHold(of); part != always {
				parts = append(parts, part)
			}
		}
		if len(parts) == 0 {
			return always
		}
		return "(" + strings.Join(parts, " AND ") + ")"
	case search.Or:
		parts := make([]string, len(n.Of))
		for i, of := range n.Of {
			parts[i] = b.mayHold(of)
		}
		return or(parts...)
	case search.Term:
		var parts []string
		for _, field := range search.Fields(n.Field) {
			term := n
			term.Field = field
			parts = append(parts, b.termMayHold(&term))
		}
		return or(parts...)
	}
	return always
}

// termMayHold: some way in which the field gets its value gives one that compares, whichever of them counts.
func (b *sqlBuilder) termMayHold(t *search.Term) string {
	if t.Op == search.Exists || strings.HasPrefix(t.Field, "penstock.") || len(follows(t.Field)) > 0 || b.unassigned(t.Field) != "false" {
		return always
	}
	fields, ok := related[t.Field]
	if !ok {
		fields = []string{t.Field}
	}
	conditions := []string{"false"}
	for _, field := range fields {
		typ := b.fieldType(field)
		for _, l := range b.fieldLinks(field, typ) {
			conditions = append(conditions, l.value.unsure)
			if l.set == "false" {
				continue
			}
			if c := b.compare(t, typ, l.value); c != "NULL" {
				conditions = append(conditions, c)
			} else {
				return always
			}
		}
	}
	return or(conditions...)
}
