package kql

import (
	"slices"
	"strings"

	"penstock/kql/syntax"
)

// parse binds parse and parse-where.
func (b *binder) parse(op *syntax.ParseWith, in Node, s *scope) Node {
	p := &Parse{In: in, Kind: "simple", Filter: op.Filter, Cols: slices.Clone(in.Columns())}
	// A column of the same name stays, and the new one gets a number, as Microsoft's binder has it.
	names := newNaming(nil)
	for _, c := range p.Cols {
		names.taken[c.Name] = true
	}
	for _, o := range op.Options {
		switch text := propertyText(o.Value); o.Name {
		case "kind":
			p.Kind = strings.ToLower(text)
			if p.Kind != "simple" && p.Kind != "relaxed" && p.Kind != "regex" {
				b.report(o.Span, "kinds are simple, relaxed and regex", "unknown kind %q", text)
			}
		case "flags":
			p.Flags = text
		}
	}
	v := b.scalar(op.X, b.rowOf(in, s))
	if isBad(v) {
		return lost{}
	}
	p.Expr = b.convert(v, String)
	for _, part := range op.Parts {
		made := ParsePart{Text: part.Text, Any: part.Star}
		if part.Column != nil {
			t, _ := typeNamed(part.Column.Type)
			made.Column = &Column{part.Column.Name, t}
			made.Column.Name = names.unique(made.Column.Name)
			p.Cols = append(p.Cols, *made.Column)
		} else if !part.Star && p.Kind == "regex" {
			b.checkRegex(part.Span, part.Text)
		}
		p.Parts = append(p.Parts, made)
	}
	if len(p.Parts) == 0 {
		b.report(op.Span, "write parse Column with \"text\" NewColumn \"text\"", "parse wants a pattern")
	}
	return p
}

// parseKV binds parse-kv.
func (b *binder) parseKV(op *syntax.ParseKV, in Node, s *scope) Node {
	p := &ParseKV{In: in, Keys: b.declared(op.Columns), Cols: slices.Clone(in.Columns())}
	v := b.scalar(op.X, b.rowOf(in, s))
	if isBad(v) {
		return lost{}
	}
	p.Expr = b.convert(v, String)
	names := newNaming(nil)
	for _, c := range p.Cols {
		names.taken[c.Name] = true
	}
	for _, k := range p.Keys {
		p.Cols = append(p.Cols, Column{names.unique(k.Name), k.Type})
	}
	for _, o := range op.Options {
		b.kvOption(o, p)
	}
	if p.Values == "" {
		p.Values = "="
	}
	return p
}

func (b *binder) kvOption(o syntax.Option, p *ParseKV) {
	text := propertyText(o.Value)
	switch o.Name {
	case "pair_delimiter":
		p.Pairs = text
	case "kv_delimiter":
		p.Values = text
	case "escape":
		p.Escape = text
	case "greedy":
		p.Greedy = text == "true"
	case "quote":
		switch r := []rune(text); len(r) {
		case 1:
			p.Quotes = append(p.Quotes, [2]string{text, text})
		case 2:
			p.Quotes = append(p.Quotes, [2]string{string(r[0]), string(r[1])})
		default:
			b.report(o.Span, "", "a quote is one character, or two that open and close")
		}
	case "quotes":
		b.report(o.Span, "", "several kinds of quotes are not supported")
	default:
		b.report(o.Span, "properties are pair_delimiter, kv_delimiter, quote, escape and greedy", "unknown property %q", o.Name)
	}
}
