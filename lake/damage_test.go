package lake

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"penstock/search"
)

// flip changes one bit of a file. The file is made anew, as one that was read before may be remembered.
func flip(t *testing.T, path string, at int) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[at%len(b)] ^= 1 << (at % 8)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (f *fixture) segmentsOf(day string) (list []*segment) {
	f.lake.mu.Lock()
	defer f.lake.mu.Unlock()
	for _, s := range f.lake.segments {
		if s.Part.day == day {
			list = append(list, s)
		}
	}
	return list
}

// wantSetAside expects that the segment of the 22nd, with half of n events, is the only one missing.
func (f *fixture) wantSetAside(n int) {
	f.t.Helper()
	if got := f.count("DeviceProcessEvents"); got != n/2 {
		f.t.Errorf("%d events are found, want the %d of the sound segment", got, n/2)
	}
	if aside := f.files("damaged/*"); len(aside) != 2 {
		f.t.Errorf("set aside: %v, want the segment and its index", aside)
	}
	if d, err := f.lake.Damaged(f.t.Context()); err != nil || len(d) != 1 || d[0].Rows != int64(n/2) || d[0].Reason == "" {
		f.t.Errorf("damaged segments: %+v, %v", d, err)
	}
}

func TestEveryFlippedBitOfASegmentIsFound(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 1})
	f.keep(testRecords(0, 200)...)
	f.settle()
	s := f.segmentsOf("2026-11-22")[0]
	path := f.files("table=*/day=2026-11-22/*.parquet")[0]
	for range 200 {
		at := rand.IntN(1 << 30)
		flip(t, path, at)
		if intact(t.Context(), s, path) == nil {
			t.Fatalf("the segment with its byte %d changed counts as sound", at)
		}
		flip(t, path, at)
	}
	if err := f.lake.verify(t.Context(), s, path); err != nil {
		t.Errorf("the sound segment: %v", err)
	}
}

func TestASearchGoesOnWithoutADamagedSegment(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 1})
	f.keep(testRecords(0, 40)...)
	f.settle()
	path := f.files("table=*/day=2026-11-22/*.parquet")[0]
	flip(t, path, 0) // the first letter of the file's mark
	size, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	flip(t, path, int(size.Size())-1) // and the last one
	f.reopen()
	page, err := f.lake.Search(t.Context(), search.Request{From: time.UnixMicro(0), To: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	if len(page.Hits) != 20 {
		t.Errorf("%d events are found, want 20", len(page.Hits))
	}
	f.wantSetAside(40)
	f.reopen()
	f.wantSetAside(40)
}

func TestMergingDoesNotTakeInDamage(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 1})
	for i := range compactCount {
		f.keep(testRecords(i*10, i*10+10)...)
		f.settle()
	}
	flip(t, f.files("table=*/day=2026-11-22/*.parquet")[3], 9999)
	f.mergeAll()
	if n := f.count("DeviceProcessEvents"); n != 10*compactCount-5 {
		t.Errorf("%d events are found, want all but the 5 of the damaged segment", n)
	}
	if aside := f.files("damaged/*"); len(aside) != 2 {
		t.Errorf("set aside: %v, want the segment and its index", aside)
	}
}

func TestSegmentsAreComparedWithTheirChecksumsNowAndThen(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 1})
	f.keep(testRecords(0, 40)...)
	f.settle()
	flip(t, f.files("table=*/day=2026-11-22/*.parquet")[0], 1234)
	for range 2 {
		f.lake.check(t.Context(), time.Now())
	}
	if n := f.lake.Stats().Segments; n != 2 {
		t.Errorf("new segments were looked at already: %d are left of 2", n)
	}
	for range 2 {
		f.lake.check(t.Context(), time.Now().Add(2*checkEvery))
	}
	f.wantSetAside(40)
}

func TestADamagedTokenIndexHidesNothing(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 1})
	for i := range compactCount {
		f.keep(testRecords(i*20, i*20+20)...)
		f.settle()
	}
	for i, path := range f.files("table=*/day=2026-11-22/*.tokens") {
		flip(t, path, i*977)
	}
	for range 2 {
		for n := 0; n < 20*compactCount; n += 7 {
			f.wantEvent(testRecord(n))
		}
		f.lake.upkeepOnce(t.Context()) //nolint:errcheck // that it leaves all in place is what counts
		f.reopen()
	}
}
