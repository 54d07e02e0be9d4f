package correlate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zeebo/xxh3"

	"penstock/record"
	"penstock/sigma"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

const base = `title: Failed logon
id: 11111111-1111-4111-8111-111111111111
name: failed
logsource: {category: logon}
detection: {sel: {Result: failed}, condition: sel}
---
title: Logon
id: 22222222-2222-4222-8222-222222222222
name: success
logsource: {category: logon}
detection: {sel: {Result: ok}, condition: sel}
---
title: Tool
id: 33333333-3333-4333-8333-333333333333
name: tool
logsource: {category: process}
detection: {sel: {Image: x}, condition: sel}
---
`

// set reads correlations that are about the rules of base.
func set(t testing.TB, text string, lateness time.Duration) *Set {
	t.Helper()
	c := sigma.Resolve(sigma.Read("test.yml", []byte(base+text), sigma.Options{}))
	for _, p := range c.Problems {
		t.Fatalf("%s:%d: %s", p.File, p.Line, p.Message)
	}
	return New(c.Correlations, lateness)
}

func correlation(name, body string) string {
	return "title: " + name + "\nname: " + name + "\nid: " + fmt.Sprintf("%08x-0000-4000-8000-000000000000", len(name)) + "\ncorrelation:\n  " + strings.ReplaceAll(body, "\n", "\n  ") + "\n---\n"
}

var ids = map[string]string{
	"failed": "11111111-1111-4111-8111-111111111111", "success": "22222222-2222-4222-8222-222222222222", "tool": "33333333-3333-4333-8333-333333333333",
}

// m is a match of a rule, so many seconds after noon; fields are name=value.
func m(rule string, second float64, fields ...string) Match {
	at := noon.Add(time.Duration(second * float64(time.Second)))
	match := Match{Rule: ids[rule], Time: at}
	match.Event = xxh3.Hash128([]byte(fmt.Sprint(rule, second, fields))).Bytes()
	match.Values = func(field string) (values []string) {
		for _, f := range fields {
			if name, value, _ := strings.Cut(f, "="); name == field {
				values = append(values, value)
			}
		}
		return values
	}
	return match
}

// spans are the findings as they have become in the end: name, group, seconds from and to, number of hits.
func spans(found []Finding) []string {
	last := map[string]Finding{}
	for _, f := range found {
		last[f.ID] = f
	}
	var out []string
	for _, f := range last {
		out = append(out, fmt.Sprintf("%s[%s] %g-%g", f.Correlation.Name, strings.Join(f.Group, ","), f.First.Sub(noon).Seconds(), f.Last.Sub(noon).Seconds()))
	}
	slices.Sort(out)
	return out
}

