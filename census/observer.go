package census

import (
	"bytes"
	"sync"
	"time"

	"penstock/record"
)

// Observer sees the records that one goroutine decodes.
type Observer struct {
	mu     sync.Mutex // contended only when what it saw is taken
	tables map[string]*Table

	members []record.Member
	name    []byte
	text    []byte
}

// The sample: the columns of the first records of an ActionType since the last gathering, and of one in every so many after that.
const (
	sampleFirst = 16
	sampleEvery = 256
)

// Observe counts a record that was read at a moment.
func (o *Observer) Observe(rec *record.Record, read time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	t := o.tables[rec.Table]
	if t == nil {
		name := rec.Table
		if len(o.tables) >= maxTables || len(name) > 2*maxValue {
			name = Other
			t = o.tables[name]
		}
		if t == nil {
			t = newTable()
			o.tables[name] = t
		}
	}
	a := t.action(actionType(rec))
	t.Records++
	a.Records++
	t.Hours[read.Unix()/3600]++
	if a.Records > sampleFirst && a.Records%sampleEvery != 0 {
		t.Last, a.Last = read, read
		return
	}
	span(&t.First, &t.Last, read)
	span(&a.First, &a.Last, read)
	a.Sampled++
	for i := range rec.Columns {
		o.look(t, a, &rec.Columns[i], read)
	}
}

var actionTypeKey = []byte("ActionType")

func actionType(rec *record.Record) []byte {
	for i := range rec.Columns {
		m := &rec.Columns[i]
		if len(m.Key) == len(actionTypeKey) && bytes.Equal(m.Key, actionTypeKey) && m.Kind == record.String {
			return m.Text()
		}
	}
	return nil
}

// look notes that a column has a value and what it looks like; the keys of an object in it are columns of their own, whether
// the object is JSON or a string that holds it.
func (o *Observer) look(t *Table, a *Action, m *record.Member, read time.Time) {
	if m.KeyEscaped || !filled(m) {
		return
	}
	o.name = append(o.name[:0], m.Key...)
	o.note(t, a, o.name, m, read)
	object := m.Value
	switch {
	case m.Kind == record.Object:
	case m.Kind == record.String && len(m.Value) > 2 && m.Value[1] == '{':
		o.text = record.Unescape(o.text[:0], m.Text())
		object = o.text
	default:
		return
	}
	var err error
	if o.members, err = record.Members(o.members[:0], object); err != nil {
		return
	}
	o.name = append(o.name, '.')
	prefix := len(o.name)
	for i := range o.members {
		inner := &o.members[i]
		if inner.KeyEscaped || !filled(inner) {
			continue
		}
		o.name = append(o.name[:prefix], inner.Key...)
		o.note(t, a, o.name, inner, read)
	}
}

// filled reports whether a value says anything.
func filled(m *record.Member) bool {
	switch m.Kind {
	case record.Null:
		return false
	case record.String, record.Array, record.Object:
		return len(m.Value) > 2
	}
	return true
}

func (o *Observer) note(t *Table, a *Action, column []byte, m *record.Member, read time.Time) {
	f := t.fill(a, column)
	if f == nil {
		return
	}
	f.Count++
	span(&f.First, &f.Last, read)
	c := t.column(column)
	if c == nil {
		return
	}
	c.see(formOf(m), read)
	if c.Sample == "" {
		c.Sample = sampleOf(m)
	}
	switch {
	case c.Many:
	case m.Kind == record.Array || m.Kind == record.Object || m.Escaped:
		c.overflow()
	default:
		c.value(m.Text(), 1)
	}
}

// take hands over what was seen, and begins anew.
func (o *Observer) take() map[string]*Table {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen := o.tables
	o.tables = make(map[string]*Table, len(seen))
	for _, t := range seen {
		// Most records only move the end of their time.
		if t.First.IsZero() {
			t.First = t.Last
		}
	}
	return seen
}
