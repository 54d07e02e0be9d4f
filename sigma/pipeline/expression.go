package pipeline

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// expression says where the values of a field come from. Its text is a small language:
//
//	ProcessCommandLine                              a column
//	AdditionalFields.PipeName                       a key in a column of JSON; a list on the way stands for its elements
//	ecs.process.name                                a field of the event
//	"Service Control Manager"                       a text that every event has
//	InitiatingProcessFolderPath ?? FolderPath       the first of them that has a value
//	[Subject, EmailSubject]                         the values of all of them
//	hex(LogonId)                                    a conversion; Functions lists them
//	translate(ActionType, "A" -> "a", "B" -> "b")   one text for another; otherwise "c", or otherwise same
type expression struct {
	kind  kind
	name  string // of the column, field or function; the text
	steps []string
	of    []*expression
	cases []translation
	call  *function
	rest  *string // what any other text becomes; nil: nothing
	same  bool    // any other text stays what it is
}

type kind uint8

const (
	kindColumn kind = iota
	kindPath
	kindECS
	kindText
	kindFirst
	kindSeveral
	kindCall
	kindTranslate
	kindNothing
)

// translation is one line of a translate.
type translation struct {
	from string
	to   []string
}

// String is the expression as the language writes it: equal expressions have equal texts.
func (e *expression) String() string {
	switch e.kind {
	case kindText:
		return strconv.Quote(e.name)
	case kindECS:
		return "ecs." + e.name
	case kindPath:
		return e.name + "." + strings.Join(quotedSteps(e.steps), ".")
	case kindFirst:
		return joined(e.of, " ?? ")
	case kindSeveral:
		return "[" + joined(e.of, ", ") + "]"
	case kindCall:
		return e.name + "(" + joined(e.of, ", ") + ")"
	case kindTranslate:
		return e.translateText()
	}
	return e.name
}

// unfailing reports whether an expression has a value whatever the record has.
func (e *expression) unfailing() bool {
	switch e.kind {
	case kindText:
		return true
	case kindTranslate:
		return e.rest != nil
	case kindFirst, kindSeveral:
		return slices.ContainsFunc(e.of, (*expression).unfailing)
	}
	return false
}

func (e *expression) translateText() string {
	b := []byte("translate(" + e.of[0].String())
	for _, c := range e.cases {
		b = append(strconv.AppendQuote(append(b, ", "...), c.from), " -> "...)
		if len(c.to) == 1 {
			b = strconv.AppendQuote(b, c.to[0])
			continue
		}
		for i, to := range c.to {
			b = strconv.AppendQuote(append(b, [...]string{"[", ", "}[min(i, 1)]...), to)
		}
		b = append(b, ']')
	}
	switch {
	case e.same:
		b = append(b, ", otherwise same"...)
	case e.rest != nil:
		b = strconv.AppendQuote(append(b, ", otherwise "...), *e.rest)
	}
	return string(append(b, ')'))
}

func joined(list []*expression, separator string) string {
	var texts []string
	for _, e := range list {
		texts = append(texts, e.String())
	}
	return strings.Join(texts, separator)
}

func quotedSteps(steps []string) []string {
	out := slices.Clone(steps)
	for i, s := range out {
		if strings.ContainsFunc(s, func(r rune) bool { return r < 0x80 && !isNameByte(byte(r)) }) || s == "" {
			out[i] = strconv.Quote(s)
		}
	}
	return out
}

// walk visits the expression and everything in it.
func (e *expression) walk(visit func(*expression)) {
	visit(e)
	for _, x := range e.of {
		x.walk(visit)
	}
}

// syntaxError is a mistake in an expression, at a byte of its text.
type syntaxError struct {
	at      int
	message string
}

func (e *syntaxError) Error() string { return e.message }

// expressionParser reads one expression.
type expressionParser struct {
	text   string
	at     int // of the token
	token  string
	quoted bool // token is the text of a string
	next   int
	depth  int
}

// maxDepth is how deep expressions nest.
const maxDepth = 20

func parseExpression(text string) (e *expression, err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *syntaxError:
			e, err = nil, r
		default:
			panic(r)
		}
	}()
	p := &expressionParser{text: text}
	p.advance()
	e = p.expression()
	if p.token != "" || p.quoted {
		p.fail("expected the end, got %s", p.found())
	}
	return e, nil
}

// fail ends the parsing; parseExpression recovers it, so that the grammar below reads like one.
func (p *expressionParser) fail(format string, args ...any) {
	panic(&syntaxError{p.at, fmt.Sprintf(format, args...)})
}

