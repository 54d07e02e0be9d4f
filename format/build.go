package format

import (
	"reflect"
	"slices"
	"strings"

	"penstock/ecs"
)

// op is what a node of a compiled expression does.
type op uint8

const (
	opColumn op = iota
	opRecordKey
	opConstant
	opParsed
	opPath
	opCoalesce
	opList
	opQuotedList
	opBasename
	opDirname
	opArguments
	opFirst
	opWithoutPrefix
	opWithoutBrackets
	opNamedValues
	opAttachments
	opTranslate
	opEventTime
	opField
	opExtraField
)

var callOps = map[string]op{
	"basename": opBasename, "dirname": opDirname, "arguments": opArguments, "first": opFirst,
	"without_prefix": opWithoutPrefix, "without_brackets": opWithoutBrackets, "quoted_list": opQuotedList,
	"named_values": opNamedValues, "attachments": opAttachments,
}

// node is an expression with its columns resolved.
type node struct {
	op        op
	index     int // of the column
	of        *node
	value     ecs.Value
	list      []*node
	steps     []Step
	text      string
	cases     []runtimeCase
	otherwise ecs.Value
	field     ecs.Field
}

type runtimeCase struct {
	from string
	to   ecs.Value
}

// test is a condition with its columns resolved.
type test struct {
	kind   Condition // only its type counts
	of     *node
	list   []*test
	values []string
	length int
}

// assign is an assignment of the plan.
type assign struct {
	value  *node
	when   *test
	slot   int
	column int32 // the value is that column, under no condition: the most common kind; -1: it is something else
	typ    ecs.Type
	quiet  bool // a value that cannot be its field's type was to be passed over
}

// slot is a field that a table's plan can set. Slots are in the order of the document; fields that the dictionary does
// not have stand behind the others.
type slot struct {
	name   string
	field  ecs.Field
	typ    ecs.Type
	list   bool
	parent *ecs.Parent // of a field that the dictionary does not have
	key    []byte
}

// own are the slots of the fields that are the product's own.
type own struct{ id, table, timeSource, warnings, unmapped int }

var ownFields = []string{
	"penstock.id", "penstock.table", "penstock.time_source", "penstock.warnings", "penstock.unmapped_table",
}

// tablePlan is the compiled mapping of one table.
type tablePlan struct {
	table    *Table
	columns  *ColumnIndex
	mapped   []bool   // by column: an assignment names it
	triggers []uint64 // by column, as many words as always has: the assignments that it can give a value to
	always   []uint64 // assignments that need no column
	assigns  []assign
	slots    []slot
	fields   []ecs.Field // of the slots, as far as the dictionary has them
	own      own
	derive   derived
	unmapped *ecs.Parent
	name     ecs.Value // of the table
	telling  *telling  // nil: nothing is said of its events
	lines    []Line    // of the assignments
}

// builder compiles the statements of one table.
type builder struct {
	compiler *compiler
	plan     *tablePlan
	names    []string
	indices  map[string]int // of columns, by their lower-case name
	slotOf   map[string]int
	fields   bool // expressions may name fields of the event
}

func (b *builder) build(statements []located, columns []Column) {
	statements = b.layout(statements)
	t := b.plan
	var uses [][]int
	for i, s := range statements {
		a := assign{slot: b.slotOf[s.Field], value: b.node(s.Value), column: -1}
		a.typ = t.slots[a.slot].typ
		var when Condition
		if when, a.quiet = needed(s.When, s.Value, a.typ); when != nil {
			a.when = b.test(when)
		}
		if a.when == nil && a.value.op == opColumn {
			a.column = int32(a.value.index)
		}
		t.assigns = append(t.assigns, a)
		t.lines = append(t.lines, lineOf(&s))
		always := false
		walkExpr(s.Value, func(e Expr) {
			switch e := e.(type) {
			case ColumnRef:
				c := b.column(e.Name)
				for len(uses) <= c {
					uses = append(uses, nil)
				}
				uses[c] = append(uses[c], i)
			case Translate:
				always = always || e.Otherwise != nil
			case Text, Texts, RecordKey, EventTime:
				always = true
			}
		})
		if always {
			t.always = setBit(t.always, i)
		}
		walkColumns(s.Assignment, func(name string) { b.column(name) })
	}
	mapped := len(b.names)
	for _, c := range columns {
		b.column(c.Name)
	}
	words := (len(t.assigns) + 63) / 64
	for len(t.always) < words {
		t.always = append(t.always, 0)
	}
	t.mapped = make([]bool, len(b.names))
	t.triggers = make([]uint64, len(b.names)*words)
	for c := range b.names {
		t.mapped[c] = c < mapped
		if c < len(uses) {
			for _, i := range uses[c] {
				t.triggers[c*words+i/64] |= 1 << (i % 64)
			}
		}
	}
	t.columns = NewColumnIndex(b.names)
}

// needed leaves out of a condition what setting the value asks for anyway: that there is one (present(X) for X and [X]),
// or that it is an address (is_ip(X) for X into an ip field, which then is no reason for a warning).
func needed(when Condition, value Expr, typ ecs.Type) (rest Condition, quiet bool) {
	of := value
	switch v := value.(type) {
	case List:
		of = v.Of
	case Call:
		of = v.Of
	}
	switch c := when.(type) {
	case And:
		var kept []Condition
		for _, part := range c.Of {
			inner, q := needed(part, value, typ)
			quiet = quiet || q
			if inner != nil {
				kept = append(kept, inner)
			}
		}
		return joined(kept, func() Condition { return And{kept} }), quiet
	case Present:
		if reflect.DeepEqual(c.Of, of) {
			return nil, false
		}
	case LongerThan:
		if c.Length == 0 && reflect.DeepEqual(c.Of, of) {
			return nil, false
		}
	case HasArguments:
		if call, ok := value.(Call); ok && call.Function == "arguments" && reflect.DeepEqual(c.Of, of) {
			return nil, false
		}
	case IsIP:
		if typ == ecs.IP && reflect.DeepEqual(c.Of, value) {
			return nil, true
		}
	}
	return when, false
}

