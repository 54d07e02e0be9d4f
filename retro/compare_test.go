package retro

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"penstock/search"
)

const ownMapping = `
fields:
  acme.first: keyword
tables:
  DeviceProcessEvents:
    - assign:
        - acme.first = AccountName
        - user.name = "somebody"
`

func TestADiffShowsWhichFieldsChange(t *testing.T) {
	before, after := defenderPlan(t), defenderPlan(t, ownMapping)
	events := &stored{plan: before, records: hours(2)}
	for _, workers := range []int{1, 4} {
		d, err := Compare(t.Context(), events, search.ScanRequest{From: monday, To: tuesday, Workers: workers}, Version{Mapping: before}, Version{Mapping: after})
		if err != nil {
			t.Fatal(err)
		}
		if d.Events != 20 || d.Changed != 20 || len(d.Rules) != 0 || d.OtherFields != 0 {
			t.Errorf("%+v", d)
		}
		fields := map[string]FieldDelta{}
		for _, f := range d.Fields {
			if len(f.Samples) != maxSamples || f.Table != "DeviceProcessEvents" {
				t.Errorf("%+v", f)
			}
			fields[f.Field] = f
		}
		if f := fields["acme.first"]; f.Added != 20 || f.Removed != 0 || f.Changed != 0 || f.Samples[0].Before != "" || f.Samples[0].After != `"anna"` {
			t.Errorf("%+v", f)
		}
		if f := fields["user.name"]; f.Changed != 20 || f.Samples[0].Before != `"anna"` || f.Samples[0].After != `"somebody"` {
			t.Errorf("%+v", f)
		}
		back, err := Compare(t.Context(), events, search.ScanRequest{From: monday, To: tuesday, Workers: workers}, Version{Mapping: after}, Version{Mapping: before})
		if err != nil || back.Changed != 20 || len(back.Fields) != len(d.Fields) {
			t.Fatalf("%+v, %v", back, err)
		}
		for _, f := range back.Fields {
			if there := fields[f.Field]; f.Added != there.Removed || f.Removed != there.Added || f.Changed != there.Changed {
				t.Errorf("there %+v, back %+v", there, f)
			}
		}
	}
}

func TestADiffBetweenEqualVersionsIsEmpty(t *testing.T) {
	events := &stored{plan: defenderPlan(t), records: hours(2)}
	v := Version{Mapping: defenderPlan(t), Rules: twoRules()}
	same := Version{Mapping: defenderPlan(t), Rules: twoRules()}
	d, err := Compare(t.Context(), events, search.ScanRequest{From: monday, To: tuesday}, v, same)
	if err != nil || d.Events != 20 || d.Changed != 0 || len(d.Fields) != 0 || len(d.Rules) != 0 || d.matches() != 0 {
		t.Errorf("%+v, %v", d, err)
	}
}

func TestADiffShowsWhichMatchesAndAlertsChange(t *testing.T) {
	plan := defenderPlan(t)
	records := []string{
		started(1, "ws-1", "anna", "a.exe", "one two"), started(2, "WS-1", "anna", "a.exe", "two"), started(3, "ws-2", "anna", "a.exe", "two three"),
		started(4, "ws-2", "bob", "a.exe", "three"), started(5, "ws-3", "bob", "a.exe", "nothing"),
	}
	before := append(commandHas("moved", "two"), commandHas("gone", "one")...)
	after := append(commandHas("new", "nothing"), commandHas("moved", "three")...) // the numbers differ, the ids count
	before, after = append(before, commandHas("same", "o")...), append(after, commandHas("same", "o")...)
	events := &stored{plan: plan, records: records}
	d, err := Compare(t.Context(), events, search.ScanRequest{From: monday, To: tuesday, Workers: 2}, Version{plan, before}, Version{plan, after})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]RuleDelta{}
	for _, r := range d.Rules {
		samples := int64(0)
		for _, s := range r.Samples {
			if s.Summary == "" || s.Table != "DeviceProcessEvents" || s.Time.Before(monday) || s.Event == "" {
				t.Errorf("%+v", s)
			}
			samples++
		}
		if samples != r.Gained+r.Lost {
			t.Errorf("%s: %d samples", r.ID, samples)
		}
		r.Samples = nil
		got[r.ID] = r
	}
	want := map[string]RuleDelta{
		// Before ws-1/anna and ws-2/anna, after ws-2/anna and ws-2/bob.
		"moved": {Rule: rule("moved"), Before: 3, After: 2, Gained: 1, Lost: 2, AlertsBefore: 2, AlertsAfter: 2, AlertsGained: 1, AlertsLost: 1},
		"gone":  {Rule: rule("gone"), Before: 1, Lost: 1, AlertsBefore: 1, AlertsLost: 1},
		"new":   {Rule: rule("new"), After: 1, Gained: 1, AlertsAfter: 1, AlertsGained: 1},
	}
	if !reflect.DeepEqual(got, want) || d.Rules[0].ID != "moved" || d.matches() != 5 {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestAJobKeepsItsDifference(t *testing.T) {
	before, after := defenderPlan(t), defenderPlan(t, ownMapping)
	w := &workshop{before: Version{before, twoRules()}, after: Version{after, twoRules()[:1]}}
	jobs, _ := running(t, openState(t), &stored{plan: before, records: hours(2)}, w, Options{})
	job, err := jobs.Start(t.Context(), Work{Kind: Diff, From: monday, To: tuesday, Files: []File{{MappingFile, "own.yaml", ownMapping}}})
	if err != nil {
		t.Fatal(err)
	}
	if job = until(t, jobs, job.ID, Done); job.Events != 20 || job.Matches != 2 {
		t.Errorf("%+v", job)
	}
	d, err := jobs.Difference(t.Context(), job.ID)
	if err != nil || d.Changed != 20 || len(d.Rules) != 1 || d.Rules[0].Lost != 2 || d.Note == "" {
		t.Errorf("%+v, %v", d, err)
	}
	text, err := json.Marshal(d)
	if err != nil || !strings.HasPrefix(string(text), `{"events":20,"changed":20,`) {
		t.Errorf("%s, %v", text, err)
	}
}
