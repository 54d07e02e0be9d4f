package format

import (
	"cmp"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/ecs"
	"penstock/record"
)

// Line is a line of a mapping.
type Line struct {
	File         string // empty: no file has it, the rule for columns that nothing maps made it
	Line, Column int    // from 1
	Text         string // as it is written
	When         string // the condition that it stands under; empty: none
}

func lineOf(s *located) Line {
	l := Line{File: s.file, Line: s.at.Line, Column: s.at.Column, Text: s.text, When: s.when}
	if c, ok := s.Value.(ColumnRef); ok && l.Text == "" {
		l.Text = s.Field + " = " + c.Name
	}
	return l
}

// Source tells how a field came to its value.
type Source string

// The sources of fields.
const (
	Mapped  Source = "mapped"  // a line of the mapping gave it
	Derived Source = "derived" // it follows from other fields
	Kept    Source = "kept"    // a column that neither the mapping nor the schema knows is kept as it came
	Own     Source = "own"     // Penstock says something of the record
)

// Trace tells of every field of an event where it came from.
type Trace struct {
	Fields   []Traced   // by name
	Unfit    []Traced   // values that could not be what their field holds, and were left out
	Unmapped []Leftover // of the record
}

// Traced is a field with its origin.
type Traced struct {
	Field   string
	Source  Source
	Line    Line
	From    []Origin // what the line read, as it was; of a constant nothing
	Follows []string // of a derived field: those that it may follow from, and the event has
	Value   ecs.Value
}

// Origin is a value of the record.
type Origin struct {
	Path  string // AdditionalFields.TaskName, record.operationName
	Value ecs.Value
}

// Leftover is a column of the record, or a key in one, that no field has.
type Leftover struct {
	Path  string
	Value ecs.Value
	Why   string
}

// Trace normalises a record and tells of every field where it came from. The values refer to the record.
func (p *Plan) Trace(rec *record.Record, arrived time.Time) *Trace {
	n := &normalizer{plan: p.plan(rec.Table), table: rec.Table}
	var ev ecs.Event
	n.begin(&ev, rec, arrived)
	n.readColumns()
	t := &tracer{normalizer: n, by: make([]int, len(n.plan.slots)), read: map[string]bool{}}
	for i := range t.by {
		t.by[i] = -1
	}
	for w := range n.active {
		for word := n.active[w]; word != 0; word &= word - 1 {
			t.assign(w*64 + bits.TrailingZeros64(word))
		}
	}
	n.derive(p)
	for i := range n.plan.slots {
		if n.values[i].Kind != ecs.None {
			t.slot(i)
		}
	}
	t.leftovers()
	n.finish(p)
	t.others(&ev)
	slices.SortFunc(t.trace.Fields, func(a, b Traced) int { return cmp.Compare(a.Field, b.Field) })
	return &t.trace
}

// tracer watches a record being normalised.
type tracer struct {
	*normalizer
	by    []int           // by slot: the assignment that gave it its value
	read  map[string]bool // paths of the record that a field has
	trace Trace
}

// assign evaluates an assignment, and notes whether it gave a value.
func (t *tracer) assign(i int) {
	a := &t.plan.assigns[i]
	if a.when != nil && !t.holds(a.when) {
		return
	}
	before, unfit := t.values[a.slot], len(t.left)
	t.values[a.slot] = ecs.Value{}
	t.store(a, t.eval(a.value))
	switch {
	case t.values[a.slot].Kind != ecs.None:
		t.by[a.slot] = i
		return
	case len(t.left) > unfit:
		t.trace.Unfit = append(t.trace.Unfit, Traced{
			Field: t.plan.slots[a.slot].name, Source: Mapped, Line: t.plan.lines[i], From: t.origins(nil, a.value), Value: t.eval(a.value),
		})
	}
	t.values[a.slot] = before
}

// slot notes where the value of a slot came from.
func (t *tracer) slot(i int) {
	f := Traced{Field: t.plan.slots[i].name, Source: Derived, Value: t.values[i]}
	if by := t.by[i]; by >= 0 {
		f.Source, f.Line, f.From = Mapped, t.plan.lines[by], t.origins(nil, t.plan.assigns[by].value)
		for _, o := range f.From {
			t.read[o.Path] = true
		}
	} else {
		for _, from := range followed(f.Field) {
			if slices.ContainsFunc(t.plan.slots, func(s slot) bool { return s.name == from && t.has(s.name) }) {
				f.Follows = append(f.Follows, from)
			}
		}
	}
	t.trace.Fields = append(t.trace.Fields, f)
}

func (t *tracer) has(name string) bool {
	i := slices.IndexFunc(t.plan.slots, func(s slot) bool { return s.name == name })
	return i >= 0 && t.values[i].Kind != ecs.None
}

