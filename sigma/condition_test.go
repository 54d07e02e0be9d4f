package sigma

import (
	"fmt"
	"strings"
	"testing"
)

// judged reads a rule with a set of selections and that condition, written as a YAML value.
func judged(condition string) *Collection {
	return Read("test.yml", []byte(`title: Test
logsource: {category: test}
detection:
    condition: `+condition+`
    a: {F: a}
    b: {F: b}
    c: {F: c}
    a_1: {F: a1}
    a_2: {F: a2}
    _x: {F: x}
    notepad: {F: n}
    or-not: {F: o}
`), Options{})
}

func TestConditions(t *testing.T) {
	for _, c := range []struct{ condition, want string }{
		{`a`, `F=a`},
		{`a and b`, `(F=a & F=b)`},
		{`a or b and c`, `(F=a | (F=b & F=c))`},
		{`(a or b) and c`, `((F=a | F=b) & F=c)`},
		{`a and b or c and not a`, `((F=a & F=b) | (F=c & !F=a))`},
		{`not a and b`, `(!F=a & F=b)`},
		{`not (a and b)`, `!(F=a & F=b)`},
		{`not (not a)`, `!!F=a`},
		{`((a))`, `F=a`},
		{`a and b and c`, `(F=a & F=b & F=c)`},
		{`a AND NOT b Or c`, `((F=a & !F=b) | F=c)`},
		{`notepad`, `F=n`},
		{`or-not`, `F=o`},
		{`_x`, `F=x`},
		{`1 of a_*`, `(F=a1 | F=a2)`},
		{`any of a_*`, `(F=a1 | F=a2)`},
		{`all of a_*`, `(F=a1 & F=a2)`},
		{`All Of a_*`, `(F=a1 & F=a2)`},
		{`1 of *_1`, `F=a1`},
		{`1 of a*1`, `F=a1`},
		{`all of a`, `F=a`},
		{`1 of them`, `(F=a | F=b | F=c | F=a1 | F=a2 | F=n | F=o)`},
		{`all of them`, `(F=a & F=b & F=c & F=a1 & F=a2 & F=n & F=o)`},
		{`1 of *`, `(F=a | F=b | F=c | F=a1 | F=a2 | F=n | F=o)`},
		{`1 of _*`, `F=x`},
		{`a and not 1 of a_*`, `(F=a & !(F=a1 | F=a2))`},
		{`[a, b and c]`, `(F=a | (F=b & F=c))`},
		{"|\n        a\n        and b", `(F=a & F=b)`},
	} {
		got := judged(c.condition)
		if len(got.Rules) != 1 || len(besides(got.Problems)) > 0 {
			t.Errorf("%s: %v", c.condition, got.Problems)
			continue
		}
		if e := expression(got.Rules[0].Condition); e != c.want {
			t.Errorf("%s: got %s, want %s", c.condition, e, c.want)
		}
	}
}

func TestConditionsThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		condition string
		column    int
		want      string
	}{
		{`d`, 16, `unknown selection "d"; there are a, b, c, a_1`},
		{`a and d`, 22, `unknown selection "d"`},
		{`'a and d'`, 23, `unknown selection "d"`},
		{`A`, 16, `unknown selection "A"`},
		{`1 of d*`, 21, `"d*" fits no selection`},
		{`a*`, 16, `"a*" needs 1 of or all of in front of it`},
		{`(a`, 16, `there is no ) for this (`},
		{`a and (b or (c)`, 22, `there is no ) for this (`},
		{`a)`, 17, `there is no ( for this )`},
		{`()`, 17, `expected a name behind "("`},
		{`a and`, 21, `expected a name behind "and"`},
		{`and a`, 16, `expected a name, got "and"`},
		{`a and or b`, 22, `expected a name behind "and", got "or"`},
		{`a b`, 18, `expected "and" or "or" in front of "b"`},
		{`a not b`, 18, `expected "and" or "or" in front of "not"`},
		{`not`, 19, `expected a name behind "not"`},
		{`2 of them`, 16, `unknown quantifier "2 of"; expected 1 of, any of or all of`},
		{`1 of`, 20, `expected them or names like selection_* behind "1 of"`},
		{`1 of (a, b)`, 23, `unexpected ','`},
		{`1 of (a or b)`, 21, `expected them or names like selection_*`},
		{`1 of 1 of them`, 21, `"1 of" cannot stand within another quantifier`},
		{`them`, 16, `expected a name, got "them"`},
		{`a & b`, 18, `unexpected '&'`},
		{`a and "b"`, 22, `unexpected '"'`},
		{`''`, 16, `the condition is empty`},
		{``, 15, `expected a condition, as in selection and not filter, got nothing`},
		{`{a: b}`, 16, `got keys with values`},
		{`[a, d]`, 20, `unknown selection "d"`},
		{`a | count() > 5`, 18, `write a correlation instead that refers to this rule by its name: correlation: {type: event_count, rules: [NAME], ` +
			`timespan: 1h, condition: {gt: 5}}`},
		{`a | count(User) by Host >= 10`, 18, `{type: value_count, rules: [NAME], group-by: [Host], timespan: 1h, condition: {gte: 10, field: User}}`},
		{`a | near b`, 18, `of type temporal`},
		{strings.Repeat("(", 200) + "a" + strings.Repeat(")", 200), 116, `more than 100 deep`},
		{strings.Repeat("not ", 200) + "a", 416, `more than 100 deep`},
		{"a" + strings.Repeat(" or a", 5000), 16, `longer than 16384 bytes`},
	} {
		got := judged(c.condition)
		if len(got.Rules) != 0 || len(got.Problems) != 1 {
			t.Errorf("%.80s: %d rules, problems %v", c.condition, len(got.Rules), got.Problems)
			continue
		}
		p := got.Problems[0]
		if !strings.Contains(p.Message, c.want) || p.Line != 4 || p.Column != c.column {
			t.Errorf("%.80s: got %v; want 4:%d … %s", c.condition, p, c.column, c.want)
		}
	}
}

func TestLabelsSayWhatTheRuleCallsThings(t *testing.T) {
	got := Read("test.yml", []byte(`title: Test
logsource: {category: test}
detection:
    sel_map:
        A|contains: [x, y]
        B: z
    sel_list:
        - C: x
        - keyword
    words: [one, two]
    word: one
    dash:
        A|windash: -a
    condition: all of sel_* and (words or not word) and dash
`), Options{})
	if len(got.Problems) > 0 {
		t.Fatal(got.Problems)
	}
	want := `
&
  & "all of sel_*"
    & "sel_map"
      | "A|contains"
        A|contains: 'x'
        A|contains: 'y'
      B: 'z'
    | "sel_list"
      &
        C: 'x'
      'keyword'
  |
    | "words"
      'one'
      'two'
    not
      & "word"
        'one'
  & "dash"
    | "A|windash: '-a'"
      A|windash: '-a'
      A|windash: '-a'
      A|windash: '-a'
      A|windash: '-a'
      A|windash: '-a'
`
	if tree := outline(got.Rules[0].Condition, ""); "\n"+tree != want {
		t.Errorf("got\n%s", tree)
	}
}

func outline(n Node, indent string) string {
	list := func(op, label string, of []Node) string {
		if label != "" {
			op = fmt.Sprintf("%s %q", op, label)
		}
		s := indent + op + "\n"
		for _, part := range of {
			s += outline(part, indent+"  ")
		}
		return s
	}
	switch n := n.(type) {
	case *And:
		return list("&", n.Label, n.Of)
	case *Or:
		return list("|", n.Label, n.Of)
	case *Not:
		return list("not", "", []Node{n.Of})
	case *Test:
		return indent + n.Source + "\n"
	}
	return ""
}

func FuzzCondition(f *testing.F) {
	for _, s := range []string{"a", "a and not (b or c)", "1 of them", "all of a*", "((", "not(not", "a | count() > 5", "1 of 1 of", "é"} {
		f.Add(s)
	}
	node := func(name string) *And { return &And{Of: []Node{&Test{Field: name}}, Label: name} }
	s := &selections{names: []string{"a", "b", "_c"}, nodes: map[string]Node{"a": node("a"), "b": node("b"), "_c": node("_c")},
		tests: map[string]int{"a": 1, "b": 1, "_c": 1}}
	f.Fuzz(func(t *testing.T, condition string) {
		n, err := parseCondition(condition, s.named, s.quantified)
		if err != nil {
			if err.at < 0 || err.at > len(condition) || err.message == "" {
				t.Fatalf("%q: %+v", condition, err)
			}
			return
		}
		if len(leaves(n)) != s.weight(n) || s.weight(n) == 0 {
			t.Fatalf("%q has %d leaves and weighs %d", condition, len(leaves(n)), s.weight(n))
		}
	})
}
