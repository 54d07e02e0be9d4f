package lake

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/record"
	"penstock/search"
)

// scanned is a copy of what a visitor got.
type scanned struct {
	raw     string
	columns string
	rules   string
	intake  string
	time    time.Time
	doc     string
}

// scan collects what a scan visits, and how often.
func (f *fixture) scan(r search.ScanRequest) (found map[record.ID][]scanned, summary search.ScanSummary) {
	f.t.Helper()
	if r.To.IsZero() {
		r.From, r.To = longAgo, farAhead
	}
	var mu sync.Mutex
	found = map[record.ID][]scanned{}
	summary, err := f.lake.Scan(f.t.Context(), r, func() search.Visitor {
		return func(s *search.Scanned) error {
			mu.Lock()
			defer mu.Unlock()
			one := scanned{raw: string(s.Record.Raw), columns: members(s.Record.Columns), rules: s.Rules, intake: s.Intake, time: s.Time}
			if s.Event != nil {
				one.doc = string(s.Event.AppendJSON(nil))
			}
			found[s.Record.ID] = append(found[s.Record.ID], one)
			return nil
		}
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return found, summary
}

func members(list []record.Member) string {
	var b strings.Builder
	for _, m := range list {
		fmt.Fprintf(&b, "%q %t %q %d %t\n", m.Key, m.KeyEscaped, m.Value, m.Kind, m.Escaped)
	}
	return b.String()
}

func TestAScanGivesEveryRecordAsItCame(t *testing.T) {
	records := distinct(t, append(mixedRecords(t), conformance()...))
	odd := `{"category":"AdvancedHunting-DeviceEvents","properties":{"DeviceName":"\ud83d"},"time" : 1e5 ,"x":"\/"}`
	for _, keep := range []bool{false, true} {
		f := newFixture(t, Options{KeepOriginal: keep, FlushRows: 1})
		f.matches = someRules
		half := len(records) / 2
		f.keep(append(records[:half:half], odd)...)
		f.settle()
		f.close()
		f.options.FlushRows = 1 << 20 // the rest stays in memory
		f.open()
		f.keep(records[half:]...)
		if s := f.lake.Stats(); s.Segments == 0 || s.HeadEvents == 0 {
			t.Fatalf("%+v", s)
		}
		found, summary := f.scan(search.ScanRequest{Normalise: true})
		if summary.Events != int64(len(records)+1) || len(found) != len(records)+1 || summary.Unreadable != 0 {
			t.Errorf("%+v, %d events; want %d", summary, len(found), len(records)+1)
		}
		for _, raw := range append(slices.Clone(records), odd) {
			rec := parse(t, raw)
			stored, err := f.lake.Event(t.Context(), rec.ID)
			if err != nil {
				t.Fatal(err)
			}
			got := found[rec.ID]
			if len(got) != 1 {
				t.Errorf("visited %d times: %s", len(got), raw)
				continue
			}
			var ev ecs.Event
			f.lake.plan.Normalize(&ev, rec, stored.Origin.Read)
			want := scanned{raw, members(rec.Columns), strings.Join(someRules(rec.ID), ","), "defender", stored.Clocks.Event, string(ev.AppendJSON(nil))}
			if got[0] != want || got[0].raw != string(stored.Record) {
				t.Errorf("a scan gives\n%+v, want\n%+v", got[0], want)
			}
		}
		f.close()
	}
}

func TestAScanReadsWhatItIsAskedFor(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 40})
	f.matches = someRules
	f.keep(mixedRecords(t)...)
	f.keep(testRecords(30, 100)...)
	everything, _ := f.scan(search.ScanRequest{})
	day := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		request search.ScanRequest
		holds   func(*record.Record, scanned) bool
	}{
		"a day": {search.ScanRequest{From: day, To: day.AddDate(0, 0, 1)}, func(_ *record.Record, s scanned) bool {
			return !s.time.Before(day) && s.time.Before(day.AddDate(0, 0, 1))
		}},
		"a moment": {search.ScanRequest{From: day.Add(10 * time.Hour), To: day.Add(10*time.Hour + time.Microsecond)}, func(_ *record.Record, s scanned) bool {
			return s.time.Equal(day.Add(10 * time.Hour))
		}},
		"tables": {search.ScanRequest{Tables: []string{"EMAILEVENTS", "SomethingNew", "Nothing"}}, func(r *record.Record, _ scanned) bool {
			return r.Table == "EmailEvents" || r.Table == "SomethingNew"
		}},
		"a query": {search.ScanRequest{Query: query(t, "host.name: ws-1"), Workers: 3}, func(r *record.Record, _ scanned) bool {
			return strings.Contains(string(r.Raw), `"ws-1"`)
		}},
		"a query about an event's way": {search.ScanRequest{Query: query(t, "penstock.rules: rule and penstock.hub: hub"), Normalise: true}, func(_ *record.Record, s scanned) bool {
			return slices.Contains(strings.Split(s.rules, ","), "rule")
		}},
		"a query that no table answers": {search.ScanRequest{Query: query(t, "penstock.table: none")}, func(*record.Record, scanned) bool { return false }},
	} {
		found, summary := f.scan(c.request)
		want := map[record.ID]bool{}
		for id, s := range everything {
			if c.holds(parse(t, s[0].raw), s[0]) {
				want[id] = true
			}
		}
		if len(found) != len(want) || summary.Events != int64(len(want)) || !maps.EqualFunc(found, want, func(a []scanned, _ bool) bool { return len(a) == 1 }) {
			t.Errorf("%s: %d events, want %d", name, len(found), len(want))
		}
	}
}

