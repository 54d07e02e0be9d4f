package match

import (
	"math/rand/v2"
	"slices"
	"testing"

	"penstock/ecs"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

const explained = `title: Hidden shell of an office program
id: 11111111-1111-4111-8111-111111111111
logsource: {category: process}
detection:
  selection_img:
    Image|endswith: ['\powershell.exe', '\pwsh.exe']
  selection_cli:
    CommandLine|contains|all: [' -w hidden', ' -enc ']
  selection_odd:
    NoColumn: x
  filter:
    Parent|endswith: '\agent.exe'
  condition: selection_img and (selection_cli or selection_odd) and not filter
`

func readRules(t testing.TB, text string) []*sigma.Rule {
	t.Helper()
	c := sigma.Read("test.yml", []byte(text), sigma.Options{})
	for _, p := range c.Problems {
		t.Fatal(p)
	}
	return c.Rules
}

func TestAnExplanationSaysWhatEachPartOfTheConditionCameTo(t *testing.T) {
	s := Compile(readRules(t, explained), newColumns(&pipeline.Stream{Name: "process", Table: "P"}))
	rec := event(t, "P", map[string]any{"Image": `C:\x\PowerShell.exe`, "CommandLine": "a -W Hidden -enc AAAA", "Parent": `C:\agent.exe`})
	x := s.Explain(0, rec, new(ecs.Event))
	if x.Matches || x.Stream == nil || len(x.Matched()) > 0 {
		t.Fatalf("%+v", x)
	}
	parts := map[string]*Part{}
	var gather func(p *Part)
	gather = func(p *Part) {
		parts[p.Label+p.Test] = p
		for _, of := range p.Of {
			gather(of)
		}
	}
	gather(x.Condition)
	noColumn := ""
	for key, p := range parts {
		if p.Field == "NoColumn" {
			noColumn = key
		}
	}
	if p := parts[noColumn]; p == nil || p.Holds || p.Reason != "there is no column" {
		t.Errorf("the field that is not there: %+v", p)
	}
	found := false
	for _, p := range parts {
		if p.Field == "Image" && p.Holds && slices.Equal(p.Values, []string{`C:\x\PowerShell.exe`}) {
			found = true
		}
	}
	if !found {
		t.Errorf("no part tells the image: %+v", parts)
	}
	missed := s.NearMisses(rec, new(ecs.Event), 10)
	if len(missed) != 1 || !missed[0].Unless || missed[0].Missing.Field != "Parent" {
		t.Errorf("near misses %+v", missed)
	}
	rec = event(t, "P", map[string]any{"Image": `C:\x\powershell.exe`, "CommandLine": "a -w hidden -enc AAAA"})
	x = s.Explain(0, rec, new(ecs.Event))
	if got := x.Matched(); !x.Matches || len(got) != 2 || got[0].Name != "Image" || got[1].Name != "CommandLine" {
		t.Errorf("matched %+v", got)
	}
	rec = event(t, "P", map[string]any{"Image": `C:\x\powershell.exe`, "CommandLine": "a -w hidden"})
	if missed := s.NearMisses(rec, new(ecs.Event), 10); len(missed) != 1 || missed[0].Unless || missed[0].Missing.Field != "CommandLine" {
		t.Errorf("near misses %+v", missed)
	}
	if x := s.Explain(0, event(t, "Q", map[string]any{"Image": `C:\x\powershell.exe`}), new(ecs.Event)); x.Stream != nil || x.Reason == "" {
		t.Errorf("an event of another table: %+v", x)
	}
}

func TestAnExplanationComesToWhatMatchingDoes(t *testing.T) {
	d := dice{rand.New(rand.NewPCG(5, 6))}
	s := Compile(d.rules(100), newColumns(testStreams...))
	m := s.Matcher()
	for range 50 {
		rec := event(t, d.of([]string{"T", "U"}), d.columns())
		matched := m.Match(rec, new(ecs.Event), nil)
		near := s.NearMisses(rec, new(ecs.Event), 1000)
		for i := range int32(s.Len()) {
			x := s.Explain(i, rec, new(ecs.Event))
			// What would match every event is in the set and matches none.
			if x.Matches != slices.Contains(matched, i) && len(s.Applicability(i).Streams) > 0 {
				t.Fatalf("rule %s: explained %t", describe(s.Rule(i).Condition), x.Matches)
			}
			if x.Matches && slices.ContainsFunc(near, func(n NearMiss) bool { return n.Number == i }) {
				t.Fatalf("rule %s matches and is a near miss", describe(s.Rule(i).Condition))
			}
		}
	}
}
