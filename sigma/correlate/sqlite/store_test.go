package sqlite

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/correlate"
	"penstock/state/statetest"
)

const rules = `title: Failed logon
id: 11111111-1111-4111-8111-111111111111
name: failed
logsource: {category: logon}
detection: {sel: {Result: failed}, condition: sel}
---
title: Many
id: 44444444-4444-4444-8444-444444444444
correlation: {type: event_count, rules: [failed], group-by: [User], timespan: 10m, condition: {gte: 4}}
---
title: Few
id: 55555555-5555-4555-8555-555555555555
correlation: {type: event_count, rules: [failed], group-by: [User], timespan: 10m, condition: {lte: 2}}
`

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

func match(user string, second int) correlate.Match {
	m := correlate.Match{Rule: "11111111-1111-4111-8111-111111111111", Time: noon.Add(time.Duration(second) * time.Second)}
	m.Event = record.ID{byte(second), byte(second >> 8), user[1]}
	m.Values = func(string) []string { return []string{user} }
	return m
}

func TestTheDatabaseKeepsWhatMemoryDoesAndOutlivesTheProcess(t *testing.T) {
	c := sigma.Resolve(sigma.Read("test.yml", []byte(rules), sigma.Options{}))
	if len(c.Problems) > 0 {
		t.Fatal(c.Problems[0])
	}
	set := correlate.New(c.Correlations, time.Hour)
	path := filepath.Join(t.TempDir(), "state.db")
	memory := new(correlate.Memory)
	r := rand.New(rand.NewPCG(3, 4))
	findings := 0
	for round := range 40 {
		db, err := statetest.Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		var batch []correlate.Match
		for range 1 + r.IntN(10) {
			batch = append(batch, match(fmt.Sprintf("u%d", r.IntN(4)), round*120+r.IntN(900)))
		}
		now := noon.Add(time.Duration(round)*2*time.Minute + time.Hour)
		want, err := set.Apply(t.Context(), memory, batch)
		if err != nil {
			t.Fatal(err)
		}
		decided, err := set.Advance(t.Context(), memory, now)
		if err != nil {
			t.Fatal(err)
		}
		var got, gotDecided []correlate.Finding
		err = db.Change(t.Context(), func(tx *sql.Tx) error {
			if got, err = set.Apply(t.Context(), Store{Tx: tx}, batch); err != nil {
				return err
			}
			gotDecided, err = set.Advance(t.Context(), Store{Tx: tx}, now)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(summary(got), summary(want)) || !reflect.DeepEqual(summary(gotDecided), summary(decided)) {
			t.Fatalf("round %d: %v and %v, want %v and %v", round, summary(got), summary(gotDecided), summary(want), summary(decided))
		}
		findings += len(want) + len(decided)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if findings < 20 {
		t.Errorf("only %d findings: the test shows little", findings)
	}
}

func summary(list []correlate.Finding) []string {
	out := []string{}
	for _, f := range list {
		out = append(out, fmt.Sprint(f.ID, f.Correlation.Title, f.Group, f.Count, f.New, f.First.UnixMicro(), f.Last.UnixMicro()))
	}
	return out
}

func TestWhatIsNotCommittedIsNotCounted(t *testing.T) {
	c := sigma.Resolve(sigma.Read("test.yml", []byte(rules), sigma.Options{}))
	set := correlate.New(c.Correlations, time.Hour)
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	batch := []correlate.Match{match("u1", 1), match("u1", 2), match("u1", 3), match("u1", 4)}
	for try := range 3 {
		tx, err := db.Writer.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		found, err := set.Apply(t.Context(), Store{Tx: tx}, batch)
		if err != nil || len(found) != 1 || !found[0].New {
			t.Errorf("try %d: %v, %v", try, summary(found), err)
		}
		if err := tx.Rollback(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheNumberOfMatchesIsBounded(t *testing.T) {
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Writer.Exec(`INSERT INTO correlation_hit
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		SELECT 'c', '', ? + i, 'r', CAST(printf('%016d', i) AS BLOB), '', '' FROM n`, 26_000, noon.UnixMicro()); err != nil {
		t.Fatal(err)
	}
	err = db.Change(t.Context(), func(tx *sql.Tx) error {
		s := Store{Tx: tx, most: 25_000}
		if err := s.Prune(t.Context(), "c", noon); err != nil {
			return err
		}
		hits, err := s.Hits(t.Context(), "c", "", time.Time{}, noon.Add(time.Hour))
		if len(hits) != correlate.MaxHits {
			t.Errorf("%d hits are read", len(hits))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.Reader.QueryRow(`SELECT count(*) FROM correlation_hit`).Scan(&n); err != nil || n != 25_000 {
		t.Errorf("%d hits are kept, %v", n, err)
	}
}
