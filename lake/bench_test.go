package lake

import (
	"syscall"
	"testing"
	"time"

	"penstock/journal"
	"penstock/record"
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
