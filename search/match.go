package search

import (
	"net/netip"
	"strings"
	"time"
	"unicode/utf8"

	"penstock/ecs"
)

// Match decides about an event.
func (q *Query) Match(ev *ecs.Event) bool {
	if q == nil || q.Root == nil {
		return true
	}
	return match(q.Root, ev)
}

func match(n Node, ev *ecs.Event) bool {
	switch n := n.(type) {
	case And:
		for _, part := range n.Of {
			if !match(part, ev) {
				return false
			}
		}
		return true
	case Or:
		for _, part := range n.Of {
			if match(part, ev) {
				return true
			}
		}
		return false
	case Not:
		return !match(n.Of, ev)
	case Term:
		return n.match(ev)
	case Words:
		return n.match(ev)
	}
	return false
}

func (t *Term) match(ev *ecs.Event) bool {
	if strings.Contains(t.Field, "*") {
		pieces := strings.Split(strings.ToLower(t.Field), "*")
		for f, v := range ev.All() {
			if matchPieces(strings.ToLower(f.Name()), pieces) && t.compare(v, f.Type()) {
				return true
			}
		}
		return false
	}
	if f, ok := ecs.Lookup(t.Field); ok {
		return t.compare(ev.Get(f), f.Type())
	}
	return t.compare(ev.GetExtra(t.Field), ecs.Keyword)
}

// compare holds when the value, or one element of it where it is a list, compares.
func (t *Term) compare(v ecs.Value, typ ecs.Type) bool {
	if v.Kind == ecs.None {
		return false
	}
	if t.Op == Exists {
		return true
	}
	if v.Kind == ecs.List {
		for _, element := range v.Elements(nil) {
			if t.compareOne(element, typ) {
				return true
			}
		}
		return false
	}
	return t.compareOne(v, typ)
}

func (t *Term) compareOne(v ecs.Value, typ ecs.Type) bool {
	value := &t.Value
	if v.Kind == ecs.Integer || v.Kind == ecs.Number {
		typ = ecs.Float
	}
	if !value.IsGlob() {
		switch typ {
		case ecs.Long, ecs.Float:
			n, ok := v.Float()
			if i, isInt := v.Int(); isInt {
				n, ok = float64(i), true
			}
			return ok && value.IsNum && ordered(t.Op, compareNumbers(n, value.Number))
		case ecs.IP:
			if value.Network.IsValid() {
				return t.compareIP(v)
			}
		case ecs.Date:
			if !value.From.IsZero() {
				return t.compareDate(v)
			}
		}
	}
	text := strings.ToLower(string(v.Text(nil)))
	if t.Op == Equal {
		return matchPieces(text, value.Pieces)
	}
	return ordered(t.Op, strings.Compare(text, value.Pieces[0]))
}

