package journal

import (
	"context"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"penstock/record"
)

func openWindow(t testing.TB, j *Journal, dir string, o WindowOptions) *Window {
	t.Helper()
	w, err := OpenWindow(t.Context(), j, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

func randomID(r *rand.Rand) record.ID {
	var id record.ID
	binary.LittleEndian.PutUint64(id[:], r.Uint64())
	binary.LittleEndian.PutUint64(id[8:], r.Uint64())
	return id
}

// keep appends the ids that are new, as an intake does, and gives those.
func keep(t testing.TB, j *Journal, w *Window, ids []record.ID) []record.ID {
	t.Helper()
	c, err := w.Begin(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	var fresh []record.ID
	m := Message{Hub: "h", Partition: "0"}
	for i, id := range ids {
		if !c.Seen(i) {
			fresh = append(fresh, id)
			m.Entries = append(m.Entries, Entry{ID: id, Index: i, Data: []byte("{}")})
		}
	}
	if err := j.Append(t.Context(), Batch{Intake: "test", Messages: []Message{m}}); err != nil {
		t.Fatal(err)
	}
	if err := c.Commit(); err != nil {
		t.Fatal(err)
	}
	return fresh
}

func TestTheWindowKnowsWhatAMapKnowsAcrossRunsAndCrashes(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	dir, windowDir := t.TempDir(), t.TempDir()
	o := WindowOptions{RecentIDs: 700, FilterBytes: 4000}
	j := open(t, dir, Options{SegmentBytes: 20 << 10})
	w := openWindow(t, j, windowDir, o)
	known := map[record.ID]bool{}
	var all []record.ID
	for round := range 60 {
		var ids []record.ID
		want := 0
		in := map[record.ID]bool{}
		for range 100 {
			id := randomID(random)
			if len(all) > 0 && random.IntN(3) == 0 {
				id = all[random.IntN(len(all))]
			}
			if random.IntN(10) == 0 && len(ids) > 0 {
				id = ids[random.IntN(len(ids))]
			}
			if !known[id] && !in[id] {
				want++
			}
			in[id] = true
			ids = append(ids, id)
		}
		fresh := keep(t, j, w, ids)
		if len(fresh) != want {
			t.Fatalf("round %d: %d ids are taken for new, want %d", round, len(fresh), want)
		}
		for _, id := range fresh {
			if known[id] {
				t.Fatalf("round %d: %s is taken for new a second time", round, id)
			}
			known[id] = true
			all = append(all, id)
		}
		if round%13 == 12 { // a crash: nothing is closed in order
			j.Close()
			j = open(t, dir, Options{SegmentBytes: 20 << 10})
			w = openWindow(t, j, windowDir, o)
		}
	}
	if len(w.runs) < 3 {
		t.Errorf("the test has seen %d runs only", len(w.runs))
	}
}

func TestIdsOfABatchThatWasNotAppendedAreStillNew(t *testing.T) {
	j := open(t, t.TempDir(), Options{})
	w := openWindow(t, j, t.TempDir(), WindowOptions{})
	ids := []record.ID{{1}, {2}}
	c, err := w.Begin(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := w.Begin(ctx, ids[1:]); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a batch with an id under way did not wait: %v", err)
	}
	c.Abort()
	if fresh := keep(t, j, w, ids); len(fresh) != 2 {
		t.Errorf("%d of 2 ids are new after the append that failed", len(fresh))
	}
	if fresh := keep(t, j, w, ids); len(fresh) != 0 {
		t.Errorf("%d of 2 ids are new after the append", len(fresh))
	}
}

func TestAnIdIsKeptOnceByBatchesAtTheSameTime(t *testing.T) {
	j := open(t, t.TempDir(), Options{})
	w := openWindow(t, j, t.TempDir(), WindowOptions{RecentIDs: 50})
	var kept atomic.Int64
	var group sync.WaitGroup
	for worker := range 6 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(uint64(worker), 0))
			for range 40 {
				var ids []record.ID
				for range 10 {
					ids = append(ids, record.ID{byte(random.IntN(200)), 7})
				}
				kept.Add(int64(len(keep(t, j, w, ids))))
			}
		})
	}
	group.Wait()
	if kept.Load() != 200 {
		t.Errorf("%d ids were kept, want each of 200 once", kept.Load())
	}
}

func TestIdsOlderThanTheWindowAreForgottenWithTheirRuns(t *testing.T) {
	j := open(t, t.TempDir(), Options{})
	w := openWindow(t, j, t.TempDir(), WindowOptions{RecentIDs: 2, Span: 50 * time.Millisecond})
	keep(t, j, w, []record.ID{{1}, {2}})
	time.Sleep(80 * time.Millisecond)
	keep(t, j, w, []record.ID{{3}, {4}})
	keep(t, j, w, []record.ID{{5}, {6}})
	if fresh := keep(t, j, w, []record.ID{{1}}); len(fresh) != 1 {
		t.Error("an id is remembered for longer than the window's span")
	}
}

func BenchmarkWindow(b *testing.B) {
	j := open(b, b.TempDir(), Options{})
	w := openWindow(b, j, b.TempDir(), WindowOptions{})
	random := rand.New(rand.NewPCG(3, 4))
	ids := make([]record.ID, 1000)
	b.ReportAllocs()
	for b.Loop() {
		for i := range ids {
			ids[i] = randomID(random)
		}
		c, err := w.Begin(b.Context(), ids)
		if err != nil {
			b.Fatal(err)
		}
		if err := c.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "ids/s")
}
