package catalogue

import (
	"bytes"
	"context"
	"fmt"
	"penstock/sigma"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhatSomebodyElseHasChangedIsNotOverwritten(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", nil, map[string]string{"a.yml": ruleOf(1, "A", "x")})
	first := b.edit(id(1), Edit{Note: new("one")})
	b.edit(id(1), Edit{Version: first.Settings.Version, Note: new("two")})
	if _, err := b.Edit(t.Context(), id(1), Edit{Version: first.Settings.Version, Note: new("three")}, By{}); err == nil || b.rule(id(1)).Settings.Note != "two" {
		t.Errorf("an edit on an old base: %v", err)
	}
	n := len(b.History0())
	b.edit(id(1), Edit{Note: new("two")})
	if len(b.History0()) != n {
		t.Error("what changes nothing is in the history")
	}
}

func TestManyEditAtOnce(t *testing.T) {
	b := openBench(t, nil)
	files := map[string]string{}
	for n := range 20 {
		files[fmt.Sprintf("%d.yml", n)] = ruleOf(n+1, "R", "x")
	}
	b.install("p", nil, files)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- b.Run(ctx) }()
	done := make(chan error)
	for n := range 20 {
		go func() {
			_, err := b.Edit(context.Background(), id(n+1), Edit{Enabled: new(true)}, By{Who: fmt.Sprint(n)})
			done <- err
		}()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	b.Refresh()
	if got := b.live("x"); len(got) != 20 {
		t.Errorf("%d of 20 are live", len(got))
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestRulesAreEnabledByFilter(t *testing.T) {
	b := openBench(t, nil)
	with := func(n int, level, status, tag string) string {
		text := strings.Replace(ruleOf(n, "R", "x", "tags: [attack."+tag+"]"), "level: medium", "level: "+level, 1)
		return strings.Replace(text, "status: test", "status: "+status, 1)
	}
	b.install("p", nil, map[string]string{
		"1.yml": with(1, "high", "stable", "t1059.001"), "2.yml": with(2, "critical", "test", "t1059"), "3.yml": with(3, "low", "stable", "t1059"),
		"4.yml": with(4, "high", "experimental", "t1059"), "5.yml": with(5, "high", "stable", "t1003"),
	})
	selection := &Selection{Levels: []sigma.Level{sigma.High, sigma.Critical}, Statuses: []sigma.Status{sigma.Stable, sigma.Testing}, Techniques: []string{"T1059"}}
	n, err := b.EditAll(t.Context(), selection, Edit{Enabled: new(true)}, By{"ann", "first round"})
	if err != nil || n != 2 {
		t.Fatal(n, err)
	}
	b.Refresh()
	if got := b.live("x"); !slices.Equal(got, []string{id(1), id(2)}) {
		t.Errorf("%q are live", got)
	}
	if n, err := b.EditAll(t.Context(), selection, Edit{Enabled: new(true)}, By{}); err != nil || n != 0 {
		t.Errorf("%d changed again, %v", n, err)
	}
	if n, err := b.EditAll(t.Context(), &Selection{}, Edit{Enabled: new(false)}, By{}); err != nil || n != 5 {
		t.Errorf("%d changed, %v", n, err)
	}
}

func TestFactsForAlertsKnowTheDecisions(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", everything, map[string]string{"a.yml": ruleOf(1, "A", "x", "similarity: [host.name, user.name]", "integration: true", "tags: [attack.t1059]")})
	b.edit(id(1), Edit{Level: new(sigma.High), Window: new(time.Hour), Limit: &Limit{10, time.Minute}})
	f, ok := b.Facts(id(1))
	if !ok || f.Level != sigma.High || f.Window != time.Hour || !slices.Equal(f.Similarity, []string{"host.name", "user.name"}) || !f.Integration() || f.Limit.Matches != 10 {
		t.Errorf("%+v", f)
	}
	if len(b.Integrations()) != 1 {
		t.Error("the integration is not told")
	}
	if _, ok := b.Facts("nothing"); ok {
		t.Error("a rule that never was is known")
	}
}

func TestTheCoverageGradesTechniques(t *testing.T) {
	b := openBench(t, func(o *Options) { o.Fired = fired{id(3): {Count: 2, Last: noon}} })
	b.install("p", everything, map[string]string{
		"a.yml": ruleOf(1, "A", "x", "tags: [attack.t1059.001]"), "b.yml": ruleOf(2, "B", "x", "tags: [attack.t1059.001]"),
		"c.yml": ruleOf(3, "C", "x", "tags: [attack.t1003]"),
	})
	b.edit(id(2), Edit{Enabled: new(false)})
	c, err := b.CoverageOf(t.Context(), &Selection{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][4]int{}
	for _, x := range c.Techniques {
		if x.Known > 0 {
			got[x.Technique] = [4]int{x.Known, x.Enabled, x.Data, x.Proven}
		}
	}
	// Nothing is known of what arrives, so that no data is present.
	if want := map[string][4]int{"T1059.001": {2, 1, 0, 0}, "T1003": {1, 1, 0, 0}}; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("coverage %v", got)
	}
	if len(c.Tactics) != 15 || len(c.Techniques) != 697 {
		t.Errorf("%d tactics, %d techniques", len(c.Tactics), len(c.Techniques))
	}
	var layer bytes.Buffer
	if err := b.WriteLayer(t.Context(), &layer, &Selection{}); err != nil || strings.Count(layer.String(), `"techniqueID"`) != 2 {
		t.Errorf("%v\n%s", err, layer.String())
	}
}

type fired map[string]Fired

func (f fired) Activity(context.Context, time.Time) (map[string]Fired, error) { return f, nil }
