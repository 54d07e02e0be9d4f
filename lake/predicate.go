package lake

import (
	"fmt"
	"net/netip"
	"strings"

	"penstock/ecs"
	"penstock/search"
)

// link is one way in which a field gets its value: where it applies (SQL in three values), the value, and where that is
// one. Of the links of a field, the last that applies and has a value counts.
type link struct {
	when  string
	value operand
	set   string
}

// links are the assignments of a field as links, its type given.
func (b *sqlBuilder) links(field string, typ ecs.Type) []link {
	var links []link
	for _, a := range b.table.Assignments {
		if a.Field != field {
			continue
		}
		value, set := typed(b.operand(a.Value), typ)
		links = append(links, link{b.condition(a.When), value, set})
	}
	return links
}

// chain asks the links, last first: then what result makes of the link that counts, NULL where only the event tells which
// that is, and otherwise where no link counts.
func chain(links []link, result func(operand) string, otherwise string) string {
	if len(links) == 0 {
		return otherwise
	}
	var sql strings.Builder
	sql.WriteString("(CASE")
	asked := false
	for i := len(links) - 1; i >= 0; i-- {
		l := &links[i]
		if unsure := l.unsure(); unsure != "" {
			sql.WriteString(" WHEN " + unsure + " THEN NULL")
			asked = true
		}
		if l.set == "false" {
			continue
		}
		applies := l.set
		if l.when != always {
			applies = "(" + l.when + ") AND " + l.set
		}
		if applies == always {
			if !asked {
				return "(" + result(l.value) + ")"
			}
			sql.WriteString(" ELSE " + result(l.value) + " END)")
			return sql.String()
		}
		sql.WriteString(" WHEN " + applies + " THEN " + result(l.value))
		asked = true
	}
	if !asked {
		return otherwise
	}
	return sql.String() + " ELSE " + otherwise + " END)"
}

// unsure is true where only the event tells whether the link counts, or what its value is.
func (l *link) unsure() string {
	if l.when == always {
		return l.value.unsure
	}
	when := "(" + l.when + ") IS NULL"
	if l.value.unsure == "" {
		return when
	}
	return "(" + when + " OR (" + l.when + ") AND " + l.value.unsure + ")"
}

// where turns a node of a query into SQL in three values.
func (b *sqlBuilder) where(n search.Node) string {
	switch n := n.(type) {
	case search.And:
		return b.joined(n.Of, " AND ", "true")
	case search.Or:
		return b.joined(n.Of, " OR ", "false")
	case search.Not:
		switch of := b.where(n.Of); of {
		case "true":
			return "false"
		case "false":
			return "true"
		default:
			return "(NOT " + of + ")"
		}
	case search.Words:
		return b.words(&n.Value)
	case search.Term:
		var parts []string
		for _, field := range search.Fields(n.Field) {
			term := n
			term.Field = field
			if part := b.term(&term); part != "false" {
				parts = append(parts, part)
			}
		}
		if len(parts) == 0 {
			return "false"
		}
		return "(" + strings.Join(parts, " OR ") + ")"
	}
	return "true"
}

// joined folds what is true or false whatever the row: absorbing ends the question, neutral adds nothing to it.
func (b *sqlBuilder) joined(of []search.Node, word, neutral string) string {
	absorbing := map[string]string{"true": "false", "false": "true"}[neutral]
	var parts []string
	for _, n := range of {
		bound := len(b.args)
		switch part := b.where(n); part {
		case neutral:
		case absorbing:
			b.args = b.args[:bound]
			if len(parts) == 0 {
				return absorbing
			}
			parts = append(parts, part)
		default:
			parts = append(parts, part)
		}
	}
	switch len(parts) {
	case 0:
		return neutral
	case 1:
		return parts[0]
	}
	return "(" + strings.Join(parts, word) + ")"
}

