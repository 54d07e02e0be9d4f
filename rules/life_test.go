package rules

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/correlate"
	"penstock/simulate"
)

// listener is a sink of the simulator that lets the rules look at what comes.
type listener struct {
	t     testing.TB
	bench *bench
	hear  func(rec *record.Record, ev *ecs.Event, numbers []int32)
	count int
}

func (l *listener) Write(_ context.Context, m simulate.Message) error {
	l.bench.visit(l.t, m.Body, func(rec *record.Record, ev *ecs.Event, numbers []int32) {
		l.count++
		l.hear(rec, ev, numbers)
	})
	return nil
}

func (l *listener) Flush(context.Context) error { return nil }
func (l *listener) Close(context.Context) error { return nil }

// live runs a simulated tenant, and tells which rules and correlations matched how often.
func (b *bench) live(t testing.TB, c simulate.Config, o simulate.Options) (matches map[string]int, examples map[string]string, records int) {
	t.Helper()
	tenant, err := simulate.New(c)
	if err != nil {
		t.Fatal(err)
	}
	matches, examples = map[string]int{}, map[string]string{}
	correlations := correlate.New(b.all.Correlations, 0)
	store := new(correlate.Memory)
	l := &listener{t: t, bench: b}
	l.hear = func(rec *record.Record, ev *ecs.Event, numbers []int32) {
		for _, n := range numbers {
			rule := b.set.Rule(n)
			if !correlations.Silent(rule.ID) {
				matches[rule.ID]++
				examples[rule.ID] = string(rec.Properties)
			}
			if !correlations.Wants(rule.ID) {
				continue
			}
			m := correlate.Match{Rule: rule.ID, Event: rec.ID, Time: happened(t, rec), Values: b.values(rule, rec, ev)}
			findings, err := correlations.Apply(t.Context(), store, []correlate.Match{m})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range findings {
				if f.New {
					matches[f.Correlation.ID]++
					examples[f.Correlation.ID] = string(rec.Properties)
				}
			}
		}
	}
	if _, err := tenant.Run(t.Context(), l, o); err != nil {
		t.Fatal(err)
	}
	return matches, examples, l.count
}

// byID are the rules and correlations.
func byID(c *sigma.Collection) map[string]*sigma.Metadata {
	all := make(map[string]*sigma.Metadata)
	every(c, func(m *sigma.Metadata) { all[m.ID] = m })
	return all
}

// quiet tells whether a rule has to keep silent where nothing has happened.
func quiet(m *sigma.Metadata) bool {
	effort := m.Custom["effort"]
	return (effort == "elementary" || effort == "intermediate") && m.Custom["integration"] != true
}

var monday = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func TestOrdinaryLifeIsQuiet(t *testing.T) {
	b := newBench(t)
	all := byID(b.all)
	for _, seed := range []uint64{1, 2} {
		matches, examples, records := b.live(t, simulate.Config{Seed: seed, Start: monday, Stories: -1, Repeats: -1}, simulate.Options{Records: 15_000, Unpaced: true})
		for _, id := range slices.Sorted(maps.Keys(matches)) {
			m := all[id]
			t.Logf("%d of %d records match %q (%s, %s)", matches[id], records, m.Title, slug(m), m.Custom["effort"])
			if quiet(m) {
				t.Errorf("%s fires %d times though nothing has happened: %s", slug(m), matches[id], examples[id])
			}
		}
	}
}

// rightly are the records of the mapping in which there is something to be found: a phishing message that a policy let through.
var rightly = map[string]string{"alert_evidence_2.json": "alert/mail-allowed-by-policy"}

func TestRecordsOfTheMappingAreQuiet(t *testing.T) {
	dir := os.Getenv("PENSTOCK_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	files, err := filepath.Glob(filepath.Join(dir, "conformance", "events", "*.json"))
	if err != nil || len(files) == 0 {
		t.Skip("no records")
	}
	b := newBench(t)
	correlations := correlate.New(b.all.Correlations, 0)
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var c struct{ Input struct{ Message string } }
		if err := json.Unmarshal(data, &c); err != nil {
			t.Fatal(err)
		}
		b.visit(t, []byte(c.Input.Message), func(rec *record.Record, _ *ecs.Event, numbers []int32) {
			for _, n := range numbers {
				m := &b.set.Rule(n).Metadata
				if quiet(m) && !correlations.Silent(m.ID) && rightly[filepath.Base(file)] != slug(m) {
					t.Errorf("%s: %s matches", filepath.Base(file), slug(m))
				}
			}
		})
	}
}

func TestTheStoriesOfAttacksAreTold(t *testing.T) {
	want := map[string][]string{
		"phishing": {"device_events/link-with-address", "url/click-on-link-with-own-address", "email/phish-removed-after-delivery",
			"identity/sign-in-from-hosting", "correlation/clicked-before-removal", "correlation/second-factor-worn-down", "alert/office-365-alert"},
		"macro": {"email/macro-document-from-outside", "process/office-child", "process/powershell-hidden-encoded", "device_events/amsi-detection",
			"file/script-host-drops-program", "registry/run-key-odd-program", "network/odd-port-from-writable-folder", "process/whoami-as-system", "process/domain-trust-discovery"},
		"credential-dumping": {"process/lsass-dump", "process/rundll32-odd-library", "image/dump-library", "device_events/lsass-opened", "file/memory-dump",
			"device_events/malware-ran"},
		"lateral-movement": {"identity/query-domain-admins", "process/privileged-group-listing", "process/psexec-remote-system", "file/program-over-admin-share",
			"device_events/service-installed-suspicious", "process/psexec-service-child", "process/whoami-as-system"},
		"ransomware-preparation": {"process/shadow-copies-deleted", "process/recovery-disabled", "process/event-logs-cleared", "device_events/security-log-cleared",
			"process/business-services-stopped", "registry/defender-switched-off", "file/ransom-note", "correlation/files-encrypted", "correlation/ransomware-preparation"},
		"mailbox-rule": {"identity/sign-in-from-hosting", "cloud_app/mail-read-anonymously", "cloud_app/inbox-rule-hides", "cloud_app/inbox-rule-forwards",
			"cloud_app/mailbox-forwarding", "correlation/takeover-and-forwarding", "alert/cloud-apps-alert"},
		"consent-grant": {"url/mail-link-asks-for-consent", "url/click-on-consent-link", "cloud_app/consent-to-read-data", "cloud_app/files-read-anonymously",
			"alert/app-governance-alert"},
		"reverse-shell": {"process/linux-reverse-shell", "process/linux-web-server-child", "network/linux-shell-connects", "process/linux-terminal-upgrade",
			"process/linux-download-to-temporary-folder", "process/linux-program-in-temporary-folder", "process/crypto-miner", "process/linux-cron-from-file",
			"file/linux-persistence"},
	}
	b := newBench(t)
	all := byID(b.all)
	for _, story := range simulate.Stories() {
		matches, _, _ := b.live(t, simulate.Config{Seed: 7, Start: monday, Stories: 24 * time.Hour, Only: []string{story}, Repeats: -1, Rate: 0.2},
			simulate.Options{Until: monday.Add(20 * time.Minute), Unpaced: true})
		found := map[string]bool{}
		for id := range matches {
			found[slug(all[id])] = true
		}
		t.Logf("%s: %v", story, slices.Sorted(maps.Keys(found)))
		for _, name := range want[story] {
			if !found[name] {
				t.Errorf("%s: %s does not tell of it", story, name)
			}
		}
	}
}
