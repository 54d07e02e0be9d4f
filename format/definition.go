package format

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"penstock/ecs"
)

// Definition is one file of a mapping, as it is written. A file is either a group that tables include, a table, the
// general rule (table: "*"), or a user's additions (assign and tables, without table or group).
type Definition struct {
	file     string
	group    string
	table    string
	include  []string
	unmapped string
	fields   map[string]ecs.Type
	assign   []statement
	tables   map[string][]statement
	at       position
}

// statement is an assignment and where it stands.
type statement struct {
	Assignment
	at position
}

type position struct{ line, column int }

// Mistake is a fault in a definition, told in a way that lets its author mend it.
type Mistake struct {
	File         string
	Line, Column int
	Message      string // what was expected
}

func (m *Mistake) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Column, m.Message)
}

// ParseDefinition reads one YAML file of a mapping. Every mistake found is reported: the error joins *Mistake values.
func ParseDefinition(file string, data []byte) (*Definition, error) {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, yamlMistake(file, err)
	}
	r := &reader{file: file, def: &Definition{file: file}}
	for _, doc := range tree.Docs {
		if doc.Body == nil {
			continue
		}
		r.document(doc.Body)
	}
	if len(r.mistakes) > 0 {
		return nil, errors.Join(r.mistakes...)
	}
	return r.def, nil
}

// ParseUserDefinition is ParseDefinition for a file that overrides and adds to a built-in mapping: it has no groups and
// tables of its own.
func ParseUserDefinition(file string, data []byte) (*Definition, error) {
	d, err := ParseDefinition(file, data)
	if err == nil && (d.group != "" || d.table != "" || d.include != nil || d.unmapped != "") {
		return nil, &Mistake{file, d.at.line, d.at.column, "expected only the keys fields, assign and tables"}
	}
	return d, err
}

func yamlMistake(file string, err error) error {
	var syntax *yaml.SyntaxError
	if errors.As(err, &syntax) && syntax.Token != nil {
		at := syntax.Token.Position
		return &Mistake{file, at.Line, at.Column, "this is not YAML: " + syntax.Message}
	}
	return &Mistake{file, 1, 1, "this is not YAML: " + err.Error()}
}

// reader walks the YAML tree of a definition and gathers the mistakes in it.
type reader struct {
	file     string
	def      *Definition
	mistakes []error
}

func (r *reader) mistake(n ast.Node, format string, args ...any) {
	at := positionOf(n)
	r.mistakes = append(r.mistakes, &Mistake{r.file, at.line, at.column, fmt.Sprintf(format, args...)})
}

func positionOf(n ast.Node) position {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 {
		n = m.Values[0]
	}
	if v, ok := n.(*ast.MappingValueNode); ok {
		n = v.Key
	}
	t := n.GetToken()
	if t == nil {
		return position{1, 1}
	}
	return position{t.Position.Line, t.Position.Column}
}

// entries are the keys and values of a mapping node.
func (r *reader) entries(n ast.Node, what string) []*ast.MappingValueNode {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}
	}
	r.mistake(n, "expected %s, got %s", what, kindOf(n))
	return nil
}

func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.SequenceNode:
		return "a list"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys with values"
	case *ast.NullNode:
		return "nothing"
	}
	return "a " + strings.ToLower(n.Type().String())
}

func keyOf(e *ast.MappingValueNode) string {
	if s, ok := e.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return e.Key.String()
}

func (r *reader) document(n ast.Node) {
	r.def.at = positionOf(n)
	for _, e := range r.entries(n, "keys: fields, assign, tables") {
		switch key := keyOf(e); key {
		case "group":
			r.def.group = r.text(e.Value, "the name of a group")
		case "table":
			r.def.table = r.text(e.Value, "the name of a table")
		case "unmapped":
			r.def.unmapped = r.text(e.Value, "the name of an object")
		case "include":
			for _, item := range r.items(e.Value, "a list of groups") {
				r.def.include = append(r.def.include, r.text(item, "the name of a group"))
			}
		case "fields":
			r.fields(e.Value)
		case "assign":
			r.def.assign = append(r.def.assign, r.statements(e.Value, nil)...)
		case "tables":
			r.tables(e.Value)
		default:
			r.mistake(e, "unknown key %q; expected fields, assign, tables (and in a built-in file group, table, include, unmapped)", key)
		}
	}
}

