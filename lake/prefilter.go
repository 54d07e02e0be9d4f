package lake

import (
	"regexp"
	"strings"

	"penstock/ecs"
	"penstock/search"
)

// mayHold is a condition on single columns that every row fulfils for which the node holds, or of which only the event
// tells: it costs a fraction of what where costs, and mostly leaves little for that. It is "true" where there is none.
// It comes out NULL, and leaves the row out, only where the columns it is about are empty.
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
			if c := b.mayCompare(t, typ, l.value); c != "NULL" {
				conditions = append(conditions, c)
			} else {
				return always
			}
		}
	}
	return or(conditions...)
}

// mayCompare is compare, or something cheaper that lets more pass: looking for a text regardless of case takes half the
// time of making it lower case first.
func (b *sqlBuilder) mayCompare(t *search.Term, typ ecs.Type, o operand) string {
	if !t.Value.IsGlob() || o.kind != kindText {
		return b.compare(t, typ, o)
	}
	run := foldedRun(t.Value.Pieces)
	if run == "" {
		return b.compare(t, typ, o)
	}
	return "regexp_matches(" + o.sql + ", " + b.bind(regexp.QuoteMeta(run)) + ", 'i')"
}

// foldedRun is the longest run of ASCII characters that DuckDB's lower and RE2's folding see alike; empty where none is
// worth looking for. The letter i is not in it: İ is i in lower case, and to RE2 it is not.
func foldedRun(pieces []string) string {
	longest := ""
	for _, piece := range pieces {
		for run := range strings.FieldsFuncSeq(piece, func(r rune) bool { return r >= 0x80 || r < ' ' || r == 'i' }) {
			if len(run) > len(longest) {
				longest = run
			}
		}
	}
	if len(longest) < 3 {
		return ""
	}
	return longest
}
