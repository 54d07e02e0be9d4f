package format

import (
	"bytes"
	"math"
	"strconv"

	"penstock/ecs"
	"penstock/record"
)

// coerce makes of a value what a field of that type holds; false where it cannot be that.
func (n *normalizer) coerce(v ecs.Value, typ ecs.Type) (ecs.Value, bool) {
	if typ == ecs.Keyword || typ == ecs.Text {
		return n.keyword(v)
	}
	if typ == ecs.Object || typ == ecs.Array {
		return n.structure(v, typ)
	}
	if v.Kind == ecs.List {
		return n.coerceElements(v, typ)
	}
	switch typ {
	case ecs.Long:
		return n.long(v)
	case ecs.Float:
		return n.float(v)
	case ecs.Boolean:
		return n.boolean(v)
	case ecs.IP:
		return n.ip(v)
	case ecs.Date:
		return n.date(v)
	}
	return v, false
}

// coerceElements makes every element of a list what the type holds; null is left out.
func (n *normalizer) coerceElements(v ecs.Value, typ ecs.Type) (ecs.Value, bool) {
	list := n.open(v)
	var out []byte
	for i := n.firstOf(list); i < n.endOf(list); i = n.nodes[i].Next {
		element := n.valueOf(i)
		if element.Kind == ecs.None {
			continue
		}
		if element.Kind == ecs.List || element.Kind == ecs.Map {
			return v, false
		}
		made, ok := n.coerce(element, typ)
		if !ok {
			return v, false
		}
		out = append(append(out, ','), made.JSON...)
	}
	if len(out) == 0 {
		return v, false
	}
	out[0] = '['
	return n.kept(append(out, ']'), ecs.List), true
}

// keyword makes a text of a value: a number or truth value as it is written, a list of scalars a list of texts, and an
// object or a list of objects compact JSON with sorted keys. A text that is JSON of such a kind, without null, true or
// false in it, counts as what it says: that is how the reference intake takes the columns that hold JSON.
func (n *normalizer) keyword(v ecs.Value) (ecs.Value, bool) {
	switch v.Kind {
	case ecs.String:
		if c := v.JSON[1]; c == '[' || c == '{' {
			if inner, ok := n.literal(v); ok {
				return n.keyword(inner)
			}
		}
		return v, true
	case ecs.List:
		if v.Texts {
			return v, true
		}
		if n.scalars(v) {
			return n.textList(v), true
		}
		return n.quotedCanonical(v), true
	case ecs.Map:
		return n.quotedCanonical(v), true
	case ecs.None:
		return v, false
	}
	arena := n.ev.Arena()
	at := len(*arena)
	*arena = append(append(append(*arena, '"'), v.JSON...), '"')
	return ecs.Value{JSON: (*arena)[at:], Kind: ecs.String}, true
}

// literal is the list or object that the text of a string is, if it is one and there is no null, true or false in it.
func (n *normalizer) literal(v ecs.Value) (ecs.Value, bool) {
	last := v.JSON[len(v.JSON)-2]
	if last != ']' && last != '}' {
		return v, false
	}
	o := n.openText(v)
	if o.node < 0 {
		return v, false
	}
	for i := o.node; i < n.nodes[o.node].Next; i++ {
		switch n.nodes[i].Kind {
		case record.Null, record.True, record.False:
			return v, false
		}
	}
	return n.valueOf(o.node), true
}

// scalars reports whether no element of a list is a list or an object.
func (n *normalizer) scalars(v ecs.Value) bool {
	list := n.open(v)
	for i := n.firstOf(list); i < n.endOf(list); i++ {
		if k := n.nodes[i].Kind; k == record.Array || k == record.Object {
			return false
		}
	}
	return true
}

