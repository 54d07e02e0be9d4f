package catalogue

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
)

func matches(t testing.TB, s *Set, event map[string]string) []string {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"category": "AdvancedHunting-DeviceProcessEvents", "properties": event})
	if err != nil {
		t.Fatal(err)
	}
	var p record.Parser
	var rec record.Record
	if err := p.Parse(raw, &rec); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, i := range s.Matcher.Matcher().Match(&rec, &ecs.Event{}, nil) {
		ids = append(ids, s.Rules[i].ID)
	}
	slices.Sort(ids)
	return ids
}

func TestTheLiveSetChangesWithoutLosingWhatIsWell(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", everything, map[string]string{
		"a.yml": ruleOf(1, "A", "x"),
		"b.yml": "title: B\nid: " + id(2) + "\nlevel: high\ncorrelation:\n  type: temporal\n  rules: [missing]\n  timespan: 1h\n",
	})
	set := b.Live()
	if got := b.live("x"); !slices.Equal(got, []string{id(1)}) || len(set.Problems) != 1 || set.Problems[0].RuleID != id(2) || len(set.Rules) != 1 {
		t.Errorf("%q are live, problems %v", got, set.Problems)
	}
	if d := b.rule(id(2)); d.Problem == "" || d.Live() {
		t.Errorf("a rule that is left out: %+v", d.Rule)
	}
	updated := b.Updated()
	b.edit(id(1), Edit{Note: new("of no matter to matching")})
	if b.Live() != set {
		t.Error("the set was made anew for a note")
	}
	b.edit(id(1), Edit{Enabled: new(false)})
	select {
	case <-updated:
	default:
		t.Error("nobody was told of the new set")
	}
	if next := b.Live(); next.Version != set.Version+1 || len(b.live("x")) != 0 {
		t.Errorf("version %d after %d", next.Version, set.Version)
	}
	b.edit(id(1), Edit{Enabled: new(true)})
	if b.Live().Fingerprint != set.Fingerprint {
		t.Error("the same rules have another fingerprint")
	}
}

func TestWhatWasCompiledIsNotCompiledAgain(t *testing.T) {
	b := openBench(t, nil)
	files := map[string]string{}
	for n := range 6 {
		files[fmt.Sprintf("%d.yml", n)] = ruleOf(n, "A", fmt.Sprintf("*%c*", 'a'+n))
	}
	files["f.yml"] = "title: F\nid: " + id(9) + "\nlogsource:\n  category: process_creation\nfilter:\n  rules: [" + id(0) + "]\n  selection:\n    User: svc\n  condition: not selection\n"
	b.install("p", everything, files)
	b.edit(id(9), Edit{Enabled: new(false)})
	exception := func() *Exception {
		x, err := b.AddException(t.Context(), id(1), &NewException{Text: "s:\n  User: svc\n", Never: true}, By{"ann", "noise"})
		if err != nil {
			t.Fatal(err)
		}
		b.Refresh()
		return x
	}
	for _, step := range []struct {
		name  string
		do    func()
		again bool
		want  []string // what matches abcdef by the user svc
	}{
		{"one is disabled", func() { b.edit(id(2), Edit{Enabled: new(false)}) }, false, []string{id(0), id(1), id(3), id(4), id(5)}},
		{"and enabled again", func() { b.edit(id(2), Edit{Enabled: new(true)}) }, false, []string{id(0), id(1), id(2), id(3), id(4), id(5)}},
		{"a level", func() { b.edit(id(2), Edit{Level: new(sigma.High)}) }, false, []string{id(0), id(1), id(2), id(3), id(4), id(5)}},
		{"many are disabled", func() {
			b.edit(id(4), Edit{Enabled: new(false)})
			b.edit(id(5), Edit{Enabled: new(false)})
		}, true, []string{id(0), id(1), id(2), id(3)}},
		{"one that was not compiled", func() { b.edit(id(4), Edit{Enabled: new(true)}) }, true, []string{id(0), id(1), id(2), id(3), id(4)}},
		{"an exception", func() { exception() }, true, []string{id(0), id(2), id(3), id(4)}},
		{"a filter", func() { b.edit(id(9), Edit{Enabled: new(true)}) }, true, []string{id(2), id(3), id(4)}},
		{"one of those left", func() { b.edit(id(3), Edit{Enabled: new(false)}) }, false, []string{id(2), id(4)}},
		{"another text", func() {
			files["3.yml"] = ruleOf(3, "A", "abcdef")
			b.install("p", nil, files)
			b.edit(id(3), Edit{Enabled: new(true)})
		}, true, []string{id(2), id(3), id(4)}},
	} {
		pool := b.pool
		step.do()
		if got := matches(t, b.Live(), map[string]string{"Image": "abcdef", "User": "svc"}); !slices.Equal(got, step.want) {
			t.Errorf("%s: %q match, want %q", step.name, got, step.want)
		}
		if again := b.pool != pool; again != step.again {
			t.Errorf("%s: compiled again: %v", step.name, again)
		}
	}
}

