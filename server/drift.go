package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// Drift finds what has changed in the records that arrive.
type Drift interface {
	Findings(ctx context.Context, f DriftFilter) (*DriftReport, error)
}

// DriftFilter chooses findings.
type DriftFilter struct {
	Since time.Time // what was first seen from here on is new
	Kind  string    // empty: every kind
	Table string    // empty: every table
	New   bool      // only new ones
	Limit int
}

// DriftReport is what has changed, and what the mapping does not know.
type DriftReport struct {
	Since    time.Time           `json:"since" doc:"What was first seen from here on is new; the first 24 hours of a table are not"`
	Began    time.Time           `json:"began" doc:"Since when is noted what arrives"`
	Findings List[DriftFinding]  `json:"findings" doc:"New ones first, then the most frequent"`
	Counts   map[string]KindSeen `json:"counts" doc:"By kind, of all that the filter lets through but for the kind"`
	More     int                 `json:"more" doc:"Findings beyond the limit"`
}

// KindSeen counts findings of a kind.
type KindSeen struct {
	Total int `json:"total"`
	New   int `json:"new"`
}

// DriftFinding is something that is not as it was, or not as the mapping has it.
type DriftFinding struct {
	Kind       string       `json:"kind" enum:"table,action,column,key,type" doc:"key: of an object in a column; type: of the values of a column or key"`
	Table      string       `json:"table"`
	Name       string       `json:"name,omitempty" doc:"ActionType, column or column.key" example:"AdditionalFields.Novel"`
	Known      bool         `json:"known" doc:"The schema or the mapping has it; of an ActionType: a sentence does"`
	New        bool         `json:"new"`
	First      *time.Time   `json:"first,omitempty"`
	Last       *time.Time   `json:"last,omitempty"`
	Count      int64        `json:"count" doc:"Records; of columns and keys those in the sample of records that was looked at"`
	Sample     string       `json:"sample,omitempty" doc:"The first value, 96 bytes at most"`
	Forms      List[string] `json:"forms" doc:"What the values look like" example:"[\"decimal\",\"text\"]"`
	Declared   string       `json:"declared,omitempty" doc:"Type that the schema has for the column"`
	Added      List[string] `json:"added" doc:"Of a type: forms that came later, or that the declared type cannot hold"`
	Suggestion string       `json:"suggestion,omitempty" doc:"File of a mapping that gives it a field: add it to the files under mapping in the configuration"`
}

type driftInput struct {
	Since time.Time `query:"since" doc:"What was first seen from here on is new; default: 7 days ago"`
	Kind  string    `query:"kind" enum:"table,action,column,key,type"`
	Table string    `query:"table" maxLength:"256"`
	New   bool      `query:"new" doc:"Only what is new"`
	Limit int       `query:"limit" minimum:"1" maximum:"5000" default:"500"`
}

// driftRange is how far a request without a time looks back.
const driftRange = 7 * 24 * time.Hour

func (s *Server) registerDrift(api huma.API) {
	huma.Register(api, get(access.StatisticsRead, "drift", "/drift", "intakes", "What has changed in the records that arrive, and what the mapping does not know"), room(s, s.backends.Drift, "drift radar", "look for drift",
		func(ctx context.Context, d Drift, in *driftInput) (*DriftReport, error) {
			if in.Since.IsZero() {
				in.Since = time.Now().Add(-driftRange)
			}
			if in.Since.After(time.Now()) {
				return nil, newProblem(http.StatusBadRequest, "The time lies ahead: since must be before now.")
			}
			return d.Findings(ctx, DriftFilter{in.Since.UTC(), in.Kind, in.Table, in.New, in.Limit})
		}))
}
