package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/catalogue"
	"penstock/ecs"
	"penstock/format/defender"
	"penstock/formats"
	"penstock/record"
	"penstock/retro"
	"penstock/state/statetest"
)

const (
	wsRule = `title: %s
id: %s
status: test
level: high
logsource:
  category: process_creation
  product: windows
detection:
  selection:
    CommandLine|contains: '%s'
  condition: selection
`
	encodedID  = "7d3a7f0e-5b0d-4a52-9c39-0d6f0b6f2a11"
	downloadID = "1c0e4a55-7e0f-4d9e-8b54-5b9d8f5f6a22"
)

func openWorkshop(t *testing.T) *workshop {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	known, err := formats.Open("")
	if err != nil {
		t.Fatal(err)
	}
	w := &workshop{formats: known}
	if w.plan, err = defender.Plan(); err != nil {
		t.Fatal(err)
	}
	if w.router, err = defender.Pipeline(w.plan); err != nil {
		t.Fatal(err)
	}
	if w.catalogue, err = catalogue.Open(t.Context(), db, catalogue.Options{Router: w.router}); err != nil {
		t.Fatal(err)
	}
	rule, err := w.catalogue.Create(t.Context(), fmt.Appendf(nil, wsRule, "Encoded", encodedID, "-enc"), catalogue.By{Who: "anna", Reason: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if rule.ID != encodedID {
		t.Fatalf("the rule is called %s", rule.ID)
	}
	return w
}

// hits are the ids of the rules that a process of that user with that command line fulfils.
func hits(t *testing.T, w *workshop, mapping retro.Mapping, rules retro.Rules, user, command string) (ids []string) {
	t.Helper()
	raw := fmt.Sprintf(`{"time":"2026-11-23T10:00:00Z","tenantId":"t","category":"AdvancedHunting-DeviceProcessEvents","properties":{"Timestamp":"2026-11-23T10:00:00Z","ActionType":"ProcessCreated","DeviceName":"ws-1","AccountName":%q,"FileName":"cmd.exe","FolderPath":"C:\\Windows\\System32\\cmd.exe","ProcessCommandLine":%q}}`, user, command)
	var p record.Parser
	var rec record.Record
	if err := p.Parse([]byte(raw), &rec); err != nil {
		t.Fatal(err)
	}
	var ev ecs.Event
	mapping.Normalize(&ev, &rec, time.Now())
	for _, n := range rules.Matcher().Match(&rec, &ev, nil) {
		ids = append(ids, rules.Rule(n).ID)
	}
	return ids
}

func ruleText(title, id, text string) retro.File {
	return retro.File{Role: retro.RuleFile, Name: title + ".yml", Text: fmt.Sprintf(wsRule, title, id, text)}
}

func TestAJobRunsTheRulesThatItsWorkNames(t *testing.T) {
	w := openWorkshop(t)
	for name, c := range map[string]struct {
		work retro.Work
		want []string
	}{
		"by id":          {retro.Work{Kind: retro.Detect, Rules: []string{encodedID}}, []string{encodedID}},
		"files":          {retro.Work{Kind: retro.Test, Files: []retro.File{ruleText("Download", downloadID, "download")}}, []string{downloadID}},
		"files and ids":  {retro.Work{Kind: retro.Test, Rules: []string{encodedID}, Files: []retro.File{ruleText("Download", downloadID, "download")}}, []string{encodedID, downloadID}},
		"a new text":     {retro.Work{Kind: retro.Test, Files: []retro.File{ruleText("Encoded", encodedID, "nothing")}}, nil},
		"the exception":  {retro.Work{Kind: retro.Exception, Rules: []string{encodedID}, Files: []retro.File{{Role: retro.ExceptionFile, Text: "s: {User|contains: svc}"}}}, nil},
		"hit exceptions": {retro.Work{Kind: retro.Exception, Rules: []string{encodedID}, Files: []retro.File{{Role: retro.ExceptionFile, Text: "s: {User|contains: anna}"}}}, []string{encodedID}},
	} {
		rules, err := w.Rules(t.Context(), &c.work)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if tables := rules.Tables(); len(tables) > 1 || len(tables) == 0 && name != "a new text" || len(tables) > 0 && tables[0] != "DeviceProcessEvents" {
			t.Errorf("%s: the rules are for %q", name, tables)
		}
		got := hits(t, w, w.plan, rules, "anna", "cmd -enc download")
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q match, want %q", name, got, c.want)
		}
	}
	for want, work := range map[string]retro.Work{
		"rule nothing: it is no":   {Kind: retro.Detect, Rules: []string{"nothing"}},
		"Bad.yml:":                 {Kind: retro.Test, Files: []retro.File{{Role: retro.RuleFile, Name: "Bad.yml", Text: "title: Bad\nlogsource: {category: process_creation}\ndetection: {condition: gone}"}}},
		"an exception is tried on": {Kind: retro.Exception, Files: []retro.File{{Role: retro.ExceptionFile, Text: "s: {User: x}"}}},
		"the rule \"Encoded\" is tried on, and hides nothing by them: NoSuchField: ": {Kind: retro.Exception, Rules: []string{encodedID}, Files: []retro.File{{Role: retro.ExceptionFile, Text: "s: {User: x}\nt: {NoSuchField: y}\ncondition: s or t"}}},
		"the files hold no detection": {Kind: retro.Test, Files: []retro.File{{Role: retro.RuleFile, Name: "empty.yml"}}},
	} {
		if _, err := w.Rules(t.Context(), &work); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestADiffComparesWhatIsInForceWithTheFiles(t *testing.T) {
	w := openWorkshop(t)
	before, after, err := w.Versions(t.Context(), &retro.Work{Kind: retro.Diff, Rules: []string{encodedID}, Files: []retro.File{ruleText("Download", downloadID, "download")}})
	if err != nil {
		t.Fatal(err)
	}
	if before.Mapping != after.Mapping {
		t.Error("the mapping is another one")
	}
	for _, v := range []struct {
		retro.Version
		want string
	}{{before, encodedID}, {after, downloadID}} {
		if got := hits(t, w, v.Mapping, v.Rules, "anna", "cmd -enc download"); len(got) != 1 || got[0] != v.want {
			t.Errorf("%q match, want %s", got, v.want)
		}
	}
	mapping := retro.File{Role: retro.MappingFile, Name: "m.yaml", Text: "assign:\n  - user.name = \"somebody\"\n"}
	before, after, err = w.Versions(t.Context(), &retro.Work{Kind: retro.Diff, Rules: []string{encodedID}, Files: []retro.File{mapping}})
	if err != nil || before.Mapping == after.Mapping {
		t.Fatalf("the mapping is the same, %v", err)
	}
	if got := hits(t, w, after.Mapping, after.Rules, "anna", "cmd -enc"); len(got) != 1 {
		t.Errorf("%q match", got)
	}
	mapping.Text = "assign: [nonsense = ]"
	if _, _, err := w.Versions(t.Context(), &retro.Work{Kind: retro.Diff, Files: []retro.File{mapping}}); err == nil || !strings.Contains(err.Error(), "m.yaml") {
		t.Error(err)
	}
}
