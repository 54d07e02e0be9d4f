package format

import (
	"fmt"
	"strings"
)

// A template is a sentence with gaps:
//
//	{process} connected to {destination.ip}[:{destination.port}][ on {host}]
//
// {…} takes an entity or an expression of the mapping, and what stands in square brackets is left out when something in
// it has no value. A backslash takes the meaning from the bracket behind it.

// templatePiece is a part of a template: one of its three fields is set.
type templatePiece struct {
	text     string
	value    Expr
	optional []templatePiece
}

// templateParser reads one template.
type templateParser struct {
	text  string
	at    int
	depth int
}

func (p *templateParser) fail(message string) {
	panic(&SyntaxError{p.at, message})
}

// parseTemplate reads a template. The error is a *SyntaxError.
func parseTemplate(text string) (pieces []templatePiece, err error) {
	defer Guard(&err)
	p := &templateParser{text: text}
	pieces = p.pieces(false)
	if len(pieces) == 0 {
		p.fail("expected a sentence, got nothing")
	}
	return pieces, nil
}

// pieces reads up to the end, or to the bracket that ends an optional part.
func (p *templateParser) pieces(optional bool) []templatePiece {
	var list []templatePiece
	var text strings.Builder
	flush := func() {
		if text.Len() > 0 {
			list = append(list, templatePiece{text: text.String()})
			text.Reset()
		}
	}
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '\\' && p.at+1 < len(p.text) && strings.IndexByte(`\{}[]`, p.text[p.at+1]) >= 0:
			text.WriteByte(p.text[p.at+1])
			p.at += 2
		case c == '{':
			flush()
			list = append(list, templatePiece{value: p.gap()})
		case c == '[':
			flush()
			list = append(list, templatePiece{optional: p.optional()})
		case c == ']' && optional:
			flush()
			return list
		case c == ']' || c == '}':
			p.fail("a bracket is closed that was not opened; expected \\ before it if it is meant as such")
		default:
			text.WriteByte(c)
			p.at++
		}
	}
	if optional {
		p.fail("a square bracket is not closed")
	}
	flush()
	return list
}

func (p *templateParser) optional() []templatePiece {
	if p.depth++; p.depth > maxDepth {
		p.fail(fmt.Sprintf("nested deeper than %d", maxDepth))
	}
	from := p.at
	p.at++
	list := p.pieces(true)
	p.at++
	p.depth--
	for _, piece := range list {
		if piece.value != nil || piece.optional != nil {
			return list
		}
	}
	p.at = from
	p.fail("expected something in braces within the square brackets: without, they are never left out")
	return nil
}

// gap reads an expression in braces; quotation marks in it may hold braces.
func (p *templateParser) gap() Expr {
	from := p.at + 1
	quoted := false
	for p.at = from; p.at < len(p.text); p.at++ {
		switch c := p.text[p.at]; {
		case c == '\\' && quoted:
			p.at++
		case c == '"':
			quoted = !quoted
		case c == '}' && !quoted:
			e, err := parseExpression(p.text[from:p.at])
			if err != nil {
				p.at = from + err.At
				p.fail(err.Message)
			}
			p.at++
			return e
		}
	}
	p.at = from - 1
	p.fail("a brace is not closed")
	return nil
}

// parseExpression reads an expression alone.
func parseExpression(text string) (e Expr, mistake *SyntaxError) {
	var err error
	func() {
		defer Guard(&err)
		p := newStatementParser(text)
		e = p.expression()
		p.End()
	}()
	mistake, _ = err.(*SyntaxError) //nolint:errorlint // Guard gives no other
	return e, mistake
}

// dotted is the name that an expression is written as when it is nothing but names with dots between them.
func dotted(e Expr) (string, bool) {
	switch e := e.(type) {
	case ColumnRef:
		return e.Name, true
	case Path:
		name, ok := e.Of.(ColumnRef)
		if !ok {
			return "", false
		}
		out := name.Name
		for _, s := range e.Steps {
			if s.Key == "" {
				return "", false
			}
			out += "." + s.Key
		}
		return out, true
	}
	return "", false
}
