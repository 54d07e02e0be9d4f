package format

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"penstock/ecs"
)

// Kinds are the kinds of entities that a definition may name.
var Kinds = []string{
	"host", "user", "process", "file", "ip", "url", "domain", "mailbox", "mail", "message", "app", "registry", "service", "task",
	"group", "module", "pipe", "device", "share", "alert", "resource", "container", "network", "policy", "certificate",
}

// entityDefinition is who or what an event can tell of: an entity of a kind, with the expression for its value.
type entityDefinition struct {
	kind   string
	value  Expr
	within Expr   // stands before the value: a domain
	id     []Expr // what tells entities of equal values apart: a process id and a time
	at     Position
}

// sentenceDefinition is what is said of events.
type sentenceDefinition struct {
	actions   []string // ActionTypes; none: all
	when      Condition
	say       []sayDefinition // the first without a gap that stays empty
	relations []relationDefinition
	at        Position
}

type sayDefinition struct {
	pieces []templatePiece
	text   string // as it is written
	at     Position
}

// relationDefinition is a subject, a verb and an object: "process created file".
type relationDefinition struct {
	subject, verb, object string
	at                    Position
}

// tells reports whether a definition says anything about events, which a mapping does not.
func (d *Definition) tells() bool {
	return d.entities != nil || d.sentences != nil || d.relations != nil
}

func (r *reader) entities(n ast.Node) {
	if r.def.entities == nil {
		r.def.entities = make(map[string]entityDefinition)
	}
	for _, e := range r.Entries(n, "names of entities, as in host: {kind: host, value: host.name}") {
		d := entityDefinition{at: PositionOf(e)}
		r.Keys(e.Value,
			Key{"kind", func(v ast.Node) {
				d.kind = r.Text(v, "a kind of entity")
				if !slices.Contains(Kinds, d.kind) {
					r.Mistake(PositionOf(v), "unknown kind %q; expected one of %s", d.kind, strings.Join(Kinds, ", "))
				}
			}},
			Key{"value", func(v ast.Node) { d.value = r.expression(v) }},
			Key{"within", func(v ast.Node) { d.within = r.expression(v) }},
			Key{"id", func(v ast.Node) {
				for _, item := range r.Items(v, "a list of expressions") {
					d.id = append(d.id, r.expression(item))
				}
			}},
		)
		if d.kind == "" || d.value == nil {
			r.Mistake(d.at, "expected kind and value of the entity %s", KeyOf(e))
			continue
		}
		r.def.entities[KeyOf(e)] = d
	}
}

func (r *reader) expression(n ast.Node) Expr {
	e, err := parseExpression(r.Text(n, "an expression"))
	if err != nil {
		r.Syntax(n, err)
		return Text{}
	}
	return e
}

func (r *reader) sentences(n ast.Node) {
	for _, item := range r.Items(n, "a list of sentences") {
		s := sentenceDefinition{at: PositionOf(item)}
		r.Keys(item,
			Key{"action", func(v ast.Node) { s.actions = r.Texts(v, "an ActionType") }},
			Key{"when", func(v ast.Node) {
				c, err := ParseCondition(r.Text(v, "a condition"))
				if err != nil {
					r.Syntax(v, err)
				}
				s.when = c
			}},
			Key{"say", func(v ast.Node) { s.say = r.templates(v) }},
			Key{"relations", func(v ast.Node) { s.relations = r.related(v) }},
		)
		if len(s.say) == 0 {
			r.Mistake(s.at, "expected say: with the sentence")
			continue
		}
		r.def.sentences = append(r.def.sentences, s)
	}
}

func (r *reader) templates(n ast.Node) []sayDefinition {
	items := []ast.Node{n}
	if s, several := n.(*ast.SequenceNode); several {
		items = s.Values
	}
	var list []sayDefinition
	for _, item := range items {
		text := r.Text(item, "a sentence")
		pieces, err := parseTemplate(text)
		if err != nil {
			r.Syntax(item, err)
			continue
		}
		list = append(list, sayDefinition{pieces, text, PositionOf(item)})
	}
	return list
}

// related reads relations; the first word is the subject and the last one the object.
func (r *reader) related(n ast.Node) []relationDefinition {
	var list []relationDefinition
	for _, item := range r.Items(n, "a list of relations, as in process created file") {
		words := strings.Fields(r.Text(item, "a relation"))
		if len(words) < 3 {
			r.Mistake(PositionOf(item), "expected a subject, a verb and an object, as in process created file")
			continue
		}
		last := len(words) - 1
		list = append(list, relationDefinition{words[0], strings.Join(words[1:last], " "), words[last], PositionOf(item)})
	}
	return list
}

// teller compiles what is said of one table's events.
type teller struct {
	builder
	file     string
	telling  *telling
	entities map[string]entityDefinition
	compiled map[string]*entity
}

// tell compiles what the definitions say of a table, into its plan.
func (c *compiler) tell(t *tablePlan) {
	d := c.told[t.table.Name]
	if d == nil {
		d = c.told[General]
	}
	if d == nil {
		return
	}
	b := &teller{
		builder:  builder{compiler: c, plan: t, indices: make(map[string]int), fields: true},
		file:     d.file,
		telling:  &telling{byAction: make(map[string][]int)},
		entities: make(map[string]entityDefinition), compiled: make(map[string]*entity),
	}
	var relations []relationDefinition
	for _, group := range d.include {
		g := c.toldGroups[group]
		if g == nil {
			c.mistake(d.file, d.at, "there is no group %q of entities; there are %s", group, strings.Join(sortedKeys(c.toldGroups), ", "))
			continue
		}
		for name, e := range g.entities {
			b.entities[name] = e
		}
		relations = append(relations, g.relations...)
	}
	for name, e := range d.entities {
		b.entities[name] = e
	}
	for i := range d.sentences {
		b.sentence(i, &d.sentences[i])
	}
	b.telling.relations = b.relations(append(relations, d.relations...))
	b.telling.columns = NewColumnIndex(b.names)
	b.telling.count = len(b.names)
	t.table.Actions = sortedKeys(b.telling.byAction)
	t.telling = b.telling
}

