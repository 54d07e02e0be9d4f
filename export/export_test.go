package export

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"

	"penstock/format"
	"penstock/search"
	"penstock/state"
	"penstock/state/statetest"
)

// shelf has so many events that are found, among others; each page waits for a word if there is a gate.
type shelf struct {
	events int
	others int
	gate   chan struct{}
	walked int
}

func (s *shelf) Count(_ context.Context, r search.Request) (int64, error) {
	if r.Query == nil {
		return int64(s.events + s.others), nil
	}
	return int64(s.events), nil
}

func (s *shelf) Walk(ctx context.Context, r search.Request, visit func(search.Hit) error) (sum search.ScanSummary, err error) {
	s.walked++
	for {
		page, err := s.Search(ctx, r)
		if err != nil {
			return sum, err
		}
		for _, h := range page.Hits {
			if err := visit(h); err != nil {
				return sum, err
			}
			sum.Events++
		}
		if r.After = page.Next; r.After == "" {
			return sum, nil
		}
	}
}

func (s *shelf) Search(ctx context.Context, r search.Request) (*search.Page, error) {
	if s.gate != nil {
		select {
		case <-s.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	from, _ := strconv.Atoi(r.After)
	page := &search.Page{}
	for i := from; i < s.events; i++ {
		if len(page.Hits) == r.Limit {
			page.Next = strconv.Itoa(i)
			break
		}
		page.Hits = append(page.Hits, search.Hit{
			ID: fmt.Sprintf("%032x", i), Table: "DeviceEvents", Time: time.Unix(int64(i), 0).UTC(), Sentence: format.Sentence{Text: []byte("=it happened")},
			Document: json.RawMessage(fmt.Sprintf(`{"host":{"name":"ws-%d","ip":["10.0.0.1","10.0.0.2"]},"process":{"pid":9007199254740993},"user":{"name":"@ada"}}`, i)),
		})
	}
	return page, nil
}

type fixture struct {
	*Exports
	dir string
	db  *state.DB
}

func open(t *testing.T, events Events, o Options) *fixture {
	t.Helper()
	dir := t.TempDir()
	db, err := statetest.Open(t.Context(), filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	x, err := New(db, filepath.Join(dir, "exports"), events, o)
	if err != nil {
		t.Fatal(err)
	}
	return &fixture{x, filepath.Join(dir, "exports"), db}
}

// run lets the exports run until the test ends.
func (f *fixture) run(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- f.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

func order(f Format) Order {
	return Order{From: time.Unix(0, 0), To: time.Unix(1e9, 0), Format: f, Columns: []string{"@timestamp", "host.name", "host.ip", "process.pid", "user.name", "sentence"}}
}

func (f *fixture) start(t *testing.T, w Order) *Job {
	t.Helper()
	j, err := f.Start(t.Context(), "ada", w)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func (f *fixture) wait(t *testing.T, id int64, want State) *Job {
	t.Helper()
	for {
		j, err := f.Job(t.Context(), "ada", id)
		if err != nil {
			t.Fatal(err)
		}
		if j.State == want {
			return j
		}
		if j.State.ended() {
			t.Fatalf("export %d is %s (%s), want %s", id, j.State, j.Error, want)
		}
		time.Sleep(time.Millisecond)
	}
}

func (f *fixture) content(t *testing.T, j *Job) []byte {
	t.Helper()
	opened, _, err := f.Open(t.Context(), "ada", j.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	b, err := io.ReadAll(opened)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(b)) != j.Bytes {
		t.Errorf("the file has %d bytes, the job says %d", len(b), j.Bytes)
	}
	return b
}

func (f *fixture) files(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestEveryEventIsWritten(t *testing.T) {
	const n = pageSize*2 + 7
	f := open(t, &shelf{events: n}, Options{})
	f.run(t)
	t.Run("csv", func(t *testing.T) {
		j := f.wait(t, f.start(t, order(CSV)).ID, Done)
		rows, err := csv.NewReader(bytes.NewReader(f.content(t, j))).ReadAll()
		if err != nil || len(rows) != n+1 || j.Done != n || j.Total != n || j.Cut {
			t.Fatalf("%d rows, %+v, %v", len(rows), j, err)
		}
		want := []string{"1970-01-01T00:00:01Z", "ws-1", "10.0.0.1, 10.0.0.2", "9007199254740993", "'@ada", "'=it happened"}
		if !reflect.DeepEqual(rows[2], want) {
			t.Errorf("%q, want %q", rows[2], want)
		}
	})
	t.Run("ndjson", func(t *testing.T) {
		w := order(NDJSON)
		w.Columns = nil
		lines := strings.Split(strings.TrimSuffix(string(f.content(t, f.wait(t, f.start(t, w).ID, Done))), "\n"), "\n")
		if len(lines) != n || !json.Valid([]byte(lines[n-1])) || !strings.Contains(lines[0], `"ws-0"`) {
			t.Errorf("%d lines, the first %s", len(lines), lines[0])
		}
	})
	t.Run("parquet", func(t *testing.T) {
		table := readParquet(t, f.content(t, f.wait(t, f.start(t, order(Parquet)).ID, Done)))
		if table.NumRows() != n {
			t.Errorf("%d rows, want %d", table.NumRows(), n)
		}
		var got []string
		for _, field := range table.Schema().Fields() {
			got = append(got, field.Name+" "+field.Type.String())
		}
		want := []string{
			"@timestamp timestamp[us, tz=UTC]", "host.name utf8", "host.ip list<element: utf8, nullable>", "process.pid int64", "user.name utf8", "sentence utf8",
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("columns %q, want %q", got, want)
		}
		if pid := table.Column(3).Data().Chunk(0).ValueStr(0); pid != "9007199254740993" {
			t.Errorf("a large number comes out as %s", pid)
		}
	})
}

func readParquet(t *testing.T, b []byte) arrow.Table {
	t.Helper()
	reader, err := file.NewParquetReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	columns, err := pqarrow.NewFileReader(reader, pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	table, err := columns.ReadTable(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(table.Release)
	return table
}

func TestAllIsReadInOrderWhereMuchIsWantedAndChosenWhereLittleIs(t *testing.T) {
	for others, walks := range map[int]int{0: 1, 19 * 12: 1, 20 * 12: 0} {
		s := &shelf{events: 12, others: others}
		f := open(t, s, Options{})
		f.run(t)
		if j := f.wait(t, f.start(t, order(NDJSON)).ID, Done); j.Done != 12 || s.walked != walks {
			t.Errorf("of %d others, %d events are written, walked %d times, want %d", others, j.Done, s.walked, walks)
		}
	}
}

func TestAFileIsBounded(t *testing.T) {
	for name, o := range map[string]Options{"by events": {MaxEvents: 5}, "by bytes": {MaxBytes: 600}} {
		t.Run(name, func(t *testing.T) {
			f := open(t, &shelf{events: 100}, o)
			f.run(t)
			j := f.wait(t, f.start(t, order(NDJSON)).ID, Done)
			if !j.Cut || j.Done > 6 || j.Done == 0 || j.Total != j.Done {
				t.Errorf("%+v", j)
			}
		})
	}
}

func TestNoExportBeginsWhenTheRoomIsTaken(t *testing.T) {
	f := open(t, &shelf{events: 100}, Options{MaxTotal: 1})
	f.run(t)
	f.wait(t, f.start(t, order(CSV)).ID, Done)
	if _, err := f.Start(t.Context(), "bob", order(CSV)); !errors.Is(err, ErrFull) {
		t.Errorf("%v, want %v", err, ErrFull)
	}
}

func TestACancelledExportLeavesNothing(t *testing.T) {
	s := &shelf{events: pageSize * 10, gate: make(chan struct{})}
	f := open(t, s, Options{})
	f.run(t)
	running, waiting := f.start(t, order(CSV)), f.start(t, order(CSV))
	s.gate <- struct{}{}
	if err := f.Delete(t.Context(), "ada", running.ID); err == nil {
		t.Error("an export that runs was deleted")
	}
	for _, j := range []*Job{waiting, running} {
		if err := f.Cancel(t.Context(), "ada", j.ID); err != nil {
			t.Fatal(err)
		}
		f.wait(t, j.ID, Cancelled)
	}
	if files := f.files(t); files != nil {
		t.Errorf("%q are left", files)
	}
	if _, _, err := f.Open(t.Context(), "ada", running.ID); !errors.Is(err, ErrNoFile) {
		t.Errorf("its file: %v", err)
	}
}

func TestAnExportIsItsOwners(t *testing.T) {
	f := open(t, &shelf{events: 1}, Options{})
	f.run(t)
	j := f.wait(t, f.start(t, order(CSV)).ID, Done)
	if list, err := f.List(t.Context(), "bob"); err != nil || list != nil {
		t.Errorf("bob sees %v, %v", list, err)
	}
	_, _, opened := f.Open(t.Context(), "bob", j.ID)
	for doing, err := range map[string]error{"open": opened, "cancel": f.Cancel(t.Context(), "bob", j.ID), "delete": f.Delete(t.Context(), "bob", j.ID)} {
		if !errors.Is(err, ErrNotFound) {
			t.Errorf("bob may %s it: %v", doing, err)
		}
	}
	if err := f.Delete(t.Context(), "ada", j.ID); err != nil {
		t.Fatal(err)
	}
	if files := f.files(t); files != nil {
		t.Errorf("%q are left", files)
	}
}

func TestOldFilesAreDeleted(t *testing.T) {
	f := open(t, &shelf{events: 1}, Options{})
	f.run(t)
	j := f.wait(t, f.start(t, order(CSV)).ID, Done)
	if j.Expires == nil || j.Expires.Sub(*j.Finished) != f.options.Keep {
		t.Errorf("it expires %v", j.Expires)
	}
	if err := f.expire(t.Context()); err != nil || len(f.files(t)) != 1 {
		t.Errorf("a young file is gone, %v", err)
	}
	if _, err := f.db.Writer.ExecContext(t.Context(), `UPDATE export_job SET finished = finished - ?`, f.options.Keep.Milliseconds()+1000); err != nil {
		t.Fatal(err)
	}
	if err := f.expire(t.Context()); err != nil || f.files(t) != nil {
		t.Errorf("an old file stays: %q, %v", f.files(t), err)
	}
	f.wait(t, j.ID, Expired)
}

func TestAnInterruptedExportSaysSo(t *testing.T) {
	f := open(t, &shelf{events: 1}, Options{})
	j := f.start(t, order(CSV))
	if _, err := f.store.claim(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"1.csv.part", "7.ndjson", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(f.dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f.run(t)
	if got := f.wait(t, j.ID, Failed); got.Error != interrupted {
		t.Errorf("%+v", got)
	}
	f.wait(t, f.start(t, order(CSV)).ID, Done)
	if files := f.files(t); !reflect.DeepEqual(files, []string{"2.csv", "notes.txt"}) {
		t.Errorf("the folder has %q", files)
	}
}

func TestWhatMakesNoSenseIsRefused(t *testing.T) {
	f := open(t, &shelf{}, Options{})
	for name, c := range map[string]struct {
		field string
		spoil func(*Order)
	}{
		"no format":          {"format", func(w *Order) { w.Format = "xlsx" }},
		"no columns":         {"columns", func(w *Order) { w.Columns = nil }},
		"a column twice":     {"columns", func(w *Order) { w.Columns = []string{"a", "a"} }},
		"too many columns":   {"columns", func(w *Order) { w.Columns = make([]string, maxColumns+1) }},
		"an empty range":     {"from", func(w *Order) { w.To = w.From }},
		"an unnamed column":  {"columns", func(w *Order) { w.Columns = []string{""} }},
		"a very long column": {"columns", func(w *Order) { w.Columns = []string{strings.Repeat("a", 300)} }},
	} {
		t.Run(name, func(t *testing.T) {
			w := order(CSV)
			c.spoil(&w)
			var wrong *OrderError
			if _, err := f.Start(t.Context(), "ada", w); !errors.As(err, &wrong) || wrong.Field != c.field {
				t.Errorf("%v, want a mistake of %s", err, c.field)
			}
		})
	}
	w := order(CSV)
	w.Query = "host.name: ("
	var syntax *search.SyntaxError
	if _, err := f.Start(t.Context(), "ada", w); !errors.As(err, &syntax) {
		t.Errorf("a query that is not understood: %v", err)
	}
}
