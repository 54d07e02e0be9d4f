package eventhubtest_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/eventhubtest"
)

// memoryStore is a CheckpointStore in memory; its tags make two processors that claim one partition agree.
type memoryStore struct {
	mu          sync.Mutex
	tag         int
	ownership   map[string]azeventhubs.Ownership
	checkpoints map[string]azeventhubs.Checkpoint
}

func newMemoryStore() *memoryStore {
	return &memoryStore{ownership: map[string]azeventhubs.Ownership{}, checkpoints: map[string]azeventhubs.Checkpoint{}}
}

func (m *memoryStore) ClaimOwnership(_ context.Context, wanted []azeventhubs.Ownership, _ *azeventhubs.ClaimOwnershipOptions) ([]azeventhubs.Ownership, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var got []azeventhubs.Ownership
	for _, o := range wanted {
		held, exists := m.ownership[o.PartitionID]
		if exists && (o.ETag == nil || *o.ETag != *held.ETag) {
			continue
		}
		m.tag++
		tag := azcore.ETag(fmt.Sprint(m.tag))
		o.ETag, o.LastModifiedTime = &tag, time.Now()
		m.ownership[o.PartitionID] = o
		got = append(got, o)
	}
	return got, nil
}

func (m *memoryStore) ListOwnership(context.Context, string, string, string, *azeventhubs.ListOwnershipOptions) ([]azeventhubs.Ownership, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []azeventhubs.Ownership
	for _, o := range m.ownership {
		out = append(out, o)
	}
	return out, nil
}

func (m *memoryStore) ListCheckpoints(context.Context, string, string, string, *azeventhubs.ListCheckpointsOptions) ([]azeventhubs.Checkpoint, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []azeventhubs.Checkpoint
	for _, c := range m.checkpoints {
		out = append(out, c)
	}
	return out, nil
}

func (m *memoryStore) SetCheckpoint(_ context.Context, c azeventhubs.Checkpoint, _ *azeventhubs.SetCheckpointOptions) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.checkpoints[c.PartitionID] = c
	return nil
}

// tally counts how often each event was processed, by partition and sequence number.
type tally struct {
	mu     sync.Mutex
	counts map[string]map[int64]int
	owners map[string]int // partitions at present
}

func newTally() *tally {
	return &tally{counts: map[string]map[int64]int{}, owners: map[string]int{}}
}

func (c *tally) add(partition string, events []*azeventhubs.ReceivedEventData) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts[partition] == nil {
		c.counts[partition] = map[int64]int{}
	}
	for _, e := range events {
		c.counts[partition][e.SequenceNumber]++
	}
}

func (c *tally) distinct() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, seen := range c.counts {
		n += len(seen)
	}
	return n
}

func (c *tally) owned(name string, by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.owners[name] += by
}

func (c *tally) partitionsOf(name string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.owners[name]
}

// process runs a Processor until ctx is done and waits for all of it.
func process(ctx context.Context, t *testing.T, name, connection string, store azeventhubs.CheckpointStore, c *tally) *sync.WaitGroup {
	t.Helper()
	client := newConsumer(t, connection, "penstock")
	earliest := azeventhubs.StartPositions{Default: earliest.StartPosition}
	p, err := azeventhubs.NewProcessor(client, store, &azeventhubs.ProcessorOptions{UpdateInterval: 50 * time.Millisecond, StartPositions: earliest})
	if err != nil {
		t.Fatal(err)
	}
	var tasks sync.WaitGroup
	tasks.Go(func() {
		if err := p.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("processor %s: %v", name, err)
		}
	})
	tasks.Go(func() {
		for pc := p.NextPartitionClient(ctx); pc != nil; pc = p.NextPartitionClient(ctx) {
			tasks.Go(func() {
				c.owned(name, 1)
				defer c.owned(name, -1)
				consume(ctx, pc, c)
			})
		}
	})
	return &tasks
}

func consume(ctx context.Context, pc *azeventhubs.ProcessorPartitionClient, c *tally) {
	defer pc.Close(context.Background())
	for ctx.Err() == nil {
		wait, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		events, err := pc.ReceiveEvents(wait, 100, nil)
		cancel()
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return
		}
		if len(events) == 0 {
			continue
		}
		c.add(pc.PartitionID(), events)
		if pc.UpdateCheckpoint(context.Background(), events[len(events)-1], nil) != nil {
			return
		}
	}
}

func TestProcessorsShareTheWorkAndTakeOver(t *testing.T) {
	s := start(t, eventhubtest.Options{Hubs: []eventhubtest.Hub{{Name: hubName, Partitions: 4, ConsumerGroups: []string{"penstock"}}}})
	store, c := newMemoryStore(), newTally()
	load := func(n int) {
		for i := range n {
			if _, err := s.Append(hubName, "", []byte(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
	}
	load(1000)
	ctx, cancel := context.WithCancel(withTimeout(t))
	defer cancel()
	firstCtx, stopFirst := context.WithCancel(ctx)
	first := process(firstCtx, t, "first", s.ConnectionString(hubName), store, c)
	waitFor(t, "the first processor to own all", func() bool { return c.partitionsOf("first") == 4 && c.distinct() == 1000 })
	second := process(ctx, t, "second", s.ConnectionString(hubName), store, c)
	waitFor(t, "the balance", func() bool { return c.partitionsOf("first") == 2 && c.partitionsOf("second") == 2 })
	load(1000)
	waitFor(t, "all events", func() bool { return c.distinct() == 2000 })
	stopFirst()
	first.Wait()
	load(1000)
	waitFor(t, "the second to take over", func() bool { return c.distinct() == 3000 })
	cancel()
	second.Wait()
}

func TestAProcessorResumesFromItsCheckpointAfterARestart(t *testing.T) {
	dir := t.TempDir()
	store, c := newMemoryStore(), newTally()
	for round := 1; round <= 3; round++ {
		s, err := eventhubtest.Start(t.Context(), eventhubtest.Options{Dir: dir, Hubs: []eventhubtest.Hub{{Name: hubName, ConsumerGroups: []string{"penstock"}}}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(withTimeout(t))
		running := process(ctx, t, "p", s.ConnectionString(hubName), store, c)
		for i := range 400 {
			if _, err := s.Append(hubName, "", []byte(fmt.Sprint(i))); err != nil {
				t.Fatal(err)
			}
		}
		waitFor(t, "the events of the round", func() bool { return c.distinct() == 400*round })
		cancel()
		running.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		clear(store.ownership)
	}
	for partition, seen := range c.counts {
		for n, times := range seen {
			if times != 1 {
				t.Errorf("event %d of partition %s was processed %d times", n, partition, times)
			}
		}
	}
}