func (r *reader) text(n ast.Node, what string) string {
	if s, ok := n.(*ast.StringNode); ok {
		return s.Value
	}
	if s, ok := n.(*ast.LiteralNode); ok {
		return s.Value.Value
	}
	r.mistake(n, "expected %s, got %s", what, kindOf(n))
	return ""
}

func (r *reader) items(n ast.Node, what string) []ast.Node {
	if s, ok := n.(*ast.SequenceNode); ok {
		return s.Values
	}
	r.mistake(n, "expected %s, got %s", what, kindOf(n))
	return nil
}

// fields reads the types of fields that the dictionary does not have.
func (r *reader) fields(n ast.Node) {
	if r.def.fields == nil {
		r.def.fields = make(map[string]ecs.Type)
	}
	for _, e := range r.entries(n, "fields with their types, as in acme.site: keyword") {
		name, typ := keyOf(e), r.text(e.Value, "the type of the field")
		t, ok := ecs.ParseType(typ)
		switch f, known := ecs.Lookup(name); {
		case typ == "":
		case !ok:
			r.mistake(e.Value, "unknown type %q; expected keyword, text, long, float, boolean, ip, date, object or array", typ)
		case known && f.Type() != t:
			r.mistake(e, "%s is a field of the dictionary, its type is %s", name, f.Type())
		case strings.HasPrefix(name, "penstock.") || !strings.Contains(name, "."):
			r.mistake(e, "the name %q is not free; expected one like acme.site, and not below penstock", name)
		default:
			r.def.fields[name] = t
		}
	}
}

func (r *reader) tables(n ast.Node) {
	if r.def.tables == nil {
		r.def.tables = make(map[string][]statement)
	}
	for _, e := range r.entries(n, "tables with their assignments") {
		name := keyOf(e)
		r.def.tables[name] = append(r.def.tables[name], r.statements(e.Value, nil)...)
	}
}

// statements reads a list of assignments; an item with "when" and "assign" puts a condition before several.
func (r *reader) statements(n ast.Node, when Condition) []statement {
	var out []statement
	for _, item := range r.items(n, "a list of assignments") {
		switch item := item.(type) {
		case *ast.StringNode:
			if s, ok := r.statement(item, when); ok {
				out = append(out, s)
			}
		case *ast.MappingNode, *ast.MappingValueNode:
			out = append(out, r.conditional(item, when)...)
		default:
			r.mistake(item, "expected an assignment like host.name = DeviceName, or when: and assign:, got %s", kindOf(item))
		}
	}
	return out
}

func (r *reader) statement(n *ast.StringNode, when Condition) (statement, bool) {
	a, err := ParseAssignment(n.Value)
	if err != nil {
		r.syntax(n, err)
		return statement{}, false
	}
	a.When = when
	return statement{a, positionOf(n)}, true
}

// syntax reports a mistake within the text of a node; in a text of several lines, at its start.
func (r *reader) syntax(n ast.Node, err error) {
	at := positionOf(n)
	var s *syntaxError
	if _, one := n.(*ast.StringNode); one && errors.As(err, &s) {
		at.column += s.at
		if o := n.GetToken().Origin; strings.HasPrefix(strings.TrimSpace(o), "'") || strings.HasPrefix(strings.TrimSpace(o), `"`) {
			at.column++
		}
	}
	r.mistakes = append(r.mistakes, &Mistake{r.file, at.line, at.column, err.Error()})
}

func (r *reader) conditional(n ast.Node, outer Condition) []statement {
	when := outer
	var assign ast.Node
	for _, e := range r.entries(n, "when and assign") {
		switch key := keyOf(e); key {
		case "when":
			c, err := ParseCondition(r.text(e.Value, "a condition"))
			if err != nil {
				r.syntax(e.Value, err)
				continue
			}
			when = c
			if outer != nil {
				when = And{[]Condition{outer, c}}
			}
		case "assign":
			assign = e.Value
		default:
			r.mistake(e, "unknown key %q; expected when and assign", key)
		}
	}
	if assign == nil {
		r.mistake(n, "expected assign: with what to do under the condition")
		return nil
	}
	return r.statements(assign, when)
}

// appliesTo returns the user's statements for a table: those for every table, then its own.
func (d *Definition) appliesTo(table string) []statement {
	out := slices.Clone(d.assign)
	for name, list := range d.tables {
		if strings.EqualFold(name, table) || name == "*" {
			out = append(out, list...)
		}
	}
	return out
}
