package kafka

import (
	"testing"
	"time"

	"penstock/config"
	"penstock/journal"
	"penstock/source"
)

func TestWhereReadingBegins(t *testing.T) {
	at := func(sequence int64, topic string) *journal.Position {
		return &journal.Position{Sequence: sequence, Offset: topic}
	}
	b := bounds{first: 10, end: 100, topic: "new", at: 50}
	for name, test := range map[string]struct {
		own       *journal.Position
		committed int64
		bounds    bounds
		start     config.Start
		next      int64
		gap       source.IncidentKind
		first     int64 // of the gap
		last      int64 // -1: not known
	}{
		"nothing is known":                        {nil, -1, b, config.Start{}, 10, "", 0, 0},
		"nothing is known, latest":                {nil, -1, b, config.Start{Latest: true}, 100, "", 0, 0},
		"nothing is known, a time":                {nil, -1, b, config.Start{Time: time.Unix(1, 0)}, 50, "", 0, 0},
		"nothing is known, a time to come":        {nil, -1, bounds{first: 10, end: 100, at: -1}, config.Start{Time: time.Unix(1, 0)}, 100, "", 0, 0},
		"the journal is ahead":                    {at(49, "new"), 30, b, config.Start{}, 50, "", 0, 0},
		"the group is ahead":                      {at(29, "new"), 50, b, config.Start{}, 50, "", 0, 0},
		"the group alone":                         {nil, 50, b, config.Start{Latest: true}, 50, "", 0, 0},
		"all is read":                             {at(99, "new"), 100, b, config.Start{}, 100, "", 0, 0},
		"some have expired":                       {at(4, "new"), -1, b, config.Start{}, 10, source.GapExpired, 5, 9},
		"the group has gone on over what expired": {at(4, "new"), 20, b, config.Start{}, 20, "", 0, 0},
		"the topic is shorter":                    {at(200, ""), -1, b, config.Start{}, 10, source.GapRebuilt, 201, -1},
		"the topic is another":                    {at(49, "old"), 50, b, config.Start{}, 10, source.GapRebuilt, 50, -1},
		"the group is of a topic before":          {at(49, "new"), 500, b, config.Start{}, 50, "", 0, 0},
		"the group alone is beyond the end":       {nil, 500, b, config.Start{}, 10, source.GapRebuilt, 500, -1},
		"a topic without an id":                   {at(49, "old"), -1, bounds{first: 10, end: 100}, config.Start{}, 50, "", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			from := begin(test.own, test.committed, test.bounds, test.start, "earliest")
			if from.next != test.next || (from.gap != nil) != (test.gap != "") {
				t.Fatalf("%+v", from)
			}
			if from.gap == nil {
				return
			}
			last := int64(-1)
			if from.gap.last != nil {
				last = *from.gap.last
			}
			if from.gap.kind != test.gap || *from.gap.first != test.first || last != test.last {
				t.Errorf("gap %+v %d %d", from.gap, *from.gap.first, last)
			}
		})
	}
}
