package syntax

import (
	"strconv"
	"strings"
)

// Spelling is an operator's name with the old spellings that mean the same.
var oldSpellings = map[string]string{"filter": "where", "order": "sort", "limit": "take", "mvexpand": "mv-expand", "mvapply": "mv-apply",
	"makeseries": "make-series", "topnested": "top-nested", "projectaway": "project-away"}

// unsupported operators are known, and refused by name.
var unsupported = map[string]string{
	"fork":                  "run the branches as queries of their own",
	"facet":                 "write a summarize for each column",
	"reduce":                "summarize by a cut of the text instead",
	"make-graph":            "",
	"graph-match":           "",
	"graph-to-table":        "",
	"graph-mark-components": "",
	"graph-shortest-paths":  "",
	"graph-where-nodes":     "",
	"graph-where-edges":     "",
	"execute-and-cache":     "",
	"macro-expand":          "write a union of the tables",
	"assert-schema":         "",
	"partition-by":          "use partition",
	"graph":                 "",
}

// operatorName reads the word of an operator, whose hyphens are part of it; it gives the name and how many tokens that is.
func (p *parser) operatorName() (string, int) {
	t := p.peek()
	if t.Kind != Name {
		return "", 0
	}
	name, n, end := t.Text, 1, t.End
	for {
		dash, word := p.ahead(n), p.ahead(n+1)
		if !dash.is("-") || dash.Start != end || word.Kind != Name || word.Start != dash.End {
			break
		}
		name += "-" + word.Text
		end = word.End
		n += 2
	}
	if old := oldSpellings[name]; old != "" {
		name = old
	}
	return name, n
}

// sourceOperator reads an operator that makes rows itself, where one stands; else nil.
func (p *parser) sourceOperator() Operator {
	name, n := p.operatorName()
	next := p.ahead(n)
	start := p.peek().Start
	// Each of these may be a column's name as well: what follows tells.
	value := next.Kind == EOF || next.Kind == Punct && !next.is("(") && !next.is("*") && !next.is("[") || next.word("and") || next.word("or")
	switch name {
	case "print":
		if value && !next.is("-") {
			return nil
		}
	case "range":
		if next.Kind != Name && !next.is("[") || !p.ahead(n+1).word("from") && !next.is("[") {
			return nil
		}
	case "union", "find":
		if value {
			return nil
		}
	case "search":
		if value || next.is("(") && p.ahead(n+1).is(")") {
			return nil
		}
	case "datatable", "externaldata", "external_data":
		if !next.is("(") {
			return nil
		}
	case "evaluate":
		if next.Kind != Name {
			return nil
		}
	default:
		return nil
	}
	p.at += n
	return p.operatorBody(name, start)
}

// operator reads what follows a pipe; nil where it is none.
func (p *parser) operator() Operator {
	name, n := p.operatorName()
	t := p.peek()
	if n == 0 {
		p.unexpected("expected an operator after \"|\"")
		p.skip()
		return nil
	}
	if hint, ok := unsupported[name]; ok {
		span := t.to(p.ahead(n - 1).Span)
		p.reportAt(span, strconv.Quote(name)+" is not supported", hint)
		p.skip()
		return &Unsupported{span, name}
	}
	p.at += n
	errors := len(p.query.Errors)
	op := p.operatorBody(name, t.Start)
	if op == nil {
		hint := ""
		if near := Nearest(name, Operators); near != "" {
			hint = "did you mean " + near + "?"
		}
		p.reportAt(t.to(p.tokens[p.at-1].Span), "unknown operator "+strconv.Quote(name), hint)
		p.skip()
		return &Unsupported{p.since(t.Start), name}
	}
	if next := p.peek(); !next.is("|") && !next.is(";") && !next.is(")") && !next.is("}") && !next.is(",") && !next.is("]") && next.Kind != EOF {
		if !next.word("let") && !next.word("set") {
			if len(p.query.Errors) == errors {
				p.unexpected("expected \"|\", \";\" or the end after " + name)
			}
			p.skip()
		}
	}
	return op
}

// Operators are the names of all operators that stand after a pipe.
var Operators = []string{"as", "consume", "count", "distinct", "evaluate", "extend", "getschema", "invoke", "join", "limit", "lookup", "make-series", "mv-apply",
	"mv-expand", "order", "parse", "parse-kv", "parse-where", "partition", "project", "project-away", "project-keep", "project-rename", "project-reorder", "render",
	"sample", "sample-distinct", "scan", "search", "serialize", "sort", "summarize", "take", "top", "top-hitters", "top-nested", "union", "where", "filter"}

// SourceOperators are those that begin a query.
var SourceOperators = []string{"datatable", "externaldata", "find", "print", "range", "search", "union"}

