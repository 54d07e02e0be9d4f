package lake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"penstock/ecs"
	"penstock/format"
)

// This file and predicate.go are where queries become SQL, in DuckDB's dialect.
//
// ECS is a view: the mapping says which column a field is made of, under which condition, and so it can be asked in SQL.
// Not all of it (the parts of a URL, what is nested in JSON, a number where a text was declared), so SQL answers in three
// values: true, false, and NULL for "only the event itself tells". AND, OR and NOT carry that through by SQL's own rules.
// Rows that come out NULL are rebuilt, normalised and matched in Go; every other row's answer is the same as if it had been.

// sqlBuilder writes SQL for one table. Values are bound, as $1, $2, …
type sqlBuilder struct {
	plan   *format.Plan
	schema *tableSchema
	table  *format.Table
	args   []any
}

func (b *sqlBuilder) bind(v any) string {
	if _, bytes := v.([]byte); !bytes { // which cannot be compared
		if i := slices.Index(b.args, v); i >= 0 {
			return "$" + strconv.Itoa(i+1)
		}
	}
	b.args = append(b.args, v)
	return "$" + strconv.Itoa(len(b.args))
}

// kind is what an expression's SQL gives.
type kind uint8

const (
	kindText kind = iota
	kindInt
	kindReal
	kindBool
	kindTime
)

// operand is the SQL of an expression of the mapping.
type operand struct {
	sql    string // NULL where there is no value; empty: never a value
	kind   kind
	unsure string // true where sql may not give the value; empty: never
}

const always = "true"

func or(conditions ...string) string {
	var kept []string
	for _, c := range conditions {
		if c == always {
			return always
		}
		if c != "" && !slices.Contains(kept, c) {
			kept = append(kept, c)
		}
	}
	switch len(kept) {
	case 0:
		return ""
	case 1:
		return kept[0]
	}
	return "(" + strings.Join(kept, " OR ") + ")"
}

// extraHas is true where the extras may hold a value under a key.
func extraHas(key string) string {
	return fmt.Sprintf(`(%[1]s IS NOT NULL AND (%[1]s = '*' OR contains(lower(%[1]s), %[2]s) OR contains(%[1]s, '\u')))`,
		colExtra, quote(`"`+strings.ToLower(key)+`"`))
}

// operand turns an expression into SQL.
func (b *sqlBuilder) operand(e format.Expr) operand {
	switch e := e.(type) {
	case format.ColumnRef:
		return b.column(e.Name)
	case format.RecordKey:
		if knownEnvelope([]byte(e.Name)) || e.Name == "time" || e.Name == "_TimeReceivedBySvc" {
			return operand{unsure: always}
		}
		return operand{unsure: extraHas("record." + e.Name)}
	case format.Text:
		return operand{sql: quote(e.Value)}
	case format.Texts:
		if len(e.Values) == 1 {
			return operand{sql: quote(e.Values[0])}
		}
		return operand{unsure: always}
	case format.List:
		return b.operand(e.Of)
	case format.Coalesce:
		return b.coalesce(e.Of)
	case format.Path:
		return b.path(e)
	case format.Translate:
		return b.translate(e)
	case format.Call:
		return b.call(e)
	case format.EventTime:
		return operand{sql: colTime, kind: kindTime}
	case format.Parsed:
		inner := b.operand(e.Of)
		return operand{unsure: b.somewhere(inner)}
	}
	return operand{unsure: always}
}

// somewhere is true where an operand has, or may have, a value.
func (b *sqlBuilder) somewhere(o operand) string {
	if o.sql == "" {
		return o.unsure
	}
	return or(o.unsure, "("+o.sql+") IS NOT NULL")
}

func (b *sqlBuilder) column(name string) operand {
	i, ok := b.schema.find([]byte(name))
	if !ok {
		return operand{unsure: extraHas(name)}
	}
	c := b.schema.columns[i]
	o := operand{sql: ident(c.Name), unsure: extraHas(name)}
	switch c.Type {
	case format.Int, format.Long:
		o.kind = kindInt
	case format.Real:
		o.kind = kindReal
	case format.Bool:
		o.kind = kindBool
	case format.DateTime:
		o.kind = kindTime
	default:
		// Text that may be JSON counts as what it says; only the event tells how.
		// Comparing is cheaper than cutting off the first letter.
		o.unsure = or(o.unsure, fmt.Sprintf(`(%[1]s >= '[' AND %[1]s < '\' OR %[1]s >= '{' AND %[1]s < '|')`, o.sql))
	}
	return o
}

