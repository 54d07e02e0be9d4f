package audit

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/state/statetest"
)

func openLog(t *testing.T, o Options) *Log {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return New(db, o)
}

func (l *Log) write(t *testing.T, e Entry) {
	t.Helper()
	if err := l.Write(t.Context(), &e); err != nil {
		t.Fatal(err)
	}
}

func TestEntriesAreFoundByWhatTheySay(t *testing.T) {
	l := openLog(t, Options{})
	l.write(t, Entry{Kind: "user", Actor: "anna", Address: "192.0.2.1", Operation: "editRule", Target: "id=100%_a", Outcome: Done, Status: 200})
	l.write(t, Entry{Kind: "none", Operation: "signIn", Outcome: Refused, Status: 401, Detail: "wrong\npassphrase" + strings.Repeat("x", 1000)})
	l.write(t, Entry{Kind: "key", Actor: "ci", Operation: "startJob", Outcome: Failed, Status: 500})
	hour := time.Now().Add(time.Hour)
	for _, test := range []struct {
		filter Filter
		want   string
	}{
		{Filter{}, "startJob signIn editRule"},
		{Filter{Actor: "anna"}, "editRule"},
		{Filter{Operation: "signIn"}, "signIn"},
		{Filter{Outcome: "failed"}, "startJob"},
		{Filter{Address: "192.0.2.1"}, "editRule"},
		{Filter{Text: "100%_"}, "editRule"},
		{Filter{Text: "100_"}, ""},
		{Filter{From: hour}, ""},
		{Filter{To: hour, Actor: "ci"}, "startJob"},
	} {
		list, err := l.List(t.Context(), &test.filter, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range list {
			got = append(got, list[i].Operation)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%+v: %v, want %s", test.filter, got, test.want)
		}
	}
	first, err := l.List(t.Context(), &Filter{}, 0, 2)
	if err != nil || len(first) != 2 {
		t.Fatalf("%v, %v", first, err)
	}
	if strings.ContainsAny(first[1].Detail, "\n") || len(first[1].Detail) > maxText+10 {
		t.Errorf("detail %q", first[1].Detail)
	}
	if rest, err := l.List(t.Context(), &Filter{}, first[1].ID, 2); err != nil || len(rest) != 1 || rest[0].Operation != "editRule" {
		t.Errorf("the page after: %v, %v", rest, err)
	}
}

func TestAnExportHasEveryEntryOnALine(t *testing.T) {
	l := openLog(t, Options{})
	for range exportPage + 1 {
		l.write(t, Entry{Kind: "user", Actor: "anna", Operation: "editRule", Outcome: Done})
	}
	var out bytes.Buffer
	if err := l.Export(t.Context(), &Filter{Actor: "anna"}, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != exportPage+1 {
		t.Errorf("%d lines", len(lines))
	}
	var e Entry
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &e); err != nil || e.ID != 1 || e.Outcome != Done {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestTheDatabaseRefusesToChangeOrDeleteEntries(t *testing.T) {
	l := openLog(t, Options{Retention: time.Nanosecond})
	l.write(t, Entry{Kind: "user", Actor: "anna", Operation: "editRule", Outcome: Done})
	for _, statement := range []string{
		`UPDATE audit SET actor = 'berta'`,
		`DELETE FROM audit`,
		`UPDATE audit_floor SET time = unixepoch() * 1000`,
		`UPDATE audit_floor SET time = -1`,
		`DELETE FROM audit_floor`,
		`INSERT INTO audit_floor VALUES (9e18)`,
		`INSERT OR REPLACE INTO audit SELECT id, 0, kind, 'berta', address, request, operation, target, outcome, status, detail FROM audit`,
	} {
		if _, err := l.db.Writer.Exec(statement); err == nil {
			t.Errorf("was taken: %s", statement)
		}
	}
	old := time.Now().Add(-MinRetention - time.Hour).UnixMilli()
	if _, err := l.db.Writer.Exec(`INSERT INTO audit SELECT NULL, ?, kind, 'old', address, request, operation, target, outcome, status, detail FROM audit`, old); err != nil {
		t.Fatal(err)
	}
	if err := l.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, err := l.List(t.Context(), &Filter{}, 0, 10); err != nil || len(list) != 1 || list[0].Actor != "anna" {
		t.Errorf("after the sweep: %v, %v", list, err)
	}
}
