package match

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"penstock/ecs"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

func contains(field, text string) *sigma.Test {
	return &sigma.Test{Field: field, Pattern: sigma.Pattern{{Any: true}, {Text: text}, {Any: true}}, Source: field + "|contains: " + text}
}

func endsWith(field, text string) *sigma.Test {
	return &sigma.Test{Field: field, Pattern: sigma.Pattern{{Any: true}, {Text: text}}, Source: field + "|endswith: " + text}
}

func equals(field, text string) *sigma.Test {
	return &sigma.Test{Field: field, Pattern: sigma.Literal(text), Source: field + ": " + text}
}

func and(of ...sigma.Node) sigma.Node { return &sigma.And{Of: of} }
func or(of ...sigma.Node) sigma.Node  { return &sigma.Or{Of: of} }
func not(of sigma.Node) sigma.Node    { return &sigma.Not{Of: of} }

func ruleFor(category string, condition sigma.Node) *sigma.Rule {
	r := &sigma.Rule{Condition: condition}
	r.Logsource.Category = category
	return r
}

func TestARuleSaysHowItApplies(t *testing.T) {
	null := func(field string) *sigma.Test { return &sigma.Test{Field: field, Kind: sigma.Null} }
	for _, c := range []struct {
		name      string
		category  string
		condition sigma.Node
		want      Applies
		missing   []Missing
		reason    string
	}{
		{"everything answered", "one", and(contains("A", "x"), not(equals("B", "y"))), Fully, nil, ""},
		{"no events", "nothing", contains("A", "x"), No, nil, "nothing reports nothing"},
		{"a field that nothing answers", "one", contains("NoHash", "x"), No, []Missing{{Field: "NoHash", Reason: "there is no column"}}, ""},
		{"one way of several", "one", or(contains("NoHash", "x"), contains("A", "x")), Partly,
			[]Missing{{Field: "NoHash", Reason: "there is no column"}}, ""},
		{"a filter that nothing answers", "one", and(contains("A", "x"), not(equals("NoHash", "y"))), Partly,
			[]Missing{{Field: "NoHash", Reason: "there is no column"}}, ""},
		{"null of a field that is never there", "one", and(contains("A", "x"), null("NoHash")), No,
			[]Missing{{Field: "NoHash", Reason: "there is no column"}}, ""},
		{"nothing left but a filter", "one", not(equals("NoHash", "y")), No,
			[]Missing{{Field: "NoHash", Reason: "there is no column"}}, "what is left of it would match every event"},
		{"half a field", "one", contains("PartOf", "x"), Partly, []Missing{{Field: "PartOf", Reason: "without its folder"}}, ""},
		{"a value that never occurs", "one", equals("Odd", "odd"), No, []Missing{{Field: "Odd", Reason: "it is never odd"}}, ""},
		{"a reference to nothing", "one", and(contains("A", "x"), &sigma.Test{Field: "A", Kind: sigma.FieldRef, Ref: "NoHash"}), No,
			[]Missing{{Field: "NoHash", Reason: "there is no column"}}, ""},
		{"a contradiction of itself", "one", or(), No, nil, "its condition can never be true"},
		{"no condition", "one", nil, No, nil, "the rule has no condition"},
		{"several things", "one", and(contains("NoHash", "x"), contains("NoOther", "x")), No,
			[]Missing{{Field: "NoHash", Reason: "there is no column"}, {Field: "NoOther", Reason: "there is no column"}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := Compile([]*sigma.Rule{ruleFor(c.category, c.condition)}, newColumns(testStreams...))
			got := s.Applicability(0)
			if got.Applies != c.want || got.Reason != c.reason {
				t.Errorf("applies %s, reason %q, want %s, %q", got.Applies, got.Reason, c.want, c.reason)
			}
			if diff := cmp.Diff(c.missing, got.Missing); diff != "" {
				t.Error(diff)
			}
			if (len(got.Streams) > 0) != (c.want != No) {
				t.Errorf("%d streams", len(got.Streams))
			}
		})
	}
}

