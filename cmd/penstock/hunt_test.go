package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"penstock/alert"
	"penstock/ecs"
	"penstock/format/defender"
	"penstock/lake"
	"penstock/record"
	"penstock/retro"
	"penstock/search"
	"penstock/sigma"
	"penstock/state"
)

func TestAHuntMakesOneAlertOfManyMatchesHoweverOftenItRuns(t *testing.T) {
	w := openWorkshop(t)
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "alerts.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	facts := &ruleFacts{w.catalogue}
	alerts, err := alert.New(db, alert.Options{Plan: w.plan, Rules: facts, Integrations: facts})
	if err != nil {
		t.Fatal(err)
	}
	const events = 2*huntBatch + 10
	for range 2 {
		h := &huntAlerts{state: db, alerts: alerts, catalogue: w.catalogue}
		job := &retro.Job{Work: retro.Work{Kind: retro.Detect, Alerts: true}}
		var p record.Parser
		var rec record.Record
		var ev ecs.Event
		for n := range events {
			at := time.Date(2026, 11, 23, 10, 0, 0, n*1000, time.UTC)
			raw := fmt.Appendf(nil, `{"time":"2026-11-23T10:00:00Z","tenantId":"t","category":"AdvancedHunting-DeviceProcessEvents","properties":{"Timestamp":%q,"DeviceName":"ws-1","AccountName":"anna","ProcessId":%d}}`, at.Format(time.RFC3339Nano), n)
			if err := p.Parse(raw, &rec); err != nil {
				t.Fatal(err)
			}
			w.plan.Normalize(&ev, &rec, at)
			if err := h.Match(t.Context(), job, []retro.Rule{{ID: encodedID}}, &search.Scanned{Record: &rec, Event: &ev, Time: at, Read: at}); err != nil {
				t.Fatal(err)
			}
		}
		if err := h.Flush(t.Context(), job); err != nil {
			t.Fatal(err)
		}
	}
	page, err := alerts.List(t.Context(), alert.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Alerts) != 1 || page.Alerts[0].Occurrences != events {
		t.Errorf("%+v", page.Alerts)
	}
}

// huntingRules is a workshop with the same rules for every job.
type huntingRules struct{ jobRules }

func (h huntingRules) Rules(context.Context, *retro.Work) (retro.Rules, error) {
	return h.jobRules, nil
}

func (h huntingRules) Versions(context.Context, *retro.Work) (before, after retro.Version, err error) {
	return before, after, errors.New("nothing is compared")
}

// BenchmarkHunt runs the rules in the folder that PENSTOCK_BENCH_RULES names over the lake in the folder that
// PENSTOCK_BENCH_LAKE names.
func BenchmarkHunt(b *testing.B) {
	folder, dir := os.Getenv("PENSTOCK_BENCH_RULES"), os.Getenv("PENSTOCK_BENCH_LAKE")
	if folder == "" || dir == "" {
		b.Skip("PENSTOCK_BENCH_RULES and PENSTOCK_BENCH_LAKE are to name folders")
	}
	plan, err := planWith(nil)
	if err != nil {
		b.Fatal(err)
	}
	router, err := defender.Pipeline(plan)
	if err != nil {
		b.Fatal(err)
	}
	files, _, err := ruleFiles([]string{folder})
	if err != nil {
		b.Fatal(err)
	}
	rules := huntingRules{compiled(parseRules(files, sigma.Options{}), router)}
	l, err := lake.Open(b.Context(), dir, plan, lake.Options{MemoryBytes: 512 << 20})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	db, err := state.Open(b.Context(), filepath.Join(b.TempDir(), "state.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	jobs := retro.New(db, l, rules, retro.Options{Logger: slog.New(slog.DiscardHandler)})
	ctx, stop := context.WithCancel(b.Context())
	done := make(chan error, 1)
	go func() { done <- jobs.Run(ctx) }()
	began, events, matches := processorTime(b), int64(0), int64(0)
	for b.Loop() {
		job, err := jobs.Start(b.Context(), retro.Work{Kind: retro.Detect, From: time.Unix(0, 0), To: time.Now().AddDate(10, 0, 0)})
		if err != nil {
			b.Fatal(err)
		}
		for ; job.State == retro.Queued || job.State == retro.Running; time.Sleep(5 * time.Millisecond) {
			if job, err = jobs.Job(b.Context(), job.ID); err != nil {
				b.Fatal(err)
			}
		}
		if job.State != retro.Done {
			b.Fatal(job.Error)
		}
		events, matches = events+job.Events, matches+job.Matches
	}
	b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric(float64((processorTime(b)-began).Microseconds())/float64(events), "µs-cpu/event")
	b.ReportMetric(float64(rules.Len()), "rules")
	b.ReportMetric(float64(matches)/float64(events), "matches/event")
	stop()
	if err := <-done; err != nil {
		b.Error(err)
	}
}

// processorTime is what this process has used.
func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
