package format

import (
	"slices"
	"strings"
)

// A statement is one line of the mapping:
//
//	process.pid = ProcessId ?? InitiatingProcessId
//	email.direction = translate(EmailDirection, "Inbound" -> "inbound", "Outbound" -> "outbound")
//
// and a condition what stands behind "when":
//
//	is_ip(RemoteIP) and not (ActionType == "ConnectionFailed" or starts_with(RemoteUrl, "http"))

// statementParser reads one statement or condition.
type statementParser struct{ Words }

var operators = []string{"??", "==", "!=", "->", "=", ">", "(", ")", "[", "]", ",", "."}

func newStatementParser(text string) *statementParser {
	p := &statementParser{Words{Text: text, Signs: operators}}
	p.Advance()
	return p
}

// ParseAssignment reads "field = expression".
func ParseAssignment(text string) (a Assignment, err error) {
	defer Guard(&err)
	p := newStatementParser(text)
	a.Field = p.Name("the name of a field")
	for p.Accept(".") {
		a.Field += "." + p.Name("a part of the field's name")
	}
	p.Expect("=")
	a.Value = p.expression()
	p.End()
	return a, nil
}

// ParseCondition reads a condition.
func ParseCondition(text string) (c Condition, err error) {
	defer Guard(&err)
	p := newStatementParser(text)
	c = p.condition()
	p.End()
	return c, nil
}

func (p *statementParser) expression() Expr {
	defer p.Nest()()
	first := p.term()
	if !p.Is("??") {
		return first
	}
	c := Coalesce{Of: []Expr{first}}
	for p.Accept("??") {
		c.Of = append(c.Of, p.term())
	}
	return c
}

func (p *statementParser) term() Expr {
	if p.Quoted {
		return Text{p.Quote("")}
	}
	if p.Accept("[") {
		return p.list()
	}
	at := p.At
	name := p.Name("a column, a text in quotation marks, a list or a function")
	if p.Accept("(") {
		return p.path(p.call(name, at))
	}
	if name == "record" && p.Accept(".") {
		return p.path(RecordKey{p.Name("a key of the record")})
	}
	return p.path(ColumnRef{name})
}

// list reads what follows an opening bracket: constants, or one expression.
func (p *statementParser) list() Expr {
	if !p.Quoted {
		of := p.expression()
		p.Expect("]")
		return List{of}
	}
	var t Texts
	for {
		t.Values = append(t.Values, p.Quote("a text"))
		if p.Accept("]") {
			return t
		}
		p.Expect(",")
	}
}

// path reads the steps behind an expression.
func (p *statementParser) path(of Expr) Expr {
	var steps []Step
	for {
		switch {
		case p.Accept("."):
			steps = append(steps, Step{Key: p.Name("a key")})
		case p.Accept("["):
			if p.Quoted {
				steps = append(steps, Step{Key: p.Quote("")})
			} else {
				steps = append(steps, Step{Index: p.Number("an index or a key in quotation marks")})
			}
			p.Expect("]")
		case steps == nil:
			return of
		default:
			return Path{Of: of, Steps: steps}
		}
	}
}

// call reads the arguments of a function, behind its opening parenthesis.
func (p *statementParser) call(name string, at int) Expr {
	var e Expr
	switch name {
	case "parsed":
		e = Parsed{p.expression()}
	case "event_time":
		e = EventTime{p.Name("the column with the time")}
	case "translate":
		e = p.translate()
	default:
		if _, ok := Functions[name]; !ok {
			p.At = at
			p.Fail("there is no function %s; there are parsed, event_time, translate, %s", name, strings.Join(functionNames(), ", "))
		}
		call := Call{Function: name, Of: p.expression()}
		for p.Accept(",") {
			call.Args = append(call.Args, p.Quote("an argument"))
		}
		if want := name == "without_prefix"; want != (len(call.Args) == 1) || len(call.Args) > 1 {
			p.Fail("%s takes %d argument(s) in quotation marks", name, map[bool]int{true: 1}[want])
		}
		e = call
	}
	p.Expect(")")
	return e
}

func functionNames() []string {
	var names []string
	for name := range Functions {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (p *statementParser) translate() Expr {
	t := Translate{Of: p.expression()}
	for p.Accept(",") {
		if p.Accept("otherwise") {
			t.Otherwise = p.constant()
			break
		}
		c := Case{From: p.Quote("a text to translate")}
		p.Expect("->")
		c.To = p.constant()
		t.Cases = append(t.Cases, c)
	}
	return t
}

func (p *statementParser) constant() Expr {
	if p.Accept("[") {
		if !p.Quoted {
			p.Fail("expected a text in quotation marks, got %s", p.Found())
		}
		return p.list()
	}
	return Text{p.Quote("a text")}
}

func (p *statementParser) condition() Condition {
	first := p.conjunction()
	if !p.Is("or") {
		return first
	}
	c := Or{Of: []Condition{first}}
	for p.Accept("or") {
		c.Of = append(c.Of, p.conjunction())
	}
	return c
}

func (p *statementParser) conjunction() Condition {
	first := p.negation()
	if !p.Is("and") {
		return first
	}
	c := And{Of: []Condition{first}}
	for p.Accept("and") {
		c.Of = append(c.Of, p.negation())
	}
	return c
}

func (p *statementParser) negation() Condition {
	defer p.Nest()()
	if p.Accept("not") {
		return Not{p.negation()}
	}
	if p.Accept("(") {
		c := p.condition()
		p.Expect(")")
		return c
	}
	return p.predicate()
}

// predicate reads a test of one expression.
func (p *statementParser) predicate() Condition {
	before := *p
	if !p.Quoted && p.Token != "" {
		name := p.Token
		p.Advance()
		if p.Accept("(") {
			if c := p.test(name); c != nil {
				p.Expect(")")
				return c
			}
			if name == "length" {
				of := p.expression()
				p.Expect(")")
				p.Expect(">")
				return LongerThan{of, p.Number("a length")}
			}
		}
		if name == "table" {
			values, negated := p.comparison()
			return negate(TableIn{values}, negated)
		}
	}
	*p = before
	of := p.expression()
	values, negated := p.comparison()
	return negate(In{of, values}, negated)
}

// test reads the argument of a function that is a condition; nil when there is no such function.
func (p *statementParser) test(name string) Condition {
	switch name {
	case "present":
		return Present{p.expression()}
	case "is_ip":
		return IsIP{p.expression()}
	case "has_arguments":
		return HasArguments{p.expression()}
	case "starts_with":
		of := p.expression()
		p.Expect(",")
		return StartsWith{of, p.Quote("a prefix")}
	}
	return nil
}

func (p *statementParser) comparison() (values []string, negated bool) {
	switch {
	case p.Accept("=="):
		return []string{p.Quote("a text")}, false
	case p.Accept("!="):
		return []string{p.Quote("a text")}, true
	case p.Accept("in"):
		p.Expect("(")
		for {
			values = append(values, p.Quote("a text"))
			if p.Accept(")") {
				return values, false
			}
			p.Expect(",")
		}
	}
	p.Fail(`expected == "text", != "text" or in ("text", …), or a test: present(X), is_ip(X), starts_with(X, "text"), has_arguments(X), length(X) > n; got %s`, p.Found())
	return nil, false
}

func negate(c Condition, negated bool) Condition {
	if negated {
		return Not{c}
	}
	return c
}