// present is true where an operand gives a value that counts as one.
func present(o operand) string {
	switch {
	case o.sql == "":
		return "false"
	case strings.HasPrefix(o.sql, "'") && o.kind == kindText:
		return always
	case o.kind == kindText:
		return "coalesce(" + o.sql + " NOT IN ('', '$', 'None', '[]', '{}'), false)"
	}
	return o.sql + " IS NOT NULL"
}

// truthy is true where ?? takes the operand.
func truthy(o operand) string {
	switch o.kind {
	case kindInt, kindReal:
		return "coalesce(" + o.sql + " <> 0, false)"
	case kindBool:
		return "coalesce(" + o.sql + ", false)"
	}
	return present(o)
}

func (b *sqlBuilder) coalesce(of []format.Expr) operand {
	last := b.operand(of[len(of)-1])
	for _, e := range slices.Backward(of[:len(of)-1]) {
		first := b.operand(e)
		if first.sql == "" {
			last.unsure = or(first.unsure, last.unsure)
			continue
		}
		if last.sql == "" {
			last.sql, last.kind = "NULL", first.kind
		}
		if first.kind != last.kind {
			first.sql, last.sql = asText(first), asText(last)
			first.unsure = or(first.unsure, textUnsure(first))
			last.unsure = or(last.unsure, textUnsure(last))
			first.kind, last.kind = kindText, kindText
		}
		last = operand{
			sql:  "CASE WHEN " + truthy(first) + " THEN " + first.sql + " ELSE " + last.sql + " END",
			kind: first.kind, unsure: or(first.unsure, last.unsure),
		}
	}
	return last
}

// asText is an operand as a keyword shows it, where that can be told.
func asText(o operand) string {
	if o.kind == kindText || o.sql == "" {
		return o.sql
	}
	return "CAST(" + o.sql + " AS VARCHAR)"
}

// textUnsure is true where asText does not give what the event has.
func textUnsure(o operand) string {
	if o.sql != "" && (o.kind == kindReal || o.kind == kindTime) {
		return o.sql + " IS NOT NULL"
	}
	return ""
}

// path is a value within JSON: the row is sure to have none where the text does not hold the first key.
func (b *sqlBuilder) path(p format.Path) operand {
	of := p.Of
	if parsed, ok := of.(format.Parsed); ok {
		of = parsed.Of
	}
	column, ok := of.(format.ColumnRef)
	if !ok {
		return operand{unsure: always}
	}
	inner := b.column(column.Name)
	if inner.sql == "" || len(p.Steps) == 0 || p.Steps[0].Key == "" {
		return operand{unsure: b.somewhere(inner)}
	}
	key := quote(`"` + p.Steps[0].Key + `"`)
	return operand{unsure: or(extraHas(column.Name),
		fmt.Sprintf(`(%[1]s IS NOT NULL AND (contains(%[1]s, %[2]s) OR contains(%[1]s, '\u')))`, inner.sql, key))}
}

func (b *sqlBuilder) translate(t format.Translate) operand {
	of := b.operand(t.Of)
	if of.sql == "" {
		return operand{unsure: always}
	}
	var sql strings.Builder
	sql.WriteString("CASE " + asText(of))
	write := func(prefix string, e format.Expr) bool {
		if e == nil {
			return true
		}
		to := b.operand(e)
		sql.WriteString(prefix + to.sql)
		return to.sql != ""
	}
	for _, c := range t.Cases {
		if !write(" WHEN "+quote(c.From)+" THEN ", c.To) {
			return operand{unsure: always}
		}
	}
	if !write(" ELSE ", t.Otherwise) {
		return operand{unsure: always}
	}
	return operand{sql: "(" + sql.String() + " END)", unsure: or(of.unsure, textUnsure(of))}
}

