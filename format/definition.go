package format

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"penstock/ecs"
)

// Definition is one file of a mapping, as it is written. A file is either a group that tables include, a table, the
// general rule (table: "*"), or a user's additions (assign and tables, without table or group). A file that says what
// events of a table are (entities, sentences, relations) is a definition of its own.
type Definition struct {
	file     string
	group    string
	table    string
	include  []string
	unmapped string
	fields   map[string]ecs.Type
	assign   []statement
	tables   map[string][]statement
	at       Position

	entities  map[string]entityDefinition
	sentences []sentenceDefinition
	relations []relationDefinition
}

// statement is an assignment and where it stands.
type statement struct {
	Assignment
	at   Position
	text string // as it is written
	when string // its condition, as that is written
}

// Declares are the fields beside those of ECS that the file declares, with their types. They are for the whole plan.
func (d *Definition) Declares() map[string]ecs.Type { return d.fields }

// ParseDefinition reads one YAML file of a mapping. Every mistake found is reported: the error joins *Mistake values.
func ParseDefinition(file string, data []byte) (*Definition, error) {
	r := &reader{Outline: Outline{File: file}, def: &Definition{file: file}}
	documents, err := r.Documents(data)
	if err != nil {
		return nil, err
	}
	for _, doc := range documents {
		r.document(doc)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return r.def, nil
}

// ParseUserDefinition is ParseDefinition for a file that overrides and adds to a built-in mapping: it has no groups and
// tables of its own.
func ParseUserDefinition(file string, data []byte) (*Definition, error) {
	d, err := ParseDefinition(file, data)
	if err == nil && (d.group != "" || d.table != "" || d.include != nil || d.unmapped != "" || d.tells()) {
		return nil, &Mistake{file, d.at.Line, d.at.Column, "expected only the keys fields, assign and tables"}
	}
	return d, err
}

// reader walks the YAML tree of a definition and gathers the mistakes in it.
type reader struct {
	Outline
	def *Definition
}

func (r *reader) document(n ast.Node) {
	r.def.at = PositionOf(n)
	d := r.def
	r.Keys(n,
		Key{"fields", r.fields},
		Key{"assign", func(v ast.Node) { d.assign = append(d.assign, r.statements(v, premise{})...) }},
		Key{"tables", r.tables},
		// Those of a file that comes with a format:
		Key{"group", r.Into(&d.group, "the name of a group")},
		Key{"table", r.Into(&d.table, "the name of a table")},
		Key{"include", func(v ast.Node) {
			for _, item := range r.Items(v, "a list of groups") {
				d.include = append(d.include, r.Text(item, "the name of a group"))
			}
		}},
		Key{"unmapped", r.Into(&d.unmapped, "the name of an object")},
		Key{"entities", r.entities},
		Key{"sentences", r.sentences},
		Key{"relations", func(v ast.Node) { d.relations = append(d.relations, r.related(v)...) }},
	)
}

// fields reads the types of fields that the dictionary does not have.
func (r *reader) fields(n ast.Node) {
	if r.def.fields == nil {
		r.def.fields = make(map[string]ecs.Type)
	}
	for _, e := range r.Entries(n, "fields with their types, as in acme.site: keyword") {
		name, typ := KeyOf(e), r.Text(e.Value, "the type of the field")
		t, ok := ecs.ParseType(typ)
		switch f, known := ecs.Lookup(name); {
		case typ == "":
		case !ok:
			r.Mistake(PositionOf(e.Value), "unknown type %q; expected keyword, text, long, float, boolean, ip, date, object or array", typ)
		case known && f.Type() != t:
			r.Mistake(PositionOf(e), "%s is a field of the dictionary, its type is %s", name, f.Type())
		case strings.HasPrefix(name, "penstock.") || !strings.Contains(name, "."):
			r.Mistake(PositionOf(e), "the name %q is not free; expected one like acme.site, and not below penstock", name)
		default:
			r.def.fields[name] = t
		}
	}
}

func (r *reader) tables(n ast.Node) {
	if r.def.tables == nil {
		r.def.tables = make(map[string][]statement)
	}
	for _, e := range r.Entries(n, "tables with their assignments") {
		name := KeyOf(e)
		r.def.tables[name] = append(r.def.tables[name], r.statements(e.Value, premise{})...)
	}
}

// premise is the condition that statements stand under, and how that is written; without one it always holds.
type premise struct {
	holds Condition
	text  string
}

func (p premise) and(c Condition, text string) premise {
	if p.holds == nil {
		return premise{c, text}
	}
	return premise{And{[]Condition{p.holds, c}}, p.text + " and (" + text + ")"}
}

// statements reads a list of assignments; an item with "when" and "assign" puts a condition before several.
func (r *reader) statements(n ast.Node, when premise) []statement {
	var out []statement
	for _, item := range r.Items(n, "a list of assignments") {
		switch item := item.(type) {
		case *ast.StringNode:
			if s, ok := r.statement(item, when); ok {
				out = append(out, s)
			}
		case *ast.MappingNode, *ast.MappingValueNode:
			out = append(out, r.conditional(item, when)...)
		default:
			r.Mistake(PositionOf(item), "expected an assignment like host.name = DeviceName, or when: and assign:, got %s", KindOf(item))
		}
	}
	return out
}

func (r *reader) statement(n *ast.StringNode, when premise) (statement, bool) {
	a, err := ParseAssignment(n.Value)
	if err != nil {
		r.Syntax(n, err)
		return statement{}, false
	}
	a.When = when.holds
	return statement{a, PositionOf(n), n.Value, when.text}, true
}

func (r *reader) conditional(n ast.Node, outer premise) []statement {
	when := outer
	var assign ast.Node
	r.Keys(n,
		Key{"when", func(v ast.Node) {
			text := r.Text(v, "a condition")
			c, err := ParseCondition(text)
			if err != nil {
				r.Syntax(v, err)
				return
			}
			when = outer.and(c, strings.Join(strings.Fields(text), " "))
		}},
		Key{"assign", func(v ast.Node) { assign = v }},
	)
	if assign == nil {
		r.Mistake(PositionOf(n), "expected assign: with what to do under the condition")
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
