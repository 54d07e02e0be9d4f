package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func (f *fake) Intake(ctx context.Context, name string) (*Intake, error) {
	list, err := f.Intakes(ctx)
	if i := slices.IndexFunc(list, func(i Intake) bool { return i.Name == name }); i >= 0 {
		return &list[i], err
	}
	return nil, ErrNotFound
}

func (f *fake) Create(_ context.Context, in *NewIntake) (*Intake, error) {
	if in.HubName == nil {
		return nil, &FormError{[]FormMistake{{"hubName", "Give the name of the hub."}, {"hubConnectionString", "It is missing."}}}
	}
	return &Intake{Name: in.Name, Format: in.Format, Origin: "api", State: "starting", IntakeSettings: in.IntakeSettings}, nil
}

func (f *fake) Change(ctx context.Context, name string, _ *IntakeSettings) (*Intake, error) {
	if name == "tenant" {
		return nil, &ConflictError{Message: "It is in penstock.yaml."}
	}
	return f.Intake(ctx, name)
}

func (f *fake) Delete(ctx context.Context, name string) error {
	_, err := f.Intake(ctx, name)
	return err
}

func (f *fake) Pause(ctx context.Context, name string) (*Intake, error)  { return f.Intake(ctx, name) }
func (f *fake) Resume(ctx context.Context, name string) (*Intake, error) { return f.Intake(ctx, name) }

func (f *fake) Rotate(ctx context.Context, name string, _ time.Duration) (*Intake, error) {
	in, err := f.Intake(ctx, name)
	if err == nil {
		in.IntakeKey = "psi_new"
	}
	return in, err
}

func (f *fake) EndOldKeys(ctx context.Context, name string) (*Intake, error) {
	return f.Intake(ctx, name)
}

func (f *fake) Test(_ context.Context, t *IntakeTest) (func(context.Context, func(TestStep)) error, error) {
	if t.HubName == nil {
		return nil, &FormError{[]FormMistake{{"hubName", "Give the name of the hub."}}}
	}
	return func(ctx context.Context, tell func(TestStep)) error {
		tell(TestStep{Name: "name", State: "running"})
		tell(TestStep{Name: "name", State: "passed", Found: "it is there"})
		if *t.HubName == "slow" {
			<-ctx.Done()
			return ctx.Err()
		}
		tell(TestStep{Name: "hub " + *t.HubName, State: "failed", Problem: "There is no such hub.", Hint: "Create it.", Field: "hubName"})
		return nil
	}, nil
}

func (f *fake) Formats(context.Context) (FormatList, error) {
	return FormatList{
		Formats: []Format{{ID: "defender", Name: "Microsoft Defender XDR"}},
		Broken:  []BrokenFormat{{ID: "acme", Folder: "/formats/acme", Mistakes: []FormatMistake{{File: "/formats/acme/format.yaml", Line: 3, Column: 1, Message: "unknown key"}}, Hint: "Mend it."}},
	}, nil
}

func posting(body string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Content-Type", "application/json")
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	}
}

func TestWhatIsWrongWithAnIntakeStandsBesideItsField(t *testing.T) {
	s := newServer(t, Options{}, allOf(newFake(time.Now(), 1)))
	status, _, body := do(t, s, "POST", "/api/v1/intakes", posting(`{"name":"a","format":"defender"}`))
	if status != 422 || !strings.Contains(body, `"location":"body.hubName"`) || !strings.Contains(body, `"location":"body.hubConnectionString"`) {
		t.Errorf("%d %s", status, body)
	}
	if status, _, body := do(t, s, "PATCH", "/api/v1/intakes/tenant", posting(`{"hubName":"b"}`)); status != 409 || !strings.Contains(body, "penstock.yaml") {
		t.Errorf("%d %s", status, body)
	}
	if status, _, body := do(t, s, "POST", "/api/v1/intakes", posting(`{"name":"a","format":"defender","hubName":"h"}`)); status != 201 {
		t.Errorf("%d %s", status, body)
	}
}

func TestValidationDoesNotGiveBackWhatMayBeSecret(t *testing.T) {
	s := newServer(t, Options{}, allOf(newFake(time.Now(), 1)))
	for _, body := range []string{`{"name":"a","format":"defender","hubConnectionSting":"SharedAccessKey=hush"}`, `{"name":"a","hubConnectionString":"SharedAccessKey=hush"}`} {
		if status, _, answer := do(t, s, "POST", "/api/v1/intakes", posting(body)); status != 422 || strings.Contains(answer, "hush") {
			t.Errorf("%d %s", status, answer)
		}
	}
}

func TestTheStepsOfATestAreToldAsTheyCome(t *testing.T) {
	s := newServer(t, Options{}, allOf(newFake(time.Now(), 1)))
	if status, _, body := do(t, s, "POST", "/api/v1/intakes/test", posting(`{}`)); status != 422 || !strings.Contains(body, "body.hubName") {
		t.Errorf("%d %s", status, body)
	}
	status, h, body := do(t, s, "POST", "/api/v1/intakes/test", posting(`{"hubName":"h"}`))
	if status != 200 || h.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v %s", status, h, body)
	}
	want := `event: step
data: {"name":"name","state":"running","seconds":0}

event: step
data: {"name":"name","state":"passed","found":"it is there","seconds":0}

event: step
data: {"name":"hub h","state":"failed","problem":"There is no such hub.","hint":"Create it.","field":"hubName","seconds":0}

event: end
data: {"passed":false}

`
	if body != want {
		t.Errorf("got %s", body)
	}
}

func TestATestEndsWithTheServer(t *testing.T) {
	s := newServer(t, Options{}, allOf(newFake(time.Now(), 1)))
	close(s.stopping)
	if _, _, body := do(t, s, "POST", "/api/v1/intakes/test", posting(`{"hubName":"slow"}`)); !strings.Contains(body, `"passed":false,"reason":`) {
		t.Errorf("got %s", body)
	}
}

func TestAFormErrorNamesEveryField(t *testing.T) {
	err := error(&FormError{[]FormMistake{{"a", "one"}, {"b", "two"}}})
	var form *FormError
	if err.Error() != "a: one; b: two" || !errors.As(err, &form) {
		t.Error(err)
	}
}
