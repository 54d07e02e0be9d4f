package census

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/record"
	"penstock/state"
	"penstock/state/statetest"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func openState(t testing.TB) *state.DB {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func openCensus(t testing.TB, db *state.DB) *Census {
	t.Helper()
	c, err := Open(t.Context(), db, Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func recordOf(t testing.TB, table string, columns map[string]any) *record.Record {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"category": "AdvancedHunting-" + table, "properties": columns})
	if err != nil {
		t.Fatal(err)
	}
	var p record.Parser
	rec := new(record.Record)
	if err := p.Parse(raw, rec); err != nil {
		t.Fatal(err)
	}
	return rec
}

func TestEveryRecordIsCountedAndSomeAreLookedAt(t *testing.T) {
	c := openCensus(t, openState(t))
	o := c.Observer()
	rec := recordOf(t, "DeviceEvents", map[string]any{
		"ActionType": "NamedPipeEvent", "FileName": "", "SHA1": nil, "AdditionalFields": `{"PipeName":"\\Device\\x","Empty":""}`, "Nested": map[string]any{"Key": map[string]any{"Deep": 1}},
	})
	for i := range 1000 {
		o.Observe(rec, noon.Add(time.Duration(i)*time.Minute))
	}
	other := recordOf(t, "DeviceEvents", map[string]any{"FileName": "a.exe"})
	o.Observe(other, noon)
	c.Gather()
	v := c.View()
	table := v.Table("deviceevents")
	if table == nil {
		t.Fatal("the table is not there in another case")
	}
	if s := table.Of(nil); s.Records != 1001 || !s.First.Equal(noon) || !s.Last.Equal(noon.Add(999*time.Minute)) {
		t.Errorf("%+v", s)
	}
	pipes := []string{"namedpipeevent"}
	if s := table.Of(pipes); s.Records != 1000 {
		t.Errorf("%+v", s)
	}
	if n := table.Sampled(pipes); n < sampleFirst || n > 100 {
		t.Errorf("%d records were looked at", n)
	}
	for column, want := range map[string]bool{
		"AdditionalFields": true, "AdditionalFields.PipeName": true, "AdditionalFields.Empty": false, "additionalfields.pipename": true,
		"Nested.Key": true, "Nested.Key.Deep": true, "Nested.Other": false, "FileName": false, "SHA1": false,
	} {
		if got := table.Filled(pipes, column); (got.Records > 0) != want {
			t.Errorf("%s is filled: %+v", column, got)
		}
	}
	if table.Filled(nil, "FileName").Records != 1 || table.Filled([]string{"Nothing"}, "FileName").Records != 0 {
		t.Error("a column of other records")
	}
	if len(table.Hours) != 17 {
		t.Errorf("%d hours", len(table.Hours))
	}
	if col := table.Columns["ActionType"]; col.Values["NamedPipeEvent"] == 0 || col.Many {
		t.Errorf("%+v", col)
	}
}

func TestTheCensusIsThereAgainAfterARestart(t *testing.T) {
	db := openState(t)
	c := openCensus(t, db)
	o := c.Observer()
	for range 5 {
		o.Observe(recordOf(t, "T", map[string]any{"ActionType": "A", "X": "0x1f"}), noon)
	}
	if err := c.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	began := c.View().Began
	c = openCensus(t, db)
	table := c.View().Table("T")
	if table == nil || table.Records != 5 || table.Filled(nil, "X").Records != 5 || !c.View().Began.Equal(began) || strings.Join(table.Columns["X"].Forms.Names(), " ") != "hexadecimal" {
		t.Fatalf("%+v", table)
	}
	before := c.View()
	c.Observer().Observe(recordOf(t, "T", map[string]any{"ActionType": "A"}), noon.Add(time.Hour))
	c.Gather()
	if before.Table("T").Records != 5 || c.View().Table("T").Records != 6 {
		t.Error("a view has changed")
	}
}

func TestWhatCannotBeWrittenIsWrittenTheNextTime(t *testing.T) {
	db := openState(t)
	c := openCensus(t, db)
	c.Observer().Observe(recordOf(t, "T", map[string]any{"X": "1"}), noon)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Save(ended); err == nil {
		t.Fatal("written though there was no time")
	}
	if err := c.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	if table := openCensus(t, db).View().Table("T"); table == nil || table.Records != 1 {
		t.Errorf("%+v", table)
	}
}

func TestWhateverArrivesTheCensusStaysSmall(t *testing.T) {
	c := openCensus(t, openState(t))
	for round := range 4 {
		o := c.Observer()
		for i := range 600 {
			n := fmt.Sprint(round, "-", i)
			o.Observe(recordOf(t, "T"+n, map[string]any{"ActionType": "A"}), noon)
			o.Observe(recordOf(t, "One", map[string]any{"ActionType": "A" + n, "C" + n: "v", "Same": n, "Long": strings.Repeat("x", 500)}), noon)
			wide := map[string]any{"ActionType": "Wide", "J": map[string]any{}}
			for k := range 50 {
				wide["J"].(map[string]any)[fmt.Sprint(n, "-", k)] = k
			}
			o.Observe(recordOf(t, "Wide", wide), noon.Add(time.Duration(i)*time.Hour*3))
		}
		c.Gather()
	}
	v := c.View()
	if len(v.Tables) > maxTables+1 || v.Tables[Other] == nil {
		t.Errorf("%d tables", len(v.Tables))
	}
	one := v.Table("One")
	if one.Records != 2400 || len(one.Actions) > maxActions+1 || one.Actions[Other].Records == 0 || len(one.Columns) > maxColumns {
		t.Errorf("%d ActionTypes, %d columns", len(one.Actions), len(one.Columns))
	}
	if same := one.Columns["Same"]; !same.Many || same.Values != nil || !one.Columns["Long"].Many {
		t.Errorf("%+v", same)
	}
	wide := v.Table("Wide")
	if wide.cells > maxCells || len(wide.Columns) > maxColumns || len(wide.Hours) > hoursKept {
		t.Errorf("%d cells, %d columns, %d hours", wide.cells, len(wide.Columns), len(wide.Hours))
	}
}

func TestValuesHaveForms(t *testing.T) {
	for value, want := range map[any]Forms{
		"text": Text, "": Text, "12": Decimal, "-3.5": Decimal, "1.2.3": Text, "3.": Text, "0x1F": Hexadecimal, "0x": Text, "0xg": Text,
		"5f0c1b7d-3a2e-4968-b7c0-d1e2f3a4b5c6": UUID, "10.0.0.1": IPv4, "::1": IPv6, "fe80::1": IPv6, "2026-11-25T12:00:00Z": Timestamp,
		"S-1-5-18": SID, "d41d8cd98f00b204e9800998ecf8427e": Hash, true: Boolean, 1: Decimal, "a:b": Text, "-": Text, "cmd.exe": Text,
	} {
		rec := recordOf(t, "T", map[string]any{"X": value})
		if got := formOf(&rec.Columns[0]); got != want {
			t.Errorf("%v is %v, want %v", value, got.Names(), want.Names())
		}
	}
}

func FuzzObserve(f *testing.F) {
	f.Add([]byte(`{"category":"AdvancedHunting-T","properties":{"ActionType":"A","X":"{\"a\":1}","Y":["b"],"Z":{"c":null}}}`))
	db := openState(f)
	c := openCensus(f, db)
	o := c.Observer()
	var p record.Parser
	var rec record.Record
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p.Parse(raw, &rec) != nil {
			return
		}
		o.Observe(&rec, noon)
		c.Gather()
		for _, table := range c.View().Tables {
			if len(table.Actions) > maxActions+1 || len(table.Columns) > maxColumns {
				t.Errorf("%d ActionTypes, %d columns", len(table.Actions), len(table.Columns))
			}
		}
	})
}

