package attack

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheMatrixIsWhole(t *testing.T) {
	m := Enterprise()
	if m.Version != "19" || len(m.Tactics) != 15 {
		t.Fatalf("version %s with %d tactics", m.Version, len(m.Tactics))
	}
	inUse := 0
	for i := range m.Techniques {
		x := &m.Techniques[i]
		if !x.Retired {
			inUse++
		}
		if p := x.Parent(); p != "" {
			if _, ok := m.Technique(p); !ok {
				t.Errorf("%s has no parent", x.ID)
			}
		}
		if s, ok := m.Technique(x.Successor); ok && s.Retired {
			t.Errorf("the successor of %s is retired itself", x.ID)
		}
	}
	if inUse != 697 {
		t.Errorf("%d techniques in use", inUse)
	}
	if got := m.Title("t1059.001"); got != "Command and Scripting Interpreter: PowerShell" {
		t.Error(got)
	}
}

func TestTagsNameTacticsAndTechniques(t *testing.T) {
	for _, c := range []struct {
		name string
		tags []string
		want Tags
	}{
		{"technique and tactic", []string{"attack.t1059.001", "attack.execution"}, Tags{Techniques: []string{"T1059.001"}, Tactics: []string{"execution"}}},
		{"both spellings of a tactic", []string{"attack.command_and_control", "attack.command-and-control"}, Tags{Tactics: []string{"command-and-control"}}},
		{"a tactic's number", []string{"attack.ta0002"}, Tags{Tactics: []string{"execution"}}},
		{"a former tactic", []string{"attack.defense_evasion"}, Tags{Tactics: []string{"stealth"}}},
		{"a retired technique is its successor, once", []string{"attack.t1086", "attack.t1059.001"}, Tags{Techniques: []string{"T1059.001"}, Tactics: []string{"execution"}}},
		{"a technique that was replaced twice", []string{"attack.t1089"}, Tags{Techniques: []string{"T1685"}, Tactics: []string{"defense-impairment"}}},
		{"tactics of the techniques where none is named", []string{"attack.t1053.005"}, Tags{Techniques: []string{"T1053.005"}, Tactics: []string{"execution", "persistence", "privilege-escalation"}}},
		{"other namespaces, groups and software", []string{"cve.2021-44228", "detection.threat-hunting", "attack.g0016", "attack.s0154", "attack.ds0009"}, Tags{}},
		{"what is unknown", []string{"attack.t9999", "attack.fun", "attack."}, Tags{Unknown: []string{"attack.t9999", "attack.fun"}}},
		{"upper case", []string{"ATTACK.T1003"}, Tags{Techniques: []string{"T1003"}, Tactics: []string{"credential-access"}}},
	} {
		if diff := cmp.Diff(c.want, Enterprise().Tags(c.tags)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestFactsThatContradictThemselvesAreRefused(t *testing.T) {
	for _, text := range []string{
		"T1|a", "TA1|a|b|c|d", "T1|a|nowhere", "T1|a||T2",
	} {
		if _, err := read(text); err == nil {
			t.Errorf("%q was taken", text)
		}
	}
}

func TestALayerIsWhatTheNavigatorReads(t *testing.T) {
	var b bytes.Buffer
	titles := slices.Repeat([]string{"a rule"}, maxComment+2)
	err := Enterprise().WriteLayer(&b, Layer{Name: "n", Description: "d", Coverage: []Coverage{
		{Technique: "T1053.005", Known: 40, Enabled: 22, Data: 3, Proven: 1, Rules: titles},
		{Technique: "T1003", Known: 2, Enabled: 1},
		{Technique: "T9999", Known: 1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Name, Domain, Description string
		Versions                  map[string]string
		Gradient                  struct {
			Colors             []string
			MinValue, MaxValue *int
		}
		LegendItems []struct{ Label, Color string }
		Techniques  []struct {
			TechniqueID, Tactic, Comment string
			Score                        int
			Enabled                      bool
			Metadata                     []struct{ Name, Value string }
		}
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"attack": "19", "navigator": "5.1.0", "layer": "4.5"}, got.Versions); diff != "" || got.Domain != "enterprise-attack" {
		t.Errorf("%s, %s", diff, got.Domain)
	}
	if len(got.Gradient.Colors) < 2 || got.Gradient.MinValue == nil || got.Gradient.MaxValue == nil || len(got.LegendItems) != 4 {
		t.Errorf("gradient %+v, legend %+v", got.Gradient, got.LegendItems)
	}
	if len(got.Techniques) != 4 {
		t.Fatalf("%d cells; T1053.005 has three tactics, T1003 has one", len(got.Techniques))
	}
	first, last := got.Techniques[0], got.Techniques[3]
	if first.Score != ScoreProven || last.Score != ScoreEnabled || !last.Enabled || last.Tactic != "credential-access" {
		t.Errorf("cells %+v, %+v", first, last)
	}
	if !strings.HasSuffix(first.Comment, "\nand 2 more") || first.Metadata[2].Value != "3" {
		t.Errorf("cell %+v", first)
	}
}

func TestScoresGradeTheCoverage(t *testing.T) {
	for want, c := range []Coverage{{Known: 5}, {Known: 5, Enabled: 1}, {Enabled: 2, Data: 1}, {Enabled: 2, Data: 1, Proven: 1}} {
		if got := c.Score(); got != want {
			t.Errorf("%+v has score %d, want %d", c, got, want)
		}
	}
}
