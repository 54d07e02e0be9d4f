package rules

import (
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/format"
	"penstock/format/defender"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/correlate"
	"penstock/sigma/match"
	"penstock/sigma/pipeline"
)

// bench is the built-in rules as the product runs them: records are normalised, matched, and the matches correlated.
type bench struct {
	all      *sigma.Collection
	plan     *format.Plan
	router   pipeline.Router
	set      *match.Set
	matcher  *match.Matcher
	splitter record.Splitter
	event    ecs.Event
	numbers  []int32
}

func newBench(t testing.TB) *bench {
	t.Helper()
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	router, err := defender.Pipeline(plan)
	if err != nil {
		t.Fatal(err)
	}
	set := match.Compile(all.Rules, router)
	return &bench{all: all, plan: plan, router: router, set: set, matcher: set.Matcher()}
}

// visit gives the rules that match each of the records of a message. What it gives holds until visit returns.
func (b *bench) visit(t testing.TB, body []byte, visit func(rec *record.Record, ev *ecs.Event, matched []int32)) {
	t.Helper()
	b.splitter.Split(body, func(rec *record.Record) {
		b.plan.Normalize(&b.event, rec, begin)
		b.numbers = b.matcher.Match(rec, &b.event, b.numbers[:0])
		visit(rec, &b.event, b.numbers)
	}, func(r record.Rejected) { t.Fatalf("not a record: %s\n%s", r.Detail, r.Raw) })
}

// matched are the ids of the rules and correlations that a case makes match.
func (b *bench) matched(t testing.TB, c Case) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	correlations := correlate.New(b.all.Correlations, 0)
	store := new(correlate.Memory)
	for _, raw := range c {
		b.visit(t, raw, func(rec *record.Record, ev *ecs.Event, numbers []int32) {
			for _, n := range numbers {
				rule := b.set.Rule(n)
				found[rule.ID] = true
				m := correlate.Match{Rule: rule.ID, Event: rec.ID, Time: happened(t, rec), Values: b.values(rule, rec, ev)}
				findings, err := correlations.Apply(t.Context(), store, []correlate.Match{m})
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range findings {
					found[f.Correlation.ID] = true
				}
			}
		})
	}
	return found
}

func happened(t testing.TB, rec *record.Record) time.Time {
	t.Helper()
	for i := range rec.Columns {
		if m := &rec.Columns[i]; string(m.Key) == "Timestamp" {
			at, err := time.Parse(time.RFC3339Nano, string(m.Text()))
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
	}
	t.Fatalf("a record without Timestamp: %s", rec.Raw)
	return time.Time{}
}

// values reads fields of an event as the rule names them.
func (b *bench) values(rule *sigma.Rule, rec *record.Record, ev *ecs.Event) func(string) []string {
	return func(field string) []string {
		var out []string
		for _, s := range b.router.Route(rule.Logsource).Streams {
			if !strings.EqualFold(s.Table, rec.Table) {
				continue
			}
			reader := b.router.Reader([]pipeline.Source{b.router.Field(s, field)})
			reader.Begin(rec, ev)
			for _, v := range reader.Values(0) {
				out = append(out, string(v.Text))
			}
			break
		}
		return out
	}
}

// slug is how a rule is spoken of in tests: the name of its file, or its title where the file has several.
func slug(m *sigma.Metadata) string { return strings.TrimSuffix(m.File, path.Ext(m.File)) }

func TestRulesMatchTheirRecordsAndNotTheNearMisses(t *testing.T) {
	b := newBench(t)
	tests, err := Tests()
	if err != nil {
		t.Fatal(err)
	}
	prove := func(m *sigma.Metadata) {
		test, ok := tests[m.ID]
		if !ok {
			t.Errorf("%s: %q has no test", m.File, m.Title)
			return
		}
		delete(tests, m.ID)
		for i, c := range test.Match {
			if !b.matched(t, c)[m.ID] {
				t.Errorf("%s: match %d does not", slug(m), i+1)
			}
		}
		for i, c := range test.Miss {
			if b.matched(t, c)[m.ID] {
				t.Errorf("%s: miss %d matches", slug(m), i+1)
			}
		}
	}
	correlations := correlate.New(b.all.Correlations, 0)
	for _, r := range b.all.Rules {
		if !correlations.Silent(r.ID) {
			prove(&r.Metadata)
		}
	}
	for _, c := range b.all.Correlations {
		if !correlations.Silent(c.ID) {
			prove(&c.Metadata)
		}
	}
	for id := range tests {
		t.Errorf("a test of %s, which is not there", id)
	}
}

// A rule applies in full when there are events that answer all that it asks for. That others of its logsource do not is
// no fault: a rule for connections that are opened leaves out those that are accepted.
func TestEveryRuleAppliesInFull(t *testing.T) {
	b := newBench(t)
	for i := range int32(b.set.Len()) {
		a := b.set.Applicability(i)
		full := slices.ContainsFunc(a.Streams, func(s *pipeline.Stream) bool {
			return !slices.ContainsFunc(a.Missing, func(m match.Missing) bool { return m.Stream == "" || m.Stream == s.Name })
		})
		if !full {
			t.Errorf("%s applies: %s, %s %+v", slug(&a.Rule.Metadata), a.Applies, a.Reason, a.Missing)
		}
	}
}
