package format

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Mistake is a fault in a definition, told in a way that lets its author mend it.
type Mistake struct {
	File         string
	Line, Column int
	Message      string // what was expected
}

func (m *Mistake) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Column, m.Message)
}

// Position is a place in a file, from 1.
type Position struct{ Line, Column int }

// Outline goes through the YAML of a definition, of a mapping or of what else is data here, and gathers the mistakes in
// it, each with its place.
type Outline struct {
	File     string
	mistakes []error
}

// Documents are the documents of a file that are not empty. The error is a *Mistake.
func (o *Outline) Documents(data []byte) ([]ast.Node, error) {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		at, message := Position{1, 1}, err.Error()
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) && syntax.Token != nil {
			at, message = Position{syntax.Token.Position.Line, syntax.Token.Position.Column}, syntax.Message
		}
		return nil, &Mistake{o.File, at.Line, at.Column, "this is not YAML: " + message}
	}
	var list []ast.Node
	for _, doc := range tree.Docs {
		if doc.Body != nil {
			list = append(list, doc.Body)
		}
	}
	return list, nil
}

// Err joins the mistakes that were found; nil where there is none.
func (o *Outline) Err() error { return errors.Join(o.mistakes...) }

// Mistakes is how many were found.
func (o *Outline) Mistakes() int { return len(o.mistakes) }

// Mistake notes what is wrong at a place.
func (o *Outline) Mistake(at Position, message string, args ...any) {
	o.mistakes = append(o.mistakes, &Mistake{o.File, at.Line, at.Column, fmt.Sprintf(message, args...)})
}

// Within notes what is wrong in the text of a node, so many bytes behind its beginning; in a text of several lines, at its
// start.
func (o *Outline) Within(n ast.Node, offset int, message string) {
	at := PositionOf(n)
	if _, one := n.(*ast.StringNode); one {
		at.Column += offset
		if origin := strings.TrimSpace(n.GetToken().Origin); strings.HasPrefix(origin, "'") || strings.HasPrefix(origin, `"`) {
			at.Column++
		}
	}
	o.Mistake(at, "%s", message)
}

// Syntax notes what is wrong in the text of a node, at the byte that a *SyntaxError names.
func (o *Outline) Syntax(n ast.Node, err error) {
	offset := 0
	if s := new(SyntaxError); errors.As(err, &s) {
		offset = s.At
	}
	o.Within(n, offset, err.Error())
}

// PositionOf is where a node begins; of keys with values, at the first key.
func PositionOf(n ast.Node) Position {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0]
	}
	if v, ok := n.(*ast.MappingValueNode); ok {
		n = v.Key
	}
	t := n.GetToken()
	if t == nil {
		return Position{1, 1}
	}
	return Position{t.Position.Line, t.Position.Column}
}

// Entries are the keys and values of a mapping node; what says what was expected.
func (o *Outline) Entries(n ast.Node, what string) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	o.unexpected(n, what)
	return nil
}

// Key is a key that a node may have, and what reads its value.
type Key struct {
	Name string
	Read func(value ast.Node)
}

// Keys reads the keys of a node, and gives the places of those that it has. Any other key is a mistake, and so is one twice.
func (o *Outline) Keys(n ast.Node, keys ...Key) map[string]Position {
	names := make([]string, len(keys))
	for i := range keys {
		names[i] = keys[i].Name
	}
	expected, at := strings.Join(names, ", "), map[string]Position{}
	for _, e := range o.Entries(n, "keys: "+expected) {
		name := KeyOf(e)
		i := slices.Index(names, name)
		if i < 0 {
			o.Mistake(PositionOf(e), "unknown key %q; expected %s", name, expected)
			continue
		}
		if _, twice := at[name]; twice {
			o.Mistake(PositionOf(e), "the key %s is there already", name)
			continue
		}
		at[name] = PositionOf(e)
		keys[i].Read(e.Value)
	}
	return at
}

// Into reads a text to where it belongs.
func (o *Outline) Into(to *string, what string) func(ast.Node) {
	return func(value ast.Node) { *to = o.Text(value, what) }
}

// KeyOf is the key of an entry.
func KeyOf(e *ast.MappingValueNode) string {
	if s, ok := e.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return e.Key.String()
}

// Items are the items of a list.
func (o *Outline) Items(n ast.Node, what string) []ast.Node {
	if s, ok := n.(*ast.SequenceNode); ok {
		return s.Values
	}
	o.unexpected(n, what)
	return nil
}

// Text is a text.
func (o *Outline) Text(n ast.Node, what string) string {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	}
	o.unexpected(n, what)
	return ""
}

// Texts are a text, or a list of them.
func (o *Outline) Texts(n ast.Node, what string) []string {
	if _, one := n.(*ast.StringNode); one {
		return []string{o.Text(n, what)}
	}
	var list []string
	for _, item := range o.Items(n, what+", or a list of them") {
		list = append(list, o.Text(item, what))
	}
	return list
}

func (o *Outline) unexpected(n ast.Node, what string) {
	o.Mistake(PositionOf(n), "expected %s, got %s", what, KindOf(n))
}

// KindOf is what a node is, in words.
func KindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys with values"
	case *ast.NullNode:
		return "nothing"
	}
	kind := strings.ToLower(n.Type().String())
	if strings.ContainsRune("aeiou", rune(kind[0])) {
		return "an " + kind
	}
	return "a " + kind
}