func TestAScanSeesEachEventOnceWhileSegmentsComeAndGo(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 60, DeleteGrace: time.Nanosecond})
	const before = 400
	for n := 0; n < before; n += 50 {
		f.keep(testRecords(n, n+50)...)
	}
	var group sync.WaitGroup
	stop := make(chan struct{})
	group.Go(func() { // takes, flushes and merges while scans read
		for n := before; ; n += 20 {
			select {
			case <-stop:
				return
			default:
			}
			f.keep(testRecords(n, n+20)...)
			if _, err := f.lake.upkeepOnce(context.Background()); err != nil {
				t.Error(err)
			}
			f.lake.bury(time.Now())
		}
	})
	for range 6 {
		found, summary := f.scan(search.ScanRequest{})
		for id, s := range found {
			if len(s) != 1 {
				t.Errorf("%s is visited %d times", id, len(s))
			}
		}
		for n := range before {
			if found[parse(t, testRecord(n)).ID] == nil {
				t.Errorf("record %d is left out", n)
			}
		}
		if summary.Unreadable != 0 {
			t.Errorf("%+v", summary)
		}
	}
	close(stop)
	group.Wait()
	f.lake.mu.Lock()
	defer f.lake.mu.Unlock()
	for _, s := range f.lake.segments {
		if s.views != 0 {
			t.Errorf("segment %d is still held", s.ID)
		}
	}
}

func TestAScanTellsHowFarItIs(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 30})
	f.keep(testRecords(0, 100)...)
	f.keep(testRecords(100, 110)...)
	var last, calls int64
	f.scan(search.ScanRequest{Progress: func(done, total int64) {
		if total != 110 || done < last || calls == 0 && done != 0 {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
		calls++
	}})
	if last != 110 || calls < 4 {
		t.Errorf("it ended at %d, told in %d steps", last, calls)
	}
}

func TestAScanEndsWithItsContextOrItsVisitor(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 20})
	f.keep(testRecords(0, 100)...)
	f.settle()
	enough := errors.New("enough")
	var visits atomic.Int64
	_, err := f.lake.Scan(t.Context(), search.ScanRequest{From: longAgo, To: farAhead}, func() search.Visitor {
		return func(*search.Scanned) error { visits.Add(1); return enough }
	})
	if !errors.Is(err, enough) || visits.Load() > 8 {
		t.Errorf("%v after %d visits", err, visits.Load())
	}
	ctx, cancel := context.WithCancel(t.Context())
	visits.Store(0)
	_, err = f.lake.Scan(ctx, search.ScanRequest{From: longAgo, To: farAhead, Workers: 1}, func() search.Visitor {
		return func(*search.Scanned) error { visits.Add(1); cancel(); return nil }
	})
	if !errors.Is(err, context.Canceled) || visits.Load() == 100 {
		t.Errorf("%v after %d visits", err, visits.Load())
	}
	if d, err := f.lake.Damaged(t.Context()); len(d) != 0 || err != nil {
		t.Errorf("set aside: %v, %v", d, err)
	}
	for _, s := range f.lake.segments {
		if s.views != 0 {
			t.Errorf("segment %d is still held", s.ID)
		}
	}
}

func TestAScanCountsWhatDamageTook(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 50})
	f.keep(testRecords(0, 100)...)
	f.settle()
	files := f.files("table=*/day=*/*.parquet")
	b, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)/3] ^= 0x55
	if err := os.WriteFile(files[0], b, 0o600); err != nil {
		t.Fatal(err)
	}
	found, summary := f.scan(search.ScanRequest{})
	if summary.Unreadable == 0 || summary.Events+summary.Unreadable != 100 || int64(len(found)) != summary.Events {
		t.Errorf("%+v, %d events", summary, len(found))
	}
	if aside, _ := filepath.Glob(filepath.Join(f.dir, "lake/damaged/*.parquet")); len(aside) != 1 {
		t.Errorf("set aside: %q", aside)
	}
}
