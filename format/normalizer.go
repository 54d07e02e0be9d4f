package format

import (
	"math/bits"
	"strings"
	"time"

	"penstock/ecs"
	"penstock/record"
)

// normalizer is the memory that normalising one record needs. It is reused; what outlives the call is in the event.
type normalizer struct {
	plan    *tablePlan
	table   string // that plan is for
	rec     *record.Record
	ev      *ecs.Event
	arrived time.Time

	columns []ecs.Value // by column; None where absent
	touched []int       // columns that have a value
	active  []uint64    // assignments that may set one
	values  []ecs.Value // by slot
	set     []uint64    // slots that have a value
	nested  record.Nested
	nodes   []record.Node // of everything that was opened
	opened  []opened
	order   []int  // children of an object that are being sorted
	left    []int  // slots for which a value could not be their type
	text    []byte // unescaped text, for one use
	plain   []byte // the same, within canonical
	aside   []byte // a value that is being built
	when    TimeSource

	told     *ecs.Event   // that something is said of
	aware    ecs.Event    // holds what saying it needs
	elements []ecs.Value  // of the list that filled a gap
	filled   *alternative // that a gap was filled with last
}

var (
	fieldWarnings = ecs.MustLookup("penstock.warnings")
	fieldMessage  = ecs.MustLookup("message")

	valueTrue  = ecs.Value{JSON: []byte("true"), Kind: ecs.True}
	valueFalse = ecs.Value{JSON: []byte("false"), Kind: ecs.False}

	fromTimestamp = ecs.StringOf(string(FromTimestamp))
	fromRecord    = ecs.StringOf(string(FromRecord))
	fromArrival   = ecs.StringOf(string(FromArrival))
)

func timeSource(s TimeSource) *ecs.Value {
	switch s {
	case FromTimestamp:
		return &fromTimestamp
	case FromRecord:
		return &fromRecord
	}
	return &fromArrival
}

// Normalize makes an event of a record: the same record and arrival give the same event. The event refers to the bytes
// of the record, and to rec's lists of members only until Normalize returns. Values that could not be their field's type
// are named under penstock.warnings.
func (p *Plan) Normalize(ev *ecs.Event, rec *record.Record, arrived time.Time) {
	n, _ := p.scratch.Get().(*normalizer)
	if n == nil {
		n = new(normalizer)
	}
	ev.Reset()
	if n.plan == nil || n.table != rec.Table {
		n.plan, n.table = p.plan(rec.Table), rec.Table
	}
	n.begin(ev, rec, arrived)
	n.readColumns()
	n.assign()
	n.derive(p)
	n.finish(p)
	n.rec, n.ev = nil, nil
	if cap(n.nodes) <= maxKept {
		p.scratch.Put(n)
	}
}

// maxKept is how many nodes may wait for the next record: an oversized one does not hold its memory for ever.
const maxKept = 1 << 16

// WithMessage adds the record exactly as it arrived to an event, as the field message.
func WithMessage(ev *ecs.Event, rec *record.Record) {
	ev.Set(fieldMessage, ecs.Value{JSON: rec.Raw, Kind: ecs.Literal})
}

// plan finds the plan of a table, without regard to case.
func (p *Plan) plan(table string) *tablePlan {
	if t, ok := p.byName[table]; ok {
		return t
	}
	for name, t := range p.byName {
		if len(name) == len(table) && strings.EqualFold(name, table) {
			return t
		}
	}
	return p.general
}

func (n *normalizer) begin(ev *ecs.Event, rec *record.Record, arrived time.Time) {
	t := n.plan
	n.ev, n.rec, n.arrived = ev, rec, arrived
	n.columns = sized(n.columns, len(t.mapped))
	n.values = sized(n.values, len(t.slots))
	n.set = sized(n.set, (len(t.slots)+63)/64)
	n.active = append(n.active[:0], t.always...)
	n.touched, n.nodes, n.opened, n.left = n.touched[:0], n.nodes[:0], n.opened[:0], n.left[:0]
}

