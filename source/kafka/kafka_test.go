package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"penstock/config"
	"penstock/journal"
	"penstock/source"
)

// broker is a cluster of one broker in this process, that speaks the protocol.
func broker(t testing.TB, partitions int32, more ...kfake.Opt) *kfake.Cluster {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(partitions, "hub"), kfake.GroupMinSessionTimeout(100 * time.Millisecond)}, more...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func produce(t testing.TB, c *kfake.Cluster, partition int32, bodies ...string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(c.ListenAddrs()...), kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.MetadataMinAge(10*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	parts := int32(len(c.PartitionInfos("hub"))) //nolint:gosec // few
	var records []*kgo.Record
	for i, body := range bodies {
		to := partition
		if to < 0 {
			to = int32(i) % parts //nolint:gosec // few
		}
		records = append(records, &kgo.Record{Topic: "hub", Partition: to, Value: []byte(body)})
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

func options(c *kfake.Cluster, to *sink, change ...func(*Options)) Options {
	o := Options{
		Intake: "test", Config: config.Kafka{Brokers: c.ListenAddrs(), Topics: []string{"hub"}, Group: "group", TLS: config.BrokerTLS{Off: true}},
		Resume: to.resume, Incidents: to, Instance: "here",
		CommitInterval: 100 * time.Millisecond, StatusInterval: 50 * time.Millisecond, SessionTimeout: 6 * time.Second, MaxBackoff: time.Second,
	}
	for _, f := range change {
		f(&o)
	}
	return o
}

type place struct{ hub, partition string }

// sink stands for the journal: batches are kept whole or not at all, with their positions.
type sink struct {
	mu        sync.Mutex
	bodies    []string
	positions map[place]journal.Position
	incidents []source.Incident
	refuse    func(batch int) error // asked before a batch is kept
	kept      func(batch int)       // told after, before the batch is acknowledged
	batches   int
}

func newSink() *sink { return &sink{positions: map[place]journal.Position{}} }

func (s *sink) resume(hub, partition string) (journal.Position, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.positions[place{hub, partition}]
	return p, ok
}

func (s *sink) handle(ctx context.Context, b source.Batch) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.batches++
	if s.refuse != nil {
		if err := s.refuse(s.batches); err != nil {
			return err
		}
	}
	for _, m := range b.Messages {
		s.positions[place{m.Hub, m.Partition}] = m.Position
		if string(m.Body) != string(nothing) {
			s.bodies = append(s.bodies, string(m.Body))
		}
	}
	if s.kept != nil {
		s.kept(s.batches)
	}
	if ctx.Err() != nil {
		return ctx.Err() // killed before it could acknowledge
	}
	return b.Ack(ctx)
}

func (s *sink) Open(_ context.Context, i source.Incident) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.incidents = append(s.incidents, i)
	return nil
}

func (s *sink) Close(context.Context, source.IncidentKind, string, string, string) error { return nil }

func (s *sink) list(kind source.IncidentKind) []source.Incident {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.incidents), func(i source.Incident) bool { return i.Kind != kind })
}

func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.bodies)
}

func (s *sink) sorted() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Sorted(slices.Values(s.bodies))
}

func numbered(prefix string, n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"category":"AdvancedHunting-DeviceInfo","properties":{"n":"%s%05d"}}`, prefix, i))
	}
	return list
}

func same(t *testing.T, got []string, want ...[]string) {
	t.Helper()
	if want := slices.Sorted(slices.Values(slices.Concat(want...))); !slices.Equal(got, want) {
		t.Errorf("kept %d messages, want %d, each once\n%.1500s", len(got), len(want), strings.Join(got, "\n"))
	}
}

func open(t *testing.T, o Options) *Source {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start runs a source until stop, which waits for it.
func start(t *testing.T, s *Source, handle source.Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, handle) }()
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("Run: %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}

var errFull = errors.New("no room")
