package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"penstock/record"
)

func open(t testing.TB, dir string, o Options) *Journal {
	t.Helper()
	j, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

// batch holds one message with n records, numbered from seq on.
func batch(seq int64, n int) Batch {
	m := Message{
		Hub: "defender", Partition: "0", Read: time.Unix(1700000000, 0).UTC(), Records: n,
		Position: Position{Sequence: seq, Offset: fmt.Sprint(seq * 100), Enqueued: time.Unix(1700000000+seq, 5).UTC()},
	}
	for i := range n {
		data := fmt.Appendf(nil, `{"record":"%d-%d"}`, seq, i)
		m.Entries = append(m.Entries, Entry{Index: i, ID: record.ID{byte(seq), byte(seq >> 8), byte(i), byte(i >> 8), 1}, Table: "DeviceEvents", Data: data})
	}
	return Batch{Intake: "test", Messages: []Message{m}}
}

func appendAll(t testing.TB, j *Journal, from, to int64) {
	t.Helper()
	for seq := from; seq < to; seq++ {
		if err := j.Append(t.Context(), batch(seq, 3)); err != nil {
			t.Fatal(err)
		}
	}
}

// sequences reads everything there is with a reader of that name and gives the sequence numbers.
func sequences(t testing.TB, j *Journal, name string) []int64 {
	t.Helper()
	r, err := j.Reader(name)
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for r.at < j.End() {
		b, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, batch := range b.Batches {
			got = append(got, batch.Messages[0].Position.Sequence)
		}
	}
	return got
}

func wantSequences(t *testing.T, got []int64, from, to int64) {
	t.Helper()
	if int64(len(got)) != to-from {
		t.Fatalf("read %d batches %v, want %d to %d", len(got), got, from, to-1)
	}
	for i, seq := range got {
		if seq != from+int64(i) {
			t.Fatalf("read %v, want %d to %d in order", got, from, to-1)
		}
	}
}

func TestWhatIsAppendedIsReadBackEqualAfterReopening(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{})
	want := batch(7, 2)
	want.Messages[0].Entries[1] = Entry{Rejected: true, Index: -1, Data: []byte{0xff, 0}, Reason: "not_json", Detail: "at byte 0", Matches: []string{"a", "b"}}
	want.Messages = append(want.Messages, Message{Partition: "1", Entries: []Entry{}, Heartbeats: 1, Replay: true})
	if err := j.Append(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	j.Close()
	j = open(t, dir, Options{})
	r, err := j.Reader("reader")
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("%+v", b.Batches[0]); got != fmt.Sprintf("%+v", want) {
		t.Errorf("read %s\nwant %+v", got, want)
	}
	if p, ok := j.Resume("test", "defender", "0"); !ok || p != want.Messages[0].Position {
		t.Errorf("resumes at %+v, %v", p, ok)
	}
	if !j.HasRead("test") || j.HasRead("other") {
		t.Error("it is told wrongly which intakes have read")
	}
	if _, ok := j.Resume("test", "", "1"); ok {
		t.Error("a replayed message has moved a position")
	}
}

func TestATornEndIsCutOffWhereverItIsTorn(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{})
	appendAll(t, j, 1, 4)
	segment := j.segments[0]
	whole := segment.size
	appendAll(t, j, 4, 5)
	full, err := os.ReadFile(segment.path)
	if err != nil {
		t.Fatal(err)
	}
	j.Close()
	for cut := whole; cut < int64(len(full)); cut++ {
		torn := t.TempDir()
		if err := os.WriteFile(filepath.Join(torn, segment.name()), full[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		j := open(t, torn, Options{})
		if p, _ := j.Resume("test", "defender", "0"); p.Sequence != 3 {
			t.Fatalf("cut at %d: resumes at %d, want 3", cut, p.Sequence)
		}
		appendAll(t, j, 4, 6)
		wantSequences(t, sequences(t, j, "reader"), 1, 6)
		j.Close()
	}
}

func TestAFlippedByteLosesOneBlockAndSaysSo(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{})
	appendAll(t, j, 1, 2)
	damaged := j.segments[0].size + headerSize + 3
	appendAll(t, j, 2, 6)
	path := j.segments[0].path
	j.Close()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	var b [1]byte
	f.ReadAt(b[:], damaged)
	b[0] ^= 0x40
	f.WriteAt(b[:], damaged)
	f.Close()
	j = open(t, dir, Options{})
	got := sequences(t, j, "reader")
	if fmt.Sprint(got) != "[1 3 4 5]" {
		t.Errorf("read %v, want all but 2", got)
	}
	if d := j.Damages(); len(d) != 1 || d[0].First != 2 || d[0].Last != 2 {
		t.Errorf("damages %+v, want block 2", d)
	}
	if _, err := os.Stat(filepath.Join(dir, "damaged", filepath.Base(path))); err != nil {
		t.Errorf("the damaged segment was not set aside: %v", err)
	}
}

func TestPositionsOutliveTheSegmentsThatEveryReaderHasPassed(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{SegmentBytes: 500})
	r, err := j.Reader("only")
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, 1, 40)
	for r.at < j.End() {
		b, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Commit(b.Cursor); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(j.segments); n > 2 {
		t.Errorf("%d segments are left, want the last one or two", n)
	}
	j.Close()
	j = open(t, dir, Options{SegmentBytes: 500})
	if p, ok := j.Resume("test", "defender", "0"); !ok || p.Sequence != 39 || p.Offset != "3900" {
		t.Errorf("resumes at %+v, %v, want 39", p, ok)
	}
	if got := sequences(t, j, "only"); len(got) != 0 {
		t.Errorf("the reader is given %v again", got)
	}
}

