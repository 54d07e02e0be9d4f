package drift

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/census"
	"penstock/format"
	"penstock/format/defender"
	"penstock/record"
	"penstock/state/statetest"
)

var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// world is a census that has seen records.
type world struct {
	t        testing.TB
	census   *census.Census
	observer *census.Observer
	plan     *format.Plan
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	c, err := census.Open(t.Context(), db, census.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return &world{t, c, c.Observer(), plan}
}

func (w *world) see(at time.Time, table string, columns map[string]any) {
	w.t.Helper()
	raw, err := json.Marshal(map[string]any{"category": "AdvancedHunting-" + table, "properties": columns})
	if err != nil {
		w.t.Fatal(err)
	}
	var p record.Parser
	var rec record.Record
	if err := p.Parse(raw, &rec); err != nil {
		w.t.Fatal(err)
	}
	w.observer.Observe(&rec, at)
}

func (w *world) findings(since time.Time) []Finding {
	w.census.Gather()
	return New(w.plan).Findings(w.census.View(), since)
}

func find(list []Finding, kind Kind, name string) *Finding {
	i := slices.IndexFunc(list, func(f Finding) bool { return f.Kind == kind && f.Name == name })
	if i < 0 {
		return nil
	}
	return &list[i]
}

func TestWhatIsAsItWasIsNoFinding(t *testing.T) {
	w := newWorld(t)
	for day := range 9 {
		w.see(monday.AddDate(0, 0, day), "DeviceProcessEvents", map[string]any{
			"ActionType": "ProcessCreated", "devicename": "ws", "ProcessId": 1 + day, "Timestamp": monday, "MachineGroup": nil, "IsProcessRemoteSession": false,
		})
	}
	if list := w.findings(monday.AddDate(0, 0, 2)); len(list) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestNewAndUnknownThingsAreFoundWithASampleAndALineForTheMapping(t *testing.T) {
	w := newWorld(t)
	plain := map[string]any{"ActionType": "ServiceInstalled", "DeviceName": "ws", "AdditionalFields": `{"ServiceName":"x"}`, "LocalPort": 80}
	w.see(monday, "DeviceEvents", plain)
	w.see(monday.Add(2*time.Hour), "DeviceEvents", map[string]any{"Early": "in the first day"})
	later := monday.AddDate(0, 0, 5)
	w.see(later, "DeviceEvents", map[string]any{
		"ActionType": "Teleported", "Novel": "a value", "Ratio": 0.5, "IsNew": true, "AccountUpn": "anna@corp.example", "LocalPort": "eighty",
		"AdditionalFields": map[string]any{"Source Mac": "02:00", "Count": 3}, "DeviceName": []string{"ws"},
	})
	w.see(later, "QuantumEvents", map[string]any{"Spin": "up"})
	list := w.findings(monday.AddDate(0, 0, 3))
	for _, want := range []struct {
		kind           Kind
		name           string
		known, isNew   bool
		sample, suffix string // of the suggestion
	}{
		{Action, "ServiceInstalled", true, false, "", ""},
		{Action, "Teleported", false, true, "Teleported", ""},
		{Column, "Early", false, false, "in the first day", "- action.properties.Early = Early\n"},
		{Column, "Novel", false, true, "a value", "fields:\n  action.properties.Novel: keyword\ntables:\n  DeviceEvents:\n    - action.properties.Novel = Novel\n"},
		{Column, "Ratio", false, true, "0.5", "fields:\n  action.properties.Ratio: float\ntables:\n  DeviceEvents:\n    - action.properties.Ratio = Ratio\n"},
		{Column, "IsNew", false, true, "true", "fields:\n  action.properties.IsNew: boolean\ntables:\n  DeviceEvents:\n    - action.properties.IsNew = IsNew\n"},
		{Key, "AdditionalFields.Source Mac", false, true, "02:00", `    - 'action.properties.SourceMac = parsed(AdditionalFields)["Source Mac"]'` + "\n"},
		{Key, "AdditionalFields.Count", false, true, "3", "    - action.properties.Count = parsed(AdditionalFields).Count\n"},
		{Type, "LocalPort", true, true, "", ""},
		{Type, "DeviceName", true, true, "", ""},
	} {
		f := find(list, want.kind, want.name)
		if f == nil {
			if want.known && !want.isNew {
				continue
			}
			t.Errorf("%s %s is not found", want.kind, want.name)
			continue
		}
		if f.Known != want.known || f.New != want.isNew || want.sample != "" && f.Sample != want.sample || !strings.HasSuffix(f.Suggestion, want.suffix) {
			t.Errorf("%+v, want %+v", *f, want)
		}
		if f.Suggestion == "" {
			continue
		}
		if _, err := defender.PlanWith(defender.File{Name: "suggested.yaml", Data: []byte(f.Suggestion)}); err != nil {
			t.Errorf("%s: %v\n%s", f.Name, err, f.Suggestion)
		}
	}
	if f := find(list, Type, "LocalPort"); f != nil && (f.Declared != "int" || !slices.Equal(f.Added, []string{"text"})) {
		t.Errorf("%+v", *f)
	}
	if f := find(list, Type, "DeviceName"); f != nil && !slices.Equal(f.Added, []string{"list"}) {
		t.Errorf("%+v", *f)
	}
	if f := find(list, Table, ""); f == nil || f.Table != "QuantumEvents" || f.Known || f.Count != 1 {
		t.Errorf("%+v", f)
	}
	for i := range list[1:] {
		if list[i+1].New && !list[i].New {
			t.Errorf("%s, which is new, stands behind %s", list[i+1].Name, list[i].Name)
		}
	}
}

func TestAColumnThatAnotherTableHasGetsTheSameField(t *testing.T) {
	w := newWorld(t)
	w.see(monday, "IdentityQueryEvents", map[string]any{"InitiatingProcessIntegrityLevel": "x", "IsAdminOperation": true})
	f := find(w.findings(monday), Column, "IsAdminOperation")
	if f == nil || f.Suggestion != "tables:\n  IdentityQueryEvents:\n    - action.properties.IsAdminOperation = IsAdminOperation\n" {
		t.Errorf("%+v", f)
	}
}

// FuzzSuggestions makes suggestions for whatever names, and reads them as a mapping.
func FuzzSuggestions(f *testing.F) {
	f.Add("Novel", "key")
	f.Add("a b", `"]\`)
	f.Add("AdditionalFields", "'\n: #")
	f.Fuzz(func(t *testing.T, column, key string) {
		plan, err := defender.Plan()
		if err != nil {
			t.Fatal(err)
		}
		s := &scan{table: plan.Table("DeviceEvents"), name: "DeviceEvents"}
		text := s.suggest(column, key, &census.Column{Forms: census.Decimal, Sample: "1"})
		if text == "" {
			return
		}
		if _, err := format.ParseUserDefinition("suggested.yaml", []byte(text)); err != nil {
			t.Errorf("%q %q: %v\n%s", column, key, err, text)
		}
	})
}

func BenchmarkFindings(b *testing.B) {
	w := newWorld(b)
	for action := range 200 {
		columns := map[string]any{"ActionType": fmt.Sprint("Action", action)}
		for c := range 80 {
			columns[fmt.Sprint("Column", (action*7+c)%700)] = c
		}
		w.see(monday, "DeviceEvents", columns)
	}
	w.census.Gather()
	r, view := New(w.plan), w.census.View()
	b.ReportAllocs()
	for b.Loop() {
		r.Findings(view, monday)
	}
}
