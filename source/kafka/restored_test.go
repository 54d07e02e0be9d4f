package kafka

import (
	"strings"
	"testing"

	"penstock/config"
	"penstock/journal"
	"penstock/source"
	"penstock/source/sourcetest"
)

func TestARestoredPenstockWaitsForTheGroupAndBeginsWhereTheBackupEnds(t *testing.T) {
	c, before, to, mark := broker(t, 2), newSink(), newSink(), &sourcetest.Restored{}
	opening, other := numbered("a", 10), numbered("b", 5)
	produce(t, c, 0, opening...)
	produce(t, c, 1, other...)
	stop := sourcetest.Start(t, open(t, options(c, before)), before.Handle)
	sourcetest.Eventually(t, "the Penstock before reads all", func() bool { return before.Count() == 15 })
	// The backup has some of one partition and nothing of the other.
	to.Positions = map[sourcetest.Place]journal.Position{{Hub: "hub", Partition: "0"}: {Sequence: 3}}
	o := options(c, to, func(o *Options) { o.Restored, o.Config.Start = mark, config.Start{Latest: true} })
	s := open(t, o)
	again := sourcetest.Start(t, s, to.Handle)
	sourcetest.Eventually(t, "it is said that others are in the group", func() bool {
		p := s.Status().Problem
		return s.Status().State == source.Failing && p != nil && strings.Contains(p.Message, "others are still in the group group: penstock at")
	})
	if to.Count() > 0 || !mark.Untouched("hub") {
		t.Error("it has begun all the same")
	}
	stop()
	sourcetest.Eventually(t, "what the backup lacks is read", func() bool { return to.Count() == 11 })
	sourcetest.Eventually(t, "the group is taken back", func() bool { return !mark.Due("hub", "0") && !mark.Due("hub", "1") })
	to.Has(t, opening[4:], other)
	for i, reason := range []string{"6 more messages were read", "5 more messages were read"} {
		if p := s.Status().Partitions[i]; p.Start == nil || !strings.Contains(p.Start.Reason, reason) {
			t.Errorf("partition %d: %+v", i, p.Start)
		}
	}
	again()
	more := numbered("c", 5)
	produce(t, c, 0, more...)
	sourcetest.Start(t, open(t, o), to.Handle)
	sourcetest.Eventually(t, "it goes on by itself", func() bool { return to.Count() == 16 })
	to.Has(t, opening[4:], other, more)
}
