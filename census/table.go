package census

import (
	"maps"
	"math/bits"
	"strings"
	"time"

	"penstock/record"
)

// Bounds of what is kept. What is beyond is counted under Other, or not at all where that says nothing.
const (
	maxTables  = 128
	maxActions = 400 // of a table
	maxColumns = 800 // of a table, keys within columns included
	maxCells   = 20_000
	maxValues  = 24 // distinct ones of a column
	maxValue   = 48 // bytes of one
	maxSample  = 96 // bytes of a sample
	hoursKept  = 30 * 24

	// Other is the table or ActionType that stands for those beyond the bounds.
	Other = "(other)"
)

// Table is what has arrived of one advanced hunting table.
type Table struct {
	Records int64     `json:"records"`
	First   time.Time `json:"first"` // as read by Penstock; so are all times of a census
	Last    time.Time `json:"last"`
	// Hours counts records by the hour since 1970, of the last 30 days.
	Hours   map[int64]int64    `json:"hours"`
	Actions map[string]*Action `json:"actions"` // by ActionType; empty for records without one
	Columns map[string]*Column `json:"columns"` // by name, with .key for a key of an object in it
	cells   int
}

// Action is what has arrived of one ActionType.
type Action struct {
	Records int64            `json:"records"`
	First   time.Time        `json:"first"`
	Last    time.Time        `json:"last"`
	Sampled int64            `json:"sampled"` // records whose columns were looked at
	Filled  map[string]*Fill `json:"filled"`  // by column
}

