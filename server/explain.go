package server

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// Explainer tells why a rule matched an event, or did not. Its errors are those of Rules and of Events.
type Explainer interface {
	// Explain tries a rule on an event that is stored or, where its id is empty, on a record as the streaming API sends it.
	Explain(ctx context.Context, rule, event string, record []byte) (*RuleExplanation, error)
	// NearMisses are the rules in force that would have matched an event if one test had come out differently, those of
	// which the most was there first.
	NearMisses(ctx context.Context, event string, limit int) ([]NearMiss, error)
}

// RuleExplanation is how a rule fared with an event.
type RuleExplanation struct {
	Rule    MatchedRule             `json:"rule"`
	Enabled bool                    `json:"enabled"`
	Matches bool                    `json:"matches"`
	Reason  string                  `json:"reason,omitempty" doc:"Why it is not tried on anything"`
	Streams List[StreamExplanation] `json:"streams" doc:"What answers the rule's logsource, each of which it is tried on apart"`
}

// StreamExplanation is how a rule fared with an event as one of a stream.
type StreamExplanation struct {
	Stream    string  `json:"stream"`
	Outside   string  `json:"outside,omitempty" doc:"Why the event is not in the stream, so that the rule is not tried on it"`
	Matches   bool    `json:"matches"`
	Condition Verdict `json:"condition"`
}

// Verdict is what became of a part of a rule's condition.
type Verdict struct {
	Holds      bool         `json:"holds"`
	Kind       string       `json:"kind" enum:"and,or,not,test"`
	Label      string       `json:"label,omitempty" doc:"What the part is in the rule: a selection, all of selection_*"`
	Of         []Verdict    `json:"of,omitempty" doc:"Its parts"`
	Field      string       `json:"field,omitempty" doc:"Of a test: as the rule names it"`
	Test       string       `json:"test,omitempty" doc:"As the rule says it"`
	Line       int          `json:"line,omitempty" doc:"Where in the rule"`
	Values     List[string] `json:"values" doc:"What the event has there, the first 20"`
	Hits       List[string] `json:"hits" doc:"Of these, those that are as the test wants them"`
	Unanswered string       `json:"unanswered,omitempty" doc:"Why no event can pass the test"`
}

// NearMiss is a rule that missed an event by one test.
type NearMiss struct {
	Rule  MatchedRule  `json:"rule"`
	Tests List[string] `json:"tests" doc:"Any one of which would have done, as the rule says them"`
}

// NearMisses are the rules that missed an event by one test.
type NearMisses struct {
	Rules List[NearMiss] `json:"rules" doc:"Those of which the most was there first"`
}

type explainInput struct {
	RuleInput
	Body struct {
		Event  string          `json:"event,omitempty" pattern:"^[0-9a-f]{32}$" doc:"Id of a stored event"`
		Record json.RawMessage `json:"record,omitempty" doc:"Or a record as the streaming API sends it"`
	}
}

type nearMissInput struct {
	ID    string `path:"id" pattern:"^[0-9a-f]{32}$" doc:"Identity of the event"`
	Limit int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
}

func (s *Server) registerExplain(api huma.API) {
	const what, tag = "rules", "rules"
	explainer := s.backends.Explain
	huma.Register(api, change(access.EventsRead, http.MethodPost, "explainRule", "/rules/{id}/explain", tag, "Why a rule matches an event, or does not: its condition with what became of each part"), room(s, explainer, what, "explain a rule",
		func(ctx context.Context, e Explainer, in *explainInput) (*RuleExplanation, error) {
			if (in.Body.Event == "") == (len(in.Body.Record) == 0) {
				return nil, &InputError{Message: "Name a stored event or give a record, one of the two."}
			}
			ctx, done, err := s.running(ctx)
			if err != nil {
				return nil, err
			}
			defer done()
			return e.Explain(ctx, in.ID, in.Body.Event, in.Body.Record)
		}))
	huma.Register(api, get(access.EventsRead, "nearMisses", "/events/{id}/near-misses", tag, "Rules in force that missed an event by one test"), room(s, explainer, what, "find near misses",
		func(ctx context.Context, e Explainer, in *nearMissInput) (NearMisses, error) {
			ctx, done, err := s.running(ctx)
			if err != nil {
				return NearMisses{}, err
			}
			defer done()
			list, err := e.NearMisses(ctx, in.ID, in.Limit)
			return NearMisses{list}, err
		}))
}
