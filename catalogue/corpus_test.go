package catalogue

import (
	"cmp"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"penstock/format/defender"
	"penstock/sigma"
)

// TestThePublicRulesAreInstalled installs the rules that lie beside the project, where they do.
func TestThePublicRulesAreInstalled(t *testing.T) {
	dir := filepath.Join(cmp.Or(os.Getenv("PENSTOCK_SHARED"), filepath.Join("..", "..", "shared")), "sigma", "rules")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the public rules are not there")
	}
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	router, err := defender.Pipeline(plan)
	if err != nil {
		t.Fatal(err)
	}
	a := newArrivals(t)
	a.arrive(40, "DeviceProcessEvents", noon, map[string]any{"ActionType": "ProcessCreated", "FolderPath": "x", "ProcessCommandLine": "y"})
	b := openBench(t, func(o *Options) { o.Router, o.Seen = router, a.View })
	began := time.Now()
	lap := func(what string) {
		t.Logf("%s: %v", what, time.Since(began).Round(time.Millisecond))
		began = time.Now()
	}
	files, err := ReadFolder(dir, Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	lap("read from disk")
	r, err := b.Install(t.Context(), &Installation{Pack: PackName(dir), Origin: dir, Files: files, Policy: &Policy{MinLevel: sigma.Informational}}, By{Who: "test"})
	if err != nil {
		t.Fatal(err)
	}
	lap("installed")
	b.Refresh()
	lap("live")
	t.Logf("%d files, %d rules: %d apply, %d in part, %d do not; %d problems, %d enabled", r.Files, r.Rules, r.Yes, r.Partly, r.No, len(r.Problems), r.Enabled)
	for _, o := range slices.SortedFunc(maps.Keys(r.Obstacles), func(x, y string) int { return r.Obstacles[y] - r.Obstacles[x] })[:min(12, len(r.Obstacles))] {
		t.Logf("%5d %s", r.Obstacles[o], o)
	}
	for _, p := range r.Problems {
		if !p.Warning {
			t.Errorf("%v", p)
		}
	}
	if r.Rules != r.Files || r.Yes+r.Partly+r.No != r.Rules || r.Yes < 1000 || r.Enabled < 3000 {
		t.Errorf("report %+v", r)
	}
	if set := b.Live(); len(set.Rules) != r.Enabled || len(set.Problems) != 0 {
		t.Errorf("%d of %d rules are live, %d problems", len(set.Rules), r.Enabled, len(set.Problems))
	}
	began = time.Now()
	first := b.Live().Rules[0].ID
	if _, err := b.Edit(t.Context(), first, Edit{Enabled: new(false)}, By{Who: "test"}); err != nil {
		t.Fatal(err)
	}
	lap("one is disabled")
	b.Refresh()
	lap("live")
	b.edit(first, Edit{Enabled: new(true)})
	lap("enabled again and live")
	b.fitness()
	lap("graded")
	page := b.list(Query{Selection: Selection{Text: "powershell", Techniques: []string{"T1059"}}})
	lap("one list")
	if page.Total == 0 {
		t.Error("nothing was found")
	}
	if _, err := b.CoverageOf(t.Context(), &Selection{}); err != nil {
		t.Error(err)
	}
	lap("coverage")
	grades := map[Grade]int{}
	for _, f := range b.fitness() {
		grades[f.Grade]++
	}
	t.Logf("grades %v", grades)
	if grades[Live] == 0 || grades[Blind] == 0 {
		t.Errorf("grades %v", grades)
	}
}
