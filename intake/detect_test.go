package intake

import (
	"slices"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/record"
)

// byTable is a detector with one rule a table; it reads the event, too.
type byTable struct{ t *testing.T }

var fieldTable = ecs.MustLookup("penstock.table")

func (b byTable) Detect(rec *record.Record, ev *ecs.Event, to []string) []string {
	if table := string(ev.Get(fieldTable).Text(nil)); table != rec.Table {
		b.t.Errorf("the event is of %s, the record of %s", table, rec.Table)
	}
	if rec.Table == "DeviceInfo" {
		return append(to, "about-devices", "about-anything")
	}
	return to
}

func TestTheRulesThatMatchedAreInTheJournalWithTheRecord(t *testing.T) {
	to := new(memory)
	r := river(t, Options{Journal: to, Workers: 2, Detector: func() Detector { return byTable{t} }},
		rec("DeviceInfo", 1), rec("EmailEvents", 2), "not json")
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	kept, rejected := to.entries()
	if len(kept) != 2 || len(rejected) != 1 || rejected[0].Matches != nil || kept[1].Matches != nil {
		t.Fatalf("the journal has %+v and %+v", kept, rejected)
	}
	if want := []string{"about-devices", "about-anything"}; !slices.Equal(kept[0].Matches, want) {
		t.Errorf("matches %q, want %q", kept[0].Matches, want)
	}
}

// tables are how many records a witness saw of each table.
type tables map[string]int

func (w tables) Observe(rec *record.Record, read time.Time) {
	if !read.IsZero() {
		w[rec.Table]++
	}
}

func TestEveryRecordThatIsTakenHasAWitness(t *testing.T) {
	seen := tables{}
	r := river(t, Options{Journal: new(memory), Workers: 1, Categories: []string{"Device*"}, Witness: func() Witness { return seen }},
		rec("DeviceInfo", 1), rec("DeviceInfo", 2), rec("EmailEvents", 2), "not json")
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1 || seen["DeviceInfo"] != 2 {
		t.Errorf("records %v", seen)
	}
}
