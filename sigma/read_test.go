package sigma

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const small = `title: Small
logsource: {category: test}
detection:
    sel: {A: x}
    condition: sel
`

func TestARuleIsReadWithAllThatItSays(t *testing.T) {
	text := `# a comment in front
title: Whoami as SYSTEM
id: 80167ADA-7A12-41ED-B8E9-AA47195C66A1
name: whoami_system
related:
    - id: 0C9F8F58-4B5F-4C7A-9D5B-9E0F1A2B3C4D
      type: Similar
status: Test
description: |
    Two
    lines
references: [https://example.org/a, https://example.org/b]
author: [Ada, Grace]
license: MIT
date: 2025/01/31
modified: 2025-02-01
tags: [attack.Discovery, attack.T1033, cve.2021-44228]
logsource:
    category: Process_Creation
    product: Windows
    service: Sysmon
    definition: Needs a policy
detection:
    sel: {Image|endswith: '\whoami.exe'}
    condition: sel
fields: [Image, User]
falsepositives: [Administrators]
level: HIGH
effort: elementary
simulation: [{type: x, count: 2}]
taxonomy: sigma
`
	got := Read("rules/win/whoami.yml", []byte(text), Options{})
	if len(got.Problems) > 0 || len(got.Rules) != 1 {
		t.Fatal(got.Problems)
	}
	rule := *got.Rules[0]
	if e := expression(rule.Condition); e != `Image=*\whoami.exe` {
		t.Error(e)
	}
	rule.Condition = nil
	want := Rule{
		Metadata: Metadata{
			ID: "80167ada-7a12-41ed-b8e9-aa47195c66a1", Name: "whoami_system", Title: "Whoami as SYSTEM",
			Description: "Two\nlines\n", Status: Testing, Level: High, Author: "Ada, Grace", License: "MIT",
			Date: "2025/01/31", Modified: "2025-02-01",
			References:     []string{"https://example.org/a", "https://example.org/b"},
			FalsePositives: []string{"Administrators"},
			Tags:           []string{"attack.discovery", "attack.t1033", "cve.2021-44228"},
			Related:        []Related{{"0c9f8f58-4b5f-4c7a-9d5b-9e0f1a2b3c4d", "similar"}},
			Custom: map[string]any{"effort": "elementary", "taxonomy": "sigma",
				"simulation": []any{map[string]any{"type": "x", "count": 2}}},
			File: "rules/win/whoami.yml", Line: 2, Text: []byte(text),
		},
		Logsource: Logsource{"process_creation", "windows", "sysmon", "Needs a policy"},
		Fields:    []string{"Image", "User"},
	}
	if diff := cmp.Diff(want, rule); diff != "" {
		t.Error(diff)
	}
}

func TestSelections(t *testing.T) {
	for _, c := range []struct{ selection, want string }{
		{`{A: x, B: y}`, `(A=x & B=y)`},
		{`[{A: x, B: y}, {C: z}]`, `((A=x & B=y) | C=z)`},
		{`[one, two]`, `(=*one* | =*two*)`},
		{`[one, 4624, true]`, `(=*one* | =*4624* | =*true*)`},
		{`one`, `=*one*`},
		{`[one*two]`, `=*one*two*`},
		{`[one, {A: x}]`, `(=*one* | A=x)`},
		{`[[{A: x}, {B: y}], one]`, `((A=x | B=y) | =*one*)`},
		{`{A: x, '|all': [one, two]}`, `(A=x & (=*one* & =*two*))`},
		{"\n        &same\n        A: x", `A=x`},
		{"\n        A: &list [x, y]\n        B: *list", `((A=x | A=y) & (B=x | B=y))`},
		{"\n        - &base {A: x}\n        - {<<: *base, B: y}", `(A=x | (B=y & A=x))`},
		{"\n        - &base {A: x}\n        - {<<: [*base], A: y}", `(A=x | A=y)`},
	} {
		got := Read("test.yml", []byte("title: T\nlogsource: {category: c}\ndetection:\n    condition: sel\n    sel: "+c.selection+"\n"), Options{})
		if len(got.Rules) != 1 || len(got.Problems) > 0 {
			t.Errorf("%s: %v", c.selection, got.Problems)
			continue
		}
		if e := expression(got.Rules[0].Condition); e != c.want {
			t.Errorf("%s: got %s, want %s", c.selection, e, c.want)
		}
	}
}

