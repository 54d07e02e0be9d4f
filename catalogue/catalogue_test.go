package catalogue

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/pipeline"
	"penstock/state"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// clock is a time that tests move.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }

// matches are the ids of the rules of the live set that a process event fits.
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

// router answers process_creation by DeviceProcessEvents, all fields but those whose name begins with No and, in part,
// Part; and dns_query by two ActionTypes of DeviceEvents.
type router struct {
	streams map[string]*pipeline.Stream
	columns map[string]*column
}

func newRouter() *router {
	return &router{columns: map[string]*column{}, streams: map[string]*pipeline.Stream{
		"process_creation": {Name: "process_creation", Table: "DeviceProcessEvents"},
		"dns_query":        {Name: "dns_query", Table: "DeviceEvents", ActionTypes: []string{"DnsQueryResponse", "DnsConnectionInspected"}},
	}}
}

func (r *router) Route(ls sigma.Logsource) pipeline.Route {
	if s := r.streams[ls.Category]; s != nil {
		return pipeline.Route{Streams: []*pipeline.Stream{s}}
	}
	return pipeline.Route{Reason: "nothing answers the category " + ls.Category}
}

func (r *router) Field(_ *pipeline.Stream, name string) pipeline.Source {
	if r.columns[name] == nil {
		r.columns[name] = &column{name}
	}
	return r.columns[name]
}

func (r *router) Reader(sources []pipeline.Source) pipeline.Reader {
	return &reader{sources: sources}
}

// column is the source that reads a column of its name.
type column struct{ name string }

func (c *column) Support() (pipeline.Support, string) {
	switch {
	case strings.HasPrefix(c.name, "No"):
		return pipeline.None, "there is no such column"
	case strings.HasPrefix(c.name, "Part"):
		return pipeline.Partial, "only the name is there"
	}
	return pipeline.Full, ""
}

func (c *column) Columns() []string { return []string{c.name} }

func (c *column) Answers(t *sigma.Test) (bool, string) {
	if c.name == "Hashes" && strings.Contains(t.Source, "IMPHASH") {
		return false, "there is no IMPHASH"
	}
	return true, ""
}

type reader struct {
	sources []pipeline.Source
	rec     *record.Record
}

func (r *reader) Begin(rec *record.Record, _ *ecs.Event) { r.rec = rec }

func (r *reader) Values(source int) []pipeline.Value {
	for i := range r.rec.Columns {
		if m := &r.rec.Columns[i]; string(m.Key) == r.sources[source].Columns()[0] {
			return []pipeline.Value{{Text: record.Unescape(nil, m.Text())}}
		}
	}
	return nil
}

func (r *reader) All() []pipeline.Value {
	var list []pipeline.Value
	for i := range r.rec.Columns {
		list = append(list, pipeline.Value{Text: r.rec.Columns[i].Text()})
	}
	return list
}

// bench is a catalogue with what it depends on.
type bench struct {
	*Catalogue
	t     testing.TB
	db    *state.DB
	clock *clock
}

func openBench(t testing.TB, change func(*Options)) *bench {
	t.Helper()
	db, err := state.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	b := &bench{t: t, db: db, clock: &clock{noon}}
	b.reopen(change)
	return b
}

// reopen reads the catalogue again from the database.
func (b *bench) reopen(change func(*Options)) {
	b.t.Helper()
	o := Options{Router: newRouter(), Now: b.clock.Now, Logger: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&o)
	}
	c, err := Open(b.t.Context(), b.db, o)
	if err != nil {
		b.t.Fatal(err)
	}
	b.Catalogue = c
}

// id is a UUID that ends in n.
func id(n int) string { return fmt.Sprintf("11111111-1111-4111-8111-%012d", n) }

// ruleOf is a rule about Image with more lines at its end.
func ruleOf(n int, title, image string, more ...string) string {
	return fmt.Sprintf("title: %s\nid: %s\nstatus: test\nlevel: medium\nlogsource:\n  category: process_creation\ndetection:\n  s:\n    Image: '%s'\n  condition: s\n%s",
		title, id(n), image, strings.Join(append(more, ""), "\n"))
}

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

func (b *bench) install(pack string, policy *Policy, files map[string]string) *Report {
	b.t.Helper()
	r, err := b.Install(b.t.Context(), &Installation{Pack: pack, Origin: "test", Files: filesOf(b.t, files), Policy: policy}, By{Who: "ann"})
	if err != nil {
		b.t.Fatal(err)
	}
	b.Refresh()
	return r
}

func (b *bench) edit(rule string, ed Edit) *Rule {
	b.t.Helper()
	r, err := b.Edit(b.t.Context(), rule, ed, By{"ann", "because"})
	if err != nil {
		b.t.Fatal(err)
	}
	b.Refresh()
	return r
}

