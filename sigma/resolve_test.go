package sigma

import (
	"fmt"
	"strings"
	"testing"
)

const (
	idA = "aaaaaaaa-0000-4000-8000-000000000000"
	idB = "bbbbbbbb-0000-4000-8000-000000000000"
)

// together reads texts as files 1.yml, 2.yml, … and resolves them.
func together(texts ...string) *Collection {
	var parts []*Collection
	for i, text := range texts {
		parts = append(parts, Read(fmt.Sprintf("%d.yml", i+1), []byte(text), Options{}))
	}
	return Resolve(parts...)
}

func simple(name, id, logsource string) string {
	return fmt.Sprintf("title: Rule %s\nname: %s\nid: %s\nlogsource: {%s}\ndetection:\n    sel: {A: %s}\n    condition: sel\n", name, name, id, logsource, name)
}

func chain(name string, rules string) string {
	return fmt.Sprintf("title: Correlation %s\nname: %s\ncorrelation: {type: temporal, rules: [%s], timespan: 1h}\n", name, name, rules)
}

func TestCorrelationsFindTheirRulesByNameAndID(t *testing.T) {
	got := together(`title: C
name: c
correlation:
    type: temporal
    rules: [a, `+strings.ToUpper(idB)+`]
    timespan: 1h
    aliases:
        ip: {a: X, `+strings.ToUpper(idB)+`: Y}
    condition: a and not `+strings.ToUpper(idB)+`
---
`+chain("d", "c, a"), simple("a", idA, "category: x"), simple("b", idB, "category: x"))
	if len(got.Correlations) != 2 || len(got.Problems) > 0 {
		t.Fatal(got.Problems)
	}
	c := got.Correlations[0]
	if strings.Join(c.Rules, " ") != idA+" "+idB {
		t.Errorf("rules %v", c.Rules)
	}
	if c.Aliases["ip"][idA] != "X" || c.Aliases["ip"][idB] != "Y" {
		t.Errorf("aliases %v", c.Aliases)
	}
	if e := expression(c.Condition); e != "("+idA+" exists true & !"+idB+" exists true)" {
		t.Error(e)
	}
	if leaves(c.Condition)[0].Source != "a" {
		t.Error("the name is lost to explanations")
	}
	if d := got.Correlations[1]; d.Rules[0] != c.ID {
		t.Errorf("%v", d.Rules)
	}
}

func TestCorrelationsComeBehindThoseThatTheyReferTo(t *testing.T) {
	got := together(chain("top", "middle, a"), chain("middle", "bottom, a"), chain("bottom", "a, b"),
		simple("a", idA, "category: x"), simple("b", idB, "category: x"))
	var names []string
	for _, c := range got.Correlations {
		names = append(names, c.Name)
	}
	if strings.Join(names, " ") != "bottom middle top" {
		t.Errorf("%v, %v", names, got.Problems)
	}
}

func TestReferencesThatCannotBeResolved(t *testing.T) {
	for name, c := range map[string]struct {
		texts []string
		want  []string
	}{
		"unknown": {[]string{chain("c", "a, x"), simple("a", idA, "category: x")},
			[]string{`1.yml:1:1: the correlation cannot be used: no rule that can be used has the id or name "x"`}},
		"itself": {[]string{chain("c", "c")}, []string{`1.yml:1:1: the correlation refers to itself by way of "Correlation c"`}},
		"a circle": {[]string{chain("c", "d"), chain("d", "e"), chain("e", "c")}, []string{
			`3.yml:1:1: the correlation refers to itself by way of "Correlation c"`,
			`2.yml:1:1: the correlation cannot be used, since "Correlation e", to which it refers, cannot`,
			`1.yml:1:1: the correlation cannot be used, since "Correlation d", to which it refers, cannot`}},
		"what cannot be read": {[]string{chain("c", "a"), strings.Replace(simple("a", idA, "category: x"), "condition: sel", "condition: x", 1)}, []string{
			`2.yml:7:16: unknown selection "x"; there are sel`,
			`1.yml:1:1: the correlation cannot be used: no rule that can be used has the id or name "a"`}},
		"ambiguous": {[]string{chain("c", "a"), simple("a", idA, "category: x"), simple("a", idB, "category: x")}, []string{
			`1.yml:1:1: the correlation cannot be used: the name "a" is that of several rules: ` + idA + ` (2.yml, line 1) and ` + idB + ` (3.yml, line 1); refer to one by its id`}},
		"by id and name": {[]string{chain("c", "a, "+idA), simple("a", idA, "category: x")},
			[]string{`1.yml:1:1: the correlation refers to "Rule a" twice, by id and by name`}},
		"an id twice": {[]string{simple("a", idA, "category: x"), simple("b", idA, "category: x")},
			[]string{`2.yml:1:1: the id ` + idA + ` is already that of "Rule a" (1.yml, line 1); give this one an id of its own`}},
	} {
		t.Run(name, func(t *testing.T) {
			got := together(c.texts...)
			if len(got.Correlations) > 0 || len(got.Rules) > 1 && name != "ambiguous" {
				t.Errorf("%d correlations, %d rules", len(got.Correlations), len(got.Rules))
			}
			var lines []string
			for _, p := range got.Problems {
				lines = append(lines, p.Error())
			}
			if strings.Join(lines, "\n") != strings.Join(c.want, "\n") {
				t.Errorf("got\n%s", strings.Join(lines, "\n"))
			}
		})
	}
}