func (b *sqlBuilder) call(c format.Call) operand {
	of := b.operand(c.Of)
	if of.sql == "" || of.kind != kindText {
		return operand{unsure: b.somewhere(of)}
	}
	switch c.Function {
	case "basename":
		// A path that ends in a separator is left to the event.
		return operand{
			sql:    `regexp_replace(` + of.sql + `, '(?s)^.*[/\\]', '')`,
			unsure: or(of.unsure, `regexp_matches(`+of.sql+`, '[/\\]$')`),
		}
	case "dirname":
		// Only the plain case: something, one separator, a name; no two separators in a row, no root, no bare drive.
		plain := `regexp_full_match(` + of.sql + `, '(?s)(?:[^/\\]+[/\\])*[^/\\:][^/\\]*[/\\][^/\\]+') AND NOT regexp_full_match(` + of.sql + `, '(?s).{0,2}[/\\][^/\\]*')`
		return operand{sql: `regexp_replace(` + of.sql + `, '(?s)[/\\][^/\\]*$', '')`, unsure: or(of.unsure, "NOT ("+plain+")")}
	}
	return operand{unsure: b.somewhere(of)}
}

// condition turns a condition into SQL that is true, false, or NULL where only the event tells.
func (b *sqlBuilder) condition(c format.Condition) string {
	switch c := c.(type) {
	case nil:
		return always
	case format.And:
		return b.conditions(c.Of, " AND ")
	case format.Or:
		return b.conditions(c.Of, " OR ")
	case format.Not:
		return "(NOT " + b.condition(c.Of) + ")"
	case format.Present:
		o := b.operand(c.Of)
		return threeValued(o, func(sql string) string { return sql + " IS NOT NULL" })
	case format.StartsWith:
		return b.aboutText(c.Of, func(sql string) string { return "starts_with(" + sql + ", " + quote(c.Prefix) + ")" })
	case format.In:
		list := make([]string, len(c.Values))
		for i, v := range c.Values {
			list[i] = quote(v)
		}
		return b.aboutText(c.Of, func(sql string) string { return sql + " IN (" + strings.Join(list, ", ") + ")" })
	case format.IsIP:
		return b.aboutText(c.Of, func(sql string) string {
			return "CASE WHEN contains(" + sql + ", ':') THEN NULL ELSE " + isIPv4(sql) + " END"
		})
	case format.LongerThan:
		return b.aboutText(c.Of, func(sql string) string { return "length(" + sql + ") > " + strconv.Itoa(c.Length) })
	}
	return "NULL"
}

func (b *sqlBuilder) conditions(of []format.Condition, word string) string {
	parts := make([]string, len(of))
	for i, c := range of {
		parts[i] = b.condition(c)
	}
	return "(" + strings.Join(parts, word) + ")"
}

// aboutText is a condition on a text; no text does not fulfil it, and what is no text is left to the event.
func (b *sqlBuilder) aboutText(e format.Expr, test func(string) string) string {
	o := b.operand(e)
	if o.sql != "" && o.kind != kindText {
		return "CASE WHEN " + b.somewhere(o) + " THEN NULL ELSE false END"
	}
	return threeValued(o, func(sql string) string {
		return "CASE WHEN " + sql + " IS NULL THEN false ELSE " + test(sql) + " END"
	})
}

func threeValued(o operand, test func(string) string) string {
	if o.unsure == always {
		return "NULL"
	}
	result := "false"
	if o.sql != "" {
		result = test(o.sql)
	}
	if o.unsure == "" {
		return "(" + result + ")"
	}
	return "(CASE WHEN " + o.unsure + " THEN NULL ELSE " + result + " END)"
}

func isIPv4(sql string) string {
	const octet = `(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])`
	return "regexp_full_match(" + sql + `, '` + octet + `(\.` + octet + `){3}')`
}

// typed is an operand made the value of a field of that type, with where it is one.
func typed(o operand, typ ecs.Type) (value operand, set string) {
	if o.sql == "" {
		return o, "false"
	}
	switch typ {
	case ecs.Keyword, ecs.Text:
		return operand{sql: asText(o), unsure: or(o.unsure, textUnsure(o))}, present(o)
	case ecs.Long:
		if o.kind == kindInt {
			return o, o.sql + " IS NOT NULL"
		}
	case ecs.Boolean:
		if o.kind == kindBool {
			return operand{sql: "CAST(" + o.sql + " AS VARCHAR)", unsure: o.unsure}, o.sql + " IS NOT NULL"
		}
	case ecs.Date:
		if o.kind == kindTime {
			return o, o.sql + " IS NOT NULL"
		}
	case ecs.IP:
		if o.kind == kindText {
			return operand{sql: o.sql, unsure: or(o.unsure, "contains("+o.sql+", ':')")}, "coalesce(" + isIPv4(o.sql) + ", false)"
		}
	}
	return operand{unsure: or(o.unsure, o.sql+" IS NOT NULL")}, "false"
}
