package backend

import (
	"context"
	"strings"

	"penstock/census"
	"penstock/drift"
	"penstock/format"
	"penstock/server"
)

// Drift compares what the census saw with what the plan expects.
func Drift(c *census.Census, plan *format.Plan) server.Drift { return radar{c, drift.New(plan)} }

type radar struct {
	census *census.Census
	radar  *drift.Radar
}

func (r radar) Findings(_ context.Context, f server.DriftFilter) (*server.DriftReport, error) {
	view := r.census.View()
	out := &server.DriftReport{Since: f.Since, Began: view.Began, Counts: map[string]server.KindSeen{}}
	for _, x := range r.radar.Findings(view, f.Since) {
		if f.Table != "" && !strings.EqualFold(f.Table, x.Table) || f.New && !x.New {
			continue
		}
		n := out.Counts[string(x.Kind)]
		n.Total++
		if x.New {
			n.New++
		}
		out.Counts[string(x.Kind)] = n
		switch {
		case f.Kind != "" && f.Kind != string(x.Kind):
		case len(out.Findings) >= f.Limit:
			out.More++
		default:
			out.Findings = append(out.Findings, server.DriftFinding{
				Kind: string(x.Kind), Table: x.Table, Name: x.Name, Known: x.Known, New: x.New, First: moment(x.First), Last: moment(x.Last), Count: x.Count,
				Sample: x.Sample, Forms: x.Forms, Declared: x.Declared, Added: x.Added, Suggestion: x.Suggestion,
			})
		}
	}
	return out, nil
}