// related are the fields that gather others.
var related = map[string][]string{
	"related.ip":   {"source.ip", "destination.ip"},
	"related.user": {"user.name"},
	"related.hash": {
		"file.hash.md5", "file.hash.sha1", "file.hash.sha256", "process.hash.md5", "process.hash.sha1", "process.hash.sha256",
		"process.parent.hash.md5", "process.parent.hash.sha1", "process.parent.hash.sha256",
	},
}

// follows names the fields that others follow from in a way that SQL does not know.
func follows(field string) []string {
	object, last := cutLast(field)
	switch {
	case object == "url" && field != "url.original":
		return []string{"url.original", "url.domain"}
	case object == "user_agent" || strings.HasPrefix(field, "user_agent."):
		if field != "user_agent.original" {
			return []string{"user_agent.original"}
		}
	case last == "registered_domain" || last == "subdomain" || last == "top_level_domain":
		return []string{object + ".domain"}
	case field == "related.hosts":
		return []string{"source.domain", "destination.domain", "url.domain"}
	}
	return nil
}

func cutLast(field string) (object, last string) {
	i := strings.LastIndexByte(field, '.')
	if i < 0 {
		return "", field
	}
	return field[:i], field[i+1:]
}

// term turns a comparison of one field into SQL.
func (b *sqlBuilder) term(t *search.Term) string {
	typ := b.fieldType(t.Field)
	result := func(o operand) string { return b.compare(t, typ, o) }
	if of, ok := related[t.Field]; ok {
		var parts []string
		for _, field := range of {
			parts = append(parts, chain(b.links(field, b.fieldType(field)), result, "false"))
		}
		return "(" + strings.Join(parts, " OR ") + ")"
	}
	if strings.HasPrefix(t.Field, "penstock.") {
		return b.ownTerm(t, typ)
	}
	test := chain(b.fieldLinks(t.Field, typ), result, b.unassigned(t.Field))
	for _, from := range follows(t.Field) {
		if from == t.Field {
			continue
		}
		has := chain(b.links(from, b.fieldType(from)), func(operand) string { return "true" }, "false")
		if has != "false" {
			test = "(CASE WHEN " + has + " IS DISTINCT FROM false THEN NULL ELSE " + test + " END)"
		}
	}
	return test
}

// fieldLinks are a field's links; an address is the ip, or else the domain.
func (b *sqlBuilder) fieldLinks(field string, typ ecs.Type) []link {
	if object, last := cutLast(field); last == "address" && (object == "source" || object == "destination") {
		return append(b.links(object+".domain", ecs.Keyword), b.links(object+".ip", ecs.IP)...)
	}
	return b.links(field, typ)
}

func (b *sqlBuilder) fieldType(field string) ecs.Type {
	if typ, ok := b.plan.Field(field); ok {
		return typ
	}
	return ecs.Keyword
}

// unassigned is the answer about a field that no assignment names: false, but for a column that nobody has heard of.
func (b *sqlBuilder) unassigned(field string) string {
	if column, ok := strings.CutPrefix(field, b.table.Unmapped+"."); ok && b.table.Unmapped != "" {
		if has := b.somewhere(b.column(column)); has != "" {
			return "CASE WHEN " + has + " THEN NULL ELSE false END"
		}
	}
	return "false"
}

