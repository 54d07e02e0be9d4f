package hunt

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"penstock/format/defender"
	"penstock/journal"
	"penstock/lake"
	"penstock/record"
	"penstock/state"
)

// now is what every hunt of a test takes for this moment.
var now = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// field is hunts over a lake of their own.
type field struct {
	*Hunts
	t       testing.TB
	lake    *lake.Lake
	journal *journal.Journal
	db      *state.DB
	n       int64 // messages
	stored  int64 // events
}

func newField(t testing.TB, o Options) *field {
	t.Helper()
	return newFieldOf(t, o, 1000)
}

// newFieldOf is a field whose lake writes a segment after so many rows.
func newFieldOf(t testing.TB, o Options, rows int) *field {
	t.Helper()
	dir := t.TempDir()
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	tables, err := defender.HuntingTables()
	if err != nil {
		t.Fatal(err)
	}
	f := &field{t: t}
	if f.journal, err = journal.Open(filepath.Join(dir, "journal"), journal.Options{}); err != nil {
		t.Fatal(err)
	}
	if f.lake, err = lake.Open(t.Context(), filepath.Join(dir, "lake"), plan, lake.Options{FlushRows: rows, Threads: 1}); err != nil {
		t.Fatal(err)
	}
	reader, err := f.journal.Reader("lake")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	running := make(chan error, 1)
	go func() { running <- f.lake.Run(ctx, reader) }()
	if f.db, err = state.Open(t.Context(), filepath.Join(dir, "state.db")); err != nil {
		t.Fatal(err)
	}
	if o.Now == nil {
		o.Now = func() time.Time { return now }
	}
	limit(&o.Limits.Memory, 128<<20)
	o.State = f.db
	f.Hunts = New(f.lake, tables, o)
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-running, f.Close(), f.lake.Close(), f.journal.Close(), f.db.Close()); err != nil {
			t.Error(err)
		}
	})
	return f
}

// keep stores records of a table that came by an intake, each given by its properties in JSON, without the braces.
func (f *field) keep(intake, table string, properties ...string) {
	f.t.Helper()
	f.n++
	m := journal.Message{Hub: "hub", Partition: "0", Position: journal.Position{Sequence: f.n, Enqueued: now}, Read: now, Records: len(properties)}
	var parser record.Parser
	for i, p := range properties {
		raw := fmt.Sprintf(`{"time":"2026-11-26T11:59:00Z","tenantId":"t","category":"AdvancedHunting-%s","properties":{%s}}`, table, p)
		var rec record.Record
		if err := parser.Parse([]byte(raw), &rec); err != nil {
			f.t.Fatalf("%s: %v", raw, err)
		}
		m.Entries = append(m.Entries, journal.Entry{Index: i, ID: rec.ID, Table: table, Data: []byte(raw)})
	}
	if err := f.journal.Append(f.t.Context(), journal.Batch{Intake: intake, Messages: []journal.Message{m}}); err != nil {
		f.t.Fatal(err)
	}
	for f.stored += int64(len(properties)); f.lake.Stats().Events < f.stored; {
		time.Sleep(time.Millisecond)
	}
}

// process is the properties of a process event.
func process(at, device, file string) string {
	return fmt.Sprintf(`"Timestamp":%q,"DeviceId":%q,"DeviceName":%q,"FileName":%q,"ProcessCommandLine":"%s -run","ReportId":1`, at, device, device, file, file)
}

// table takes a result as texts: a line of columns, and a line a row.
type table struct {
	outline *Outline
	lines   []string
}

func (t *table) Begin(o *Outline) error {
	t.outline = o
	return nil
}

func (t *table) Row(values []any) error {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = Text(t.outline.Columns[i].Type, v)
	}
	t.lines = append(t.lines, strings.Join(texts, " | "))
	return nil
}

func (f *field) run(r Request) (*table, *Summary, error) {
	out := &table{}
	s, err := f.Run(f.t.Context(), r, out)
	return out, s, err
}

