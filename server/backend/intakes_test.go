package backend

import (
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"penstock/access"
	"penstock/config"
	"penstock/format/defender"
	"penstock/formats"
	"penstock/intake"
	"penstock/intakes"
	"penstock/secret"
	"penstock/server"
	"penstock/source"
	push "penstock/source/http"
)

func TestAnIntakeIsToldWithItsPartitionsAndTrouble(t *testing.T) {
	sequence, at := int64(41), time.Unix(100, 0)
	got := intakeOf(&intakes.State{State: intake.State{
		Name: "tenant", State: source.Failing, EventsPerSecond: 2.5,
		Counts: intake.Counts{Records: 10, Kept: 7, Rejected: 3},
		Tables: []intake.Table{{Table: "AlertInfo", Events: 7, Last: at}, {Table: "EmailEvents"}},
		Source: source.Status{
			Kind: "eventhub", Problem: &source.Problem{Message: "The key is wrong.", Hint: "Copy it again."},
			Partitions: []source.Partition{{
				Hub: "defender", Partition: "0", State: source.Running, Owned: true, LastSequence: &sequence,
				Problem: &source.Problem{Message: "The hub is busy.", Time: at},
				Start:   &source.Start{Begins: "sequence 42", Reason: "the journal has all before", Checkpoint: &sequence},
			}},
		},
	}})
	if got.Problem != "The key is wrong. Copy it again." || got.State != "failing" || got.Counts.Quarantined != 3 || got.LastMessage != nil {
		t.Errorf("%+v", got)
	}
	p := got.Partitions[0]
	if *p.LastSequence != 41 || p.Error != "The hub is busy." || !p.ErrorTime.Equal(at) || p.Start.Begins != "sequence 42" || p.LagMessages != nil {
		t.Errorf("%+v", p)
	}
	if got.Tables[0].Last == nil || got.Tables[1].Last != nil {
		t.Errorf("%+v", got.Tables)
	}
}

const (
	contosoHub  = "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=a;SharedAccessKey=aHVzaC1odXNoLWh1c2gtaHVzaC1odXNoLWh1c2gtaHU=;EntityPath=defender"
	contosoBlob = "DefaultEndpointsProtocol=https;AccountName=contoso;AccountKey=aHVzaC1odXNoaHVzaC1odXNoaHVzaC1odXNoaHVzaC1odXNoaHVzaC1odXNoaHVzaC1odXNoaHVzaC1odXNoaA==;EndpointSuffix=core.windows.net"
)

