package backend

import (
	"context"
	"errors"
	"time"

	"penstock/alert"
	"penstock/hunt"
	"penstock/server"
	"penstock/sigma"
)

// HuntSchedules answers for hunts that run by themselves.
func HuntSchedules(s *hunt.Schedules, h *hunt.Hunts) server.HuntSchedules { return huntSchedules{s, h} }

type huntSchedules struct {
	schedules *hunt.Schedules
	hunts     *hunt.Hunts
}

func scheduleError(err error) error {
	switch {
	case errors.Is(err, hunt.ErrChanged):
		return &server.ConflictError{Message: "Somebody else has changed this schedule meanwhile.", Hint: "Load it again."}
	case errors.Is(err, hunt.ErrTooMany):
		return &server.ConflictError{Message: err.Error()}
	}
	return huntError(err)
}

func standing(s *server.HuntStanding) hunt.Standing {
	out := hunt.Standing{
		Name: s.Name, Description: s.Description, Query: s.Query, Enabled: s.Enabled,
		Every: time.Duration(s.Every) * time.Second, Lookback: time.Duration(s.Lookback) * time.Second, Suppress: time.Duration(s.Suppress) * time.Second,
		Threshold: hunt.Threshold(s.Threshold), Severity: sigma.Level(s.Severity), Tactics: s.Tactics, Techniques: s.Techniques, Grouping: hunt.Grouping(s.Grouping),
	}
	for _, p := range s.Parameters {
		out.Parameters = append(out.Parameters, hunt.Parameter{Name: p.Name, Type: p.Type, Value: p.Value})
	}
	for _, e := range s.Entities {
		out.Entities = append(out.Entities, hunt.EntityColumn{Kind: alert.Kind(e.Kind), Column: e.Column})
	}
	return out
}

func schedule(s *hunt.Schedule) *server.HuntSchedule {
	out := &server.HuntSchedule{
		ID: s.ID, Rule: hunt.RuleID(s.ID), CreatedBy: s.CreatedBy, Created: s.Created, ChangedBy: s.ChangedBy, Changed: s.Changed,
		HuntStanding: server.HuntStanding{
			Name: s.Name, Description: s.Description, Query: s.Query, Enabled: s.Enabled,
			Every: int64(s.Every.Seconds()), Lookback: int64(s.Lookback.Seconds()), Suppress: int64(s.Suppress.Seconds()),
			Threshold: server.HuntThreshold(s.Threshold), Severity: string(s.Severity), Tactics: s.Tactics, Techniques: s.Techniques,
			Grouping: string(s.Grouping), Revision: s.Revision,
		},
		Next: moment(s.Next), Suppressed: moment(s.Suppressed),
	}
	for _, p := range s.Parameters {
		out.Parameters = append(out.Parameters, server.HuntParameter{Name: p.Name, Type: p.Type, Value: p.Value})
	}
	for _, e := range s.Entities {
		out.Entities = append(out.Entities, server.HuntEntity{Kind: string(e.Kind), Column: e.Column})
	}
	if s.Last != nil {
		out.Last = new(huntRun(s.Last))
	}
	return out
}

func huntRun(r *hunt.Run) server.HuntRun {
	return server.HuntRun{
		ID: r.ID, Started: r.Started, From: r.From, To: r.To, Seconds: r.Took.Seconds(), State: string(r.State), Rows: r.Rows, Alerts: r.Findings, Error: r.Error,
	}
}

func (s huntSchedules) List(ctx context.Context) ([]server.HuntSchedule, error) {
	list, err := s.schedules.List(ctx)
	out := make([]server.HuntSchedule, len(list))
	for i := range list {
		out[i] = *schedule(&list[i])
	}
	return out, scheduleError(err)
}

func (s huntSchedules) Find(ctx context.Context, id int64) (*server.HuntSchedule, error) {
	return answered(s.schedules.Find(ctx, id))
}

// answered puts a schedule into the terms of the API.
func answered(one *hunt.Schedule, err error) (*server.HuntSchedule, error) {
	if err != nil {
		return nil, scheduleError(err)
	}
	return schedule(one), nil
}

func (s huntSchedules) Add(ctx context.Context, who server.HuntWho, w *server.HuntStanding) (*server.HuntSchedule, error) {
	return answered(s.schedules.Add(ctx, who.Name, standing(w)))
}

func (s huntSchedules) Replace(ctx context.Context, who server.HuntWho, id int64, w *server.HuntStanding) (*server.HuntSchedule, error) {
	return answered(s.schedules.Replace(ctx, who.Name, id, w.Revision, standing(w)))
}

func (s huntSchedules) Delete(ctx context.Context, id int64) error {
	return scheduleError(s.schedules.Delete(ctx, id))
}

// answerTime is how long somebody waits for the run of a schedule: no answer may take longer than a search may.
const answerTime = 45 * time.Second

func (s huntSchedules) Try(ctx context.Context, who server.HuntWho, w *server.HuntStanding) (*server.HuntTrial, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	t, err := s.hunts.Attempt(ctx, who.Name, standing(w))
	if err != nil {
		return nil, scheduleError(err)
	}
	return &server.HuntTrial{Rows: t.Rows, Alerts: t.Alerts, Groups: t.Groups}, nil
}

func (s huntSchedules) RunNow(ctx context.Context, id int64) (*server.HuntRun, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	r, err := s.schedules.RunNow(ctx, id)
	if err != nil {
		return nil, scheduleError(err)
	}
	return new(huntRun(r)), nil
}

func (s huntSchedules) Runs(ctx context.Context, id int64, most int) ([]server.HuntRun, error) {
	list, err := s.schedules.Runs(ctx, id, most)
	out := make([]server.HuntRun, len(list))
	for i := range list {
		out[i] = huntRun(&list[i])
	}
	return out, scheduleError(err)
}

// alertRow is a row of a hunt that an alert keeps.
func alertRow(text []byte) (*server.AlertRow, error) {
	r, err := hunt.ReadRow(text)
	if err != nil {
		return nil, err
	}
	out := &server.AlertRow{Columns: make([]server.HuntColumn, len(r.Columns)), Values: make([]any, len(r.Values)), Cut: r.Cut}
	for i, c := range r.Columns {
		out.Columns[i] = server.HuntColumn{Name: c.Name, Type: c.Type}
	}
	for i, v := range r.Values {
		out.Values[i] = v
	}
	return out, nil
}
