package kql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/kql"
)

var (
	people = &kql.Table{Name: "People", Columns: []kql.Column{{Name: "Timestamp", Type: kql.DateTime}, {Name: "Name", Type: kql.String}, {Name: "City", Type: kql.String},
		{Name: "Age", Type: kql.Long}, {Name: "Born", Type: kql.DateTime}, {Name: "Bag", Type: kql.Dynamic}}}
	places = &kql.Table{Name: "Places", Columns: []kql.Column{{Name: "Timestamp", Type: kql.DateTime}, {Name: "City", Type: kql.String}, {Name: "Country", Type: kql.String},
		{Name: "People", Type: kql.Long}}}
	small = kql.NewSchema(people, places)
	noon  = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
)

// scans describes the scans of a plan, in the order in which they stand in it.
func scans(n kql.Node, seen map[kql.Node]bool) []string {
	if seen[n] {
		return nil
	}
	seen[n] = true
	var list []string
	if s, ok := n.(*kql.Scan); ok {
		parts := []string{s.Table.Name}
		if !s.From.IsZero() {
			parts = append(parts, "from "+s.From.Format("2006-01-02T15:04"))
		}
		if !s.To.IsZero() {
			parts = append(parts, "to "+s.To.Format("2006-01-02T15:04"))
		}
		if len(s.Words) > 0 {
			parts = append(parts, "words "+strings.Join(s.Words, ","))
		}
		for _, group := range s.AnyWords {
			parts = append(parts, "any "+strings.Join(group, ","))
		}
		var used []string
		for i, u := range s.Used {
			if u {
				used = append(used, s.Cols[i].Name)
			}
		}
		return []string{strings.Join(append(parts, "uses "+strings.Join(used, ",")), " ")}
	}
	for _, in := range kql.Inputs(n) {
		list = append(list, scans(in, seen)...)
	}
	return list
}