func (b *teller) sentence(i int, d *sentenceDefinition) {
	s := sentence{relations: b.relations(d.relations)}
	if d.when != nil {
		if when, never := decide(d.when, b.plan.table.Name); never {
			b.compiler.mistake(b.file, d.at, "the condition never holds in this table")
		} else if when != nil {
			s.when = b.test(when)
		}
	}
	for _, say := range d.say {
		source := fmt.Sprintf("%s:%d:%d", b.file, say.at.Line, say.at.Column)
		s.say = append(s.say, template{b.template(say.pieces, say.at), source})
		b.plan.table.Sentences = append(b.plan.table.Sentences, source)
		b.plan.table.Says = append(b.plan.table.Says, Saying{d.actions, say.text, source})
	}
	t := b.telling
	t.sentences = append(t.sentences, s)
	if len(d.actions) == 0 {
		t.others = append(t.others, i)
		for action := range t.byAction {
			t.byAction[action] = append(t.byAction[action], i)
		}
		return
	}
	for _, action := range d.actions {
		key := strings.ToLower(action)
		if _, known := t.byAction[key]; !known {
			t.byAction[key] = slices.Clone(t.others)
		}
		t.byAction[key] = append(t.byAction[key], i)
	}
}

func (b *teller) template(pieces []templatePiece, at Position) []piece {
	var list []piece
	for _, p := range pieces {
		switch {
		case p.optional != nil:
			list = append(list, piece{optional: b.template(p.optional, at)})
		case p.value != nil:
			list = append(list, piece{entity: b.gap(p.value, at)})
		default:
			list = append(list, piece{text: p.text})
		}
	}
	return list
}

// gap is what fills a gap: an entity, or the value of an expression.
func (b *teller) gap(e Expr, at Position) *entity {
	if name, ok := e.(ColumnRef); ok {
		if found := b.entity(name.Name); found != nil {
			return found
		}
	}
	return b.value(e, at)
}

func (b *teller) entity(name string) *entity {
	if e := b.compiled[name]; e != nil {
		return e
	}
	d, ok := b.entities[name]
	if !ok {
		return nil
	}
	e := b.value(d.value, d.at)
	e.kind = d.kind
	if d.within != nil {
		e.within = b.node(d.within)
	}
	for _, id := range d.id {
		e.id = append(e.id, b.node(id))
	}
	b.compiled[name] = e
	return e
}

// value resolves an expression with its alternatives, each with the field that has it.
func (b *teller) value(e Expr, at Position) *entity {
	alternatives := []Expr{e}
	if c, several := e.(Coalesce); several {
		alternatives = c.Of
	}
	out := &entity{}
	for _, of := range alternatives {
		b.check(of, at)
		a := alternative{value: b.node(of)}
		for _, name := range b.fieldsOf(of) {
			field := a.value
			if f, known := ecs.Lookup(name); known && field.op != opField {
				field = &node{op: opField, field: f}
			} else if !known && field.op != opExtraField {
				field = &node{op: opExtraField, text: name}
			}
			a.fields = append(a.fields, searchable{name, field})
		}
		out.values = append(out.values, a)
	}
	return out
}

// check finds names that are neither a field nor a column.
func (b *teller) check(e Expr, at Position) {
	if name, ok := dotted(e); ok {
		if _, field := b.compiler.plan.Field(name); field {
			return
		}
	}
	if c, ok := e.(ColumnRef); ok && len(b.plan.table.Columns) > 0 &&
		!slices.ContainsFunc(b.plan.table.Columns, func(k Column) bool { return strings.EqualFold(k.Name, c.Name) }) {
		b.compiler.mistake(b.file, at, "%s has no column, no entity and no field %q", b.plan.table.Name, c.Name)
	}
	for _, child := range children(e) {
		b.check(child, at)
	}
}

// fieldsOf are the fields by which the value of an expression may be searched: the one that it names, or those that the
// mapping gives it to.
func (b *teller) fieldsOf(e Expr) []string {
	if name, ok := dotted(e); ok {
		if _, field := b.compiler.plan.Field(name); field {
			return []string{name}
		}
	}
	return b.plan.table.fieldsOf(e)
}

func (b *teller) relations(definitions []relationDefinition) []bond {
	var list []bond
	for _, d := range definitions {
		r := bond{subject: b.entity(d.subject), verb: d.verb, object: b.entity(d.object)}
		for _, end := range []struct {
			name  string
			found *entity
		}{{d.subject, r.subject}, {d.object, r.object}} {
			if end.found == nil {
				b.compiler.mistake(b.file, d.at, "there is no entity %q; there are %s", end.name, strings.Join(sortedKeys(b.entities), ", "))
			}
		}
		list = append(list, r)
	}
	return list
}

// addTelling takes a definition of sentences.
func (c *compiler) addTelling(d *Definition) {
	if c.told == nil {
		c.told, c.toldGroups = make(map[string]*Definition), make(map[string]*Definition)
	}
	switch {
	case d.assign != nil:
		c.mistakes = append(c.mistakes, errors.New(d.file+": expected sentences in a file of their own, without assign"))
	case d.group != "":
		c.toldGroups[d.group] = d
	case d.table != "":
		c.told[d.table] = d
	default:
		c.mistakes = append(c.mistakes, errors.New(d.file+": expected the table or the group that the sentences are for"))
	}
}