// told are problems as "line:column message", warnings with an exclamation mark in front.
func told(problems []*Problem) []string {
	var out []string
	for _, p := range problems {
		s := fmt.Sprintf("%d:%d %s", p.Line, p.Column, p.Message)
		if p.Warning {
			s = "!" + s
		}
		out = append(out, s)
	}
	return out
}

func TestFaultsAreToldWithTheirPlace(t *testing.T) {
	rule := func(lines string) string { return "title: T\nlogsource: {category: c}\n" + lines }
	for name, c := range map[string]struct {
		text  string
		rules int
		want  []string // each the start of a line and a part of the message
	}{
		"a tab":                     {"title: T\nlogsource:\n\tcategory: c\n", 0, []string{"3:1 this is not YAML: found character '\t'"}},
		"an open quote":             {"title: 'T\nlogsource: {category: c}\n", 0, []string{"1:8 this is not YAML: could not find end character of single-quoted text"}},
		"an open bracket":           {"title: T\ntags: [a, b\nlevel: low\n", 0, []string{"3:1 this is not YAML: ',' or ']' must be specified"}},
		"indented otherwise":        {"title: T\ndetection:\n    s:\n        A: b\n      B: c\n", 0, []string{"5:7 this is not YAML"}},
		"an unknown anchor":         {"title: T\nlevel: *low\n", 0, []string{"2:1 this is not YAML: unknown anchor 'low'"}},
		"not UTF-8":                 {"title: T\nlevel: \xff\n", 0, []string{"2:1 this is not YAML: invalid leading UTF-8 octet"}},
		"a control character":       {"title: T\nlevel: \x01\n", 0, []string{"2:1 this is not YAML: control characters are not allowed"}},
		"many brackets":             {"x: " + strings.Repeat("[", 300), 0, []string{"1:1 this is not YAML"}},
		"a text":                    {"hello\n", 0, []string{`1:1 expected a rule: keys such as title, logsource and detection; got the text "hello"`}},
		"a list":                    {"- title: T\n", 0, []string{"1:1 expected a rule: keys such as title, logsource and detection; got a list"}},
		"nothing":                   {"", 0, nil},
		"comments":                  {"# nothing\n---\n---\n...\n", 0, nil},
		"nothing that a rule needs": {"level: low\n", 0, []string{"1:1 expected title", "1:1 expected logsource", "1:1 expected detection"}},
		"a key twice": {rule("detection:\n    s: {A: x}\n    s: {A: y}\n    condition: s\n"), 0,
			[]string{`5:5 the key "s" stands twice, first in line 4`}},
		"no condition":    {rule("detection:\n    s: {A: x}\n"), 0, []string{"4:5 expected a condition"}},
		"no selection":    {rule("detection:\n    condition: s\n"), 0, []string{"4:5 expected a selection"}},
		"an empty one":    {rule("detection:\n    s: {}\n    condition: s\n"), 0, []string{"4:8 the selection s is empty"}},
		"an empty list":   {rule("detection:\n    s: []\n    condition: s\n"), 0, []string{"4:8 the selection s is empty"}},
		"an empty item":   {rule("detection:\n    s: [{}]\n    condition: s\n"), 0, []string{"4:9 an item of the selection is empty"}},
		"a null one":      {rule("detection:\n    s:\n    condition: s\n"), 0, []string{"4:7 a keyword cannot be nothing"}},
		"a null keyword":  {rule("detection:\n    s: [x, null]\n    condition: s\n"), 0, []string{"4:12 a keyword cannot be nothing"}},
		"a list as field": {rule("detection:\n    s: {? [a] : b}\n    condition: s\n"), 0, []string{"4:11 expected the name of a key, got a list"}},
		"timeframe":       {rule("detection:\n    s: {A: x}\n    timeframe: 5m\n    condition: s\n"), 0, []string{"5:5 timeframe belongs to the old aggregations"}},
		"every fault of several": {rule("detection:\n    s:\n        A|foo: x\n        B|re: '('\n        C|cidr: x\n    condition: s and\n"), 0,
			[]string{`5:9 unknown modifier "foo"`, "6:15 the regular expression", `7:17 "x" is no network`}},
		"an empty logsource":     {"title: T\nlogsource: {}\ndetection:\n    s: {A: x}\n    condition: s\n", 0, []string{"2:12 expected category, product or service"}},
		"a logsource as text":    {"title: T\nlogsource: windows\ndetection:\n    s: {A: x}\n    condition: s\n", 0, []string{"2:12 expected category, product or service, got the text"}},
		"a key in the logsource": {strings.Replace(small, "category: test", "category: test, OS: x", 1), 1, []string{`!2:29 logsource has no key "OS"`}},
		"a condition at the top": {small + "condition: sel\n", 1, []string{`!6:1 the key "condition" means nothing here; it belongs under detection`}},
		"a misspelt key":         {small + "falsepositive: [x]\n", 1, []string{`!6:1 the key "falsepositive" means nothing here; did you mean falsepositives?`}},
		"no UUID":                {small + "id: 42\n", 1, []string{`!6:5 the id "42" is no UUID`}},
		"an unknown level":       {small + "level: hgih\n", 1, []string{`!6:8 unknown level "hgih"; expected informational, low, medium, high or critical`}},
		"an unknown status":      {small + "status: ok\n", 1, []string{`!6:9 unknown status "ok"`}},
		"no date":                {small + "date: yesterday\n", 1, []string{`!6:7 "yesterday" is no date for date; expected one like 2025-01-31`}},
		"a tag without name":     {small + "tags: [attack]\n", 1, []string{`!6:7 the tag "attack" has no namespace`}},
		"keys among texts":       {small + "falsepositives:\n    - None: unlikely\n", 1, []string{"!7:7 expected a text, got keys with values"}},
		"related as text":        {small + "related: x\n", 1, []string{"!6:10 expected a list of related rules"}},
		"a long title":           {strings.Replace(small, "Small", strings.Repeat("x", 300), 1), 1, []string{"!1:8 the title is longer than 256 characters"}},
		"an unknown action":      {"action: explode\n" + small, 0, []string{`1:1 unknown action "explode"`}},
		"nothing to repeat":      {"action: repeat\ntitle: T\n", 0, []string{"1:1 action: repeat varies the rule in front of it"}},
		"a document between": {small + "---\ntitle: 'x\n---\n" + strings.Replace(small, "Small", "Other", 1), 2,
			[]string{"7:8 this is not YAML"}},
		"a fault between": {small + "---\ntitle: x\n---\n" + strings.Replace(small, "Small", "Other", 1), 2,
			[]string{"7:1 expected logsource", "7:1 expected detection"}},
	} {
		t.Run(name, func(t *testing.T) {
			got := Read("test.yml", []byte(c.text), Options{})
			if len(got.Rules) != c.rules {
				t.Errorf("%d rules, want %d", len(got.Rules), c.rules)
			}
			lines := told(got.Problems)
			if len(lines) != len(c.want) {
				t.Fatalf("got %q", lines)
			}
			for i := range lines {
				if !strings.HasPrefix(lines[i], c.want[i]) {
					t.Errorf("got %q, want %q", lines[i], c.want[i])
				}
			}
		})
	}
}