func (b *bench) rule(id string) *Detail {
	b.t.Helper()
	d, err := b.Rule(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

func (b *bench) live(image string) []string {
	b.t.Helper()
	return matches(b.t, b.Live(), map[string]string{"Image": image})
}

var everything = &Policy{MinLevel: sigma.Informational}

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

// History0 is all of the history.
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

func TestARuleIsWrittenHere(t *testing.T) {
	b := openBench(t, nil)
	ctx := t.Context()
	text := ruleOf(1, "A", "x")
	r, err := b.Create(ctx, []byte(text), By{"ann", ""})
	if err != nil || r.Enabled || r.Version != 1 {
		t.Fatal(r, err)
	}
	for name, broken := range map[string]string{
		"a duplicate": text, "no rule": "a: b", "broken YAML": "title: [", "two rules": text + "---\n" + ruleOf(2, "B", "x"),
	} {
		if _, err := b.Create(ctx, []byte(broken), By{}); err == nil {
			t.Errorf("%s: the rule was taken", name)
		} else if !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.edit(id(1), Edit{Enabled: new(true)})
	better := strings.Replace(text, "'x'", "'y'", 1)
	r, err = b.Update(ctx, id(1), 1, []byte(better), By{"bob", "wrong program"})
	if err != nil || r.Version != 2 || !r.Enabled {
		t.Fatal(r, err)
	}
	if _, err := b.Update(ctx, id(1), 1, []byte(text), By{}); err == nil {
		t.Error("an update on an old base was taken")
	}
	if _, err := b.Update(ctx, id(1), 2, []byte(ruleOf(9, "A", "x")), By{}); err == nil {
		t.Error("an id was changed")
	}
	b.reopen(nil)
	if got := b.live("y"); !slices.Equal(got, []string{id(1)}) {
		t.Errorf("%q are live", got)
	}
	if err := b.Delete(ctx, id(1), 2, By{"bob", ""}); err != nil {
		t.Fatal(err)
	}
	b.Refresh()
	if got := b.live("y"); len(got) != 0 {
		t.Errorf("%q are live", got)
	}
	if d := b.rule(id(1)); d.Text != better {
		t.Errorf("the last text of a deleted rule: %q", d.Text)
	}
	r, err = b.Create(ctx, []byte(text), By{"ann", ""})
	if err != nil || !r.Enabled {
		t.Errorf("a rule that comes back: %+v, %v", r, err)
	}
	b.install("p", nil, map[string]string{"a.yml": ruleOf(5, "P", "x")})
	if _, err := b.Update(ctx, id(5), 1, []byte(ruleOf(5, "P", "y")), By{}); err == nil {
		t.Error("a rule of a pack was changed")
	}
}

func TestARuleWithoutAnIdIsGivenOneThatStays(t *testing.T) {
	b := openBench(t, nil)
	text := strings.Replace(ruleOf(1, "A", "x"), "id: "+id(1)+"\n", "", 1)
	for _, text := range []string{text, "---\n" + text} {
		r, err := b.Create(t.Context(), []byte(text), By{"ann", ""})
		if err != nil {
			t.Fatal(err)
		}
		b.reopen(nil)
		if d := b.rule(r.ID); !strings.Contains(d.Text, "id: "+r.ID+"\n") {
			t.Errorf("%q", d.Text)
		}
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

// fired is what is known of rules that have fired.
type fired map[string]Fired

func (f fired) Activity(context.Context, time.Time) (map[string]Fired, error) { return f, nil }

// evaluate tries a rule on the fields of an event.
func evaluate(r *sigma.Rule, event map[string]string) bool {
	return sigma.Evaluate(r.Condition, func(name string) []string {
		if v, ok := event[name]; ok {
			return []string{v}
		}
		return nil
	})
}

func TestFilesAreCheckedWithoutBeingInstalled(t *testing.T) {
	list := CheckFiles(filesOf(t, map[string]string{
		"a.yml": ruleOf(1, "A", "x") + "---\n" + strings.Replace(ruleOf(2, "B", "x"), "Image:", "NoImage:", 1),
		"b.yml": strings.Replace(ruleOf(3, "C", "x"), "Image:", "Image|unheard:", 1),
		"c.yml": strings.Replace(ruleOf(4, "D", "x"), "level: medium", "level: grave", 1),
	}), newRouter(), sigma.Options{})
	var got []string
	for _, c := range list {
		got = append(got, fmt.Sprint(c.File, ":", c.Line, " ", c.Title, " ", c.Compiled, " ", c.Applies, " ", len(c.Obstacles), " ", c.Error != "", " ", len(c.Warnings)))
	}
	want := []string{"a.yml:1 A true yes 0 false 0", "a.yml:12 B true no 1 false 0", "b.yml:9 C false  0 true 0", "c.yml:1 D true yes 0 false 1"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
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