// ownTerm is a comparison of one of the product's own fields.
func (b *sqlBuilder) ownTerm(t *search.Term, typ ecs.Type) string {
	optional := func(sql string, k kind) string {
		return "(CASE WHEN " + sql + " IS NULL THEN false ELSE " + b.compare(t, typ, operand{sql: sql, kind: k}) + " END)"
	}
	text := func(sql string) string { return optional("nullif("+sql+", '')", kindText) }
	switch t.Field {
	case "penstock.id":
		return text("lower(hex(" + colID + "))")
	case "penstock.table":
		return text(quote(b.schema.name))
	case "penstock.intake":
		return text(colIntake)
	case "penstock.hub":
		return text(colHub)
	case "penstock.partition":
		return text(colPartition)
	case "penstock.rules":
		return "(CASE WHEN " + colMatches + " IS NULL THEN false ELSE " + b.ruleTerm(t) + " END)"
	case "penstock.sequence_number":
		return optional(colSequence, kindInt)
	case "penstock.record_index":
		return optional(colIndex, kindInt)
	case "penstock.clock.event":
		return optional(colTime, kindTime)
	case "penstock.clock.received":
		return optional(colReceived, kindTime)
	case "penstock.clock.published":
		return optional(colPublished, kindTime)
	case "penstock.clock.enqueued":
		return optional(colEnqueued, kindTime)
	case "penstock.clock.read":
		return optional(colRead, kindTime)
	case "penstock.clock.searchable":
		return "false"
	}
	if strings.HasPrefix(t.Field, "penstock.columns.") {
		return b.unassigned(t.Field)
	}
	return "NULL"
}

var sqlOps = map[search.Op]string{search.Less: "<", search.LessOrEqual: "<=", search.Greater: ">", search.GreaterOrEqual: ">=", search.Equal: "="}

// compare is the comparison of a value that is there, as search.Term.Match decides it.
func (b *sqlBuilder) compare(t *search.Term, typ ecs.Type, o operand) string {
	v := &t.Value
	if t.Op == search.Exists {
		return "true"
	}
	if v.IsGlob() {
		if o.kind == kindTime {
			return "NULL"
		}
		return b.glob("lower("+asText(o)+")", v.Pieces)
	}
	switch o.kind {
	case kindInt, kindReal:
		if !v.IsNum {
			return "false"
		}
		return "CAST(" + o.sql + " AS DOUBLE) " + sqlOps[t.Op] + " " + b.bind(v.Number)
	case kindTime:
		return b.compareTime(t, o.sql)
	}
	if typ == ecs.IP && v.Network.IsValid() {
		return b.compareIP(t, o.sql)
	}
	return "lower(" + asText(o) + ") " + sqlOps[t.Op] + " " + b.bind(v.Pieces[0])
}

// glob is whether a text in lower case consists of pieces with anything between them. LIKE is for what the functions that
// look for one piece cannot do: it is several times slower.
func (b *sqlBuilder) glob(text string, pieces []string) string {
	last := len(pieces) - 1
	switch {
	case last == 2 && pieces[0] == "" && pieces[2] == "":
		return "contains(" + text + ", " + b.bind(pieces[1]) + ")"
	case last == 1 && pieces[1] == "":
		return "starts_with(" + text + ", " + b.bind(pieces[0]) + ")"
	case last == 1 && pieces[0] == "":
		return "ends_with(" + text + ", " + b.bind(pieces[1]) + ")"
	}
	return text + " LIKE " + b.bind(likePattern(pieces)) + " ESCAPE '!'"
}

func likePattern(pieces []string) string {
	escaped := strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")
	out := make([]string, len(pieces))
	for i, p := range pieces {
		out[i] = escaped.Replace(p)
	}
	return strings.Join(out, "%")
}

func (b *sqlBuilder) compareTime(t *search.Term, sql string) string {
	v := &t.Value
	if v.From.IsZero() {
		return "NULL"
	}
	switch t.Op {
	case search.Less:
		return sql + " < " + b.bind(v.From)
	case search.LessOrEqual:
		return sql + " < " + b.bind(v.To)
	case search.Greater:
		return sql + " >= " + b.bind(v.To)
	case search.GreaterOrEqual:
		return sql + " >= " + b.bind(v.From)
	}
	return "(" + sql + " >= " + b.bind(v.From) + " AND " + sql + " < " + b.bind(v.To) + ")"
}

