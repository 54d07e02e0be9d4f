package match

import (
	"fmt"
	"slices"
	"strings"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// Explanation is how a rule fared with an event, as one of a stream.
type Explanation struct {
	Stream *pipeline.Stream
	// Outside says why the event is not in the stream, so that the rule is not tried on it; empty: it is in it.
	Outside string
	Verdict *Verdict
}

// Matches reports whether the rule matches the event as one of the stream.
func (e *Explanation) Matches() bool { return e.Outside == "" && e.Verdict.Holds }

// Verdict is what became of a part of a rule's condition.
type Verdict struct {
	Holds bool
	// Kind is and, or, not or test.
	Kind  string
	Label string // what the part is in the rule: selection_img
	Of    []*Verdict
	// Of a test: what the event has in its field (the first values, cut if they are long), those of them that are as the
	// test wants them, and, where no event can pass it, the reason.
	Test       *sigma.Test
	Values     []string
	Hits       []string
	Unanswered string
}

// Bounds of what an explanation repeats of an event.
const (
	maxShown     = 20
	maxShownText = 4096
)

// Explain tells what became of every part of a rule's condition on an event, for each stream that the rule is for.
func (s *Set) Explain(i int32, rec *record.Record, ev *ecs.Event) []*Explanation {
	r := s.rules[i]
	if r.Condition == nil {
		return nil
	}
	var out []*Explanation
	c := newCompiler(s.router)
	for _, stream := range s.router.Route(r.Logsource).Streams {
		f := &fields{compiler: c, stream: stream}
		p := plainly(f, r.Condition)
		p.begin(rec, ev)
		e := &Explanation{Stream: stream, Outside: outside(stream, rec, ev), Verdict: p.explain(r.Condition)}
		if e.Outside == "" && !slices.Contains(s.fitness[i].Streams, stream) {
			e.Outside = "the rule does not apply to these events"
		}
		out = append(out, e)
	}
	return out
}

// outside says why an event is not in a stream; empty: it is.
func outside(s *pipeline.Stream, rec *record.Record, ev *ecs.Event) string {
	action := string(appendAction(nil, rec))
	switch {
	case s.Table != "" && !strings.EqualFold(s.Table, rec.Table):
		return fmt.Sprintf("the event is of table %s, the rule for events of %s", rec.Table, s.Table)
	case !inStream(s, action, pipeline.AnyOS):
		return fmt.Sprintf("the event's ActionType is %q, the rule for %s", action, strings.Join(s.ActionTypes, ", "))
	case !inStream(s, action, pipeline.OSOf(ev)):
		return "the event is of another operating system than " + s.OS
	}
	return ""
}

func (p *plain) explain(n sigma.Node) *Verdict {
	switch n := n.(type) {
	case *sigma.And:
		v := &Verdict{Kind: "and", Label: n.Label, Of: p.explainAll(n.Of)}
		v.Holds = !slices.ContainsFunc(v.Of, func(of *Verdict) bool { return !of.Holds })
		return v
	case *sigma.Or:
		v := &Verdict{Kind: "or", Label: n.Label, Of: p.explainAll(n.Of)}
		v.Holds = slices.ContainsFunc(v.Of, func(of *Verdict) bool { return of.Holds })
		return v
	case *sigma.Not:
		of := p.explain(n.Of)
		return &Verdict{Kind: "not", Holds: !of.Holds, Of: []*Verdict{of}}
	case *sigma.Test:
		return p.explainTest(n)
	}
	return &Verdict{Kind: "test"}
}

func (p *plain) explainAll(of []sigma.Node) []*Verdict {
	out := make([]*Verdict, len(of))
	for i, n := range of {
		out[i] = p.explain(n)
	}
	return out
}

func (p *plain) explainTest(t *sigma.Test) *Verdict {
	v := &Verdict{Kind: "test", Test: t}
	p.fields.missing = p.fields.missing[:0]
	if !p.fields.answerable(t) {
		v.Unanswered = "no event has it"
		if m := p.fields.missing; len(m) > 0 && m[len(m)-1].Reason != "" {
			v.Unanswered = m[len(m)-1].Reason
		}
		return v
	}
	v.Holds = t.Holds(p.values)
	for _, value := range p.values(t.Field) {
		if len(v.Values) < maxShown {
			v.Values = append(v.Values, shown(value))
		}
		single := func(name string) []string {
			if name == t.Field && t.Kind != sigma.FieldRef || name != t.Ref {
				return []string{value}
			}
			return p.values(name)
		}
		if absence := t.Kind == sigma.Null || t.Kind == sigma.Empty; !absence && len(v.Hits) < maxShown && t.Holds(single) {
			v.Hits = append(v.Hits, shown(value))
		}
	}
	return v
}

// shown is the beginning of a value that is long.
func shown(value string) string {
	if len(value) <= maxShownText {
		return value
	}
	return strings.ToValidUTF8(value[:maxShownText], "") + "…"
}

// Field is a field of a rule with what an event has in it.
type Field struct {
	Name   string // as the rule names it; empty: any field (a keyword)
	Values []string
}

// Matched are the fields that make a rule match an event, with the values that are as the rule wants them. There are none
// if it does not match.
func (s *Set) Matched(i int32, rec *record.Record, ev *ecs.Event) []Field {
	var out []Field
	for _, e := range s.Explain(i, rec, ev) {
		if e.Matches() {
			out = e.Verdict.matched(out)
		}
	}
	return out
}

// matched gathers the hits of the parts that hold. What must not be is no reason for a match.
func (v *Verdict) matched(out []Field) []Field {
	if !v.Holds || v.Kind == "not" {
		return out
	}
	for _, of := range v.Of {
		out = of.matched(out)
	}
	if len(v.Hits) == 0 {
		return out
	}
	at := slices.IndexFunc(out, func(f Field) bool { return f.Name == v.Test.Field })
	if at < 0 {
		at = len(out)
		out = append(out, Field{Name: v.Test.Field})
	}
	for _, hit := range v.Hits {
		if !slices.Contains(out[at].Values, hit) {
			out[at].Values = append(out[at].Values, hit)
		}
	}
	return out
}