// Fill is how often a column had a value in the records that were looked at.
type Fill struct {
	Count int64     `json:"n"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// Column is what the values of a column look like, in all records of the table.
type Column struct {
	Forms Forms `json:"forms"`
	// Values counts the distinct values, where they are few and short; nil where they are not.
	Values map[string]int64 `json:"values,omitempty"`
	Many   bool             `json:"many,omitempty"` // they are not few, or not short
	// Since is when a form was first seen, in seconds since 1970, in the order of the forms; 0: never.
	Since [formCount]int64 `json:"since"`
	// Sample is the first value that was seen, cut to maxSample bytes.
	Sample string `json:"sample,omitempty"`
}

func newTable() *Table {
	t := &Table{}
	t.init()
	return t
}

func (t *Table) init() {
	if t.Hours == nil {
		t.Hours = map[int64]int64{}
	}
	if t.Actions == nil {
		t.Actions = map[string]*Action{}
	}
	if t.Columns == nil {
		t.Columns = map[string]*Column{}
	}
	for _, a := range t.Actions {
		if a.Filled == nil {
			a.Filled = map[string]*Fill{}
		}
		t.cells += len(a.Filled)
	}
	// What was written before there was Since is known since the table is.
	for _, c := range t.Columns {
		for i := range c.Since {
			if c.Forms&(1<<i) != 0 && c.Since[i] == 0 {
				c.Since[i] = t.First.Unix()
			}
		}
	}
}

// action finds an ActionType, or Other when there are too many.
func (t *Table) action(name []byte) *Action {
	if a := t.Actions[string(name)]; a != nil {
		return a
	}
	if len(t.Actions) >= maxActions || len(name) > maxValue*2 {
		name = []byte(Other)
		if a := t.Actions[Other]; a != nil {
			return a
		}
	}
	a := &Action{Filled: map[string]*Fill{}}
	t.Actions[string(name)] = a
	return a
}

// fill finds how often a column is filled in an ActionType; nil when there are too many.
func (t *Table) fill(a *Action, column []byte) *Fill {
	if f := a.Filled[string(column)]; f != nil {
		return f
	}
	if t.cells >= maxCells || len(column) > 2*maxValue {
		return nil
	}
	t.cells++
	f := &Fill{}
	a.Filled[string(column)] = f
	return f
}

func (t *Table) column(name []byte) *Column {
	if c := t.Columns[string(name)]; c != nil {
		return c
	}
	if len(t.Columns) >= maxColumns || len(name) > 2*maxValue {
		return nil
	}
	c := &Column{Values: map[string]int64{}}
	t.Columns[string(name)] = c
	return c
}

// span widens first and last to have at in them.
func span(first, last *time.Time, at time.Time) {
	if first.IsZero() || at.Before(*first) {
		*first = at
	}
	if at.After(*last) {
		*last = at
	}
}

func join(first, last *time.Time, f, l time.Time) {
	if !f.IsZero() {
		span(first, last, f)
		span(first, last, l)
	}
}

// add adds what was seen of the same table.
func (t *Table) add(o *Table) {
	t.Records += o.Records
	join(&t.First, &t.Last, o.First, o.Last)
	newest := t.Last.Unix() / 3600
	for hour, n := range o.Hours {
		t.Hours[hour] += n
	}
	maps.DeleteFunc(t.Hours, func(hour, _ int64) bool { return hour <= newest-hoursKept })
	for name, seen := range o.Actions {
		a := t.action([]byte(name))
		a.Records += seen.Records
		a.Sampled += seen.Sampled
		join(&a.First, &a.Last, seen.First, seen.Last)
		for column, n := range seen.Filled {
			if f := t.fill(a, []byte(column)); f != nil {
				f.Count += n.Count
				join(&f.First, &f.Last, n.First, n.Last)
			}
		}
	}
	for name, seen := range o.Columns {
		c := t.column([]byte(name))
		if c == nil {
			continue
		}
		c.Forms |= seen.Forms
		for i, s := range seen.Since {
			if s != 0 && (c.Since[i] == 0 || s < c.Since[i]) {
				c.Since[i] = s
			}
		}
		if c.Sample == "" {
			c.Sample = seen.Sample
		}
		if seen.Many {
			c.overflow()
		}
		for value, n := range seen.Values {
			c.value([]byte(value), n)
		}
	}
}

func (c *Column) value(v []byte, n int64) {
	if c.Many {
		return
	}
	if _, known := c.Values[string(v)]; !known && (len(c.Values) >= maxValues || len(v) > maxValue) {
		c.overflow()
		return
	}
	if c.Values == nil {
		c.Values = map[string]int64{}
	}
	c.Values[string(v)] += n
}

// see notes that a value had a form at a moment.
func (c *Column) see(form Forms, at time.Time) {
	c.Forms |= form
	if since := &c.Since[bits.TrailingZeros16(uint16(form))]; *since == 0 || at.Unix() < *since {
		*since = at.Unix()
	}
}

// First is when the column was first filled; zero: before that was noted.
func (c *Column) First() time.Time {
	var first int64
	for _, s := range c.Since {
		if s != 0 && (first == 0 || s < first) {
			first = s
		}
	}
	if first == 0 {
		return time.Time{}
	}
	return time.Unix(first, 0).UTC()
}

// FormsSince are the forms that were first seen at that moment or later.
func (c *Column) FormsSince(at time.Time) Forms {
	var f Forms
	for i, s := range c.Since {
		if s != 0 && s >= at.Unix() {
			f |= 1 << i
		}
	}
	return f
}

// sampleOf is a value as a sample.
func sampleOf(m *record.Member) string {
	text := m.Text()
	if m.Kind == record.String && m.Escaped {
		text = record.Unescape(nil, text[:min(len(text), 2*maxSample)])
	}
	return strings.ToValidUTF8(string(text[:min(len(text), maxSample)]), "")
}

func (c *Column) overflow() { c.Many, c.Values = true, nil }

// clone is a copy that does not change when t does.
func (t *Table) clone() *Table {
	c := *t
	c.Hours, c.Actions, c.Columns = maps.Clone(t.Hours), make(map[string]*Action, len(t.Actions)), make(map[string]*Column, len(t.Columns))
	for name, a := range t.Actions {
		copied := *a
		copied.Filled = make(map[string]*Fill, len(a.Filled))
		for column, f := range a.Filled {
			fill := *f
			copied.Filled[column] = &fill
		}
		c.Actions[name] = &copied
	}
	for name, col := range t.Columns {
		copied := *col
		copied.Values = maps.Clone(col.Values)
		c.Columns[name] = &copied
	}
	return &c
}
