package eventhub

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/config"
	"penstock/journal"
	"penstock/source"
	"penstock/source/sourcetest"
)

// patience is how long something may take before a test is given up; no measure of what is good.
const patience = time.Minute

// quick makes a source that does at short intervals what it does at long ones otherwise.
func quick(conn string, change func(*Options)) Options {
	o := Options{
		Intake: "test",
		Config: config.EventHub{
			Namespace: "the namespace", ConnectionString: config.Secret(conn), Hub: "hub", ConsumerGroup: "$Default", OnGap: "earliest", Transport: "amqp", Prefetch: 4 << 20,
		},
		ClaimInterval: 100 * time.Millisecond, ClaimExpiry: 2 * time.Second, StatusInterval: 100 * time.Millisecond, CheckpointInterval: 50 * time.Millisecond,
		Retry: azeventhubs.RetryOptions{MaxRetries: 2, RetryDelay: 20 * time.Millisecond, MaxRetryDelay: 100 * time.Millisecond}, MaxBackoff: 200 * time.Millisecond,
	}
	if change != nil {
		change(&o)
	}
	return o
}

func open(t *testing.T, o Options) *Source {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// send puts bodies into a partition of the hub; an empty partition lets the hub choose.
func send(t *testing.T, conn, partition string, bodies ...string) {
	t.Helper()
	producer, err := azeventhubs.NewProducerClientFromConnectionString(conn, "hub", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer producer.Close(context.WithoutCancel(t.Context()))
	options := &azeventhubs.EventDataBatchOptions{}
	if partition != "" {
		options.PartitionID = &partition
	}
	for len(bodies) > 0 {
		batch, err := producer.NewEventDataBatch(t.Context(), options)
		if err != nil {
			t.Fatal(err)
		}
		for len(bodies) > 0 && batch.AddEventData(&azeventhubs.EventData{Body: []byte(bodies[0])}, nil) == nil {
			bodies = bodies[1:]
		}
		if err := producer.SendEventDataBatch(t.Context(), batch, nil); err != nil {
			t.Fatal(err)
		}
	}
}

func numbered(prefix string, n int) []string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf("%s%05d", prefix, i))
	}
	return list
}

// sink stands for the journal.
type sink struct {
	mu        sync.Mutex
	bodies    map[string]int // how often each has come
	positions map[string]journal.Position
}

func newSink() *sink {
	return &sink{bodies: make(map[string]int), positions: make(map[string]journal.Position)}
}

func (s *sink) resume(_, partition string) (journal.Position, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.positions[partition]
	return p, ok
}

func (s *sink) handle(ctx context.Context, b source.Batch) error {
	s.mu.Lock()
	for _, m := range b.Messages {
		s.bodies[string(m.Body)]++
		s.positions[m.Partition] = m.Position
	}
	s.mu.Unlock()
	return b.Ack(ctx)
}

func (s *sink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.bodies)
}

// check wants each body, exactly once.
func (s *sink) check(t *testing.T, want []string) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	missing, repeated := 0, 0
	for _, body := range want {
		switch n := s.bodies[body]; {
		case n == 0:
			missing++
		case n > 1:
			repeated++
		}
	}
	if missing > 0 || repeated > 0 || len(s.bodies) != len(want) {
		t.Errorf("of %d messages %d are missing and %d came repeatedly; %d came", len(want), missing, repeated, len(s.bodies))
	}
}

type incidents struct {
	mu   sync.Mutex
	open map[source.IncidentKind][]source.Incident
}

func newIncidents() *incidents {
	return &incidents{open: make(map[source.IncidentKind][]source.Incident)}
}

func (i *incidents) Open(_ context.Context, one source.Incident) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	same := func(o source.Incident) bool {
		return o.Hub == one.Hub && o.Partition == one.Partition && (o.First == nil) == (one.First == nil) && (o.First == nil || *o.First == *one.First)
	}
	if !slices.ContainsFunc(i.open[one.Kind], same) {
		i.open[one.Kind] = append(i.open[one.Kind], one)
	}
	return nil
}

func (i *incidents) Close(_ context.Context, kind source.IncidentKind, _, hub, partition string) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.open[kind] = slices.DeleteFunc(i.open[kind], func(o source.Incident) bool { return o.Hub == hub && o.Partition == partition })
	return nil
}

func (i *incidents) list(kind source.IncidentKind) []source.Incident {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.open[kind])
}

func TestContract(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T) sourcetest.Stage {
		e := emulate(t, 3)
		turn := 0
		return sourcetest.Stage{
			Fill: func(t *testing.T, bodies []string) {
				spread := make([][]string, 3)
				for _, b := range bodies {
					spread[turn%3] = append(spread[turn%3], b)
					turn++
				}
				for i, some := range spread {
					send(t, e.conn, fmt.Sprint(i), some...)
				}
			},
			Open: func(t *testing.T, resume source.Resume) source.Source {
				return open(t, quick(e.conn, func(o *Options) { o.Resume = resume }))
			},
		}
	})
}
