package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"penstock/retro"
)

// The fakes answer what the tests here ask; the real rooms are tested behind the adapters.

type fakeAlerts struct {
	Alerts
	actor string
	err   error
}

func (f *fakeAlerts) Comment(_ context.Context, actor string, _ int64, _ string) error {
	f.actor = actor
	return f.err
}

func (f *fakeAlerts) OfEvent(context.Context, string) ([]AlertOfEvent, error) {
	return []AlertOfEvent{{ID: 7, Title: "Encoded command", Band: "high", Status: "new"}}, nil
}

type fakeRules struct{ Rules }

func (fakeRules) Named(ids []string) []MatchedRule {
	list := make([]MatchedRule, len(ids))
	for i, id := range ids {
		list[i] = MatchedRule{ID: id, Title: "Title of " + id, Level: "high"}
	}
	return list
}

type fakePacks struct {
	Packs
	began chan struct{} // nil: nobody waits
	size  int
}

func (f *fakePacks) Install(ctx context.Context, _ By, in *Upload) (*InstallReport, error) {
	if f.began != nil {
		f.began <- struct{}{}
		<-f.began
	}
	f.size = len(in.Archive)
	return &InstallReport{Pack: in.Name}, ctx.Err()
}

type fakeJobs struct {
	Jobs
	work retro.Work
}

func (f *fakeJobs) Start(_ context.Context, w retro.Work) (*retro.Job, error) {
	f.work = w
	return &retro.Job{ID: 3, Work: w, State: retro.Queued}, nil
}

func (f *fakeJobs) List(_ context.Context, before int64, limit int) ([]retro.Job, error) {
	var list []retro.Job
	for id := int64(5); id > 0; id-- {
		if (before == 0 || id < before) && len(list) < limit {
			list = append(list, retro.Job{ID: id})
		}
	}
	return list, nil
}

func withBody(contentType string, body io.Reader) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Content-Type", contentType)
		r.Body = io.NopCloser(body)
	}
}

func withJSON(text string) func(*http.Request) {
	return withBody("application/json", strings.NewReader(text))
}

func TestWhoChangesSomethingIsSaid(t *testing.T) {
	f := &fakeAlerts{}
	s := newServer(t, Options{}, Backends{Alerts: f})
	for header, want := range map[string]string{"": "api", "ann": "ann", "Ann Müller": "Ann Müller"} {
		status, _, body := do(t, s, "POST", "/api/v1/alerts/7/comments", withJSON(`{"text":"x"}`), func(r *http.Request) {
			if header != "" {
				r.Header.Set("X-Penstock-Actor", header)
			}
		})
		if status != 204 || f.actor != want {
			t.Errorf("%q: %d %s, by %q", header, status, body, f.actor)
		}
	}
	for _, header := range []string{strings.Repeat("x", 101), "a\tb", "\u202e"} {
		if status, _, _ := do(t, s, "POST", "/api/v1/alerts/7/comments", withJSON(`{"text":"x"}`), func(r *http.Request) {
			r.Header.Set("X-Penstock-Actor", header)
		}); status != 422 {
			t.Errorf("%q: %d", header, status)
		}
	}
}

func TestErrorsOfRoomsBecomeProblems(t *testing.T) {
	f := &fakeAlerts{}
	s := newServer(t, Options{}, Backends{Alerts: f})
	for _, c := range []struct {
		err  error
		want Problem
	}{
		{fmt.Errorf("alert 7: %w", ErrNotFound), problem(404, "nothing with this id", 0)},
		{&InputError{Field: "text", Message: "too long", Hint: "shorten it"}, problem(422, "too long", 0)},
		{fmt.Errorf("change: %w", &ConflictError{Message: "changed meanwhile"}), problem(409, "changed meanwhile", 0)},
		{&RuleError{[]RuleProblem{{Line: 1, Message: "odd", Warning: true}, {Line: 4, Column: 2, Message: "no such modifier"}}}, problem(422, "line 4: no such modifier", 0)},
		{errors.New("disk full"), problem(500, "Something went wrong here", 0)},
	} {
		f.err = c.err
		status, _, body := do(t, s, "POST", "/api/v1/alerts/7/comments", withJSON(`{"text":"x"}`))
		var got Problem
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		if status != c.want.Status || !strings.Contains(got.Detail, c.want.Detail) {
			t.Errorf("%v: %d %s", c.err, status, body)
		}
		var input *InputError
		if errors.As(c.err, &input) && (got.Field != input.Field || got.Hint != input.Hint) {
			t.Errorf("%v: %s", c.err, body)
		}
		var rule *RuleError
		if errors.As(c.err, &rule) && len(got.Problems) != 2 {
			t.Errorf("%v: %s", c.err, body)
		}
	}
}

