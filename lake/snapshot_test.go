package lake

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"penstock/format"
)

// rowsOf answers SQL over a snapshot in a workspace, each row as its values with blanks between.
func (f *fixture) rowsOf(w *Workspace, query string) (out []string) {
	f.t.Helper()
	rows, err := w.Query(f.t.Context(), query)
	if err != nil {
		f.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		f.t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(columns))
		pointers := make([]any, len(columns))
		for i := range values {
			pointers[i] = &values[i]
		}
		if err := rows.Scan(pointers...); err != nil {
			f.t.Fatal(err)
		}
		out = append(out, strings.TrimSuffix(fmt.Sprintln(values...), "\n"))
	}
	if err := rows.Err(); err != nil {
		f.t.Fatal(err)
	}
	return out
}

func (f *fixture) workspace() *Workspace {
	f.t.Helper()
	w, err := f.lake.OpenWorkspace(f.t.Context(), WorkspaceOptions{MemoryBytes: 128 << 20})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { w.Close() })
	return w
}

const process = "DeviceProcessEvents"

func processRecord(at, command string) string {
	return fmt.Sprintf(`{"time":"2026-11-23T14:00:00Z","category":"AdvancedHunting-DeviceProcessEvents","properties":{"Timestamp":%q,"ProcessCommandLine":%q}}`, at, command)
}

func TestASnapshotReadsSegmentsAndHead(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 2})
	f.keep(processRecord("2026-11-22T10:00:00.1234567Z", "one"), processRecord("2026-11-22T10:00:01Z", "one"))
	f.settle()
	f.keep(processRecord("2026-11-23T10:00:00Z", "two"), processRecord("2026-11-23T10:00:01Z", "two"))
	f.settle()
	f.keep(processRecord("2026-11-23T11:00:00Z", "three"))
	w := f.workspace()
	s := f.lake.Snapshot([]string{process}, nil)
	defer s.Release()
	for name, c := range map[string]struct {
		extent  Extent
		want    string
		skipped int
	}{
		"all":             {Extent{}, "one two three", 0},
		"from, in it":     {Extent{From: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}, "two three", 1},
		"to, not in it":   {Extent{To: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)}, "one", 0},
		"a word":          {Extent{Words: []string{"two"}}, "two three", 1},
		"a word of none":  {Extent{Words: []string{"absent"}}, "three", 2},
		"a day and words": {Extent{To: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC), Words: []string{"one"}}, "one", 1},
	} {
		t.Run(name, func(t *testing.T) {
			c.extent.Table = process
			from, share := s.Relation(&c.extent, []format.Column{{Name: "ProcessCommandLine"}, {Name: "Timestamp", Type: format.DateTime}, {Name: "PROCESSCOMMANDLINE"}})
			got := strings.Join(f.rowsOf(w, `SELECT "ProcessCommandLine" FROM `+from+` GROUP BY 1 ORDER BY min("Timestamp")`), " ")
			if got != c.want || share.Skipped != c.skipped || share != s.Share(&c.extent) {
				t.Errorf("%q with %+v, want %q with %d skipped", got, share, c.want, c.skipped)
			}
		})
	}
	from, _ := s.Relation(&Extent{Table: process}, []format.Column{{Name: "Timestamp", Type: format.DateTime}})
	if got := f.rowsOf(w, `SELECT min("Timestamp"), typeof(any_value("Timestamp")) FROM `+from); got[0] != "2026-11-22 10:00:00.123456 +0000 UTC TIMESTAMP" {
		t.Errorf("%q", got)
	}
}

func TestASnapshotShowsTheIntakesAlone(t *testing.T) {
	f := newFixture(t, Options{})
	f.keep(processRecord("2026-11-23T10:00:00Z", "one"))
	w := f.workspace()
	for intake, want := range map[string]int{"defender": 1, "Defender": 0, "other": 0, "x') OR ('a'='a": 0} {
		s := f.lake.Snapshot([]string{process}, []string{intake})
		from, _ := s.Relation(&Extent{Table: process}, []format.Column{{Name: "ProcessCommandLine"}})
		if got := f.rowsOf(w, "SELECT * FROM "+from); len(got) != want {
			t.Errorf("%s sees %q, want %d rows", intake, got, want)
		}
		s.Release()
	}
}

