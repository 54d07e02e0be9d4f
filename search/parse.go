package search

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"penstock/ecs"
)

// maxDepth bounds how deep parentheses and nots nest.
const maxDepth = 64

// maxTerms bounds how much a query asks.
const maxTerms = 512

// Parse reads a query. Its errors are *SyntaxError.
func Parse(text string) (*Query, error) { return ParseWith(text, nil) }

// ParseWith reads a query that may also name fields that are not in the dictionary: declared gives their types.
func ParseWith(text string, declared func(name string) (ecs.Type, bool)) (*Query, error) {
	tokens, err := lex(text)
	if err != nil {
		return nil, err
	}
	p := &parser{lexer: &lexer{text: text}, tokens: tokens, declared: declared}
	if p.peek().kind == tokenEnd {
		return &Query{}, nil
	}
	root, err := p.or()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenEnd {
		return nil, p.unexpected(t)
	}
	return &Query{Root: root}, nil
}

type parser struct {
	lexer    *lexer
	tokens   []token
	next     int
	depth    int
	terms    int
	declared func(string) (ecs.Type, bool)
}

func (p *parser) peek() token  { return p.tokens[p.next] }
func (p *parser) after() token { return p.tokens[min(p.next+1, len(p.tokens)-1)] }
func (p *parser) take() token  { t := p.tokens[p.next]; p.next++; return t }

func (p *parser) fail(at int, message, hint string) error { return p.lexer.errorAt(at, message, hint) }

func (p *parser) unexpected(t token) error {
	switch t.kind {
	case tokenEnd:
		return p.fail(t.at, "The query ends where a condition is expected.", "Write field: value, or a word to look for.")
	case tokenClose:
		return p.fail(t.at, "This parenthesis closes nothing.", "")
	case tokenColon, tokenCompare:
		return p.fail(t.at, fmt.Sprintf("A field's name is expected before %s.", t.text), `Put a text that has this character in quotation marks.`)
	default:
		return p.fail(t.at, fmt.Sprintf("%q is not expected here.", t.text), "Join conditions by and, or, not.")
	}
}

// or reads conditions with "or" between them.
func (p *parser) or() (Node, error) {
	return p.joined(p.and, tokenOr, func(of []Node) Node { return Or{of} })
}

// and reads conditions with "and", or nothing, between them.
func (p *parser) and() (Node, error) {
	first, err := p.not()
	if err != nil {
		return nil, err
	}
	of := []Node{first}
	for {
		switch p.peek().kind {
		case tokenAnd:
			p.take()
		case tokenWord, tokenString, tokenOpen, tokenNot:
		default:
			if len(of) == 1 {
				return first, nil
			}
			return And{of}, nil
		}
		n, err := p.not()
		if err != nil {
			return nil, err
		}
		of = append(of, n)
	}
}

func (p *parser) joined(part func() (Node, error), word tokenKind, join func([]Node) Node) (Node, error) {
	first, err := part()
	if err != nil {
		return nil, err
	}
	of := []Node{first}
	for p.peek().kind == word {
		p.take()
		n, err := part()
		if err != nil {
			return nil, err
		}
		of = append(of, n)
	}
	if len(of) == 1 {
		return first, nil
	}
	return join(of), nil
}

func (p *parser) not() (Node, error) {
	if p.peek().kind != tokenNot {
		return p.condition()
	}
	t := p.take()
	if err := p.deeper(t); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	n, err := p.not()
	if err != nil {
		return nil, err
	}
	return Not{n}, nil
}

func (p *parser) deeper(t token) error {
	if p.depth++; p.depth > maxDepth {
		return p.fail(t.at, fmt.Sprintf("The query nests deeper than %d levels.", maxDepth), "")
	}
	return nil
}

func (p *parser) condition() (Node, error) {
	t := p.peek()
	switch t.kind {
	case tokenOpen:
		return p.group(p.or)
	case tokenWord, tokenString:
		switch p.after().kind {
		case tokenColon, tokenCompare:
			return p.comparison()
		}
		p.take()
		if err := p.count(t); err != nil {
			return nil, err
		}
		v := literal(t)
		if len(v.Text) == 0 || v.Text == "*" && !v.Quoted {
			return And{}, nil
		}
		return Words{v}, nil
	}
	return nil, p.unexpected(t)
}

