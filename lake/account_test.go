package lake

import (
	"testing"
	"time"
)

func TestWhatWasReadInATimeIsCountedInMemoryAndOnDisk(t *testing.T) {
	f := newFixture(t, Options{FlushInterval: 20 * time.Millisecond})
	start := time.Now()
	f.keep(testRecords(0, 30)...)
	f.settle()
	time.Sleep(2 * time.Millisecond)
	middle := time.Now()
	f.options.FlushInterval = time.Hour
	f.reopen()
	f.keep(testRecords(30, 50)...)
	end := time.Now().Add(time.Second)
	for _, c := range []struct {
		from, to time.Time
		want     int64
	}{
		{start, end, 50}, {start, middle, 30}, {middle, end, 20}, {end, end.Add(time.Hour), 0},
	} {
		if n, err := f.lake.Read(t.Context(), c.from, c.to); err != nil || n != c.want {
			t.Errorf("%s to %s: %d, %v, want %d", c.from, c.to, n, err, c.want)
		}
	}
	if d := f.lake.Behind(); d != 0 {
		t.Errorf("the lake has all and is %s behind", d)
	}
}

func TestAQuietStreamIsWrittenOut(t *testing.T) {
	f := newFixture(t, Options{FlushInterval: 50 * time.Millisecond})
	f.keep(testRecord(1))
	f.settle()
	if n := f.count("DeviceProcessEvents"); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}
