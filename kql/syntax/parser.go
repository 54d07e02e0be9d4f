package syntax

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// What a text may be at most. Published queries stay far below.
const (
	MaxBytes  = 1 << 20
	maxTokens = 200_000
	maxDepth  = 150
	maxErrors = 20
)

// Parse reads a query. It always gives a tree of what it could read, with all mistakes that it found.
func Parse(text string) *Query {
	q := new(Query)
	if len(text) > MaxBytes {
		q.Errors = []Error{{Span{0, 0}, "the query is too long", "a query has up to " + strconv.Itoa(MaxBytes>>10) + " KiB"}}
		return q
	}
	p := &parser{query: q}
	lex := lexer{text: text, report: p.reportAt}
	for {
		t := lex.next()
		if t.Kind == Unknown {
			continue
		}
		p.tokens = append(p.tokens, t)
		if t.Kind == EOF {
			break
		}
		if len(p.tokens) > maxTokens {
			q.Errors = []Error{{t.Span, "the query has too many words", ""}}
			return q
		}
	}
	p.statements()
	slices.SortStableFunc(q.Errors, func(a, b Error) int { return cmp.Compare(a.Start, b.Start) })
	return q
}

type parser struct {
	query  *Query
	tokens []Token
	at     int
	depth  int
	// deep is set once nesting went past its bound: nothing after that is worth a message.
	deep bool
}

// reportAt notes a mistake; of several at one place the first one counts.
func (p *parser) reportAt(span Span, message, hint string) {
	if len(p.query.Errors) >= maxErrors || p.deep {
		return
	}
	for _, e := range p.query.Errors {
		if e.Start == span.Start {
			return
		}
	}
	p.query.Errors = append(p.query.Errors, Error{span, message, hint})
}

func (p *parser) peek() Token { return p.tokens[p.at] }

func (p *parser) ahead(n int) Token { return p.tokens[min(p.at+n, len(p.tokens)-1)] }

func (p *parser) take() Token {
	t := p.tokens[p.at]
	if t.Kind != EOF {
		p.at++
	}
	return t
}

// since is the span from a start up to the last token taken.
func (p *parser) since(start int) Span {
	if p.at == 0 {
		return Span{start, start}
	}
	return Span{start, max(start, p.tokens[p.at-1].End)}
}

func (p *parser) accept(punct string) bool {
	if p.peek().is(punct) {
		p.at++
		return true
	}
	return false
}