func (p *parser) count(t token) error {
	if p.terms++; p.terms > maxTerms {
		return p.fail(t.at, fmt.Sprintf("The query has more than %d conditions.", maxTerms), "")
	}
	return nil
}

func (p *parser) group(inside func() (Node, error)) (Node, error) {
	open := p.take()
	if err := p.deeper(open); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	n, err := inside()
	if err != nil {
		return nil, err
	}
	if t := p.peek(); t.kind != tokenClose {
		if t.kind == tokenEnd {
			return nil, p.fail(open.at, "The parenthesis is not closed.", "Close it by ).")
		}
		return nil, p.unexpected(t)
	}
	p.take()
	return n, nil
}

// comparison reads field: value, field: (…) and field >= value.
func (p *parser) comparison() (Node, error) {
	name := p.take()
	field, _ := unescape(name.text)
	if name.kind == tokenString {
		field = name.text
	}
	typ, err := p.fieldType(field, name)
	if err != nil {
		return nil, err
	}
	c := comparison{p, Term{Field: field, Position: name.at}, typ}
	if op := p.take(); op.kind == tokenCompare {
		return c.ordered(op)
	}
	switch t := p.peek(); t.kind {
	case tokenOpen:
		return p.group(c.values)
	case tokenWord, tokenString:
		return c.value()
	default:
		return nil, p.fail(t.at, "A value is expected after the colon.", "Write * for any value.")
	}
}

// fieldType finds the field; of a pattern the type does not matter.
func (p *parser) fieldType(name string, t token) (ecs.Type, error) {
	if strings.Contains(name, "*") {
		if len(Fields(name)) == 0 {
			return 0, p.fail(t.at, fmt.Sprintf("No field matches %q.", name), "")
		}
		return ecs.Keyword, nil
	}
	if f, ok := ecs.Lookup(name); ok {
		return f.Type(), nil
	}
	if p.declared != nil {
		if typ, ok := p.declared(name); ok {
			return typ, nil
		}
	}
	for _, open := range OpenObjects {
		if rest, ok := strings.CutPrefix(name, open+"."); ok && rest != "" {
			return ecs.Keyword, nil
		}
	}
	hint := "Put the colon in quotation marks if it belongs to a text."
	if close := nearest(name); close != "" {
		hint = fmt.Sprintf("Did you mean %s?", close)
	}
	return 0, p.fail(t.at, fmt.Sprintf("There is no field %q.", name), hint)
}

// OpenObjects are the objects that hold columns nobody has heard of yet, under their own names.
var OpenObjects = []string{"action.properties", "penstock.columns"}

// comparison is a field whose value is being read.
type comparison struct {
	*parser
	term Term
	typ  ecs.Type
}

func (c comparison) ordered(op token) (Node, error) {
	t := c.peek()
	if t.kind != tokenWord && t.kind != tokenString {
		return nil, c.fail(t.at, fmt.Sprintf("A value is expected after %s.", op.text), "")
	}
	c.take()
	c.term.Op = map[string]Op{"<": Less, "<=": LessOrEqual, ">": Greater, ">=": GreaterOrEqual}[op.text]
	return c.finish(t, literal(t))
}

// values reads what stands in the parentheses after "field:".
func (c comparison) values() (Node, error) {
	and := func() (Node, error) {
		return c.joined(c.notValue, tokenAnd, func(of []Node) Node { return And{of} })
	}
	return c.joined(and, tokenOr, func(of []Node) Node { return Or{of} })
}

func (c comparison) notValue() (Node, error) {
	switch t := c.peek(); t.kind {
	case tokenNot:
		c.take()
		if err := c.deeper(t); err != nil {
			return nil, err
		}
		defer func() { c.depth-- }()
		n, err := c.notValue()
		if err != nil {
			return nil, err
		}
		return Not{n}, nil
	case tokenOpen:
		return c.group(c.values)
	case tokenWord, tokenString:
		return c.value()
	default:
		return nil, c.fail(t.at, "A value is expected here.", "Write values with and, or, not between them.")
	}
}

