package match

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"penstock/ecs"
	"penstock/sigma"
)

// outline writes a verdict as text: + holds, - does not.
func outline(v *Verdict) string {
	sign := "-"
	if v.Holds {
		sign = "+"
	}
	if v.Kind == "test" {
		text := sign + v.Test.Source
		if len(v.Hits) > 0 {
			text += "=" + strings.Join(v.Hits, ",")
		}
		if v.Unanswered != "" {
			text += " (" + v.Unanswered + ")"
		}
		return text
	}
	var parts []string
	for _, of := range v.Of {
		parts = append(parts, outline(of))
	}
	return sign + v.Kind + "[" + strings.Join(parts, "; ") + "]"
}

func TestAnExplanationHasTheTreeAndTheValues(t *testing.T) {
	rule := ruleFor("one", and(
		or(endsWith("A", `\cmd.exe`), endsWith("A", `\sh`)),
		contains("B", "evil"),
		not(or(equals("NoHash", "x"), contains("B", "good"))),
	))
	s := Compile([]*sigma.Rule{rule}, newColumns(testStreams...))
	var ev ecs.Event
	rec := event(t, "T", map[string]any{"ActionType": "One", "A": `C:\CMD.exe`, "B": []any{"some EVIL", "thing"}})
	got := s.Explain(0, rec, &ev)
	if len(got) != 1 || !got[0].Matches() {
		t.Fatalf("%+v", got)
	}
	want := `+and[+or[+A|endswith: \cmd.exe=C:\CMD.exe; -A|endswith: \sh]; +B|contains: evil=some EVIL; ` +
		`+not[-or[-NoHash: x (there is no column); -B|contains: good]]]`
	if got := outline(got[0].Verdict); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	matched := []Field{{Name: "A", Values: []string{`C:\CMD.exe`}}, {Name: "B", Values: []string{"some EVIL"}}}
	if diff := cmp.Diff(matched, s.Matched(0, rec, &ev)); diff != "" {
		t.Error(diff)
	}
}

func TestAnEventOutsideARulesStreamsIsSaidToBe(t *testing.T) {
	s := Compile([]*sigma.Rule{ruleFor("two", contains("A", "x")), ruleFor("one", not(equals("NoHash", "x")))}, newColumns(testStreams...))
	var ev ecs.Event
	for _, c := range []struct {
		rule          int32
		table, action string
		want          string
	}{
		{0, "T", "Two", ""},
		{0, "U", "Two", "the event is of table U, the rule for events of T"},
		{0, "T", "One", `the event's ActionType is "one", the rule for Two, Three`},
		{1, "T", "One", "the rule does not apply to these events"},
	} {
		rec := event(t, c.table, map[string]any{"ActionType": c.action, "A": "x"})
		got := s.Explain(c.rule, rec, &ev)[0]
		if got.Outside != c.want || got.Matches() != (c.want == "") {
			t.Errorf("%+v: outside: %q", c, got.Outside)
		}
		if c.want != "" && s.Matched(c.rule, rec, &ev) != nil {
			t.Errorf("%+v: fields of no match", c)
		}
	}
}