func TestWhatIsTooLargeIsAProblem(t *testing.T) {
	bomb := "title: T\nlogsource: {category: c}\ndetection:\n    condition: s\n    a: &a [q, w, e, r, t, z, u, i, o, p]\n"
	for i := range 8 {
		bomb += fmt.Sprintf("    %c: &%c [", 'b'+i, 'b'+i) + strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*%c, ", 'a'+i), 10), ", ") + "]\n"
	}
	deep := strings.Repeat("[", 100) + "x" + strings.Repeat("]", 100)
	global := "action: global\nlogsource: {category: c}\ndescription: " + strings.Repeat("x", 500_000) + "\ndetection:\n    s: {A: x}\n    condition: s\n"
	for name, c := range map[string]struct{ text, want string }{
		"a file":             {strings.Repeat("#", 1<<20+1), "larger than 1 MiB"},
		"an alias bomb":      {bomb, "the file becomes too large"},
		"one among metadata": {strings.Replace(bomb, "detection:\n    condition: s\n", "custom:\n", 1), "the file becomes too large"},
		"an endless alias":   {strings.Replace(small, "{A: x}", "&s [*s, x]", 1), "lists lie within each other more than 16 deep"},
		"one in a merge":     {strings.Replace(small, "{A: x}", "&s {<<: *s, A: x}", 1), "merged (<<) into each other more than 16 times"},
		"one in metadata":    {small + "custom: &c {x: *c}\n", "more than 16 deep"},
		"nested lists":       {strings.Replace(small, "{A: x}", deep, 1), "more than 16 deep"},
		"nested metadata":    {small + "custom: " + deep + "\n", "more than 16 deep"},
		"alternatives": {strings.Replace(small, "{A: x}", "\n        A|windash: ["+strings.TrimSuffix(strings.Repeat("-a -b -c, ", 1000), ", ")+"]", 1),
			"more than 100000 values in selections"},
		"encodings on encodings": {strings.Replace(small, "A: x", "A"+strings.Repeat("|wide", 40)+": x", 1), "longer than 65536 bytes"},
		"long encodings": {strings.Replace(small, "{A: x}", "\n        A"+strings.Repeat("|base64", 20)+": ["+strings.TrimSuffix(strings.Repeat(strings.Repeat("x", 100)+", ", 5000), ", ")+"]", 1),
			"bytes that the values stand for"},
		"regular expressions": {strings.Replace(small, "{A: x}", "\n        A|re: ["+strings.TrimSuffix(strings.Repeat("'a{900}b{900}c{900}', ", 200), ", ")+"]", 1),
			"instructions of regular expressions"},
		"classes of characters": {strings.Replace(small, "A: x", "A|re: '"+strings.Repeat(`\pL`, 1000)+"'", 1), "fewer classes are needed"},
		"selections":            {strings.Replace(small, "    sel:", manySelections(2000)+"    sel:", 1), "more than 1000 selections"},
		"what is named often": {strings.Replace(strings.Replace(small, "{A: x}", "\n        A: ["+strings.TrimSuffix(strings.Repeat("a, ", 1000), ", ")+"]", 1),
			"condition: sel", "condition: sel"+strings.Repeat(" or sel", 200), 1), "counted wherever the condition names it"},
		"documents":     {strings.Repeat("a: b\n---\n", 3000), "more than 2,000 documents"},
		"global copies": {global + strings.Repeat("---\ntitle: T\n", 100), "bytes with what the global documents add"},
	} {
		t.Run(name, func(t *testing.T) {
			got := Read("test.yml", []byte(c.text), Options{})
			for _, p := range got.Problems {
				if strings.Contains(p.Message, c.want) {
					return
				}
			}
			t.Errorf("%d rules, problems %.500v", len(got.Rules), told(got.Problems))
		})
	}
}

