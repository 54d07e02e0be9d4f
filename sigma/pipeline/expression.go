package pipeline

import (
	"slices"
	"strconv"
	"strings"

	"penstock/format"
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
	out, w := slices.Clone(steps), words("")
	for i, s := range out {
		if strings.ContainsFunc(s, func(r rune) bool { return r < 0x80 && !w.IsName(byte(r)) }) || s == "" {
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

// expressionParser reads one expression.
type expressionParser struct{ format.Words }

var signs = []string{"??", "->", "(", ")", "[", "]", ",", "."}

func words(text string) format.Words { return format.Words{Text: text, Also: "-", Signs: signs} }

func parseExpression(text string) (e *expression, err error) {
	defer format.Guard(&err)
	p := &expressionParser{Words: words(text)}
	p.Advance()
	e = p.expression()
	p.End()
	return e, nil
}

func (p *expressionParser) expression() *expression {
	defer p.Nest()()
	first := p.term()
	if p.Quoted || p.Token != "??" {
		return first
	}
	e := &expression{kind: kindFirst, of: []*expression{first}}
	for p.Accept("??") {
		e.of = append(e.of, p.term())
	}
	return e
}

func (p *expressionParser) term() *expression {
	if p.Quoted {
		return &expression{kind: kindText, name: p.Quote("")}
	}
	if p.Accept("[") {
		return &expression{kind: kindSeveral, of: p.list("]")}
	}
	at := p.At
	name := p.Name("a column, a text in quotation marks, a list or a function")
	if p.Accept("(") {
		return p.call(name, at)
	}
	var steps []string
	for p.Accept(".") {
		if p.Quoted {
			steps = append(steps, p.Quote("a key"))
			continue
		}
		steps = append(steps, p.Name("a key"))
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
		if p.Accept(closing) {
			return of
		}
		p.Expect(",")
	}
}

// call reads the arguments of a function, behind its opening parenthesis.
func (p *expressionParser) call(name string, at int) *expression {
	if name == "translate" {
		return p.translate()
	}
	f := functions[name]
	if f == nil {
		p.At = at
		p.Fail("there is no function %s; there are translate, %s", name, strings.Join(functionNames(), ", "))
	}
	e := &expression{kind: kindCall, name: name, call: f, of: p.list(")")}
	if len(e.of) < f.least || len(e.of) > f.most {
		p.At = at
		p.Fail("%s takes %s", name, f.arguments)
	}
	return e
}

func (p *expressionParser) translate() *expression {
	e := &expression{kind: kindTranslate, of: []*expression{p.expression()}}
	for p.Accept(",") {
		if p.Accept("otherwise") {
			if p.Accept("same") {
				e.same = true
			} else {
				rest := p.Quote("same, or a text")
				e.rest = &rest
			}
			break
		}
		c := translation{from: p.Quote("a text to translate")}
		p.Expect("->")
		if p.Accept("[") {
			for c.to = append(c.to, p.Quote("a text")); p.Accept(","); {
				c.to = append(c.to, p.Quote("a text"))
			}
			p.Expect("]")
		} else {
			c.to = []string{p.Quote("a text or a list of texts")}
		}
		e.cases = append(e.cases, c)
	}
	p.Expect(")")
	return e
}