func TestAFullJournalWaitsAndGoesOnWhenAReaderHasPassed(t *testing.T) {
	j := open(t, t.TempDir(), Options{SegmentBytes: 400, MaxBytes: 1500})
	r, err := j.Reader("slow")
	if err != nil {
		t.Fatal(err)
	}
	seq := int64(1)
	for ; ; seq++ {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		err := j.Append(ctx, batch(seq, 3))
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if seq > 100 {
			t.Fatal("the journal never fills")
		}
	}
	if s := j.State(); s.Waiting == "" || s.Bytes > 1500 {
		t.Errorf("the full journal's state is %+v", s)
	}
	done := make(chan error)
	go func() { done <- j.Append(context.Background(), batch(seq, 3)) }()
	for r.at < j.End() {
		b, err := r.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Commit(b.Cursor); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if s := j.State(); s.Waiting != "" {
		t.Errorf("there is room, and the state is %+v", s)
	}
	if p, _ := j.Resume("test", "defender", "0"); p.Sequence != seq {
		t.Errorf("resumes at %d, want %d", p.Sequence, seq)
	}
}

func TestAppendersAtTheSameTimeAreAllKeptOnce(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{SegmentBytes: 4 << 10})
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 25 {
				if err := j.Append(t.Context(), batch(int64(worker*100+i), 2)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	j.Close()
	j = open(t, dir, Options{})
	seen := map[int64]int{}
	for _, seq := range sequences(t, j, "reader") {
		seen[seq]++
	}
	for worker := range 8 {
		for i := range 25 {
			if n := seen[int64(worker*100+i)]; n != 1 {
				t.Errorf("batch %d of appender %d is there %d times", i, worker, n)
			}
		}
	}
}

func TestAReaderWaitsForWhatIsAppendedLater(t *testing.T) {
	j := open(t, t.TempDir(), Options{})
	r, err := j.Reader("tail")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan Block)
	go func() {
		b, err := r.Next(context.Background())
		if err != nil {
			t.Error(err)
		}
		got <- b
	}()
	appendAll(t, j, 1, 2)
	if b := <-got; len(b.Batches) != 1 {
		t.Errorf("the reader was given %+v", b)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Next(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled wait returned %v", err)
	}
}

func TestAReaderOfTheAccountIsSparedTheRecords(t *testing.T) {
	j := open(t, t.TempDir(), Options{})
	b := batch(1, 3)
	b.Messages[0].Entries[1] = Entry{Rejected: true, Index: 1, Data: []byte("{"), Reason: "cut_off"}
	if err := j.Append(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	r, err := j.Reader("account")
	if err != nil {
		t.Fatal(err)
	}
	r.AccountOnly()
	block, err := r.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := block.Batches[0].Messages[0].Entries
	for i, e := range b.Messages[0].Entries {
		if !e.Rejected {
			e.Data = nil
		}
		if fmt.Sprintf("%+v", got[i]) != fmt.Sprintf("%+v", e) {
			t.Errorf("entry %d is %+v, want %+v", i, got[i], e)
		}
	}
}

func TestAReaderIsGivenAsMuchAtOnceAsItWants(t *testing.T) {
	j := open(t, t.TempDir(), Options{})
	appendAll(t, j, 1, 50)
	r, err := j.Reader("greedy")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ bytes, batches int }{{1, 1}, {1, 1}, {64 << 20, 47}} {
		r.AtOnce(c.bytes)
		if b, err := r.Next(t.Context()); err != nil || len(b.Batches) != c.batches {
			t.Errorf("with %d bytes: %d batches, %v; want %d", c.bytes, len(b.Batches), err, c.batches)
		}
	}
}

func FuzzOpenBlock(f *testing.F) {
	b := batch(1, 3)
	account, records := appendBatch(nil, nil, &b)
	f.Add(account, records)
	f.Add([]byte{encodingVersion, 0, 1}, []byte{})
	f.Fuzz(func(t *testing.T, account, records []byte) {
		got, err := decodeBatch(account, records, false)
		if err != nil {
			return
		}
		account, records = appendBatch(nil, nil, &got)
		again, err := decodeBatch(account, records, false)
		if err != nil || fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", got) {
			t.Errorf("%+v encodes to %+v, %v", got, again, err)
		}
	})
}

// thousand records of 2.7 KB.
func thousand() Batch {
	big := Batch{Intake: "test", Messages: []Message{{Hub: "h", Partition: "0"}}}
	for i := range 1000 {
		data := fmt.Appendf(nil, `{"time":"2026-11-23T10:00:%02dZ","category":"AdvancedHunting-DeviceProcessEvents","properties":{"ReportId":%d`, i%60, i)
		for len(data) < 2700 {
			data = fmt.Appendf(data, `,"Column%d":"some value %x"`, len(data), len(data)*i*2654435761)
		}
		big.Messages[0].Entries = append(big.Messages[0].Entries, Entry{Index: i, ID: record.ID{byte(i), byte(i >> 8)}, Table: "DeviceProcessEvents", Data: append(data, "}}"...)})
	}
	return big
}

func BenchmarkAppend(b *testing.B) {
	j := open(b, b.TempDir(), Options{})
	big := thousand()
	b.SetBytes(2700 * 1000)
	b.ReportAllocs()
	for b.Loop() {
		if err := j.Append(b.Context(), big); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkOpen opens a journal after a crash in which the last segment is all but full.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	j := open(b, dir, Options{})
	for j.State().Bytes < 60<<20 {
		if err := j.Append(b.Context(), thousand()); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(j.State().Bytes)
	j.Close()
	for b.Loop() {
		again, err := Open(dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		again.Close()
	}
}
