package pipeline

import (
	"penstock/ecs"
	"penstock/format"
	"penstock/record"
)

// Bounds of what a source takes from a record: a list has no more elements than that for it, and JSON within JSON is
// opened no deeper.
const (
	maxValues = 64
	maxOpened = 3
)

// What a reader keeps for the next record: an oversized one does not hold its memory for ever.
const (
	maxArena = 1 << 20 // bytes
	maxNodes = 1 << 14
)

// reader is the Reader of sources that data describe. Nothing in it is worked out before it is asked for.
type reader struct {
	nodes   []node // by source
	columns *format.ColumnIndex

	rec     *record.Record
	ev      *ecs.Event
	at      []int32 // by column: the member of rec.Columns, -1 where there is none
	located bool
	spans   []span // by source, valid where made is
	made    []uint32
	trees   []tree // by column
	opened  []uint32
	now     uint32 // number of the record, for made and opened

	values []Value
	arena  []byte
	tree   []record.Node // of every column that was opened
	nested record.Nested
}

// span is a part of values.
type span struct{ from, to int }

// tree is JSON within a column; none where from is negative.
type tree struct{ from int }

func newReader(columns []string, nodes []node) *reader {
	return &reader{
		nodes:   nodes,
		columns: format.NewColumnIndex(columns),
		at:      make([]int32, len(columns)),
		spans:   make([]span, len(nodes)),
		made:    make([]uint32, len(nodes)),
		trees:   make([]tree, len(columns)),
		opened:  make([]uint32, len(columns)),
	}
}

func (r *reader) Begin(rec *record.Record, ev *ecs.Event) {
	r.rec, r.ev, r.located = rec, ev, false
	if r.now++; r.now == 0 { // after four billion records the numbers start anew
		clear(r.made)
		clear(r.opened)
		r.now = 1
	}
	if cap(r.arena) > maxArena || cap(r.tree) > maxNodes {
		r.arena, r.tree = nil, nil
	}
	r.values, r.arena, r.tree = r.values[:0], r.arena[:0], r.tree[:0]
}

func (r *reader) Values(source int) []Value {
	s := &r.spans[source]
	if r.made[source] != r.now {
		r.made[source] = r.now
		s.from = len(r.values)
		r.nodes[source].append(r)
		s.to = min(len(r.values), s.from+maxValues)
	}
	return r.values[s.from:s.to:s.to]
}

func (r *reader) All() []Value {
	from := len(r.values)
	for i := range r.rec.Columns {
		r.addMember(&r.rec.Columns[i])
	}
	return r.values[from:len(r.values):len(r.values)]
}

// locate finds the members of the columns that the sources read. Of two members with one name the last counts.
func (r *reader) locate() {
	r.located = true
	for i := range r.at {
		r.at[i] = -1
	}
	for i := range r.rec.Columns {
		m := &r.rec.Columns[i]
		if m.Kind == record.Null {
			continue
		}
		key := m.Key
		if m.KeyEscaped {
			key = r.unescape(key)
		}
		if c := r.columns.Find(key); c >= 0 {
			r.at[c] = int32(i)
		}
	}
}

// column is the member of a column, nil where the record lacks it.
func (r *reader) column(c int) *record.Member {
	if !r.located {
		r.locate()
	}
	if i := r.at[c]; i >= 0 {
		return &r.rec.Columns[i]
	}
	return nil
}

func (r *reader) unescape(text []byte) []byte {
	from := len(r.arena)
	r.arena = record.Unescape(r.arena, text)
	return r.arena[from:len(r.arena):len(r.arena)]
}

// add gives the source a value; an empty one is none.
func (r *reader) add(text []byte) {
	if len(text) > 0 {
		r.values = append(r.values, Value{text})
	}
}

// built gives the source the value that was appended to the arena since from.
func (r *reader) built(from int) {
	r.add(r.arena[from:len(r.arena):len(r.arena)])
}

// addMember gives the source what a member holds: the elements of a list, and of anything else its text.
func (r *reader) addMember(m *record.Member) {
	switch m.Kind {
	case record.Null:
	case record.Array:
		if from, ok := r.parse(m.Value); ok {
			r.addNode(from)
		}
	default:
		r.add(r.text(m))
	}
}

// text is the characters of a string, and the JSON of anything else.
func (r *reader) text(m *record.Member) []byte {
	if m.Escaped {
		return r.unescape(m.Text())
	}
	return m.Text()
}

// parse opens JSON and returns the place of its root in r.tree.
func (r *reader) parse(text []byte) (int, bool) {
	from := len(r.tree)
	var err error
	r.tree, err = r.nested.Tree(r.tree, text)
	return from, err == nil
}

// open is the root of the JSON within a column, which comes as it is or as a text.
func (r *reader) open(c int) (int, bool) {
	t := &r.trees[c]
	if r.opened[c] != r.now {
		r.opened[c] = r.now
		t.from = -1
		if m := r.column(c); m != nil {
			if from, ok := r.openMember(m); ok {
				t.from = from
			}
		}
	}
	return t.from, t.from >= 0
}

func (r *reader) openMember(m *record.Member) (int, bool) {
	text := m.Value
	if m.Kind == record.String {
		text = r.text(m)
		if !startsLikeJSON(text) {
			return 0, false
		}
	}
	return r.parse(text)
}

func startsLikeJSON(text []byte) bool {
	for _, c := range text {
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case '{', '[':
			return true
		}
		return false
	}
	return false
}

// addNode gives the source what a node of r.tree holds.
func (r *reader) addNode(i int) {
	if r.tree[i].Kind != record.Array {
		r.addScalar(i)
		return
	}
	from := len(r.values)
	for j := i + 1; j < r.tree[i].Next && len(r.values)-from < maxValues; j = r.tree[j].Next {
		r.addScalar(j)
	}
}

func (r *reader) addScalar(i int) {
	if m := &r.tree[i].Member; m.Kind != record.Null {
		r.add(r.text(m))
	}
}

// first is the first value of a node, nil where there is none.
func (r *reader) first(n node) []byte {
	mark := len(r.values)
	n.append(r)
	if len(r.values) == mark {
		return nil
	}
	text := r.values[mark].Text
	r.values = r.values[:mark]
	return text
}