// sized is a slice of at least n elements; those of a new one are zero, and the users of an old one have left it so.
func sized[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// readColumns finds the column of every member of properties, and notes which assignments have something to do.
func (n *normalizer) readColumns() {
	t := n.plan
	for i := range n.rec.Columns {
		m := &n.rec.Columns[i]
		if m.Kind == record.Null {
			continue
		}
		key := m.Key
		if m.KeyEscaped {
			n.text = record.Unescape(n.text[:0], key)
			key = n.text
		}
		c := t.columns.Find(key)
		if c < 0 {
			n.unheard(m, key)
			continue
		}
		if !t.mapped[c] {
			continue
		}
		if n.columns[c].Kind == ecs.None {
			n.touched = append(n.touched, c)
			for w, bits := range t.triggers[c*len(n.active):][:len(n.active)] {
				n.active[w] |= bits
			}
		}
		n.columns[c] = ecs.FromMember(m)
	}
}

// unheard keeps a column that neither the mapping nor the schema knows, typed by its value.
func (n *normalizer) unheard(m *record.Member, key []byte) {
	v := ecs.FromMember(m)
	if isEmpty(v) {
		return
	}
	if v.Kind == ecs.List || v.Kind == ecs.Map {
		v = n.canonical(v)
	}
	parent := n.plan.unmapped
	arena := n.ev.Arena()
	from := len(*arena)
	*arena = append(append(append(*arena, parent.Name()...), '.'), key...)
	f, known := ecs.LookupBytes((*arena)[from:])
	*arena = (*arena)[:from]
	if !known {
		n.ev.SetExtra(parent, m.Key, v)
		return
	}
	if v, ok := n.coerce(v, f.Type()); ok {
		n.ev.Set(f, v)
	}
}

// assign evaluates the assignments that have something to do, in their order.
func (n *normalizer) assign() {
	for w := range n.active {
		for word := n.active[w]; word != 0; word &= word - 1 {
			a := &n.plan.assigns[w*64+bits.TrailingZeros64(word)]
			if a.column >= 0 {
				if v := n.columns[a.column]; isPlain(v, a.typ) {
					n.put(a.slot, v)
					continue
				}
			}
			if a.when == nil || n.holds(a.when) {
				n.store(a, n.eval(a.value))
			}
		}
	}
}

// isPlain reports whether a field of that type takes a value as it is.
func isPlain(v ecs.Value, typ ecs.Type) bool {
	switch typ {
	case ecs.Keyword, ecs.Text:
		return v.Kind == ecs.String && len(v.JSON) > 3 && v.JSON[1] != '[' && v.JSON[1] != '{' &&
			(v.JSON[1] != 'N' || string(v.JSON) != `"None"`)
	case ecs.Long:
		return v.Kind == ecs.Integer
	case ecs.Boolean:
		return v.Kind == ecs.True || v.Kind == ecs.False
	}
	return false
}

// store gives a slot a value, as its type wants it; no value changes nothing.
func (n *normalizer) store(a *assign, v ecs.Value) {
	if isPlain(v, a.typ) {
		n.put(a.slot, v)
		return
	}
	if isEmpty(v) || a.quiet && v.Kind != ecs.String {
		return
	}
	v, ok := n.coerce(v, a.typ)
	if !ok {
		if !a.quiet {
			n.left = append(n.left, a.slot)
		}
		return
	}
	n.put(a.slot, v)
}

func (n *normalizer) put(i int, v ecs.Value) {
	n.values[i] = v
	n.set[i/64] |= 1 << (i % 64)
}

// finish moves the values into the event and leaves the memory clean for the next record.
func (n *normalizer) finish(p *Plan) {
	t := n.plan
	n.put(t.own.id, n.id())
	n.put(t.own.table, n.tableName())
	n.put(t.own.timeSource, *timeSource(n.when))
	if len(n.left) > 0 {
		n.put(t.own.warnings, n.warnings())
	}
	if t == p.general {
		n.put(t.own.unmapped, valueTrue)
	}
	unheard := n.ev.Len() > 0
	for w := range n.set {
		for word := n.set[w]; word != 0; word &= word - 1 {
			i := w*64 + bits.TrailingZeros64(word)
			switch {
			case i >= len(t.fields):
				n.ev.SetExtra(t.slots[i].parent, t.slots[i].key, n.values[i])
			case unheard:
				n.ev.Set(t.fields[i], n.values[i])
			default:
				n.ev.Append(t.fields[i], n.values[i])
			}
			n.values[i].Kind = ecs.None
		}
		n.set[w] = 0
	}
	for _, c := range n.touched {
		n.columns[c].Kind = ecs.None
	}
}

func (n *normalizer) id() ecs.Value {
	arena := n.ev.Arena()
	from := len(*arena)
	*arena = append(*arena, '"')
	*arena, _ = n.rec.ID.AppendText(*arena)
	*arena = append(*arena, '"')
	return ecs.Value{JSON: (*arena)[from:], Kind: ecs.String}
}

func (n *normalizer) tableName() ecs.Value {
	if n.plan.table.Name == n.rec.Table {
		return n.plan.name
	}
	n.text = append(n.text[:0], n.rec.Table...)
	return n.quoted(n.text)
}

// quoted is the string value of a text, in the event's memory.
func (n *normalizer) quoted(text []byte) ecs.Value {
	arena := n.ev.Arena()
	from := len(*arena)
	*arena = append(record.Escape(append(*arena, '"'), text), '"')
	return ecs.Value{JSON: (*arena)[from:], Kind: ecs.String, Escaped: len(*arena)-from != len(text)+2}
}

// warnings is the list of the fields that a value was left out of.
func (n *normalizer) warnings() ecs.Value {
	arena := n.ev.Arena()
	from := len(*arena)
	*arena = append(*arena, '[')
	for k, i := range n.left {
		if containsInt(n.left[:k], i) {
			continue
		}
		if k > 0 {
			*arena = append(*arena, ',')
		}
		*arena = append(append(append(*arena, '"'), n.plan.slots[i].name...), '"')
	}
	*arena = append(*arena, ']')
	return ecs.Value{JSON: (*arena)[from:], Kind: ecs.List}
}

func containsInt(list []int, i int) bool {
	for _, x := range list {
		if x == i {
			return true
		}
	}
	return false
}
