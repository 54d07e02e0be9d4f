package backend

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"penstock/access"
	"penstock/alert"
	"penstock/format/defender"
	"penstock/journal"
	"penstock/ledger"
	"penstock/quarantine"
	"penstock/record"
	"penstock/server"
	"penstock/source"
)

// as is the context of somebody who sees some intakes alone.
func as(ctx context.Context, intakes ...string) context.Context {
	return access.With(ctx, &access.Identity{Kind: access.ByUser, Name: "ann", Role: access.Analyst, Intakes: intakes})
}

// twoIntakes fills a lake with an event of each of two intakes, and gives their ids.
func twoIntakes(t *testing.T) (events server.Events, north, south string, from, to time.Time) {
	t.Helper()
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(filepath.Join(t.TempDir(), "journal"), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	reader, err := j.Reader("lake")
	if err != nil {
		t.Fatal(err)
	}
	stored := openLake(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- stored.Run(ctx, reader) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	now := time.Now().UTC().Truncate(time.Second)
	ids := map[string]string{}
	for i, name := range []string{"north", "south"} {
		at := now.Add(-time.Minute).Format(time.RFC3339Nano)
		raw := fmt.Sprintf(`{"time":%q,"tenantId":"t","operationName":"Publish","category":"AdvancedHunting-DeviceProcessEvents","properties":{"Timestamp":%q,"DeviceName":"ws-%s","FileName":"a.exe","ActionType":"ProcessCreated"}}`, at, at, name)
		var p record.Parser
		var rec record.Record
		if err := p.Parse([]byte(raw), &rec); err != nil {
			t.Fatal(err)
		}
		ids[name] = rec.ID.String()
		m := journal.Message{
			Hub: "hub", Partition: "0", Position: journal.Position{Sequence: int64(i + 1), Enqueued: now}, Read: now, Records: 1,
			Entries: []journal.Entry{{ID: rec.ID, Table: rec.Table, Data: []byte(raw)}},
		}
		if err := j.Append(t.Context(), journal.Batch{Intake: name, Messages: []journal.Message{m}}); err != nil {
			t.Fatal(err)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); stored.Stats().Events < 2; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the lake does not get the events")
		}
	}
	return Events(stored, plan), ids["north"], ids["south"], now.Add(-time.Hour), now.Add(time.Hour)
}

func TestWhoIsRestrictedFindsTheEventsOfHisIntakesAlone(t *testing.T) {
	events, north, south, from, to := twoIntakes(t)
	ctx := as(t.Context(), "north", "gone")
	// Whatever is asked, the restriction holds beside it.
	for query, want := range map[string]int64{"": 1, "*": 1, "penstock.intake: south": 0, "penstock.intake: north or penstock.intake: south": 1, "not host.name: nobody": 1, "not penstock.intake: north": 0} {
		s := server.Selection{Query: query, From: from, To: to}
		if n, err := events.Count(ctx, s); err != nil || n != want {
			t.Errorf("count %q: %d, %v; want %d", query, n, err, want)
		}
		page, err := events.Search(ctx, s, 10, "")
		if err != nil || len(page.Events) != int(want) || want == 1 && page.Events[0].ID != north {
			t.Errorf("search %q: %+v, %v", query, page, err)
		}
	}
	all := server.Selection{From: from, To: to}
	if n, err := events.Count(t.Context(), all); err != nil || n != 2 {
		t.Errorf("who sees all counts %d, %v", n, err)
	}
	if top, err := events.Top(ctx, all, "host.name", 10); err != nil || len(top.Values) != 1 || top.Values[0].Value != "ws-north" || top.Total != 1 {
		t.Errorf("top: %+v, %v", top, err)
	}
	h, err := events.Histogram(ctx, all, time.Hour, "penstock.intake", 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range h.Buckets {
		if b.Split["south"] != 0 || b.Count > 1 {
			t.Errorf("histogram: %+v", b)
		}
	}
	if _, err := events.Event(ctx, north); err != nil {
		t.Errorf("the own event: %v", err)
	}
	if _, err := events.Event(ctx, south); !errors.Is(err, server.ErrNotFound) {
		t.Errorf("the event of another intake: %v", err)
	}
}

func (d *detectionAPI) raiseBy(t *testing.T, host string, number byte, intakes ...string) int64 {
	t.Helper()
	at := noon.Add(time.Duration(number) * time.Second)
	f := alert.Finding{
		Rule: "r1", Values: []alert.Value{{Field: "host.name", Value: host}},
		Entities: []alert.Entity{{Kind: alert.Host, Value: host, First: at, Last: at, Occurrences: 1}},
	}
	for i, name := range intakes {
		f.Events = append(f.Events, alert.Event{ID: record.ID{number, byte(i)}, Table: "DeviceProcessEvents", Intake: name, Rule: "r1", Time: at})
	}
	if err := d.db.Change(t.Context(), func(tx *sql.Tx) error { return d.alerts.Raise(t.Context(), tx, f) }); err != nil {
		t.Fatal(err)
	}
	ids, err := d.alerts.OfEvent(t.Context(), f.Events[0].ID)
	if err != nil || len(ids) != 1 {
		t.Fatalf("alerts of the event: %v, %v", ids, err)
	}
	return ids[0]
}

func TestWhoIsRestrictedSeesAlertsThatLieInHisIntakesWhole(t *testing.T) {
	d := newDetectionAPI(t)
	own := d.raiseBy(t, "ws-1", 1, "north")
	foreign := d.raiseBy(t, "ws-2", 2, "south")
	mixed := d.raiseBy(t, "ws-3", 3, "north", "south")
	unknown := d.raiseBy(t, "ws-4", 4, "")
	a := Alerts(d.alerts)
	ctx := as(t.Context(), "north")
	page, err := a.List(ctx, &server.AlertFilter{}, "created", 10, "")
	if err != nil || len(page.Alerts) != 1 || page.Alerts[0].ID != own {
		t.Errorf("list: %+v, %v", page, err)
	}
	if page, err := a.List(as(t.Context(), "north", "south"), &server.AlertFilter{}, "created", 10, ""); err != nil || len(page.Alerts) != 3 {
		t.Errorf("who sees both: %+v, %v", page, err)
	}
	counts, err := a.Counts(ctx, &server.AlertFilter{})
	if err != nil || counts.Status["new"] != 1 {
		t.Errorf("counts: %+v, %v", counts, err)
	}
	overview, err := a.Overview(ctx, &server.AlertFilter{})
	if err != nil || len(overview.Hosts) != 1 {
		t.Errorf("overview: %+v, %v", overview, err)
	}
	if similar, err := a.Similar(ctx, own); err != nil || len(similar) != 0 {
		t.Errorf("similar: %+v, %v", similar, err)
	}
	comment := "a word"
	for _, id := range []int64{foreign, mixed, unknown} {
		_, shown := a.Alert(ctx, id)
		_, updated := a.Update(ctx, "ann", id, 0, &server.AlertEdit{Comment: comment})
		_, events := a.Events(ctx, id)
		_, history := a.History(ctx, id)
		_, comments := a.Comments(ctx, id)
		_, similar := a.Similar(ctx, id)
		for what, err := range map[string]error{
			"show": shown, "update": updated, "events": events, "history": history, "comments": comments, "similar": similar, "comment": a.Comment(ctx, "ann", id, comment),
		} {
			if !errors.Is(err, server.ErrNotFound) {
				t.Errorf("%s alert %d: %v", what, id, err)
			}
		}
	}
	results, err := a.UpdateAll(ctx, "ann", []int64{own, foreign}, &server.AlertEdit{Comment: comment})
	if err != nil || len(results) != 2 || results[0].Problem != "" || results[1].Problem == "" {
		t.Errorf("update all: %+v, %v", results, err)
	}
	if of, err := a.OfEvent(ctx, (record.ID{2, 0}).String()); err != nil || len(of) != 0 {
		t.Errorf("of an event: %+v, %v", of, err)
	}
	if detail, err := a.Alert(ctx, own); err != nil || detail.ID != own {
		t.Errorf("the own alert: %+v, %v", detail, err)
	}
}

func TestWhoIsRestrictedSeesHisQuarantineAlone(t *testing.T) {
	db := openState(t)
	kept, err := quarantine.New(db, quarantine.Options{})
	if err != nil {
		t.Fatal(err)
	}
	packer, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	body := packer.EncodeAll([]byte("{"), nil)
	for _, name := range []string{"north", "south", "south"} {
		if _, err := db.Writer.Exec(`INSERT INTO quarantine (time, intake, hub, partition, sequence, enqueued, record_index, reason, detail, size, stored, body)
			VALUES (0, ?, 'h', '0', 1, 0, -1, 'not_json', '', 1, 1, ?)`, name, body); err != nil {
			t.Fatal(err)
		}
	}
	q := Quarantine(kept, dry{})
	ctx := as(t.Context(), "north")
	page, err := q.List(ctx, "", "", 10, "")
	if err != nil || len(page.Items) != 1 || page.Items[0].Intake != "north" || len(page.Reasons) != 1 || page.Reasons[0].Count != 1 {
		t.Errorf("%+v, %v", page, err)
	}
	if page, err := q.List(t.Context(), "", "north", 10, ""); err != nil || len(page.Items) == 0 || len(page.Items) == 3 {
		t.Errorf("what came by one intake: %+v, %v", page, err)
	}
	if page, err := q.List(ctx, "", "south", 10, ""); err != nil || len(page.Items) != 0 || len(page.Reasons) != 0 {
		t.Errorf("what came by an intake of others: %+v, %v", page, err)
	}
	if page, err := q.List(t.Context(), "", "", 10, ""); err != nil || len(page.Items) != 3 || page.Reasons[0].Count != 3 {
		t.Errorf("who sees all: %+v, %v", page, err)
	}
	_, shown := q.Show(ctx, "2")
	_, replayed := q.Replay(ctx, "2")
	for what, err := range map[string]error{"show": shown, "replay": replayed, "drop": q.Drop(ctx, "2")} {
		if !errors.Is(err, server.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := q.Drop(ctx, "1"); err != nil {
		t.Errorf("drop the own item: %v", err)
	}
}

func TestWhoIsRestrictedGetsTheAccountOfHisIntakesAlone(t *testing.T) {
	l := ledger.New(openState(t), ledger.Options{})
	first, last, now := int64(20), int64(29), time.Now()
	gap := source.Incident{Kind: source.GapExpired, Intake: "south", Hub: "defender", Partition: "0", First: &first, Last: &last, Time: now, Message: "They expired."}
	if err := l.Open(t.Context(), gap); err != nil {
		t.Fatal(err)
	}
	a := Ledger(l, openLake(t))
	ctx := as(t.Context(), "north")
	report, err := a.Report(ctx, now.Add(-time.Hour), now.Add(time.Hour))
	if err != nil || !report.Complete || len(report.Partitions) != 0 || report.Stored != nil {
		t.Errorf("%+v, %v", report, err)
	}
	if incidents, err := a.Incidents(ctx, now.Add(-time.Hour), now.Add(time.Hour)); err != nil || len(incidents) != 0 {
		t.Errorf("%+v, %v", incidents, err)
	}
	if report, err := a.Report(as(t.Context(), "south"), now.Add(-time.Hour), now.Add(time.Hour)); err != nil || report.Complete || len(report.Partitions) != 1 {
		t.Errorf("who sees it: %+v, %v", report, err)
	}
}
