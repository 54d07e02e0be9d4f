package kql

import (
	"context"
	"strings"
	"time"

	"penstock/kql/syntax"
)

// Description is what hovering over a part of a query tells.
type Description struct {
	Span
	Title string   // "strlen", "DeviceName"
	Kind  string   // "function", "aggregate", "operator", "column", "table", "let"
	Forms []string // signatures of a function, the form of an operator, the type of a column
	Text  string   // what it is or does; may be empty
}

// Describe tells of what stands at a place of a query (in bytes).
func Describe(query string, offset int, schema Schema) (Description, bool) {
	if len(query) > syntax.MaxBytes {
		return Description{}, false
	}
	var found Description
	ok := false
	b := newBinder(context.Background(), query, Options{Schema: schema, Dialect: "defender", Now: time.Now(), AllowExternal: true})
	b.watch = func(span Span, m Meaning) {
		if span.Start <= offset && offset <= span.End && span.End > span.Start {
			found, ok = m.describe(span), true
		}
	}
	b.query(syntax.Parse(query))
	if ok {
		return found, true
	}
	return describeWord(query, offset)
}

func (m Meaning) describe(span Span) Description {
	switch {
	case m.Column != nil:
		return Description{Span: span, Title: m.Column.Name, Kind: "column", Forms: []string{m.Column.Type.String()}}
	case m.Table != nil:
		return Description{Span: span, Title: m.Table.Name, Kind: "table", Text: columnList(m.Table.Columns)}
	case m.Function != nil:
		return m.Function.describe(span)
	case m.Type != 0:
		return Description{Span: span, Title: m.Let, Kind: "let", Forms: []string{m.Type.String()}}
	}
	return Description{Span: span, Title: m.Let, Kind: "let", Text: columnList(m.Columns)}
}

func (f *Function) describe(span Span) Description {
	d := Description{Span: span, Title: f.Name, Kind: "function", Text: f.Summary}
	if f.Kind == AggregateFunction {
		d.Kind = "aggregate"
	}
	for _, s := range f.Signatures {
		form := f.Name + s.String()
		if _, ok := typeNamed(s.Result); ok {
			form += ": " + s.Result
		}
		d.Forms = append(d.Forms, form)
	}
	return d
}

func columnList(cols []Column) string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = c.Name + ": " + c.Type.String()
	}
	return strings.Join(names, ", ")
}

// describeWord tells of an operator, by its words alone.
func describeWord(query string, offset int) (Description, bool) {
	tokens := syntax.Tokens(query)
	for i, t := range tokens {
		if offset < t.Start || offset > t.End || t.Kind != syntax.Name {
			continue
		}
		first, last := i, i
		for first >= 2 && tokens[first-1].Text == "-" && tokens[first-1].End == tokens[first].Start && tokens[first-2].End == tokens[first-1].Start {
			first -= 2
		}
		for last+2 < len(tokens) && tokens[last+1].Text == "-" && tokens[last+1].Start == tokens[last].End && tokens[last+2].Start == tokens[last+1].End {
			last += 2
		}
		span := Span{Start: tokens[first].Start, End: tokens[last].End}
		if c, ok := construct(query[span.Start:span.End]); ok {
			return Description{Span: span, Title: c.Name, Kind: "operator", Forms: []string{c.Form}, Text: c.Summary}, true
		}
		negated := ""
		if i > 0 && tokens[i-1].Text == "!" {
			negated = "!"
		}
		if f := catalogue().operators[negated+t.Text]; f != nil {
			return Description{Span: t.Span, Title: f.Name, Kind: "operator", Text: f.Summary}, true
		}
	}
	return Description{}, false
}
