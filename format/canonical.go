package format

import (
	"bytes"
	"slices"

	"penstock/ecs"
	"penstock/record"
)

// canonical writes a list or object as compact JSON with sorted keys: of equal keys the last, strings with no escape that
// they do not need.
func (n *normalizer) canonical(v ecs.Value) ecs.Value {
	arena := n.ev.Arena()
	at := len(*arena)
	*arena, n.members = appendCanonical(*arena, v.JSON, n.members, v.Kind == ecs.Map)
	return ecs.Value{JSON: (*arena)[at:], Kind: v.Kind}
}

// quotedCanonical is the text of canonical.
func (n *normalizer) quotedCanonical(v ecs.Value) ecs.Value {
	mark := len(n.members)
	n.text, n.members = appendCanonical(n.text[:0], v.JSON, n.members, v.Kind == ecs.Map)
	n.members = n.members[:mark]
	return n.quoted(n.text)
}

// appendCanonical uses stack for the members of what is open; text is valid JSON.
func appendCanonical(dst, text []byte, stack []record.Member, object bool) ([]byte, []record.Member) {
	mark := len(stack)
	stack, err := record.Members(stack, text)
	if err != nil { // deeper than a record may be: it was cut out of a string
		return append(dst, "null"...), stack[:mark]
	}
	brackets := "[]"
	if object {
		brackets = "{}"
		slices.SortStableFunc(stack[mark:], compareKeys)
	}
	dst = append(dst, brackets[0])
	first := true
	for i := mark; i < len(stack); i++ {
		m := stack[i]
		if object && i+1 < len(stack) && compareKeys(m, stack[i+1]) == 0 {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if object {
			dst = append(appendString(append(dst, '"'), m.Key, m.KeyEscaped), '"', ':')
		}
		switch m.Kind {
		case record.Object, record.Array:
			dst, stack = appendCanonical(dst, m.Value, stack, m.Kind == record.Object)
		case record.String:
			dst = append(appendString(append(dst, '"'), m.Text(), m.Escaped), '"')
		default:
			dst = append(dst, m.Value...)
		}
	}
	return append(dst, brackets[1]), stack[:mark]
}

// appendString appends the inside of a JSON string with only those escapes that it needs.
func appendString(dst, text []byte, escaped bool) []byte {
	if !escaped {
		return append(dst, text...)
	}
	if !bytes.Contains(text, []byte(`\u`)) && !bytes.Contains(text, []byte(`\/`)) {
		return append(dst, text...)
	}
	return record.Escape(dst, record.Unescape(nil, text))
}

func compareKeys(a, b record.Member) int {
	if !a.KeyEscaped && !b.KeyEscaped {
		return bytes.Compare(a.Key, b.Key)
	}
	return bytes.Compare(record.Unescape(nil, a.Key), record.Unescape(nil, b.Key))
}