func TestNarrowReadsOnlyWhatTheResultNeeds(t *testing.T) {
	tests := []struct{ query, want string }{
		{`People | where Timestamp > ago(1d) | project Name`, "People from 2026-11-25T12:00 uses Timestamp,Name"},
		{`People | where Timestamp between (datetime(2026-01-01) .. datetime(2026-01-02)) | count`, "People from 2026-01-01T00:00 to 2026-01-02T00:00 uses Timestamp"},
		{`People | where ago(2d) <= Timestamp and Timestamp < ago(1d) | count`, "People from 2026-11-24T12:00 to 2026-11-25T12:00 uses Timestamp"},
		{`People | where Timestamp between (datetime(2026-01-01) .. 1d) | count`, "People from 2026-01-01T00:00 to 2026-01-02T00:00 uses Timestamp"},
		{`People | where Timestamp >= startofday(ago(2d)) and Timestamp < startofday(now()) | count`, "People from 2026-11-24T00:00 to 2026-11-26T00:00 uses Timestamp"},
		{`People | where Timestamp > datetime_add('day', -3, startofmonth(now())) and Timestamp < bin(now(), 7d) | count`,
			"People from 2026-10-29T00:00 to 2026-11-23T00:00 uses Timestamp"},
		{`People | where Timestamp > ago(1d) or Age > 3 | count`, "People uses Timestamp,Age"},
		{`People | extend Timestamp = Born | where Timestamp > ago(1d) | count`, "People uses Born"},
		{`People | project When = Timestamp, Name | where When > ago(1d) | count`, "People from 2026-11-25T12:00 uses Timestamp"},
		{`People | where Name == "Ada Lovelace" and City has "new york" | count`, "People words ada,lovelace,new,york uses Name,City"},
		{`People | where Name contains "of the north wind" | count`, "People words north,the uses Name"},
		{`People | where Name startswith "Ada Love" | count`, "People words ada uses Name"},
		{`People | where Name endswith "\\evil.exe" | count`, "People words evil,exe uses Name"},
		{`People | where Name in~ ("a b c def") | count`, "People words def uses Name"},
		{`People | where Name in ("alpha", "beta") | count`, "People any alpha,beta uses Name"},
		{`People | where Name in~ ("New York", "x") | count`, "People uses Name"},
		{`People | where Name has_any (dynamic(["alpha", "the beta"])) and City in ("Rome Lazio", "Oslo") | count`, "People any alpha,beta any lazio,oslo uses Name,City"},
		{`let l = dynamic(["alpha", "beta"]); People | where Name in (l) or City == "gamma" | count`, "People any alpha,beta,gamma uses Name,City"},
		{`People | where Name has "alpha" or City has "alpha" | count`, "People words alpha uses Name,City"},
		{`People | where (Name has "alpha" and Age > 3) or City has "alpha" | count`, "People words alpha uses Name,City,Age"},
		{`People | where Name has "alpha" or Age > 3 | count`, "People uses Name,Age"},
		{`People | where Name has "alpha" or not(City has "beta") | count`, "People uses Name,City"},
		{`People | where Bag has "alpha" | count`, "People words alpha uses Bag"},
		{`People | where Bag has "notepad" or Bag has "1e5" | count`, "People uses Bag"},
		{`search in (People) "mimikatz" | count`, "People words mimikatz uses Timestamp,Name,City,Age,Born,Bag"},
		{`search in (People, Places) "mimikatz.exe" | count`, "People words exe,mimikatz uses Timestamp,Name,City,Age,Born,Bag; Places words exe,mimikatz uses Timestamp,City,Country,People"},
		{`search in (People) "mimi" or "katz" | count`, "People any katz,mimi uses Timestamp,Name,City,Age,Born,Bag"},
		{`search in (People) "mimi*" | count`, "People uses Timestamp,Name,City,Age,Born,Bag"},
		{`People | where * has "alpha" | count`, "People words alpha uses Name,City,Bag"},
		{`People | where Name has_all ("alpha", "beta") | count`, "People words alpha,beta uses Name"},
		{`People | where Name !has "alpha" and not(City has "beta") | count`, "People uses Name,City"},
		{`People | where tostring(Bag.x) has "alpha" | count`, "People uses Bag"},
		{`People | where Name has "naïve alpha" | count`, "People words alpha uses Name"},
		{`People | take 5 | where Timestamp > ago(1d) | count`, "People uses Timestamp"},
		{`People | top 5 by Age | where City has "alpha" | count`, "People uses City,Age"},
		{`People | sort by Age | where City has "alpha" | project Name`, "People words alpha uses Name,City,Age"},
		{`People | sort by Timestamp asc | extend n = row_number() | where Timestamp > ago(1d) | project n`, "People uses Timestamp"},
		{`People | summarize count() by City | where City has "alpha"`, "People words alpha uses City"},
		{`People | summarize Timestamp = max(Timestamp) by City | where Timestamp > ago(1d)`, "People uses Timestamp,City"},
		{`People | summarize arg_max(Timestamp, *) by Name | project Age`, "People uses Timestamp,Name,City,Age,Born,Bag"},
		{`People | where Age > 3 | join kind=inner (Places | where Timestamp > ago(1d)) on City | where Name has "alpha" and Country == "beta" | project Age`,
			"People words alpha uses Name,City,Age; Places from 2026-11-25T12:00 words beta uses Timestamp,City,Country"},
		{`People | join Places on City | where Name has "alpha" and City has "beta" | project Age`, "People words beta uses Name,City,Age; Places uses City"},
		{`People | join kind=leftouter Places on City | where Country has "alpha" | project Age`, "People uses City,Age; Places uses City,Country"},
		{`People | join kind=leftanti Places on City | where Name has "alpha" | project Age`, "People words alpha uses Name,City,Age; Places uses City"},
		{`union People, Places | where City has "alpha" | project City`, "People words alpha uses City; Places words alpha uses City"},
		{`let P = People | where Age > 3; P | where Name has "alpha" | union (P | where City has "beta") | project Age`, "People uses Name,City,Age"},
		{`let P = People | where Name has "gamma"; P | where Name has "alpha" | union (P | where City has "beta") | project Age`, "People words gamma uses Name,City,Age"},
		{`let P = People | where Age > 3; P | where Name has "alpha" | project Age`, "People words alpha uses Name,Age"},
		{`People | mv-expand Bag | where Name has "alpha" and tostring(Bag) has "beta" | project Age`, "People words alpha uses Name,Age,Bag"},
		{`People | mv-apply x = Bag on (where x == Name | summarize n = count()) | where City has "alpha" | project n`, "People words alpha uses Name,City,Bag"},
		{`People | parse Name with first " " last | where last has "alpha" and City has "beta" | project last`, "People words beta uses Name,City"},
		{`People | where City in ((Places | where Timestamp > ago(1d) | project City)) | project Name`, "People uses Name,City"},
		{`People | distinct City, Name | where City == "alpha"`, "People words alpha uses Name,City"},
		{`People | partition by City (top 1 by Age | project Name)`, "People uses Name,City,Age"},
	}
	for _, test := range tests {
		plan, diags := kql.Bind(test.query, kql.Options{Schema: small, Now: noon})
		if plan == nil {
			t.Errorf("%s: %v", test.query, diags)
			continue
		}
		kql.Narrow(plan)
		if got := strings.Join(scans(plan.Root, map[kql.Node]bool{}), "; "); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.query, got, test.want)
		}
	}
}

func TestNarrowLooksIntoSubqueries(t *testing.T) {
	plan, diags := kql.Bind(`People | where City in ((Places | where Timestamp > ago(1d) | project City))`, kql.Options{Schema: small, Now: noon})
	if plan == nil {
		t.Fatal(diags)
	}
	kql.Narrow(plan)
	in := plan.Root.(*kql.Filter).Where.(kql.InTable)
	got := scans(in.Query, map[kql.Node]bool{})
	if want := []string{"Places from 2026-11-25T12:00 uses Timestamp,City"}; !slices.Equal(got, want) {
		t.Error(fmt.Sprint(got), "instead of", want)
	}
}
