package kafka

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"penstock/source"
	"penstock/source/sourcetest"
)

func TestContract(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Stage {
		c := broker(t, 3)
		return sourcetest.Stage{
			Fill: func(t *testing.T, bodies []string) { produce(t, c, -1, bodies...) },
			Open: func(t *testing.T, resume source.Resume) source.Source {
				return open(t, options(c, newSink(), func(o *Options) { o.Resume = resume }))
			},
		}
	})
}

// TestAKillAtAnyMomentNeitherLosesNorDoubles ends the source before or after the n-th batch has become durable, before it
// was acknowledged, for every n, each time with what the journal has and what the group has committed.
func TestAKillAtAnyMomentNeitherLosesNorDoubles(t *testing.T) {
	c, to := broker(t, 2), newSink()
	want := numbered("a", 40)
	for i := range want {
		produce(t, c, int32(i%2), want[i]) //nolint:gosec // few
	}
	for n := 0; to.Count() < len(want); n++ {
		if n > 60 {
			t.Fatal("it does not get on")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		to.Mu.Lock()
		to.Batches, to.Refuse, to.Kept = 0, nil, nil
		if n%2 == 0 {
			to.Refuse = func(batch int) error {
				if batch > n%3 {
					cancel()
					return errFull
				}
				return nil
			}
		} else {
			to.Kept = func(int) { cancel() }
		}
		to.Mu.Unlock()
		s := open(t, options(c, to))
		done := make(chan struct{})
		go func() { // the last one has nothing to stop it
			defer close(done)
			for to.Count() < len(want) && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		if err := s.Run(ctx, to.Handle); err != nil {
			t.Fatal(err)
		}
		cancel()
		<-done
		if n == 4 { // more comes while it stands still
			more := numbered("b", 20)
			produce(t, c, -1, more...)
			want = append(want, more...)
		}
	}
	to.Has(t, want)
	if len(to.Incidents) > 0 {
		t.Errorf("incidents %+v", to.Incidents)
	}
}

func TestTheJournalWinsOverWhatTheGroupHasCommitted(t *testing.T) {
	c, to := broker(t, 1), newSink()
	opening := numbered("a", 10)
	produce(t, c, 0, opening...)
	stop := sourcetest.Start(t, open(t, options(c, to)), to.Handle)
	sourcetest.Eventually(t, "they arrive", func() bool { return to.Count() == 10 })
	stop()
	// The group has committed what is behind the journal, as after a kill.
	commit(t, c, 3)
	second := numbered("b", 5)
	produce(t, c, 0, second...)
	s := open(t, options(c, to))
	sourcetest.Start(t, s, to.Handle)
	sourcetest.Eventually(t, "the rest arrives", func() bool { return to.Count() == 15 })
	to.Has(t, opening, second)
	if p := first(s); p.Start == nil || *p.Start.Checkpoint != 9 {
		t.Errorf("start %+v", p.Start)
	}
}

func TestAPartitionThatWentToAnotherProcessAndCameBackIsReadOnWhereTheOtherEnded(t *testing.T) {
	c, here, there := broker(t, 1), newSink(), newSink()
	opening, second, third := numbered("a", 10), numbered("b", 10), numbered("c", 10)
	produce(t, c, 0, opening...)
	stop := sourcetest.Start(t, open(t, options(c, here)), here.Handle)
	sourcetest.Eventually(t, "the first arrive here", func() bool { return here.Count() == 10 })
	stop()
	produce(t, c, 0, second...)
	stop = sourcetest.Start(t, open(t, options(c, there)), there.Handle)
	sourcetest.Eventually(t, "the second arrive there", func() bool { return there.Count() == 10 })
	stop()
	produce(t, c, 0, third...)
	s := open(t, options(c, here))
	sourcetest.Start(t, s, here.Handle)
	sourcetest.Eventually(t, "the third arrive here", func() bool { return here.Count() == 20 })
	here.Has(t, opening, third)
	there.Has(t, second)
	if p := first(s); p.Start == nil || *p.Start.Checkpoint != 19 || len(here.Incidents) > 0 {
		t.Errorf("start %+v, incidents %+v", p.Start, here.Incidents)
	}
}

func TestTwoProcessesShareTheGroupAndEachMessageIsReadOnce(t *testing.T) {
	c, a, b := broker(t, 4), newSink(), newSink()
	opening := numbered("a", 100)
	produce(t, c, -1, opening...)
	one := open(t, options(c, a))
	sourcetest.Start(t, one, a.Handle)
	sourcetest.Eventually(t, "one reads all", func() bool { return a.Count() == 100 })
	two := open(t, options(c, b))
	stop := sourcetest.Start(t, two, b.Handle)
	owned := func(s *Source) (n int) {
		for _, p := range s.Status().Partitions {
			if p.Owned {
				n++
			}
		}
		return n
	}
	sourcetest.Eventually(t, "each has two partitions", func() bool { return owned(one) == 2 && owned(two) == 2 })
	second := numbered("b", 100)
	produce(t, c, -1, second...)
	sourcetest.Eventually(t, "both read", func() bool { return a.Count()+b.Count() == 200 })
	if a.Count() != 150 || b.Count() != 50 {
		t.Errorf("%d and %d", a.Count(), b.Count())
	}
	stop()
	third := numbered("c", 100)
	produce(t, c, -1, third...)
	sourcetest.Eventually(t, "one reads all again", func() bool { return a.Count()+b.Count() == 300 })
	all := newSink()
	all.Bodies = slices.Concat(a.Bodies, b.Bodies)
	all.Has(t, opening, second, third)
}

func TestMessagesThatHaveExpiredAreAGap(t *testing.T) {
	for policy, want := range map[string]int{"earliest": 15, "latest": 11, "stop": 10} {
		t.Run(policy, func(t *testing.T) {
			c, to := broker(t, 1), newSink()
			produce(t, c, 0, numbered("a", 10)...)
			stop := sourcetest.Start(t, open(t, options(c, to)), to.Handle)
			sourcetest.Eventually(t, "they arrive", func() bool { return to.Count() == 10 })
			stop()
			produce(t, c, 0, numbered("b", 12)...)
			if err := c.DeleteRecords("hub", 0, 18); err != nil {
				t.Fatal(err)
			}
			s := open(t, options(c, to, func(o *Options) { o.Config.OnGap = policy }))
			sourcetest.Start(t, s, to.Handle)
			sourcetest.Eventually(t, "the gap is told", func() bool { return len(to.List(source.GapExpired)) == 1 })
			sourcetest.Eventually(t, "it is decided where to go on", func() bool { return first(s).Start != nil })
			produce(t, c, 0, "last")
			if policy == "stop" {
				sourcetest.Eventually(t, "it has stopped", func() bool { return first(s).State == source.Stopped })
			} else {
				sourcetest.Eventually(t, "it goes on", func() bool { return to.Count() >= want })
			}
			last := int64(17)
			if policy == "latest" {
				last = 21
			}
			if g := to.List(source.GapExpired)[0]; *g.First != 10 || *g.Last != last {
				t.Errorf("gap %d to %d", *g.First, *g.Last)
			}
			if to.Count() != want {
				t.Errorf("%d messages, want %d", to.Count(), want)
			}
		})
	}
}

func TestATopicThatIsMadeAnewWhileItIsReadIsTold(t *testing.T) {
	c, to := broker(t, 1), newSink()
	produce(t, c, 0, numbered("a", 10)...)
	sourcetest.Start(t, open(t, options(c, to)), to.Handle)
	sourcetest.Eventually(t, "they arrive", func() bool { return to.Count() == 10 })
	if err := c.DeleteTopic("hub"); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateTopic("hub", 1, nil); err != nil {
		t.Fatal(err)
	}
	produce(t, c, 0, numbered("b", 12)...) // more than the old one had
	sourcetest.Eventually(t, "the new ones arrive", func() bool { return to.Count() == 22 })
	to.Has(t, numbered("a", 10), numbered("b", 12))
	if gaps := to.List(source.GapRebuilt); len(gaps) != 1 || *gaps[0].First != 10 {
		t.Errorf("gaps %+v", gaps)
	}
}

func TestAStartAtLatestIsDecidedOnce(t *testing.T) {
	c, to := broker(t, 1), newSink()
	produce(t, c, 0, numbered("a", 5)...)
	latest := func(o *Options) { o.Config.Start.Latest = true }
	s := open(t, options(c, to, latest))
	stop := sourcetest.Start(t, s, to.Handle)
	sourcetest.Eventually(t, "it reads", func() bool { return first(s).State == source.Running })
	sourcetest.Eventually(t, "the group knows where it began", func() bool { return committed(t, c) == 5 })
	stop()
	produce(t, c, 0, numbered("b", 5)...)
	sourcetest.Start(t, open(t, options(c, to, latest)), to.Handle)
	sourcetest.Eventually(t, "what came meanwhile arrives", func() bool { return to.Count() == 5 })
	to.Has(t, numbered("b", 5))
}

func TestBrokersThatGoAwayAreTold(t *testing.T) {
	c, to := broker(t, 1), newSink()
	s := open(t, options(c, to))
	sourcetest.Start(t, s, to.Handle)
	sourcetest.Eventually(t, "it runs", func() bool { return s.Status().State == source.Running })
	c.Close()
	sourcetest.Eventually(t, "the trouble shows", func() bool { p := s.Status(); return p.State == source.Failing && p.Problem.Hint != "" })
}

func TestTheLagIsTold(t *testing.T) {
	c, to := broker(t, 1), newSink()
	produce(t, c, 0, numbered("a", 10)...)
	hold := make(chan struct{})
	s := open(t, options(c, to))
	sourcetest.Start(t, s, func(ctx context.Context, b source.Batch) error {
		select {
		case <-hold:
			return to.Handle(ctx, b)
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	close(hold)
	sourcetest.Eventually(t, "nothing is left", func() bool {
		p := first(s)
		return p.LagMessages != nil && *p.LagMessages == 0 && *p.LastSequence == 9 && *p.HubFirst == 0 && *p.HubLast == 9
	})
}

// first is the first partition, as far as it is known.
func first(s *Source) source.Partition {
	if list := s.Status().Partitions; len(list) > 0 {
		return list[0]
	}
	return source.Partition{}
}

// committed is what the group has committed; -1: nothing.
func committed(t *testing.T, c *kfake.Cluster) int64 {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	list, err := kadm.NewClient(client).FetchOffsets(t.Context(), "group")
	if o, ok := list.Lookup("hub", 0); err == nil && ok {
		return o.At
	}
	return -1
}

// commit sets what the group has committed.
func commit(t *testing.T, c *kfake.Cluster, offset int64) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var offsets kadm.Offsets
	offsets.AddOffset("hub", 0, offset, -1)
	if err := kadm.NewClient(client).CommitAllOffsets(t.Context(), "group", offsets); err != nil {
		t.Fatal(err)
	}
}
