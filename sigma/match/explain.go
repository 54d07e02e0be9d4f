package match

import (
	"cmp"
	"slices"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// Explained is how a rule fares with an event.
type Explained struct {
	Rule    *sigma.Rule
	Matches bool
	// Stream is that of the rule which has the event; nil: none has, and Reason says so.
	Stream    *pipeline.Stream
	Reason    string
	Condition *Part
}

// Part is a part of a rule's condition, and whether it holds for the event.
type Part struct {
	Kind   string // and, or, not, test
	Label  string // what it stands for in the rule
	Test   string // as the rule says it
	Field  string
	Values []string // that the event has in the field, some of them cut short
	Reason string   // why no event of the stream can pass the test
	Holds  bool
	Of     []*Part
}

// The bounds of what an explanation shows of a field.
const (
	shownValues = 20
	shownText   = 2000 // bytes of one value
)

// Explain evaluates the condition of a rule in full, for an event that may or may not be one of its kind.
func (s *Set) Explain(i int32, rec *record.Record, ev *ecs.Event) Explained {
	x := Explained{Rule: s.rules[i]}
	route := s.router.Route(x.Rule.Logsource)
	if x.Reason = route.Reason; len(route.Streams) > 0 {
		x.Reason = "the event is not one of those that the rule's logsource means"
	}
	c := newCompiler(s.router)
	for _, stream := range route.Streams {
		if x.Matches || !holdsEvent(stream, rec, ev) {
			continue
		}
		e := explainer{fields: &fields{compiler: c, stream: stream}}
		e.plain = plainly(e.fields, x.Rule.Condition)
		e.plain.begin(rec, ev)
		x.Condition, x.Stream, x.Reason = e.part(x.Rule.Condition), stream, ""
		x.Matches = x.Condition.Holds
	}
	return x
}

type explainer struct {
	fields *fields
	plain  *plain
}

func (e *explainer) part(n sigma.Node) *Part {
	p := new(Part)
	switch n := n.(type) {
	case *sigma.And:
		p.Kind, p.Label, p.Of = "and", n.Label, e.parts(n.Of)
		p.Holds = !slices.ContainsFunc(p.Of, func(p *Part) bool { return !p.Holds })
	case *sigma.Or:
		p.Kind, p.Label, p.Of = "or", n.Label, e.parts(n.Of)
		p.Holds = slices.ContainsFunc(p.Of, func(p *Part) bool { return p.Holds })
	case *sigma.Not:
		p.Kind, p.Of = "not", e.parts([]sigma.Node{n.Of})
		p.Holds = !p.Of[0].Holds
	case *sigma.Test:
		e.test(p, n)
	}
	return p
}

func (e *explainer) parts(of []sigma.Node) []*Part {
	list := make([]*Part, len(of))
	for i, n := range of {
		list[i] = e.part(n)
	}
	return list
}

func (e *explainer) test(p *Part, t *sigma.Test) {
	p.Kind, p.Test, p.Field = "test", t.Source, t.Field
	e.fields.missing = e.fields.missing[:0]
	if !e.fields.answerable(t) {
		if m := e.fields.missing; len(m) > 0 {
			p.Reason = m[len(m)-1].Reason
		}
		return
	}
	p.Holds = t.Holds(e.plain.values)
	if t.Field == "" {
		return // a keyword looks at all there is
	}
	for _, v := range e.plain.values(t.Field) {
		if len(p.Values) == shownValues {
			break
		}
		if len(v) > shownText {
			v = v[:shownText] + "…"
		}
		p.Values = append(p.Values, v)
	}
}

// Field is a field of an event with the values that made a rule match.
type Field struct {
	Name   string
	Values []string
}

// Matched tells which fields made a rule match, by their names in the rule and in its order; none where it does not match.
func (x *Explained) Matched() []Field {
	if !x.Matches {
		return nil
	}
	var list []Field
	x.Condition.matched(true, func(p *Part) {
		if len(p.Values) > 0 && !slices.ContainsFunc(list, func(f Field) bool { return f.Name == p.Field }) {
			list = append(list, Field{p.Field, p.Values})
		}
	})
	return list
}

// matched visits the tests on which it rests that a part holds, or does not: without those under a not, which say what
// the event lacks.
func (p *Part) matched(want bool, visit func(*Part)) {
	switch {
	case p.Holds != want || p.Kind == "not":
	case p.Kind == "test":
		visit(p)
	default:
		for _, part := range p.Of {
			part.matched(want, visit)
		}
	}
}

// NearMiss is a rule that would match an event but for one condition.
type NearMiss struct {
	Rule   *sigma.Rule
	Number int32
	// Missing is the part that decides: it does not hold and should, or, where it is under a not, holds and should not.
	Missing *Part
	Unless  bool // it is under a not
	Held    int  // tests that hold as the rule wants them
}

// NearMisses tells the rules that missed an event by one condition, the most telling first, limit at most. Rules of which
// nothing else holds are left out: everything misses them by one.
func (s *Set) NearMisses(rec *record.Record, ev *ecs.Event, limit int) []NearMiss {
	var list []NearMiss
	for i := range s.rules {
		if !slices.ContainsFunc(s.fitness[i].Streams, func(stream *pipeline.Stream) bool { return holdsEvent(stream, rec, ev) }) {
			continue
		}
		x := s.Explain(int32(i), rec, ev)
		if x.Condition == nil || x.Matches || x.Condition.flips(true) != 1 {
			continue
		}
		held := 0
		x.Condition.held(true, func() { held++ })
		if held == 0 {
			continue
		}
		part, unless := x.Condition.decisive(true)
		list = append(list, NearMiss{Rule: x.Rule, Number: int32(i), Missing: part, Unless: unless, Held: held})
	}
	slices.SortStableFunc(list, func(a, b NearMiss) int { return cmp.Compare(b.Held, a.Held) })
	return list[:min(limit, len(list))]
}

// manyFlips is more flips than any condition has tests: what no event can pass.
const manyFlips = 1 << 30

// flips is how many tests would have to come out otherwise for the part to hold, or not to.
func (p *Part) flips(want bool) int {
	all := p.Kind == "and" == want // all of the parts must be as wanted; otherwise one of them suffices
	switch p.Kind {
	case "not":
		return p.Of[0].flips(!want)
	case "test":
		switch {
		case p.Holds == want:
			return 0
		case p.Reason != "":
			return manyFlips
		}
		return 1
	}
	n := 0
	if !all {
		n = manyFlips
	}
	for _, part := range p.Of {
		if f := part.flips(want); all {
			n = min(n+f, manyFlips)
		} else {
			n = min(n, f)
		}
	}
	return n
}

// held visits the tests that are as the rule wants them and say something: not those by which it only leaves things out.
func (p *Part) held(want bool, visit func()) {
	switch p.Kind {
	case "not":
	case "test":
		if p.Holds == want {
			visit()
		}
	default:
		for _, part := range p.Of {
			part.held(want, visit)
		}
	}
}

// decisive finds the smallest part on which it rests, alone, that the whole is not as wanted.
func (p *Part) decisive(want bool) (part *Part, unless bool) {
	if p.Kind == "not" {
		part, unless = p.Of[0].decisive(!want)
		return part, !unless
	}
	var one *Part
	for _, part := range p.Of {
		if part.flips(want) != 1 {
			continue
		}
		if one != nil {
			return p, false // any of several
		}
		one = part
	}
	if one == nil {
		return p, false
	}
	return one.decisive(want)
}
