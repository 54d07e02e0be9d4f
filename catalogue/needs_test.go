package catalogue

import (
	"slices"
	"testing"

	"penstock/format/defender"
)

func TestARuleNamesTheFieldsThatItNeeds(t *testing.T) {
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	router, err := defender.Pipeline(plan)
	if err != nil {
		t.Fatal(err)
	}
	b := openBench(t, func(o *Options) { o.Router = router })
	text := "title: A\nid: " + id(1) + "\nlogsource:\n  category: process_creation\n  product: windows\ndetection:\n  s:\n    CommandLine|contains: x\n" +
		"    FileVersion: y\n  t:\n    CurrentDirectory: z\n    NoSuchField: z\n  condition: s and (s or t)\n"
	b.install("p", everything, map[string]string{"a.yml": text})
	want := []Need{
		{Field: "CommandLine", Applies: Yes, Columns: []string{"ProcessCommandLine"}},
		{Field: "FileVersion", Applies: Partly, Columns: []string{"ProcessVersionInfoProductVersion"}},
		{Field: "CurrentDirectory", Applies: No},
		{Field: "NoSuchField", Applies: No},
	}
	got := b.Needs(id(1))
	if !slices.EqualFunc(got, want, func(g, w Need) bool {
		return g.Field == w.Field && g.Applies == w.Applies && slices.Equal(g.Columns, w.Columns)
	}) {
		t.Errorf("got %+v", got)
	}
	for _, n := range got {
		if (n.Note == "") != (n.Applies == Yes) {
			t.Errorf("%s is noted %q", n.Field, n.Note)
		}
	}
	if n := b.Needs("no such rule"); n != nil {
		t.Errorf("a rule that is not there needs %v", n)
	}
}
