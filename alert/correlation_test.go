package alert

import (
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/journal"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/correlate"
)

const correlated = `title: Logon that failed
id: 11111111-1111-4111-8111-111111111111
name: failed
logsource: {product: defender, service: devicelogonevents}
detection: {sel: {ActionType: LogonFailed}, condition: sel}
---
title: Many logons that failed
id: 44444444-4444-4444-8444-444444444444
level: high
tags: [attack.t1110]
correlation: {type: event_count, rules: [failed], group-by: [AccountName], timespan: 10m, condition: {gte: 3}}
`

// plainColumns reads fields that are columns.
type plainColumns struct{}

func (plainColumns) Values(_, field string, rec *record.Record, _ *ecs.Event) []string {
	if v := column(rec, field); v != "" {
		return []string{v}
	}
	return nil
}

func logonFailed(t *testing.T, user string, minute int) journal.Entry {
	return entry(t, "DeviceLogonEvents", columnsOf{
		"Timestamp": stamp(noon.Add(time.Duration(minute) * time.Minute)), "ActionType": "LogonFailed", "DeviceName": "ws-0042", "AccountName": user,
	}, "11111111-1111-4111-8111-111111111111")
}

func TestWhatACorrelationFindsIsAnAlertOnce(t *testing.T) {
	c := sigma.Resolve(sigma.Read("test.yml", []byte(correlated), sigma.Options{}))
	if len(c.Problems) > 0 {
		t.Fatal(c.Problems[0])
	}
	set := correlate.New(c.Correlations, 0)
	correlations := NewCorrelations(func() *correlate.Set { return set }, plainColumns{})
	a := newBench(t, Options{Correlator: correlations})
	a.rules.rules["11111111-1111-4111-8111-111111111111"] = Rule{Title: "Logon that failed", Silent: true}
	a.rules.rules["44444444-4444-4444-8444-444444444444"] = Rule{Title: "Many logons that failed", Level: sigma.High, Tags: []string{"attack.t1110"}}
	a.clock = noon.Add(40 * time.Minute)
	apply := func(entries ...journal.Entry) {
		t.Helper()
		failed := errors.New("the process is killed")
		err := a.db.Change(t.Context(), func(tx *sql.Tx) error { // what is rolled back leaves no trace
			return errors.Join(a.Apply(t.Context(), tx, blockOf(a.clock, entries...)), failed)
		})
		if err == nil || !errors.Is(err, failed) {
			t.Fatal(err)
		}
		a.apply(entries...)
	}
	apply(logonFailed(t, "anna", 10), logonFailed(t, "bert", 11))
	apply(logonFailed(t, "anna", 14))
	if list := a.list(Filter{}); len(list) != 0 {
		t.Fatalf("%d alerts of matches that only count", len(list))
	}
	apply(logonFailed(t, "anna", 12), logonFailed(t, "anna", 12))
	apply(logonFailed(t, "anna", 15))
	apply(logonFailed(t, "anna", 15))
	apply(logonFailed(t, "anna", 13)) // late
	got, err := a.Get(t.Context(), a.only().ID)
	if err != nil || got.Title != "Many logons that failed" || got.Origin != FromCorrelation || got.Occurrences != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	events, err := a.Events(t.Context(), got.ID)
	if err != nil || len(events) != 5 || events[0].Table != "DeviceLogonEvents" || events[0].Summary == "" {
		t.Errorf("%d events %+v, %v", len(events), events, err)
	}
	if !slices.IsSortedFunc(events, func(x, y Event) int { return x.Time.Compare(y.Time) }) {
		t.Errorf("the events are in no order of time: %+v", events)
	}
	entities, err := a.Entities(t.Context(), got.ID)
	if err != nil || !slices.ContainsFunc(entities, func(e Entity) bool { return e.Kind == Host && e.Value == "ws-0042" }) {
		t.Errorf("entities %+v, %v", entities, err)
	}
}

func TestWhatOnlyTimeDecidesIsRaisedWhenItIsOver(t *testing.T) {
	c := sigma.Resolve(sigma.Read("test.yml", []byte(strings.Replace(correlated, "{gte: 3}", "{lte: 1}", 1)), sigma.Options{}))
	set := correlate.New(c.Correlations, time.Hour)
	correlations := NewCorrelations(func() *correlate.Set { return set }, plainColumns{})
	a := newBench(t, Options{Correlator: correlations})
	a.rules.rules["11111111-1111-4111-8111-111111111111"] = Rule{Silent: true}
	a.apply(logonFailed(t, "anna", 0), logonFailed(t, "bert", 0), logonFailed(t, "bert", 1))
	for _, minutes := range []int{5, 69, 71, 72} {
		a.clock = noon.Add(time.Duration(minutes) * time.Minute)
		if err := correlations.advance(t.Context(), a.Alerts); err != nil {
			t.Fatal(err)
		}
		if got := len(a.list(Filter{})); got > 0 != (minutes > 70) {
			t.Errorf("%d alerts after %d minutes", got, minutes)
		}
	}
	if got := a.only(); got.Rule != "44444444-4444-4444-8444-444444444444" {
		t.Errorf("%+v", got)
	}
}
