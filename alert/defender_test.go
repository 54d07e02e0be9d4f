package alert

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"penstock/journal"
	"penstock/sigma"
)

const endpoint = "Microsoft Defender for Endpoint"

func info(t testing.TB, id string, at time.Time, severity string, matches ...string) journal.Entry {
	return entry(t, "AlertInfo", columnsOf{
		"Timestamp": stamp(at), "AlertId": id, "Title": "Suspicious PowerShell", "Category": "InitialAccess", "Severity": severity,
		"ServiceSource": endpoint, "DetectionSource": "EDR", "AttackTechniques": `["PowerShell (T1059.001)","Phishing (T1566)"]`, "MachineGroup": "servers",
	}, matches...)
}

func evidence(t testing.TB, id string, at time.Time, kind string, columns columnsOf, matches ...string) journal.Entry {
	all := columnsOf{
		"Timestamp": stamp(at), "AlertId": id, "Title": "Suspicious PowerShell", "Categories": `["Execution"]`, "Severity": "Low",
		"ServiceSource": endpoint, "DetectionSource": "EDR", "AttackTechniques": `["PowerShell (T1059.001)"]`, "EntityType": kind, "EvidenceRole": "Impacted",
	}
	for k, v := range columns {
		all[k] = v
	}
	return entry(t, "AlertEvidence", all, matches...)
}

// permutations visits the orders of n things.
func permutations(n int, visit func([]int)) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var permute func(k int)
	permute = func(k int) {
		if k == n {
			visit(order)
			return
		}
		for i := k; i < n; i++ {
			order[k], order[i] = order[i], order[k]
			permute(k + 1)
			order[k], order[i] = order[i], order[k]
		}
	}
	permute(0)
}

func additional(v map[string]any) string {
	text, _ := json.Marshal(v)
	return string(text)
}

func TestDefendersAlertIsTheSameInWhateverOrderItComes(t *testing.T) {
	parts := []journal.Entry{
		info(t, "a1", noon, "High"),
		evidence(t, "a1", noon.Add(-time.Minute), "Machine", columnsOf{"DeviceName": "pc1.corp.example", "DeviceId": "d1"}),
		evidence(t, "a1", noon.Add(time.Hour), "User", columnsOf{"AccountName": "ann", "AccountDomain": "corp", "AccountUpn": "ann@corp.example"}),
		evidence(t, "a1", noon, "Process", columnsOf{
			"FileName": "evil.exe", "FolderPath": `C:\temp`, "SHA256": "ff00", "ProcessCommandLine": "evil.exe -x", "DeviceName": "pc1.corp.example", "DeviceId": "d1",
			"AdditionalFields": additional(map[string]any{"ProcessId": "77", "ImageFile": map[string]any{"Name": "evil.exe"}}),
		}),
	}
	var first Listed
	var firstEntities []Entity
	b := newBench(t, Options{})
	permutations(len(parts), func(order []int) {
		for _, together := range []bool{true, false} {
			for _, table := range []string{"alert", "alert_seen"} {
				if _, err := b.db.Writer.Exec(`DELETE FROM ` + table); err != nil {
					t.Fatal(err)
				}
			}
			b.clock = noon.Add(2 * time.Hour)
			if together {
				b.apply(parts[order[0]], parts[order[1]], parts[order[2]], parts[order[3]])
			} else {
				for _, i := range order {
					b.apply(parts[i])
					b.clock = b.clock.Add(7 * time.Hour)
				}
			}
			a := b.only()
			entities, err := b.Entities(t.Context(), a.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got := b.changes(); got[0] != Created || len(got) > 2 {
				t.Errorf("order %v: changes %v", order, got)
			}
			a.ID, a.Created, a.Updated, a.Version = 1, time.Time{}, time.Time{}, 0
			if first.ID == 0 {
				first, firstEntities = a, entities
				continue
			}
			if diff := cmp.Diff(first, a); diff != "" {
				t.Errorf("order %v: %s", order, diff)
			}
			if diff := cmp.Diff(firstEntities, entities, cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "EntityFacts.Seen" }, cmp.Ignore()), cmp.AllowUnexported(Entity{})); diff != "" {
				t.Errorf("order %v: %s", order, diff)
			}
		}
	})
	if first.Title != "Suspicious PowerShell" || first.Level != sigma.High || first.Provisional || first.Occurrences != 1 || !first.Last.Equal(noon.Add(time.Hour)) ||
		!slices.Equal(first.Techniques, []string{"T1059.001", "T1566"}) || !slices.Equal(first.Tactics, []string{"execution", "initial-access"}) {
		t.Errorf("alert %+v", first)
	}
	var names []string
	for _, e := range firstEntities {
		names = append(names, fmt.Sprint(e.Kind, " ", e.Value, e.Roles))
	}
	want := []string{"host pc1.corp.example[impacted related]", `user corp\ann[impacted]`, "process evil.exe -x[impacted]"}
	if !slices.Equal(names, want) {
		t.Errorf("entities %q", names)
	}
	if d := firstEntities[2].Details; d["sha256"] != "ff00" || d["executable"] != `C:\temp\evil.exe` || d["pid"] != "77" {
		t.Errorf("process %v", d)
	}
}

