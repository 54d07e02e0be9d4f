package backend

import (
	"context"
	"time"

	"penstock/format"
	"penstock/investigate"
	"penstock/server"
)

// maxTraced is how many bytes of a value are shown.
const maxTraced = 2048

func (i investigator) Provenance(ctx context.Context, event string) (*server.Provenance, error) {
	s, err := i.subject(ctx, event)
	if err != nil {
		return nil, err
	}
	return provenanceOf(i.events.plan, s), nil
}

// Provenance tells where the fields of a record that is not stored come from.
func Provenance(plan *format.Plan, raw []byte, arrived time.Time) (*server.Provenance, error) {
	s, err := investigate.New(plan, nil).Subject(raw, arrived)
	if err != nil {
		return nil, err
	}
	return provenanceOf(plan, s), nil
}

func provenanceOf(plan *format.Plan, s *investigate.Subject) *server.Provenance {
	t := plan.Trace(&s.Record, s.Arrived)
	out := &server.Provenance{Table: s.Record.Table, Sentence: s.Sentence.Source, Fields: originsOf(t.Fields), Unfit: originsOf(t.Unfit)}
	for _, l := range t.Unmapped {
		out.Unmapped = append(out.Unmapped, server.Unmapped{Path: l.Path, Value: shown(l.Value.JSON), Why: l.Why})
	}
	return out
}

func originsOf(list []format.Traced) []server.FieldOrigin {
	out := make([]server.FieldOrigin, 0, len(list))
	for _, f := range list {
		o := server.FieldOrigin{Field: f.Field, Source: string(f.Source), Value: shown(f.Value.JSON), Follows: f.Follows}
		for _, from := range f.From {
			o.From = append(o.From, server.RecordValue{Path: from.Path, Value: shown(from.Value.JSON)})
		}
		if f.Source == format.Mapped {
			o.Line = &server.MappingLine{File: f.Line.File, Line: f.Line.Line, Text: f.Line.Text, When: f.Line.When}
		}
		out = append(out, o)
	}
	return out
}

// shown cuts a value between characters.
func shown(json []byte) string {
	if len(json) <= maxTraced {
		return string(json)
	}
	end := maxTraced
	for end > 0 && json[end]&0xc0 == 0x80 {
		end--
	}
	return string(json[:end]) + "…"
}
