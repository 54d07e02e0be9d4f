package lake

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"penstock/journal"
	"penstock/record"
	"penstock/search"
	"penstock/simulate"
)

// blocks are records of a simulated tenant as a journal holds them, a thousand in each block.
func blocks(t testing.TB, records int) (list []journal.Block, raw int64) {
	t.Helper()
	tenant, err := simulate.New(simulate.Config{Seed: 1, Rate: 1000, Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), Repeats: -1})
	if err != nil {
		t.Fatal(err)
	}
	var parser record.Parser
	var rec record.Record
	for n := 0; n < records; n += 1000 {
		m := journal.Message{Hub: "hub", Partition: "0"}
		for i := range min(1000, records-n) {
			data, meta := tenant.Append(nil)
			if err := parser.Parse(data, &rec); err != nil {
				t.Fatal(err)
			}
			m.Position = journal.Position{Sequence: int64(n), Enqueued: meta.Time}
			m.Read = meta.Time.Add(50 * time.Millisecond)
			m.Entries = append(m.Entries, journal.Entry{Index: i, ID: rec.ID, Table: rec.Table, Data: data})
			raw += int64(len(data))
		}
		list = append(list, journal.Block{Cursor: journal.Cursor(n + 1), Batches: []journal.Batch{{Intake: "defender", Messages: []journal.Message{m}}}})
	}
	return list, raw
}

// BenchmarkLake takes 200,000 records into the lake in as many flushes as make a merge, and merges them: the processor's time for each (of all
// threads, waiting left out), and the disk that it needs in the end, indexes included.
func BenchmarkLake(b *testing.B) {
	const records = 200_000
	list, raw := blocks(b, records)
	for b.Loop() {
		b.StopTimer()
		f := newFixture(b, Options{})
		f.stop()
		b.StartTimer()
		started := processorTime(b)
		in := &ingest{lake: f.lake, reader: f.reader, flushed: time.Now()}
		for i, block := range list {
			in.take(block)
			if (i+1)%(len(list)/compactCount) == 0 {
				if err := in.flush(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := in.wait(); err != nil {
			b.Fatal(err)
		}
		ingested, flushed := processorTime(b), f.lake.Stats()
		f.mergeAll()
		merged, stats := processorTime(b), f.lake.Stats()
		if stats.Events < records*99/100 {
			b.Fatalf("%d events are in the lake", stats.Events)
		}
		b.ReportMetric(float64((ingested-started).Microseconds())/records, "µs-ingest/event")
		b.ReportMetric(float64((merged-ingested).Microseconds())/records, "µs-merge/event")
		b.ReportMetric(float64(flushed.Bytes)/records, "B-flushed/event")
		b.ReportMetric(float64(stats.Bytes)/records, "B/event")
		b.ReportMetric(float64(raw)/float64(stats.Bytes), "raw/disk")
		b.StopTimer()
		f.stop = func() {}
		f.close()
		b.StartTimer()
	}
}

// processorTime is what this process has used.
func processorTime(t testing.TB) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchmarkSearch asks a lake of simulated records, or the one in the folder that PENSTOCK_BENCH_LAKE names, what people ask.
func BenchmarkSearch(b *testing.B) {
	l := benchLake(b)
	low, high := int64(math.MaxInt64), int64(0)
	for _, s := range l.segments {
		low, high = min(low, s.Min), max(high, s.Max)
	}
	from, to := time.UnixMicro(low), time.UnixMicro(high+1)
	hash, host := sampleValues(b, l, from, to)
	day := to.Add(-24 * time.Hour)
	ask := func(query string) *search.Query {
		q, err := search.ParseWith(query, l.plan.Field)
		if err != nil {
			b.Fatal(err)
		}
		return q
	}
	events := func(query string, from time.Time) func() error {
		return func() error {
			_, err := l.Search(b.Context(), search.Request{Query: ask(query), From: from, To: to, Limit: 100})
			return err
		}
	}
	stats := l.Stats()
	b.Logf("%d events in %d segments, %s to %s", stats.Events, stats.Segments, from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
	for _, c := range []struct {
		name string
		ask  func() error
	}{
		{"newest100OfAnHour", events("", to.Add(-time.Hour))},
		{"newest100OfAHost", events("host.name: "+host, from)},
		{"hashAmongAll", events("file.hash.sha256: "+hash, from)},
		{"wordAmongAll", events(hash, from)},
		{"substringOfCommandLinesOfADay", events("process.command_line: *n0where*", day)},
		{"countOfAll", func() error {
			_, err := l.Count(b.Context(), search.Request{Query: ask(""), From: from, To: to})
			return err
		}},
		{"histogramOfADay", func() error {
			_, err := l.Histogram(b.Context(), search.HistogramRequest{Query: ask(""), From: day, To: to, Interval: 30 * time.Minute})
			return err
		}},
		{"topProcessesOfADay", func() error {
			_, err := l.Top(b.Context(), search.TopRequest{Query: ask(""), From: day, To: to, Field: "process.name"})
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if err := c.ask(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchLake opens the lake that is named, or fills one.
func benchLake(b *testing.B) *Lake {
	dir := os.Getenv("PENSTOCK_BENCH_LAKE")
	if dir == "" {
		f := newFixture(b, Options{})
		f.stop()
		list, _ := blocks(b, 200_000)
		in := &ingest{lake: f.lake, reader: f.reader, flushed: time.Now()}
		for _, block := range list {
			in.take(block)
		}
		if err := errors.Join(in.flush(b.Context()), in.wait()); err != nil {
			b.Fatal(err)
		}
		f.mergeAll()
		f.stop = func() {}
		return f.lake
	}
	l, err := Open(b.Context(), dir, defenderPlan(b), Options{MemoryBytes: 512 << 20, Threads: runtime.NumCPU()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := l.Close(); err != nil {
			b.Error(err)
		}
	})
	return l
}

// sampleValues are a hash and a host that occur.
func sampleValues(b *testing.B, l *Lake, from, to time.Time) (hash, host string) {
	q, err := search.ParseWith("file.hash.sha256: * and host.name: *", l.plan.Field)
	if err != nil {
		b.Fatal(err)
	}
	page, err := l.Search(b.Context(), search.Request{Query: q, From: from, To: to, Limit: 1})
	if err != nil || len(page.Hits) == 0 {
		b.Fatalf("no event has a hash and a host: %v", err)
	}
	var doc struct {
		File struct{ Hash struct{ SHA256 string } }
		Host struct{ Name string }
	}
	if err := json.Unmarshal(page.Hits[0].Document, &doc); err != nil {
		b.Fatal(err)
	}
	return doc.File.Hash.SHA256, doc.Host.Name
}

// BenchmarkScan reads every event of a lake of simulated records, or of the one in the folder that PENSTOCK_BENCH_LAKE names: the
// records alone, and with the events that they are.
func BenchmarkScan(b *testing.B) {
	l := benchLake(b)
	for _, c := range []struct {
		name      string
		normalise bool
	}{{"records", false}, {"events", true}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			started, events := processorTime(b), int64(0)
			for b.Loop() {
				r := search.ScanRequest{From: longAgo, To: farAhead, Normalise: c.normalise}
				summary, err := l.Scan(b.Context(), r, func() search.Visitor {
					return func(*search.Scanned) error { return nil }
				})
				if err != nil || summary.Unreadable > 0 {
					b.Fatalf("%+v, %v", summary, err)
				}
				events += summary.Events
			}
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64((processorTime(b)-started).Microseconds())/float64(events), "µs/event")
		})
	}
}