func compareNumbers(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func ordered(op Op, c int) bool {
	switch op {
	case Less:
		return c < 0
	case LessOrEqual:
		return c <= 0
	case Greater:
		return c > 0
	case GreaterOrEqual:
		return c >= 0
	}
	return c == 0
}

func (t *Term) compareIP(v ecs.Value) bool {
	a, err := netip.ParseAddr(string(v.Text(nil)))
	if err != nil {
		return false
	}
	a = a.WithZone("")
	if t.Op == Equal {
		return t.Value.Network.Contains(a) || a.Is4In6() && t.Value.Network.Contains(a.Unmap())
	}
	return ordered(t.Op, a.Compare(t.Value.Network.Addr()))
}

// compareDate compares in the unit in which the query says a time: @timestamp: 2026-11-23 is the whole day.
func (t *Term) compareDate(v ecs.Value) bool {
	at, err := time.Parse(time.RFC3339Nano, string(v.Text(nil)))
	if err != nil {
		return false
	}
	from, to := t.Value.From, t.Value.To
	switch t.Op {
	case Less:
		return at.Before(from)
	case LessOrEqual:
		return at.Before(to)
	case Greater:
		return !at.Before(to)
	case GreaterOrEqual:
		return !at.Before(from)
	}
	return !at.Before(from) && at.Before(to)
}

// matchPieces matches a text in lower case against what stands between the asterisks of a pattern.
func matchPieces(text string, pieces []string) bool {
	if len(pieces) == 1 {
		return text == pieces[0]
	}
	rest, ok := strings.CutPrefix(text, pieces[0])
	if !ok {
		return false
	}
	last := pieces[len(pieces)-1]
	for _, piece := range pieces[1 : len(pieces)-1] {
		i := strings.Index(rest, piece)
		if i < 0 {
			return false
		}
		rest = rest[i+len(piece):]
	}
	return strings.HasSuffix(rest, last)
}

// FreeText tells whether words are looked for in a field: in texts that the record brings, not in those that the mapping
// adds, or half of all events would match "process".
func FreeText(field string) bool {
	switch {
	case strings.HasPrefix(field, "event."), strings.HasPrefix(field, "penstock.") && !strings.HasPrefix(field, "penstock.columns."):
		return false
	case strings.HasPrefix(field, "user_agent."):
		return field == "user_agent.original"
	case strings.HasSuffix(field, "_at"), field == "action.name":
		return false
	case field == "message", field == "email.direction", field == "host.os.type", field == "container.runtime":
		return false
	}
	return true
}

func (w *Words) match(ev *ecs.Event) bool {
	for f, v := range ev.All() {
		switch f.Type() {
		case ecs.Keyword, ecs.Text, ecs.IP, ecs.Object, ecs.Array:
			if FreeText(f.Name()) && w.in(v) {
				return true
			}
		}
	}
	for name, v := range ev.Extras() {
		if FreeText(name) && w.in(v) {
			return true
		}
	}
	return false
}

func (w *Words) in(v ecs.Value) bool {
	switch v.Kind {
	case ecs.None, ecs.True, ecs.False, ecs.Integer, ecs.Number:
		return false
	case ecs.List:
		for _, element := range v.Elements(nil) {
			if w.in(element) {
				return true
			}
		}
		return false
	}
	return w.Value.inText(strings.ToLower(string(v.Text(nil))))
}

// inText tells whether the text has the value as whole words.
func (v *Value) inText(text string) bool {
	first, last := v.Pieces[0], v.Pieces[len(v.Pieces)-1]
	if !v.IsGlob() {
		return hasWords(text, first, false, false)
	}
	// Each piece must come after the one before; the outer ones must begin and end at a word's edge, unless they are empty.
	for {
		i := 0
		if first != "" {
			if i = wordStart(text, first); i < 0 {
				return false
			}
		}
		if restMatches(text[i+len(first):], v.Pieces[1:], last) {
			return true
		}
		if first == "" {
			return false
		}
		text = text[i+1:]
	}
}

func restMatches(rest string, pieces []string, last string) bool {
	for _, piece := range pieces[:len(pieces)-1] {
		i := strings.Index(rest, piece)
		if i < 0 {
			return false
		}
		rest = rest[i+len(piece):]
	}
	return last == "" || hasWords(rest, last, true, false)
}

// hasWords finds words in a text, neither end within a longer word unless that end is open.
func hasWords(text, words string, openStart, openEnd bool) bool {
	for at := 0; ; {
		i := strings.Index(text[at:], words)
		if i < 0 {
			return false
		}
		i += at
		end := i + len(words)
		if (openStart || edge(text[:i], words, true)) && (openEnd || edge(text[end:], words, false)) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[i:])
		at = i + max(size, 1)
		if at > len(text) {
			return false
		}
	}
}

func wordStart(text, words string) int {
	for at := 0; ; {
		i := strings.Index(text[at:], words)
		if i < 0 {
			return -1
		}
		i += at
		if edge(text[:i], words, true) {
			return i
		}
		at = i + 1
	}
}

// edge tells whether words do not continue in what stands beside them.
func edge(beside, words string, before bool) bool {
	if beside == "" || words == "" {
		return true
	}
	if before {
		return !isWordByte(words[0]) || !isWordByte(beside[len(beside)-1])
	}
	return !isWordByte(words[len(words)-1]) || !isWordByte(beside[0])
}

func isWordByte(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}
