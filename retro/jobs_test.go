package retro

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"penstock/search"
	"penstock/sigma/correlate"
)

// hours are processes on two hosts, ten an hour, of which every third is encoded and every tenth downloads.
func hours(n int) (records []string) {
	for i := range n * 10 {
		command := "cmd /c dir"
		if i%3 == 0 {
			command += " -enc"
		}
		if i%10 == 0 {
			command += " download"
		}
		records = append(records, started(i*6, fmt.Sprintf("ws-%d", i%2), "anna", "cmd.exe", fmt.Sprintf("%s %d", command, i)))
	}
	return records
}

func twoRules() contains {
	return append(commandHas("encoded", "-enc"), commandHas("download", "download")...)
}

func TestAJobNamesTablesThatThereAre(t *testing.T) {
	events := &stored{plan: defenderPlan(t), records: hours(1)}
	tables := func() []string { return []string{"DeviceEvents", "DeviceProcessEvents"} }
	jobs, _ := running(t, openState(t), events, &workshop{rules: twoRules()}, Options{Tables: tables})
	work := Work{Kind: Detect, From: monday, To: tuesday, Tables: []string{"DeviceEvents", "DeviceProcess"}}
	_, err := jobs.Start(t.Context(), work)
	if wrong := new(WorkError); !errors.As(err, &wrong) || wrong.Message != `There is no table "DeviceProcess": there are DeviceEvents, DeviceProcessEvents.` {
		t.Errorf("error %v", err)
	}
	work.Tables = []string{"deviceevents"}
	if _, err := jobs.Start(t.Context(), work); err != nil {
		t.Error(err)
	}
}

func TestAJobCountsEveryMatchByRuleAndHour(t *testing.T) {
	events := &stored{plan: defenderPlan(t), records: hours(6)}
	jobs, _ := running(t, openState(t), events, &workshop{rules: twoRules()}, Options{Workers: 2})
	job, err := jobs.Start(t.Context(), Work{Kind: Detect, From: monday, To: tuesday, By: "anna"})
	if err != nil {
		t.Fatal(err)
	}
	job = until(t, jobs, job.ID, Done)
	if job.Done != 60 || job.Total != 60 || job.Events != 60 || job.Matches != 26 || job.Started == nil || job.Finished == nil || job.Work.By != "anna" || job.Bucket != time.Hour {
		t.Errorf("%+v", job)
	}
	rules, err := jobs.Rules(t.Context(), job.ID)
	if want := []RuleCount{{rule("encoded"), 20}, {rule("download"), 6}}; err != nil || !slices.Equal(rules, want) {
		t.Errorf("rules %+v, %v", rules, err)
	}
	noise, err := jobs.Noise(t.Context(), job.ID, "download")
	if err != nil || len(noise) != 6 || noise[1] != (Count{monday.Add(time.Hour), 1}) {
		t.Errorf("noise %+v, %v", noise, err)
	}
	if all, err := jobs.Noise(t.Context(), job.ID, ""); err != nil || len(all) != 6 || all[0].Matches != 5 {
		t.Errorf("noise of all rules %+v, %v", all, err)
	}
	var kept []Match
	for s := (Selection{Rule: "encoded", Limit: 7}); ; {
		page, err := jobs.Matches(t.Context(), job.ID, s)
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, page.Matches...)
		if s.After = page.Next; s.After == 0 {
			break
		}
	}
	seen := map[string]bool{}
	for _, m := range kept {
		seen[m.Event] = true
		if m.Table != "DeviceProcessEvents" || !strings.HasPrefix(m.Summary, "ws-") || !strings.Contains(m.Summary, "anna · ") || !strings.Contains(m.Summary, "-enc") || m.Time.Before(monday) {
			t.Errorf("%+v", m)
		}
	}
	if len(kept) != 20 || len(seen) != 20 {
		t.Errorf("%d matches of %d events are kept, want 20", len(kept), len(seen))
	}
}

