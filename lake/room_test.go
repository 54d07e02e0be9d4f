package lake

import (
	"testing"
	"time"
)

func TestRoomIsWhatTheRetentionOrTheDiskHasLeftAtTheRateOfTheLastDays(t *testing.T) {
	f := newFixture(t, Options{FlushRows: 1})
	now := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	room, err := f.lake.Room(now)
	if err != nil {
		t.Fatal(err)
	}
	if room.BytesPerDay != 0 || room.Left >= 0 {
		t.Errorf("an empty lake fills by %d bytes a day and has room for %v", room.BytesPerDay, room.Left)
	}
	if room.DiskFree <= 0 || room.DiskSize < room.DiskFree {
		t.Errorf("%d of %d bytes of the disk are free", room.DiskFree, room.DiskSize)
	}

	f.keep(testRecords(0, 10)...) // half on the 22nd, half on the 23rd
	f.settle()
	s := f.lake.Stats()
	if room, err = f.lake.Room(now); err != nil {
		t.Fatal(err)
	}
	days := float64(now.Sub(s.Oldest)) / float64(day)
	if want := int64(float64(s.Bytes) / days); room.BytesPerDay != want {
		t.Errorf("%d bytes in %.2f days are %d a day, not %d", s.Bytes, days, want, room.BytesPerDay)
	}

	f.lake.Keep(Retention{MaxBytes: 3 * s.Bytes})
	if room, err = f.lake.Room(now); err != nil {
		t.Fatal(err)
	}
	if want := 2 * days; room.Left.Hours()/24 < want-0.01 || room.Left.Hours()/24 > want+0.01 {
		t.Errorf("two thirds of what is kept last for %v, not %.2f days", room.Left, want)
	}
	if room, err = f.lake.Room(now.AddDate(0, 1, 0)); err != nil {
		t.Fatal(err)
	}
	if room.BytesPerDay != 0 {
		t.Errorf("a month after the last event it fills by %d bytes a day", room.BytesPerDay)
	}
}
