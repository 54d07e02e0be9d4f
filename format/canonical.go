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
	*arena = n.appendCanonical(*arena, n.open(v), `"`)
	return ecs.Value{JSON: (*arena)[at:], Kind: v.Kind}
}

// quotedCanonical is the text of canonical, as a string.
func (n *normalizer) quotedCanonical(v ecs.Value) ecs.Value {
	arena := n.ev.Arena()
	at := len(*arena)
	*arena = append(n.appendCanonical(append(*arena, '"'), n.open(v), quotedQuote), '"')
	text := (*arena)[at:]
	return ecs.Value{JSON: text, Kind: ecs.String, Escaped: bytes.IndexByte(text, '\\') >= 0}
}

// quotedQuote is how a quote is written within a string. It makes appendCanonical write the inside of one.
const quotedQuote = `\"`

func (n *normalizer) appendCanonical(dst []byte, node int, quote string) []byte {
	if node < 0 {
		return append(dst, "null"...) // unreachable with a record that was parsed
	}
	switch m := &n.nodes[node].Member; m.Kind {
	case record.Array:
		dst = append(dst, '[')
		for i := n.firstOf(node); i < n.endOf(node); i = n.nodes[i].Next {
			if i > n.firstOf(node) {
				dst = append(dst, ',')
			}
			dst = n.appendCanonical(dst, i, quote)
		}
		return append(dst, ']')
	case record.Object:
		return n.appendObject(dst, node, quote)
	case record.String:
		return n.appendString(dst, m.Text(), m.Escaped, quote)
	default:
		return append(dst, m.Value...)
	}
}

func (n *normalizer) appendObject(dst []byte, node int, quote string) []byte {
	mark := len(n.order)
	for i := n.firstOf(node); i < n.endOf(node); i = n.nodes[i].Next {
		n.order = append(n.order, i)
	}
	end := len(n.order)
	slices.SortStableFunc(n.order[mark:end], func(a, b int) int { return n.compareKeys(a, b) })
	dst = append(dst, '{')
	for k := mark; k < end; k++ {
		if k+1 < end && n.compareKeys(n.order[k], n.order[k+1]) == 0 {
			continue
		}
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
		m := &n.nodes[n.order[k]].Member
		dst = append(n.appendString(dst, m.Key, m.KeyEscaped, quote), ':')
		dst = n.appendCanonical(dst, n.order[k], quote)
	}
	n.order = n.order[:mark]
	return append(dst, '}')
}

// appendString appends a JSON string with only those escapes that it needs.
func (n *normalizer) appendString(dst, text []byte, escaped bool, quote string) []byte {
	dst = append(dst, quote...)
	if escaped {
		if bytes.Contains(text, []byte(`\u`)) || bytes.Contains(text, []byte(`\/`)) {
			n.plain = record.Unescape(n.plain[:0], text)
			end := len(n.plain)
			n.plain = record.Escape(n.plain, n.plain)
			text = n.plain[end:]
		}
		if quote == quotedQuote {
			dst = record.Escape(dst, text)
			return append(dst, quote...)
		}
	}
	return append(append(dst, text...), quote...)
}

func (n *normalizer) compareKeys(i, j int) int {
	a, b := &n.nodes[i].Member, &n.nodes[j].Member
	if !a.KeyEscaped && !b.KeyEscaped {
		return bytes.Compare(a.Key, b.Key)
	}
	var roomA, roomB [128]byte
	return bytes.Compare(record.Unescape(roomA[:0], a.Key), record.Unescape(roomB[:0], b.Key))
}
