package main

import (
	"testing"
	"time"
)

func TestTimeRangeReadsTimesDatesAndHowLongAgo(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		flags    timeRange
		from, to string
	}{
		{timeRange{since: "90m"}, "2026-11-23T10:30:00Z", "2026-11-23T12:00:00Z"},
		{timeRange{since: "7d"}, "2026-11-16T12:00:00Z", "2026-11-23T12:00:00Z"},
		{timeRange{since: "1h", from: "2026-11-01"}, "2026-11-01T00:00:00Z", "2026-11-23T12:00:00Z"},
		{timeRange{since: "1h", from: "2d", to: "1d"}, "2026-11-21T12:00:00Z", "2026-11-22T12:00:00Z"},
		{timeRange{since: "1h", from: "2026-11-23T10:00:00+02:00", to: "2026-11-23 09:00:00"}, "2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z"},
	} {
		from, to, err := c.flags.bounds(now)
		if err != nil {
			t.Errorf("%+v: %v", c.flags, err)
			continue
		}
		if got := from.UTC().Format(time.RFC3339); got != c.from {
			t.Errorf("%+v starts at %s, want %s", c.flags, got, c.from)
		}
		if got := to.UTC().Format(time.RFC3339); got != c.to {
			t.Errorf("%+v ends at %s, want %s", c.flags, got, c.to)
		}
	}
}

func TestTimeRangeRefusesWhatIsNoTimeAndWhatIsEmpty(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, flags := range []timeRange{
		{since: "yesterday"}, {since: "-3h"}, {since: "1h", to: "soon"}, {since: "1h", to: "2h"}, {since: "1h", from: "2027-01-01"},
	} {
		if from, to, err := flags.bounds(now); err == nil {
			t.Errorf("%+v gives %s to %s, want an error", flags, from, to)
		}
	}
}
