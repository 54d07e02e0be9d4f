package alert

import (
	"database/sql"
	"errors"
	"slices"
	"testing"
	"time"

	"penstock/journal"
)

// applyBy applies entries that came by an intake.
func (b *bench) applyBy(intake string, entries ...journal.Entry) {
	b.t.Helper()
	block := blockOf(b.clock, entries...)
	block.Batches[0].Intake = intake
	if err := b.db.Change(b.t.Context(), func(tx *sql.Tx) error { return b.Apply(b.t.Context(), tx, block) }); err != nil {
		b.t.Fatal(err)
	}
}

// intakes are those by which the events of an alert came.
func (b *bench) intakes(id int64) []string {
	b.t.Helper()
	rows, err := b.db.Reader.Query(`SELECT intake FROM alert_intake WHERE alert = ? ORDER BY intake`, id)
	if err != nil {
		b.t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			b.t.Fatal(err)
		}
		list = append(list, name)
	}
	if err := rows.Err(); err != nil {
		b.t.Fatal(err)
	}
	return list
}

func TestAnAlertKnowsByWhichIntakesItsEventsCame(t *testing.T) {
	b := newBench(t, Options{})
	b.rules.rules["r"] = Rule{Title: "Encoded command"}
	b.clock = noon
	b.applyBy("north", started(t, noon, "ws-1", "anna", 1, "r"))
	b.applyBy("north", started(t, noon.Add(time.Second), "ws-1", "anna", 2, "r"))
	list := b.list(Filter{})
	if len(list) != 1 || !slices.Equal(b.intakes(list[0].ID), []string{"north"}) {
		t.Fatalf("%d alerts, by %v", len(list), b.intakes(1))
	}
	id := list[0].ID
	if seen, err := b.Within(t.Context(), []string{"north"}, id, 999); err != nil || !slices.Equal(seen, []int64{id}) {
		t.Errorf("within north: %v, %v", seen, err)
	}
	failed := errors.New("the process is killed")
	block := blockOf(b.clock, started(t, noon.Add(2*time.Second), "ws-1", "anna", 3, "r"))
	block.Batches[0].Intake = "south"
	if err := b.db.Change(t.Context(), func(tx *sql.Tx) error { return errors.Join(b.Apply(t.Context(), tx, block), failed) }); !errors.Is(err, failed) {
		t.Fatal(err)
	}
	if got := b.intakes(id); !slices.Equal(got, []string{"north"}) {
		t.Errorf("what was rolled back: %v", got)
	}
	b.applyBy("south", started(t, noon.Add(2*time.Second), "ws-1", "anna", 3, "r"))
	if got := b.intakes(id); !slices.Equal(got, []string{"north", "south"}) {
		t.Errorf("after an event of another intake: %v", got)
	}
	if seen, err := b.Within(t.Context(), []string{"north"}, id); err != nil || len(seen) != 0 {
		t.Errorf("within north, of both: %v, %v", seen, err)
	}
	if list := b.list(Filter{Intakes: []string{"south"}}); len(list) != 0 {
		t.Errorf("%d alerts within south", len(list))
	}
	if list := b.list(Filter{Intakes: []string{"south", "north"}}); len(list) != 1 {
		t.Errorf("%d alerts within both", len(list))
	}
}

func TestAnEventBehindACorrelationIsNotedWithItsIntake(t *testing.T) {
	m := Match{Event: Event{Table: "DeviceLogonEvents", Intake: "north", Summary: "a logon"}}
	for range 200 { // more than a note holds
		m.Entities = append(m.Entities, Entity{Kind: Host, Value: "a host with quite a long name"})
	}
	if text := m.note(); len(text) > maxHitNote || !slices.Contains([]string{`{"table":"DeviceLogonEvents","intake":"north","summary":"a logon","entities":null}`}, text) {
		t.Errorf("%s", text)
	}
}
