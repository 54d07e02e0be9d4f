package alert

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"penstock/ecs"
	"penstock/journal"
	"penstock/record"
	"penstock/sigma"
)

func (b *bench) raise(findings ...Finding) {
	b.t.Helper()
	if err := b.db.Change(b.t.Context(), func(tx *sql.Tx) error { return b.Raise(b.t.Context(), tx, findings...) }); err != nil {
		b.t.Fatal(err)
	}
}

// hunted is what a hunt makes of a record.
func (b *bench) hunted(e journal.Entry, rule string, quiet bool) Finding {
	var p record.Parser
	var rec record.Record
	if err := p.Parse(e.Data, &rec); err != nil {
		b.t.Fatal(err)
	}
	var ev ecs.Event
	b.options.Plan.Normalize(&ev, &rec, b.clock)
	f := b.Match(rule, &rec, &ev, "t", b.clock)
	f.Origin, f.Quiet = FromHunt, quiet
	return f
}

func TestAHuntTellsNobodyUnlessAsked(t *testing.T) {
	b := newBench(t, Options{})
	old := started(t, noon.Add(-20*24*time.Hour), "pc1", "ann", 1)
	b.raise(b.hunted(old, "r1", true), b.hunted(old, "r1", true))
	b.raise(b.hunted(old, "r1", true))
	a := b.only()
	if a.Origin != FromHunt || a.Occurrences != 1 || !a.Quiet || len(b.changes()) != 0 || !slices.Equal(a.Hosts, []string{"pc1"}) {
		t.Errorf("alert %+v, changes %v", a, b.changes())
	}
	if got, _ := b.Activity(t.Context(), noon.AddDate(-1, 0, 0)); len(got) != 0 {
		t.Errorf("the rule fired: %v", got)
	}
	b.raise(b.hunted(started(t, noon, "pc2", "ann", 1), "r1", false))
	if got := b.changes(); !slices.Equal(got, []ChangeKind{Created}) {
		t.Errorf("changes %v", got)
	}
}

func TestWhatAHuntHasFoundIsAnnouncedWhenMoreComes(t *testing.T) {
	b := newBench(t, Options{})
	b.raise(b.hunted(started(t, noon, "pc1", "ann", 1), "r1", true))
	b.apply(started(t, noon.Add(time.Minute), "pc1", "ann", 2, "r1"))
	if a := b.only(); a.Quiet || a.Occurrences != 2 || !slices.Equal(b.changes(), []ChangeKind{Created}) {
		t.Errorf("alert %+v, changes %v", a, b.changes())
	}
}

func TestAHuntMakesNoRuleNoisy(t *testing.T) {
	b := newBench(t, Options{Noise: small})
	var found []Finding
	for i := range 20 {
		found = append(found, b.hunted(started(t, noon, fmt.Sprint("pc", i), "ann", i), "r1", true))
	}
	b.raise(found...)
	if n := len(b.list(Filter{Origins: []Origin{FromHunt}})); n != 5 {
		t.Errorf("%d alerts of a hunt", n)
	}
	b.apply(started(t, noon, "live", "ann", 99, "r1"))
	if noisy, err := b.Noisy(t.Context()); err != nil || len(noisy) != 0 || len(b.list(Filter{Host: "live"})) != 1 {
		t.Errorf("noisy %+v, %v", noisy, err)
	}
}

func TestAFindingThatGrowsIsOneOccurrence(t *testing.T) {
	b := newBench(t, Options{})
	b.rules.rules["c1"] = Rule{Title: "Many logons", Level: sigma.High}
	event := func(n int) Event {
		return Event{ID: record.ID{byte(n)}, Table: "T", Time: noon.Add(time.Duration(n) * time.Minute), Row: []byte(`{"n":1}`)}
	}
	f := Finding{Rule: "c1", Origin: FromCorrelation, Key: "k", Values: []Value{{"user.name", "ann"}}}
	for n := 3; n < 8; n++ {
		f.Events = nil
		for k := range n {
			f.Events = append(f.Events, event(k))
		}
		b.raise(f)
		b.raise(f)
	}
	a := b.only()
	events, err := b.Events(t.Context(), a.ID)
	if err != nil || a.Occurrences != 1 || len(events) != 7 || string(events[6].Row) != `{"n":1}` || !a.Last.Equal(noon.Add(6*time.Minute)) || !slices.Equal(a.Users, []string{"ann"}) {
		t.Errorf("alert %+v, events %+v, %v", a, events, err)
	}
	f.Key, f.Events = "k2", []Event{event(9)}
	b.raise(f)
	if a := b.only(); a.Occurrences != 2 {
		t.Errorf("alert %+v", a)
	}
	b.closeAs(a.ID, TruePositive)
	b.clock = noon.Add(time.Hour)
	f.Events = append(f.Events, event(30))
	b.raise(f)
	if a := b.only(); a.Status != StatusNew || a.Reopened != 1 || a.Occurrences != 2 {
		t.Errorf("alert %+v", a)
	}
}

// logons counts matches of a rule, as a correlation does.
type logons struct{ seen map[record.ID]Event }

func (l *logons) Values(rule string, _ *record.Record, ev *ecs.Event) (map[string][]string, bool) {
	return map[string][]string{"host.name": {hostName.text(ev)}}, rule == "base"
}

