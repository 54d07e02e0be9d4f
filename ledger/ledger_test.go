package ledger

import (
	"context"
	"database/sql"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"penstock/journal"
	"penstock/source"
	"penstock/state/statetest"
)

var noon = time.Now().UTC().Truncate(24 * time.Hour).Add(-12 * time.Hour)

func openLedger(t testing.TB) *Ledger {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return New(db, Options{Registerer: prometheus.NewRegistry()})
}

// message has four records, one of each fate, and lies in the hub since noon and sequence seconds.
func message(sequence int64, read time.Time) journal.Message {
	return journal.Message{
		Hub: "h", Partition: "0", Read: read, Records: 4, Repeated: 1, Filtered: 1, Heartbeats: 1,
		Position: journal.Position{Sequence: sequence, Enqueued: noon.Add(time.Duration(sequence) * time.Second)},
		Entries:  []journal.Entry{{}, {Rejected: true}},
	}
}

func apply(t testing.TB, l *Ledger, messages ...journal.Message) {
	t.Helper()
	block := journal.Block{Batches: []journal.Batch{{Intake: "i", Messages: messages}}}
	err := l.db.Change(t.Context(), func(tx *sql.Tx) error { return l.Apply(t.Context(), tx, &block) })
	if err != nil {
		t.Fatal(err)
	}
}

func run(first, last int64, read time.Time) []journal.Message {
	var list []journal.Message
	for s := first; s <= last; s++ {
		list = append(list, message(s, read))
	}
	return list
}