func TestEvidenceWithoutADescriptionIsProvisional(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(evidence(t, "a1", noon, "Machine", columnsOf{"DeviceName": "pc1", "Title": nil, "Severity": nil}))
	if a := b.only(); !a.Provisional || a.Title != untitled || a.Level != sigma.Medium {
		t.Errorf("alert %+v", a)
	}
	b.apply(info(t, "a1", noon, "High"))
	a := b.only()
	if a.Provisional || a.Title != "Suspicious PowerShell" || a.Urgency != 70 {
		t.Errorf("alert %+v", a)
	}
	if got := b.changes(); !slices.Equal(got, []ChangeKind{Created, Escalated}) {
		t.Errorf("changes %v", got)
	}
	history, err := b.History(t.Context(), a.ID)
	if err != nil || len(history) != 3 || history[0].What != "description" {
		t.Errorf("history %+v, %v", history, err)
	}
}

func TestAnIntegrationRuleRaisesNoSecondAlert(t *testing.T) {
	b := newBench(t, Options{})
	rule := Rule{ID: "int", Title: "Integration", Author: "P", Integration: true, Tags: []string{"penstock.integration"}, Levels: map[string]sigma.Level{"high": sigma.Critical}}
	b.rules.rules["int"] = rule
	b.rules.rules["other"] = Rule{ID: "other", Title: "About alerts"}
	b.apply(evidence(t, "a1", noon, "Machine", columnsOf{"DeviceName": "pc1"}), info(t, "a1", noon, "High", "int", "other"))
	list := b.list(Filter{})
	if len(list) != 2 || list[0].Rule != "int" || list[0].Level != sigma.Critical || list[0].Author != "P" || !slices.Equal(list[0].Tags, rule.Tags) || list[1].Rule != "other" {
		t.Errorf("alerts %+v", list)
	}
	if got, _ := b.Activity(t.Context(), noon); got["int"].Matches != 1 {
		t.Errorf("activity %+v", got)
	}
}

func TestAlertsOfADisabledIntegrationAreNotTaken(t *testing.T) {
	b := newBench(t, Options{})
	b.rules.integrations[endpoint] = Rule{ID: "int", Integration: true}
	b.rules.disabled[endpoint] = true
	b.apply(evidence(t, "a1", noon, "Machine", columnsOf{"DeviceName": "pc1"}), info(t, "a1", noon, "High"))
	if n := len(b.list(Filter{})); n != 0 {
		t.Errorf("%d alerts", n)
	}
	b.rules.disabled[endpoint] = false
	b.apply(info(t, "a2", noon, "High"))
	if a := b.only(); a.Rule != "int" {
		t.Errorf("alert %+v", a)
	}
}

func TestEvidenceOfEveryKindIsAnEntity(t *testing.T) {
	for kind, c := range map[string]struct {
		columns columnsOf
		want    string
	}{
		"File":             {columnsOf{"FileName": "a.exe", "FolderPath": `C:\temp`, "SHA1": "11"}, `file C:\temp\a.exe`},
		"Ip":               {columnsOf{"RemoteIP": "203.0.113.9"}, "ip 203.0.113.9"},
		"Url":              {columnsOf{"RemoteUrl": "uri=https://x.example/a"}, "url https://x.example/a"},
		"Mailbox":          {columnsOf{"AccountUpn": "ann@corp.example"}, "mailbox ann@corp.example"},
		"MailMessage":      {columnsOf{"NetworkMessageId": "n1", "EmailSubject": "s"}, "mail n1"},
		"CloudApplication": {columnsOf{"Application": "Office 365", "ApplicationId": 11161}, "app Office 365"},
		"OAuthApplication": {columnsOf{"OAuthApplicationId": "o1"}, "app o1"},
		"RegistryKey":      {columnsOf{"RegistryKey": `HKLM\Run`, "RegistryValueName": "x"}, `registry HKLM\Run\x`},
		"CloudResource":    {columnsOf{"ResourceID": "/subscriptions/1", "CloudResource": "vm1"}, "resource /subscriptions/1"},
		"SomethingNew":     {nil, "other SomethingNew that is not described"},
	} {
		b := newBench(t, Options{})
		b.apply(evidence(t, "a1", noon, kind, c.columns))
		entities := b.entities(b.only().ID)
		if e, found := entities[c.want]; !found || kind != "SomethingNew" && !slices.Contains(e.Roles, "impacted") {
			t.Errorf("%s: entities %v", kind, entities)
		}
	}
}
