package eventhub

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2/checkpoints"

	"penstock/config"
	"penstock/eventhubtest"
	"penstock/journal"
	"penstock/source"
	"penstock/source/eventhub/azuritetest"
	"penstock/source/sourcetest"
)

func TestMessagesThatHaveExpiredAreAGap(t *testing.T) {
	e, to, noted := emulate(t, 1), newSink(), newIncidents()
	send(t, e.conn, "0", numbered("a", 10)...)
	o := quick(e.conn, func(o *Options) { o.Resume, o.Incidents = to.resume, noted })
	stop := sourcetest.Start(t, open(t, o), to.handle)
	sourcetest.Eventually(t, "the first ten arrive", func() bool { return to.count() == 10 })
	stop()
	first := e.expire(t, "0")
	send(t, e.conn, "0", "after")
	s := open(t, o)
	sourcetest.Start(t, s, to.handle)
	sourcetest.Eventually(t, "reading goes on", func() bool { to.mu.Lock(); defer to.mu.Unlock(); return to.bodies["after"] == 1 })
	gaps := noted.list(source.GapExpired)
	if len(gaps) != 1 || *gaps[0].First != 10 || *gaps[0].Last != first-1 {
		t.Errorf("the hub begins at %d; gaps %+v", first, gaps)
	}
	p := s.Status().Partitions[0]
	if p.Start == nil || p.Start.Checkpoint == nil || *p.Start.Checkpoint != 9 || *p.Start.HubFirst != first || p.Start.Begins != "earliest" {
		t.Errorf("start %+v", p.Start)
	}
}

func TestAHubThatWasMadeAnewIsToldFromExpiry(t *testing.T) {
	for policy, want := range map[string]string{"earliest": "new", "stop": ""} {
		t.Run(policy, func(t *testing.T) {
			e, to, noted := emulate(t, 1), newSink(), newIncidents()
			to.positions["0"] = journal.Position{Sequence: 70, Offset: "7000", Enqueued: time.Now()}
			send(t, e.conn, "0", "new")
			s := open(t, quick(e.conn, func(o *Options) {
				o.Resume, o.Incidents, o.Config.OnGap = to.resume, noted, policy
			}))
			stop := sourcetest.Start(t, s, to.handle)
			sourcetest.Eventually(t, "the gap is noted", func() bool { return len(noted.list(source.GapRebuilt)) == 1 })
			if want != "" {
				sourcetest.Eventually(t, "the new hub is read", func() bool { return to.count() == 1 })
			} else {
				sourcetest.Eventually(t, "reading stops", func() bool { return s.Status().Partitions[0].State == source.Stopped })
			}
			stop()
			if g := noted.list(source.GapRebuilt)[0]; *g.First != 71 || g.Last != nil || !strings.Contains(g.Message, "made anew") {
				t.Errorf("gap %+v", g)
			}
			if want == "" && to.count() != 0 {
				t.Error("something was read")
			}
		})
	}
}