func (l *logons) Correlate(_ context.Context, _ *sql.Tx, matches []Match) ([]Finding, error) {
	for _, m := range matches {
		l.seen[m.ID] = Event{ID: m.ID, Time: m.Time, Rule: m.Rule}
	}
	if len(l.seen) < 3 {
		return nil, nil
	}
	f := Finding{Rule: "c1", Origin: FromCorrelation, Key: "k", Values: []Value{{"host.name", matches[0].Values["host.name"][0]}}}
	for _, e := range l.seen {
		f.Events = append(f.Events, e)
	}
	return []Finding{f}, nil
}

func TestMatchesOfASilentRuleCountForACorrelationAlone(t *testing.T) {
	b := newBench(t, Options{Correlator: &logons{map[record.ID]Event{}}, Noise: small})
	b.rules.rules["base"], b.rules.rules["c1"] = Rule{Silent: true}, Rule{Title: "Many"}
	for n := range 4 {
		b.apply(started(t, noon, "pc1", "ann", n, "base"))
		if got := len(b.list(Filter{})); (got == 1) != (n >= 2) {
			t.Fatalf("%d alerts after %d matches", got, n+1)
		}
	}
	a := b.only()
	events, err := b.Events(t.Context(), a.ID)
	if err != nil || len(events) != 4 || a.Occurrences != 1 || a.Rule != "c1" || !slices.Equal(a.Hosts, []string{"pc1"}) || !slices.Equal(a.Users, []string{`corp\ann`}) {
		t.Errorf("alert %+v, events %+v, %v", a, events, err)
	}
	if got, _ := b.Activity(t.Context(), noon); got["base"].Matches != 4 || got["c1"].Matches != 1 {
		t.Errorf("activity %+v", got)
	}
}

func TestWhatIsTooOldIsDeleted(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(started(t, noon, "pc1", "ann", 1, "r1"), started(t, noon, "pc2", "ann", 2, "r1"))
	b.closeAs(1, TruePositive)
	last, err := b.LastChange(t.Context())
	if err != nil || last != 2 {
		t.Errorf("last change %d, %v", last, err)
	}
	rows := func(table string) (n int) {
		if err := b.db.Reader.QueryRow(`SELECT count(*) FROM ` + table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, c := range []struct {
		after                      int
		alerts, seen, hours, tells int
	}{{29, 2, 2, 1, 2}, {31, 2, 2, 1, 0}, {92, 2, 0, 1, 0}, {401, 1, 0, 0, 0}} {
		b.clock = noon.AddDate(0, 0, c.after)
		if err := b.prune(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := [4]int{rows("alert"), rows("alert_seen"), rows("alert_rule_hour"), rows("alert_change")}; got != [4]int{c.alerts, c.seen, c.hours, c.tells} {
			t.Errorf("after %d days: %v", c.after, got)
		}
	}
	if a := b.only(); a.ID != 2 {
		t.Errorf("alert %+v", a)
	}
	for _, table := range []string{"alert_event", "alert_history", "alert_comment", "alert_entities", "alert_term"} {
		var n int
		if err := b.db.Reader.QueryRow(`SELECT count(*) FROM ` + table + ` WHERE alert = 1`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows of a deleted alert in %s, %v", n, table, err)
		}
	}
	if last, err := b.LastChange(t.Context()); err != nil || last != 2 {
		t.Errorf("last change %d, %v", last, err)
	}
}

func TestMetricsAreThere(t *testing.T) {
	registry := prometheus.NewRegistry()
	b := newBench(t, Options{Registerer: registry})
	b.apply(started(t, noon, "pc1", "ann", 1, "r1"))
	families, err := registry.Gather()
	if err != nil || len(families) != 7 {
		t.Errorf("%d families, %v", len(families), err)
	}
}

func TestHowFarAlertsAreBehindIsMeasured(t *testing.T) {
	registry := prometheus.NewRegistry()
	b := newBench(t, Options{Registerer: registry})
	read := b.clock
	b.clock = b.clock.Add(90 * time.Second)
	if err := b.db.Change(t.Context(), func(tx *sql.Tx) error {
		return b.Apply(t.Context(), tx, blockOf(read, started(t, noon, "pc1", "ann", 1)))
	}); err != nil {
		t.Fatal(err)
	}
	if got := testutil.ToFloat64(b.metrics.delay); got != 90 {
		t.Errorf("%g seconds behind", got)
	}
}

// TestAlertsFollowTheJournal stops in the middle and goes on, with each match counted once.
func TestAlertsFollowTheJournal(t *testing.T) {
	b := newBench(t, Options{})
	b.now = time.Now
	j, err := journal.Open(t.TempDir(), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for round := range 3 {
		for i := range 20 {
			e := started(t, noon, "pc1", "ann", 100*round+i, "r1")
			if err := j.Append(t.Context(), journal.Batch{Intake: "i", Messages: []journal.Message{{Hub: "h", Read: noon, Entries: []journal.Entry{e}}}}); err != nil {
				t.Fatal(err)
			}
		}
		r, err := j.Reader("alert")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- b.db.Follow(ctx, r, "alert", slog.New(slog.DiscardHandler), b.Alerts) }()
		want := int64(20 * (round + 1))
		for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
			if list := b.list(Filter{}); len(list) == 1 && list[0].Occurrences == want {
				break
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if a := b.only(); a.Occurrences != want {
			t.Fatalf("%d of %d occurrences", a.Occurrences, want)
		}
	}
}