func TestWhatIsMissingInSomeStreamsIsToldWithThem(t *testing.T) {
	got := mergeMissing([]*pipeline.Stream{{Name: "dns"}, {Name: "network"}}, [][]Missing{
		{{Field: "A", Reason: "x"}, {Field: "B", Reason: "x"}}, {{Field: "A", Reason: "x"}, {Field: "B", Reason: "y"}},
	})
	want := []Missing{
		{Field: "A", Reason: "x"}, {Field: "B", Reason: "x", Stream: "dns"}, {Field: "B", Reason: "y", Stream: "network"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEventsAreTriedOnTheRulesOfTheirStreamsOnly(t *testing.T) {
	streams := []*pipeline.Stream{
		{Name: "windows", Table: "T", ActionTypes: []string{"Created"}, OS: "windows"},
		{Name: "linux", Table: "T", ActionTypes: []string{"Created"}, OS: "linux"},
		{Name: "deleted", Table: "T", ActionTypes: []string{"Deleted"}},
		{Name: "every"},
	}
	var rules []*sigma.Rule
	for _, s := range streams {
		rules = append(rules, ruleFor(s.Name, contains("A", "x")))
	}
	s := Compile(rules, newColumns(streams...))
	m := s.Matcher()
	os := ecs.MustLookup("host.os.type")
	for _, c := range []struct {
		table, action, os string
		want              []int32
	}{
		{"T", "Created", "windows", []int32{0, 3}},
		{"T", "Created", "linux", []int32{1, 3}},
		{"T", "Created", "", []int32{0, 1, 3}},
		{"t", "created", "", []int32{0, 1, 3}},
		{"T", "Deleted", "linux", []int32{2, 3}},
		{"T", "Renamed", "linux", []int32{3}},
		{"T", "", "", []int32{3}},
		{"U", "Created", "", []int32{3}},
		{"", "Created", "", []int32{3}},
	} {
		var ev ecs.Event
		if c.os != "" {
			ev.Set(os, ecs.StringOf(c.os))
		}
		columns := map[string]any{"A": "axa"}
		if c.action != "" {
			columns["ActionType"] = c.action
		}
		if got := m.Match(event(t, c.table, columns), &ev, nil); !slices.Equal(got, c.want) {
			t.Errorf("%+v: matched %v", c, got)
		}
	}
}

func TestMatchesAreAppendedInAscendingOrderAndOnce(t *testing.T) {
	var rules []*sigma.Rule
	for i := range 20 { // later rules are found first
		rules = append(rules, ruleFor("", or(contains("A", strings.Repeat("z", 20-i)), contains("B", "what-else"))))
	}
	s := Compile(rules, newColumns(testStreams...)) // each rule is in several streams
	var ev ecs.Event
	got := s.Matcher().Match(event(t, "T", map[string]any{"A": strings.Repeat("z", 20), "B": "what-else", "ActionType": "One"}), &ev, []int32{99})
	want := []int32{99}
	for i := range int32(20) {
		want = append(want, i)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestMatchingTakesNoMemoryOnceItRuns(t *testing.T) {
	rules := dice{newRand(3, 4)}.rules(80)
	rules = slices.DeleteFunc(rules, func(r *sigma.Rule) bool { // regular expressions and times are not ours
		slow := false
		for t := range sigma.Tests(r.Condition) {
			slow = slow || t.Kind == sigma.Regex || t.Field == ""
		}
		return slow
	})
	s := Compile(rules, newColumns(testStreams...))
	m := s.Matcher()
	var events []int
	d := dice{newRand(5, 6)}
	var ev ecs.Event
	recs := make([]func() []int32, 0, 20)
	var dst []int32
	for range 20 {
		columns := d.columns()
		columns["A"] = fmt.Sprint(columns["A"]) // lists cost the test's reader memory
		columns["B"], columns["C"], columns["Odd"] = "10.0.0.1", "17", strings.Repeat("power ", 30)
		rec := event(t, "T", columns)
		recs = append(recs, func() []int32 { return m.Match(rec, &ev, dst[:0]) })
	}
	for _, match := range recs {
		dst = match()
		events = append(events, len(dst))
	}
	if allocs := testing.AllocsPerRun(50, func() {
		for _, match := range recs {
			dst = match()
		}
	}); allocs > 0 {
		t.Errorf("%v allocations in %d events", allocs, len(events))
	}
}

// An attacker's record has what fits in four megabytes: values without end, or one without end.
func TestHostileRecordsTakeNoMoreThanTheyAreWorth(t *testing.T) {
	d := dice{newRand(7, 8)}
	rules := d.rules(200)
	s := Compile(rules, newColumns(testStreams...))
	m := s.Matcher()
	many := make([]any, 300_000)
	for i := range many {
		many[i] = "a"
	}
	var ev ecs.Event
	for name, columns := range map[string]map[string]any{
		"values": {"ActionType": "One", "A": many, "B": many},
		"text":   {"ActionType": "One", "A": strings.Repeat("power.exe", 400_000)},
		"zeros":  {"ActionType": "One", "A": strings.Repeat("\x00", 600_000)},
	} {
		m.Match(event(t, "T", columns), &ev, nil)
		m.Match(event(t, "T", map[string]any{"ActionType": "One", "A": "x", "B": "y"}), &ev, nil)
		m.Match(event(t, "T", map[string]any{"ActionType": "One", "A": "x", "B": "y"}), &ev, nil)
		kept := cap(m.current.texts) + 8*cap(m.current.words)
		for _, s := range m.current.slots {
			kept += cap(s.values) * 200
		}
		if kept > 8<<20 {
			t.Errorf("%s: %d bytes are kept", name, kept)
		}
	}
}
