package lake

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/journal"
	"penstock/record"
)

// fixture is a lake over a journal.
type fixture struct {
	t       testing.TB
	dir     string
	options Options
	journal *journal.Journal
	reader  *journal.Reader
	lake    *Lake
	stop    func()
	matches func(record.ID) []string // which rules matched; nil: none
}

func newFixture(t testing.TB, o Options) *fixture {
	t.Helper()
	f := &fixture{t: t, dir: t.TempDir(), options: o}
	if f.options.FlushInterval == 0 {
		f.options.FlushInterval = time.Hour
	}
	f.open()
	t.Cleanup(func() { f.close() })
	return f
}

func (f *fixture) open() {
	f.t.Helper()
	var err error
	if f.journal, err = journal.Open(filepath.Join(f.dir, "journal"), journal.Options{}); err != nil {
		f.t.Fatal(err)
	}
	if f.lake, err = Open(f.t.Context(), filepath.Join(f.dir, "lake"), defenderPlan(f.t), f.options); err != nil {
		f.t.Fatal(err)
	}
	if f.reader, err = f.journal.Reader("lake"); err != nil {
		f.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- f.lake.Run(ctx, f.reader) }()
	f.stop = func() {
		cancel()
		if err := <-done; err != nil {
			f.t.Error(err)
		}
	}
}

func (f *fixture) close() {
	f.t.Helper()
	if f.stop == nil {
		return
	}
	f.stop()
	f.stop = nil
	if err := errors.Join(f.lake.Close(), f.journal.Close()); err != nil {
		f.t.Error(err)
	}
}

func (f *fixture) reopen() { f.close(); f.open() }

var sequence int64

// keep appends records as an intake does, and waits until the lake has them.
func (f *fixture) keep(records ...string) {
	f.t.Helper()
	sequence++
	m := journal.Message{Hub: "hub", Partition: "0", Position: journal.Position{Sequence: sequence, Enqueued: testOrigin.Enqueued}, Read: time.Now(), Records: len(records)}
	for i, raw := range records {
		e := journal.Entry{Index: i, ID: parse(f.t, raw).ID, Data: []byte(raw)}
		if f.matches != nil {
			e.Matches = f.matches(e.ID)
		}
		m.Entries = append(m.Entries, e)
	}
	want := f.lake.Stats().Events + int64(len(records))
	if err := f.journal.Append(f.t.Context(), journal.Batch{Intake: "defender", Messages: []journal.Message{m}}); err != nil {
		f.t.Fatal(err)
	}
	f.wait(want)
}

func (f *fixture) wait(events int64) {
	f.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); f.lake.Stats().Events < events; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.t.Fatalf("the lake has %d events, want %d", f.lake.Stats().Events, events)
		}
	}
}

// settle waits until nothing is in memory any more.
func (f *fixture) settle() {
	f.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); f.lake.Stats().HeadEvents > 0; time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			f.t.Fatalf("%d events are still in memory", f.lake.Stats().HeadEvents)
		}
	}
}

