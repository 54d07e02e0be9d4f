package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
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
	"penstock/sigma/correlate"
	"penstock/state/statetest"
)

func TestAHuntMakesOneAlertOfManyMatchesHoweverOftenItRuns(t *testing.T) {
	w := openWorkshop(t)
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "alerts.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	facts := &ruleFacts{catalogue: w.catalogue}
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

func TestWhatAHuntCorrelatesBecomesAnAlert(t *testing.T) {
	w := openWorkshop(t)
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "alerts.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	facts := &ruleFacts{catalogue: w.catalogue}
	alerts, err := alert.New(db, alert.Options{Plan: w.plan, Rules: facts, Integrations: facts})
	if err != nil {
		t.Fatal(err)
	}
	burst := fmt.Sprintf("\n---\ntitle: Burst\nid: %s\nlevel: high\ncorrelation:\n  type: event_count\n  rules: [%s]\n  group-by: [User]\n  timespan: 1h\n  condition: {gte: 3}\n", downloadID, encodedID)
	file := ruleText("Encoded", encodedID, "-enc")
	file.Text += burst
	job := &retro.Job{Work: retro.Work{Kind: retro.Detect, Files: []retro.File{file}, Alerts: true}}
	rules, err := w.Rules(t.Context(), &job.Work)
	if err != nil {
		t.Fatal(err)
	}
	correlated := rules.(jobRules)
	if !correlated.Silent(encodedID) || correlated.Silent(downloadID) {
		t.Error("a rule that is only counted raises alerts")
	}
	counter := correlated.Counter()
	for range 2 { // the second finds nothing new
		h := &huntAlerts{state: db, alerts: alerts, catalogue: w.catalogue}
		var matches []correlate.Match
		for n := range 4 {
			e := scannedProcess(t, w, n, "cmd -enc")
			if numbers := rules.Matcher().Match(e.Record, e.Event, nil); len(numbers) != 1 {
				t.Fatalf("%d rules match", len(numbers))
			}
			matches = append(matches, counter.Count(0, e))
		}
		found, err := correlated.Correlations().Apply(t.Context(), new(correlate.Memory), matches)
		if err != nil || len(found) != 1 {
			t.Fatalf("%d findings, %v", len(found), err)
		}
		if err := errors.Join(h.Correlated(t.Context(), job, &found[0]), h.Flush(t.Context(), job)); err != nil {
			t.Fatal(err)
		}
	}
	page, err := alerts.List(t.Context(), alert.Selection{})
	if err != nil || len(page.Alerts) != 1 || page.Alerts[0].Rule != downloadID || page.Alerts[0].Origin != alert.FromCorrelation || page.Alerts[0].Occurrences != 1 ||
		!slices.Equal(page.Alerts[0].Hosts, []string{"ws-1"}) {
		t.Errorf("%+v, %v", page, err)
	}
	if events, err := alerts.Events(t.Context(), page.Alerts[0].ID); err != nil || len(events) != 4 || events[0].Table != "DeviceProcessEvents" {
		t.Errorf("events %+v, %v", events, err)
	}
}

// scannedProcess is a stored process of anna's on ws-1, the nth.
func scannedProcess(t *testing.T, w *workshop, n int, command string) *search.Scanned {
	t.Helper()
	at := time.Date(2026, 11, 23, 10, n, 0, 0, time.UTC)
	raw := fmt.Appendf(nil, `{"time":"2026-11-23T10:00:00Z","tenantId":"t","category":"AdvancedHunting-DeviceProcessEvents","properties":{"Timestamp":%q,"ActionType":"ProcessCreated","DeviceName":"ws-1","AccountName":"anna","FileName":"cmd.exe","FolderPath":"C:\\Windows\\System32\\cmd.exe","ProcessCommandLine":%q}}`,
		at.Format(time.RFC3339Nano), command)
	var p record.Parser
	e := &search.Scanned{Record: new(record.Record), Event: new(ecs.Event), Time: at, Read: at}
	if err := p.Parse(raw, e.Record); err != nil {
		t.Fatal(err)
	}
	w.plan.Normalize(e.Event, e.Record, at)
	return e
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
	plan, err := defender.Plan()
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
	db, err := statetest.Open(b.Context(), filepath.Join(b.TempDir(), "state.db"))
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
