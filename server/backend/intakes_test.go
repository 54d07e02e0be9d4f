package backend

import (
	"testing"
	"time"

	"penstock/intake"
	"penstock/intakes"
	"penstock/source"
)

func TestAnIntakeIsToldWithItsPartitionsAndTrouble(t *testing.T) {
	sequence, at := int64(41), time.Unix(100, 0)
	got := intakeOf(&intakes.State{State: intake.State{
		Name: "tenant", State: source.Failing, EventsPerSecond: 2.5,
		Counts: intake.Counts{Records: 10, Kept: 7, Rejected: 3},
		Tables: []intake.Table{{Table: "AlertInfo", Events: 7, Last: at}, {Table: "EmailEvents"}},
		Source: source.Status{
			Kind: "eventhub", Problem: &source.Problem{Message: "The key is wrong.", Hint: "Copy it again."},
			Partitions: []source.Partition{{
				Hub: "defender", Partition: "0", State: source.Running, Owned: true, LastSequence: &sequence,
				Problem: &source.Problem{Message: "The hub is busy.", Time: at},
				Start:   &source.Start{Begins: "sequence 42", Reason: "the journal has all before", Checkpoint: &sequence},
			}},
		},
	}})
	if got.Problem != "The key is wrong. Copy it again." || got.State != "failing" || got.Counts.Quarantined != 3 || got.LastMessage != nil {
		t.Errorf("%+v", got)
	}
	p := got.Partitions[0]
	if *p.LastSequence != 41 || p.Error != "The hub is busy." || !p.ErrorTime.Equal(at) || p.Start.Begins != "sequence 42" || p.LagMessages != nil {
		t.Errorf("%+v", p)
	}
	if got.Tables[0].Last == nil || got.Tables[1].Last != nil {
		t.Errorf("%+v", got.Tables)
	}
}