func manySelections(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "    s%d: {A: x}\n", i)
	}
	return b.String()
}

func TestALongListOfValuesIsRead(t *testing.T) {
	got := Read("test.yml", []byte(strings.Replace(small, "{A: x}", "{A: ["+strings.TrimSuffix(strings.Repeat("a, ", 20_000), ", ")+"]}", 1)), Options{})
	if len(got.Problems) > 0 || len(leaves(got.Rules[0].Condition)) != 20_000 {
		t.Error(got.Problems)
	}
}

func TestNoMoreThanFiftyProblemsOfADocumentAreTold(t *testing.T) {
	got := Read("test.yml", []byte(strings.Replace(small, "{A: x}", "\n        A|cidr: ["+strings.TrimSuffix(strings.Repeat("a, ", 1000), ", ")+"]", 1)), Options{})
	if len(got.Problems) != maxProblems || len(got.Rules) != 0 {
		t.Errorf("%d problems, %d rules", len(got.Problems), len(got.Rules))
	}
}

func TestDocumentsWithActions(t *testing.T) {
	got := Read("test.yml", []byte(`%YAML 1.1
---
action: global
title: Common
id: 11111111-1111-1111-1111-111111111111
level: low
logsource: {product: windows}
detection:
    filter: {User: system}
---
action: global
author: Ada
---
logsource: {category: one}
detection:
    sel: {A: x}
    condition: sel and not filter
---
title: Own
level: high
logsource: {category: two, product: linux}
detection:
    sel: {A: y}
    condition: sel and not filter
---
action: repeat
title: Again
detection:
    sel: {A: z}
---
action: reset
---
title: Alone
logsource: {category: three}
detection:
    sel: {A: w}
    condition: sel
...
`), Options{})
	if len(got.Problems) > 0 {
		t.Fatal(told(got.Problems))
	}
	var lines []string
	ids := make(map[string]bool)
	for _, r := range got.Rules {
		lines = append(lines, fmt.Sprintf("%d %s, %s, %s, %s/%s: %s", r.Line, r.Title, r.Author, r.Level, r.Logsource.Product, r.Logsource.Category, expression(r.Condition)))
		ids[r.ID] = true
		again := Read("test.yml", r.Text, Options{})
		if len(again.Rules) != 1 || len(again.Problems) > 0 || again.Rules[0].Title != r.Title ||
			expression(again.Rules[0].Condition) != expression(r.Condition) {
			t.Errorf("%s cannot be read from its own text: %v\n%s", r.Title, again.Problems, r.Text)
		}
	}
	want := []string{
		"14 Common, Ada, low, windows/one: (A=x & !User=system)",
		"19 Own, Ada, high, linux/two: (A=y & !User=system)",
		"26 Again, Ada, high, linux/two: (A=z & !User=system)",
		"33 Alone, , , /three: A=w",
	}
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("got\n%s", strings.Join(lines, "\n"))
	}
	if got.Rules[0].ID != "11111111-1111-1111-1111-111111111111" || len(ids) != 4 {
		t.Errorf("ids %v", ids)
	}
}

