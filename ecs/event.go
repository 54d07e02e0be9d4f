package ecs

import (
	"iter"
	"slices"
	"strings"

	"penstock/record"
)

// Event is a record in the terms of ECS: a flat list of fields and their values. It is reused from record to record and
// refers to the record that it was made of, so it holds no longer than that. The zero value is an empty event.
type Event struct {
	entries []entry
	extras  []extra
	sorted  bool // extras are in the order of the document
	arena   []byte
}

type entry struct {
	field Field
	value Value
}

// extra is a value of a field that the dictionary does not have.
type extra struct {
	parent *Parent
	key    []byte // as in a JSON string
	value  Value
}

// Parent is an object of the document that takes fields which the dictionary does not have.
type Parent struct {
	name     string
	segments []string
	from     path
}

// NewParent prepares the object that the dotted name stands for, "action.properties".
func NewParent(name string) *Parent {
	segments := strings.Split(name, ".")
	return &Parent{name: name, segments: segments, from: newPath(segments, "")}
}

// Name is the dotted name of the object.
func (p *Parent) Name() string { return p.name }

// What an event keeps for the next record: an oversized one does not hold its memory for ever.
const (
	maxArena  = 1 << 20 // bytes
	maxExtras = 1 << 14
)

// Reset empties the event and makes its memory available again.
func (e *Event) Reset() {
	if cap(e.arena) > maxArena || cap(e.extras) > maxExtras {
		e.arena, e.extras = nil, nil
	}
	e.entries, e.extras, e.arena = e.entries[:0], e.extras[:0], e.arena[:0]
}

// Len is how many fields of the dictionary the event has.
func (e *Event) Len() int { return len(e.entries) }

// Arena is memory for values that are not a part of the record. What is appended to it belongs to the event until Reset.
func (e *Event) Arena() *[]byte { return &e.arena }

// Append adds a field whose number is greater than that of every field before it.
func (e *Event) Append(f Field, v Value) {
	n := len(e.entries)
	if n == cap(e.entries) {
		e.entries = slices.Grow(e.entries, 64)
	}
	e.entries = e.entries[:n+1]
	x := &e.entries[n] // written in place: copying a whole entry costs twice as much
	x.field, x.value = f, v
}

// Set gives a field a value, or takes it away when the value is None.
func (e *Event) Set(f Field, v Value) {
	i, found := e.find(f)
	switch {
	case found && v.Kind == None:
		e.entries = slices.Delete(e.entries, i, i+1)
	case found:
		e.entries[i].value = v
	case v.Kind != None:
		e.entries = slices.Insert(e.entries, i, entry{f, v})
	}
}

// SetExtra gives a value to a field that the dictionary does not have: the member key, as in a JSON string, of parent. Of
// equal fields the last counts.
func (e *Event) SetExtra(parent *Parent, key []byte, v Value) {
	e.extras = append(e.extras, extra{parent, key, v})
	e.sorted = false
}

func (e *Event) find(f Field) (int, bool) {
	low, high := 0, len(e.entries)
	for low < high {
		if mid := (low + high) / 2; e.entries[mid].field < f {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, low < len(e.entries) && e.entries[low].field == f
}

// Get is the value of a field; its Kind is None where the event has none.
func (e *Event) Get(f Field) Value {
	if i, ok := e.find(f); ok {
		return e.entries[i].value
	}
	return Value{}
}

// GetExtra is the value of a field that the dictionary does not have, by its full name.
func (e *Event) GetExtra(name string) Value {
	for i := len(e.extras) - 1; i >= 0; i-- {
		x := &e.extras[i]
		rest, ok := strings.CutPrefix(name, x.parent.name)
		if !ok || len(rest) != len(x.key)+1 || rest[0] != '.' {
			continue
		}
		if rest[1:] == string(x.key) {
			return x.value
		}
	}
	return Value{}
}

// All visits the fields of the dictionary that the event has, in the order of the document.
func (e *Event) All() iter.Seq2[Field, Value] {
	return func(yield func(Field, Value) bool) {
		for i := range e.entries {
			if !yield(e.entries[i].field, e.entries[i].value) {
				return
			}
		}
	}
}

// Extras visits the fields that the dictionary does not have, by their full names.
func (e *Event) Extras() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		e.sortExtras()
		for i := range e.extras {
			x := &e.extras[i]
			if !yield(x.parent.name+"."+string(record.Unescape(nil, x.key)), x.value) {
				return
			}
		}
	}
}
