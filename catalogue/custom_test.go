package catalogue

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"penstock/sigma"
)

func TestARuleThatMatchesNearlyEverythingIsWarnedOf(t *testing.T) {
	b := openBench(t, nil)
	text := ruleOf(1, "A", "*")
	said := func(list []*sigma.Problem) bool {
		return len(list) == 1 && list[0].Warning && strings.Contains(list[0].Message, "nearly every event")
	}
	if r, problems := b.Check([]byte(text)); r == nil || !said(problems) {
		t.Errorf("checked: %v", problems)
	}
	if _, err := b.Create(t.Context(), []byte(text), By{"ann", ""}); err != nil {
		t.Fatal(err)
	}
	if d := b.rule(id(1)); len(d.Warnings) != 1 {
		t.Errorf("written: %q", d.Warnings)
	}
	if r := b.install("p", nil, map[string]string{"a.yml": ruleOf(2, "B", "*")}); !said(r.Problems) || r.Rules != 1 {
		t.Errorf("installed: %v", r.Problems)
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
	flow := "{title: A, logsource: {category: process_creation, product: windows}, detection: {s: {Image: x}, condition: s}}\n"
	for _, text := range []string{text, "---\n" + text, "# why\n\n---\n" + text, flow} {
		r, err := b.Create(t.Context(), []byte(text), By{"ann", ""})
		if err != nil {
			t.Fatal(err)
		}
		b.reopen(nil)
		if d := b.rule(r.ID); !strings.Contains(d.Text, "id: "+r.ID) {
			t.Errorf("%q", d.Text)
		}
		if u, err := b.Update(t.Context(), r.ID, 1, []byte(strings.Replace(text, "A", "A better title", 1)), By{"ann", ""}); err != nil || u.ID != r.ID || u.Version != 2 {
			t.Errorf("an update without the id: %+v, %v", u, err)
		}
	}
	wrong := strings.Replace(text, "Image:", "Image|holds:", 1)
	before, _, _ := strings.Cut(wrong, "|holds")
	line := 1 + strings.Count(before, "\n")
	var invalid *Invalid
	if _, err := b.Create(t.Context(), []byte(wrong), By{}); !errors.As(err, &invalid) || invalid.Problems[0].Line != line {
		t.Errorf("what is wrong in line %d of the text: %v", line, err)
	}
}

func TestWhyARuleOfAPackIsNotChangedIsSaidFirst(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", nil, map[string]string{"a.yml": ruleOf(5, "P", "x")})
	for _, text := range []string{"title: [", ruleOf(6, "P", "x"), ruleOf(5, "P", "y")} {
		if _, err := b.Update(t.Context(), id(5), 1, []byte(text), By{}); err == nil || !strings.Contains(err.Error(), "comes from the pack p") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestATextIsCheckedWithoutBeingKept(t *testing.T) {
	b := openBench(t, nil)
	b.install("p", nil, map[string]string{"a.yml": strings.Replace(ruleOf(1, "A", "x"), "Image:", "NoImage:", 1)})
	for text, want := range map[string]Applies{
		ruleOf(2, "B", "x"): Yes,
		"title: C\nid: " + id(3) + "\ncorrelation:\n  type: event_count\n  rules: [" + id(1) + "]\n  timespan: 1h\n  condition: {gte: 3}\n": No,
	} {
		r, problems := b.Check([]byte(text))
		if r == nil || r.Applies != want || len(problems) != 0 {
			t.Errorf("%+v, %v", r, problems)
		}
	}
	if r, problems := b.Check([]byte("title: [")); r != nil || len(problems) == 0 {
		t.Errorf("%+v, %v", r, problems)
	}
	if len(b.History0()) != 1 {
		t.Error("something was kept")
	}
}