func TestAQueryAndATimeRangeNarrowAJob(t *testing.T) {
	events := &stored{plan: defenderPlan(t), records: hours(6)}
	w := &workshop{rules: twoRules()}
	jobs, _ := running(t, openState(t), events, w, Options{})
	job, err := jobs.Start(t.Context(), Work{
		Kind: Test, From: monday, To: monday.Add(2 * time.Hour), Query: "host.name: ws-1", Tables: []string{"DeviceProcessEvents"},
		Files: []File{{RuleFile, "a.yml", "title: A"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if job = until(t, jobs, job.ID, Done); job.Events != 10 || job.Matches != 3 {
		t.Errorf("%+v", job)
	}
	if got := w.got[0]; len(got.Files) != 1 || got.Files[0].Text != "title: A" || got.Query == "" {
		t.Errorf("the workshop got %+v", got)
	}
	if job.Work.Files[0].Text != "" || job.Work.Files[0].Name != "a.yml" {
		t.Errorf("the job shows %+v", job.Work.Files)
	}
}

// tabled are rules for some tables.
type tabled struct {
	contains
	tables []string
}

func (r tabled) Tables() []string { return r.tables }

func TestOnlyTablesForWhichThereAreRulesAreRead(t *testing.T) {
	events := &stored{plan: defenderPlan(t), records: hours(1)}
	for _, c := range []struct {
		asked, rules []string
		want         int64
	}{
		{nil, nil, 10}, {nil, []string{"DeviceProcessEvents", "DeviceEvents"}, 10}, {nil, []string{"DeviceEvents"}, 0}, {nil, []string{}, 0},
		{[]string{"deviceprocessevents", "DeviceProcessEvents"}, []string{"DeviceProcessEvents"}, 10}, {[]string{"DeviceProcessEvents"}, nil, 10},
		{[]string{"DeviceProcessEvents"}, []string{"DeviceEvents"}, 0},
	} {
		r := search.ScanRequest{From: monday, To: tuesday, Tables: c.asked}
		summary, err := newHunt(tabled{twoRules(), c.rules}, monday, tuesday).run(t.Context(), events, r)
		if err != nil || summary.Events != c.want {
			t.Errorf("%v of %v: %d events, %v, want %d", c.asked, c.rules, summary.Events, err, c.want)
		}
	}
}

func TestAWorkThatCannotBeDoneIsRefused(t *testing.T) {
	jobs := New(openState(t), &stored{}, &workshop{}, Options{})
	good := Work{Kind: Detect, From: monday, To: tuesday}
	for name, spoil := range map[string]func(*Work){
		"jobs of kind":     func(w *Work) { w.Kind = "guess" },
		"range is empty":   func(w *Work) { w.To = w.From },
		"rule that is to":  func(w *Work) { w.Kind = Test },
		"exception that":   func(w *Work) { w.Kind = Exception; w.Rules = []string{"a"} },
		"compared with":    func(w *Work) { w.Kind = Diff; w.Rules = []string{"a"} },
		"has the role":     func(w *Work) { w.Files = []File{{"poem", "a", "b"}} },
		"at most 16 MiB":   func(w *Work) { w.Files = []File{{RuleFile, "a", strings.Repeat("x", maxText)}} },
		"at most 10000":    func(w *Work) { w.Tables = make([]string, 1000) },
		"makes no alerts":  func(w *Work) { w.Alerts = true },
		"Only a detect":    func(w *Work) { w.Kind, w.Files, w.Alerts = Test, []File{{RuleFile, "a", "b"}}, true },
		"say alerts":       func(w *Work) { w.Notify = true },
		"host.nam":         func(w *Work) { w.Query = "host.nam: x" },
		"query of the job": func(w *Work) { w.Query = "host.name: (" },
	} {
		w := good
		spoil(&w)
		if _, err := jobs.Start(t.Context(), w); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for range maxQueued {
		if _, err := jobs.Start(t.Context(), good); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := jobs.Start(t.Context(), good); !errors.Is(err, ErrBusy) {
		t.Errorf("one job too many: %v", err)
	}
}

func TestJobsCanBeCancelledWhetherTheyWaitOrRun(t *testing.T) {
	events := &stored{plan: defenderPlan(t), records: hours(6), gate: make(chan struct{})}
	jobs, _ := running(t, openState(t), events, &workshop{rules: twoRules()}, Options{})
	work := Work{Kind: Detect, From: monday, To: tuesday}
	first, err := jobs.Start(t.Context(), work)
	if err != nil {
		t.Fatal(err)
	}
	second, err := jobs.Start(t.Context(), work)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		events.gate <- struct{}{}
	}
	if err := jobs.Cancel(t.Context(), second.ID); err != nil {
		t.Fatal(err)
	}
	until(t, jobs, second.ID, Cancelled)
	if j := until(t, jobs, first.ID, Running); j.Started == nil {
		t.Errorf("%+v", j)
	}
	if err := jobs.Delete(t.Context(), first.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("a running job is deleted: %v", err)
	}
	if _, err := jobs.Again(t.Context(), first.ID); err == nil {
		t.Error("a running job is started again")
	}
	if err := jobs.Cancel(t.Context(), first.ID); err != nil {
		t.Fatal(err)
	}
	if j := until(t, jobs, first.ID, Cancelled); j.Matches == 0 || j.Error != "" {
		t.Errorf("%+v", j)
	}
	if page, err := jobs.Matches(t.Context(), first.ID, Selection{}); err != nil || len(page.Matches) == 0 {
		t.Errorf("what it had found is gone: %+v, %v", page, err)
	}
	if n := testutil.ToFloat64(jobs.ended.WithLabelValues(string(Cancelled))); n != 2 {
		t.Errorf("%v cancelled jobs are counted", n)
	}
	for _, err := range []error{jobs.Cancel(t.Context(), first.ID), jobs.Delete(t.Context(), first.ID)} {
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := jobs.Matches(t.Context(), first.ID, Selection{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("after it was deleted: %v", err)
	}
	if list, err := jobs.List(t.Context(), 0, 0); err != nil || len(list) != 1 || list[0].ID != second.ID {
		t.Errorf("%+v, %v", list, err)
	}
	if err := jobs.Cancel(t.Context(), 77); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

func TestAJobDuringWhichTheProgramEndsHasFailedAndCanBeStartedAgain(t *testing.T) {
	db := openState(t)
	events := &stored{plan: defenderPlan(t), records: hours(6), gate: make(chan struct{})}
	w := &workshop{rules: twoRules()}
	jobs, stop := running(t, db, events, w, Options{})
	work := Work{Kind: Test, From: monday, To: tuesday, Files: []File{{RuleFile, "a.yml", "title: A"}}}
	first, err := jobs.Start(t.Context(), work)
	if err != nil {
		t.Fatal(err)
	}
	waiting, err := jobs.Start(t.Context(), work)
	if err != nil {
		t.Fatal(err)
	}
	events.gate <- struct{}{}
	stop()
	if j := until(t, jobs, first.ID, Failed); j.Error != Interrupted {
		t.Errorf("%+v", j)
	}
	// And so has one that nobody could write the end of.
	if _, err := db.Writer.Exec(`UPDATE retro_job SET state = 'running', error = '' WHERE id = ?`, first.ID); err != nil {
		t.Fatal(err)
	}
	close(events.gate)
	jobs, _ = running(t, db, events, w, Options{})
	until(t, jobs, waiting.ID, Done)
	if j := until(t, jobs, first.ID, Failed); j.Error != Interrupted {
		t.Errorf("%+v", j)
	}
	again, err := jobs.Again(t.Context(), first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if again = until(t, jobs, again.ID, Done); again.Matches != 26 {
		t.Errorf("%+v", again)
	}
	if got := w.got[len(w.got)-1]; got.Files[0].Text != "title: A" {
		t.Errorf("the workshop got %+v", got)
	}
}

func TestAJobWhoseRulesCannotBeMadeFailsWithTheReason(t *testing.T) {
	jobs, _ := running(t, openState(t), &stored{}, &workshop{err: errors.New("a.yml, line 3: no condition")}, Options{})
	job, err := jobs.Start(t.Context(), Work{Kind: Detect, From: monday, To: tuesday})
	if err != nil {
		t.Fatal(err)
	}
	if job = until(t, jobs, job.ID, Failed); job.Error != "a.yml, line 3: no condition" {
		t.Errorf("%+v", job)
	}
	if _, err := jobs.Difference(t.Context(), job.ID); !errors.Is(err, ErrNotCompared) {
		t.Error(err)
	}
}

// sink notes what it is told.
type sink struct {
	mu  sync.Mutex
	got []string
	err error

	shown   []string
	flushed int
}

func (s *sink) Match(_ context.Context, job *Job, rules []Rule, e *search.Scanned) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range rules {
		s.got = append(s.got, fmt.Sprint(job.Work.Notify, r.ID, e.Record.ID))
	}
	return s.err
}

func (s *sink) Correlated(_ context.Context, job *Job, f *correlate.Finding) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = append(s.shown, fmt.Sprint(f.Correlation.ID, " ", f.Group, " ", f.Hits[0].Note))
	return s.err
}

func (s *sink) Flush(context.Context, *Job) error {
	s.flushed++
	return nil
}

func TestAlertsAreMadeOnlyWhenTheyAreAskedFor(t *testing.T) {
	events := &stored{plan: defenderPlan(t), records: hours(6)}
	s := &sink{}
	jobs, _ := running(t, openState(t), events, &workshop{rules: twoRules()}, Options{Sink: s, Workers: 3})
	for _, alerts := range []bool{false, true} {
		job, err := jobs.Start(t.Context(), Work{Kind: Detect, From: monday, To: tuesday, Alerts: alerts})
		if err != nil {
			t.Fatal(err)
		}
		until(t, jobs, job.ID, Done)
		if want := map[bool]int{true: 26}[alerts]; len(s.got) != want {
			t.Errorf("alerts %t: the sink is told of %d matches", alerts, len(s.got))
		}
	}
	s.err = errors.New("the disk is full")
	job, err := jobs.Start(t.Context(), Work{Kind: Detect, From: monday, To: tuesday, Alerts: true})
	if err != nil {
		t.Fatal(err)
	}
	if job = until(t, jobs, job.ID, Failed); job.Error != "raise an alert: the disk is full" || s.flushed != 2 {
		t.Errorf("%+v, flushed %d times", job, s.flushed)
	}
}

func TestARuleThatMatchesEverythingIsCountedInFullAndKeptInPart(t *testing.T) {
	h := newHunt(commandHas("all", ""), monday, tuesday)
	visit := h.visitor()
	events := &stored{plan: defenderPlan(t), records: hours(1)[:1]}
	for range maxKeptPerRule + 100 {
		r := search.ScanRequest{From: monday, To: tuesday, Normalise: true}
		if err := events.one(t.Context(), &r, events.records[0], visit); err != nil {
			t.Fatal(err)
		}
	}
	if found, total := h.drain(); len(found) != maxKeptPerRule || total != maxKeptPerRule+100 {
		t.Errorf("%d of %d matches are kept", len(found), total)
	}
}

func TestBucketsAreHoursUnlessThereWouldBeTooMany(t *testing.T) {
	for days, want := range map[int]time.Duration{1: time.Hour, 30: time.Hour, 90: 24 * time.Hour, 730: 24 * time.Hour, 4000: 720 * time.Hour} {
		if got := bucketWidth(monday, monday.AddDate(0, 0, days)); got != want {
			t.Errorf("%d days: %s, want %s", days, got, want)
		}
	}
}

func TestOldJobsAreForgotten(t *testing.T) {
	db := openState(t)
	jobs := New(db, &stored{}, &workshop{}, Options{})
	if _, err := db.Writer.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < ?)
		INSERT INTO retro_job (kind, work, files, state, created) SELECT 'test', '{"files":[{"role":"rule","name":"a"}]}', '[]', 'done', 0 FROM n`, maxJobs+20); err != nil {
		t.Fatal(err)
	}
	if _, err := jobs.Start(t.Context(), Work{Kind: Detect, From: monday, To: tuesday}); err != nil {
		t.Fatal(err)
	}
	list, err := jobs.List(t.Context(), 0, 1000)
	if err != nil || len(list) != maxJobs {
		t.Errorf("%d jobs are kept, %v", len(list), err)
	}
	var texts int
	if err := db.Reader.QueryRow(`SELECT count(*) FROM retro_job WHERE files IS NOT NULL`).Scan(&texts); err != nil || texts != maxTexts {
		t.Errorf("the files of %d jobs are kept, %v", texts, err)
	}
	var wrong *WorkError
	if _, err := jobs.Again(t.Context(), list[len(list)-1].ID); !errors.As(err, &wrong) {
		t.Errorf("a job without its files is started again: %v", err)
	}
}
