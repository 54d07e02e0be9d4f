package simulate

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

// told draws one attack alone, with as little noise as can be had, and hands its records out.
func told(t *testing.T, name string) []envelope {
	t.Helper()
	tenant := newTenant(t, Config{Seed: 11, Only: []string{name}, Stories: time.Hour, Repeats: -1, Rate: 3, Steady: true})
	var all []envelope
	for range 3 * 60 * 8 {
		raw, _ := tenant.Append(nil)
		all = append(all, decode(t, raw))
	}
	return all
}

func TestEveryAttackLeavesATraceThatJoins(t *testing.T) {
	want := map[string][]string{
		"phishing":               {"EmailEvents", "EmailUrlInfo", "UrlClickEvents", "EmailPostDeliveryEvents", "DeviceProcessEvents", "DeviceNetworkEvents", "DeviceEvents", "IdentityLogonEvents"},
		"macro":                  {"EmailEvents", "EmailAttachmentInfo", "DeviceProcessEvents", "DeviceFileEvents", "DeviceNetworkEvents", "DeviceRegistryEvents", "DeviceImageLoadEvents", "DeviceEvents"},
		"credential-dumping":     {"DeviceProcessEvents", "DeviceFileEvents", "DeviceEvents", "DeviceImageLoadEvents"},
		"lateral-movement":       {"DeviceProcessEvents", "DeviceNetworkEvents", "DeviceLogonEvents", "DeviceFileEvents", "IdentityQueryEvents", "IdentityLogonEvents"},
		"ransomware-preparation": {"DeviceProcessEvents", "DeviceFileEvents", "DeviceRegistryEvents", "DeviceEvents"},
		"mailbox-rule":           {"CloudAppEvents", "IdentityLogonEvents"},
		"consent-grant":          {"CloudAppEvents", "EmailEvents", "EmailUrlInfo", "UrlClickEvents"},
		"reverse-shell":          {"DeviceProcessEvents", "DeviceFileEvents", "DeviceNetworkEvents"},
	}
	for _, name := range Stories() {
		t.Run(name, func(t *testing.T) { checkTrace(t, told(t, name), want[name]) })
	}
}

func checkTrace(t *testing.T, all []envelope, tables []string) {
	text := func(p map[string]any, k string) string { s, _ := p[k].(string); return s }
	var alert string
	for _, e := range all {
		if e.table() == "AlertInfo" && text(e.Properties, "AttackTechniques") != "" {
			alert = text(e.Properties, "AlertId")
		}
	}
	if alert == "" {
		t.Fatal("no alert")
	}
	// What the evidence names: devices, accounts, mails, processes.
	keys := map[string]bool{}
	process := map[string]bool{}
	rows := 0
	for _, e := range all {
		p := e.Properties
		if e.table() != "AlertEvidence" || text(p, "AlertId") != alert {
			continue
		}
		rows++
		keys[text(p, "DeviceId")], keys[text(p, "AccountUpn")], keys[text(p, "AccountObjectId")], keys[text(p, "NetworkMessageId")] = true, true, true, true
		var extra struct{ ProcessId, CreationTimeUtc string }
		if err := json.Unmarshal([]byte(text(p, "AdditionalFields")), &extra); err != nil {
			t.Fatalf("AdditionalFields: %v", err)
		}
		if text(p, "EntityType") == "Process" {
			process[text(p, "DeviceId")+extra.ProcessId+extra.CreationTimeUtc] = true
		}
	}
	if rows < 3 {
		t.Errorf("%d rows of evidence", rows)
	}
	delete(keys, "")
	seen := map[string]bool{}
	for _, e := range all {
		p := e.Properties
		for _, k := range []string{"DeviceId", "AccountUpn", "AccountObjectId", "NetworkMessageId"} {
			if keys[text(p, k)] {
				seen[e.table()] = true
			}
		}
		if e.table() == "DeviceProcessEvents" {
			delete(process, text(p, "DeviceId")+fmt.Sprint(int64(p["ProcessId"].(float64)))+text(p, "ProcessCreationTime"))
		}
	}
	for _, name := range tables {
		if !seen[name] {
			t.Errorf("no record of %s has to do with the evidence", name)
		}
	}
	if len(process) > 0 {
		t.Errorf("no start of the processes %v", process)
	}
}

