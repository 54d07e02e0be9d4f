package match

import (
	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// plain evaluates conditions one by one over a reader, as sigma.Evaluate does: slow, and obviously right. What explains a
// match, or why there is none, reads the event through it.
type plain struct {
	slots  map[pipeline.Source]int
	reader pipeline.Reader
	fields *fields
	known  map[string][]string
}

// plainly prepares to evaluate a condition for the events of a stream.
func plainly(f *fields, n sigma.Node) *plain {
	p := &plain{fields: f, slots: make(map[pipeline.Source]int)}
	var sources []pipeline.Source
	for name := range names(n) {
		s := f.reference(name)
		if s == nil {
			continue
		}
		if _, ok := p.slots[s]; !ok {
			p.slots[s] = len(sources)
			sources = append(sources, s)
		}
	}
	p.reader = f.router.Reader(sources)
	return p
}

// begin turns to an event.
func (p *plain) begin(rec *record.Record, ev *ecs.Event) {
	p.reader.Begin(rec, ev)
	p.known = make(map[string][]string)
}

// values of a field by its name in the rule; by the empty name those of all columns.
func (p *plain) values(name string) []string {
	known, ok := p.known[name]
	if ok {
		return known
	}
	var texts []pipeline.Value
	if name == "" {
		texts = p.reader.All()
	} else if slot, ok := p.slots[p.fields.reference(name)]; ok {
		texts = p.reader.Values(slot)
	}
	for _, v := range texts {
		if len(v.Text) > 0 && len(known) < MaxValues {
			known = append(known, string(v.Text))
		}
	}
	p.known[name] = known
	return known
}

// names of all fields in a condition, but for the empty one.
func names(n sigma.Node) map[string]bool {
	out := make(map[string]bool)
	for t := range sigma.Tests(n) {
		if t.Field != "" {
			out[t.Field] = true
		}
		if t.Kind == sigma.FieldRef {
			out[t.Ref] = true
		}
	}
	return out
}

// answerable reports whether some event of the stream can pass the test.
func (f *fields) answerable(t *sigma.Test) bool {
	if t.Field != "" && f.answer(t) == nil {
		return false
	}
	return t.Kind != sigma.FieldRef || f.reference(t.Ref) != nil
}

// answered is a condition with nothing that never holds in place of every test that no event of the stream can pass.
func (f *fields) answered(n sigma.Node) sigma.Node {
	switch n := n.(type) {
	case *sigma.And:
		return &sigma.And{Of: f.allAnswered(n.Of), Label: n.Label}
	case *sigma.Or:
		return &sigma.Or{Of: f.allAnswered(n.Of), Label: n.Label}
	case *sigma.Not:
		return &sigma.Not{Of: f.answered(n.Of)}
	case *sigma.Test:
		if !f.answerable(n) {
			return &sigma.Or{}
		}
	}
	return n
}

func (f *fields) allAnswered(of []sigma.Node) []sigma.Node {
	out := make([]sigma.Node, len(of))
	for i, n := range of {
		out[i] = f.answered(n)
	}
	return out
}
