package format

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"penstock/ecs"
	"penstock/record"
)

// General is the name under which a definition gives the rule for tables that have none of their own.
const General = "*"

// Unheard is the object of the document that takes the columns of a specified table that neither its mapping nor the
// schema knows.
const Unheard = "penstock.columns"

// Part is what one format gives to a plan: the columns of its tables, and its groups and tables in their order. Groups and
// the general rule are its own, whatever other parts call theirs.
type Part struct {
	Schema      Schema
	Definitions []*Definition
	Untouched   bool // by a user's files
}

// Compile makes a plan of the definitions of a format, in their order: its groups and tables, then the user's files.
func Compile(schema Schema, definitions ...*Definition) (*Plan, error) {
	return CompileParts(nil, Part{Schema: schema, Definitions: definitions})
}

// CompileParts makes one plan of several formats, each of whose tables has a name of its own, with a user's files applied
// after all of them. The general rule of the first part is that for tables which no part knows.
func CompileParts(users []*Definition, parts ...Part) (*Plan, error) {
	plan := &Plan{
		byName: make(map[string]*tablePlan), extras: make(map[string]ecs.Type),
		agents: newAgents(), domains: newMemory(suffixLength),
	}
	var mistakes []error
	compilers := make([]*compiler, len(parts))
	for i, part := range parts {
		c := &compiler{plan: plan, groups: make(map[string]*Definition), tables: make(map[string]*Definition), schema: part.Schema}
		for _, d := range part.Definitions {
			c.add(d)
		}
		if !part.Untouched {
			for _, d := range users {
				c.add(d)
			}
		}
		if c.tables[General] == nil {
			c.tables[General] = &Definition{table: General, unmapped: Unheard}
		}
		compilers[i] = c
	}
	elsewhere := make(map[string]bool) // tables of the other parts, which are none of the first for a user's naming them
	for _, c := range compilers[min(1, len(compilers)):] {
		for name := range c.own() {
			elsewhere[name] = true
		}
	}
	for i, c := range compilers {
		c.compile(i == 0, elsewhere)
		mistakes = append(mistakes, c.mistakes...)
	}
	if len(mistakes) > 0 {
		return nil, errors.Join(mistakes...)
	}
	slices.SortFunc(plan.tables, func(a, b Table) int { return strings.Compare(a.Name, b.Name) })
	return plan, nil
}

type compiler struct {
	plan     *Plan
	schema   Schema
	groups   map[string]*Definition
	tables   map[string]*Definition
	users    []*Definition
	parents  map[string]*ecs.Parent
	mistakes []error

	told       map[string]*Definition // what is said of tables
	toldGroups map[string]*Definition
}

func (c *compiler) mistake(file string, at Position, format string, args ...any) {
	m := &Mistake{file, at.Line, at.Column, fmt.Sprintf(format, args...)}
	for _, known := range c.mistakes {
		if known.Error() == m.Error() {
			return // the same line serves many tables
		}
	}
	c.mistakes = append(c.mistakes, m)
}

func (c *compiler) add(d *Definition) {
	for name, t := range d.fields {
		c.plan.extras[name] = t
	}
	switch {
	case d.tells():
		c.addTelling(d)
	case d.group != "":
		c.groups[d.group] = d
	case d.table != "":
		c.tables[d.table] = d
	default:
		c.users = append(c.users, d)
	}
}

// own are the tables that the schema and the definitions of the part name.
func (c *compiler) own() map[string]bool {
	names := make(map[string]bool)
	for name := range c.schema {
		names[name] = true
	}
	for name := range c.tables {
		names[name] = true
	}
	delete(names, General)
	return names
}

func (c *compiler) compile(first bool, elsewhere map[string]bool) {
	names := c.own()
	if first {
		for _, u := range c.users {
			for name := range u.tables {
				if !c.known(names, name) && !c.known(elsewhere, name) {
					names[name] = true
				}
			}
		}
		c.plan.general = c.table(General, nil)
	}
	for _, name := range sortedKeys(names) {
		if c.plan.byName[name] != nil {
			c.mistakes = append(c.mistakes, fmt.Errorf("the table %s is one of another format: give it a name of its own", name))
			continue
		}
		t := c.table(name, c.schema[name])
		c.plan.byName[name] = t
		c.plan.tables = append(c.plan.tables, *t.table)
	}
}