func (p *parser) operatorBody(name string, start int) Operator {
	switch name {
	case "where":
		// A single = is read as a name here, as Microsoft's parser does; the binder says what it means.
		return &Where{X: p.named(), Span: p.since(start)}
	case "project", "extend", "project-rename", "distinct", "serialize", "project-away", "project-keep", "project-reorder":
		return p.project(name, start)
	case "summarize":
		return p.summarize(start)
	case "count":
		c := &Count{}
		if p.acceptWord("as") {
			c.As = p.ident("after as")
		}
		c.Span = p.since(start)
		return c
	case "take":
		return &Take{N: p.expr(), Span: p.since(start)}
	case "sort", "top", "top-hitters", "top-nested", "sample", "sample-distinct":
		return p.ordering(name, start)
	case "join", "lookup":
		return p.join(name == "lookup", start)
	case "union":
		return p.union(start)
	case "mv-expand", "mv-apply":
		return p.mvExpand(name, start)
	case "parse", "parse-where":
		return p.parse(name == "parse-where", start)
	case "parse-kv":
		return p.parseKV(start)
	case "make-series":
		return p.makeSeries(start)
	case "evaluate":
		return p.evaluate(start)
	case "invoke":
		name := p.ident("of a function after invoke")
		i := &Invoke{Call: &Call{Name: name, Span: name.Span}}
		if p.peek().is("(") {
			i.Call = p.call(name).(*Call)
		}
		i.Span = p.since(start)
		return i
	case "as":
		p.options()
		return &As{Name: p.ident("after as"), Span: p.since(start)}
	case "render":
		return p.render(start)
	case "search", "find":
		return p.searching(name, start)
	case "getschema":
		return &GetSchema{p.since(start)}
	case "consume":
		p.options()
		return &Consume{p.since(start)}
	case "partition":
		return p.partition(start)
	case "scan":
		return p.scan(start)
	case "print", "range", "datatable", "externaldata", "external_data":
		return p.rows(name, start)
	}
	return nil
}

// options reads name=value pairs that stand before an operator's own words: kind=inner hint.strategy=broadcast.
func (p *parser) options() []Option {
	var list []Option
	for {
		n := p.optionLength()
		if n == 0 {
			return list
		}
		start := p.peek().Start
		var name strings.Builder
		for range n {
			name.WriteString(p.take().Text)
		}
		p.take() // =
		o := Option{Name: name.String()}
		o.Value = p.optionValue()
		o.Span = p.since(start)
		list = append(list, o)
	}
}

// optionNames are what may stand as name=value; anything else with = is a column.
var optionNames = map[string]bool{"kind": true, "flags": true, "withsource": true, "with_source": true, "isfuzzy": true, "bagexpansion": true, "with_itemindex": true,
	"withnodesource": true, "decodeblocks": true, "with_match_id": true, "expandoutput": true, "datascope": true, "id": true, "best_effort": true}

// optionLength is how many tokens before = the option's name has; 0 where none stands here.
func (p *parser) optionLength() int {
	t := p.peek()
	if t.Kind != Name {
		return 0
	}
	n := 1
	if t.Text == "hint" {
		for p.ahead(n).is(".") && p.ahead(n+1).Kind == Name {
			n += 2
		}
		if n == 1 {
			return 0
		}
	} else if !optionNames[t.Text] {
		return 0
	}
	if !p.ahead(n).is("=") {
		return 0
	}
	return n
}

func (p *parser) optionValue() Expr {
	t := p.peek()
	switch t.Kind {
	case Name:
		if t.Text == "dynamic" {
			return p.primary()
		}
		p.take()
		if t.Text == "true" || t.Text == "false" {
			return &Literal{t.Span, "bool", t.Text == "true"}
		}
		return &Ident{t.Span, t.Text, false}
	case Text, Number, Typed:
		return p.primary()
	}
	if t.is("[") || t.is("-") || t.is("(") {
		return p.stringOperand()
	}
	p.unexpected("expected a value")
	return &Bad{Span{t.Start, t.Start}}
}

func (p *parser) summarize(start int) Operator {
	s := &Summarize{Options: p.options()}
	if !p.peek().word("by") && p.startsExpr() {
		s.Aggs = p.itemsUntil("by")
	}
	if p.acceptWord("by") {
		s.By = p.itemsUntil("")
	}
	s.Span = p.since(start)
	return s
}

// itemsUntil reads items with commas; a comma before the word is forgiven, as Microsoft's parser does.
func (p *parser) itemsUntil(word string) []Expr {
	var items []Expr
	for {
		items = append(items, p.named())
		if !p.accept(",") || word != "" && p.peek().word(word) {
			return items
		}
	}
}

func (p *parser) join(lookup bool, start int) Operator {
	j := &Join{Lookup: lookup, Options: p.options()}
	j.Table = p.table()
	// Options may stand after the table as well in old queries.
	switch {
	case p.acceptWord("on"):
		for {
			j.On = append(j.On, p.expr())
			if !p.accept(",") {
				break
			}
		}
	case p.acceptWord("where"):
		p.reportAt(p.since(p.tokens[p.at-1].Start), "join … where is not supported", "join on columns, then filter with where")
		p.skip()
	default:
		p.unexpected("expected \"on\" after the table of a join")
	}
	j.Span = p.since(start)
	return j
}

// table reads a table of a join or union: a name, a call, or a query in parentheses.
func (p *parser) table() Expr {
	t := p.peek()
	if t.is("(") {
		return p.primary()
	}
	if op := p.sourceOperator(); op != nil {
		return &Pipe{op.Pos(), nil, []Operator{op}}
	}
	return p.postfix(p.pattern())
}

func (p *parser) union(start int) Operator {
	u := &Union{Options: p.options()}
	for p.startsExpr() {
		u.Tables = append(u.Tables, p.table())
		if !p.accept(",") {
			break
		}
	}
	// withsource may stand between the tables in queries of the wild; Microsoft's parser wants it first.
	u.Span = p.since(start)
	return u
}
