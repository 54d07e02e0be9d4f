package backend

import (
	"context"
	"fmt"
	"time"

	"penstock/catalogue"
	"penstock/ecs"
	"penstock/format"
	"penstock/record"
	"penstock/server"
	"penstock/sigma"
	"penstock/sigma/match"
	"penstock/sigma/pipeline"
)

// Explain answers why rules match events, or do not. Stored events are read by the searcher and made anew by the plan.
func Explain(c *catalogue.Catalogue, router pipeline.Router, plan *format.Plan, s Searcher) server.Explainer {
	return explainer{c, router, plan, s}
}

type explainer struct {
	catalogue *catalogue.Catalogue
	router    pipeline.Router
	plan      *format.Plan
	searcher  Searcher
}

// subject is what a rule is tried on.
type subject struct {
	record record.Record
	event  ecs.Event
	parser record.Parser // what record points into
}

// stored makes the subject of an event that is stored.
func (e explainer) stored(ctx context.Context, id string) (*subject, error) {
	found, err := eventFor(ctx, e.searcher, id)
	if err != nil {
		return nil, err
	}
	return e.subject(found.Record, found.Clocks.Read)
}

func (e explainer) subject(raw []byte, arrived time.Time) (*subject, error) {
	s := &subject{}
	if err := s.parser.Parse(raw, &s.record); err != nil {
		return nil, &server.InputError{Field: "record", Message: fmt.Sprintf("This is no record: %v.", err), Hint: "Give one record with its envelope, as the streaming API sends it."}
	}
	e.plan.Normalize(&s.event, &s.record, arrived)
	return s, nil
}

func (e explainer) Explain(ctx context.Context, id, event string, raw []byte) (*server.RuleExplanation, error) {
	rule := e.inForce(id)
	facts, known := e.catalogue.Facts(id)
	switch {
	case !known:
		return nil, fmt.Errorf("rule %s: %w", id, server.ErrNotFound)
	case rule == nil:
		return nil, &server.InputError{Message: "Only a detection rule can be tried on one event; this is a correlation, a filter, or its pack does not have it any more.", Hint: "Of a correlation, try the rules that it counts."}
	}
	var s *subject
	var err error
	if event != "" {
		s, err = e.stored(ctx, event)
	} else {
		s, err = e.subject(raw, time.Now())
	}
	if err != nil {
		return nil, err
	}
	set := match.Compile([]*sigma.Rule{rule}, e.router)
	out := &server.RuleExplanation{Rule: server.MatchedRule{ID: id, Title: facts.Title, Level: string(facts.Level)}, Enabled: facts.Enabled}
	for _, x := range set.Explain(0, &s.record, &s.event) {
		out.Matches = out.Matches || x.Matches()
		out.Streams = append(out.Streams, server.StreamExplanation{
			Stream: x.Stream.Name, Outside: x.Outside, Matches: x.Matches(), Condition: verdictOf(x.Verdict),
		})
	}
	if len(out.Streams) == 0 {
		out.Reason = set.Applicability(0).Reason
	}
	return out, nil
}

// inForce is a rule with its filters and exceptions where it is enabled, otherwise as it was read.
func (e explainer) inForce(id string) *sigma.Rule {
	for _, r := range e.catalogue.Live().Rules {
		if r.ID == id {
			return r
		}
	}
	return e.catalogue.Source(id)
}

func verdictOf(v *match.Verdict) server.Verdict {
	out := server.Verdict{Holds: v.Holds, Kind: v.Kind, Label: v.Label, Values: v.Values, Hits: v.Hits, Unanswered: v.Unanswered}
	if v.Test != nil {
		out.Field, out.Test, out.Line = v.Test.Field, v.Test.Source, v.Test.At.Line
	}
	for _, of := range v.Of {
		out.Of = append(out.Of, verdictOf(of))
	}
	return out
}

func (e explainer) NearMisses(ctx context.Context, event string, limit int) ([]server.NearMiss, error) {
	s, err := e.stored(ctx, event)
	if err != nil {
		return nil, err
	}
	live := e.catalogue.Live()
	var list []server.NearMiss
	for _, n := range live.Matcher.Matcher().NearMisses(&s.record, &s.event, limit) {
		r := live.Rules[n.Rule]
		miss := server.NearMiss{Rule: server.MatchedRule{ID: r.ID, Title: r.Title, Level: string(r.Level)}}
		for _, t := range n.Tests {
			miss.Tests = append(miss.Tests, t.Source)
		}
		list = append(list, miss)
	}
	return list, nil
}