// textList writes a list of scalars as texts, without those that are null.
func (n *normalizer) textList(v ecs.Value) ecs.Value {
	list := n.open(v)
	arena := n.ev.Arena()
	at := len(*arena)
	*arena = append(*arena, '[')
	for i := n.firstOf(list); i < n.endOf(list); i = n.nodes[i].Next {
		m := &n.nodes[i].Member
		if m.Kind == record.Null {
			continue
		}
		if len(*arena) > at+1 {
			*arena = append(*arena, ',')
		}
		if m.Kind == record.String {
			*arena = append(*arena, m.Value...)
		} else {
			*arena = append(append(append(*arena, '"'), m.Value...), '"')
		}
	}
	*arena = append(*arena, ']')
	return ecs.Value{JSON: (*arena)[at:], Kind: ecs.List, Texts: true}
}

// structure is a list or object with its keys sorted, also one that arrives as the text of a string.
func (n *normalizer) structure(v ecs.Value, typ ecs.Type) (ecs.Value, bool) {
	if v = n.parsed(v); v.Kind == ecs.List || v.Kind == ecs.Map && typ == ecs.Object {
		return n.canonical(v), true
	}
	return v, false
}

func (n *normalizer) long(v ecs.Value) (ecs.Value, bool) {
	switch v.Kind {
	case ecs.Integer:
		return v, true
	case ecs.Number:
		f, ok := v.Float()
		if !ok || f != math.Trunc(f) || math.Abs(f) >= 1<<63 {
			return v, false
		}
		return n.integer(int64(f)), true
	case ecs.String:
		text := n.textOf(v)
		if len(text) == 0 || len(text) > 20 || text[0] == '+' {
			return v, false
		}
		i, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return v, false
		}
		return n.integer(i), true
	}
	return v, false
}

func (n *normalizer) integer(i int64) ecs.Value {
	arena := n.ev.Arena()
	at := len(*arena)
	*arena = strconv.AppendInt(*arena, i, 10)
	return ecs.Value{JSON: (*arena)[at:], Kind: ecs.Integer}
}

func (n *normalizer) float(v ecs.Value) (ecs.Value, bool) {
	switch v.Kind {
	case ecs.Integer, ecs.Number:
		return v, true
	case ecs.String:
		text := n.textOf(v)
		if len(text) == 0 || n.nested.Valid(text) != nil || text[0] != '-' && (text[0] < '0' || text[0] > '9') {
			return v, false
		}
		arena := n.ev.Arena()
		at := len(*arena)
		*arena = append(*arena, text...)
		return ecs.Value{JSON: (*arena)[at:], Kind: ecs.Number}, true
	}
	return v, false
}

func (n *normalizer) boolean(v ecs.Value) (ecs.Value, bool) {
	switch v.Kind {
	case ecs.True, ecs.False:
		return v, true
	case ecs.String, ecs.Integer:
		switch text := n.textOf(v); {
		case bytes.EqualFold(text, []byte("true")), string(text) == "1":
			return valueTrue, true
		case bytes.EqualFold(text, []byte("false")), string(text) == "0":
			return valueFalse, true
		}
	}
	return v, false
}

// ip is an address in the form of RFC 5952.
func (n *normalizer) ip(v ecs.Value) (ecs.Value, bool) {
	if v.Kind != ecs.String {
		return v, false
	}
	text := n.textOf(v)
	a, ok := parseIP(text)
	if !ok {
		return v, false
	}
	if a.Is4() && !v.Escaped {
		return v, true // there is only one way to write it
	}
	arena := n.ev.Arena()
	at := len(*arena)
	*arena = append(a.AppendTo(append(*arena, '"')), '"')
	return ecs.Value{JSON: (*arena)[at:], Kind: ecs.String}, true
}

// date is a time in UTC, its fraction cut or padded to six digits.
func (n *normalizer) date(v ecs.Value) (ecs.Value, bool) {
	if v.Kind != ecs.String {
		return v, false
	}
	text := n.textOf(v)
	t, ok := parseTime(text)
	if !ok {
		return v, false
	}
	arena := n.ev.Arena()
	at := len(*arena)
	*arena = append(appendTimeText(append(*arena, '"'), t, text), '"')
	return ecs.Value{JSON: (*arena)[at:], Kind: ecs.String}, true
}