func setBit(words []uint64, i int) []uint64 {
	for len(words) <= i/64 {
		words = append(words, 0)
	}
	words[i/64] |= 1 << (i % 64)
	return words
}

// layout gives every field that the statements, or what follows from them, can set its slot. Statements for fields that
// nobody knows are mistakes.
func (b *builder) layout(statements []located) []located {
	b.slotOf = make(map[string]int)
	names := append(slices.Clone(derivedFields), ownFields...)
	var kept []located
	for _, s := range statements {
		if _, ok := b.compiler.plan.Field(s.Field); !ok {
			b.compiler.mistake(s.file, s.at, "there is no field %q; declare it under fields: with its type, or use a field of ECS", s.Field)
			continue
		}
		if strings.HasPrefix(s.Field, "penstock.") && s.file != "" {
			b.compiler.mistake(s.file, s.at, "fields below penstock are the product's own; expected another name")
			continue
		}
		kept = append(kept, s)
		names = append(names, s.Field)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	var extras []slot
	t := b.plan
	for _, name := range names {
		typ, _ := b.compiler.plan.Field(name)
		if f, ok := ecs.Lookup(name); ok {
			t.slots = append(t.slots, slot{name: name, field: f, typ: typ, list: f.IsArray()})
			continue
		}
		dot := strings.LastIndexByte(name, '.')
		key := quoteJSON(name[dot+1:])
		extras = append(extras, slot{
			name: name, typ: typ, parent: b.compiler.parent(name[:dot]), key: key[1 : len(key)-1],
		})
	}
	slices.SortFunc(t.slots, func(x, y slot) int { return int(x.field) - int(y.field) })
	for _, s := range t.slots {
		t.fields = append(t.fields, s.field)
	}
	t.slots = append(t.slots, extras...)
	for i, s := range t.slots {
		b.slotOf[s.name] = i
	}
	t.derive = newDerived(b.slotOf)
	t.own = own{
		id: b.slotOf["penstock.id"], table: b.slotOf["penstock.table"], timeSource: b.slotOf["penstock.time_source"],
		warnings: b.slotOf["penstock.warnings"], unmapped: b.slotOf["penstock.unmapped_table"],
	}
	return kept
}

func (b *builder) column(name string) int {
	lower := strings.ToLower(name)
	i, ok := b.indices[lower]
	if !ok {
		i = len(b.names)
		b.indices[lower] = i
		b.names = append(b.names, name)
	}
	return i
}

func (b *builder) node(e Expr) *node {
	if name, ok := dotted(e); ok && b.fields {
		if f, known := ecs.Lookup(name); known {
			return &node{op: opField, field: f}
		}
		if _, known := b.compiler.plan.Field(name); known {
			return &node{op: opExtraField, text: name}
		}
	}
	switch e := e.(type) {
	case ColumnRef:
		return &node{op: opColumn, index: b.column(e.Name)}
	case RecordKey:
		return &node{op: opRecordKey, text: e.Name}
	case Parsed:
		return &node{op: opParsed, of: b.node(e.Of)}
	case Path:
		return &node{op: opPath, of: b.node(e.Of), steps: e.Steps}
	case Text, Texts:
		return &node{op: opConstant, value: constant(e)}
	case Coalesce:
		n := &node{op: opCoalesce}
		for _, of := range e.Of {
			n.list = append(n.list, b.node(of))
		}
		return n
	case List:
		return &node{op: opList, of: b.node(e.Of)}
	case Call:
		n := &node{op: callOps[e.Function], of: b.node(e.Of)}
		if len(e.Args) > 0 {
			n.text = e.Args[0]
		}
		return n
	case Translate:
		n := &node{op: opTranslate, of: b.node(e.Of)}
		for _, c := range e.Cases {
			n.cases = append(n.cases, runtimeCase{c.From, constant(c.To)})
		}
		if e.Otherwise != nil {
			n.otherwise = constant(e.Otherwise)
		}
		return n
	case EventTime:
		return &node{op: opEventTime, index: b.column(e.Column)}
	}
	panic("format: an expression of a type that expr.go does not list")
}

func constant(e Expr) ecs.Value {
	switch e := e.(type) {
	case Text:
		return ecs.StringOf(e.Value)
	case Texts:
		json := []byte{'['}
		for i, text := range e.Values {
			if i > 0 {
				json = append(json, ',')
			}
			json = append(json, quoteJSON(text)...)
		}
		return ecs.Value{JSON: append(json, ']'), Kind: ecs.List, Texts: true}
	}
	return ecs.Value{}
}

func (b *builder) test(c Condition) *test {
	t := &test{kind: c}
	all := func(list []Condition) {
		for _, of := range list {
			t.list = append(t.list, b.test(of))
		}
	}
	switch c := c.(type) {
	case And:
		all(c.Of)
	case Or:
		all(c.Of)
	case Not:
		all([]Condition{c.Of})
	case Present:
		t.of = b.node(c.Of)
	case IsIP:
		t.of = b.node(c.Of)
	case StartsWith:
		t.of, t.values = b.node(c.Of), []string{c.Prefix}
	case HasArguments:
		t.of = b.node(c.Of)
	case LongerThan:
		t.of, t.length = b.node(c.Of), c.Length
	case In:
		t.of, t.values = b.node(c.Of), c.Values
	}
	return t
}
