package server

import (
	"bytes"
	"context"
	"io"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// Coverage tells how far rules cover ATT&CK. Its errors are those of Rules.
type Coverage interface {
	Coverage(ctx context.Context, f *RuleFilter) (*AttackCoverage, error)
	// WriteLayer writes it for the ATT&CK Navigator, format 4.5.
	WriteLayer(ctx context.Context, w io.Writer, f *RuleFilter) error
}

// AttackCoverage is how far rules cover ATT&CK.
type AttackCoverage struct {
	Version    string                  `json:"version" doc:"Of ATT&CK"`
	Tactics    List[TacticCoverage]    `json:"tactics" doc:"Columns of the matrix"`
	Techniques List[TechniqueCoverage] `json:"techniques" doc:"By id; rules of sub-techniques do not count for their parents"`
}

// TacticCoverage is a column of the matrix.
type TacticCoverage struct {
	ID         string       `json:"id" example:"TA0002"`
	Name       string       `json:"name"`
	Key        string       `json:"key" example:"execution"`
	Techniques List[string] `json:"techniques" doc:"Ids, sub-techniques behind their parents"`
	Covered    int          `json:"covered" doc:"Of these: those with a rule that is enabled and whose data arrives"`
}

// TechniqueCoverage is how far rules cover a technique.
type TechniqueCoverage struct {
	ID      string `json:"id" example:"T1059.001"`
	Name    string `json:"name"`
	Score   int    `json:"score" doc:"0: no rule is enabled; 1: one is; 2: and its data arrives; 3: and it is proven"`
	Known   int    `json:"known" doc:"Rules that are known"`
	Enabled int    `json:"enabled" doc:"Of these: enabled ones"`
	Data    int    `json:"data" doc:"Of these: whose data arrives"`
	Proven  int    `json:"proven" doc:"Of these: proven by a test event or by having fired"`
}

type layerOutput struct {
	Disposition string `header:"Content-Disposition"`
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *Server) registerCoverage(api huma.API) {
	huma.Register(api, get(access.RulesRead, "attackCoverage", "/coverage", "coverage", "How far the rules that a filter lets through cover ATT&CK"),
		room(s, s.backends.Coverage, "rules", "tell the coverage of ATT&CK",
			func(ctx context.Context, c Coverage, in *RuleFilter) (*AttackCoverage, error) {
				return c.Coverage(ctx, in)
			}))
	layer := get(access.RulesRead, "navigatorLayer", "/coverage/layer", "coverage", "The coverage as a layer of the ATT&CK Navigator")
	layer.Responses = map[string]*huma.Response{"200": {
		Description: "A layer, format 4.5", Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}}},
	}}
	huma.Register(api, layer, s.layer)
}

func (s *Server) layer(ctx context.Context, in *RuleFilter) (*layerOutput, error) {
	if s.backends.Coverage == nil {
		return nil, missing("rules")
	}
	var b bytes.Buffer
	if err := s.backends.Coverage.WriteLayer(ctx, &b, in); err != nil {
		return nil, s.problem("write a layer of the ATT&CK Navigator", err)
	}
	return &layerOutput{`attachment; filename="penstock-attack-layer.json"`, "application/json", b.Bytes()}, nil
}
