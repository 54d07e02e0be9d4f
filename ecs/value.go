package ecs

import (
	"strconv"

	"penstock/record"
)

// Kind is the form of a value.
type Kind uint8

// The forms of values. None is no value at all.
const (
	None Kind = iota
	String
	Integer // fits an int64
	Number  // any other number
	True
	False
	List    // a JSON array
	Map     // a JSON object
	Literal // a string that JSON still has to be made of: message
)

// Value is one value of a field, in the text that the document shows. It refers to memory that its event, or the record
// that the event was made of, owns.
type Value struct {
	JSON    []byte // the value as JSON; of a Literal, the bytes that it stands for
	Kind    Kind
	Escaped bool // a String with escapes in it
	Texts   bool // a List of strings and nothing else, with no space in between
}

// StringOf is the value of a text.
func StringOf(s string) Value {
	quoted := append(record.Escape([]byte{'"'}, []byte(s)), '"')
	return Value{JSON: quoted, Kind: String, Escaped: len(quoted) != len(s)+2}
}

// AppendText appends what the value reads as: of a string its characters, of anything else its JSON.
func (v Value) AppendText(dst []byte) []byte {
	switch {
	case v.Kind != String:
		return append(dst, v.JSON...)
	case v.Escaped:
		return record.Unescape(dst, v.JSON[1:len(v.JSON)-1])
	}
	return append(dst, v.JSON[1:len(v.JSON)-1]...)
}

// Text is what AppendText appends, without a copy where there are no escapes; scratch is used where there are.
func (v Value) Text(scratch []byte) []byte {
	switch {
	case v.Kind != String:
		return v.JSON
	case v.Escaped:
		return record.Unescape(scratch[:0], v.JSON[1:len(v.JSON)-1])
	}
	return v.JSON[1 : len(v.JSON)-1]
}

// Int is the number of an Integer.
func (v Value) Int() (int64, bool) {
	if v.Kind != Integer {
		return 0, false
	}
	n, err := strconv.ParseInt(string(v.JSON), 10, 64)
	return n, err == nil
}

// Float is the number of an Integer or a Number.
func (v Value) Float() (float64, bool) {
	if v.Kind != Integer && v.Kind != Number {
		return 0, false
	}
	n, err := strconv.ParseFloat(string(v.JSON), 64)
	return n, err == nil
}

// Elements appends the elements of a List to dst; any other value is its own only element.
func (v Value) Elements(dst []Value) []Value {
	if v.Kind != List {
		return append(dst, v)
	}
	var room [16]record.Member
	members, err := record.Members(room[:0], v.JSON)
	if err != nil {
		return dst
	}
	for i := range members {
		dst = append(dst, FromMember(&members[i]))
	}
	return dst
}

// FromMember is the value that a member of an object, or an element of an array, has; null has none.
func FromMember(m *record.Member) Value {
	v := Value{JSON: m.Value, Escaped: m.Escaped}
	switch m.Kind {
	case record.Null:
		return Value{}
	case record.True:
		v.Kind = True
	case record.False:
		v.Kind = False
	case record.String:
		v.Kind = String
	case record.Array:
		v.Kind = List
	case record.Object:
		v.Kind = Map
	case record.Number:
		v.Kind = numberKind(m.Value)
	}
	return v
}

// numberKind tells integers from other numbers without computing them: up to 18 digits always fit.
func numberKind(text []byte) Kind {
	for _, c := range text {
		if c == '.' || c == 'e' || c == 'E' {
			return Number
		}
	}
	if len(text) <= 18 {
		return Integer
	}
	if _, err := strconv.ParseInt(string(text), 10, 64); err != nil {
		return Number
	}
	return Integer
}