func (p *parser) acceptWord(word string) bool {
	if p.peek().word(word) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(punct, where string) bool {
	if p.accept(punct) {
		return true
	}
	p.unexpected("expected " + strconv.Quote(punct) + " " + where)
	return false
}

func (p *parser) expectWord(word, where string) bool {
	if p.acceptWord(word) {
		return true
	}
	p.unexpected("expected " + strconv.Quote(word) + " " + where)
	return false
}

// unexpected reports that the next token is not what must stand there.
func (p *parser) unexpected(message string) {
	t := p.peek()
	if t.Kind == EOF {
		p.reportAt(t.Span, message+", but the query ends here", "")
		return
	}
	found := t.Text
	if len(found) > 40 {
		found = found[:40] + "…"
	}
	p.reportAt(t.Span, message+", found "+strconv.Quote(found), "")
}

// enter counts nesting; every enter has its leave.
func (p *parser) enter() bool {
	p.depth++
	if p.depth <= maxDepth {
		return true
	}
	p.reportAt(p.peek().Span, "the query is nested too deeply", "name inner parts with let")
	p.deep = true
	p.at = len(p.tokens) - 1
	return false
}

func (p *parser) leave() { p.depth-- }

// skip goes to the next | or ; (or closing bracket) that belongs to this level.
func (p *parser) skip() {
	level := 0
	for {
		t := p.peek()
		switch {
		case t.Kind == EOF:
			return
		case t.is("(") || t.is("[") || t.is("{"):
			level++
		case t.is(")") || t.is("]") || t.is("}"):
			if level == 0 {
				return
			}
			level--
		case level == 0 && (t.is("|") || t.is(";")):
			return
		}
		p.at++
	}
}

func (p *parser) statements() {
	for p.peek().Kind != EOF {
		if p.accept(";") {
			continue
		}
		if s := p.statement(); s != nil {
			p.query.Statements = append(p.query.Statements, s)
		}
		if p.peek().Kind == EOF || p.accept(";") {
			continue
		}
		if t := p.peek(); t.word("let") || t.word("set") {
			p.reportAt(Span{p.tokens[p.at-1].End, p.tokens[p.at-1].End}, "expected \";\" before the next statement", "end every let with a semicolon")
			continue
		}
		p.unexpected("expected \"|\", \";\" or the end of the query")
		for p.peek().Kind != EOF && !p.accept(";") {
			p.at++
		}
	}
}

// statement reads one, without its semicolon; nil where there is none to keep.
func (p *parser) statement() Statement {
	start := p.peek().Start
	switch t := p.peek(); {
	case t.word("let") && (p.ahead(1).Kind == Name || p.ahead(1).is("[")):
		return p.let()
	case t.word("set") && p.ahead(1).Kind == Name:
		p.take()
		s := &Set{Name: p.take().Text}
		if p.accept("=") {
			s.Value = p.expr()
		}
		s.Span = p.since(start)
		return s
	case t.word("declare"):
		return p.declare()
	case t.word("alias") && p.ahead(1).word("database"), t.word("restrict") && p.ahead(1).word("access"), t.word("declare") && p.ahead(1).word("pattern"):
		p.reportAt(t.to(p.ahead(1).Span), strconv.Quote(t.Text+" "+p.ahead(1).Text)+" is not supported", "Penstock has one database, and your role says what you may read")
		p.skip()
		return nil
	case t.is("."):
		p.reportAt(t.Span, "management commands are not supported", "a query begins with a table")
		p.skip()
		return nil
	}
	x := p.pipe()
	return &Tabular{p.since(start), x}
}

func (p *parser) let() Statement {
	start := p.take().Start
	l := &Let{Name: p.ident("after let")}
	if !p.expect("=", "after the name of a let") {
		p.skip()
	}
	l.Value = p.letValue()
	l.Span = p.since(start)
	return l
}

// letValue reads what a let names: a function, or any expression.
func (p *parser) letValue() Expr {
	t := p.peek()
	if t.word("view") && p.ahead(1).is("(") || t.is("(") && p.functionAhead() {
		return p.function()
	}
	return p.pipe()
}

// functionAhead says whether the parenthesis here closes right before a brace.
func (p *parser) functionAhead() bool {
	level := 0
	for i := p.at; i < len(p.tokens); i++ {
		switch t := p.tokens[i]; {
		case t.is("("):
			level++
		case t.is(")"):
			level--
			if level == 0 {
				return p.tokens[min(i+1, len(p.tokens)-1)].is("{")
			}
		case t.is(";") || t.is("|"):
			return false
		}
	}
	return false
}

func (p *parser) function() Expr {
	start := p.peek().Start
	f := &Function{View: p.acceptWord("view")}
	f.Params = p.params()
	if !p.enter() {
		p.leave()
		return &Bad{p.since(start)}
	}
	defer p.leave()
	p.expect("{", "before the body of a function")
	for !p.peek().is("}") && p.peek().Kind != EOF {
		if p.accept(";") {
			continue
		}
		before := p.at
		s := p.statement()
		if t, ok := s.(*Tabular); ok {
			f.Body = t.X
		} else if s != nil {
			f.Lets = append(f.Lets, s)
		}
		if !p.accept(";") && !p.peek().is("}") {
			p.unexpected("expected \";\" or \"}\" in the body of a function")
			if p.at == before {
				p.take()
			}
			p.skip()
			if !p.peek().is("}") && p.peek().Kind != EOF {
				p.take()
			}
		}
	}
	p.expect("}", "after the body of a function")
	f.Span = p.since(start)
	return f
}

func (p *parser) params() []Param {
	p.expect("(", "before the parameters")
	var params []Param
	for !p.peek().is(")") && p.peek().Kind != EOF {
		start := p.peek().Start
		param := Param{Name: p.ident("as the name of a parameter").Name}
		p.expect(":", "between a parameter and its type")
		if p.peek().is("(") {
			param.Table = true
			param.Columns = p.tableType()
		} else {
			param.Type = p.typeName()
		}
		if p.accept("=") {
			param.Default = p.expr()
		}
		param.Span = p.since(start)
		params = append(params, param)
		if !p.accept(",") {
			break
		}
	}
	if !p.expect(")", "after the parameters") {
		for !p.peek().is("{") && !p.peek().is(";") && p.peek().Kind != EOF {
			p.take()
		}
	}
	return params
}

// tableType reads (*) or (a:string, b:long).
func (p *parser) tableType() []Column {
	if p.ahead(1).is("*") && p.ahead(2).is(")") {
		p.at += 3
		return nil
	}
	return p.columns("(")
}

// columns reads (a:string, b:long).
func (p *parser) columns(open string) []Column {
	cols := []Column{}
	if !p.expect(open, "before the columns") {
		return cols
	}
	for !p.peek().is(")") && p.peek().Kind != EOF {
		start := p.peek().Start
		c := Column{Name: p.ident("as the name of a column").Name}
		if p.expect(":", "between a column and its type") {
			c.Type = p.typeName()
		}
		c.Span = p.since(start)
		cols = append(cols, c)
		if !p.accept(",") {
			break
		}
	}
	p.expect(")", "after the columns")
	return cols
}

// types are the names of scalar types with all that people write for them.
var types = map[string]string{"bool": "bool", "boolean": "bool", "datetime": "datetime", "date": "datetime", "dynamic": "dynamic", "guid": "guid",
	"uuid": "guid", "uniqueid": "guid", "int": "int", "int32": "int", "uint32": "int", "long": "long", "int64": "long", "uint64": "long", "ulong": "long", "uint": "int",
	"real": "real", "double": "real", "float": "real", "string": "string", "timespan": "timespan", "time": "timespan", "decimal": "decimal"}

func (p *parser) typeName() string {
	t := p.peek()
	if t.Kind == Name && types[strings.ToLower(t.Text)] != "" {
		p.take()
		return types[strings.ToLower(t.Text)]
	}
	p.unexpected("expected a type")
	p.reportAt(t.Span, "unknown type", "types are bool, int, long, real, decimal, string, datetime, timespan, dynamic, guid")
	if t.Kind == Name {
		p.take()
	}
	return "dynamic"
}

func (p *parser) declare() Statement {
	start := p.take().Start
	d := &Declare{}
	if !p.acceptWord("query_parameters") {
		p.reportAt(p.since(start), "of declare, query_parameters alone is supported", "")
		p.skip()
		return nil
	}
	d.Params = p.params()
	d.Span = p.since(start)
	return d
}
