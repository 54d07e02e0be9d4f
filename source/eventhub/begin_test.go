package eventhub

import (
	"testing"
	"time"

	"penstock/config"
	"penstock/journal"
	"penstock/source"
)

func TestWhereReadingBegins(t *testing.T) {
	noon := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	at := func(sequence int64) *journal.Position {
		return &journal.Position{Sequence: sequence, Offset: "o", Enqueued: noon}
	}
	last := func(g *gap) int64 {
		if g == nil || g.last == nil {
			return -1
		}
		return *g.last
	}
	for name, test := range map[string]struct {
		at     *journal.Position
		hub    bounds
		onGap  string
		begins string
		offset string
		done   int64
		kind   source.IncidentKind
		until  int64 // last of the gap; -1: not known
		stop   bool
	}{
		"no checkpoint":                  {nil, bounds{first: 5, last: 9}, "earliest", "earliest", "", -1, "", -1, false},
		"follows the checkpoint":         {at(7), bounds{first: 5, last: 9}, "earliest", "sequence 8", "", 7, "", -1, false},
		"all was read":                   {at(9), bounds{first: 5, last: 9}, "earliest", "sequence 10", "", 9, "", -1, false},
		"all was read and has expired":   {at(9), bounds{first: 10, last: 9, empty: true}, "earliest", "sequence 10", "", 9, "", -1, false},
		"the next is the hub's first":    {at(4), bounds{first: 5, last: 9}, "stop", "sequence 5", "", 4, "", -1, false},
		"replicated hubs need offsets":   {at(7), bounds{first: 5, last: 9, geo: true}, "earliest", "sequence 8", "o", 7, "", -1, false},
		"expired, earliest":              {at(2), bounds{first: 5, last: 9}, "earliest", "earliest", "-1", -1, source.GapExpired, 4, false},
		"expired, latest":                {at(2), bounds{first: 5, last: 9}, "latest", "latest", "@latest", -1, source.GapExpired, 9, false},
		"expired, stop":                  {at(2), bounds{first: 5, last: 9}, "stop", "nowhere", "", -1, source.GapExpired, 4, true},
		"everything expired":             {at(2), bounds{first: 10, last: 9, empty: true}, "earliest", "earliest", "-1", -1, source.GapExpired, 9, false},
		"made anew, earliest":            {at(70), bounds{first: 0, last: 9}, "earliest", "earliest", "-1", -1, source.GapRebuilt, -1, false},
		"made anew and empty":            {at(70), bounds{first: 0, last: -1, empty: true}, "latest", "latest", "@latest", -1, source.GapRebuilt, -1, false},
		"made anew, stop":                {at(70), bounds{first: 0, last: 9}, "stop", "nowhere", "", -1, source.GapRebuilt, -1, true},
		"made anew and longer by now":    {at(7), bounds{first: 0, last: 90, created: noon.Add(time.Hour)}, "earliest", "earliest", "-1", -1, source.GapRebuilt, -1, false},
		"created before the message was": {at(7), bounds{first: 0, last: 90, created: noon.Add(-time.Hour)}, "earliest", "sequence 8", "", 7, "", -1, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := begin(test.at, "the journal", test.hub, config.Start{}, test.onGap)
			if got.begins != test.begins || got.offset != test.offset || got.done != test.done || got.stop != test.stop || got.reason == "" {
				t.Errorf("got %+v", got)
			}
			if (got.gap != nil) != (test.kind != "") || last(got.gap) != test.until {
				t.Fatalf("gap %+v", got.gap)
			}
			if got.gap != nil && (got.gap.kind != test.kind || *got.gap.first != test.at.Sequence+1) {
				t.Errorf("gap %+v", got.gap)
			}
		})
	}
}

func TestRunwayIsTheTimeUntilExpiryReachesReading(t *testing.T) {
	at := func(seconds, next, first int64) sample { return sample{time.Unix(seconds, 0), next, first} }
	for name, test := range map[string]struct {
		samples []sample
		want    float64 // -1: none
	}{
		"one look tells nothing":             {[]sample{at(0, 100, 0)}, -1},
		"expiry stands still":                {[]sample{at(0, 100, 0), at(10, 100, 0)}, -1},
		"reading is faster than expiry":      {[]sample{at(0, 100, 0), at(10, 200, 50)}, -1},
		"reading stands still":               {[]sample{at(0, 100, 0), at(10, 100, 50)}, 10},
		"reading is slower than expiry":      {[]sample{at(0, 100, 0), at(10, 110, 20)}, 90},
		"expiry has overtaken what was read": {[]sample{at(0, 100, 90), at(10, 100, 120)}, 0},
	} {
		got := runway(test.samples)
		if (got == nil) != (test.want < 0) || got != nil && *got != test.want {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
}
