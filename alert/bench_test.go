package alert

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"penstock/journal"
	"penstock/record"
	"penstock/sigma"
)

// BenchmarkApply measures blocks of a thousand records of which so many match, each block with records of its own.
func BenchmarkApply(b *testing.B) {
	for _, c := range []struct {
		name     string
		matching int // of a thousand
		hosts    int
		rules    int
		limit    Noise
	}{
		{"none of 1000", 0, 1, 1, Noise{}},
		{"10 of 1000, 10 rules", 10, 10, 10, Noise{}},
		{"all of one cause", 1000, 1, 1, Noise{Matches: 1 << 30}},
		{"all, 100 hosts", 1000, 100, 1, Noise{Matches: 1 << 30}},
		{"all of a noisy rule", 1000, 1000, 1, Noise{Matches: 1000}},
	} {
		b.Run(c.name, func(b *testing.B) {
			bench := newBench(b, Options{Noise: c.limit})
			bench.clock = noon.Add(time.Hour)
			var entries []journal.Entry
			for i := range 1000 {
				e := started(b, noon, fmt.Sprint("pc", i%c.hosts), "ann", i)
				if i < c.matching {
					e.Matches = []string{fmt.Sprint("rule", i%c.rules)}
				}
				entries = append(entries, e)
			}
			block := blockOf(bench.clock, entries...)
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				for i := range entries { // ids that were never seen
					n++
					entries[i].ID = record.ID{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24), 1}
				}
				if err := bench.db.Change(b.Context(), func(tx *sql.Tx) error { return bench.Apply(b.Context(), tx, block) }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(1000*b.N)/b.Elapsed().Seconds(), "records/s")
		})
	}
}

// BenchmarkMixApply measures the matches of a tenant at work: 400 rules of which few match a lot, 300 hosts with a user each,
// four of five matches for a cause that is known already. It goes on where the block before ended, so that tables fill.
func BenchmarkMixApply(b *testing.B) {
	for _, c := range []struct {
		name     string
		matching int // records of a block: few where alerts keep up, many where they have fallen behind
		fresh    int // of a hundred: causes that are new
	}{
		{"20 a block, 20% new", 20, 20},
		{"200 a block, 20% new", 200, 20},
		{"200 a block, none new", 200, 0},
		{"200 a block, all new", 200, 100},
	} {
		b.Run(c.name, func(b *testing.B) {
			bench := newBench(b, Options{Noise: Noise{Matches: 1 << 30, Alerts: 1 << 30, PerDay: 1 << 30}})
			for i := range 400 {
				id := fmt.Sprint("rule", i)
				bench.rules.rules[id] = Rule{ID: id, Title: "Something that is seldom meant well " + id, Level: sigma.Medium, Author: "A. Author",
					Description: strings.Repeat("It says what to look at. ", 8), Tags: []string{"attack.execution", "attack.t1059.001"}, References: []string{"https://example.org/" + id}}
			}
			const known = 2000
			r := rand.New(rand.NewPCG(1, 2))
			popular := rand.NewZipf(r, 1.1, 8, 399)
			causes := make([]journal.Entry, known)
			at := noon
			cause := func(i int) journal.Entry {
				host, rule := i%300, popular.Uint64()
				e := busy(b, at, fmt.Sprintf("pc%d.corp.example", host), fmt.Sprint("user", host), i)
				for k := range 1 + r.IntN(2) {
					e.Matches = append(e.Matches, fmt.Sprint("rule", (rule+uint64(k)*7)%400))
				}
				return e
			}
			for i := range causes {
				causes[i] = cause(i)
			}
			bench.clock = noon.Add(time.Hour)
			next, matches := known, 0
			apply := func(entries []journal.Entry) {
				for i := range entries {
					next++
					entries[i].ID = record.ID{byte(next), byte(next >> 8), byte(next >> 16), byte(next >> 24), 1}
					matches += len(entries[i].Matches)
				}
				block := blockOf(bench.clock, entries...)
				if err := bench.db.Change(b.Context(), func(tx *sql.Tx) error { return bench.Apply(b.Context(), tx, block) }); err != nil {
					b.Fatal(err)
				}
			}
			apply(slices.Clone(causes))
			before, err := bench.Counts(b.Context(), Filter{})
			if err != nil {
				b.Fatal(err)
			}
			matches = 0
			entries := make([]journal.Entry, c.matching)
			var used time.Duration
			b.ReportAllocs()
			for b.Loop() {
				for i := range entries {
					if i%100*c.fresh/100 != (i+1)%100*c.fresh/100 || c.fresh == 100 {
						k := r.IntN(known)
						causes[k] = cause(next + i)
						entries[i] = causes[k]
						continue
					}
					entries[i] = causes[r.IntN(known)]
				}
				begun := processorTime(b)
				apply(entries)
				used += processorTime(b) - begun
			}
			b.ReportMetric(float64(used.Microseconds())/float64(matches), "µs-processor/match")
			after, err := bench.Counts(b.Context(), Filter{})
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(after.Status[StatusNew]-before.Status[StatusNew])/float64(matches), "new/match")
		})
	}
}

