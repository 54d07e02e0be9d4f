package kql

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"penstock/kql/syntax"
)

// CandidateKind is what a candidate is.
type CandidateKind string

// The kinds of candidates.
const (
	TableCandidate    CandidateKind = "table"
	ColumnCandidate   CandidateKind = "column"
	FunctionCandidate CandidateKind = "function"
	OperatorCandidate CandidateKind = "operator"
	KeywordCandidate  CandidateKind = "keyword"
	LetCandidate      CandidateKind = "let"
)

// Candidate is what may be written at a place in a query.
type Candidate struct {
	Kind        CandidateKind
	Label       string
	Insert      string // what to put in the place of Replace
	Signature   string // of a function; the type of a column; the form of an operator
	Description string
	Replace     Span
}

// Complete says what may be written at a place of a query (in bytes): what begins with the letters that stand there first, then what holds them.
func Complete(query string, offset int, schema Schema) []Candidate {
	offset = max(0, min(offset, len(query)))
	if len(query) > syntax.MaxBytes {
		return nil
	}
	c := &completion{query: query, schema: schema}
	c.place(offset)
	c.fill()
	return c.ranked()
}

type completion struct {
	query  string
	schema Schema
	word   Span           // what has been typed of a name
	before []syntax.Token // all that stands before it
	list   []Candidate
}

// place finds the word that is being typed and what stands before it. Within a string or comment nothing is offered.
func (c *completion) place(offset int) {
	c.word = Span{Start: offset, End: offset}
	for _, t := range syntax.Tokens(c.query) {
		switch {
		case t.End < offset, t.End == offset && t.Kind == syntax.Punct:
			if t.Kind != syntax.Comment {
				c.before = append(c.before, t)
			}
		case t.Start >= offset:
			return
		case t.Kind == syntax.Name:
			c.word = Span{Start: t.Start, End: max(offset, t.End)}
			c.joinHyphens()
			return
		case t.Kind == syntax.Punct:
			return
		default:
			c.before = nil
			c.word = Span{Start: -1}
			return
		}
	}
}

// joinHyphens takes project-aw as one word after a pipe.
func (c *completion) joinHyphens() {
	for n := len(c.before); n >= 2; n = len(c.before) {
		dash, name := c.before[n-1], c.before[n-2]
		if dash.Text != "-" || dash.End != c.word.Start || name.Kind != syntax.Name || name.End != dash.Start {
			return
		}
		c.word.Start = name.Start
		c.before = c.before[:n-2]
	}
}

// last is the n-th token before the word, from 0; an empty one before the first.
func (c *completion) last(n int) syntax.Token {
	if i := len(c.before) - 1 - n; i >= 0 {
		return c.before[i]
	}
	return syntax.Token{}
}

func (c *completion) add(kind CandidateKind, label, signature, description string) {
	insert := label
	if kind == FunctionCandidate {
		insert += "("
	} else if kind != KeywordCandidate && kind != OperatorCandidate && !plainName(label) {
		insert = `["` + label + `"]`
	}
	c.list = append(c.list, Candidate{Kind: kind, Label: label, Insert: insert, Signature: signature, Description: description, Replace: c.word})
}