// value reads one value: a text in quotation marks, or words up to the next field or and, or, not.
func (c comparison) value() (Node, error) {
	t := c.take()
	v := literal(t)
	for t.kind == tokenWord && c.peek().kind == tokenWord {
		if k := c.after().kind; k == tokenColon || k == tokenCompare {
			break
		}
		more := literal(c.take())
		v.Text += " " + more.Text
		last := len(v.Pieces) - 1
		v.Pieces[last] += " " + more.Pieces[0]
		v.Pieces = append(v.Pieces, more.Pieces[1:]...)
	}
	if !v.Quoted && strings.Trim(v.Text, "*") == "" && v.Text != "" {
		c.term.Op = Exists
		return c.term, c.count(t)
	}
	c.term.Op = Equal
	return c.finish(t, v)
}

// finish gives the value the form that the field's type compares.
func (c comparison) finish(t token, v Value) (Node, error) {
	if err := c.count(t); err != nil {
		return nil, err
	}
	if n, err := strconv.ParseFloat(v.Text, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
		v.Number, v.IsNum = n, true
	}
	any := strings.Contains(c.term.Field, "*") // a pattern of fields has fields of every type
	wrong := func(want string) (Node, error) {
		return nil, c.fail(t.at, fmt.Sprintf("%s is %s, and %q is none.", c.term.Field, want, v.Text), "")
	}
	if any || c.typ == ecs.IP {
		if network, ok := network(v.Text); ok {
			v.Network = network
		} else if c.typ == ecs.IP && !v.IsGlob() {
			return wrong("an IP address")
		}
	}
	if any || c.typ == ecs.Date {
		if from, to, ok := moment(v.Text); ok {
			v.From, v.To = from, to
		} else if c.typ == ecs.Date && !v.IsGlob() {
			return wrong("a time like 2026-11-23T10:00:00Z")
		}
	}
	switch {
	case (c.typ == ecs.Long || c.typ == ecs.Float) && !v.IsNum && !v.IsGlob():
		return wrong("a number")
	case c.typ == ecs.Boolean && !v.IsGlob() && !strings.EqualFold(v.Text, "true") && !strings.EqualFold(v.Text, "false"):
		return wrong("true or false")
	case c.term.Op != Equal && (v.IsGlob() || c.typ == ecs.Boolean):
		return nil, c.fail(t.at, fmt.Sprintf("%s cannot be compared with %q by order.", c.term.Field, v.Text), "")
	}
	c.term.Value = v
	return c.term, nil
}

func network(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	a = a.WithZone("")
	return netip.PrefixFrom(a, a.BitLen()), true
}

// moments are the forms of a time in a query, with the unit that each says it in.
var moments = []struct {
	layout string
	unit   time.Duration
}{
	{"2006-01-02", 24 * time.Hour}, {"2006-01-02T15", time.Hour}, {"2006-01-02T15:04", time.Minute},
	{"2006-01-02 15:04", time.Minute}, {"2006-01-02T15:04:05", time.Second}, {"2006-01-02 15:04:05", time.Second},
}

func moment(s string) (from, to time.Time, ok bool) {
	for _, m := range moments {
		if t, err := time.Parse(m.layout, strings.TrimSuffix(s, "Z")); err == nil && len(s) <= len(m.layout)+1 {
			return t, t.Add(m.unit), true
		}
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), t.UTC().Add(time.Microsecond), true
		}
	}
	return from, to, false
}

func literal(t token) Value {
	if t.kind == tokenString {
		return Value{Text: t.text, Quoted: true, Pieces: []string{strings.ToLower(t.text)}}
	}
	text, pieces := unescape(t.text)
	for i := range pieces {
		pieces[i] = strings.ToLower(pieces[i])
	}
	if len(pieces) == 1 && (strings.ContainsAny(text, special+" ") || isWord(text)) {
		return Value{Text: text, Quoted: true, Pieces: pieces}
	}
	if len(pieces) > 1 {
		return Value{Text: t.text, Pieces: pieces}
	}
	return Value{Text: text, Pieces: pieces}
}

// isWord tells whether a text would be taken for and, or, not if it stood alone.
func isWord(s string) bool {
	switch strings.ToLower(s) {
	case "and", "or", "not":
		return true
	}
	return false
}
