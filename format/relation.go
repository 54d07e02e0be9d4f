package format

import (
	"strings"

	"penstock/ecs"
	"penstock/record"
)

// Relation says that somebody did something to something, or that two things belong together.
type Relation struct {
	Subject Entity
	Verb    string // "started", "connected to"
	Object  Entity
}

// Entity is who or what an event tells of.
type Entity struct {
	Kind  string // one of Kinds
	Value string // by which people know it, as a sentence shows it: a name, a path, an address
	// ID tells entities apart that have the same value, as two runs of a program on one host. It is empty where the event
	// does not say; the value then has to do, without regard to case.
	ID    string
	Field string // that has the value, with Raw in it; empty where no field has it
	Raw   string
}

// Key is equal for what is the same entity.
func (e *Entity) Key() string {
	if e.ID != "" {
		return e.Kind + "\x00" + e.ID
	}
	return e.Kind + "\x00\x00" + strings.ToLower(e.Value)
}

// maxEnds bounds the elements of a list that take part in a relation, such as the recipients of a mail.
const maxEnds = 16

type bond struct {
	subject *entity
	verb    string
	object  *entity
}

// Relations are those that an event tells of, which Normalize made of a record, in the order of the definition.
func (p *Plan) Relations(rec *record.Record, ev *ecs.Event) []Relation {
	n := p.telling(rec, ev)
	if n == nil {
		return nil
	}
	defer p.told(n)
	t := n.plan.telling
	var list []Relation
	for _, i := range n.candidates() {
		x := &t.sentences[i]
		if x.when == nil || n.holds(x.when) {
			list = n.bonds(list, x.relations)
			break
		}
	}
	return n.bonds(list, t.relations)
}

func (n *normalizer) bonds(list []Relation, relations []bond) []Relation {
	for i := range relations {
		r := &relations[i]
		subjects := n.entities(r.subject)
		if len(subjects) == 0 {
			continue
		}
		for _, object := range n.entities(r.object) {
			for _, subject := range subjects {
				if subject.Key() != object.Key() {
					list = append(list, Relation{subject, r.verb, object})
				}
			}
		}
	}
	return list
}

// entities are those that an entity's definition stands for in an event: several where its value is a list.
func (n *normalizer) entities(e *entity) []Entity {
	var s Sentence
	if !n.fillGap(&s, e) {
		return nil
	}
	id, from := n.identity(e), n.filled
	if len(s.References) == 1 || len(n.elements) == 0 {
		return []Entity{s.entity(0, id)}
	}
	var list []Entity
	for _, v := range n.elements[:min(len(n.elements), maxEnds)] {
		s.cut(0, 0)
		if v.Kind != ecs.List && v.Kind != ecs.Map && !isEmpty(v) && n.refer(&s, e, from, v, false) {
			list = append(list, s.entity(0, ""))
		}
	}
	return list
}

func (s *Sentence) entity(i int, id string) Entity {
	r := &s.References[i]
	return Entity{Kind: r.Kind, Value: string(s.Text[r.From:r.To]), ID: id, Field: r.Field, Raw: string(r.Value)}
}

// identity joins what tells an entity from others; empty where a part of it is not there.
func (n *normalizer) identity(e *entity) string {
	var b strings.Builder
	for i, of := range e.id {
		v := n.eval(of)
		if isEmpty(v) || v.Kind == ecs.List || v.Kind == ecs.Map {
			return ""
		}
		if i > 0 {
			b.WriteByte('/')
		}
		b.Write(n.textOf(v))
	}
	return b.String()
}