func plainName(s string) bool {
	for i, r := range s {
		letter := r == '_' || r == '$' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		if !letter && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}

func (c *completion) keywords(words ...string) {
	for _, w := range words {
		c.add(KeywordCandidate, w, "", "")
	}
}

// fill gathers what may stand at the place.
func (c *completion) fill() {
	if c.word.Start < 0 {
		return
	}
	last := c.last(0)
	switch {
	case last.Text == "|" && last.Kind == syntax.Punct:
		for _, op := range Constructs() {
			if !strings.HasPrefix(op.Remark, unsupportedRemark) && !slices.Contains(syntax.SourceOperators, op.Name) || op.Name == "union" || op.Name == "search" {
				c.add(OperatorCandidate, op.Name, op.Form, op.Summary)
			}
		}
		return
	case last.Text == "evaluate":
		for _, name := range slices.Sorted(maps.Keys(Plugins)) {
			c.add(FunctionCandidate, name, "", Plugins[name])
		}
		return
	case last.Text == "render":
		c.keywords(RenderKinds()...)
		return
	case last.Text == "typeof" || c.last(1).Text == "typeof" || last.Text == ":" && c.declares():
		for t := Bool; t <= Guid; t++ {
			c.add(KeywordCandidate, t.String(), "", "")
		}
		return
	case last.Text == "=" && c.last(1).Text == "kind":
		c.keywords(slices.Sorted(maps.Keys(joinKinds))...)
		return
	}
	c.expressions()
}

// declares says whether the colon before the place stands between a name and its type.
func (c *completion) declares() bool {
	open := c.last(2).Text
	return c.last(1).Kind == syntax.Name && (open == "(" || open == "," || open == "with" || c.last(2).Kind == syntax.Text)
}

// operatorWords are the words within operators, after an operand.
var operatorWords = map[string][]string{
	"summarize": {"by"}, "sort": {"asc", "desc", "nulls first", "nulls last"}, "order": {"asc", "desc", "nulls first", "nulls last"}, "top": {"by", "asc", "desc"},
	"join": {"on"}, "lookup": {"on"}, "parse": {"with"}, "parse-where": {"with"}, "parse-kv": {"as", "with"}, "mv-expand": {"to typeof(", "limit"},
	"mv-apply": {"to typeof(", "on"}, "make-series": {"default =", "on", "from", "to", "step", "by"}, "range": {"from", "to", "step"}, "project-reorder": {"asc", "desc"},
	"find": {"where", "project"}, "top-nested": {"of", "by", "with others ="}, "sample-distinct": {"of"}, "top-hitters": {"of", "by"}, "partition": {"by"}, "distinct": {},
}

var comparisons = []string{"==", "!=", "=~", "!~", "<", "<=", ">", ">=", "and", "or", "has", "!has", "has_cs", "has_any", "has_all", "hasprefix", "hassuffix", "contains",
	"!contains", "contains_cs", "startswith", "!startswith", "endswith", "!endswith", "in", "!in", "in~", "!in~", "between", "!between", "matches regex"}

// expressions gathers what may stand in an expression, or at the start of a table.
func (c *completion) expressions() {
	operator, fresh := c.operator()
	if c.afterOperand() && !fresh {
		for _, name := range comparisons {
			description := ""
			if f := catalogue().operators[name]; f != nil {
				description = f.Summary
			}
			c.add(KeywordCandidate, name, "", description)
		}
		c.keywords(operatorWords[operator]...)
		return
	}
	if fresh && (operator == "sort" || operator == "order" || operator == "partition") && c.last(0).Text == operator {
		c.keywords("by")
		return
	}
	if fresh && c.last(0).Text == operator {
		switch operator {
		case "join", "lookup":
			c.keywords("kind=")
		case "union":
			c.keywords("kind=", "withsource=", "isfuzzy=true")
		case "search", "find":
			c.keywords("in (")
		}
	}
	seen := c.bound()
	switch {
	case seen == nil:
		c.tables(&scope{})
	case seen.table:
		c.tables(seen.scope)
		if c.last(0).Text == "=" {
			c.functions(false)
		}
	default:
		c.columns(seen)
		c.lets(seen.scope)
		c.functions(seen.aggs)
		c.keywords("true", "false", "dynamic(", "datetime(")
		if c.inList() {
			c.tables(&scope{})
		}
	}
}

// operator is the one that the place stands in, and whether nothing but its word stands before the place.
func (c *completion) operator() (name string, fresh bool) {
	level := 0
	for i := len(c.before) - 1; i >= 0; i-- {
		t := c.before[i]
		switch {
		case t.Text == ")" || t.Text == "]" || t.Text == "}":
			level++
		case (t.Text == "(" || t.Text == "[" || t.Text == "{") && t.Kind == syntax.Punct:
			level--
			if level < 0 {
				level = 0
			}
		case t.Kind == syntax.Punct && (t.Text == "|" || t.Text == ";") && level == 0:
			return c.wordAt(i + 1)
		}
	}
	return c.wordAt(0)
}

func (c *completion) wordAt(i int) (string, bool) {
	if i >= len(c.before) || c.before[i].Kind != syntax.Name {
		return "", i >= len(c.before)
	}
	name := c.before[i].Text
	n := 1
	for i+n+1 < len(c.before) && c.before[i+n].Text == "-" && c.before[i+n+1].Kind == syntax.Name && c.before[i+n+1].Start == c.before[i+n].End {
		name += "-" + c.before[i+n+1].Text
		n += 2
	}
	_, known := construct(name)
	known = known || slices.Contains(syntax.Operators, name)
	return name, known && i+n == len(c.before)
}

// operandWords are the words after which an operand is still to come.
var operandWords = map[string]bool{"by": true, "on": true, "and": true, "or": true, "not": true, "with": true, "from": true, "to": true, "step": true, "of": true, "in": true,
	"has": true, "contains": true, "startswith": true, "endswith": true, "has_any": true, "has_all": true, "between": true, "regex": true, "where": true, "limit": true,
	"project": true, "in~": true, "hasprefix": true, "hassuffix": true, "has_cs": true, "contains_cs": true, "startswith_cs": true, "endswith_cs": true, "as": true}

// afterOperand says whether a name, constant or closing bracket stands right before the place.
func (c *completion) afterOperand() bool {
	t := c.last(0)
	switch t.Kind {
	case syntax.Name:
		return !operandWords[t.Text]
	case syntax.Text, syntax.Number, syntax.Typed:
		return true
	}
	return t.Text == ")" || t.Text == "]"
}

// inList says whether the place is the first in the list of in, where a table may stand.
func (c *completion) inList() bool {
	return c.last(0).Text == "(" && (strings.HasPrefix(c.last(1).Text, "in") || strings.HasPrefix(c.last(1).Text, "has_a"))
}

// seen is what names mean at the place.
type seen struct {
	scope *scope
	cols  []Column
	table bool
	aggs  bool
}

// cursor is the name that stands in for the one being typed.
const cursor = "\u00a7cursor"

// bound binds the query up to the place, with a name there that tells where it stands; nil where that is not reached.
func (c *completion) bound() *seen {
	text := c.query[:c.word.Start] + `["` + cursor + `"]`
	b := newBinder(context.Background(), text, Options{Schema: c.schema, Dialect: "defender", Now: time.Now(), AllowExternal: true})
	b.query(syntax.Parse(text))
	return b.cursor
}

func (c *completion) columns(s *seen) {
	for _, col := range s.cols {
		c.add(ColumnCandidate, col.Name, col.Type.String(), "")
	}
}

func (c *completion) lets(s *scope) {
	known := map[string]bool{}
	for ; s != nil; s = s.parent {
		for _, e := range slices.Backward(s.list) {
			if known[e.name] || e.name == cursor {
				continue
			}
			known[e.name] = true
			switch {
			case e.fn != nil:
				c.add(FunctionCandidate, e.name, paramText(e.fn), "")
			case e.table != nil:
				c.add(LetCandidate, e.name, "table", "")
			case e.scalar != nil && e.scalar.Type() != 0:
				c.add(LetCandidate, e.name, e.scalar.Type().String(), "")
			}
		}
	}
}

func paramText(f *syntax.Function) string {
	var parts []string
	for _, p := range f.Params {
		if p.Table {
			parts = append(parts, p.Name+": table")
		} else {
			parts = append(parts, p.Name+": "+p.Type)
		}
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

func (c *completion) tables(s *scope) {
	c.lets(s)
	for _, name := range c.schema.Names() {
		c.add(TableCandidate, name, "", "")
	}
	for _, f := range builtInNames() {
		c.add(FunctionCandidate, f, "", builtIns[f].summary)
	}
	for _, name := range syntax.SourceOperators {
		if op, ok := construct(name); ok {
			c.add(OperatorCandidate, op.Name, op.Form, op.Summary)
		}
	}
	if last := c.last(0); last.Kind == syntax.EOF || last.Text == ";" || last.Text == "" {
		c.keywords("let")
	}
}

// functions gathers the catalogue's functions, and aggregates where they may stand.
func (c *completion) functions(aggregates bool) {
	for _, f := range Functions() {
		if f.Kind == Operator || f.Refused != "" || f.Kind == AggregateFunction && !aggregates {
			continue
		}
		c.add(FunctionCandidate, f.Name, f.Signatures[0].String(), f.Summary)
	}
}

// ranked keeps what fits the letters typed: what begins with them before what holds them, else in the order in which it was gathered.
func (c *completion) ranked() []Candidate {
	if c.word.Start < 0 {
		return nil
	}
	typed := strings.ToLower(c.query[c.word.Start:min(c.word.End, len(c.query))])
	rank := func(label string) int {
		lower := strings.ToLower(label)
		switch {
		case strings.HasPrefix(lower, typed):
			return 0
		case strings.Contains(lower, typed):
			return 1
		}
		return 2
	}
	var kept []Candidate
	known := map[string]bool{}
	for _, candidate := range c.list {
		key := string(candidate.Kind) + " " + candidate.Label
		if rank(candidate.Label) < 2 && !known[key] {
			known[key] = true
			kept = append(kept, candidate)
		}
	}
	slices.SortStableFunc(kept, func(a, b Candidate) int { return cmp.Compare(rank(a.Label), rank(b.Label)) })
	return kept
}
