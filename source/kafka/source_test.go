package kafka

import (
	"context"
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
	for n := 0; to.count() < len(want); n++ {
		if n > 60 {
			t.Fatal("it does not get on")
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		to.mu.Lock()
		to.batches, to.refuse, to.kept = 0, nil, nil
		if n%2 == 0 {
			to.refuse = func(batch int) error {
				if batch > n%3 {
					cancel()
					return errFull
				}
				return nil
			}
		} else {
			to.kept = func(int) { cancel() }
		}
		to.mu.Unlock()
		s := open(t, options(c, to))
		done := make(chan struct{})
		go func() { // the last one has nothing to stop it
			defer close(done)
			for to.count() < len(want) && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
			cancel()
		}()
		if err := s.Run(ctx, to.handle); err != nil {
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
	same(t, to.sorted(), want)
	if len(to.incidents) > 0 {
		t.Errorf("incidents %+v", to.incidents)
	}
}

func TestTheJournalWinsOverWhatTheGroupHasCommitted(t *testing.T) {
	c, to := broker(t, 1), newSink()
	opening := numbered("a", 10)
	produce(t, c, 0, opening...)
	stop := start(t, open(t, options(c, to)), to.handle)
	eventually(t, "they arrive", func() bool { return to.count() == 10 })
	stop()
	// The group has committed what is behind the journal, as after a kill.
	commit(t, c, 3)
	second := numbered("b", 5)
	produce(t, c, 0, second...)
	s := open(t, options(c, to))
	start(t, s, to.handle)
	eventually(t, "the rest arrives", func() bool { return to.count() == 15 })
	same(t, to.sorted(), opening, second)
	if p := first(s); p.Start == nil || *p.Start.Checkpoint != 9 {
		t.Errorf("start %+v", p.Start)
	}
}

func TestAPartitionThatWentToAnotherProcessAndCameBackIsReadOnWhereTheOtherEnded(t *testing.T) {
	c, here, there := broker(t, 1), newSink(), newSink()
	opening, second, third := numbered("a", 10), numbered("b", 10), numbered("c", 10)
	produce(t, c, 0, opening...)
	stop := start(t, open(t, options(c, here)), here.handle)
	eventually(t, "the first arrive here", func() bool { return here.count() == 10 })
	stop()
	produce(t, c, 0, second...)
	stop = start(t, open(t, options(c, there)), there.handle)
	eventually(t, "the second arrive there", func() bool { return there.count() == 10 })
	stop()
	produce(t, c, 0, third...)
	s := open(t, options(c, here))
	start(t, s, here.handle)
	eventually(t, "the third arrive here", func() bool { return here.count() == 20 })
	same(t, here.sorted(), opening, third)
	same(t, there.sorted(), second)
	if p := first(s); p.Start == nil || *p.Start.Checkpoint != 19 || len(here.incidents) > 0 {
		t.Errorf("start %+v, incidents %+v", p.Start, here.incidents)
	}
}

func TestTwoProcessesShareTheGroupAndEachMessageIsReadOnce(t *testing.T) {
	c, a, b := broker(t, 4), newSink(), newSink()
	opening := numbered("a", 100)
	produce(t, c, -1, opening...)
	one := open(t, options(c, a))
	start(t, one, a.handle)
	eventually(t, "one reads all", func() bool { return a.count() == 100 })
	two := open(t, options(c, b))
	stop := start(t, two, b.handle)
	owned := func(s *Source) (n int) {
		for _, p := range s.Status().Partitions {
			if p.Owned {
				n++
			}
		}
		return n
	}
	eventually(t, "each has two partitions", func() bool { return owned(one) == 2 && owned(two) == 2 })
	second := numbered("b", 100)
	produce(t, c, -1, second...)
	eventually(t, "both read", func() bool { return a.count()+b.count() == 200 })
	if a.count() != 150 || b.count() != 50 {
		t.Errorf("%d and %d", a.count(), b.count())
	}
	stop()
	third := numbered("c", 100)
	produce(t, c, -1, third...)
	eventually(t, "one reads all again", func() bool { return a.count()+b.count() == 300 })
	all := newSink()
	all.bodies = append(a.sorted(), b.sorted()...)
	same(t, all.sorted(), opening, second, third)
}

func TestMessagesThatHaveExpiredAreAGap(t *testing.T) {
	for policy, want := range map[string]int{"earliest": 15, "latest": 11, "stop": 10} {
		t.Run(policy, func(t *testing.T) {
			c, to := broker(t, 1), newSink()
			produce(t, c, 0, numbered("a", 10)...)
			stop := start(t, open(t, options(c, to)), to.handle)
			eventually(t, "they arrive", func() bool { return to.count() == 10 })
			stop()
			produce(t, c, 0, numbered("b", 12)...)
			if err := c.DeleteRecords("hub", 0, 18); err != nil {
				t.Fatal(err)
			}
			s := open(t, options(c, to, func(o *Options) { o.Config.OnGap = policy }))
			start(t, s, to.handle)
			eventually(t, "the gap is told", func() bool { return len(to.list(source.GapExpired)) == 1 })
			eventually(t, "it is decided where to go on", func() bool { return first(s).Start != nil })
			produce(t, c, 0, "last")
			if policy == "stop" {
				eventually(t, "it has stopped", func() bool { return first(s).State == source.Stopped })
			} else {
				eventually(t, "it goes on", func() bool { return to.count() >= want })
			}
			last := int64(17)
			if policy == "latest" {
				last = 21
			}
			if g := to.list(source.GapExpired)[0]; *g.First != 10 || *g.Last != last {
				t.Errorf("gap %d to %d", *g.First, *g.Last)
			}
			if to.count() != want {
				t.Errorf("%d messages, want %d", to.count(), want)
			}
		})
	}
}

func TestATopicThatIsMadeAnewWhileItIsReadIsTold(t *testing.T) {
	c, to := broker(t, 1), newSink()
	produce(t, c, 0, numbered("a", 10)...)
	start(t, open(t, options(c, to)), to.handle)
	eventually(t, "they arrive", func() bool { return to.count() == 10 })
	if err := c.DeleteTopic("hub"); err != nil {
		t.Fatal(err)
	}
	if err := c.CreateTopic("hub", 1, nil); err != nil {
		t.Fatal(err)
	}
	produce(t, c, 0, numbered("b", 12)...) // more than the old one had
	eventually(t, "the new ones arrive", func() bool { return to.count() == 22 })
	same(t, to.sorted(), numbered("a", 10), numbered("b", 12))
	if gaps := to.list(source.GapRebuilt); len(gaps) != 1 || *gaps[0].First != 10 {
		t.Errorf("gaps %+v", gaps)
	}
}

func TestAStartAtLatestIsDecidedOnce(t *testing.T) {
	c, to := broker(t, 1), newSink()
	produce(t, c, 0, numbered("a", 5)...)
	latest := func(o *Options) { o.Config.Start.Latest = true }
	s := open(t, options(c, to, latest))
	stop := start(t, s, to.handle)
	eventually(t, "it reads", func() bool { return first(s).State == source.Running })
	eventually(t, "the group knows where it began", func() bool { return committed(t, c) == 5 })
	stop()
	produce(t, c, 0, numbered("b", 5)...)
	start(t, open(t, options(c, to, latest)), to.handle)
	eventually(t, "what came meanwhile arrives", func() bool { return to.count() == 5 })
	same(t, to.sorted(), numbered("b", 5))
}

func TestBrokersThatGoAwayAreTold(t *testing.T) {
	c, to := broker(t, 1), newSink()
	s := open(t, options(c, to))
	start(t, s, to.handle)
	eventually(t, "it runs", func() bool { return s.Status().State == source.Running })
	c.Close()
	eventually(t, "the trouble shows", func() bool { p := s.Status(); return p.State == source.Failing && p.Problem.Hint != "" })
}

func TestTheLagIsTold(t *testing.T) {
	c, to := broker(t, 1), newSink()
	produce(t, c, 0, numbered("a", 10)...)
	hold := make(chan struct{})
	s := open(t, options(c, to))
	start(t, s, func(ctx context.Context, b source.Batch) error {
		select {
		case <-hold:
			return to.handle(ctx, b)
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	close(hold)
	eventually(t, "nothing is left", func() bool {
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
