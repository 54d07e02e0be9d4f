package alert

import (
	"database/sql"
	"errors"
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
	a := newBench(t, Options{})
	a.rules.rules["11111111-1111-4111-8111-111111111111"] = Rule{Title: "Logon that failed", Silent: true}
	a.rules.rules["44444444-4444-4444-8444-444444444444"] = Rule{Title: "Many logons that failed", Level: sigma.High, Tags: []string{"attack.t1110"}}
	a.clock = noon.Add(40 * time.Minute)
	c := sigma.Resolve(sigma.Read("test.yml", []byte(correlated), sigma.Options{}))
	if len(c.Problems) > 0 {
		t.Fatal(c.Problems[0])
	}
	set := correlate.New(c.Correlations, 0)
	applier := NewCorrelations(a.Alerts, func() *correlate.Set { return set }, plainColumns{})
	apply := func(entries ...journal.Entry) {
		t.Helper()
		block := blockOf(a.clock, entries...)
		failed := errors.New("the process is killed")
		for try := range 2 { // what is rolled back leaves no trace
			err := a.db.Change(t.Context(), func(tx *sql.Tx) error {
				if err := a.Apply(t.Context(), tx, block); err != nil {
					return err
				}
				if err := applier.Apply(t.Context(), tx, block); err != nil {
					return err
				}
				if try == 0 {
					return failed
				}
				return nil
			})
			if err != nil && !errors.Is(err, failed) {
				t.Fatal(err)
			}
		}
	}
	apply(logonFailed(t, "anna", 10), logonFailed(t, "bert", 11))
	apply(logonFailed(t, "anna", 14))
	if list := a.list(Filter{}); len(list) != 0 {
		t.Fatalf("%d alerts of matches that only count", len(list))
	}
	apply(logonFailed(t, "anna", 12), logonFailed(t, "anna", 12))
	apply(logonFailed(t, "anna", 15))
	apply(logonFailed(t, "anna", 15))
	got, err := a.Get(t.Context(), a.only().ID)
	if err != nil || got.Title != "Many logons that failed" || got.Origin != FromCorrelation {
		t.Errorf("%+v, %v", got, err)
	}
	events, err := a.Events(t.Context(), got.ID)
	if err != nil || len(events) != 4 || events[0].Table != "DeviceLogonEvents" || events[0].Summary == "" {
		t.Errorf("%d events %+v, %v", len(events), events, err)
	}
	if entities, err := a.Entities(t.Context(), got.ID); err != nil || len(entities) < 2 {
		t.Errorf("entities %+v, %v", entities, err)
	}
}