// compareIP compares an IPv4 address; others are left to the event.
func (b *sqlBuilder) compareIP(t *search.Term, sql string) string {
	network := t.Value.Network
	if !network.Addr().Is4() {
		// Every IPv4 address is less than any IPv6 address.
		if t.Op == search.Less || t.Op == search.LessOrEqual {
			return "true"
		}
		return "false"
	}
	if t.Op == search.Equal && network.IsSingleIP() {
		return sql + " = " + b.bind(network.Addr().String())
	}
	octet := func(i int, weight string) string {
		return fmt.Sprintf("TRY_CAST(split_part(%s, '.', %d) AS BIGINT) * %s", sql, i, weight)
	}
	number := "(" + octet(1, "16777216") + " + " + octet(2, "65536") + " + " + octet(3, "256") + " + " + octet(4, "1") + ")"
	low := ipNumber(network.Addr())
	if t.Op == search.Equal {
		return number + " BETWEEN " + b.bind(low) + " AND " + b.bind(low+int64(1)<<(32-network.Bits())-1)
	}
	return number + " " + sqlOps[t.Op] + " " + b.bind(low)
}

func ipNumber(a netip.Addr) int64 {
	n := int64(0)
	for _, octet := range a.As4() {
		n = n<<8 | int64(octet)
	}
	return n
}

// words leaves every row to the event that may have the words: rows in which some text has their longest token.
func (b *sqlBuilder) words(v *search.Value) string {
	token := longestToken(v)
	if token == "" {
		return "NULL"
	}
	p := b.bind(token)
	has := []string{}
	for i, f := range b.schema.arrow.Fields() {
		name := ident(f.Name)
		switch {
		case i == atExtra, i == atOriginal, i >= ownCount && sqlType(f.Type) == "VARCHAR":
			has = append(has, "contains(lower("+name+"), "+p+")")
		case i >= ownCount && (digitsOnly(token) || token == "true" || token == "false"):
			has = append(has, "contains(CAST("+name+" AS VARCHAR), "+p+")")
		}
	}
	return "(CASE WHEN " + strings.Join(has, " OR ") + " THEN NULL ELSE false END)"
}

// longestToken is the longest run of ASCII letters and digits in a value: with whatever escapes its text stands in JSON,
// these stand there as they are.
func longestToken(v *search.Value) string {
	longest := ""
	for _, piece := range v.Pieces {
		for run := range strings.FieldsFuncSeq(piece, func(r rune) bool { return r >= 0x80 || !isTokenByte(byte(r)) }) {
			if len(run) > len(longest) {
				longest = run
			}
		}
	}
	return longest
}

func digitsOnly(s string) bool { return strings.Trim(s, "0123456789") == "" }

// needles are hashes of tokens that every event has for which the query holds, for passing over segments.
func needles(n search.Node) []uint32 {
	switch n := n.(type) {
	case search.And:
		var all []uint32
		for _, part := range n.Of {
			all = append(all, needles(part)...)
		}
		return all
	case search.Words:
		return valueNeedles(&n.Value)
	case search.Term:
		if n.Op == search.Equal && n.Field == "penstock.rules" && !n.Value.IsGlob() {
			return []uint32{ruleNeedle(n.Value.Pieces[0])}
		}
		if n.Op != search.Equal || strings.Contains(n.Field, "*") || !search.FreeText(n.Field) {
			return nil
		}
		if f, ok := ecs.Lookup(n.Field); ok && f.Type() != ecs.Keyword && f.Type() != ecs.Text {
			return nil
		}
		return valueNeedles(&n.Value)
	}
	return nil
}

// valueNeedles leaves out what may come from a column that is no text: numbers, and true and false.
func valueNeedles(v *search.Value) []uint32 {
	var all []uint32
	for i, piece := range v.Pieces {
		for _, t := range wholeTokens(piece, i > 0, i < len(v.Pieces)-1) {
			if !digitsOnly(t) && t != "true" && t != "false" {
				all = append(all, tokenHash([]byte(t)))
			}
		}
	}
	return all
}