func TestANameMeansTheRuleOfTheSameFile(t *testing.T) {
	got := together(simple("a", idA, "category: x"), simple("a", idB, "category: x")+"---\n"+chain("c", "a"))
	if len(got.Correlations) != 1 || got.Correlations[0].Rules[0] != idB {
		t.Error(got.Problems)
	}
}

func filterOf(rules, logsource string) string {
	return "title: Backup\nlogsource: {" + logsource + "}\nfilter:\n    rules: " + rules + "\n    sel: {User: backup}\n    condition: not sel\n"
}

func TestFiltersNarrowTheirRules(t *testing.T) {
	const windows = "product: windows, category: x"
	for name, c := range map[string]struct {
		filter  string
		a, b    string
		problem string
	}{
		"by name":      {filterOf("[a]", "product: windows"), "(A=a & !User=backup)", "A=b", ""},
		"by id":        {filterOf("["+idA+"]", windows), "(A=a & !User=backup)", "A=b", ""},
		"as a text":    {filterOf("a", windows), "(A=a & !User=backup)", "A=b", ""},
		"several":      {filterOf("[a, b]", windows), "(A=a & !User=backup)", "(A=b & !User=backup)", ""},
		"any":          {filterOf("any", "category: x"), "(A=a & !User=backup)", "(A=b & !User=backup)", ""},
		"any of other": {filterOf("any", "category: y"), "A=a", "A=b", ""},
		"any narrower": {filterOf("any", "category: x, service: sysmon"), "A=a", "A=b", ""},
		"unknown": {filterOf("[a, z]", windows), "(A=a & !User=backup)", "A=b",
			`3.yml:1:1: the filter does nothing for "z": no rule that can be used has the id or name "z"`},
		"another logsource": {filterOf("[a]", "product: linux"), "A=a", "A=b",
			`3.yml:1:1: the filter does nothing for "Rule a": its logsource is another one`},
		"a correlation": {filterOf("[a, c]", windows), "(A=a & !User=backup)", "A=b",
			`3.yml:1:1: the filter does nothing for "Correlation c": it is a correlation; filter the rules that it refers to`},
	} {
		t.Run(name, func(t *testing.T) {
			got := together(simple("a", idA, windows), simple("b", idB, windows), c.filter, chain("c", "a, b"))
			if len(got.Rules) != 2 || len(got.Filters) != 1 {
				t.Fatal(got.Problems)
			}
			if a, b := expression(got.Rules[0].Condition), expression(got.Rules[1].Condition); a != c.a || b != c.b {
				t.Errorf("got %s and %s", a, b)
			}
			problem := ""
			for _, p := range got.Problems {
				problem += p.Error()
				if !p.Warning {
					t.Errorf("%v keeps the filter from being used", p)
				}
			}
			if problem != c.problem {
				t.Errorf("got %s", problem)
			}
		})
	}
}

func TestResolvingChangesNothingOfItsParts(t *testing.T) {
	rule := Read("1.yml", []byte(simple("a", idA, "category: x")), Options{})
	others := Read("2.yml", []byte(filterOf("any", "category: x")+"---\n"+chain("c", "a")), Options{})
	for range 2 {
		got := Resolve(rule, others)
		if e := expression(got.Rules[0].Condition); e != "(A=a & !User=backup)" {
			t.Error(e)
		}
	}
	if e := expression(rule.Rules[0].Condition); e != "A=a" {
		t.Errorf("the part has %s", e)
	}
	if others.Correlations[0].Rules[0] != "a" {
		t.Error("the part's correlation has an id for a name")
	}
}

func TestFiltersThatCannotBe(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"title: T\ntype: filter\nlogsource: {category: x}\n", `1:1 expected filter: with rules, selections and a condition`},
		{"title: T\nfilter: {rules: any, s: {A: x}, condition: not s}\n", `1:1 expected logsource:`},
		{"title: T\nlogsource: {category: x}\nfilter: {s: {A: x}, condition: not s}\n", `3:9 expected rules:`},
		{"title: T\nlogsource: {category: x}\nfilter: {rules: [], s: {A: x}, condition: not s}\n", `3:10 expected ids or names of rules`},
		{"title: T\nlogsource: {category: x}\nfilter: {rules: any, s: {A: x}}\n", `3:9 expected a condition`},
		{"title: T\nlogsource: {category: x}\nfilter: {rules: any, condition: not s}\n", `3:9 expected a selection`},
		{"title: T\nlogsource: {category: x}\nfilter: {rules: any, s: {A|x: x}, condition: not s}\n", `3:26 unknown modifier "x"`},
		{"title: T\nlogsource: {category: x}\nfilter: {rules: any, s: {A: x}, condition: not t}\n", `3:48 unknown selection "t"`},
		{"title: T\nlogsource: {category: x}\nfilter: x\n", `3:9 expected rules, selections and a condition, got the text "x"`},
		{"title: T\nlogsource: {category: x}\nfilter: {rules: any, s: {A: x}, condition: not s}\ndetection: {}\n", `4:1 a filter has no detection`},
	} {
		got := Read("test.yml", []byte(c.text), Options{})
		lines := told(got.Problems)
		if len(got.Filters) != 0 || len(lines) != 1 || !strings.HasPrefix(lines[0], c.want) {
			t.Errorf("%s\ngot %q\nwant %q", c.text, lines, c.want)
		}
	}
}
