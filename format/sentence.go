package format

import (
	"bytes"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"penstock/ecs"
	"penstock/record"
)

// Sentence says what an event is, in one line. It is reused from event to event and holds until the next.
type Sentence struct {
	Text []byte
	// References are the places of the text that stand for a value of the event, in order.
	References []Reference
	Source     string // file, line and column of the template
	values     []byte
}

// Reference is a place in a sentence that stands for a value.
type Reference struct {
	From, To int    // in the text, in bytes
	Kind     string // one of Kinds; empty where the value is no entity
	Field    string // that has the value; empty where no field of the event has it
	Value    []byte // whole, as the field has it; nil where it is too long to ask for
}

// Bounds of a sentence.
const (
	maxShown    = 120 // characters of one value
	maxListed   = 3   // elements of a list
	maxSentence = 600 // bytes
	maxWanted   = 512 // bytes of a value that a reference carries
)

// telling is what is said of a table's events.
type telling struct {
	columns   *ColumnIndex
	count     int // of columns
	sentences []sentence
	byAction  map[string][]int // by ActionType in lower case: the sentences to try
	others    []int            // for any other
	relations []bond           // of every event
}

type sentence struct {
	when      *test
	say       []template
	relations []bond
}

type template struct {
	pieces []piece
	source string
}

// piece is a part of a compiled template: one of its three fields is set.
type piece struct {
	text     string
	entity   *entity
	optional []piece
}

type entity struct {
	kind   string
	values []alternative
	within *node
	id     []*node
}

// alternative is a value with the fields by which it can be searched: the one that it is, or those that the mapping may give
// it to.
type alternative struct {
	value  *node
	fields []searchable
}

type searchable struct {
	name  string
	value *node
}

var fieldActionType = ecs.MustLookup("action.type")

// Describe says what an event is that Normalize made of a record. The sentence is empty where the definition says nothing
// of the table.
func (p *Plan) Describe(s *Sentence, rec *record.Record, ev *ecs.Event) {
	s.Text, s.References, s.values, s.Source = s.Text[:0], s.References[:0], s.values[:0], ""
	n := p.telling(rec, ev)
	if n == nil {
		return
	}
	defer p.told(n)
	t := n.plan.telling
	for _, i := range n.candidates() {
		x := &t.sentences[i]
		if x.when != nil && !n.holds(x.when) {
			continue
		}
		for k := range x.say {
			if n.say(s, x.say[k].pieces) {
				s.Source = x.say[k].source
				return
			}
			s.cut(0, 0)
		}
	}
}

// telling prepares to evaluate what is said of an event; nil where nothing is.
func (p *Plan) telling(rec *record.Record, ev *ecs.Event) *normalizer {
	t := p.plan(rec.Table)
	if t.telling == nil {
		return nil
	}
	n, _ := p.scratch.Get().(*normalizer)
	if n == nil {
		n = new(normalizer)
	}
	n.plan, n.table, n.rec, n.told = t, rec.Table, rec, ev
	n.aware.Reset()
	n.ev = &n.aware
	n.columns = sized(n.columns, t.telling.count)
	n.touched, n.nodes, n.opened = n.touched[:0], n.nodes[:0], n.opened[:0]
	for i := range rec.Columns {
		m := &rec.Columns[i]
		if m.Kind == record.Null || m.KeyEscaped {
			continue
		}
		if c := t.telling.columns.Find(m.Key); c >= 0 {
			n.columns[c] = ecs.FromMember(m)
			n.touched = append(n.touched, c)
		}
	}
	return n
}

// told gives the memory back.
func (p *Plan) told(n *normalizer) {
	for _, c := range n.touched {
		n.columns[c].Kind = ecs.None
	}
	n.rec, n.ev, n.told = nil, nil, nil
	if cap(n.nodes) <= maxKept {
		p.scratch.Put(n)
	}
}

// candidates are the sentences for the event's ActionType, in their order.
func (n *normalizer) candidates() []int {
	t := n.plan.telling
	if len(t.byAction) == 0 {
		return t.others
	}
	n.plain = append(n.plain[:0], n.textOf(n.told.Get(fieldActionType))...)
	for i, c := range n.plain {
		if c >= 'A' && c <= 'Z' {
			n.plain[i] = c | 0x20
		}
	}
	if list, known := t.byAction[string(n.plain)]; known {
		return list
	}
	return t.others
}

// say fills a template; false where a gap stays empty.
func (n *normalizer) say(s *Sentence, pieces []piece) bool {
	for i := range pieces {
		switch p := &pieces[i]; {
		case p.entity != nil:
			if !n.fillGap(s, p.entity) {
				return false
			}
		case p.optional != nil:
			text, references := len(s.Text), len(s.References)
			if !n.say(s, p.optional) {
				s.cut(text, references)
			}
		case len(s.Text) < maxSentence:
			s.Text = append(s.Text, p.text...)
		}
	}
	return true
}

