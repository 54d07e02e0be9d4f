package intakes

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"penstock/intake"
	"penstock/state/statetest"
)

func TestArrivalsAreCountedOverAllStarts(t *testing.T) {
	db, err := statetest.Open(t.Context(), filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s := &store{db: db}
	first := time.UnixMilli(1_700_000_000_000).UTC()
	counted := map[string]int64{}
	for i, events := range []int64{3, 5, 5} {
		fresh := since([]intake.Table{{Table: "DeviceEvents", Events: events, Last: first.Add(time.Duration(i) * time.Minute)}}, counted)
		if (i == 2) != (len(fresh) == 0) {
			t.Fatalf("round %d: %v", i, fresh)
		}
		if err := s.arrived(t.Context(), "north", fresh); err != nil {
			t.Fatal(err)
		}
		counted["DeviceEvents"] = events
	}
	// Another start counts from nothing.
	fresh := since([]intake.Table{{Table: "DeviceEvents", Events: 2, Last: first.Add(time.Hour)}}, map[string]int64{})
	if err := s.arrived(t.Context(), "north", fresh); err != nil {
		t.Fatal(err)
	}
	all, err := s.arrivals(t.Context())
	if want := (Arrival{First: first, Last: first.Add(time.Hour), Events: 7}); err != nil || all["north"]["DeviceEvents"] != want {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestWhatNeverArrivedIsOfTheChosenTables(t *testing.T) {
	known := []string{"AlertInfo", "DeviceEvents", "EmailEvents"}
	came := func(table string) bool { return table == "DeviceEvents" }
	for name, test := range map[string]struct{ ticked, want []string }{
		"all are chosen where nobody has said so": {nil, []string{"AlertInfo", "EmailEvents"}},
		"the chosen ones alone":                   {[]string{"deviceevents", "emailevents"}, []string{"EmailEvents"}},
		"one that is not known is expected too":   {[]string{"Other"}, []string{"Other"}},
	} {
		if got := missing(chosen(test.ticked, known), came); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