func TestARuleWithoutAnIDGetsTheSameOneEveryTime(t *testing.T) {
	id := func(file, text string) string {
		got := Read(file, []byte(text), Options{})
		if len(got.Rules) == 0 {
			t.Fatal(got.Problems)
		}
		return got.Rules[len(got.Rules)-1].ID
	}
	first := id("a/rule.yml", small)
	if !uuid.MatchString(first) {
		t.Errorf("%s is no UUID", first)
	}
	if second := id("b/c/rule.yaml", small+"level: low\n"); second != first {
		t.Error("it depends on more than title and file name")
	}
	if id("other.yml", small) == first || id("a/rule.yml", strings.Replace(small, "Small", "Large", 1)) == first {
		t.Error("it does not depend on title and file name")
	}
	if id("a/rule.yml", small+"---\n"+small) == first {
		t.Error("two rules of a file have the same")
	}
	if id("a/rule.yml", small+"id: nonsense\n") != first {
		t.Error("an id that is no UUID counts")
	}
}

func TestAByteOrderMarkIsNoPartOfTheRule(t *testing.T) {
	if got := Read("test.yml", []byte("\ufeff"+small), Options{}); len(got.Rules) != 1 {
		t.Error(got.Problems)
	}
}

func TestLinesMayEndAsOnWindows(t *testing.T) {
	got := Read("test.yml", []byte(strings.ReplaceAll(small+"---\n"+small, "\n", "\r\n")), Options{})
	if len(got.Rules) != 2 || got.Rules[1].Line != 7 {
		t.Error(got.Problems)
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{small, small + "---\n" + small, "a: &a [*a]", "action: global\n---\n" + small, "action: correlation\ntype: temporal\nrules: [a]\ntimespan: 1m\n",
		"title: C\ncorrelation: {type: event_count, rules: [a], timespan: 1h, condition: {gt: 1}}\n",
		"title: F\nlogsource: {category: c}\nfilter: {rules: any, s: {A: x}, condition: not s}\n",
		strings.Replace(small, "{A: x}", "{A|re|i: 'x(', B|windash|contains|all: [-a, /b], C|cidr: ::/0}", 1),
		"<<: {title: x}\n? [a]\n: b\n", "--- |\n x\n...\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := Read("test.yml", data, Options{Placeholder: placeholders})
		lines := strings.Count(string(data), "\n") + strings.Count(string(data), "\r") + 2
		for _, p := range c.Problems {
			if p.Line < 1 || p.Column < 1 || p.Line > lines || p.Message == "" {
				t.Fatalf("%+v", p)
			}
		}
		for _, r := range c.Rules {
			if r.Condition == nil || r.ID == "" || r.Title == "" {
				t.Fatalf("%+v", r)
			}
			Evaluate(r.Condition, func(string) []string { return []string{"x", "10.0.0.1", ""} })
		}
		Resolve(c, c)
	})
}
