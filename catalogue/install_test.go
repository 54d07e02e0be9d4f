package catalogue

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"penstock/sigma"
)

func filesOf(t testing.TB, files map[string]string) *Files {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, text := range files {
		fsys[name] = &fstest.MapFile{Data: []byte(text)}
	}
	f, err := ReadFS(fsys, Bounds{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAPackIsReportedRuleByRule(t *testing.T) {
	b := openBench(t, nil)
	r := b.install("p", nil, map[string]string{
		"a.yml":      ruleOf(1, "A", "a"),
		"b.yml":      strings.ReplaceAll(ruleOf(2, "B", "b"), "Image:", "PartImage:"),
		"c.yml":      strings.ReplaceAll(ruleOf(3, "C", "c"), "Image:", "NoImage:"),
		"d.yml":      strings.ReplaceAll(ruleOf(4, "D", "d"), "process_creation", "firewall"),
		"e.yml":      "title: E\nlogsource: [\ndetection: x",
		"f.yml":      strings.ReplaceAll(ruleOf(5, "F", "f"), "Image:", "Image|unheard:"),
		"g.yml":      ruleOf(1, "A again", "g"),
		"h.yml":      "title: H\nid: " + id(8) + "\ncorrelation:\n  type: event_count\n  rules: [" + id(1) + "]\n  group-by: [Image]\n  timespan: 1h\n  condition: {gte: 3}\n",
		"readme.txt": "x",
	})
	if r.Files != 8 || r.Ignored != 1 || r.Rules != 4 || r.Correlations != 1 || r.Yes != 1 || r.Partly != 1 || r.No != 2 || r.Added != 5 || r.Enabled != 0 {
		t.Errorf("report %+v", r)
	}
	var told []string
	for _, p := range r.Problems {
		if p.File == "" || p.Line == 0 || p.Message == "" {
			t.Errorf("problem %+v", p)
		}
		told = append(told, p.File)
	}
	slices.Sort(told)
	if !slices.Equal(told, []string{"e.yml", "f.yml", "g.yml"}) {
		t.Errorf("problems in %q", told)
	}
	if r.Obstacles["NoImage: there is no such column"] != 1 || r.Obstacles["nothing answers the category firewall"] != 1 {
		t.Errorf("obstacles %v", r.Obstacles)
	}
}

func TestAPackWithoutRulesSaysWhy(t *testing.T) {
	b := openBench(t, nil)
	files := &Files{Problems: []*sigma.Problem{{File: "big.yml", Message: "it is larger than 1024 KiB"}}}
	if _, err := b.Install(t.Context(), &Installation{Pack: "p", Files: files}, By{}); err == nil || !strings.Contains(err.Error(), "big.yml: it is larger than 1024 KiB") {
		t.Error(err)
	}
}

func TestADryRunChangesNothing(t *testing.T) {
	b := openBench(t, nil)
	r, err := b.Install(t.Context(), &Installation{Pack: "p", Files: filesOf(t, map[string]string{"a.yml": ruleOf(1, "A", "a")}), DryRun: true}, By{})
	if err != nil || r.Added != 1 {
		t.Fatal(r, err)
	}
	if len(b.Packs()) != 0 || len(b.History0()) != 0 {
		t.Error("something was kept")
	}
}

func (b *bench) History0() []Change {
	b.t.Helper()
	list, err := b.History(b.t.Context(), "", 0, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

func TestAPolicyEnablesWhatNobodyHasDecidedAbout(t *testing.T) {
	b := openBench(t, nil)
	files := map[string]string{
		"a.yml": strings.Replace(ruleOf(1, "A", "x"), "level: medium", "level: high", 1),
		"b.yml": ruleOf(2, "B", "x"),
		"c.yml": strings.Replace(strings.Replace(ruleOf(3, "C", "x"), "level: medium", "level: critical", 1), "status: test", "status: deprecated", 1),
		"d.yml": ruleOf(4, "D", "x", "effort: elementary"),
	}
	b.install("p", nil, files)
	if got := b.live("x"); len(got) != 0 {
		t.Errorf("without a policy %q are live", got)
	}
	b.edit(id(2), Edit{Enabled: new(true)})
	for _, c := range []struct {
		policy Policy
		want   []string
	}{
		{Policy{MinLevel: sigma.High}, []string{id(1), id(2)}},
		{Policy{MinLevel: sigma.High, Statuses: []sigma.Status{sigma.Deprecated}}, []string{id(2), id(3)}},
		{Policy{MaxEffort: Intermediate}, []string{id(2), id(4)}},
		{Policy{}, []string{id(2)}},
	} {
		if err := b.SetPolicy(t.Context(), "p", c.policy, By{Who: "ann"}); err != nil {
			t.Fatal(err)
		}
		b.Refresh()
		if got := b.live("x"); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q are live, want %q", &c.policy, got, c.want)
		}
	}
	if err := b.SetPolicy(t.Context(), "p", Policy{MinLevel: "grave"}, By{}); err == nil {
		t.Error("a level that there is not was taken")
	}
}

func TestBuiltinRulesComeWithTheProgramAndFollowIt(t *testing.T) {
	files := fstest.MapFS{
		"x/a.yml": {Data: []byte(ruleOf(1, "A", "x", "effort: elementary"))},
		"x/b.yml": {Data: []byte(ruleOf(2, "B", "x", "effort: advanced"))},
	}
	with := func(o *Options) { o.Builtin, o.Version = files, "1" }
	b := openBench(t, with)
	if got := b.live("x"); !slices.Equal(got, []string{id(1)}) {
		t.Errorf("%q are live", got)
	}
	n := len(b.History0())
	b.reopen(with)
	if len(b.History0()) != n {
		t.Error("the same rules were installed again")
	}
	b.edit(id(1), Edit{Enabled: new(false)})
	files["x/a.yml"] = &fstest.MapFile{Data: []byte(ruleOf(1, "A better", "x", "effort: elementary"))}
	delete(files, "x/b.yml")
	b.reopen(with)
	if d := b.rule(id(1)); d.Title != "A better" || d.Enabled || d.Version != 2 {
		t.Errorf("%+v", d.Rule)
	}
	if d := b.rule(id(2)); d.Removed.IsZero() || !strings.Contains(d.Text, "title: B") {
		t.Errorf("a rule that the program does not have any more: %+v, %q", d.Rule, d.Text)
	}
}

func TestAReinstalledPackKeepsDecisions(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", everything, map[string]string{"a.yml": ruleOf(1, "A", "x"), "b.yml": ruleOf(2, "B", "x"), "c.yml": ruleOf(3, "C", "x")})
	b.edit(id(1), Edit{Enabled: new(false), Level: new(sigma.Critical), Note: new("ours")})
	b.edit(id(3), Edit{Note: new("may come back")})
	x, err := b.AddException(t.Context(), id(2), &NewException{Text: "s: {User: svc}", Expires: noon.Add(time.Hour)}, By{"ann", "backup"})
	if err != nil {
		t.Fatal(err)
	}
	r := b.install("p", nil, map[string]string{"new/a.yml": strings.Replace(ruleOf(1, "A", "y"), "medium", "low", 1), "b.yml": ruleOf(2, "B", "x")})
	if r.Updated != 1 || r.Unchanged != 1 || r.Removed != 1 || r.Added != 0 {
		t.Errorf("report %+v", r)
	}
	for range 2 {
		d := b.rule(id(1))
		if d.Enabled || d.Severity() != sigma.Critical || d.Level != sigma.Low || d.Settings.Note != "ours" || d.Path != "new/a.yml" || d.Version != 2 {
			t.Errorf("%+v", d.Rule)
		}
		if d := b.rule(id(2)); len(d.AllExceptions) != 1 || d.AllExceptions[0].ID != x.ID || !d.Enabled {
			t.Errorf("%+v", d.Rule)
		}
		if got := matches(t, b.Live(), map[string]string{"Image": "x", "User": "svc"}); len(got) != 0 {
			t.Errorf("%q match though there is an exception", got)
		}
		if got := b.live("x"); !slices.Equal(got, []string{id(2)}) {
			t.Errorf("%q match", got)
		}
		b.reopen(nil)
	}
	history, err := b.History(t.Context(), id(1), 0, 0)
	if err != nil || len(history) != 4 || history[0].What != "text" || history[0].Detail != "detection, level" || !strings.Contains(history[0].Text, "Image: 'x'") {
		t.Errorf("history %+v, %v", history, err)
	}
	b.install("p", nil, map[string]string{"c.yml": ruleOf(3, "C", "x")})
	if d := b.rule(id(3)); d.Settings.Note != "may come back" || !d.Removed.IsZero() || !d.Enabled {
		t.Errorf("a rule that came back: %+v", d.Rule)
	}
}

func TestAnIdBelongsToOnePack(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", nil, map[string]string{"a.yml": ruleOf(1, "A", "x")})
	r := b.install("q", nil, map[string]string{"a.yml": ruleOf(1, "Other", "x"), "b.yml": ruleOf(2, "B", "x")})
	if len(r.Problems) != 1 || r.Added != 1 || b.rule(id(1)).Pack != "p" {
		t.Errorf("report %+v", r)
	}
	if err := b.Uninstall(t.Context(), "p", By{Who: "ann"}); err != nil {
		t.Fatal(err)
	}
	b.install("q", nil, map[string]string{"a.yml": ruleOf(1, "Other", "x"), "b.yml": ruleOf(2, "B", "x")})
	if d := b.rule(id(1)); d.Pack != "q" || !d.Removed.IsZero() {
		t.Errorf("%+v", d.Rule)
	}
	for _, name := range []string{BuiltinPack, CustomPack, "../x", ""} {
		if _, err := b.Install(t.Context(), &Installation{Pack: name, Files: &Files{Rules: []File{{}}}}, By{}); err == nil {
			t.Errorf("a pack may be called %q", name)
		}
	}
}
