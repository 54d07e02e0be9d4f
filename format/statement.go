package format

import (
	"fmt"
	"slices"
	"strconv"
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
type statementParser struct {
	text   string
	at     int // of the token
	token  string
	quoted bool // token is the text of a string
	next   int
}

// syntaxError is a mistake in a statement, at a byte of its text.
type syntaxError struct {
	at      int
	message string
}

func (e *syntaxError) Error() string { return e.message }

// fail ends the parsing; parse functions recover it, so that the grammar below reads like one.
func (p *statementParser) fail(format string, args ...any) {
	panic(&syntaxError{p.at, fmt.Sprintf(format, args...)})
}

func guard(err *error) {
	switch r := recover().(type) {
	case nil:
	case *syntaxError:
		*err = r
	default:
		panic(r)
	}
}

// ParseAssignment reads "field = expression".
func ParseAssignment(text string) (a Assignment, err error) {
	defer guard(&err)
	p := &statementParser{text: text}
	p.advance()
	a.Field = p.name("the name of a field")
	for p.accept(".") {
		a.Field += "." + p.name("a part of the field's name")
	}
	p.expect("=")
	a.Value = p.expression()
	p.end()
	return a, nil
}

// ParseCondition reads a condition.
func ParseCondition(text string) (c Condition, err error) {
	defer guard(&err)
	p := &statementParser{text: text}
	p.advance()
	c = p.condition()
	p.end()
	return c, nil
}

func isNameByte(c byte) bool {
	return c == '_' || c == '@' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

var operators = []string{"??", "==", "!=", "->", "=", ">", "(", ")", "[", "]", ",", "."}

func (p *statementParser) advance() {
	for p.next < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.next]) >= 0 {
		p.next++
	}
	p.at, p.token, p.quoted = p.next, "", false
	rest := p.text[p.next:]
	switch {
	case rest == "":
		return
	case rest[0] == '"':
		quoted, err := strconv.QuotedPrefix(rest)
		if err == nil {
			p.token, err = strconv.Unquote(quoted)
		}
		if err != nil {
			p.fail("a text that starts with a quotation mark must end with one")
		}
		p.quoted, p.next = true, p.next+len(quoted)
	case isNameByte(rest[0]):
		for p.next < len(p.text) && isNameByte(p.text[p.next]) {
			p.next++
		}
		p.token = p.text[p.at:p.next]
	default:
		for _, op := range operators {
			if strings.HasPrefix(rest, op) {
				p.token, p.next = op, p.next+len(op)
				return
			}
		}
		p.fail("%q has no meaning here", rest[:1])
	}
}

func (p *statementParser) is(token string) bool { return !p.quoted && p.token == token }

func (p *statementParser) accept(token string) bool {
	if !p.is(token) {
		return false
	}
	p.advance()
	return true
}

func (p *statementParser) expect(token string) {
	if !p.accept(token) {
		p.fail("expected %q, got %s", token, p.found())
	}
}

func (p *statementParser) found() string {
	if p.token == "" && !p.quoted {
		return "the end"
	}
	return strconv.Quote(p.token)
}

func (p *statementParser) end() {
	if p.token != "" || p.quoted {
		p.fail("expected the end, got %s", p.found())
	}
}

func (p *statementParser) name(what string) string {
	if p.quoted || p.token == "" || !isNameByte(p.token[0]) {
		p.fail("expected %s, got %s", what, p.found())
	}
	name := p.token
	p.advance()
	return name
}

func (p *statementParser) string(what string) string {
	if !p.quoted {
		p.fail("expected %s in quotation marks, got %s", what, p.found())
	}
	text := p.token
	p.advance()
	return text
}

func (p *statementParser) number(what string) int {
	n, err := strconv.Atoi(p.token)
	if err != nil || p.quoted || n < 0 {
		p.fail("expected %s, got %s", what, p.found())
	}
	p.advance()
	return n
}

func (p *statementParser) expression() Expr {
	first := p.term()
	if !p.is("??") {
		return first
	}
	c := Coalesce{Of: []Expr{first}}
	for p.accept("??") {
		c.Of = append(c.Of, p.term())
	}
	return c
}

