package alert

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"penstock/format/defender"
	"penstock/journal"
	"penstock/record"
	"penstock/sigma"
	"penstock/state"
	"penstock/state/statetest"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// ruleBook is rules by their ids, and those of integrations by their services.
type ruleBook struct {
	rules        map[string]Rule
	integrations map[string]Rule
	disabled     map[string]bool // services
}

func (b *ruleBook) Rule(id string) (Rule, bool) {
	r, known := b.rules[id]
	return r, known
}

func (b *ruleBook) Integration(service string) (Rule, bool, bool) {
	r, known := b.integrations[service]
	return r, !b.disabled[service], known
}

// bench is alerts with a clock that a test sets.
type bench struct {
	*Alerts
	t     testing.TB
	rules *ruleBook
	clock time.Time
}

func openDB(t testing.TB) *state.DB {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func newBench(t testing.TB, o Options) *bench {
	t.Helper()
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, clock: noon, rules: &ruleBook{
		rules:        map[string]Rule{"r1": {ID: "r1", Title: "First", Level: sigma.Medium, Author: "A. Author", Tags: []string{"attack.execution", "attack.t1059.001", "cve.2021-44228"}}},
		integrations: map[string]Rule{}, disabled: map[string]bool{},
	}}
	o.Plan, o.Rules, o.Integrations, o.Logger = plan, b.rules, b.rules, slog.New(slog.DiscardHandler)
	if b.Alerts, err = New(openDB(t), o); err != nil {
		t.Fatal(err)
	}
	b.now = func() time.Time { return b.clock }
	return b
}

// columnsOf are the columns of a record.
type columnsOf map[string]any

// entry makes a record of a table and what the journal says of it.
func entry(t testing.TB, table string, columns columnsOf, matches ...string) journal.Entry {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"time": columns["Timestamp"], "tenantId": "t-1", "category": "AdvancedHunting-" + table, "operationName": "Publish", "properties": columns,
	})
	if err != nil {
		t.Fatal(err)
	}
	var p record.Parser
	var rec record.Record
	if err := p.Parse(raw, &rec); err != nil {
		t.Fatal(err)
	}
	return journal.Entry{ID: rec.ID, Table: table, Data: raw, Matches: matches}
}

func stamp(t time.Time) string { return t.Format("2006-01-02T15:04:05.0000000Z") }

// started is a process that was started; pid tells one from the other.
func started(t testing.TB, at time.Time, host, user string, pid int, matches ...string) journal.Entry {
	return entry(t, "DeviceProcessEvents", columnsOf{
		"Timestamp": stamp(at), "DeviceId": "id-" + host, "DeviceName": host, "ActionType": "ProcessCreated", "FileName": "powershell.exe",
		"FolderPath": `C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe`, "ProcessId": pid, "ProcessCommandLine": "powershell.exe -enc AAAA",
		"SHA256": "aa11", "AccountName": user, "AccountDomain": "corp", "AccountSid": "S-1-" + user,
		"InitiatingProcessFileName": "winword.exe", "InitiatingProcessFolderPath": `c:\office\winword.exe`, "InitiatingProcessCommandLine": "winword.exe a.docm",
	}, matches...)
}

func blockOf(read time.Time, entries ...journal.Entry) *journal.Block {
	return &journal.Block{Batches: []journal.Batch{{Intake: "i", Messages: []journal.Message{{Hub: "h", Partition: "0", Read: read, Entries: entries}}}}}
}

// apply applies entries as a block that was read at the bench's time.
func (b *bench) apply(entries ...journal.Entry) {
	b.t.Helper()
	err := b.db.Change(b.t.Context(), func(tx *sql.Tx) error { return b.Apply(b.t.Context(), tx, blockOf(b.clock, entries...)) })
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) list(f Filter) []Listed {
	b.t.Helper()
	page, err := b.List(b.t.Context(), Selection{Filter: f, Sort: ByCreated, Limit: 500})
	if err != nil {
		b.t.Fatal(err)
	}
	slices.SortFunc(page.Alerts, func(x, y Listed) int { return int(x.ID - y.ID) })
	return page.Alerts
}

// only is the one alert that there is.
func (b *bench) only() Listed {
	b.t.Helper()
	list := b.list(Filter{})
	if len(list) != 1 {
		b.t.Fatalf("there are %d alerts: %+v", len(list), list)
	}
	return list[0]
}