// want runs a query and expects rows, in whatever order.
func (f *field) want(r Request, rows ...string) {
	f.t.Helper()
	got, _, err := f.run(r)
	if err != nil {
		f.t.Errorf("%s: %v", r.Query, err)
		return
	}
	slices.Sort(got.lines)
	slices.Sort(rows)
	if !slices.Equal(got.lines, rows) {
		f.t.Errorf("%s\ngives %q,\nwant  %q", r.Query, got.lines, rows)
	}
}

func TestTheTimeRangeCountsUnlessTheQueryNamesATime(t *testing.T) {
	f := newField(t, Options{})
	f.keep("a", "DeviceProcessEvents",
		process("2026-11-26T10:00:00Z", "new", "a.exe"), process("2026-11-20T10:00:00Z", "old", "a.exe"), process("2026-01-01T10:00:00Z", "ancient", "a.exe"))
	hour := Request{From: now.Add(-3 * time.Hour), To: now}
	for query, want := range map[string]string{
		"DeviceProcessEvents | project DeviceName":                                                                                   "new",
		"DeviceProcessEvents | where Timestamp > ago(10d) | project DeviceName":                                                      "new old",
		"DeviceProcessEvents | where Timestamp between (datetime(2026-01-01) .. datetime(2026-01-02)) | project DeviceName":          "ancient",
		"let first = datetime(2026-01-01); DeviceProcessEvents | where Timestamp >= first | project DeviceName":                      "new old ancient",
		"search in (DeviceProcessEvents) 'exe' | project DeviceName":                                                                 "new",
		"DeviceProcessEvents | extend t = Timestamp | summarize by DeviceName":                                                       "new",
		"DeviceProcessEvents | where TimeGenerated > ago(10d) | project DeviceName":                                                  "new old",
		"DeviceProcessEvents | where DeviceName in (toscalar(DeviceProcessEvents | summarize max(DeviceName))) | project DeviceName": "new",
	} {
		r := hour
		r.Query = query
		f.want(r, strings.Fields(want)...)
	}
	f.want(Request{Query: "DeviceProcessEvents | project DeviceName"}, "new", "old") // 30 days
	c, err := f.Check(t.Context(), Request{Query: "DeviceProcessEvents | where Timestamp > ago(1d)"})
	if err != nil || !c.To.IsZero() || len(c.Reads) != 1 || !c.Reads[0].From.Equal(now.Add(-24*time.Hour)) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestIngestionTimeIsWhenARowArrived(t *testing.T) {
	f := newField(t, Options{})
	f.keep("a", "DeviceProcessEvents", process("2026-11-26T10:00:00Z", "d1", "a.exe"), process("2026-11-26T09:00:00Z", "d1", "b.exe"))
	f.keep("a", "DeviceNetworkEvents", `"Timestamp":"2026-11-26T10:00:00Z","DeviceId":"d1"`)
	arrived := now.Format("2006-01-02T15:04:05.0000000Z")
	for query, want := range map[string][]string{
		"DeviceProcessEvents | where FileName == 'a.exe' | project t = ingestion_time()":                                   {arrived},
		"DeviceProcessEvents | where FileName == 'a.exe' | project t = ingestion_time(), TimeGenerated":                    {arrived + " | 2026-11-26T10:00:00.0000000Z"},
		"let T = DeviceProcessEvents | where ingestion_time() > ago(1m); T | where FileName == 'a.exe' | project FileName": {"a.exe"},
		"DeviceProcessEvents | where ingestion_time() < ago(1m) | project FileName":                                        nil,
		"DeviceProcessEvents | summarize arg_max(ingestion_time(), *) by FileName | project FileName, Timestamp, DeviceId": {"a.exe | 2026-11-26T10:00:00.0000000Z | d1", "b.exe | 2026-11-26T09:00:00.0000000Z | d1"},
		"union DeviceProcessEvents, DeviceNetworkEvents | where isnotnull(ingestion_time()) | count":                       {"3"},
		"DeviceProcessEvents | extend t = ingestion_time() | distinct t":                                                   {arrived},
		"DeviceProcessEvents | where ingestion_time() > ago(1m) | project DeviceId | distinct *":                           {"d1"},
		"DeviceProcessEvents | join kind=inner DeviceNetworkEvents on DeviceId | where ingestion_time() > ago(1m) | count": {"2"},
	} {
		f.want(Request{Query: query}, want...)
	}
	plain, err := f.Check(t.Context(), Request{Query: "DeviceProcessEvents | take 1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		"DeviceProcessEvents | where ingestion_time() > ago(1m)", "DeviceProcessEvents | where ingestion_time() > ago(1m) | top 1 by FileName",
		"DeviceProcessEvents | where ingestion_time() > ago(1m) | getschema | project ColumnName",
	} {
		c, err := f.Check(t.Context(), Request{Query: query})
		if err != nil || len(c.Columns) != len(plain.Columns) && len(c.Columns) != 1 {
			t.Errorf("%s: %d columns, want %d; %v", query, len(c.Columns), len(plain.Columns), err)
		}
	}
}

func TestNobodySeesEventsOfOtherIntakes(t *testing.T) {
	f := newField(t, Options{})
	f.keep("mine", "DeviceProcessEvents", process("2026-11-26T10:00:00Z", "d1", "mine.exe"))
	f.keep("theirs", "DeviceProcessEvents", process("2026-11-26T10:00:00Z", "d1", "secret.exe"))
	f.keep("theirs", "DeviceNetworkEvents", `"Timestamp":"2026-11-26T10:00:00Z","DeviceId":"d1","RemoteUrl":"secret.example","RemoteIP":"10.0.0.1"`)
	f.keep("theirs", "Unheard", `"Secret":"secret"`)
	for _, query := range []string{
		"DeviceProcessEvents | project FileName",
		"DeviceProcessEvents | where FileName in ((DeviceProcessEvents | project FileName)) | project FileName",
		"DeviceProcessEvents | join kind=inner (DeviceProcessEvents | project DeviceId, Other = FileName) on DeviceId | project FileName, Other",
		"union DeviceProcessEvents, DeviceNetworkEvents | project FileName, RemoteUrl",
		"union withsource=T Device* | project T, FileName, RemoteUrl",
		"search 'secret' | project $table",
		"find where FileName has 'exe' project FileName",
		"print x = toscalar(DeviceProcessEvents | summarize make_set(FileName))",
		"let all = materialize(DeviceProcessEvents); all | union all | distinct FileName",
		"DeviceProcessEvents | summarize arg_max(FileName, *) by DeviceId | project FileName",
		"DeviceProcessEvents | lookup kind=leftouter DeviceNetworkEvents on DeviceId | project FileName, RemoteUrl",
		"range i from 1 to 1 step 1 | extend n = toscalar(DeviceNetworkEvents | summarize take_any(RemoteUrl))",
		"let f = (d: string) { DeviceProcessEvents | where DeviceId == d }; f('d1') | project FileName",
		"DeviceProcessEvents | partition by DeviceId (summarize make_list(FileName))",
		"DeviceProcessEvents | mv-apply x = pack_array(1) on (where x == 1) | project FileName",
		"DeviceProcessEvents | top-nested 5 of FileName by count()",
		"DeviceProcessEvents | make-series n = count() on Timestamp from ago(1d) to now() step 1h by FileName | project FileName",
		"DeviceProcessEvents | evaluate pivot(FileName) | project-away Timestamp",
		"DeviceProcessEvents | extend b = bag_pack(FileName, 1) | project b | evaluate bag_unpack(b)",
		"Unheard | take 10", "Unheard | project tostring(Record)", "union isfuzzy=true Unheard, DeviceNetworkEvents | count",
	} {
		got, _, err := f.run(Request{Query: query, Who: "bob", Intakes: []string{"mine"}})
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		names := []string{}
		for _, c := range got.outline.Columns {
			names = append(names, c.Name)
		}
		if all := strings.Join(append(got.lines, names...), "\n"); strings.Contains(all, "secret") {
			t.Errorf("%s shows what came by another intake: %s", query, all)
		}
	}
	f.want(Request{Query: "DeviceProcessEvents | project FileName"}, "mine.exe", "secret.exe")
	f.want(Request{Query: "DeviceNetworkEvents | count", Intakes: []string{"mine"}}, "0")
}

func TestAResultIsBounded(t *testing.T) {
	f := newField(t, Options{Limits: Limits{Rows: 50}})
	for name, c := range map[string]struct {
		query string
		rows  int
		want  int64
		cut   Cut
	}{
		"all of it":       {"range i from 1 to 3 step 1", 0, 3, Whole},
		"as many as are":  {"range i from 1 to 3 step 1", 3, 3, Whole},
		"by what is said": {"range i from 1 to 10 step 1", 3, 3, CutByRows},
		"by the limits":   {"range i from 1 to 100 step 1", 1000, 50, CutByRows},
		"by size":         {"range i from 1 to 50 step 1 | extend s = strrep(strrep('0123456789', 1000), 200)", 0, 33, CutByBytes},
	} {
		t.Run(name, func(t *testing.T) {
			_, s, err := f.run(Request{Query: c.query, Rows: c.rows, Limits: Limits{Memory: 1 << 30}})
			if err != nil || s.Rows != c.want || s.Cut != c.cut {
				t.Errorf("%+v, %v", s, err)
			}
		})
	}
}

// gate is a sink that waits with the outline.
type gate struct {
	table
	begun, open chan struct{}
}

func newGate() *gate { return &gate{begun: make(chan struct{}), open: make(chan struct{})} }

func (g *gate) Begin(o *Outline) error {
	close(g.begun)
	<-g.open
	return g.table.Begin(o)
}

func TestHuntsWaitForTheirTurnAndCanBeCancelled(t *testing.T) {
	f := newField(t, Options{Concurrent: 1, Waiting: 2, PerUser: 2})
	ctx := t.Context()
	first := newGate()
	ended := make(chan error, 3)
	start := func(who, id string, sink Sink) {
		go func() {
			_, err := f.Run(ctx, Request{Who: who, ID: id, Query: "print 1"}, sink)
			ended <- err
		}()
	}
	start("ada", "one", first)
	<-first.begun
	start("ada", "two", &table{})
	start("bob", "three", &table{})
	for len(f.UnderWay("ada"))+len(f.UnderWay("bob")) < 3 {
		time.Sleep(time.Millisecond)
	}
	if list := f.UnderWay("ada"); !list[0].Running || list[1].Running || list[1].ID != "two" {
		t.Errorf("%+v", list)
	}
	for name, c := range map[string]struct {
		r    Request
		want error
	}{
		"one too many of a user":   {Request{Who: "ada", Query: "print 1"}, ErrBusy},
		"one too many of all":      {Request{Who: "eve", Query: "print 1"}, ErrBusy},
		"the same id":              {Request{Who: "bob", ID: "three", Query: "print 1"}, ErrTaken},
		"a mistake is told before": {Request{Who: "eve", Query: "prin 1"}, nil},
	} {
		_, _, err := f.run(c.r)
		var query *QueryError
		if c.want == nil && !errors.As(err, &query) || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := f.Cancel("bob", "two"); !errors.Is(err, ErrNotFound) {
		t.Errorf("bob cancels ada's: %v", err)
	}
	for who, id := range map[string]string{"ada": "two", "bob": "three"} {
		if err := f.Cancel(who, id); err != nil {
			t.Error(err)
		}
		if err := <-ended; !errors.Is(err, ErrCancelled) {
			t.Errorf("the end of a hunt that was cancelled: %v", err)
		}
	}
	close(first.open)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if list := f.UnderWay("ada"); list != nil {
		t.Errorf("%+v are left", list)
	}
}

// endless is a query that takes longer than any test.
const endless = "range a from 1 to 9000000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 9000000 step 1 | extend k = 1) on k | summarize sum(a * b)"

func TestARunningHuntCanBeCancelled(t *testing.T) {
	f := newField(t, Options{})
	ended := make(chan error, 1)
	go func() {
		_, err := f.Run(t.Context(), Request{Who: "ada", ID: "long", Query: endless}, &table{})
		ended <- err
	}()
	for {
		if list := f.UnderWay("ada"); len(list) == 1 && list[0].Running {
			break
		}
		time.Sleep(time.Millisecond)
	}
	if err := f.Cancel("ada", "long"); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ErrCancelled) {
		t.Errorf("it ended with %v", err)
	}
	f.want(Request{Query: "print 1"}, "1")
}

func TestAHuntEndsWithItsTimeAndItsMemory(t *testing.T) {
	f := newField(t, Options{SpillBytes: 8 << 20})
	if _, _, err := f.run(Request{Query: endless, Timeout: 50 * time.Millisecond}); !errors.Is(err, ErrTimeout) {
		t.Errorf("too long: %v", err)
	}
	hungry := "range i from 1 to 5000000 step 1 | summarize l = make_list(strcat('a long text for each of them ', i)) | project array_length(l)"
	if _, _, err := f.run(Request{Query: hungry, Limits: Limits{Memory: 64 << 20}}); !errors.Is(err, ErrMemory) {
		t.Errorf("too large: %v", err)
	}
	if _, err := f.Run(contextThatHasEnded(t), Request{Query: "print 1"}, &table{}); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody waits: %v", err)
	}
	f.want(Request{Query: "print 1"}, "1")
}

func contextThatHasEnded(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestHuntsAreRemembered(t *testing.T) {
	f := newField(t, Options{})
	f.want(Request{Who: "ada", Query: "print 1"}, "1")
	f.want(Request{Who: "ada", Query: "print 2", Quiet: true}, "2")
	f.want(Request{Who: "bob", Query: "print 3"}, "3")
	if _, _, err := f.run(Request{Who: "ada", Query: endless, Timeout: time.Millisecond}); err == nil {
		t.Fatal("it ran through")
	}
	list, err := f.History(t.Context(), "ada", 0, 10)
	if err != nil || len(list) != 2 || list[1].Query != "print 1" || list[1].Rows != 1 || list[0].Outcome != Failed || list[0].Error == "" {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := f.Forget(t.Context(), "bob", list[0].Number); !errors.Is(err, ErrNotFound) {
		t.Errorf("bob forgets ada's: %v", err)
	}
	if err := f.Forget(t.Context(), "ada", list[0].Number); err != nil {
		t.Error(err)
	}
	if err := f.Forget(t.Context(), "ada", 0); err != nil {
		t.Error(err)
	}
	if list, err = f.History(t.Context(), "ada", 0, 10); err != nil || list != nil {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestMistakesHaveTheirPlace(t *testing.T) {
	f := newField(t, Options{})
	_, _, err := f.run(Request{Query: "let 😀a = 1;\nDeviceProcessEvents // 😀\n| where /* 😀 */ FileNam == 'x'"})
	var query *QueryError
	if !errors.As(err, &query) {
		t.Fatalf("%v", err)
	}
	_, _, err = f.run(Request{Query: "DeviceProcessEvents // 😀\n| where '😀' == FileNam"})
	if !errors.As(err, &query) {
		t.Fatalf("%v", err)
	}
	d := query.Diagnostics[0]
	if want := (Place{Start: 42, End: 49, Line: 2, Column: 16}); d.Place != want || !strings.Contains(d.Hint, "FileName") {
		t.Errorf("%+v, want %+v", d, want)
	}
	for name, r := range map[string]Request{
		"query": {Query: strings.Repeat("a", maxQuery+1)}, "from": {Query: "print 1", From: now, To: now.Add(-time.Hour)},
		"parameters": {Query: "print 1", Parameters: make([]Parameter, maxParameters+1)},
	} {
		var mistake *Mistake
		if _, _, err := f.run(r); !errors.As(err, &mistake) || mistake.Field != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}