func TestAForeignReaderIsNamedAndLeftAlone(t *testing.T) {
	e, to, noted := emulate(t, 1), newSink(), newIncidents()
	s := open(t, quick(e.conn, func(o *Options) { o.Incidents = noted }))
	sourcetest.Start(t, s, to.handle)
	send(t, e.conn, "0", "before")
	sourcetest.Eventually(t, "the first arrives", func() bool { return to.count() == 1 })
	level, earliest := int64(5), true
	consumer, err := azeventhubs.NewConsumerClientFromConnectionString(e.conn, "hub", "$Default", &azeventhubs.ConsumerClientOptions{InstanceID: "logstash"})
	if err != nil {
		t.Fatal(err)
	}
	defer consumer.Close(context.WithoutCancel(t.Context()))
	foreign, err := consumer.NewPartitionClient("0", &azeventhubs.PartitionClientOptions{OwnerLevel: &level, StartPosition: azeventhubs.StartPosition{Earliest: &earliest}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := foreign.ReceiveEvents(t.Context(), 1, nil); err != nil {
		t.Fatal(err)
	}
	sourcetest.Eventually(t, "the partition is contested", func() bool { return s.Status().Partitions[0].State == source.Contested })
	if p := s.Status().Problem; p == nil || !strings.Contains(p.Error(), "Someone else reads the consumer group $Default") {
		t.Errorf("problem %v", p)
	}
	sourcetest.Eventually(t, "there is an incident", func() bool { return len(noted.list(source.ForeignReader)) == 1 })
	if err := foreign.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	send(t, e.conn, "0", "after")
	sourcetest.Eventually(t, "reading goes on once the other has left", func() bool { return to.count() == 2 })
	sourcetest.Eventually(t, "the incident ends", func() bool { return len(noted.list(source.ForeignReader)) == 0 })
}

func TestPartitionsThatAreAddedAreRead(t *testing.T) {
	e, to := emulate(t, 2), newSink()
	s := open(t, quick(e.conn, func(o *Options) { o.Resume = to.resume }))
	sourcetest.Start(t, s, to.handle)
	send(t, e.conn, "1", "one")
	sourcetest.Eventually(t, "the first arrives", func() bool { return to.count() == 1 })
	if err := e.GrowHub("hub", 4); err != nil {
		t.Fatal(err)
	}
	send(t, e.conn, "3", "three")
	sourcetest.Eventually(t, "the new partition is read", func() bool { return to.count() == 2 })
	to.check(t, []string{"one", "three"})
}

func TestStorageThatGoesAwayAndComesBack(t *testing.T) {
	azurite, e, to := azuritetest.Start(t), emulate(t, 2), newSink()
	azurite.Container("checkpoints", true)
	s := open(t, quick(e.conn, func(o *Options) {
		o.Resume = to.resume
		o.Config.Storage = &config.Storage{ConnectionString: config.Secret(azurite.ConnectionString()), Container: "checkpoints"}
	}))
	stop := sourcetest.Start(t, s, to.handle)
	send(t, e.conn, "", numbered("a", 50)...)
	sourcetest.Eventually(t, "the first arrive", func() bool { return to.count() == 50 })
	azurite.Stop()
	sourcetest.Eventually(t, "it is noticed", func() bool {
		p := s.Status().Problem
		return p != nil && strings.Contains(p.Message, "cannot be reached")
	})
	send(t, e.conn, "", numbered("b", 50)...)
	sourcetest.Eventually(t, "reading goes on", func() bool { return to.count() == 100 })
	azurite.Restart()
	sourcetest.Eventually(t, "it is well again", func() bool { return s.Status().State == source.Running })
	stop()
	to.check(t, append(numbered("a", 50), numbered("b", 50)...))

	// With no journal, the checkpoints alone tell where reading was.
	again := newSink()
	sourcetest.Start(t, open(t, quick(e.conn, func(o *Options) {
		o.Config.Storage = &config.Storage{ConnectionString: config.Secret(azurite.ConnectionString()), Container: "checkpoints"}
	})), again.handle)
	send(t, e.conn, "0", "c")
	sourcetest.Eventually(t, "the last arrives", func() bool { return again.count() >= 1 })
	again.check(t, []string{"c"})
}

func TestTwoProcessesShareTheGroupAndOneTakesOver(t *testing.T) {
	azurite, e := azuritetest.Start(t), emulate(t, 4)
	azurite.Container("checkpoints", true)
	noted := newIncidents()
	change := func(name string, to *sink) func(*Options) {
		return func(o *Options) {
			o.Instance, o.Resume, o.Incidents = name, to.resume, noted
			o.Config.Storage = &config.Storage{ConnectionString: config.Secret(azurite.ConnectionString()), Container: "checkpoints"}
		}
	}
	one, two := newSink(), newSink()
	first := open(t, quick(e.conn, change("one", one)))
	stop := sourcetest.Start(t, first, one.handle)
	second := open(t, quick(e.conn, change("two", two)))
	sourcetest.Start(t, second, two.handle)
	owned := func(s *Source) (n int) {
		for _, p := range s.Status().Partitions {
			if p.Owned {
				n++
			}
		}
		return n
	}
	sourcetest.Eventually(t, "the partitions are shared", func() bool { return owned(first) == 2 && owned(second) == 2 })
	want := numbered("a", 200)
	spread := func(bodies []string) {
		for i := range 4 {
			send(t, e.conn, fmt.Sprint(i), bodies[i*len(bodies)/4:(i+1)*len(bodies)/4]...)
		}
	}
	spread(want)
	all := func() map[string]int {
		sum := make(map[string]int)
		for _, s := range []*sink{one, two} {
			s.mu.Lock()
			for body, n := range s.bodies {
				sum[body] += n
			}
			s.mu.Unlock()
		}
		return sum
	}
	sourcetest.Eventually(t, "all arrive", func() bool { return len(all()) == len(want) })
	if one.count() == 0 || two.count() == 0 {
		t.Errorf("one has read %d, the other %d", one.count(), two.count())
	}
	stop()
	sourcetest.Eventually(t, "the other takes over", func() bool { return owned(second) == 4 })
	want = append(want, numbered("b", 100)...)
	spread(want[200:])
	sourcetest.Eventually(t, "all arrive", func() bool { return len(all()) == len(want) })
	if list := noted.list(source.ForeignReader); len(list) > 0 {
		t.Errorf("incidents: %+v", list)
	}
	for _, p := range second.Status().Partitions {
		if p.Problem != nil || p.Start == nil {
			t.Errorf("partition %s: problem %v, start %+v", p.Partition, p.Problem, p.Start)
		}
	}
}

func TestThePartitionsOfAProcessThatWasKilledAreTakenOverWhereItWas(t *testing.T) {
	azurite, e, to := azuritetest.Start(t), emulate(t, 2), newSink()
	store, err := checkpoints.NewBlobStore(azurite.Container("checkpoints", true), nil)
	if err != nil {
		t.Fatal(err)
	}
	send(t, e.conn, "0", numbered("a", 10)...)
	send(t, e.conn, "1", numbered("b", 10)...)
	// What a killed process leaves behind: claims that nobody renews, and checkpoints.
	var claims []azeventhubs.Ownership
	for _, id := range []string{"0", "1"} {
		claims = append(claims, azeventhubs.Ownership{ConsumerGroup: "$Default", EventHubName: "hub", FullyQualifiedNamespace: e.Addr().String(), PartitionID: id, OwnerID: "killed"})
	}
	if _, err := store.ClaimOwnership(t.Context(), claims, nil); err != nil {
		t.Fatal(err)
	}
	sequence, offset := int64(4), "unknown"
	err = store.SetCheckpoint(t.Context(), azeventhubs.Checkpoint{
		ConsumerGroup: "$Default", EventHubName: "hub", FullyQualifiedNamespace: e.Addr().String(), PartitionID: "0", SequenceNumber: &sequence, Offset: &offset,
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, quick(e.conn, func(o *Options) {
		o.Resume = to.resume
		o.Config.Storage = &config.Storage{ConnectionString: config.Secret(azurite.ConnectionString()), Container: "checkpoints"}
	}))
	sourcetest.Start(t, s, to.handle)
	want := slices.Concat(numbered("a", 10)[5:], numbered("b", 10))
	sourcetest.Eventually(t, "all that was left is read", func() bool { return to.count() >= len(want) })
	to.check(t, want)
	if got := s.Status().Partitions[0].Start; got == nil || !strings.Contains(got.Reason, "the checkpoint") || *got.Checkpoint != 4 {
		t.Errorf("start %+v", got)
	}
}

func TestABacklogKeepsToTheMemoryItHas(t *testing.T) {
	for _, test := range []struct{ memory, partitions, size, want int }{
		{64 << 20, 1, 2 << 10, 1000}, {64 << 20, 32, 1 << 20, 1}, {64 << 20, 32, 64 << 10, 16}, {1 << 20, 100, 1 << 20, 1},
	} {
		p := &partition{size: test.size}
		if got := p.credit(test.memory, test.partitions); got != test.want {
			t.Errorf("%+v: got %d", test, got)
		}
	}
}

func TestTLSAndWebSocketsCarryTheSame(t *testing.T) {
	// The test server of net/http lends its certificate.
	lender := httptest.NewTLSServer(nil)
	t.Cleanup(lender.Close)
	e := emulate(t, 1, func(o *eventhubtest.Options) { o.TLS = lender.TLS.Clone() })
	conn := strings.Replace(e.conn, ";UseDevelopmentEmulator=true", "", 1)
	for _, transport := range []string{"amqp", "websockets"} {
		t.Run(transport, func(t *testing.T) {
			to := newSink()
			sourcetest.Start(t, open(t, quick(conn, func(o *Options) {
				o.Config.Transport = transport
				o.TLS = lender.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
				o.TLS.ServerName = "example.com" // the SDK would look for a certificate for address and port
			})), to.handle)
			send(t, e.conn, "0", transport)
			sourcetest.Eventually(t, "it arrives", func() bool { to.mu.Lock(); defer to.mu.Unlock(); return to.bodies[transport] == 1 })
		})
	}
}

func TestNothingIsLostOrTwiceWhateverTheHubDoes(t *testing.T) {
	for name, fault := range map[string]func(t *testing.T, e *emulator){
		"connections break":       func(_ *testing.T, e *emulator) { e.DropConnections() },
		"links are detached":      func(_ *testing.T, e *emulator) { e.DetachLinks("hub", "", "amqp:link:detach-forced", "upgrade") },
		"a link fails inside":     func(_ *testing.T, e *emulator) { e.DetachLinks("hub", "0", "amqp:internal-error", "oops") },
		"the namespace throttles": func(_ *testing.T, e *emulator) { e.Throttle("", 300*time.Millisecond); e.DropConnections() },
		"connections are refused": func(_ *testing.T, e *emulator) { e.Refuse(300 * time.Millisecond); e.DropConnections() },
		"tokens expire":           func(_ *testing.T, e *emulator) { e.ExpireTokens() },
		"messages are delivered twice": func(t *testing.T, e *emulator) {
			if _, err := e.Redeliver("hub", "0", 20); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, to, noted := emulate(t, 2, func(o *eventhubtest.Options) { o.Keys = map[string]string{"listen": "a2V5"} }), newSink(), newIncidents()
			s := open(t, quick(e.conn, func(o *Options) { o.Resume, o.Incidents = to.resume, noted }))
			sourcetest.Start(t, s, to.handle)
			want := numbered("a", 400)
			for round := range 4 {
				for i, body := range want[round*100 : round*100+100] {
					if _, err := e.Append("hub", fmt.Sprint(i%2), []byte(body)); err != nil {
						t.Fatal(err)
					}
				}
				if round == 0 {
					sourcetest.Eventually(t, "the first arrive", func() bool { return to.count() >= 50 })
				}
				fault(t, e)
			}
			sourcetest.Eventually(t, "all arrive", func() bool { return to.count() == len(want) })
			sourcetest.Eventually(t, "all is well again", func() bool { return s.Status().State == source.Running })
			to.check(t, want)
			for _, kind := range []source.IncidentKind{source.GapExpired, source.GapHole, source.GapRebuilt, source.ForeignReader} {
				if list := noted.list(kind); len(list) > 0 {
					t.Errorf("incidents: %+v", list)
				}
			}
		})
	}
}

func TestAHubThatIsMadeAnewWhileItIsReadIsReadFromItsBeginning(t *testing.T) {
	e, to, noted := emulate(t, 1), newSink(), newIncidents()
	sourcetest.Start(t, open(t, quick(e.conn, func(o *Options) { o.Resume, o.Incidents = to.resume, noted })), to.handle)
	send(t, e.conn, "0", numbered("old", 20)...)
	sourcetest.Eventually(t, "the old hub is read", func() bool { return to.count() == 20 })
	if err := e.RecreateHub(e.spec); err != nil {
		t.Fatal(err)
	}
	send(t, e.conn, "0", "new")
	sourcetest.Eventually(t, "the new hub is read", func() bool { return to.count() == 21 })
	if gaps := noted.list(source.GapRebuilt); len(gaps) != 1 || *gaps[0].First != 20 {
		t.Errorf("gaps %+v", gaps)
	}
}

func TestReadingWaitsForAHubThatIsMissing(t *testing.T) {
	e, to := emulate(t, 1), newSink()
	if err := e.DeleteHub("hub"); err != nil {
		t.Fatal(err)
	}
	s := open(t, quick(e.conn, nil))
	sourcetest.Start(t, s, to.handle)
	sourcetest.Eventually(t, "it is said", func() bool {
		p := s.Status().Problem
		return p != nil && strings.HasSuffix(p.Message, "has no hub "+e.spec.Name+".")
	})
	if err := e.CreateHub(e.spec); err != nil {
		t.Fatal(err)
	}
	send(t, e.conn, "0", "first")
	sourcetest.Eventually(t, "it is read once it is there", func() bool { return to.count() == 1 })
}

func TestAConsumerGroupThatIsMissingIsNamedForAsLongAsItIs(t *testing.T) {
	e := emulate(t, 2)
	s := open(t, quick(e.conn, func(o *Options) { o.Config.ConsumerGroup = "nobody" }))
	sourcetest.Start(t, s, newSink().handle)
	named := func() bool {
		p := s.Status().Problem
		return p != nil && strings.Contains(p.Message, "no consumer group nobody")
	}
	sourcetest.Eventually(t, "it is said", named)
	for range 50 {
		if !named() {
			t.Fatal("it is no longer said, though nothing has changed")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestLagIsTold(t *testing.T) {
	e, to := emulate(t, 1), newSink()
	s := open(t, quick(e.conn, nil))
	hold := make(chan struct{})
	sourcetest.Start(t, s, func(ctx context.Context, b source.Batch) error {
		if err := to.handle(ctx, b); err != nil {
			return err
		}
		if to.count() > 1 {
			select {
			case <-hold:
			case <-ctx.Done():
			}
		}
		return nil
	})
	send(t, e.conn, "0", "one")
	sourcetest.Eventually(t, "reading has caught up", func() bool {
		p := s.Status().Partitions
		return len(p) == 1 && p[0].LagMessages != nil && *p[0].LagMessages == 0 && *p[0].LagSeconds == 0
	})
	send(t, e.conn, "0", numbered("more", 10)...)
	sourcetest.Eventually(t, "it lags", func() bool {
		p := s.Status().Partitions[0]
		return *p.LagMessages == 10 && *p.LagSeconds > 0
	})
	close(hold)
	sourcetest.Eventually(t, "it has caught up again", func() bool { return *s.Status().Partitions[0].LagMessages == 0 })
}

func TestProbeOfTheHub(t *testing.T) {
	keys := func(o *eventhubtest.Options) { o.Keys = map[string]string{"listen": "a2V5"} }
	e := emulate(t, 2, keys)
	for name, test := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"all is well": {func(*Options) {}, ""},
		"a wrong key": {func(o *Options) {
			o.Config.ConnectionString = config.Secret(strings.Replace(e.conn, "a2V5", "d3Jvbmc=", 1))
		}, "refuses the key"},
		"a missing hub":     {func(o *Options) { o.Config.Hub = "other" }, "has no hub other"},
		"no consumer group": {func(o *Options) { o.Config.ConsumerGroup = "other" }, "has no consumer group other"},
	} {
		t.Run(name, func(t *testing.T) {
			o := quick(e.conn, nil)
			o.Config.Namespace = e.Addr().String()
			test.change(&o)
			steps, err := Probe(t.Context(), o)
			switch {
			case test.want == "" && err != nil:
				t.Errorf("%v", err)
			case test.want == "" && !strings.Contains(steps[len(steps)-2].Detail, "2 partitions"):
				t.Errorf("steps %+v", steps)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
