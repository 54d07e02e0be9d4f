package simulate

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"penstock/record"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// handClock goes on only when someone waits.
type handClock struct{ now time.Time }

func (c *handClock) Now() time.Time { return c.now }

func (c *handClock) Wait(ctx context.Context, until time.Time) error {
	c.now = until
	return ctx.Err()
}

// shelf keeps what it is given, and looks at the clock when it is given something.
type shelf struct {
	clock    *handClock
	messages []Message
	early    int
	fail     error
}

func (s *shelf) Write(_ context.Context, m Message) error {
	if s.fail != nil {
		return s.fail
	}
	m.Body = bytes.Clone(m.Body)
	s.messages = append(s.messages, m)
	if m.Last.After(s.clock.now) {
		s.early++
	}
	return nil
}

func (s *shelf) Flush(context.Context) error { return nil }
func (s *shelf) Close(context.Context) error { return nil }

func (s *shelf) records() (n int64) {
	for _, m := range s.messages {
		n += int64(m.Records)
	}
	return n
}

func TestHistoryEndsAtThePresentHoweverFastItIsTaken(t *testing.T) {
	clock := &handClock{monday}
	tenant := newTenant(t, Config{Seed: 1, Start: monday.Add(-time.Hour), Rate: 3, Steady: true})
	state, err := tenant.Run(t.Context(), &shelf{clock: clock}, Options{Clock: clock, HistoryOnly: true, Unpaced: true})
	if err != nil {
		t.Fatal(err)
	}
	if state.Last.After(monday) || monday.Sub(state.Last) > 10*time.Second {
		t.Errorf("history ends at %v", state.Last)
	}
}

func TestHistoryAtOnceThenAsTimeGoesBy(t *testing.T) {
	clock := &handClock{monday}
	sink := &shelf{clock: clock}
	tenant := newTenant(t, Config{Seed: 1, Start: monday.Add(-time.Hour), Rate: 3, Steady: true})
	state, err := tenant.Run(t.Context(), sink, Options{Clock: clock, HistoryOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if !clock.now.Equal(monday) {
		t.Errorf("history took until %v", clock.now)
	}
	if n := sink.records(); n != state.Records || n < 9500 || n > 12000 {
		t.Errorf("%d records of an hour at 3 a second, state %+v", n, state)
	}
	if state.Last.After(monday) || monday.Sub(state.Last) > 10*time.Second {
		t.Errorf("history ends at %v", state.Last)
	}
	before := sink.records()
	if _, err := tenant.Run(t.Context(), sink, Options{Clock: clock, Until: monday.Add(10 * time.Minute)}); err != nil {
		t.Fatal(err)
	}
	if n := sink.records() - before; n < 1500 || n > 2100 {
		t.Errorf("%d records of ten minutes at 3 a second", n)
	}
	if sink.early > 0 {
		t.Errorf("%d messages came before their time", sink.early)
	}
	if clock.now.Before(monday.Add(9 * time.Minute)) {
		t.Errorf("ten minutes took until %v", clock.now)
	}
}

func TestARunGoesOnAfterTheLast(t *testing.T) {
	clock := &handClock{monday}
	path := filepath.Join(t.TempDir(), "state", "simulate.json")
	run := func(count int64) *shelf {
		state, err := LoadState(path)
		if err != nil {
			t.Fatal(err)
		}
		sink := &shelf{clock: clock}
		tenant := newTenant(t, Config{Seed: 1, Start: state.Start(clock.now, time.Hour), Rate: 2})
		if _, err := tenant.Run(t.Context(), sink, Options{Clock: clock, Records: count, Saved: func(s State) error { return s.Save(path) }}); err != nil {
			t.Fatal(err)
		}
		return sink
	}
	first, second := run(1000), run(1000)
	if first.records() != 1000 || second.records() != 1000 {
		t.Errorf("%d and %d records", first.records(), second.records())
	}
	end := first.messages[len(first.messages)-1].Last
	var body struct{ Records []envelope }
	if err := json.Unmarshal(second.messages[0].Body, &body); err != nil {
		t.Fatal(err)
	}
	begin, err := time.Parse(time.RFC3339Nano, body.Records[0].Time)
	if err != nil || !begin.After(end) || begin.Sub(end) > time.Minute {
		t.Errorf("goes on at %v after %v: %v", begin, end, err)
	}
}

func TestMessagesKeepTheirBoundsAndLoseNothing(t *testing.T) {
	clock := &handClock{monday}
	sink := &shelf{clock: clock}
	config := Config{Seed: 6}
	if _, err := newTenant(t, config).Run(t.Context(), sink, Options{Clock: clock, Records: 5000, Unpaced: true, MessageBytes: 50_000, MessageRecords: 30, Partitions: 4}); err != nil {
		t.Fatal(err)
	}
	again := newTenant(t, config)
	var splitter record.Splitter
	perPartition := make([]int, 4)
	total := 0
	for _, m := range sink.messages {
		if len(m.Body) > 50_000 || m.Records > 30 {
			t.Errorf("message of %d bytes, %d records", len(m.Body), m.Records)
		}
		perPartition[m.Partition]++
		splitter.Split(m.Body, func(r *record.Record) {
			want, _ := again.Append(nil)
			if !bytes.Equal(r.Raw, want) {
				t.Fatalf("record %d\n%s\nwant\n%s", total, r.Raw, want)
			}
			total++
		}, func(r record.Rejected) { t.Fatalf("rejected: %v %s", r.Reason, r.Detail) })
	}
	if total != 5000 {
		t.Errorf("%d records", total)
	}
	for _, n := range perPartition {
		if n < len(sink.messages)/4 || n > len(sink.messages)/4+1 {
			t.Errorf("messages per partition: %v", perPartition)
		}
	}
}

func TestAFailingSinkEndsTheRun(t *testing.T) {
	full := errors.New("disk full")
	clock := &handClock{monday}
	state, err := newTenant(t, Config{Seed: 1}).Run(t.Context(), &shelf{clock: clock, fail: full}, Options{Clock: clock, Unpaced: true})
	if !errors.Is(err, full) || state.Records != 0 {
		t.Errorf("%+v, %v", state, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := newTenant(t, Config{Seed: 1}).Run(ctx, &shelf{clock: clock}, Options{Clock: clock}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestFilesHoldLinesOfRecordsOrMessages(t *testing.T) {
	for _, name := range []string{"a.ndjson", "a.ndjson.gz", "a.ndjson.zst"} {
		for _, records := range []bool{true, false} {
			path := filepath.Join(t.TempDir(), name)
			sink, err := OpenFile(path, records)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := newTenant(t, Config{Seed: 9}).Run(t.Context(), sink, Options{Records: 500, Unpaced: true}); err != nil {
				t.Fatal(err)
			}
			if err := sink.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			lines, total := readRecords(t, path)
			if total != 500 || records != (lines == 500) {
				t.Errorf("%s, records %v: %d lines, %d records", name, records, lines, total)
			}
		}
	}
}

func readRecords(t *testing.T, path string) (lines, records int) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	switch filepath.Ext(path) {
	case ".gz":
		in, err = gzip.NewReader(f)
	case ".zst":
		in, err = zstd.NewReader(f)
	}
	if err != nil {
		t.Fatal(err)
	}
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, 1<<20)
	var splitter record.Splitter
	for scanner.Scan() {
		lines++
		splitter.Split(scanner.Bytes(), func(*record.Record) { records++ }, func(r record.Rejected) { t.Fatalf("%v", r) })
	}
	if scanner.Err() != nil {
		t.Fatal(scanner.Err())
	}
	return lines, records
}