func BenchmarkObserve(b *testing.B) {
	c := openCensus(b, openState(b))
	o := c.Observer()
	columns := map[string]any{"ActionType": "ProcessCreated", "AdditionalFields": `{"a":"b","c":1}`}
	for i := range 60 {
		columns[fmt.Sprint("Column", i)] = fmt.Sprint("value ", i)
	}
	rec := recordOf(b, "DeviceProcessEvents", columns)
	b.ReportAllocs()
	for b.Loop() {
		o.Observe(rec, noon)
	}
}

func TestAColumnKnowsItsFirstValueAndSinceWhenItHasEachForm(t *testing.T) {
	db := openState(t)
	c := openCensus(t, db)
	o := c.Observer()
	o.Observe(recordOf(t, "DeviceEvents", map[string]any{"RemotePort": 443, "Long": strings.Repeat("é", 100)}), noon)
	c.Gather()
	o.Observe(recordOf(t, "DeviceEvents", map[string]any{"RemotePort": 80}), noon.Add(time.Minute))
	o.Observe(recordOf(t, "DeviceEvents", map[string]any{"RemotePort": []int{1}}), noon.Add(time.Hour))
	if err := c.Save(t.Context()); err != nil {
		t.Fatal(err)
	}
	table := openCensus(t, db).View().Table("DeviceEvents")
	port := table.Columns["RemotePort"]
	if port.Sample != "443" || !port.First().Equal(noon) || port.FormsSince(noon.Add(time.Second)) != List || port.FormsSince(noon) != List|Decimal {
		t.Errorf("%+v", port)
	}
	if n := len(table.Columns["Long"].Sample); n > maxSample {
		t.Errorf("a sample of %d bytes", n)
	}
}

func TestWhatAnObserverSawStaysWhenItIsRetired(t *testing.T) {
	c := openCensus(t, openState(t))
	o, other := c.Observer(), c.Observer()
	rec := recordOf(t, "DeviceEvents", map[string]any{"ActionType": "x"})
	o.Observe(rec, noon)
	other.Observe(rec, noon)
	c.Retire(o)
	c.Gather()
	if s := c.View().Table("DeviceEvents").Of(nil); s.Records != 2 || len(c.observers) != 1 {
		t.Errorf("%d records, %d observers", s.Records, len(c.observers))
	}
}
