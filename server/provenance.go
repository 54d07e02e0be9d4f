package server

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// Provenance tells of every field of an event where it came from.
type Provenance struct {
	Table    string            `json:"table"`
	Sentence string            `json:"sentence,omitempty" doc:"File, line and column of the template of the event's sentence" example:"sentences/device_process_events.yaml:17:9"`
	Fields   List[FieldOrigin] `json:"fields" doc:"In order of name"`
	Unfit    List[FieldOrigin] `json:"unfit" doc:"Values that could not be what their field holds, and were left out of the event"`
	Unmapped List[Unmapped]    `json:"unmapped" doc:"Columns of the record, and keys in them, that no field has"`
}

// FieldOrigin tells of a field where it came from. Values are JSON text, cut at 2048 bytes.
type FieldOrigin struct {
	Field   string            `json:"field" example:"host.name"`
	Source  string            `json:"source" enum:"mapped,derived,kept,own" doc:"mapped: a line of the mapping gave it; derived: it follows from other fields; kept: a column that nobody knows, as it came; own: Penstock says it of the record"`
	Value   string            `json:"value" doc:"What became of it"`
	From    List[RecordValue] `json:"from" doc:"What it was in the record; nothing for a constant"`
	Line    *MappingLine      `json:"line,omitempty"`
	Follows List[string]      `json:"follows" doc:"Of a derived field: fields of the event that it may follow from"`
}

// RecordValue is a part of a record.
type RecordValue struct {
	Path  string `json:"path" doc:"Column, or path in it; record.X is a key beside the columns" example:"AdditionalFields.TaskName"`
	Value string `json:"value"`
}

// MappingLine is a line of the mapping.
type MappingLine struct {
	File string `json:"file" doc:"Of the built-in mapping below format/defender, or one of the configured ones; empty: the rule for columns that nothing maps" example:"mapping/common.yaml"`
	Line int    `json:"line" doc:"From 1; 0 without a file"`
	Text string `json:"text" example:"host.name = DeviceName"`
	When string `json:"when,omitempty" doc:"Condition that it stands under"`
}

// Unmapped is a part of a record that no field has.
type Unmapped struct {
	Path  string `json:"path" example:"AdditionalFields.Novel"`
	Value string `json:"value" doc:"JSON text, cut at 2048 bytes"`
	Why   string `json:"why"`
}

func (s *Server) registerProvenance(api huma.API) {
	huma.Register(api, get(access.EventsRead, "eventProvenance", "/events/{id}/provenance", "events", "Where each field of an event came from, and what nothing maps"), inquire(s, "trace an event",
		func(ctx context.Context, i Investigator, in *eventInput) (*Provenance, error) {
			return i.Provenance(ctx, in.ID)
		}))
}
