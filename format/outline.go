package format

import (
	"errors"
	"fmt"
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