// busy is a process that was started, with as many entities as most events have.
func busy(t testing.TB, at time.Time, host, user string, n int) journal.Entry {
	return entry(t, "DeviceNetworkEvents", columnsOf{
		"Timestamp": stamp(at), "DeviceId": "id-" + host, "DeviceName": host, "ActionType": "ConnectionSuccess",
		"RemoteIP": fmt.Sprintf("203.0.113.%d", n%250), "RemotePort": 443, "RemoteUrl": fmt.Sprintf("https://cdn%d.example.net/a", n%40), "LocalIP": fmt.Sprintf("10.0.%d.7", n%250),
		"InitiatingProcessFileName": "powershell.exe", "InitiatingProcessFolderPath": `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`, "InitiatingProcessId": n,
		"InitiatingProcessCommandLine": fmt.Sprintf("powershell.exe -NoProfile -ExecutionPolicy Bypass -File c:\\jobs\\job%d.ps1 -Quiet", n%50),
		"InitiatingProcessSHA256":      fmt.Sprintf("%064x", n%50), "InitiatingProcessSHA1": fmt.Sprintf("%040x", n%50),
		"InitiatingProcessAccountName": user, "InitiatingProcessAccountDomain": "corp", "InitiatingProcessAccountSid": "S-1-5-21-" + user, "InitiatingProcessAccountUpn": user + "@corp.example",
		"InitiatingProcessParentFileName": "explorer.exe", "InitiatingProcessParentId": 4,
	})
}

// processorTime is what the process has used.
func processorTime(b *testing.B) time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		b.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// FuzzApply: whatever a record says, applying it neither fails nor makes an alert without bounds.
func FuzzApply(f *testing.F) {
	f.Add("AlertEvidence", `{"AlertId":"a","EntityType":"Process","Categories":"[\"x\"]","AttackTechniques":"[1,{}]","AdditionalFields":"{\"ImageFile\":{\"Name\":1}}"}`)
	f.Add("AlertInfo", `{"AlertId":"a","Title":7,"Severity":null,"Timestamp":"9999-12-31T23:59:59Z"}`)
	f.Add("DeviceProcessEvents", `{"Timestamp":"0001-01-01T00:00:00Z","DeviceName":"é\ud83d\ude00","ProcessCommandLine":""}`)
	f.Add("EmailEvents", `{"NetworkMessageId":"n","RecipientEmailAddress":"a@b","SenderFromAddress":["x"]}`)
	b := newBench(f, Options{})
	b.clock = noon
	f.Fuzz(func(t *testing.T, table, properties string) {
		if !json.Valid([]byte(properties)) {
			t.Skip()
		}
		raw := fmt.Appendf(nil, `{"tenantId":"t","category":"AdvancedHunting-X","properties":%s}`, properties)
		b.t = t
		b.apply(journal.Entry{ID: record.ID{1}, Table: table, Data: raw, Matches: []string{"r1"}})
		for _, a := range b.list(Filter{}) {
			if len(a.Title) > maxTitle || !utf8.ValidString(a.Title) {
				t.Errorf("title %q", a.Title)
			}
		}
		if _, err := b.db.Writer.Exec(`DELETE FROM alert`); err != nil {
			t.Fatal(err)
		}
		if _, err := b.db.Writer.Exec(`DELETE FROM alert_seen`); err != nil {
			t.Fatal(err)
		}
	})
}