func TestANearMissNamesTheTestThatWasInTheWay(t *testing.T) {
	rules := []*sigma.Rule{
		ruleFor("one", and(endsWith("A", `\rundll32.exe`), contains("B", "one-thing"))),                                  // B is missing
		ruleFor("one", and(endsWith("A", `\rundll32.exe`), contains("B", "one-thing"), contains("C", "other"))),          // two are
		ruleFor("one", and(endsWith("A", `\rundll32.exe`), contains("B", "javascript:"), not(contains("C", "trusted")))), // a filter hit
		ruleFor("one", contains("B", "nothing-else")),                                                                    // nothing was there
		ruleFor("one", endsWith("A", `.exe`)),                                                                            // matches
		ruleFor("two", and(endsWith("A", `\rundll32.exe`), contains("B", "one-thing"))),                                  // another stream
		ruleFor("one", and(endsWith("A", `\rundll32.exe`), or(contains("B", "x1x"), contains("B", "y1y"), contains("B", "z1z")))),
	}
	s := Compile(rules, newColumns(testStreams...))
	var ev ecs.Event
	rec := event(t, "T", map[string]any{"ActionType": "One", "A": `C:\rundll32.exe`, "B": "javascript:alert", "C": "trusted"})
	got := s.Matcher().NearMisses(rec, &ev, 10)
	tests := map[int32][]string{}
	for _, miss := range got {
		for _, test := range miss.Tests {
			tests[miss.Rule] = append(tests[miss.Rule], test.Source)
		}
	}
	want := map[int32][]string{
		0: {"B|contains: one-thing"},
		2: {"C|contains: trusted"},
		6: {"B|contains: x1x", "B|contains: y1y", "B|contains: z1z"},
	}
	if diff := cmp.Diff(want, tests); diff != "" {
		t.Error(diff)
	}
	if len(got) > 0 && got[0].Rule != 2 {
		t.Errorf("of rule %d the most is said to have been there", got[0].Rule)
	}
	if few := s.Matcher().NearMisses(rec, &ev, 1); len(few) != 1 {
		t.Errorf("%d near misses, asked for 1", len(few))
	}
}

func TestAConditionIsProvedByItsOwnTexts(t *testing.T) {
	null := &sigma.Test{Field: "A", Kind: sigma.Null}
	number := func(kind sigma.Kind, bound float64) *sigma.Test {
		return &sigma.Test{Field: "N", Kind: kind, Bound: bound}
	}
	for name, n := range map[string]sigma.Node{
		"all of several":         and(contains("A", "b"), contains("A", "c"), endsWith("A", ".exe")),
		"a filter":               and(contains("A", "b"), not(endsWith("A", "b"))),
		"a way round":            and(or(equals("A", "x"), equals("B", "y")), not(equals("A", "x"))),
		"null":                   and(null, equals("B", "y")),
		"not null":               not(null),
		"numbers":                and(number(sigma.Greater, 7), number(sigma.Less, 8)),
		"an hour":                &sigma.Test{Field: "N", Kind: sigma.Equal, Part: sigma.Hour, Bound: 3},
		"a year":                 &sigma.Test{Field: "N", Kind: sigma.GreaterOrEqual, Part: sigma.Year, Bound: 2030},
		"fields that are alike":  &sigma.Test{Field: "A", Kind: sigma.FieldRef, Ref: "B"},
		"fields that are not":    and(contains("A", "x"), not(&sigma.Test{Field: "A", Kind: sigma.FieldRef, Ref: "B"}), equals("B", "x")),
		"a field within another": and(equals("B", "y"), &sigma.Test{Field: "A", Kind: sigma.FieldRef, Ref: "B", Anchor: sigma.End}),
		"a keyword":              and(contains("", "word"), equals("A", "x")),
	} {
		proof, err := Prove(n)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !sigma.Evaluate(n, func(name string) []string { return valuesIn(proof.Fields, name) }) {
			t.Errorf("%s: %q does not fulfil it", name, proof.Fields)
		}
	}
	for name, n := range map[string]sigma.Node{
		"nothing":         or(),
		"a and not a":     and(equals("A", "x"), not(equals("A", "x"))),
		"two values":      and(equals("A", "x"), equals("A", "y")),
		"null and not":    and(null, contains("A", "x")),
		"between 7 and 6": and(number(sigma.Greater, 7), number(sigma.Less, 6)),
	} {
		if proof, err := Prove(n); err == nil {
			t.Errorf("%s is said to be fulfilled by %q", name, proof.Fields)
		}
	}
}

func TestAProofIsSoughtForABoundedTime(t *testing.T) {
	var all []sigma.Node
	for range 40 {
		all = append(all, or(equals("A", "x"), equals("A", "y"), equals("A", "z")))
	}
	if _, err := Prove(and(append(all, equals("A", "w"))...)); err == nil {
		t.Error("proved")
	}
	if !slices.Equal(valuesIn(map[string]string{"A": "x", "B": "y"}, ""), []string{"x", "y"}) {
		t.Error("keywords look at all values")
	}
}