func TestCompilingRestsUnlessItIsUrgent(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", nil, map[string]string{"a.yml": ruleOf(1, "A", "x")})
	b.rested = time.Now().Add(time.Hour)
	if _, err := b.Edit(t.Context(), id(1), Edit{Enabled: new(true)}, By{"ann", ""}); err != nil {
		t.Fatal(err)
	}
	if rest := b.refresh(false); rest <= 0 || len(b.live("x")) > 0 {
		t.Errorf("compiled at once; rest %v", rest)
	}
	if rest := b.refresh(true); rest != 0 || len(b.live("x")) != 1 {
		t.Errorf("put off; rest %v", rest)
	}
}

func TestACorrelationBringsItsRules(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", nil, map[string]string{
		"a.yml": ruleOf(1, "A", "x", "name: base"), "b.yml": ruleOf(2, "B", "x"),
		"c.yml": "title: C\nid: " + id(3) + "\nlevel: high\ncorrelation:\n  type: event_count\n  rules: [base]\n  group-by: [Image]\n  timespan: 1h\n  condition: {gte: 3}\n",
		"d.yml": "title: D\nid: " + id(4) + "\nlevel: high\ncorrelation:\n  type: temporal\n  rules: [base, missing]\n  timespan: 1h\n",
	})
	b.edit(id(3), Edit{Enabled: new(true)})
	set := b.Live()
	if got := b.live("x"); !slices.Equal(got, []string{id(1)}) || !set.Silent[id(1)] || len(set.Correlations) != 1 {
		t.Errorf("%q are live, silent %v", got, set.Silent)
	}
	b.edit(id(1), Edit{Enabled: new(true)})
	if b.Live().Silent[id(1)] {
		t.Error("a rule that was enabled raises no alerts")
	}
	if d := b.rule(id(4)); d.Applies != No || !strings.Contains(strings.Join(d.Obstacles, " "), "missing") {
		t.Errorf("%+v", d.Judgement)
	}
	d := b.rule(id(1))
	if len(d.Correlated) != 2 || len(b.rule(id(3)).RefersTo) != 1 {
		t.Errorf("%d correlations refer to the rule", len(d.Correlated))
	}
}

func TestNoPolicyEnablesWhatIsOnlyThereToBeCounted(t *testing.T) {
	b := openBench(t, nil)
	correlation := "title: C\nid: " + id(2) + "\nlevel: low\ncorrelation:\n  type: event_count\n  rules: [base]\n  timespan: 1h\n  condition: {gte: 3}\n"
	files := map[string]string{"a.yml": ruleOf(1, "A", "x", "name: base"), "c.yml": correlation}
	b.install("p", &Policy{MinLevel: sigma.Medium}, files)
	if got := b.live("x"); len(got) > 0 {
		t.Errorf("%q are live, though nothing counts them", got)
	}
	files["c.yml"] = correlation + "  generate: true\n"
	b.install("p", nil, files)
	if got := b.live("x"); !slices.Equal(got, []string{id(1)}) {
		t.Errorf("%q are live", got)
	}
}

func TestAFilterNarrowsTheRulesThatItNames(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", everything, map[string]string{
		"a.yml": ruleOf(1, "A", "x"), "b.yml": ruleOf(2, "B", "x"),
		"f.yml": "title: F\nid: " + id(3) + "\nlogsource:\n  category: process_creation\nfilter:\n  rules: [" + id(1) + "]\n  selection:\n    User: svc\n  condition: not selection\n",
	})
	b.edit(id(3), Edit{Enabled: new(true)})
	if got := matches(t, b.Live(), map[string]string{"Image": "x", "User": "svc"}); !slices.Equal(got, []string{id(2)}) {
		t.Errorf("%q match", got)
	}
}

func evaluate(r *sigma.Rule, event map[string]string) bool {
	return sigma.Evaluate(r.Condition, func(name string) []string {
		if v, ok := event[name]; ok {
			return []string{v}
		}
		return nil
	})
}

func TestADetectorFollowsTheLiveSet(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", everything, map[string]string{"a.yml": ruleOf(1, "A", "x"), "b.yml": ruleOf(2, "B", "x")})
	d := b.Detector()
	var p record.Parser
	var rec record.Record
	if err := p.Parse([]byte(`{"category":"AdvancedHunting-DeviceProcessEvents","properties":{"Image":"x"}}`), &rec); err != nil {
		t.Fatal(err)
	}
	if got := d.Detect(&rec, &ecs.Event{}, []string{"first"}); len(got) != 3 || got[0] != "first" {
		t.Errorf("matches %q", got)
	}
	b.edit(id(1), Edit{Enabled: new(false)})
	if got := d.Detect(&rec, &ecs.Event{}, nil); !slices.Equal(got, []string{id(2)}) {
		t.Errorf("matches %q", got)
	}
}
