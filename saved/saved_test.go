package saved

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"penstock/state/statetest"
)

func open(t *testing.T) *Queries {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return New(db)
}

func search(name string) Search {
	return Search{Name: name, Query: "host.name: ws-1", From: "now-24h", To: "now", Columns: []string{"host.name~180", "user.name"}, Split: "user.name"}
}

func names(t *testing.T, q *Queries, who string) []string {
	t.Helper()
	list, err := q.List(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i := range list {
		out = append(out, list[i].Name)
	}
	return out
}

func TestAQueryIsItsOwnersUntilItIsShared(t *testing.T) {
	q := open(t)
	ctx := t.Context()
	kept, err := q.Add(ctx, "ada", search("  Logons "))
	if err != nil {
		t.Fatal(err)
	}
	if want := search("Logons"); !reflect.DeepEqual(kept.Search, want) || kept.Owner != "ada" {
		t.Errorf("kept %+v, want %+v of ada", kept, want)
	}
	if got := names(t, q, "bob"); got != nil {
		t.Errorf("bob sees %v of ada's", got)
	}
	if err := q.Delete(ctx, "bob", kept.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("bob deletes what he cannot see: %v", err)
	}
	shared := search("Logons")
	shared.Shared = true
	if _, err := q.Replace(ctx, "ada", kept.ID, shared); err != nil {
		t.Fatal(err)
	}
	if got := names(t, q, "bob"); !reflect.DeepEqual(got, []string{"Logons"}) {
		t.Errorf("bob sees %v of what is shared", got)
	}
	var not *NotOwner
	if _, err := q.Replace(ctx, "bob", kept.ID, shared); !errors.As(err, &not) || not.Owner != "ada" {
		t.Errorf("bob replaces ada's: %v", err)
	}
	if err := q.Delete(ctx, "bob", kept.ID); !errors.As(err, &not) {
		t.Errorf("bob deletes ada's: %v", err)
	}
	if err := q.Delete(ctx, "ada", kept.ID); err != nil {
		t.Error(err)
	}
	if got := names(t, q, "ada"); got != nil {
		t.Errorf("%v is left", got)
	}
}

func TestNamesAreUniqueOnlyForAnOwner(t *testing.T) {
	q := open(t)
	first, err := q.Add(t.Context(), "ada", search("Logons"))
	if err != nil {
		t.Fatal(err)
	}
	var mistake *Mistake
	if _, err := q.Add(t.Context(), "ada", search("logons")); !errors.As(err, &mistake) || mistake.Field != "name" {
		t.Errorf("the same name twice: %v", err)
	}
	if _, err := q.Add(t.Context(), "bob", search("Logons")); err != nil {
		t.Errorf("the same name of another: %v", err)
	}
	if _, err := q.Replace(t.Context(), "ada", first.ID, search("LOGONS")); err != nil {
		t.Errorf("its own name: %v", err)
	}
}

func TestWhatCannotBeSavedSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		field string
		spoil func(*Search)
	}{
		"no name":            {"name", func(s *Search) { s.Name = " " }},
		"a long name":        {"name", func(s *Search) { s.Name = strings.Repeat("ä", 101) }},
		"an invisible name":  {"name", func(s *Search) { s.Name = "a\u202eb" }},
		"a long query":       {"query", func(s *Search) { s.Query = strings.Repeat("a", 8193) }},
		"no start":           {"from", func(s *Search) { s.From = "" }},
		"a start in words":   {"from", func(s *Search) { s.From = "yesterday" }},
		"an end of no time":  {"to", func(s *Search) { s.To = "2026-13-01T00:00:00Z" }},
		"too many columns":   {"columns", func(s *Search) { s.Columns = make([]string, 51) }},
		"an empty column":    {"columns", func(s *Search) { s.Columns = []string{""} }},
		"a split of nothing": {"split", func(s *Search) { s.Split = strings.Repeat("a", 300) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := search("a")
			c.spoil(&s)
			var mistake *Mistake
			if err := s.check(); !errors.As(err, &mistake) || mistake.Field != c.field {
				t.Errorf("%v, want a mistake of %s", err, c.field)
			}
		})
	}
}

func TestAnOwnerHasSoManyAtMost(t *testing.T) {
	q := open(t)
	_, err := q.db.Writer.ExecContext(t.Context(), `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO saved_query (owner, name, query, range_from, range_to, columns, split, created, changed)
		SELECT 'ada', 'n' || i, '', 'now-1h', 'now', 'null', '', 0, 0 FROM n`, maxSaved)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := q.Add(t.Context(), "ada", search("one more")); !errors.Is(err, ErrTooMany) {
		t.Errorf("one more: %v", err)
	}
}
