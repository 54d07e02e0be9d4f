package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// IncidentList is what went wrong in a time range.
type IncidentList struct {
	Incidents List[Incident] `json:"incidents"`
}

// ClockList is how long events take, per table and stage.
type ClockList struct {
	Clocks List[ClockPercentiles] `json:"clocks"`
}

// RangeInput is a time range.
type RangeInput struct {
	From time.Time `query:"from" doc:"Start of the time range; default: 24 hours before its end"`
	To   time.Time `query:"to" doc:"End of the time range; default: now"`
}

func (s *Server) registerDelivery(api huma.API) {
	huma.Register(api, get(access.DeliveryRead, "ledgerReport", "/ledger", "delivery", "Was anything lost?"), s.ledger)
	huma.Register(api, get(access.DeliveryRead, "listIncidents", "/incidents", "delivery", "What went wrong, newest first"), s.incidents)
	huma.Register(api, quietly(access.DeliveryWrite, http.MethodPost, "acknowledgeIncident", "/incidents/{id}/acknowledge", "delivery",
		"End an incident that does not end by itself; a gap stays in every report"), s.acknowledge)
	huma.Register(api, get(access.StatisticsRead, "clocks", "/clocks", "delivery", "How long events take, by table and stage"), s.clocks)
	huma.Register(api, get(access.StatisticsRead, "lakeStats", "/lake", "delivery", "What is stored"), s.lakeStats)
	huma.Register(api, get(access.Any, "version", "/version", "delivery", "Version of the program"),
		func(context.Context, *struct{}) (*output[Version], error) {
			return &output[Version]{s.options.Version}, nil
		})
}

type incidentInput struct {
	ID string `path:"id" maxLength:"128"`
}

func (s *Server) acknowledge(ctx context.Context, in *incidentInput) (*struct{}, error) {
	if s.backends.Ledger == nil {
		return nil, missing("ledger")
	}
	if err := s.backends.Ledger.Acknowledge(ctx, in.ID); err != nil {
		return nil, s.problem("acknowledge incident "+in.ID, err)
	}
	s.log.Info("an incident was acknowledged", "id", in.ID)
	return nil, nil
}

func (s *Server) ledger(ctx context.Context, in *RangeInput) (*output[*LedgerReport], error) {
	if s.backends.Ledger == nil {
		return nil, missing("ledger")
	}
	sel, err := SelectionInput{From: in.From, To: in.To}.selection()
	if err != nil {
		return nil, err
	}
	ctx, done, err := s.running(ctx) // it asks the lake as well
	if err != nil {
		return nil, err
	}
	defer done()
	report, err := s.backends.Ledger.Report(ctx, sel.From, sel.To)
	if err != nil {
		return nil, s.problem("report from the ledger", err)
	}
	return &output[*LedgerReport]{report}, nil
}

func (s *Server) incidents(ctx context.Context, in *RangeInput) (*output[IncidentList], error) {
	if s.backends.Ledger == nil {
		return nil, missing("ledger")
	}
	sel, err := SelectionInput{From: in.From, To: in.To}.selection()
	if err != nil {
		return nil, err
	}
	list, err := s.backends.Ledger.Incidents(ctx, sel.From, sel.To)
	if err != nil {
		return nil, s.problem("list incidents", err)
	}
	return &output[IncidentList]{IncidentList{list}}, nil
}

func (s *Server) clocks(ctx context.Context, _ *struct{}) (*output[ClockList], error) {
	if s.backends.Ledger == nil {
		return nil, missing("ledger")
	}
	list, err := s.backends.Ledger.Clocks(ctx)
	if err != nil {
		return nil, s.problem("read the clocks", err)
	}
	return &output[ClockList]{ClockList{list}}, nil
}

func (s *Server) lakeStats(ctx context.Context, _ *struct{}) (*output[*LakeStats], error) {
	if s.backends.Lake == nil {
		return nil, missing("lake")
	}
	stats, err := s.backends.Lake.Stats(ctx)
	if err != nil {
		return nil, s.problem("read the state of the lake", err)
	}
	return &output[*LakeStats]{stats}, nil
}
