package alert

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"penstock/sigma"
)

func TestAlertsAreFound(t *testing.T) {
	b := newBench(t, Options{})
	b.rules.rules["r2"] = Rule{Title: "100% Second_", Level: sigma.Critical, Tags: []string{"attack.t1003", "attack.credential_access", "x"}}
	b.apply(started(t, noon, "pc1.corp.example", "ann", 1, "r1"), started(t, noon.Add(-30*time.Hour), "pc2", "bob", 2, "r2"), info(t, "a1", noon, "Low"))
	b.closeAs(2, TruePositive)
	if _, err := b.Update(t.Context(), "ann", 1, 0, &Edit{Assignee: new("ann")}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		filter Filter
		want   []int64
	}{
		"all":               {Filter{}, []int64{1, 2, 3}},
		"status":            {Filter{Status: []Status{StatusNew, StatusClosed}}, []int64{1, 2, 3}},
		"closed":            {Filter{Status: []Status{StatusClosed}}, []int64{2}},
		"open":              {Filter{Open: true}, []int64{1, 3}},
		"verdict":           {Filter{Verdict: []Verdict{TruePositive}}, []int64{2}},
		"band":              {Filter{Bands: []Band{CriticalBand, LowBand}}, []int64{2, 3}},
		"level":             {Filter{Levels: []sigma.Level{sigma.Medium}}, []int64{1}},
		"origin":            {Filter{Origins: []Origin{FromDefender}}, []int64{3}},
		"rule":              {Filter{Rule: "r2"}, []int64{2}},
		"assignee":          {Filter{Assignee: "ann"}, []int64{1}},
		"nobody":            {Filter{Assignee: Unassigned}, []int64{2, 3}},
		"tag":               {Filter{Tag: "x"}, []int64{2}},
		"host":              {Filter{Host: "PC1.corp.example"}, []int64{1}},
		"short host":        {Filter{Host: "pc1"}, []int64{1}},
		"host by id":        {Filter{Host: "id-pc2"}, []int64{2}},
		"user":              {Filter{User: "bob"}, []int64{2}},
		"user by SID":       {Filter{User: "s-1-ann"}, []int64{1}},
		"hash":              {Filter{Entity: "AA11"}, []int64{1, 2}},
		"technique":         {Filter{Technique: "t1059"}, []int64{1, 3}},
		"sub-technique":     {Filter{Technique: "T1059.001"}, []int64{1, 3}},
		"no such technique": {Filter{Technique: "T105_"}, nil},
		"tactic":            {Filter{Tactic: "CredentialAccess"}, []int64{2}},
		"text":              {Filter{Text: "100% second_"}, []int64{2}},
		"text of an entity": {Filter{Text: "WINWORD"}, []int64{1, 2}},
		"no wildcards":      {Filter{Text: "F_rst"}, nil},
		"from":              {Filter{From: noon.Add(-time.Hour)}, []int64{1, 3}},
		"to":                {Filter{To: noon}, []int64{2}},
		"both":              {Filter{Host: "pc1", Status: []Status{StatusClosed}}, nil},
	} {
		var got []int64
		for _, a := range b.list(c.filter) {
			got = append(got, a.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
		counts, err := b.Counts(t.Context(), c.filter)
		sum := int64(0)
		for _, n := range counts.Status {
			sum += n
		}
		if err != nil || sum != int64(len(c.want)) {
			t.Errorf("%s: counts %+v, %v", name, counts, err)
		}
	}
}

func TestPagesFollowEachOther(t *testing.T) {
	b := newBench(t, Options{})
	b.rules.rules["r2"] = Rule{Title: "Second", Level: sigma.High}
	for i := range 23 {
		b.clock = b.clock.Add(time.Second)
		rule := "r1"
		if i%3 == 0 {
			rule = "r2"
		}
		b.apply(started(t, noon, fmt.Sprint("pc", i%20), "ann", i, rule))
	}
	for _, by := range []Sort{"", ByUrgency, ByUpdated, ByCreated, ByOccurrences} {
		var all []Listed
		after := ""
		for {
			page, err := b.List(t.Context(), Selection{Sort: by, Limit: 4, After: after})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, page.Alerts...)
			if after = page.Next; after == "" {
				break
			}
		}
		seen := map[int64]bool{}
		for i, a := range all {
			seen[a.ID] = true
			if i == 0 {
				continue
			}
			last := all[i-1]
			ordered := map[Sort]bool{
				"": last.Urgency >= a.Urgency, ByUrgency: last.Urgency >= a.Urgency, ByUpdated: !last.Updated.Before(a.Updated), ByCreated: !last.Created.Before(a.Created), ByOccurrences: last.Occurrences >= a.Occurrences,
			}
			if !ordered[by] {
				t.Errorf("%s: %+v before %+v", by, last, a)
			}
		}
		counts, _ := b.Counts(t.Context(), Filter{})
		if int64(len(seen)) != counts.Status[StatusNew] || len(seen) != len(all) {
			t.Errorf("%s: %d alerts, %d of them different, of %v", by, len(all), len(seen), counts.Status)
		}
	}
	var wrong *InputError
	if _, err := b.List(t.Context(), Selection{After: "x"}); !errors.As(err, &wrong) {
		t.Error(err)
	}
	if _, err := b.List(t.Context(), Selection{Sort: "id; DROP TABLE alert"}); !errors.As(err, &wrong) {
		t.Error(err)
	}
}

func TestAlertsThatShareEntitiesAreSimilar(t *testing.T) {
	b := newBench(t, Options{})
	b.rules.rules["r2"] = Rule{Title: "Second"}
	other := entry(t, "DeviceNetworkEvents", columnsOf{"Timestamp": stamp(noon), "DeviceName": "far", "RemoteIP": "203.0.113.9", "InitiatingProcessFileName": "x.exe"}, "r2")
	b.apply(started(t, noon, "pc1", "ann", 1, "r1"), started(t, noon, "pc2", "bob", 2, "r1"), started(t, noon, "pc1", "ann", 3, "r2"), other)
	list, err := b.Similar(t.Context(), 1)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	if list[0].ID != 3 || list[0].SameRule || !slices.Contains(list[0].Shared, "host pc1") || list[1].ID != 2 || !list[1].SameRule {
		t.Errorf("similar %+v", list)
	}
	if _, err := b.Similar(t.Context(), 99); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	ids, err := b.OfEvent(t.Context(), other.ID)
	if err != nil || !slices.Equal(ids, []int64{4}) {
		t.Errorf("alerts of an event: %v, %v", ids, err)
	}
}

func TestAnOverviewCountsWhatOpenAlertsHaveInCommon(t *testing.T) {
	b := newBench(t, Options{})
	b.rules.rules["r2"] = Rule{Title: "Second", Level: sigma.Critical, Tags: []string{"attack.t1003", "attack.credential_access"}}
	b.apply(
		started(t, noon, "pc1.corp.example", "ann", 1, "r1"), started(t, noon, "pc1.corp.example", "ann", 2, "r2"),
		started(t, noon, "pc2", "bob", 3, "r2"), started(t, noon, "pc3", "eve", 4, "r2"),
	)
	for _, a := range b.list(Filter{Host: "pc3"}) {
		b.closeAs(a.ID, FalsePositive)
	}
	o, err := b.Overview(t.Context(), Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if want := []Share{{ID: "r2", Name: "Second", Alerts: 2, Urgent: 2}, {ID: "r1", Name: "First", Alerts: 1}}; !slices.Equal(o.Rules, want) {
		t.Errorf("rules are %v", o.Rules)
	}
	if want := []Share{{Name: "pc1.corp.example", Alerts: 2, Urgent: 1}, {Name: "pc2", Alerts: 1, Urgent: 1}}; !slices.Equal(o.Hosts, want) {
		t.Errorf("hosts are %v", o.Hosts)
	}
	if want := []Share{{Name: "corp\\ann", Alerts: 2, Urgent: 1}, {Name: "corp\\bob", Alerts: 1, Urgent: 1}}; !slices.Equal(o.Users, want) {
		t.Errorf("users are %v", o.Users)
	}
	if len(o.Techniques) == 0 || o.Techniques[0].ID != "T1003" || o.Techniques[0].Alerts != 2 {
		t.Errorf("techniques are %v", o.Techniques)
	}
}