func run(t testing.TB, s *Set, store Store, matches ...Match) []Finding {
	t.Helper()
	var all []Finding
	for _, match := range matches {
		found, err := s.Apply(t.Context(), store, []Match{match})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

func TestWhatSeveralMatchesShow(t *testing.T) {
	count := func(typ, condition string, more string) string {
		return correlation("c", "type: "+typ+"\nrules: [failed]\ngroup-by: [User]\ntimespan: 10s\ncondition: "+condition+more)
	}
	temporal := func(typ, rules, more string) string {
		return correlation("c", "type: "+typ+"\nrules: ["+rules+"]\ngroup-by: [User]\ntimespan: 10s"+more)
	}
	a, b := "User=Anna", "User=bert"
	for _, c := range []struct {
		name, rules string
		matches     []Match
		want        []string
	}{
		{"enough of one", count("event_count", "{gte: 3}", ""), []Match{m("failed", 0, a), m("failed", 5, a), m("failed", 10, a)}, []string{"c[anna] 0-10"}},
		{"too few", count("event_count", "{gte: 3}", ""), []Match{m("failed", 0, a), m("failed", 5, a)}, nil},
		{"too slow", count("event_count", "{gte: 3}", ""), []Match{m("failed", 0, a), m("failed", 5, a), m("failed", 10.1, a)}, nil},
		{"of different ones", count("event_count", "{gte: 3}", ""), []Match{m("failed", 0, a), m("failed", 1, b), m("failed", 2, a)}, nil},
		{"case does not count", count("event_count", "{gte: 2}", ""), []Match{m("failed", 0, "User=ANNA"), m("failed", 1, a)}, []string{"c[anna] 0-1"}},
		{"gt", count("event_count", "{gt: 2}", ""), []Match{m("failed", 0, a), m("failed", 1, a)}, nil},
		{"the same event counts once", count("event_count", "{gte: 2}", ""), []Match{m("failed", 0, a), m("failed", 0, a)}, nil},
		{"late and in between", count("event_count", "{gte: 3}", ""), []Match{m("failed", 9, a), m("failed", 0, a), m("failed", 300, a), m("failed", 4, a)}, []string{"c[anna] 0-9"}},
		{"it grows", count("event_count", "{gte: 2}", ""), []Match{m("failed", 0, a), m("failed", 5, a), m("failed", 12, a), m("failed", 15, a)}, []string{"c[anna] 0-15"}},
		{"two times", count("event_count", "{gte: 2}", ""), []Match{m("failed", 0, a), m("failed", 5, a), m("failed", 100, a), m("failed", 105, a)}, []string{"c[anna] 0-5", "c[anna] 100-105"}},
		{"without the field", count("event_count", "{gte: 2}", ""), []Match{m("failed", 0), m("failed", 1)}, nil},
		{"another rule", count("event_count", "{gte: 2}", ""), []Match{m("failed", 0, a), m("success", 1, a)}, nil},
		{"distinct values", count("value_count", "{gte: 2, field: Host}", ""), []Match{m("failed", 0, a, "Host=x"), m("failed", 1, a, "Host=X"), m("failed", 2, a), m("failed", 3, a, "Host=y")}, []string{"c[anna] 0-3"}},
		{"not distinct", count("value_count", "{gte: 2, field: Host}", ""), []Match{m("failed", 0, a, "Host=x"), m("failed", 1, a, "Host=x")}, nil},
		{"both in any order", temporal("temporal", "failed, success", ""), []Match{m("success", 0, a), m("failed", 9, a)}, []string{"c[anna] 0-9"}},
		{"both of different ones", temporal("temporal", "failed, success", ""), []Match{m("success", 0, a), m("failed", 9, b)}, nil},
		{"in order", temporal("temporal_ordered", "failed, success", ""), []Match{m("failed", 0, a), m("success", 9, a)}, []string{"c[anna] 0-9"}},
		{"in order though late", temporal("temporal_ordered", "failed, success", ""), []Match{m("success", 9, a), m("failed", 0, a)}, []string{"c[anna] 0-9"}},
		{"out of order", temporal("temporal_ordered", "failed, success", ""), []Match{m("success", 0, a), m("failed", 9, a)}, nil},
		{"in order at one time", temporal("temporal_ordered", "failed, success", ""), []Match{m("success", 3, a), m("failed", 3, a)}, []string{"c[anna] 3-3"}},
		{"in order, the first too early", temporal("temporal_ordered", "failed, success, tool", ""),
			[]Match{m("failed", 0, a), m("success", 8, a), m("tool", 11, a), m("failed", 12, a), m("tool", 14, a)}, nil},
		{"in order, the second of the first", temporal("temporal_ordered", "failed, success, tool", ""),
			[]Match{m("failed", 0, a), m("failed", 5, a), m("success", 8, a), m("tool", 11, a)}, []string{"c[anna] 5-11"}},
		{"an expression", temporal("temporal", "failed, success, tool", "\ncondition: failed and (success or tool)"), []Match{m("failed", 0, a), m("tool", 3, a)}, []string{"c[anna] 0-3"}},
		{"aliases", correlation("c", "type: temporal\nrules: [failed, tool]\ngroup-by: [who]\ntimespan: 10s\naliases: {who: {failed: User, tool: Account}}"),
			[]Match{m("failed", 0, a), m("tool", 3, "Account=anna")}, []string{"c[anna] 0-3"}},
		{"several values", count("event_count", "{gte: 2}", ""), []Match{m("failed", 0, a, b), m("failed", 1, b)}, []string{"c[bert] 0-1"}},
		{"a correlation of correlations", count("event_count", "{gte: 2}", "") +
			correlation("outer", "type: temporal_ordered\nrules: [c, success]\ngroup-by: [User]\ntimespan: 1m"),
			[]Match{m("failed", 0, a), m("failed", 1, a), m("failed", 2, a), m("success", 30, a), m("success", 31, b)}, []string{"outer[anna] 1-30"}},
	} {
		if got := spans(run(t, set(t, c.rules, 0), new(Memory), c.matches...)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestAnUpperBoundIsDecidedOnceNoMoreCanCome(t *testing.T) {
	few := correlation("few", "type: event_count\nrules: [failed]\ngroup-by: [User]\ntimespan: 10s\ncondition: {gte: 1, lte: 2}")
	without := correlation("without", "type: temporal\nrules: [failed, success]\ngroup-by: [User]\ntimespan: 10s\ncondition: failed and not success")
	s := set(t, few+without, time.Minute)
	store := new(Memory)
	a, b := "User=anna", "User=bert"
	matches := []Match{m("failed", 0, a), m("failed", 1, b), m("failed", 2, b), m("failed", 3, b), m("success", 4, a), m("failed", 40, b)}
	if found := run(t, s, store, matches...); len(found) > 0 {
		t.Errorf("decided at once: %q", spans(found))
	}
	early, err := s.Advance(t.Context(), store, noon.Add(69*time.Second))
	if err != nil || len(early) > 0 {
		t.Errorf("decided before the records of the time must have come: %q, %v", spans(early), err)
	}
	found, err := s.Advance(t.Context(), store, noon.Add(10*time.Minute))
	if want := []string{"few[anna] 0-0", "few[bert] 40-40", "without[bert] 1-3", "without[bert] 40-40"}; err != nil || !slices.Equal(spans(found), want) {
		t.Errorf("%q, want %q, %v", spans(found), want, err)
	}
	if again, err := s.Advance(t.Context(), store, noon.Add(20*time.Minute)); err != nil || len(again) > 0 {
		t.Errorf("decided twice: %q, %v", spans(again), err)
	}
}

func TestFiguresAreMadeOfTheValuesOfAField(t *testing.T) {
	of := func(typ, condition string) string {
		return correlation("c", "type: "+typ+"\nrules: [failed]\ngroup-by: [User]\ntimespan: 10s\ncondition: {field: Size, "+condition+"}")
	}
	a := func(second float64, size string) Match { return m("failed", second, "User=anna", "Size="+size) }
	some := []Match{a(0, "10"), a(2, "1"), a(4, "much"), m("failed", 5, "User=anna"), a(6, "2"), a(8, "3.5")} // 10, 1, 2 and 3.5
	for _, c := range []struct {
		name, rule string
		matches    []Match
		want       []string
	}{
		{"a sum", of("value_sum", "gte: 16.5"), some, []string{"c[anna] 0-8"}},
		{"a sum that is less", of("value_sum", "gt: 16.5"), some, nil},
		{"a sum of one", of("value_sum", "gte: 10"), some, []string{"c[anna] 0-8"}},
		{"a sum that has gone by", of("value_sum", "gte: 16"), []Match{a(0, "10"), a(11, "6"), a(20, "6")}, nil},
		{"a small sum", of("value_sum", "lt: 17"), some, []string{"c[anna] 0-8"}},
		{"a sum with what is below nothing", of("value_sum", "lte: -2"), []Match{a(0, "1"), a(1, "-3")}, []string{"c[anna] 0-1"}},
		{"an average", of("value_avg", "gte: 4.125, lte: 4.125"), some, []string{"c[anna] 0-8"}},
		{"an average that is less", of("value_avg", "gt: 4.125"), some, nil},
		{"an average beyond all sums", of("value_avg", "gte: 1.5e308"), []Match{a(0, "1.5e308"), a(1, "1.5e308")}, []string{"c[anna] 0-1"}},
		{"a median of an even number", of("value_median", "eq: 2.75"), some, []string{"c[anna] 0-8"}},
		{"a median of an odd number", of("value_median", "eq: 2"), []Match{a(0, "9"), a(1, "2"), a(2, "1")}, []string{"c[anna] 0-2"}},
		{"the most", of("value_percentile", "eq: 10, percentile: 100"), some, []string{"c[anna] 0-8"}},
		{"three of four", of("value_percentile", "eq: 3.5, percentile: 75"), some, []string{"c[anna] 0-8"}},
		{"more than three of four", of("value_percentile", "eq: 10, percentile: 76"), some, []string{"c[anna] 0-8"}},
		{"the least", of("value_percentile", "eq: 1, percentile: 0"), some, []string{"c[anna] 0-8"}},
		{"no number", of("value_avg", "lt: 100"), []Match{a(0, "much"), a(1, "0x10"), a(2, "NaN")}, nil},
	} {
		s, store := set(t, c.rule, time.Minute), new(Memory)
		found := run(t, s, store, c.matches...)
		decided, err := s.Advance(t.Context(), store, noon.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if got := spans(append(found, decided...)); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTheOrderInWhichMatchesComeChangesNothing(t *testing.T) {
	text := correlation("a", "type: event_count\nrules: [failed]\ngroup-by: [User]\ntimespan: 10s\ncondition: {gte: 3}") +
		correlation("bb", "type: temporal\nrules: [failed, success]\ngroup-by: [User]\ntimespan: 7s") +
		correlation("ccc", "type: temporal_ordered\nrules: [failed, success, tool]\ngroup-by: [User]\ntimespan: 12s") +
		correlation("dddd", "type: value_count\nrules: [failed, tool]\ngroup-by: [User]\ntimespan: 9s\ncondition: {gte: 2, field: Host}")
	s := set(t, text, 0)
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var matches []Match
		for range 2 + r.IntN(25) {
			rule := []string{"failed", "success", "tool"}[r.IntN(3)]
			matches = append(matches, m(rule, float64(r.IntN(60)), fmt.Sprintf("User=u%d", r.IntN(2)), fmt.Sprintf("Host=h%d", r.IntN(3))))
		}
		together, err := s.Apply(t.Context(), new(Memory), matches)
		if err != nil {
			t.Fatal(err)
		}
		r.Shuffle(len(matches), func(i, j int) { matches[i], matches[j] = matches[j], matches[i] })
		// What is seen piecemeal may be several findings that grow together; what they cover is the same.
		got, want := covered(run(t, s, new(Memory), matches...)), covered(together)
		// A chain in order may have begun with an earlier match, as long as the later one was not known.
		got = slices.DeleteFunc(got, func(h string) bool { return strings.HasPrefix(h, "ccc ") && !slices.Contains(want, h) })
		if !slices.Equal(got, want) {
			t.Fatalf("one by one %q, together %q", got, want)
		}
	}
}

// covered are the hits that are in findings.
func covered(found []Finding) []string {
	var out []string
	for _, f := range found {
		for _, h := range f.Hits {
			out = append(out, fmt.Sprintf("%s %s %s", f.Correlation.Name, strings.Join(f.Group, ","), h.Event))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func TestAGroupIsBounded(t *testing.T) {
	s := set(t, correlation("c", "type: event_count\nrules: [failed]\ntimespan: 1d\ncondition: {gte: 3}"), 0)
	store := new(Memory)
	var matches []Match
	for i := range MaxHits + 500 {
		match := Match{Rule: ids["failed"], Time: noon.Add(time.Duration(i) * time.Second), Values: func(string) []string { return nil }}
		match.Event = record.ID{byte(i), byte(i >> 8), byte(i >> 16)}
		matches = append(matches, match)
	}
	found, err := s.Apply(t.Context(), store, matches)
	if err != nil || len(found) != 1 || len(found[0].Hits) != maxReported || found[0].Count != MaxHits {
		t.Fatalf("%d findings, %v", len(found), err)
	}
	hits, _ := store.Hits(context.Background(), s.rules[0].ID, "", time.Time{}, noon.AddDate(1, 0, 0))
	if len(hits) != MaxHits {
		t.Errorf("%d hits are kept", len(hits))
	}
}

func TestRulesThatOnlyServeACorrelationAreSilent(t *testing.T) {
	s := set(t, correlation("c", "type: event_count\nrules: [failed]\ngroup-by: [User]\ntimespan: 10s\ncondition: {gte: 3}")+
		correlation("dd", "type: temporal\nrules: [success, tool]\ngroup-by: [Host]\ntimespan: 10s\ngenerate: true"), 0)
	if !s.Silent(ids["failed"]) || s.Silent(ids["success"]) || s.Silent("another") || !s.Wants(ids["tool"]) || s.Wants("another") {
		t.Error("silence is not that of the rules")
	}
	if got := s.Fields(ids["failed"]); !slices.Equal(got, []string{"User"}) {
		t.Errorf("fields %q", got)
	}
}

func BenchmarkApply(b *testing.B) {
	s := set(b, correlation("c", "type: event_count\nrules: [failed]\ngroup-by: [User]\ntimespan: 10m\ncondition: {gte: 50}"), 0)
	store := new(Memory)
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		batch := make([]Match, 100)
		for k := range batch {
			batch[k] = m("failed", float64(i)/10, fmt.Sprintf("User=u%d", i%20))
			i++
		}
		if _, err := s.Apply(b.Context(), store, batch); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Advance(b.Context(), store, noon.Add(time.Duration(i/10)*time.Second+DefaultLateness)); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(100*b.N)/b.Elapsed().Seconds(), "matches/s")
}