func (s *Sentence) cut(text, references int) {
	s.Text, s.References = s.Text[:text], s.References[:references]
}

// fillGap writes an entity's value; of a list the first elements.
func (n *normalizer) fillGap(s *Sentence, e *entity) bool {
	n.elements = n.elements[:0]
	for i := range e.values {
		v := n.eval(e.values[i].value)
		if isEmpty(v) || v.Kind == ecs.Map {
			continue
		}
		n.filled = &e.values[i]
		if v.Kind != ecs.List {
			if n.refer(s, e, &e.values[i], v, true) {
				return true
			}
			continue
		}
		n.elements = v.Elements(n.elements[:0])
		shown, more := 0, 0
		for _, element := range n.elements {
			if isEmpty(element) || element.Kind == ecs.List || element.Kind == ecs.Map {
				continue
			}
			if shown == maxListed {
				more++
				continue
			}
			from := len(s.Text)
			if shown > 0 {
				s.Text = append(s.Text, ", "...)
			}
			if n.refer(s, e, &e.values[i], element, false) {
				shown++
			} else {
				s.Text = s.Text[:from]
			}
		}
		if more > 0 {
			s.Text = append(strconv.AppendInt(append(s.Text, " and "...), int64(more), 10), " more"...)
		}
		if shown > 0 {
			return true
		}
	}
	return false
}

// refer writes one value and where it is from.
func (n *normalizer) refer(s *Sentence, e *entity, from *alternative, v ecs.Value, alone bool) bool {
	start := len(s.Text)
	if start >= maxSentence {
		return true // what is beyond is not shown
	}
	value := n.textOf(v)
	if e.within != nil && alone {
		s.prefix(n, e.within, value)
		value = n.textOf(v)
	}
	at := len(s.Text)
	if s.Text = appendShown(s.Text, value); len(s.Text) == at {
		s.Text = s.Text[:start]
		return false
	}
	r := Reference{From: start, To: len(s.Text), Kind: e.kind, Field: n.fieldWith(from, v)}
	if value = n.textOf(v); len(value) <= maxWanted && r.Field != "" {
		if v.Escaped {
			at := len(s.values)
			s.values = append(s.values, value...)
			value = s.values[at:]
		}
		r.Value = value
	}
	s.References = append(s.References, r)
	return true
}

// fieldWith is the field of the event that has a value.
func (n *normalizer) fieldWith(a *alternative, v ecs.Value) string {
	for i := range a.fields {
		f := &a.fields[i]
		if f.value == a.value {
			return f.name
		}
		switch has := n.eval(f.value); {
		case has.Kind == ecs.List && bytes.Contains(has.JSON, v.JSON), has.Kind == v.Kind && bytes.Equal(has.JSON, v.JSON):
			return f.name
		}
	}
	return ""
}

// prefix writes what a value stands within, unless it says so itself: corp\anna, but anna@corp.example.
func (s *Sentence) prefix(n *normalizer, within *node, value []byte) {
	for _, c := range value {
		if c == '@' || c == '\\' {
			return
		}
	}
	v := n.eval(within)
	if v.Kind != ecs.String || isEmpty(v) {
		return
	}
	from := len(s.Text)
	if s.Text = appendShown(s.Text, n.textOf(v)); len(s.Text) > from {
		s.Text = append(s.Text, '\\')
	}
}

// appendShown appends a text so that it does no harm to the line that it stands in: no control characters, nothing that
// turns the direction of writing or cannot be seen, no more than maxShown characters.
func appendShown(dst, text []byte) []byte {
	from, shown := len(dst), 0
	space := false
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		switch {
		case r == ' ' || unicode.IsSpace(r) || unicode.IsControl(r):
			space = len(dst) > from
			continue
		case !unicode.IsPrint(r):
			continue
		}
		if space {
			dst = append(dst, ' ')
			space = false
			shown++
		}
		if shown >= maxShown {
			return append(dst, "…"...)
		}
		dst = utf8.AppendRune(dst, r)
		shown++
	}
	return dst
}

// Clone is a copy that outlives the next event, and the record.
func (s *Sentence) Clone() Sentence {
	var all []byte
	for _, r := range s.References {
		all = append(all, r.Value...)
	}
	c := Sentence{Text: append([]byte(nil), s.Text...), References: append([]Reference(nil), s.References...), Source: s.Source, values: all}
	for i := range c.References {
		if r := &c.References[i]; r.Value != nil {
			r.Value, all = all[:len(r.Value):len(r.Value)], all[len(r.Value):]
		}
	}
	return c
}

// String is the text.
func (s *Sentence) String() string { return strings.TrimSpace(string(s.Text)) }
