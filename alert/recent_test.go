package alert

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"time"

	"penstock/journal"
)

// roundTrip applies entries; with undo the transaction comes to nothing.
func (b *bench) roundTrip(undo bool, entries ...journal.Entry) {
	b.t.Helper()
	stop := errors.New("the disk is full")
	err := b.db.Change(b.t.Context(), func(tx *sql.Tx) error {
		err := b.Apply(b.t.Context(), tx, blockOf(b.clock, entries...))
		if err == nil && undo {
			err = stop
		}
		return err
	})
	if undo != errors.Is(err, stop) || !undo && err != nil {
		b.t.Fatal(err)
	}
}

func TestWhatCameToNothingIsNotRemembered(t *testing.T) {
	b := newBench(t, Options{})
	start := func(pid int) journal.Entry { return started(t, noon, "pc1", "ann", pid, "r1") }
	b.roundTrip(true, start(1)) // a new alert that is none
	b.roundTrip(false, start(1))
	b.roundTrip(true, start(2), started(t, noon.Add(-time.Hour), "pc1", "ann", 3, "r1"))
	b.roundTrip(true, start(2))
	b.roundTrip(false, start(2))
	a := b.only()
	if a.Occurrences != 2 || !a.First.Equal(noon) {
		t.Errorf("%d occurrences since %s", a.Occurrences, a.First)
	}
	for name, e := range b.entities(a.ID) {
		if e.Occurrences != 2 || !e.First.Equal(noon) {
			t.Errorf("%s occurred %d times since %s", name, e.Occurrences, e.First)
		}
	}
	if events, err := b.Events(t.Context(), a.ID); err != nil || len(events) != 2 {
		t.Errorf("%d events, %v", len(events), err)
	}
	if got := b.changes(); len(got) != 1 {
		t.Errorf("changes %v", got)
	}
}

func TestWhatSomebodyChangesBetweenOccurrencesStays(t *testing.T) {
	b := newBench(t, Options{})
	b.apply(started(t, noon, "pc1", "ann", 1, "r1"))
	id := b.only().ID
	for i, e := range []Edit{
		{Assignee: new("bob")}, {AddTags: []string{"mine"}}, {Status: new(StatusInProgress)}, {Urgency: new(91)},
	} {
		if _, err := b.Update(t.Context(), "ann", id, 0, &e); err != nil {
			t.Fatal(err)
		}
		b.apply(started(t, noon, "pc1", "ann", 10+i, "r1"))
	}
	if err := b.SetImportance(t.Context(), "ann", Asset{Kind: Host, Name: "pc1", Importance: HighAsset}); err != nil {
		t.Fatal(err)
	}
	b.apply(started(t, noon, "pc1", "ann", 20, "r1"))
	a := b.only()
	if a.Assignee != "bob" || a.Status != StatusInProgress || a.Urgency != 91 || a.Importance != HighAsset || a.Occurrences != 6 || a.Version != 5 {
		t.Errorf("alert %+v", a)
	}
	if len(b.list(Filter{Tag: "mine"})) != 1 {
		t.Error("the tag is gone")
	}
}

func TestAnAlertIsTheSameWhetherItIsReadOrRemembered(t *testing.T) {
	remembers, reads := newBench(t, Options{}), newBench(t, Options{})
	for i := range 60 {
		e := started(t, noon.Add(time.Duration(i%7)*time.Hour), fmt.Sprint("pc", i%3), "ann", i, "r1")
		if i%5 == 0 {
			e = busy(t, noon, fmt.Sprint("pc", i%3), "ann", i)
			e.Matches = []string{"r1", "r2"}
		}
		remembers.apply(e)
		reads.recent = newRecent()
		reads.apply(e)
	}
	x, y := remembers.list(Filter{}), reads.list(Filter{})
	if fmt.Sprintf("%+v", x) != fmt.Sprintf("%+v", y) {
		t.Errorf("remembered %+v\nread %+v", x, y)
	}
	for i := range x {
		a, err1 := remembers.Entities(t.Context(), x[i].ID)
		b, err2 := reads.Entities(t.Context(), x[i].ID)
		if err := errors.Join(err1, err2); err != nil || fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", b) {
			t.Errorf("entities of %d: remembered %+v\nread %+v, %v", x[i].ID, a, b, err)
		}
	}
}

func TestNoMoreIsRememberedThanThereIsRoomFor(t *testing.T) {
	r := newRecent()
	for i := range 100 {
		r.put(&draft{Alert: Alert{ID: int64(i%60 + 1)}, stamp: 1, size: 1 << 20, loaded: true})
	}
	if r.bytes > maxRecentBytes || r.bytes != r.alerts.Len()<<20 || r.alerts.Len() != maxRecentBytes>>20 {
		t.Errorf("%d alerts of %d bytes", r.alerts.Len(), r.bytes)
	}
	if r.take(40, 2) != nil || r.take(39, 1) == nil || r.take(39, 1) != nil || r.bytes != r.alerts.Len()<<20 {
		t.Errorf("%d alerts of %d bytes", r.alerts.Len(), r.bytes)
	}
}