// managed are intakes of which none runs, and a way with one step.
func managed(t *testing.T) server.Intakes {
	t.Helper()
	db := openState(t)
	secrets, err := secret.Open(t.Context(), db, filepath.Join(t.TempDir(), "secrets.key"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := intakes.Open(t.Context(), db, secrets, intakes.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	known, err := formats.Open("")
	if err != nil {
		t.Fatal(err)
	}
	return Intakes(s, known, plan, func(_ context.Context, in *config.Intake, tell func(source.Step)) error {
		problem := &source.Problem{Message: "There is no hub " + in.EventHub.Hub + ".", Hint: "Create it."}
		tell(source.Step{Name: "hub " + in.EventHub.Hub, State: source.StepFailed, Problem: problem, Key: "hub"})
		return problem
	}, Pushed{Address: "http://127.0.0.1:8400", Traffic: func(string) push.Traffic {
		return push.Traffic{Requests: 3, Refused: []push.Refused{{Reason: "rate", Count: 2}}, Unknown: &push.Refused{Reason: "unknown_key", Count: 1}}
	}})
}

func asText(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheSettingsOfAnIntakeAreKeptAndItsSecretsNeverShown(t *testing.T) {
	list := managed(t)
	text := func(s string) *string { return &s }
	made, err := list.Create(t.Context(), &server.NewIntake{Name: "north", Format: "defender", IntakeSettings: server.IntakeSettings{
		HubConnectionString: text(contosoHub), StorageConnectionString: text(contosoBlob), StorageContainer: text("penstock"), Tags: []string{"a", "b"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if got := asText(t, made); strings.Contains(got, "aHVzaC1odXNo") || !strings.Contains(got, `"secretsSet":["hubConnectionString","storageConnectionString"]`) || !strings.Contains(got, `"hubName":"defender"`) {
		t.Errorf("made: %s", got)
	}
	changed, err := list.Change(t.Context(), "north", &server.IntakeSettings{Entity: text("Headquarters"), HubConnectionString: text("")})
	if err != nil || *changed.Entity != "Headquarters" || len(changed.Tags) != 2 || len(changed.SecretsSet) != 2 {
		t.Errorf("changed: %+v, %v", changed, err)
	}
	changed, err = list.Change(t.Context(), "north", &server.IntakeSettings{StorageContainer: text(""), Tags: []string{}})
	if err != nil || len(changed.Tags) != 0 || len(changed.SecretsSet) != 1 || changed.StorageContainer != nil {
		t.Errorf("without storage: %+v, %v", changed, err)
	}
	var form *server.FormError
	if _, err := list.Change(t.Context(), "north", &server.IntakeSettings{HubConnectionString: text(contosoBlob)}); !errors.As(err, &form) || form.Mistakes[0].Field != "hubConnectionString" {
		t.Errorf("the string of the storage in the field of the hub: %v", err)
	}
	if err := list.Delete(t.Context(), "south"); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("one that is not there: %v", err)
	}
}

func TestATestTakesWhatIsStoredForWhatIsNotGiven(t *testing.T) {
	list := managed(t)
	text := func(s string) *string { return &s }
	namespace := strings.TrimSuffix(contosoHub, ";EntityPath=defender")
	if _, err := list.Create(t.Context(), &server.NewIntake{Name: "north", Format: "defender", IntakeSettings: server.IntakeSettings{
		HubName: text("defender"), HubConnectionString: text(namespace),
	}}); err != nil {
		t.Fatal(err)
	}
	walk, err := list.Test(t.Context(), &server.IntakeTest{Name: "north", IntakeSettings: server.IntakeSettings{HubName: text("other"), HubConnectionString: text("")}})
	if err != nil {
		t.Fatal(err)
	}
	var steps []server.TestStep
	if err := walk(t.Context(), func(s server.TestStep) { steps = append(steps, s) }); err != nil {
		t.Errorf("the step says it, and the error again: %v", err)
	}
	if want := (server.TestStep{Name: "hub other", State: "failed", Problem: "There is no hub other.", Hint: "Create it.", Field: "hubName"}); len(steps) != 1 || steps[0] != want {
		t.Errorf("%+v", steps)
	}
	if stored, err := list.Intake(t.Context(), "north"); err != nil || *stored.HubName != "defender" {
		t.Errorf("the test has changed it: %+v, %v", stored, err)
	}
	var form *server.FormError
	if _, err := list.Test(t.Context(), &server.IntakeTest{IntakeSettings: server.IntakeSettings{HubName: text("x")}}); !errors.As(err, &form) {
		t.Errorf("a new one without a connection string: %v", err)
	}
}

func TestAnIntakeThatProgramsSendToTellsItsKeyOnceAndWhatWasSent(t *testing.T) {
	list := managed(t)
	made, err := list.Create(t.Context(), &server.NewIntake{Name: "scripts", Format: "defender", Source: "http"})
	if err != nil || made.IntakeKey == "" || made.Source != "http" || made.Push.Address != "http://127.0.0.1:8400" || !strings.Contains(made.IfDeleted, "key opens nothing") {
		t.Fatalf("%+v, %v", made, err)
	}
	again, err := list.Rotate(t.Context(), "scripts", time.Hour)
	if err != nil || again.IntakeKey == "" || again.IntakeKey == made.IntakeKey || len(again.Push.Keys) != 2 {
		t.Errorf("replaced: %+v, %v", again, err)
	}
	all, err := list.Intakes(t.Context())
	if got := asText(t, all); err != nil || strings.Contains(got, "psi_") || !strings.Contains(got, `"reason":"unknown_key"`) || !strings.Contains(got, `"requests":3`) {
		t.Errorf("%s, %v", got, err)
	}
	ctx := access.With(t.Context(), &access.Identity{Kind: access.ByUser, Name: "ann", Role: access.Viewer, Intakes: []string{"scripts"}})
	if in, err := list.Intake(ctx, "scripts"); err != nil || in.Push.Unknown != nil || len(in.Push.Refused) != 1 {
		t.Errorf("to somebody who sees it alone: %+v, %v", in.Push, err)
	}
	var form *server.FormError
	if _, err := list.Rotate(t.Context(), "scripts", -time.Hour); !errors.As(err, &form) || form.Mistakes[0].Field != "overlapHours" {
		t.Errorf("%v", err)
	}
}

func TestWhoIsRestrictedSeesHisIntakesAlone(t *testing.T) {
	list := managed(t)
	hub := contosoHub
	for _, name := range []string{"north", "south"} {
		if _, err := list.Create(t.Context(), &server.NewIntake{Name: name, Format: "defender", IntakeSettings: server.IntakeSettings{HubConnectionString: &hub}}); err != nil {
			t.Fatal(err)
		}
	}
	ctx := access.With(t.Context(), &access.Identity{Kind: access.ByUser, Name: "ann", Role: access.Analyst, Intakes: []string{"north"}})
	if seen, err := list.Intakes(ctx); err != nil || len(seen) != 1 || seen[0].Name != "north" {
		t.Errorf("%+v, %v", seen, err)
	}
	if _, err := list.Intake(ctx, "south"); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("that of others: %v", err)
	}
}

func TestTheSetupOfAFormatAsksForSettingsThatThereAre(t *testing.T) {
	list, err := managed(t).Formats(t.Context())
	formats := list.Formats
	if err != nil || len(formats) != 1 || len(formats[0].Tables) != 28 || len(formats[0].Setup) != 5 {
		t.Fatalf("%+v, %v", formats, err)
	}
	named := map[string]bool{}
	for f := range reflect.TypeFor[server.IntakeSettings]().Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		named[name] = f.Tag.Get("writeOnly") == "true"
	}
	for _, v := range formats[0].Setup {
		if secret, there := named[v.Field]; !there || secret != v.Secret {
			t.Errorf("%s: a setting %v, secret %v", v.Field, there, secret)
		}
	}
}