// report is that of everything.
func report(t testing.TB, l *Ledger) *Report {
	t.Helper()
	r, err := l.Report(t.Context(), noon.Add(-time.Hour), time.Now().Add(time.Hour*24*365))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestMessagesInARowAreOneIntervalAcrossBlocksAndHours(t *testing.T) {
	l := openLedger(t)
	apply(t, l, run(5, 9, noon)...)
	apply(t, l, run(10, 12, noon.Add(time.Minute))...)
	apply(t, l, run(13, 20, noon.Add(time.Hour))...)
	r := report(t, l)
	if len(r.Partitions) != 1 || !r.Complete || !r.Balanced {
		t.Fatalf("report %+v", r)
	}
	if diff := cmp.Diff([]Interval{{First: 5, Last: 20}}, r.Partitions[0].Intervals); diff != "" {
		t.Error(diff)
	}
	if want := (Counts{Messages: 16, Records: 64, Kept: 16, Repeated: 16, Quarantined: 16, Filtered: 16, Heartbeats: 16}); r.Counts != want {
		t.Errorf("sums %+v, want %+v", r.Counts, want)
	}
	var spans int
	if err := l.db.Reader.QueryRow(`SELECT count(*) FROM ledger_span`).Scan(&spans); err != nil || spans != 2 {
		t.Errorf("%d spans for two hours (%v)", spans, err)
	}
	hour, err := l.Report(t.Context(), noon.Add(time.Hour), noon.Add(time.Hour+time.Minute))
	if err != nil || hour.Messages != 8 || !hour.To.Equal(noon.Add(2*time.Hour)) {
		t.Errorf("the second hour: %+v, %v", hour, err)
	}
}

func TestSumsThatDoNotAgreeAreTold(t *testing.T) {
	l := openLedger(t)
	m := message(1, noon)
	m.Records++
	apply(t, l, m)
	if r := report(t, l); r.Balanced || r.Complete {
		t.Error("a record that nobody accounts for is not told")
	}
}

func TestAHoleIsAGapUntilItIsReadAfterAll(t *testing.T) {
	l := openLedger(t)
	apply(t, l, run(0, 9, noon)...)
	apply(t, l, run(15, 20, noon)...)
	r := report(t, l)
	if r.Complete || len(r.Partitions[0].Gaps) != 1 || r.Partitions[0].Gaps[0].First != 10 || *r.Partitions[0].Gaps[0].Last != 14 || r.Partitions[0].Gaps[0].Cause != "unexplained" {
		t.Fatalf("report %+v", r)
	}
	apply(t, l, run(8, 12, noon)...)
	if r := report(t, l); r.Complete {
		t.Fatal("a hole that is read in part is gone")
	}
	apply(t, l, run(13, 22, noon)...)
	r = report(t, l)
	if !r.Complete || !slices.Equal(r.Partitions[0].Intervals, []Interval{{First: 0, Last: 22}}) {
		t.Errorf("report %+v", r)
	}
}

func TestAGapThatTheSourceHasToldIsToldOnce(t *testing.T) {
	first, last := int64(10), int64(14)
	for kind, cause := range map[source.IncidentKind]string{source.GapExpired: "expired", source.GapHole: "hole"} {
		l := openLedger(t)
		apply(t, l, run(0, 9, noon)...)
		told := source.Incident{Kind: kind, Intake: "i", Hub: "h", Partition: "0", First: &first, Last: &last, Message: "m"}
		for range 2 {
			if err := l.Open(t.Context(), told); err != nil {
				t.Fatal(err)
			}
		}
		apply(t, l, run(15, 20, noon)...)
		r := report(t, l)
		if len(r.Partitions) != 1 || len(r.Partitions[0].Gaps) != 1 || r.Partitions[0].Gaps[0].Cause != cause || r.Complete {
			t.Errorf("%s: report %+v", kind, r)
		}
	}
}

func TestAHubThatWasMadeAnewCountsFromItsStart(t *testing.T) {
	l := openLedger(t)
	apply(t, l, run(0, 9, noon)...)
	anew := run(0, 3, noon.Add(time.Hour))
	for i := range anew {
		anew[i].Position.Enqueued = anew[i].Position.Enqueued.Add(time.Hour)
	}
	apply(t, l, anew...)
	r := report(t, l)
	want := []Interval{{First: 0, Last: 9}, {First: 0, Last: 3, Generation: 1}}
	if diff := cmp.Diff(want, r.Partitions[0].Intervals); diff != "" || !r.Complete {
		t.Errorf("complete %v, %s", r.Complete, diff)
	}
}

func TestWhatAnotherProcessHasReadIsNoGap(t *testing.T) {
	checkpoint := int64(14)
	start := Start{Time: noon, Checkpoint: &checkpoint, Begins: "sequence 15", Reason: "r"}
	for name, before := range map[string]bool{"told before the messages": true, "told after them": false} {
		l := openLedger(t)
		apply(t, l, run(0, 9, noon)...)
		record := func() {
			if err := l.RecordStart(t.Context(), "i", "h", "0", start); err != nil {
				t.Fatal(err)
			}
		}
		if before {
			record()
		}
		apply(t, l, run(15, 20, noon)...)
		record()
		r := report(t, l)
		if !r.Complete || len(r.Partitions[0].Gaps) != 0 || len(r.Partitions[0].Intervals) != 2 {
			t.Errorf("%s: report %+v", name, r)
		}
		if diff := cmp.Diff([]Start{start}, r.Partitions[0].Starts); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestWhatComesOutOfTheQuarantineHasNoIntervals(t *testing.T) {
	l := openLedger(t)
	apply(t, l, run(0, 9, noon)...)
	again := message(3, noon)
	again.Partition = source.ReplayPrefix + "0"
	apply(t, l, again)
	again.Position.Sequence = 900
	apply(t, l, again, message(10, noon))
	r := report(t, l)
	if !r.Complete || len(r.Partitions) != 2 || r.Messages != 13 {
		t.Fatalf("report %+v", r)
	}
	for _, p := range r.Partitions {
		if (p.Partition == "0") != (len(p.Intervals) == 1) {
			t.Errorf("partition %+v", p)
		}
	}
}

func TestIncidentsLastUntilTheyAreClosed(t *testing.T) {
	l := openLedger(t)
	ctx := t.Context()
	silence := source.Incident{Kind: source.Silence, Intake: "i", Time: noon, Message: "m"}
	for range 2 {
		if err := l.Open(ctx, silence); err != nil {
			t.Fatal(err)
		}
	}
	list := func() []Incident {
		found, err := l.Incidents(ctx, noon.Add(-time.Hour), time.Now().Add(time.Hour*24*365))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if found := list(); len(found) != 1 || !found[0].Closed.IsZero() || !found[0].Time.Equal(noon) {
		t.Fatalf("incidents %+v", found)
	}
	if err := l.Close(ctx, source.Silence, "i", "", ""); err != nil {
		t.Fatal(err)
	}
	if err := l.Open(ctx, silence); err != nil {
		t.Fatal(err)
	}
	found := list()
	if len(found) != 2 || found[1].Closed.IsZero() {
		t.Fatalf("incidents %+v", found)
	}
	if err := l.Acknowledge(ctx, found[0].ID); err != nil {
		t.Error(err)
	}
	if err := l.Acknowledge(ctx, found[0].ID); err == nil {
		t.Error("a closed incident was acknowledged")
	}
}

func TestPercentilesAreWithinATenth(t *testing.T) {
	l := openLedger(t)
	now := time.Now()
	for i := 1; i <= 10_000; i++ {
		wait := time.Duration(i) * 10 * time.Millisecond
		l.Observe("T", Clocks{Enqueued: now.Add(-wait), Read: now.Add(time.Second), Searchable: now})
	}
	got := map[string]Percentiles{}
	for _, p := range l.Clocks() {
		got[p.Stage] = p
	}
	p := got["enqueued_searchable"]
	for _, c := range []struct{ got, want float64 }{{p.P50, 50}, {p.P90, 90}, {p.P95, 95}, {p.P99, 99}, {p.Max, 100}} {
		if c.got < c.want*.95 || c.got > c.want*1.05 {
			t.Errorf("percentiles %+v", p)
			break
		}
	}
	if _, ok := got["event_searchable"]; ok || p.Count != 10_000 {
		t.Errorf("stages %+v", got)
	}
	if back := got["read_searchable"]; back.P50 > 0.001 {
		t.Errorf("clocks that run ahead: %+v", back)
	}
}

// TestTheLedgerFollowsTheJournal stops in the middle and goes on, with each message counted once.
func TestTheLedgerFollowsTheJournal(t *testing.T) {
	l := openLedger(t)
	j, err := journal.Open(t.TempDir(), journal.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	for s := int64(0); s < 60; s += 20 {
		for k := s; k < s+20; k++ {
			if err := j.Append(t.Context(), journal.Batch{Intake: "i", Messages: []journal.Message{message(k, noon)}}); err != nil {
				t.Fatal(err)
			}
		}
		r, err := j.Reader("state")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- l.db.Follow(ctx, r, "state", nil, l) }()
		for deadline := time.Now().Add(20 * time.Second); report(t, l).Messages < s+20 && time.Now().Before(deadline); {
			time.Sleep(5 * time.Millisecond)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if got := report(t, l); got.Messages != s+20 || !got.Complete {
			t.Fatalf("after %d messages the ledger has %+v", s+20, got)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	l := openLedger(b)
	sequence := int64(0)
	for b.Loop() {
		apply(b, l, run(sequence, sequence+999, noon)...)
		sequence += 1000
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "messages/s")
}

func BenchmarkObserve(b *testing.B) {
	l := openLedger(b)
	now := time.Now()
	c := Clocks{now.Add(-9e9), now.Add(-8e9), now.Add(-7e9), now.Add(-6e9), now.Add(-5e9), now}
	b.ReportAllocs()
	for b.Loop() {
		l.Observe("DeviceProcessEvents", c)
	}
}