// mergeAll does all upkeep that there is to do.
func (f *fixture) mergeAll() {
	f.t.Helper()
	for worked := true; worked; {
		var err error
		if worked, err = f.lake.upkeepOnce(f.t.Context()); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f *fixture) count(table string) int {
	f.t.Helper()
	v := f.lake.view([]string{table}, time.UnixMicro(0), time.Now().Add(time.Hour), nil)
	defer v.release()
	if v.tables[table] == nil {
		return 0
	}
	n := 0
	if err := f.lake.engine.db.QueryRow("SELECT count(DISTINCT penstock_id) FROM " + v.tables[table].all(f.lake.dir)).Scan(&n); err != nil {
		f.t.Fatal(err)
	}
	return n
}

func (f *fixture) files(pattern string) []string {
	f.t.Helper()
	files, err := filepath.Glob(filepath.Join(f.dir, "lake", pattern))
	if err != nil {
		f.t.Fatal(err)
	}
	return files
}

func testRecord(n int) string {
	at := time.Date(2026, 11, 22+n%2, 10, 0, n%60, n*1000, time.UTC).Format("2006-01-02T15:04:05.0000000Z")
	return fmt.Sprintf(`{"time":%q,"tenantId":"t","operationName":"Publish","category":"AdvancedHunting-DeviceProcessEvents","properties":{"Timestamp":%q,"DeviceId":"d%d","DeviceName":"ws-%d","FileName":"f%d.exe","ProcessId":%d,"Novel":"word%d"},"Tenant":"DefaultTenant"}`,
		at, at, n%7, n%7, n, n, n)
}

func testRecords(from, to int) (list []string) {
	for n := from; n < to; n++ {
		list = append(list, testRecord(n))
	}
	return list
}

func (f *fixture) wantEvent(raw string) {
	f.t.Helper()
	id := parse(f.t, raw).ID
	got, err := f.lake.Event(f.t.Context(), id)
	if err != nil {
		f.t.Errorf("%s: %v", raw, err)
		return
	}
	if string(got.Record) != raw || got.ID != id {
		f.t.Errorf("event %s is\n%s, want\n%s", id, got.Record, raw)
	}
	if !strings.Contains(string(got.Document), `"intake":"defender"`) {
		f.t.Errorf("document %s", got.Document)
	}
}

func TestEventsAreSearchableAtOnceAndStayWhenFlushedAndReopened(t *testing.T) {
	f := newFixture(t, Options{})
	f.keep(testRecords(0, 50)...)
	if n := f.count("DeviceProcessEvents"); n != 50 {
		t.Errorf("%d events in memory are found, want 50", n)
	}
	f.wantEvent(testRecord(17))
	f.reopen() // nothing was flushed: the journal has it
	f.wait(50)
	f.wantEvent(testRecord(18))
	f.close()
	f.options.FlushRows = 40
	f.open()
	f.keep(testRecords(50, 130)...)
	f.settle()
	if n := f.count("DeviceProcessEvents"); n != 130 {
		t.Errorf("%d events are found after the flush, want 130", n)
	}
	f.reopen()
	if n := f.count("DeviceProcessEvents"); n != 130 {
		t.Errorf("%d events are found after reopening, want 130", n)
	}
	f.wantEvent(testRecord(3))
	f.wantEvent(testRecord(129))
	if _, err := f.lake.Event(t.Context(), record.ID{1}); !errors.Is(err, ErrNotFound) {
		t.Errorf("an id that is not there gives %v", err)
	}
}

func TestRecordsOfAllKindsComeBackFromSegmentsByteForByte(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 1})
	records := []string{
		`{"category":"AdvancedHunting-NeverHeardOf","time":"2026-11-23T10:00:00Z","properties":{"A":1,"B":{"c":[null,"\u0000"]}}}`,
		`{"category":"something else","properties":17}`,
		`{"note":"no category, no properties"}`,
		`{"category":"AdvancedHunting-DeviceEvents","properties":{"DeviceName":"é\u00e9","ProcessId":"x","Timestamp":"never"}}`,
	}
	f.keep(records...)
	f.settle()
	for _, raw := range records {
		f.wantEvent(raw)
	}
}

func TestConformanceRecordsComeBackFromSegmentsByteForByte(t *testing.T) {
	records := conformanceRecords(t)
	f := newFixture(t, Options{FlushRows: 1})
	f.keep(records...)
	f.settle()
	for _, raw := range records {
		f.wantEvent(raw)
	}
}

func TestMergingKeepsEveryRecordOnce(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 1, DeleteGrace: time.Nanosecond})
	const events = compactCount * 20
	for i := range compactCount {
		f.keep(testRecords(i*20, i*20+20)...)
		f.settle()
	}
	f.keep(testRecords(0, 20)...) // slipped in a second time
	f.settle()
	before := f.lake.Stats()
	f.mergeAll()
	after := f.lake.Stats()
	if after.Segments >= before.Segments || after.Segments != 2 {
		t.Errorf("%d segments were merged to %d, want one a day", before.Segments, after.Segments)
	}
	if n := f.count("DeviceProcessEvents"); n != events || after.Events != events {
		t.Errorf("%d events are found and %d counted, want %d", n, after.Events, events)
	}
	if files := f.files("table=*/day=*/*.parquet"); len(files) != 2 {
		t.Errorf("files %v are left, want one a day", files)
	}
	f.reopen()
	for n := range events {
		f.wantEvent(testRecord(n))
	}
}

func TestFilesThatTheCatalogueDoesNotKnowAreDeletedAtStart(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 1})
	f.keep(testRecords(0, 4)...)
	f.settle()
	f.close()
	orphan := filepath.Join(f.dir, "lake", "table=DeviceProcessEvents", "day=2026-11-22", "000000000999.parquet")
	if err := os.WriteFile(orphan, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	f.open()
	if _, err := os.Stat(orphan); err == nil {
		t.Error("the remains of a crash are still there")
	}
	if n := f.count("DeviceProcessEvents"); n != 4 {
		t.Errorf("%d events are found, want 4", n)
	}
}