func isNameByte(c byte) bool {
	return c == '_' || c == '@' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func (p *expressionParser) advance() {
	for p.next < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.next]) >= 0 {
		p.next++
	}
	p.at, p.token, p.quoted = p.next, "", false
	rest := p.text[p.next:]
	switch {
	case rest == "":
	case rest[0] == '"':
		quoted, err := strconv.QuotedPrefix(rest)
		if err == nil {
			p.token, err = strconv.Unquote(quoted)
		}
		if err != nil {
			p.fail("a text that starts with a quotation mark must end with one")
		}
		p.quoted, p.next = true, p.next+len(quoted)
	case strings.HasPrefix(rest, "??"), strings.HasPrefix(rest, "->"):
		p.token, p.next = rest[:2], p.next+2
	case isNameByte(rest[0]):
		for p.next < len(p.text) && isNameByte(p.text[p.next]) {
			p.next++
		}
		p.token = p.text[p.at:p.next]
	case strings.IndexByte("()[],.", rest[0]) >= 0:
		p.token, p.next = rest[:1], p.next+1
	default:
		p.fail("%q has no meaning here", rest[:1])
	}
}

func (p *expressionParser) accept(token string) bool {
	if p.quoted || p.token != token {
		return false
	}
	p.advance()
	return true
}

func (p *expressionParser) expect(token string) {
	if !p.accept(token) {
		p.fail("expected %q, got %s", token, p.found())
	}
}

func (p *expressionParser) found() string {
	if p.token == "" && !p.quoted {
		return "the end"
	}
	return strconv.Quote(p.token)
}

func (p *expressionParser) name(what string) string {
	if p.quoted || p.token == "" || !isNameByte(p.token[0]) || p.token == "->" {
		p.fail("expected %s, got %s", what, p.found())
	}
	name := p.token
	p.advance()
	return name
}

func (p *expressionParser) string(what string) string {
	if !p.quoted {
		p.fail("expected %s in quotation marks, got %s", what, p.found())
	}
	text := p.token
	p.advance()
	return text
}

func (p *expressionParser) expression() *expression {
	if p.depth++; p.depth > maxDepth {
		p.fail("nested deeper than %d", maxDepth)
	}
	defer func() { p.depth-- }()
	first := p.term()
	if p.quoted || p.token != "??" {
		return first
	}
	e := &expression{kind: kindFirst, of: []*expression{first}}
	for p.accept("??") {
		e.of = append(e.of, p.term())
	}
	return e
}

func (p *expressionParser) term() *expression {
	if p.quoted {
		return &expression{kind: kindText, name: p.string("")}
	}
	if p.accept("[") {
		return &expression{kind: kindSeveral, of: p.list("]")}
	}
	at := p.at
	name := p.name("a column, a text in quotation marks, a list or a function")
	if p.accept("(") {
		return p.call(name, at)
	}
	var steps []string
	for p.accept(".") {
		if p.quoted {
			steps = append(steps, p.string("a key"))
			continue
		}
		steps = append(steps, p.name("a key"))
	}
	switch {
	case name == "ecs" && steps != nil:
		return &expression{kind: kindECS, name: strings.Join(steps, ".")}
	case steps != nil:
		return &expression{kind: kindPath, name: name, steps: steps}
	}
	return &expression{kind: kindColumn, name: name}
}

func (p *expressionParser) list(closing string) []*expression {
	var of []*expression
	for {
		of = append(of, p.expression())
		if p.accept(closing) {
			return of
		}
		p.expect(",")
	}
}

// call reads the arguments of a function, behind its opening parenthesis.
func (p *expressionParser) call(name string, at int) *expression {
	if name == "translate" {
		return p.translate()
	}
	f := functions[name]
	if f == nil {
		p.at = at
		p.fail("there is no function %s; there are translate, %s", name, strings.Join(functionNames(), ", "))
	}
	e := &expression{kind: kindCall, name: name, call: f, of: p.list(")")}
	if len(e.of) < f.least || len(e.of) > f.most {
		p.at = at
		p.fail("%s takes %s", name, f.arguments)
	}
	return e
}

func (p *expressionParser) translate() *expression {
	e := &expression{kind: kindTranslate, of: []*expression{p.expression()}}
	for p.accept(",") {
		if p.accept("otherwise") {
			if p.accept("same") {
				e.same = true
			} else {
				rest := p.string("same, or a text")
				e.rest = &rest
			}
			break
		}
		c := translation{from: p.string("a text to translate")}
		p.expect("->")
		if p.accept("[") {
			for c.to = append(c.to, p.string("a text")); p.accept(","); {
				c.to = append(c.to, p.string("a text"))
			}
			p.expect("]")
		} else {
			c.to = []string{p.string("a text or a list of texts")}
		}
		e.cases = append(e.cases, c)
	}
	p.expect(")")
	return e
}
