package alert

import (
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"penstock/format/defender"
	"penstock/state/statetest"
)

// rowsOfEntities is the version of the database in which every entity was a row.
const rowsOfEntities = 50

// olderDatabase makes a database of that version with two alerts in it, the second without entities.
func olderDatabase(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	migrate(t, db, true, rowsOfEntities)
	for _, text := range []string{
		`INSERT INTO alert (id, version, origin, group_key, rule, title, level, urgency, computed, urgency_set, importance, asset, status, verdict, assignee,
			occurrences, events, tags, techniques, tactics, facts, first, last, created, updated, reopened, provisional, quiet)
			SELECT value, 1, 'rule', randomblob(16), 'r1', 'First', 'medium', 50, 50, 0, 'normal', '', 'new', '', '', 9, 0, '[]', '[]', '[]', '{}', 1000, 2000, 3000, 4000, 0, 0, 0 FROM json_each('[1,2]')`,
		`INSERT INTO alert_entity VALUES
			(1, 'host', 'pc1', 'PC1', '{"roles":["impacted"],"details":{"id":"id-pc1"},"seen":"DeviceInfo host.name"}', 1000, 2000, 9),
			(1, 'user', 'corp\ann', 'corp\Ann', '{"details":{"name":"Ann"}}', 1000, 1500, 3),
			(1, 'process', 'say "é"', 'say "É"', '{}', 1200, 1200, 1)`,
		`INSERT INTO alert_entity SELECT 1, 'host', 'pc1' || value, 'pc1' || value, '{}', 1000, 2000, value FROM json_each('[1,2,3,4,5,6]')`,
		`INSERT INTO alert_term VALUES ('pc1', 'host', 1), ('id-pc1', 'host', 1), ('ann', 'user', 1)`,
	} {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

func migrate(t *testing.T, db *sql.DB, up bool, version int64) {
	t.Helper()
	steps := os.DirFS(filepath.Join("..", "state", "migrations"))
	p, err := goose.NewProvider(goose.DialectSQLite3, db, steps)
	if err != nil {
		t.Fatal(err)
	}
	if up {
		_, err = p.UpTo(t.Context(), version)
	} else {
		_, err = p.DownTo(t.Context(), version)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestAlertsOfAnOlderDatabaseKeepTheirEntities(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	olderDatabase(t, path)
	db, err := statetest.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	alerts, err := New(db, Options{Plan: plan, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{Alerts: alerts, t: t}
	got := b.entities(1)
	at := func(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
	for name, want := range map[string]Entity{
		"host PC1":        {Kind: Host, Value: "PC1", EntityFacts: EntityFacts{Roles: []string{"impacted"}, Details: map[string]string{"id": "id-pc1"}, Seen: "DeviceInfo host.name"}, First: at(1000), Last: at(2000), Occurrences: 9},
		`user corp\Ann`:   {Kind: User, Value: `corp\Ann`, EntityFacts: EntityFacts{Details: map[string]string{"name": "Ann"}}, First: at(1000), Last: at(1500), Occurrences: 3},
		`process say "É"`: {Kind: Process, Value: `say "É"`, First: at(1200), Last: at(1200), Occurrences: 1},
	} {
		if fmt.Sprintf("%+v", got[name]) != fmt.Sprintf("%+v", want) {
			t.Errorf("%s is %+v, want %+v", name, got[name], want)
		}
	}
	first, err := alerts.Get(t.Context(), 1)
	if err != nil || len(got) != 9 || !slices.Equal(first.Hosts, []string{"PC1", "pc16", "pc15", "pc14", "pc13"}) || !slices.Equal(first.Users, []string{`corp\Ann`}) {
		t.Errorf("%d entities, alert %+v, %v", len(got), first, err)
	}
	for _, f := range []Filter{{Host: "ID-PC1"}, {User: "ann"}, {Entity: "pc1"}, {Text: "SAY \"É"}, {Text: "pc16"}} {
		if list := b.list(f); len(list) != 1 || list[0].ID != 1 {
			t.Errorf("%+v finds %+v", f, list)
		}
	}
	if second, err := alerts.Get(t.Context(), 2); err != nil || len(second.Hosts)+len(second.Users)+len(b.entities(2)) > 0 {
		t.Errorf("alert %+v, %v", second, err)
	}
	migrate(t, db.Writer, false, rowsOfEntities)
	var n int
	if err := db.Writer.QueryRow(`SELECT count(*) FROM alert_entity WHERE alert = 1`).Scan(&n); err != nil || n != 9 {
		t.Errorf("%d entities after the way back, %v", n, err)
	}
}
