package kql_test

import (
	"slices"
	"strings"
	"testing"

	"penstock/kql"
)

// labels are the first few labels of what may be written where ‸ stands.
func labels(query string) (string, []kql.Candidate) {
	at := strings.Index(query, "‸")
	list := kql.Complete(strings.Replace(query, "‸", "", 1), at, small)
	var names []string
	for _, c := range list[:min(len(list), 6)] {
		names = append(names, c.Label)
	}
	return strings.Join(names, " "), list
}

func TestCompletionOffersWhatMayStandThere(t *testing.T) {
	tests := []struct{ query, first, without string }{
		{"‸", "People Places AssignedIPAddresses DeviceFromIP", "where"},
		{"Pe‸", "People", "Places"},
		{"People | wh‸", "where parse-where", "project"},
		{"People | project-re‸", "project-rename project-reorder", "project"},
		{"People | where ‸", "Timestamp Name City Age Born Bag", "Country"},
		{"People | where Na‸", "Name", "City"},
		{"People | where Name ‸", "== != =~", "Age"},
		{"People | where Name ha‸", "has has_cs has_any has_all hasprefix hassuffix", "Name"},
		{"People | where Name == City and A‸", "Age", "=="},
		{"People | project Name, Age | where ‸", "Name Age", "City"},
		{"People | summarize co‸ by City", "count", "Name"},
		{"People | summarize count() ‸", "== !=", "City"},
		{"People | summarize count() by ‸", "Timestamp Name City", ""},
		{"People | summarize n = count() by City | where ‸", "City n", "Name"},
		{"People | extend x = tol‸", "tolower tolong", "where"},
		{"People | join kind=‸", "anti fullouter inner", "People"},
		{"People | join kind=inner (‸", "People Places", "Name"},
		{"People | join kind=inner (Places | where ‸) on City", "Timestamp City Country People", "Name"},
		{"People | join Places on ‸", "Timestamp Name City", ""},
		{"People | join Places on $left.City == $right.‸", "Timestamp City Country People", "Name"},
		{"let old = People | where Age > 80; let least = 3; o‸", "old", "least"},
		{"let old = People | project Name; old | where ‸", "Name old", "Age"},
		{"let least = 3; People | where Age > l‸", "least", "old"},
		{"let x = to‸", "toupper tolower", ""},
		{"People | render ‸", "anomalychart areachart", "Name"},
		{"People | evaluate ‸", "bag_unpack ipv4_lookup", "Name"},
		{"People | sort ‸", "by", "Name"},
		{"People | project-away ‸", "Timestamp Name", "True"},
		{"People | where Name == \"‸\"", "", "Name"},
		{"// ‸", "", "People"},
		{"People | extend d = typeof(‸", "bool int long", "Name"},
	}
	for _, test := range tests {
		got, list := labels(test.query)
		if !strings.HasPrefix(got, test.first) {
			t.Errorf("%s: got %s, not %s", test.query, got, test.first)
		}
		if test.without != "" && slices.ContainsFunc(list, func(c kql.Candidate) bool { return c.Label == test.without }) {
			t.Errorf("%s: offers %s", test.query, test.without)
		}
	}
}

func TestCompletionReplacesTheWholeWord(t *testing.T) {
	query := "People | project-aw | take 3"
	list := kql.Complete(query, len("People | project-aw"), small)
	if len(list) == 0 {
		t.Fatal("nothing offered")
	}
	if r := list[0].Replace; query[r.Start:r.End] != "project-aw" || list[0].Insert != "project-away" {
		t.Errorf("puts %s for %q", list[0].Insert, query[r.Start:r.End])
	}
}

func TestHoverTellsWhatANameIs(t *testing.T) {
	tests := []struct{ query, kind, title, form string }{
		{"Peo‸ple | take 3", "table", "People", ""},
		{"People | where Na‸me == 'x'", "column", "Name", "string"},
		{"People | extend x = str‸len(Name)", "function", "strlen", "strlen(string: text): long"},
		{"People | summarize dco‸unt(Name)", "aggregate", "dcount", "dcount(expr, accuracy: simple?): long"},
		{"People | project-aw‸ay Name", "operator", "project-away", "project-away column, pattern*, …"},
		{"People | where Name h‸as 'x'", "operator", "has", ""},
		{"let least = 3; People | where Age > le‸ast", "let", "least", "long"},
	}
	for _, test := range tests {
		at := strings.Index(test.query, "‸")
		d, ok := kql.Describe(strings.Replace(test.query, "‸", "", 1), at, small)
		if !ok || d.Kind != test.kind || d.Title != test.title {
			t.Errorf("%s: got %+v", test.query, d)
			continue
		}
		if test.form != "" && d.Forms[0] != test.form {
			t.Errorf("%s: %s", test.query, d.Forms[0])
		}
	}
}