func TestRoomsOfDetectionThatAreMissingAreSaid(t *testing.T) {
	s := newServer(t, Options{}, Backends{})
	for _, target := range []string{"alerts", "alerts/counts", "alerts/statistics", "alerts/noisy", "alerts/1", "alerts/1/events", "alerts/1/history",
		"alerts/1/comments", "alerts/1/similar", "assets", "rules", "rules/history", "rules/a", "rules/a/history", "rules/a/activity", "rules/a/exceptions",
		"exceptions", "packs", "coverage", "coverage/layer", "logsources", "logsources/fields", "jobs", "jobs/1", "jobs/1/matches", "jobs/1/rules", "jobs/1/noise", "jobs/1/difference",
		"jobs/1/preview", "notifications/targets", "notifications/deliveries"} {
		if status, _, body := do(t, s, "GET", "/api/v1/"+target); status != 503 || !strings.Contains(body, "This process has no") {
			t.Errorf("%s: %d %s", target, status, body)
		}
	}
}

func TestAnEventNamesItsRulesAndAlerts(t *testing.T) {
	f := newFake(time.Now(), 1)
	f.events[0].Rules = List[MatchedRule]{{ID: "r1"}}
	b := allOf(f)
	b.Rules, b.Alerts = fakeRules{}, &fakeAlerts{}
	_, _, body := do(t, newServer(t, Options{}, b), "GET", "/api/v1/events/"+f.events[0].ID)
	for _, want := range []string{`"rules":[{"id":"r1","title":"Title of r1","level":"high"}]`, `"alerts":[{"id":7,`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing in %s", want, body)
		}
	}
}

func TestOnlyUploadsMayBeLarge(t *testing.T) {
	f := &fakePacks{}
	s := newServer(t, Options{}, Backends{Packs: f, Jobs: &fakeJobs{}, Alerts: &fakeAlerts{}})
	zeros := func(n int64) io.Reader { return bytes.NewReader(make([]byte, n)) }
	if status, _, body := do(t, s, "POST", "/api/v1/packs?name=x", withBody("application/zip", zeros(20<<20))); status != 200 || f.size != 20<<20 {
		t.Errorf("a pack of 20 MiB: %d %s, %d bytes", status, body, f.size)
	}
	if status, _, _ := do(t, s, "POST", "/api/v1/packs?name=x", withBody("application/zip", zeros(maxUpload+1))); status != 413 {
		t.Errorf("a pack beyond the limit: %d", status)
	}
	large := `{"text":"` + strings.Repeat("x", 2<<20) + `"}`
	if status, _, _ := do(t, s, "POST", "/api/v1/alerts/7/comments", withJSON(large)); status != 413 {
		t.Errorf("a comment of 2 MiB: %d", status)
	}
	work := `{"kind":"test","from":"2026-11-01T00:00:00Z","to":"2026-11-02T00:00:00Z","files":[{"role":"rule","name":"a","text":"` + strings.Repeat("x", 2<<20) + `"}]}`
	if status, _, body := do(t, s, "POST", "/api/v1/jobs", withJSON(work)); status != 200 {
		t.Errorf("a job with 2 MiB of rules: %d %.200s", status, body)
	}
}

func TestOneUploadIsTakenAtATime(t *testing.T) {
	f := &fakePacks{began: make(chan struct{})}
	s := newServer(t, Options{}, Backends{Packs: f})
	first := make(chan int)
	go func() {
		status, _, _ := do(t, s, "POST", "/api/v1/packs?name=x", withBody("application/zip", strings.NewReader("x")))
		first <- status
	}()
	<-f.began
	if status, h, _ := do(t, s, "POST", "/api/v1/packs?name=x", withBody("application/zip", strings.NewReader("x"))); status != 503 || h.Get("Retry-After") == "" {
		t.Errorf("the second upload: %d", status)
	}
	f.began <- struct{}{}
	if status := <-first; status != 200 {
		t.Errorf("the first upload: %d", status)
	}
}

func TestAJobIsStartedByWhoAsks(t *testing.T) {
	f := &fakeJobs{}
	s := newServer(t, Options{}, Backends{Jobs: f})
	work := `{"kind":"detect","from":"2026-11-01T00:00:00Z","to":"2026-11-02T00:00:00Z","by":"somebody else"}`
	status, _, body := do(t, s, "POST", "/api/v1/jobs", withJSON(work), func(r *http.Request) { r.Header.Set("X-Penstock-Actor", "ann") })
	if status != 200 || f.work.By != "ann" || !strings.Contains(body, `"state":"queued"`) {
		t.Errorf("%d %s, by %q", status, body, f.work.By)
	}
	if _, _, body := do(t, s, "GET", "/api/v1/jobs?limit=2&before=4"); !strings.Contains(body, `"next":2`) {
		t.Errorf("a page of jobs: %s", body)
	}
}