func TestProcessesHoldTogether(t *testing.T) {
	tenant := newTenant(t, Config{Seed: 4, Devices: 20, Stories: time.Minute, Repeats: -1})
	type process struct{ name, created, parent string }
	started := map[string]process{}
	acted := 0
	for range 10_000 {
		raw, meta := tenant.Append(nil)
		if !strings.HasPrefix(meta.Table, "Device") {
			continue
		}
		p := decode(t, raw).Properties
		id, ok := p["InitiatingProcessUniqueId"].(string)
		if ok {
			if s, known := started[id]; known {
				acted++
				if s.name != p["InitiatingProcessFileName"] || s.created != p["InitiatingProcessCreationTime"] || s.parent != p["InitiatingProcessParentFileName"] {
					t.Fatalf("%s: started as %+v: %s", meta.Table, s, raw)
				}
			}
			if p["InitiatingProcessCreationTime"].(string) > p["Timestamp"].(string) && !sameSecond(p) {
				t.Fatalf("%s acts before it was started: %s", meta.Table, raw)
			}
		}
		if meta.Table == "DeviceProcessEvents" {
			parent, _ := p["InitiatingProcessFileName"].(string)
			if parent == "" {
				continue
			}
			started[p["ProcessUniqueId"].(string)] = process{p["FileName"].(string), p["ProcessCreationTime"].(string), parent}
		}
	}
	if acted < 500 {
		t.Errorf("only %d actions of processes whose start was told", acted)
	}
}

// sameSecond: times with fewer digits do not compare as texts within a second.
func sameSecond(p map[string]any) bool {
	a, _ := time.Parse(time.RFC3339Nano, p["InitiatingProcessCreationTime"].(string))
	b, _ := time.Parse(time.RFC3339Nano, p["Timestamp"].(string))
	return !a.After(b)
}

func TestAnAttackBeginsSoon(t *testing.T) {
	tenant := newTenant(t, Config{Seed: 1})
	for {
		_, meta := tenant.Append(nil)
		if meta.Time.Sub(monday) > 3*time.Minute {
			t.Fatal("no alert within three minutes")
		}
		if meta.Table == "AlertEvidence" {
			return
		}
	}
}

func TestRepeatsAreTheSameButForTheTime(t *testing.T) {
	tenant := newTenant(t, Config{Seed: 2, Repeats: 0.03})
	seen := map[string]bool{}
	repeats := 0
	const n = 30_000
	for range n {
		raw, meta := tenant.Append(nil)
		properties := string(raw[strings.Index(string(raw), `"properties"`):])
		if meta.Repeat != seen[properties] {
			t.Fatalf("said to be a repeat: %v, seen before: %v", meta.Repeat, seen[properties])
		}
		seen[properties] = true
		if meta.Repeat {
			repeats++
		}
	}
	if share := float64(repeats) / n; share < 0.02 || share > 0.035 {
		t.Errorf("%.1f %% repeats", 100*share)
	}
}

func TestAWeekHasTheRateOnTheAverage(t *testing.T) {
	var sum float64
	for h := range 7 * 24 * 4 {
		sum += rhythm(monday.UnixNano() + int64(h)*hour/4)
	}
	if mean := sum / (7 * 24 * 4); mean < 0.93 || mean > 1.07 {
		t.Errorf("mean of the rhythm %.3f", mean)
	}
	if rhythm(monday.UnixNano()) < 3*rhythm(monday.Add(-24*time.Hour).UnixNano()) {
		t.Error("a Monday morning is not busier than a Sunday")
	}
}