func (p *statementParser) term() Expr {
	if p.quoted {
		return Text{p.string("")}
	}
	if p.accept("[") {
		return p.list()
	}
	at := p.at
	name := p.name("a column, a text in quotation marks, a list or a function")
	if p.accept("(") {
		return p.path(p.call(name, at))
	}
	if name == "record" && p.accept(".") {
		return p.path(RecordKey{p.name("a key of the record")})
	}
	return p.path(ColumnRef{name})
}

// list reads what follows an opening bracket: constants, or one expression.
func (p *statementParser) list() Expr {
	if !p.quoted {
		of := p.expression()
		p.expect("]")
		return List{of}
	}
	var t Texts
	for {
		t.Values = append(t.Values, p.string("a text"))
		if p.accept("]") {
			return t
		}
		p.expect(",")
	}
}

// path reads the steps behind an expression.
func (p *statementParser) path(of Expr) Expr {
	var steps []Step
	for {
		switch {
		case p.accept("."):
			steps = append(steps, Step{Key: p.name("a key")})
		case p.accept("["):
			if p.quoted {
				steps = append(steps, Step{Key: p.string("")})
			} else {
				steps = append(steps, Step{Index: p.number("an index or a key in quotation marks")})
			}
			p.expect("]")
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
		e = EventTime{p.name("the column with the time")}
	case "translate":
		e = p.translate()
	default:
		if _, ok := Functions[name]; !ok {
			p.at = at
			p.fail("there is no function %s; there are parsed, event_time, translate, %s", name, strings.Join(functionNames(), ", "))
		}
		call := Call{Function: name, Of: p.expression()}
		for p.accept(",") {
			call.Args = append(call.Args, p.string("an argument"))
		}
		if want := name == "without_prefix"; want != (len(call.Args) == 1) || len(call.Args) > 1 {
			p.fail("%s takes %d argument(s) in quotation marks", name, map[bool]int{true: 1}[want])
		}
		e = call
	}
	p.expect(")")
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
	for p.accept(",") {
		if p.accept("otherwise") {
			t.Otherwise = p.constant()
			break
		}
		c := Case{From: p.string("a text to translate")}
		p.expect("->")
		c.To = p.constant()
		t.Cases = append(t.Cases, c)
	}
	return t
}

func (p *statementParser) constant() Expr {
	if p.accept("[") {
		if !p.quoted {
			p.fail("expected a text in quotation marks, got %s", p.found())
		}
		return p.list()
	}
	return Text{p.string("a text")}
}

func (p *statementParser) condition() Condition {
	first := p.conjunction()
	if !p.is("or") {
		return first
	}
	c := Or{Of: []Condition{first}}
	for p.accept("or") {
		c.Of = append(c.Of, p.conjunction())
	}
	return c
}

func (p *statementParser) conjunction() Condition {
	first := p.negation()
	if !p.is("and") {
		return first
	}
	c := And{Of: []Condition{first}}
	for p.accept("and") {
		c.Of = append(c.Of, p.negation())
	}
	return c
}

func (p *statementParser) negation() Condition {
	if p.accept("not") {
		return Not{p.negation()}
	}
	if p.accept("(") {
		c := p.condition()
		p.expect(")")
		return c
	}
	return p.predicate()
}

// predicate reads a test of one expression.
func (p *statementParser) predicate() Condition {
	before := *p
	if !p.quoted && p.token != "" {
		name := p.token
		p.advance()
		if p.accept("(") {
			if c := p.test(name); c != nil {
				p.expect(")")
				return c
			}
			if name == "length" {
				of := p.expression()
				p.expect(")")
				p.expect(">")
				return LongerThan{of, p.number("a length")}
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
		p.expect(",")
		return StartsWith{of, p.string("a prefix")}
	}
	return nil
}

func (p *statementParser) comparison() (values []string, negated bool) {
	switch {
	case p.accept("=="):
		return []string{p.string("a text")}, false
	case p.accept("!="):
		return []string{p.string("a text")}, true
	case p.accept("in"):
		p.expect("(")
		for {
			values = append(values, p.string("a text"))
			if p.accept(")") {
				return values, false
			}
			p.expect(",")
		}
	}
	p.fail(`expected == "text", != "text" or in ("text", …), or a test: present(X), is_ip(X), starts_with(X, "text"), has_arguments(X), length(X) > n; got %s`, p.found())
	return nil, false
}

func negate(c Condition, negated bool) Condition {
	if negated {
		return Not{c}
	}
	return c
}