// known reports whether a table of that name is there in whatever case.
func (c *compiler) known(names map[string]bool, name string) bool {
	for known := range names {
		if strings.EqualFold(known, name) {
			return true
		}
	}
	return name == General
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// located is a statement with its file.
type located struct {
	statement
	file string
}

func (c *compiler) statements(name string, d *Definition) []located {
	var out []located
	for _, group := range d.include {
		g := c.groups[group]
		if g == nil {
			c.mistake(d.file, d.at, "there is no group %q; there are %s", group, strings.Join(sortedKeys(c.groups), ", "))
			continue
		}
		out = append(out, locate(g.file, g.assign)...)
	}
	out = append(out, locate(d.file, d.assign)...)
	for _, u := range c.users {
		out = append(out, locate(u.file, u.appliesTo(name))...)
	}
	return out
}

func locate(file string, list []statement) []located {
	out := make([]located, len(list))
	for i, s := range list {
		out[i] = located{s, file}
	}
	return out
}

// table compiles the plan of one table.
func (c *compiler) table(name string, columns []Column) *tablePlan {
	d, specified := c.tables[name]
	if !specified {
		d = c.tables[General]
	}
	t := &tablePlan{name: ecs.StringOf(name), table: &Table{Name: name, Columns: columns, Specified: specified && name != General, Unmapped: d.unmapped}}
	if t.table.Unmapped == "" {
		t.table.Unmapped = Unheard
	}
	t.unmapped = c.parent(t.table.Unmapped)
	var kept []located
	for _, s := range c.statements(name, d) {
		when, never := decide(s.When, name)
		if never {
			continue
		}
		s.When = when
		kept = append(kept, s)
	}
	mapped := make(map[string]bool)
	for _, s := range kept {
		walkColumns(s.Assignment, func(column string) { mapped[strings.ToLower(column)] = true })
	}
	if !t.table.Specified {
		kept = append(kept, c.rest(columns, mapped, t.table.Unmapped)...)
		if name != General {
			dataset := Assignment{Field: "event.dataset", Value: Text{snake(name)}}
			text := fmt.Sprintf("event.dataset = %q", snake(name))
			kept = append([]located{{statement: statement{Assignment: dataset, text: text}}}, kept...)
		}
	}
	for _, s := range kept {
		t.table.Assignments = append(t.table.Assignments, s.Assignment)
	}
	b := &builder{compiler: c, plan: t, indices: make(map[string]int)}
	b.build(kept, columns)
	c.tell(t)
	return t
}

// snake is a table's name as event.dataset has it: device_events of DeviceEvents.
func snake(name string) string {
	var b strings.Builder
	for i, r := range name {
		upper := r >= 'A' && r <= 'Z'
		if upper && i > 0 && (name[i-1] < 'A' || name[i-1] > 'Z' || i+1 < len(name) && name[i+1] >= 'a' && name[i+1] <= 'z') {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// rest are assignments for the declared columns that no statement names, each to a field of its own name.
func (c *compiler) rest(columns []Column, mapped map[string]bool, parent string) []located {
	var out []located
	for _, column := range columns {
		if !mapped[strings.ToLower(column.Name)] {
			name := parent + "." + column.Name
			if _, known := ecs.Lookup(name); !known {
				c.plan.extras[name] = column.Type.field()
			}
			out = append(out, located{statement: statement{Assignment: Assignment{Field: name, Value: ColumnRef{column.Name}}}})
		}
	}
	return out
}

// field is the type of a field that holds a column as it is.
func (t ColumnType) field() ecs.Type {
	switch t {
	case Int, Long:
		return ecs.Long
	case Real:
		return ecs.Float
	case Bool:
		return ecs.Boolean
	case DateTime:
		return ecs.Date
	}
	return ecs.Keyword
}

func (c *compiler) parent(name string) *ecs.Parent {
	if c.parents == nil {
		c.parents = make(map[string]*ecs.Parent)
	}
	p := c.parents[name]
	if p == nil {
		p = ecs.NewParent(name)
		c.parents[name] = p
	}
	return p
}

// decide resolves what a condition says of the table: never is true when it cannot hold, and a nil condition always does.
func decide(c Condition, table string) (rest Condition, never bool) {
	switch c := c.(type) {
	case TableIn:
		return nil, !slices.ContainsFunc(c.Names, func(n string) bool { return strings.EqualFold(n, table) })
	case Not:
		inner, never := decide(c.Of, table)
		if never {
			return nil, false
		}
		return Not{inner}, inner == nil
	case And:
		var kept []Condition
		for _, of := range c.Of {
			inner, never := decide(of, table)
			if never {
				return nil, true
			}
			if inner != nil {
				kept = append(kept, inner)
			}
		}
		return joined(kept, func() Condition { return And{kept} }), false
	case Or:
		var kept []Condition
		for _, of := range c.Of {
			inner, never := decide(of, table)
			if !never && inner == nil {
				return nil, false
			}
			if !never {
				kept = append(kept, inner)
			}
		}
		return joined(kept, func() Condition { return Or{kept} }), len(kept) == 0
	}
	return c, false
}

func joined(kept []Condition, all func() Condition) Condition {
	switch len(kept) {
	case 0:
		return nil
	case 1:
		return kept[0]
	}
	return all()
}

// children are the expressions directly within one.
func children(e Expr) []Expr {
	switch e := e.(type) {
	case Parsed:
		return []Expr{e.Of}
	case Path:
		return []Expr{e.Of}
	case Coalesce:
		return e.Of
	case List:
		return []Expr{e.Of}
	case Call:
		return []Expr{e.Of}
	case Translate:
		return []Expr{e.Of}
	}
	return nil
}

func walkExpr(e Expr, visit func(Expr)) {
	visit(e)
	for _, child := range children(e) {
		walkExpr(child, visit)
	}
}

func walkCondition(c Condition, visit func(Expr)) {
	switch c := c.(type) {
	case And:
		for _, of := range c.Of {
			walkCondition(of, visit)
		}
	case Or:
		for _, of := range c.Of {
			walkCondition(of, visit)
		}
	case Not:
		walkCondition(c.Of, visit)
	case Present:
		walkExpr(c.Of, visit)
	case IsIP:
		walkExpr(c.Of, visit)
	case StartsWith:
		walkExpr(c.Of, visit)
	case HasArguments:
		walkExpr(c.Of, visit)
	case LongerThan:
		walkExpr(c.Of, visit)
	case In:
		walkExpr(c.Of, visit)
	}
}

func walkColumns(a Assignment, visit func(string)) {
	each := func(e Expr) {
		switch e := e.(type) {
		case ColumnRef:
			visit(e.Name)
		case EventTime:
			visit(e.Column)
		}
	}
	walkExpr(a.Value, each)
	walkCondition(a.When, each)
}

// quoteJSON is the JSON string of a constant.
func quoteJSON(s string) []byte {
	return append(record.Escape([]byte{'"'}, []byte(s)), '"')
}
