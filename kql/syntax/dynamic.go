package syntax

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
)

// dynamic reads dynamic(…), whose inside is JSON with KQL's strings and literals.
func (p *parser) dynamic(word Token) Expr {
	p.take()
	var b bytes.Buffer
	if p.peek().is(")") {
		p.unexpected("expected a value in dynamic")
		b.WriteString("null")
	} else {
		p.json(&b)
	}
	if !p.expect(")", "after a dynamic value") {
		p.skip()
		p.accept(")")
	}
	l := &Literal{Type: "dynamic", Span: p.since(word.Start)}
	if s := b.String(); s != "null" && json.Valid(b.Bytes()) {
		l.Value = json.RawMessage(s)
	}
	return l
}

func (p *parser) json(b *bytes.Buffer) {
	if !p.enter() {
		p.leave()
		return
	}
	defer p.leave()
	t := p.peek()
	switch {
	case t.is("["):
		p.take()
		b.WriteByte('[')
		p.jsonItems(b, "]", func() { p.json(b) })
		b.WriteByte(']')
	case t.is("{"):
		p.take()
		b.WriteByte('{')
		p.jsonItems(b, "}", func() { p.jsonMember(b) })
		b.WriteByte('}')
	case t.Kind == Text || t.Kind == Number || t.Kind == Typed || t.is("-") || t.is("+"):
		if l, ok := p.stringOperand().(*Literal); ok {
			b.Write(jsonOf(l))
			return
		}
		p.reportAt(t.Span, "expected a constant in dynamic", "use pack_array() and bag_pack() for computed values")
		b.WriteString("null")
	case t.word("true") || t.word("false") || t.word("null"):
		p.take()
		b.WriteString(t.Text)
	case t.word("dynamic") && p.ahead(1).is("("):
		p.take()
		l := p.dynamic(t).(*Literal)
		b.Write(jsonOf(l))
	default:
		p.unexpected("expected a constant in dynamic")
		b.WriteString("null")
		if !t.is(",") && !t.is(")") && !t.is("]") && !t.is("}") {
			p.skipArgument()
		}
	}
}

func (p *parser) jsonItems(b *bytes.Buffer, end string, item func()) {
	for first := true; !p.peek().is(end) && p.peek().Kind != EOF; first = false {
		if !first {
			b.WriteByte(',')
		}
		item()
		if !p.accept(",") {
			break
		}
	}
	p.expect(end, "in a dynamic value")
}

func (p *parser) jsonMember(b *bytes.Buffer) {
	t := p.peek()
	name := t.Text
	switch t.Kind {
	case Text:
		name = p.text().Value.(string)
	case Name:
		p.take()
	default:
		p.unexpected("expected a name in quotes")
	}
	b.Write(jsonOf(&Literal{Type: "string", Value: name}))
	b.WriteByte(':')
	p.expect(":", "after a name in a dynamic value")
	p.json(b)
}

// jsonOf writes a literal as KQL shows it within a dynamic value: times and spans are texts.
func jsonOf(l *Literal) []byte {
	var v any
	switch value := l.Value.(type) {
	case json.RawMessage:
		return value
	case time.Time:
		v = value.Format("2006-01-02T15:04:05.0000000Z")
	case int64:
		v = value
		if l.Type == "timespan" {
			v = FormatTimespan(Ticks(value))
		}
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			v = strconv.FormatFloat(value, 'g', -1, 64)
		} else {
			s := strconv.FormatFloat(value, 'f', -1, 64)
			if !strings.Contains(s, ".") {
				s += ".0"
			}
			return []byte(s)
		}
	default:
		v = value
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return []byte("null")
	}
	return bytes.TrimSpace(b.Bytes())
}