func (b *bench) entities(id int64) map[string]Entity {
	b.t.Helper()
	list, err := b.Entities(b.t.Context(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	all := map[string]Entity{}
	for _, e := range list {
		all[string(e.Kind)+" "+e.Value] = e
	}
	return all
}

func (b *bench) changes() []ChangeKind {
	b.t.Helper()
	list, err := b.Changes(b.t.Context(), 0, 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	var kinds []ChangeKind
	for _, c := range list {
		kinds = append(kinds, c.Kind)
	}
	return kinds
}

func (b *bench) closeAs(id int64, v Verdict) {
	b.t.Helper()
	if _, err := b.Update(b.t.Context(), "ann", id, 0, &Edit{Status: new(StatusClosed), Verdict: &v}); err != nil {
		b.t.Fatal(err)
	}
}

func TestAMatchBecomesAnAlertWithAllThatIsKnown(t *testing.T) {
	b := newBench(t, Options{})
	e := started(t, noon, "pc1.corp.example", "ann", 7, "r1")
	b.apply(e)
	a := b.only()
	if a.Title != "First" || a.Author != "A. Author" || a.Rule != "r1" || a.Origin != FromRule || a.Status != StatusNew || a.Occurrences != 1 || a.Urgency != 50 || a.Band() != MediumBand {
		t.Errorf("alert %+v", a)
	}
	if !slices.Equal(a.Techniques, []string{"T1059.001"}) || !slices.Equal(a.Tactics, []string{"execution"}) || !slices.Equal(a.Tags, []string{"cve.2021-44228"}) {
		t.Errorf("ATT&CK %v %v, tags %v", a.Techniques, a.Tactics, a.Tags)
	}
	if !a.First.Equal(noon) || !a.Last.Equal(noon) || !slices.Equal(a.Hosts, []string{"pc1.corp.example"}) || !slices.Equal(a.Users, []string{`corp\ann`}) {
		t.Errorf("alert %+v", a)
	}
	names := slices.Sorted(maps.Keys(b.entities(a.ID)))
	want := []string{"host pc1.corp.example", "process powershell.exe -enc AAAA", "process winword.exe a.docm", `user corp\ann`}
	if !slices.Equal(names, want) {
		t.Errorf("entities %q", names)
	}
	events, err := b.Events(t.Context(), a.ID)
	if err != nil || len(events) != 1 || events[0].ID != e.ID || events[0].Summary != "ProcessCreated powershell.exe -enc AAAA pc1.corp.example" {
		t.Errorf("events %+v, %v", events, err)
	}
	if got := b.changes(); !slices.Equal(got, []ChangeKind{Created}) {
		t.Errorf("changes %v", got)
	}
}

func TestAMatchOfARuleThatIsGoneIsAnAlert(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(started(t, noon, "pc1", "ann", 7, "gone"))
	if a := b.only(); a.Title != "gone" || !a.Unknown || a.Description == "" || a.Level != sigma.Medium {
		t.Errorf("alert %+v", a)
	}
	b.rules.rules["gone"] = Rule{Title: "Back", Level: sigma.High}
	b.apply(started(t, noon, "pc1", "ann", 8, "gone"))
	if a := b.only(); a.Title != "Back" || a.Unknown || a.Level != sigma.High || a.Urgency != 70 {
		t.Errorf("alert %+v", a)
	}
}

func TestAThousandMatchesAreOneAlert(t *testing.T) {
	b := newBench(t, Options{})
	b.clock = noon.Add(time.Hour)
	for block := range 4 {
		var entries []journal.Entry
		for i := range 300 {
			n := block*300 + i
			entries = append(entries, started(t, noon.Add(time.Duration(n)*time.Second), "pc1", "ann", n, "r1"))
		}
		b.apply(entries...)
	}
	a := b.only()
	if a.Occurrences != 1200 || a.Urgency != 59 || !a.Last.Equal(noon.Add(1199*time.Second)) {
		t.Errorf("%d occurrences, urgency %d, last %s", a.Occurrences, a.Urgency, a.Last)
	}
	events, err := b.Events(t.Context(), a.ID)
	if err != nil || len(events) != 500 || events[99].Number != 100 || events[100].Number != 801 || events[499].Number != 1200 {
		t.Errorf("%d events, %v", len(events), err)
	}
	if e := b.entities(a.ID)["host pc1"]; e.Occurrences != 1200 || !e.First.Equal(noon) || !e.Last.Equal(a.Last) {
		t.Errorf("host %+v", e)
	}
	activity, err := b.Activity(t.Context(), noon)
	if got := activity["r1"]; err != nil || got.Matches != 1200 || got.Alerts != 1 || !got.Last.Equal(a.Last) {
		t.Errorf("activity %+v, %v", got, err)
	}
	if got := b.changes(); !slices.Equal(got, []ChangeKind{Created}) {
		t.Errorf("changes %v", got)
	}
}

func TestMatchesBelongTogetherByRuleHostAndUser(t *testing.T) {
	b := newBench(t, Options{})
	b.rules.rules["all"] = Rule{Title: "All", Similarity: []string{"rule"}}
	b.rules.rules["parent"] = Rule{Title: "Parent", Similarity: []string{"process.parent.name"}}
	b.rules.rules["short"] = Rule{Title: "Short", Window: time.Hour}
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	b.clock = at(100)
	b.apply(
		started(t, at(0), "pc1", "ann", 1, "r1", "all", "parent", "short"),
		started(t, at(0), "PC1", "ANN", 2, "r1"),        // in any case
		started(t, at(0), "pc1", "bob", 3, "r1", "all"), // another user
		started(t, at(0), "pc2", "ann", 4, "r1", "all", "parent"),
		started(t, at(23), "pc1", "ann", 5, "r1"), // within a day of the last
		started(t, at(46), "pc1", "ann", 6, "r1"),
		started(t, at(71), "pc1", "ann", 7, "r1"), // beyond
		started(t, at(2), "pc1", "ann", 8, "short"),
		started(t, at(10), "pc1", "ann", 9, "r1"), // late: into the first
		started(t, at(-23), "pc1", "ann", 10, "r1"),
	)
	got := map[string]int{}
	for _, a := range b.list(Filter{}) {
		got[fmt.Sprintf("%s%s%s%s %d", a.Rule, a.Hosts, a.Users, a.First.Sub(noon), a.Occurrences)]++
	}
	want := map[string]int{
		`r1[pc1][corp\ann]-23h0m0s 6`: 1, `r1[pc1][corp\bob]0s 1`: 1, `r1[pc2][corp\ann]0s 1`: 1, `r1[pc1][corp\ann]71h0m0s 1`: 1,
		`all[pc1 pc2][corp\ann corp\bob]0s 3`: 1, `parent[pc1 pc2][corp\ann]0s 2`: 1, `short[pc1][corp\ann]0s 1`: 1, `short[pc1][corp\ann]2h0m0s 1`: 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestRedeliveryCountsNothingTwice(t *testing.T) {
	b := newBench(t, Options{})
	entries := []journal.Entry{started(t, noon, "pc1", "ann", 1, "r1", "r1"), started(t, noon, "pc1", "ann", 2, "r1"), info(t, "a1", noon, "High"), evidence(t, "a1", noon, "Machine", columnsOf{"DeviceName": "pc1"})}
	b.apply(entries...)
	before := b.list(Filter{})
	b.clock = noon.Add(40 * 24 * time.Hour)
	b.apply(entries...)
	b.apply(append(entries, entries...)...)
	for i, a := range b.list(Filter{}) {
		if a.Occurrences != before[i].Occurrences || a.Version != before[i].Version {
			t.Errorf("alert %+v", a)
		}
		was, _ := b.Events(t.Context(), a.ID)
		if len(was) != 2 {
			t.Errorf("alert %d refers to %d events", a.ID, len(was))
		}
	}
	if got := b.changes(); len(got) != 2 {
		t.Errorf("changes %v", got)
	}
	if got, _ := b.Activity(t.Context(), noon); got["r1"].Matches != 2 {
		t.Errorf("activity %+v", got)
	}
}

func TestABlockThatCameToNothingIsAppliedAgain(t *testing.T) {
	b := newBench(t, Options{})
	entries := []journal.Entry{started(t, noon, "pc1", "ann", 1, "r1"), info(t, "a1", noon, "High"), evidence(t, "a1", noon, "Machine", columnsOf{"DeviceName": "pc1"})}
	failure := errors.New("killed")
	for range 3 {
		err := b.db.Change(t.Context(), func(tx *sql.Tx) error {
			if err := b.Apply(t.Context(), tx, blockOf(noon, entries...)); err != nil {
				return err
			}
			return failure
		})
		if !errors.Is(err, failure) {
			t.Fatal(err)
		}
	}
	if n := len(b.list(Filter{})); n != 0 {
		t.Fatalf("%d alerts of what came to nothing", n)
	}
	b.apply(entries...)
	list := b.list(Filter{})
	if len(list) != 2 || list[0].Occurrences != 1 || list[1].Occurrences != 1 || len(b.changes()) != 2 {
		t.Errorf("alerts %+v, changes %v", list, b.changes())
	}
}

func TestRecordsThatCannotBeReadAreAlertsAllTheSame(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(journal.Entry{ID: record.ID{1}, Table: "T", Data: []byte("{"), Matches: []string{"r1"}}, journal.Entry{ID: record.ID{2}, Table: "T", Matches: []string{"r1"}})
	if a := b.only(); a.Occurrences != 2 || !a.First.Equal(noon) {
		t.Errorf("alert %+v", a)
	}
}

func TestAClockThatRunsAheadDoesNotHoldAnAlertOpenForEver(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(started(t, noon.AddDate(500, 0, 0), "pc1", "ann", 1, "r1"))
	if a := b.only(); !a.Last.Equal(noon) {
		t.Errorf("last at %s", a.Last)
	}
}
