package backend

import (
	"context"
	"errors"
	"testing"
	"time"

	"penstock/alert"
	"penstock/ecs"
	"penstock/format/defender"
	"penstock/record"
	"penstock/retro"
	"penstock/search"
	"penstock/server"
)

// noon is when the alerts of these tests happen.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// scanned are stored events that a job goes over.
type scanned struct{ raw []string }

func (s *scanned) Scan(_ context.Context, _ search.ScanRequest, visitor func() search.Visitor) (search.ScanSummary, error) {
	plan, err := defender.Plan()
	if err != nil {
		return search.ScanSummary{}, err
	}
	visit := visitor()
	for _, raw := range s.raw {
		var p record.Parser
		var rec record.Record
		if err := p.Parse([]byte(raw), &rec); err != nil {
			return search.ScanSummary{}, err
		}
		var ev ecs.Event
		plan.Normalize(&ev, &rec, noon)
		if err := visit(&search.Scanned{Record: &rec, Event: &ev, Time: noon, Read: noon}); err != nil {
			return search.ScanSummary{}, err
		}
	}
	return search.ScanSummary{Events: int64(len(s.raw))}, nil
}

// everything is a rule that every event fulfils.
type everything struct{}

func (everything) Rules(context.Context, *retro.Work) (retro.Rules, error) { return everything{}, nil }

func (everything) Versions(context.Context, *retro.Work) (before, after retro.Version, err error) {
	return retro.Version{}, retro.Version{}, nil
}

func (everything) Matcher() retro.Matcher { return everything{} }

func (everything) Tables() []string { return nil }

func (everything) Rule(int32) retro.Rule { return retro.Rule{ID: "r1", Title: "Everything"} }

func (everything) Match(_ *record.Record, _ *ecs.Event, dst []int32) []int32 { return append(dst, 0) }

func finished(t *testing.T, j server.Jobs, w retro.Work) *retro.Job {
	t.Helper()
	job, err := j.Start(t.Context(), w)
	for err == nil && (job.State == retro.Queued || job.State == retro.Running) {
		time.Sleep(time.Millisecond)
		job, err = j.Job(t.Context(), job.ID)
	}
	if err != nil || job.State != retro.Done {
		t.Fatalf("the job: %+v, %v", job, err)
	}
	return job
}

func TestAnExceptionShowsWhatItWouldHaveHidden(t *testing.T) {
	d := newDetectionAPI(t)
	var rec record.Record
	var p record.Parser
	if err := p.Parse([]byte(explained), &rec); err != nil {
		t.Fatal(err)
	}
	hidden := d.raiseEvent("ws-1", rec.ID, noon) // its event is found by the job
	d.raise("ws-2", 2)                           // and this one's is not
	verdict, status := alert.TruePositive, alert.StatusClosed
	if _, err := d.alerts.Update(t.Context(), "ann", hidden, 0, &alert.Edit{Status: &status, Verdict: &verdict}); err != nil {
		t.Fatal(err)
	}
	jobs := retro.New(d.db, &scanned{[]string{explained}}, everything{}, retro.Options{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- jobs.Run(ctx) }()
	defer func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}()
	a := Jobs(jobs, d.alerts)
	work := retro.Work{
		Kind: retro.Exception, Rules: []string{"r1"}, Files: []retro.File{{Role: retro.ExceptionFile, Name: "x", Text: "selection: {User: a}"}},
		From: noon.Add(-time.Hour), To: noon.Add(time.Hour),
	}
	preview, err := a.Preview(t.Context(), finished(t, a, work).ID)
	if err != nil {
		t.Fatal(err)
	}
	if preview.Alerts != 2 || preview.HiddenAlerts != 1 || preview.HiddenEvents != 1 || preview.Events != 2 || len(preview.TruePositives) != 1 {
		t.Errorf("%+v", preview)
	}
	work.Kind, work.Files = retro.Detect, nil
	if _, err := a.Preview(t.Context(), finished(t, a, work).ID); err == nil {
		t.Error("a job that tried no exception has a preview")
	}
	noise, err := a.Noise(t.Context(), 2, "")
	if err != nil || len(noise.Buckets) != 1 || noise.IntervalSeconds == 0 {
		t.Errorf("%+v, %v", noise, err)
	}
}

func TestErrorsOfJobsAreTheCallers(t *testing.T) {
	a := Jobs(retro.New(openState(t), nil, nil, retro.Options{}), nil)
	if _, err := a.Job(t.Context(), 7); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("no such job: %v", err)
	}
	var input *server.InputError
	if _, err := a.Start(t.Context(), retro.Work{Kind: retro.Detect}); !errors.As(err, &input) {
		t.Errorf("an empty time range: %v", err)
	}
	var query *server.QueryError
	if _, err := a.Start(t.Context(), retro.Work{Kind: retro.Detect, From: noon, To: noon.Add(time.Hour), Query: "(("}); !errors.As(err, &query) {
		t.Errorf("a broken query: %v", err)
	}
}
