package quarantine

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"penstock/journal"
	"penstock/source"
	"penstock/state/statetest"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func open(t testing.TB, o Options) *Quarantine {
	t.Helper()
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	q, err := New(db, o)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// add brings bodies into quarantine, each as the whole of a message, and one record that is fine between them.
func add(t testing.TB, q *Quarantine, reason string, bodies ...[]byte) {
	t.Helper()
	block := journal.Block{Batches: []journal.Batch{{Intake: "i"}}}
	for n, body := range bodies {
		block.Batches[0].Messages = append(block.Batches[0].Messages, journal.Message{
			Hub: "h", Partition: "0", Read: noon, Position: journal.Position{Sequence: int64(n), Enqueued: noon},
			Entries: []journal.Entry{{Data: []byte("{}")}, {Rejected: true, Index: -1, Data: body, Reason: reason, Detail: "d"}},
		})
	}
	if err := q.db.Change(t.Context(), func(tx *sql.Tx) error { return q.Apply(t.Context(), tx, &block) }); err != nil {
		t.Fatal(err)
	}
}

func TestBytesAreKeptAsTheyCame(t *testing.T) {
	q := open(t, Options{Registerer: prometheus.NewRegistry()})
	bodies := [][]byte{{}, []byte("{"), {0xff, 0, 1}, bytes.Repeat([]byte("x"), 5<<20)}
	add(t, q, "not_json", bodies...)
	page, err := q.List(t.Context(), Selection{})
	if err != nil || len(page.Items) != len(bodies) {
		t.Fatalf("%+v, %v", page, err)
	}
	for n, body := range bodies {
		item, got, err := q.Show(t.Context(), page.Items[len(bodies)-1-n].ID)
		if err != nil || !bytes.Equal(got, body) {
			t.Fatalf("body %d: %d bytes, %v", n, len(got), err)
		}
		want := Item{
			ID: item.ID, Time: noon, Intake: "i", Hub: "h", Partition: "0", Position: journal.Position{Sequence: int64(n), Enqueued: noon},
			Index: -1, Reason: "not_json", Detail: "d", Size: int64(len(body)),
		}
		if diff := cmp.Diff(want, *item); diff != "" {
			t.Error(diff)
		}
	}
}

func TestListsArePagedAndFiltered(t *testing.T) {
	q := open(t, Options{})
	for range 5 {
		add(t, q, "not_json", []byte("a"), []byte("b"))
		add(t, q, "empty", nil)
	}
	var seen []int64
	for before := int64(0); ; {
		page, err := q.List(t.Context(), Selection{Reason: "not_json", Intake: "i", Limit: 4, Before: before})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]int64{"not_json": 10, "empty": 5}, page.Reasons); diff != "" {
			t.Error(diff)
		}
		for _, i := range page.Items {
			if n := len(seen); n > 0 && i.ID >= seen[n-1] || i.Reason != "not_json" {
				t.Errorf("item %d (%s) after %v", i.ID, i.Reason, seen)
			}
			seen = append(seen, i.ID)
		}
		if before = page.Next; before == 0 {
			break
		}
	}
	if len(seen) != 10 {
		t.Errorf("the pages have %d items", len(seen))
	}
	if page, err := q.List(t.Context(), Selection{Intake: "other"}); err != nil || len(page.Items) != 0 {
		t.Errorf("%+v, %v", page, err)
	}
}

type replayer func(Item, []byte) (Outcome, error)

func (r replayer) Replay(_ context.Context, i Item, body []byte) (Outcome, error) { return r(i, body) }

func TestAnItemLeavesWhenAllOfItIsUnderstood(t *testing.T) {
	q := open(t, Options{})
	add(t, q, "not_json", []byte("body"))
	give := Outcome{Kept: 1, Rejected: 1}
	var fail error
	calls := 0
	to := replayer(func(i Item, body []byte) (Outcome, error) {
		calls++
		if i.Intake != "i" || string(body) != "body" {
			t.Errorf("replayed %+v %q", i, body)
		}
		return give, fail
	})
	if got, err := q.Replay(t.Context(), 1, to); err != nil || got != give {
		t.Fatalf("%+v, %v", got, err)
	}
	give, fail = Outcome{}, errors.New("no")
	if _, err := q.Replay(t.Context(), 1, to); !errors.Is(err, fail) {
		t.Fatal(err)
	}
	give, fail = Outcome{Kept: 1, Repeated: 1}, nil
	if got, err := q.Replay(t.Context(), 1, to); err != nil || got != give {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := q.Replay(t.Context(), 1, to); !errors.Is(err, ErrNotFound) || calls != 3 {
		t.Errorf("after %d calls: %v", calls, err)
	}
	if n, err := q.Bytes(t.Context()); err != nil || n != 0 {
		t.Errorf("%d bytes are left, %v", n, err)
	}
}

func TestWhatIsDroppedIsGone(t *testing.T) {
	q := open(t, Options{})
	add(t, q, "empty", []byte("a"))
	if err := q.Drop(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := q.Drop(t.Context(), 1); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	if _, _, err := q.Show(t.Context(), 1); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

type incidents map[source.IncidentKind]bool

func (i incidents) Open(_ context.Context, n source.Incident) error {
	i[n.Kind] = true
	return nil
}

func (i incidents) Close(_ context.Context, kind source.IncidentKind, _, _, _ string) error {
	delete(i, kind)
	return nil
}

func TestTooMuchIsAnIncidentAndIsKeptAllTheSame(t *testing.T) {
	raised := incidents{}
	q := open(t, Options{MaxBytes: 20, Incidents: raised})
	add(t, q, "empty", []byte("a"), []byte("b"), []byte("c"))
	if err := q.check(t.Context()); err != nil || !raised[QuarantineFull] {
		t.Fatalf("%v, %v", raised, err)
	}
	page, err := q.List(t.Context(), Selection{})
	if err != nil || len(page.Items) != 3 {
		t.Fatalf("%+v, %v", page, err)
	}
	for _, i := range page.Items {
		if err := q.Drop(t.Context(), i.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := q.check(t.Context()); err != nil || raised[QuarantineFull] {
		t.Errorf("%v, %v", raised, err)
	}
}
