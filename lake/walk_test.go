package lake

import (
	"errors"
	"io"
	"os"
	"slices"
	"testing"
	"time"

	"penstock/search"
)

// everything pages through a search.
func (f *fixture) everything(r search.Request) (list []search.Hit) {
	f.t.Helper()
	for r.Limit = 7; ; {
		page, err := f.lake.Search(f.t.Context(), r)
		if err != nil {
			f.t.Fatal(err)
		}
		list = append(list, page.Hits...)
		if r.After = page.Next; r.After == "" {
			return list
		}
	}
}

// walked copies what a walk visits.
func (f *fixture) walked(r search.Request) (list []search.Hit) {
	f.t.Helper()
	sum, err := f.lake.Walk(f.t.Context(), r, func(h search.Hit) error {
		h.Document, h.Sentence.Text = slices.Clone(h.Document), slices.Clone(h.Sentence.Text)
		list = append(list, h)
		return nil
	})
	if err != nil || sum.Events != int64(len(list)) || sum.Unreadable != 0 {
		f.t.Fatalf("%+v of %d events, %v", sum, len(list), err)
	}
	return list
}

func TestAWalkVisitsWhatASearchFindsInTheSameOrder(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 50})
	f.keep(testRecords(0, 200)...)
	f.settle()
	f.keep(testRecords(200, 260)...) // they stay in memory
	for _, query := range []string{"", "host.name: ws-1*", "penstock.table: DeviceProcessEvents and not host.name: ws-2*", "host.name: nobody"} {
		q, err := search.Parse(query)
		if err != nil {
			t.Fatal(err)
		}
		r := search.Request{Query: q, From: longAgo, To: farAhead}
		want, got := f.everything(r), f.walked(r)
		if len(got) != len(want) {
			t.Errorf("%q: %d events are visited, %d are found", query, len(got), len(want))
			continue
		}
		for i := range want {
			w, g := want[i], got[i]
			if w.ID != g.ID || w.Table != g.Table || !w.Time.Equal(g.Time) || string(w.Document) != string(g.Document) || string(w.Sentence.Text) != string(g.Sentence.Text) {
				t.Errorf("%q: event %d is %s %s %s\n%s, want %s %s %s\n%s", query, i, g.ID, g.Time, g.Sentence.Text, g.Document, w.ID, w.Time, w.Sentence.Text, w.Document)
				break
			}
		}
	}
}

func TestAWalkVisitsARecordThatIsThereTwiceOnce(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 50})
	f.keep(testRecords(0, 100)...)
	f.settle()
	f.keep(testRecords(60, 120)...)
	ids := func(list []search.Hit) (ids []string) {
		for _, h := range list {
			ids = append(ids, h.ID)
		}
		return ids
	}
	r := search.Request{From: longAgo, To: farAhead}
	if got, want := ids(f.walked(r)), ids(f.everything(r)); !slices.Equal(got, want) || len(got) != 120 {
		t.Errorf("%d events are visited, not the %d that are found", len(got), len(want))
	}
}

func TestAWalkGoesBackInPartsThatAreNeitherEmptyNorOverlap(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 50})
	f.keep(testRecords(0, 200)...)
	f.settle()
	seen, parts := 0, 0
	for to := farAhead; longAgo.Before(to); parts++ {
		from := f.lake.stretch(longAgo, to, 30)
		if !from.Before(to) {
			t.Fatalf("the part before %v begins at %v", to, from)
		}
		s, err := f.lake.spill(t.Context(), nil, from, to)
		if err != nil {
			t.Fatal(err)
		}
		if parts > 0 && len(s.events) == 0 {
			t.Errorf("there is nothing from %v to %v", from, to)
		}
		seen += len(s.events)
		s.close()
		to = f.lake.skipEmpty(longAgo, from)
	}
	if want := len(f.everything(search.Request{From: longAgo, To: farAhead})); seen != want || parts < 3 {
		t.Errorf("%d events in %d parts, want %d in several", seen, parts, want)
	}
}

func TestAWalkEndsWithItsVisitorAndLeavesNoFile(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 50})
	f.keep(testRecords(0, 100)...)
	f.settle()
	enough := errors.New("enough")
	n := 0
	_, err := f.lake.Walk(t.Context(), search.Request{From: longAgo, To: farAhead}, func(search.Hit) error {
		if n++; n == 5 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 5 {
		t.Errorf("%v after %d events", err, n)
	}
	if left, err := os.ReadDir(f.lake.dir + "/new"); err != nil || len(left) != 0 {
		t.Errorf("%v are left, %v", left, err)
	}
}

// BenchmarkWalk reads 200,000 events that are merged into segments, in order, as an export does, and makes a line of CSV of each.
func BenchmarkWalk(b *testing.B) {
	const records = 200_000
	list, _ := blocks(b, records)
	f := newFixture(b, Options{})
	f.stop()
	f.stop = func() {}
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
	f.mergeAll()
	r := search.Request{From: longAgo, To: farAhead}
	run := func(name string, read func(add func(search.Hit) error) error) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			n, started, took := 0, time.Now(), processorTime(b)
			for b.Loop() {
				out, err := search.NewRenderer(io.Discard, "csv", nil)
				if err != nil {
					b.Fatal(err)
				}
				if err := read(func(h search.Hit) error { n++; return out.Add(h) }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)/time.Since(started).Seconds(), "events/s")
			b.ReportMetric(float64((processorTime(b)-took).Microseconds())/float64(n), "µs-cpu/event")
		})
	}
	run("walk", func(add func(search.Hit) error) error {
		_, err := f.lake.Walk(b.Context(), r, add)
		return err
	})
	run("pages", func(add func(search.Hit) error) error {
		for r := (search.Request{From: longAgo, To: farAhead, Limit: maxLimit}); ; {
			page, err := f.lake.Search(b.Context(), r)
			if err != nil {
				return err
			}
			for _, h := range page.Hits {
				if err := add(h); err != nil {
					return err
				}
			}
			if r.After = page.Next; r.After == "" {
				return nil
			}
		}
	})
}