// followed are the fields that a derived one may follow from.
func followed(field string) []string {
	dot := strings.LastIndexByte(field, '.')
	object, name := field[:max(dot, 0)], field[dot+1:]
	switch {
	case field == "related.ip":
		return []string{"source.ip", "destination.ip"}
	case field == "related.user":
		return []string{"user.name"}
	case field == "related.hosts":
		return []string{"source.domain", "destination.domain", "url.domain"}
	case field == "related.hash":
		var from []string
		for _, f := range derivedFields {
			if strings.Contains(f, ".hash.") {
				from = append(from, f)
			}
		}
		return from
	case name == "address":
		return []string{object + ".domain", object + ".ip"}
	case name == "registered_domain" || name == "subdomain" || name == "top_level_domain":
		return []string{object + ".domain"}
	case strings.HasPrefix(field, "user_agent."):
		return []string{"user_agent.original"}
	case object == "url":
		return []string{"url.original"}
	}
	return nil
}

// origins are the values of the record that an expression takes its value from.
func (t *tracer) origins(list []Origin, x *node) []Origin {
	if path, ok := t.path(x); ok {
		if v := t.eval(x); v.Kind != ecs.None {
			list = append(list, Origin{path, v})
		}
		return list
	}
	switch x.op {
	case opCoalesce:
		for _, of := range x.list {
			if !isFalsy(t.eval(of)) {
				return t.origins(list, of)
			}
		}
		return t.origins(list, x.list[len(x.list)-1])
	case opEventTime:
		switch t.when {
		case FromTimestamp:
			return append(list, Origin{t.plan.columns.names[x.index], t.columns[x.index]})
		case FromRecord:
			return append(list, Origin{"record.time", t.recordKey("time")})
		}
	}
	if x.of != nil {
		list = t.origins(list, x.of)
	}
	return list
}

// path is the name of a part of the record; false for what an expression makes of one.
func (t *tracer) path(x *node) (string, bool) {
	switch x.op {
	case opColumn:
		return t.plan.columns.names[x.index], true
	case opRecordKey:
		return "record." + x.text, true
	case opParsed:
		return t.path(x.of)
	case opPath:
		path, ok := t.path(x.of)
		for _, s := range x.steps {
			if s.Key == "" {
				path += "[" + strconv.Itoa(s.Index) + "]"
			} else {
				path += "." + s.Key
			}
		}
		return path, ok
	}
	return "", false
}

// leftovers finds the columns that no field has; of a column of which single keys are mapped, the other keys.
func (t *tracer) leftovers() {
	for i := range t.rec.Columns {
		m := &t.rec.Columns[i]
		key := m.Key
		if m.KeyEscaped {
			key = record.Unescape(nil, key)
		}
		v := ecs.FromMember(m)
		c := t.plan.columns.Find(key)
		if c < 0 || isEmpty(v) {
			continue
		}
		name := t.plan.columns.names[c]
		switch {
		case !t.plan.mapped[c]:
			t.trace.Unmapped = append(t.trace.Unmapped, Leftover{name, v, "no line of the mapping names it"})
		case t.read[name]:
		default:
			t.keys(name, v)
		}
	}
}

// keys finds what is not mapped of a column that no field has as a whole.
func (t *tracer) keys(name string, v ecs.Value) {
	node := t.open(t.parsed(v))
	if node < 0 || t.nodes[node].Kind != record.Object {
		if !slices.ContainsFunc(t.trace.Unfit, func(f Traced) bool {
			return slices.ContainsFunc(f.From, func(o Origin) bool { return o.Path == name })
		}) {
			t.trace.Unmapped = append(t.trace.Unmapped, Leftover{name, v, "no line that names it applies to this record, or another one came after"})
		}
		return
	}
	for i := t.firstOf(node); i < t.endOf(node); i = t.nodes[i].Next {
		m := &t.nodes[i].Member
		path := name + "." + string(record.Unescape(nil, m.Key))
		within := func(read string) bool {
			return read == path || strings.HasPrefix(read, path+".") || strings.HasPrefix(read, path+"[")
		}
		used := false
		for read := range t.read {
			used = used || within(read)
		}
		if value := t.valueOf(i); !used && !isEmpty(value) {
			t.trace.Unmapped = append(t.trace.Unmapped, Leftover{path, value, "no line of the mapping names the key"})
		}
	}
}

// others adds the fields that no slot of the mapping gave.
func (t *tracer) others(ev *ecs.Event) {
	for _, name := range ownFields {
		v := ev.GetExtra(name)
		if f, known := ecs.Lookup(name); known {
			v = ev.Get(f)
		}
		if v.Kind != ecs.None {
			t.trace.Fields = append(t.trace.Fields, Traced{Field: name, Source: Own, Value: v})
		}
	}
	for i := range t.rec.Columns {
		m := &t.rec.Columns[i]
		key := m.Key
		if m.KeyEscaped {
			key = record.Unescape(nil, key)
		}
		if v := ecs.FromMember(m); t.plan.columns.Find(key) < 0 && !isEmpty(v) {
			t.trace.Fields = append(t.trace.Fields, Traced{
				Field: t.plan.table.Unmapped + "." + string(key), Source: Kept, From: []Origin{{string(key), v}}, Value: v,
			})
		}
	}
}