func TestRetentionDropsWholeSegmentsOldestFirst(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 1, DeleteGrace: time.Nanosecond})
	f.keep(testRecords(0, 10)...) // half on the 22nd, half on the 23rd
	f.settle()
	retention, now := Retention{MaxAge: 24 * time.Hour}, time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)
	if d := f.lake.Drops(retention, now); d.Events != 5 || d.Left != 5 || d.Segments == 0 || d.Bytes == 0 || d.Oldest.Day() != 23 {
		t.Errorf("it would drop %+v, want the 5 of the first day", d)
	}
	f.lake.Keep(retention)
	if err := f.lake.retain(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	if n := f.count("DeviceProcessEvents"); n != 5 {
		t.Errorf("%d events are left, want the 5 of the second day", n)
	}
	if d := f.lake.Drops(Retention{}, now); d.Segments != 0 || d.Left != 5 {
		t.Errorf("one that keeps everything would drop %+v", d)
	}
	f.lake.Keep(Retention{MaxBytes: 1})
	if err := f.lake.retain(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	f.lake.bury(time.Now().Add(time.Second))
	if files := f.files("table=*/day=*/*"); len(files) != 0 {
		t.Errorf("files %v are left of a lake that may have one byte", files)
	}
}

func TestWhatAQueryReadsStaysUntilItIsDone(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 1, DeleteGrace: time.Nanosecond})
	for i := range compactCount {
		f.keep(testRecords(i*4, i*4+4)...)
		f.settle()
	}
	v := f.lake.view(nil, time.UnixMicro(0), time.Now().Add(time.Hour), nil)
	from := v.tables["DeviceProcessEvents"].all(f.lake.dir)
	f.mergeAll()
	f.lake.Keep(Retention{MaxBytes: 1})
	if err := f.lake.retain(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	f.lake.bury(time.Now().Add(time.Hour))
	n := 0
	if err := f.lake.engine.db.QueryRow("SELECT count(penstock_extra) FROM " + from).Scan(&n); err != nil || n != 4*compactCount {
		t.Errorf("%d events were read, want %d: %v", n, 4*compactCount, err)
	}
	v.release()
	f.lake.bury(time.Now().Add(time.Hour))
	if files := f.files("table=*/day=*/*"); len(files) != 0 {
		t.Errorf("files %v are left once nobody reads them", files)
	}
}

func TestBlocksThatAreReadAgainAfterAKillCountOnce(t *testing.T) {
	f := newFixture(t, Options{})
	f.keep(testRecords(0, 30)...)
	// A kill between the catalogue's commit and the journal's: the journal would give the block again.
	f.stop()
	cursor, err := f.lake.catalogue.cursor(t.Context())
	if err != nil || cursor != 0 {
		t.Fatalf("cursor %v, %v, want the beginning", cursor, err)
	}
	in := &ingest{lake: f.lake, reader: f.reader, cursor: f.journal.End()}
	if err := in.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := in.wait(); err != nil {
		t.Fatal(err)
	}
	if f.reader, err = f.journal.Reader("lake"); err != nil {
		t.Fatal(err)
	}
	f.reader.Seek(0)
	if err := f.reader.Commit(0); err != nil {
		t.Fatal(err)
	}
	f.stop = func() {}
	f.reopen()
	f.keep(testRecord(30))
	if n := f.lake.Stats().Events; n != 31 {
		t.Errorf("the lake has %d events, want 31", n)
	}
}

func TestAnEndedContextEndsAQuery(t *testing.T) {
	f := newFixture(t, Options{})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	var n int
	err := f.lake.engine.db.QueryRowContext(ctx, "SELECT count(*) FROM range(1000000000) a(x), range(1000000000) b(y) WHERE x % 7 = y % 3").Scan(&n)
	if err == nil || ctx.Err() == nil {
		t.Errorf("the query ended with %v while the context ended with %v", err, ctx.Err())
	}
	if err := f.lake.engine.db.QueryRow("SELECT 1").Scan(&n); err != nil || n != 1 {
		t.Errorf("after it the engine answers %d, %v", n, err)
	}
}
