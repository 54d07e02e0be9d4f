package alert

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"penstock/journal"
	"penstock/record"
	"penstock/simulate"
)

// TestDefendersAlertOfEveryAttackIsOneAlertWithItsEvidence runs the attacks of the simulated tenant.
func TestDefendersAlertOfEveryAttackIsOneAlertWithItsEvidence(t *testing.T) {
	want := map[string][]Kind{
		"phishing": {Host, User, IP, URL, Mailbox, Mail}, "macro": {Host, User, Process, File, IP, URL, Mail, Registry}, "credential-dumping": {Host, User, Process, File},
		"lateral-movement": {Host, User, Process, File, IP}, "ransomware-preparation": {Host, User, Process}, "mailbox-rule": {User, IP, Mailbox},
		"consent-grant": {User, App}, "reverse-shell": {Host, Process, IP},
	}
	for _, story := range simulate.Stories() {
		t.Run(story, func(t *testing.T) {
			tenant, err := simulate.New(simulate.Config{Seed: 11, Start: noon, Only: []string{story}, Stories: time.Hour, Repeats: -1, Rate: 3, Steady: true})
			if err != nil {
				t.Fatal(err)
			}
			var entries []journal.Entry
			var parser record.Parser
			rows := 0
			for range 3 * 60 * 8 {
				raw, _ := tenant.Append(nil)
				var rec record.Record
				if err := parser.Parse(raw, &rec); err != nil {
					t.Fatal(err)
				}
				if isDefenders(rec.Table) {
					rows++
				}
				entries = append(entries, journal.Entry{ID: rec.ID, Table: rec.Table, Data: raw})
			}
			b := newBench(t, Options{})
			b.clock = noon.Add(time.Hour)
			b.apply(entries...)
			list := b.list(Filter{})
			i := slices.IndexFunc(list, func(a Listed) bool { return len(a.Techniques) > 0 })
			if i < 0 {
				t.Fatalf("no alert of the attack in %d rows", rows)
			}
			a := list[i]
			if a.Provisional || a.Defender == nil || a.Title == "" || len(a.Tactics) == 0 {
				t.Errorf("alert %+v", a)
			}
			kinds := map[Kind]bool{}
			for _, e := range b.entities(a.ID) {
				kinds[e.Kind] = true
				if e.Kind == Other || len(e.Roles) == 0 {
					t.Errorf("entity %+v", e)
				}
			}
			for _, k := range want[story] {
				if !kinds[k] {
					t.Errorf("no entity is a %s: %v", k, kinds)
				}
			}
			b.apply(entries...)
			if again := b.list(Filter{}); fmt.Sprint(len(again), again[i].Occurrences) != fmt.Sprint(len(list), a.Occurrences) {
				t.Errorf("redelivery changed something: %+v", again)
			}
		})
	}
}