func TestATableThatNeverCameIsEmpty(t *testing.T) {
	f := newFixture(t, Options{})
	f.keep(`{"time":"2026-11-23T14:00:00Z","category":"AdvancedHunting-Novel\"Table","properties":{"A":1,"B":"x"}}`)
	w := f.workspace()
	s := f.lake.Snapshot([]string{"EmailEvents", `Novel"Table`}, nil)
	defer s.Release()
	from, _ := s.Relation(&Extent{Table: "EmailEvents"}, []format.Column{{Name: "Subject"}, {Name: "Timestamp", Type: format.DateTime}})
	if got := f.rowsOf(w, "SELECT * FROM "+from); got != nil {
		t.Errorf("an empty table has %q", got)
	}
	from, _ = s.Relation(&Extent{Table: `Novel"Table`}, []format.Column{{Name: UndeclaredTime, Type: format.DateTime}, {Name: UndeclaredRecord, Type: format.Dynamic}})
	if got := f.rowsOf(w, `SELECT "Timestamp", "Record" FROM `+from); len(got) != 1 || got[0] != `2026-11-23 14:00:00 +0000 UTC {"A":1,"B":"x"}` {
		t.Errorf("a table that nobody has declared has %q", got)
	}
	from, _ = s.Relation(&Extent{Table: process}, []format.Column{{Name: "FileName"}})
	if got := f.rowsOf(w, "SELECT * FROM "+from); got != nil {
		t.Errorf("a table that the snapshot does not have shows %q", got)
	}
}

// What stands beside letters of another script is a word of its own for some languages of queries.
func TestWordsBesideOtherLettersAreInTheIndex(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 1})
	f.keep(processRecord("2026-11-23T10:00:00Z", "say “mimikatz” – now"))
	f.settle()
	s := f.lake.Snapshot([]string{process}, nil)
	defer s.Release()
	if got := s.Share(&Extent{Table: process, Words: []string{"mimikatz"}}); got.Skipped != 0 {
		t.Errorf("the segment is passed over: %+v", got)
	}
}

func TestAWorkspaceReachesNothingElse(t *testing.T) {
	f := newFixture(t, Options{})
	w := f.workspace()
	for _, query := range []string{
		"SELECT * FROM read_text('/etc/hostname')", "SELECT * FROM '/etc/passwd'", "SELECT * FROM read_csv('https://example.com/a.csv')",
		"SET memory_limit = '100GB'", "SET enable_external_access = true", "COPY (SELECT 1) TO '/tmp/penstock-should-not-be.csv'", "INSTALL httpfs", "LOAD httpfs",
		"ATTACH '/tmp/penstock-should-not-be.db'",
	} {
		err := func() error {
			rows, err := w.Query(t.Context(), query)
			if err != nil {
				return err
			}
			defer rows.Close()
			for rows.Next() {
			}
			return rows.Err()
		}()
		if err == nil {
			t.Errorf("%s is let through", query)
		}
	}
}

func TestALakeIsReadBesideWhoeverWrites(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 2})
	f.keep(processRecord("2026-11-23T10:00:00Z", "one"), processRecord("2026-11-23T10:00:01Z", "two"))
	f.settle()
	f.keep(processRecord("2026-11-23T11:00:00Z", "three"))
	second, err := Open(t.Context(), f.lake.dir, defenderPlan(t), Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if n := second.Stats().Events; n != 2 {
		t.Errorf("%d events, want those of the segments", n)
	}
	w, err := second.OpenWorkspace(t.Context(), WorkspaceOptions{MemoryBytes: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s := second.Snapshot([]string{process}, nil)
	defer s.Release()
	from, _ := s.Relation(&Extent{Table: process}, []format.Column{{Name: "ProcessCommandLine"}})
	// More than fits into memory: it has a place to go.
	got := f.rowsOf(w, `SELECT count(*) FROM (SELECT * FROM `+from+`, range(3000000) ORDER BY hash(range), range)`)
	if len(got) != 1 || got[0] != "6000000" {
		t.Errorf("%q", got)
	}
}
