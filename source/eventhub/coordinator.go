package eventhub

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"golang.org/x/sync/errgroup"

	"penstock/journal"
	"penstock/source"
)

// coordinator stands between the Processor and the checkpoint store. To the Processor it is the store; beyond that it
// decides where partitions begin (the journal knows better than the checkpoints), lets a partition rest that someone
// else took, keeps reading what is ours while the storage is away, and writes checkpoints at intervals.
type coordinator struct {
	hub      *hub
	consumer *azeventhubs.ConsumerClient
	store    azeventhubs.CheckpointStore
	created  time.Time
	geo      bool

	flushing sync.Mutex

	mu         sync.Mutex
	ours       map[string]azeventhubs.Ownership // claimed last, by partition
	beginnings map[string]beginning
	dirty      map[string]azeventhubs.Checkpoint // not written yet
}

func newCoordinator(h *hub, consumer *azeventhubs.ConsumerClient, store azeventhubs.CheckpointStore, p azeventhubs.EventHubProperties) *coordinator {
	return &coordinator{
		hub: h, consumer: consumer, store: store, created: p.CreatedOn, geo: p.GeoReplicationEnabled,
		ours: make(map[string]azeventhubs.Ownership), beginnings: make(map[string]beginning), dirty: make(map[string]azeventhubs.Checkpoint),
	}
}

// storeTimeout bounds one call to the storage.
const storeTimeout = 15 * time.Second

// ListOwnership tells who owns which partition. While the storage is away it is what we own.
func (c *coordinator) ListOwnership(ctx context.Context, namespace, hub, group string, o *azeventhubs.ListOwnershipOptions) ([]azeventhubs.Ownership, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	list, err := c.store.ListOwnership(ctx, namespace, hub, group, o)
	if err != nil {
		err = fmt.Errorf("list the owners of partitions: %w", err)
		held := c.held()
		c.hub.storageIs(err)
		if len(held) == 0 {
			return nil, err
		}
		return held, nil
	}
	c.hub.storageIs(nil)
	var others []string
	for _, owner := range list {
		fresh, mine := time.Since(owner.LastModifiedTime) <= c.hub.source.options.ClaimExpiry, owner.OwnerID == c.consumer.InstanceID()
		c.hub.partition(owner.PartitionID).owned(owner.OwnerID, mine, fresh)
		if fresh && !mine && owner.OwnerID != "" && !slices.Contains(others, owner.OwnerID) {
			others = append(others, owner.OwnerID)
		}
	}
	c.hub.othersRead(others)
	return list, nil
}

// handedOver asks the store whether a process of the group has the partition that the hub has taken from us, as err
// says: one that owns it, or one that took it a moment ago and is of the group, since it owns others.
func (c *coordinator) handedOver(ctx context.Context, p *partition, err error) bool {
	c.mu.Lock()
	ours, ok := c.ours[p.id]
	c.mu.Unlock()
	if !ok {
		return true
	}
	list, listErr := c.ListOwnership(ctx, ours.FullyQualifiedNamespace, ours.EventHubName, ours.ConsumerGroup, nil)
	if listErr != nil {
		return false
	}
	by := rival(err)
	return slices.ContainsFunc(list, func(o azeventhubs.Ownership) bool {
		return o.OwnerID != "" && o.OwnerID != c.consumer.InstanceID() && (o.PartitionID == p.id || o.OwnerID == by)
	})
}

// held is what we own, as if it had been claimed just now.
func (c *coordinator) held() []azeventhubs.Ownership {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := slices.Collect(maps.Values(c.ours))
	for i := range list {
		list[i].LastModifiedTime = time.Now()
	}
	return list
}

// ClaimOwnership claims partitions, and decides for each that is not read yet where it begins. A partition of which
// that cannot be told, or that is to rest, is left out.
func (c *coordinator) ClaimOwnership(ctx context.Context, wanted []azeventhubs.Ownership, o *azeventhubs.ClaimOwnershipOptions) ([]azeventhubs.Ownership, error) {
	if len(wanted) > 0 && wanted[0].OwnerID == "" {
		return c.giveBack(ctx, wanted, o)
	}
	wanted = slices.DeleteFunc(slices.Clone(wanted), func(w azeventhubs.Ownership) bool {
		return c.hub.waits() || c.hub.partition(w.PartitionID).rests()
	})
	claimed, err := c.claim(ctx, wanted, o)
	if err != nil {
		return nil, err
	}
	mine := make(map[string]azeventhubs.Ownership, len(claimed))
	for _, one := range claimed {
		mine[one.PartitionID] = one
	}
	c.mu.Lock()
	c.ours = mine
	c.mu.Unlock()
	for _, p := range c.hub.all() {
		if _, ok := mine[p.id]; !ok {
			p.evict()
		}
	}
	return c.begin(ctx, claimed), nil
}

func (c *coordinator) claim(ctx context.Context, wanted []azeventhubs.Ownership, o *azeventhubs.ClaimOwnershipOptions) ([]azeventhubs.Ownership, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	claimed, err := c.store.ClaimOwnership(ctx, wanted, o)
	if err == nil {
		return claimed, nil
	}
	err = fmt.Errorf("claim partitions: %w", err)
	c.hub.storageIs(err)
	held := c.held()
	if len(held) == 0 {
		return nil, err
	}
	return held, nil
}

func (c *coordinator) giveBack(ctx context.Context, list []azeventhubs.Ownership, o *azeventhubs.ClaimOwnershipOptions) ([]azeventhubs.Ownership, error) {
	ctx, cancel := context.WithTimeout(ctx, leave)
	defer cancel()
	return c.store.ClaimOwnership(ctx, list, o)
}

// begin decides where those partitions begin that are claimed and not read, and leaves out those that cannot.
func (c *coordinator) begin(ctx context.Context, claimed []azeventhubs.Ownership) []azeventhubs.Ownership {
	idle := slices.DeleteFunc(slices.Clone(claimed), func(o azeventhubs.Ownership) bool { return c.hub.partition(o.PartitionID).isRead() })
	if len(idle) == 0 {
		return claimed
	}
	stored, err := c.checkpoints(ctx, idle[0])
	if err != nil {
		c.hub.storageIs(err)
		stored = nil // the journal knows what we have read
	}
	var mu sync.Mutex
	no := make(map[string]bool)
	var g errgroup.Group
	g.SetLimit(8)
	for _, one := range idle {
		g.Go(func() error {
			p := c.hub.partition(one.PartitionID)
			ok, err := c.beginPartition(ctx, p, stored, err == nil)
			if err != nil {
				p.fail(explain(err, &c.hub.source.options, c.hub.name))
			}
			if err != nil || !ok {
				mu.Lock()
				no[one.PartitionID] = true
				mu.Unlock()
			}
			return nil
		})
	}
	_ = g.Wait()
	return slices.DeleteFunc(slices.Clone(claimed), func(o azeventhubs.Ownership) bool { return no[o.PartitionID] })
}

// checkpoints are those in the store, by partition.
func (c *coordinator) checkpoints(ctx context.Context, of azeventhubs.Ownership) (map[string]azeventhubs.Checkpoint, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	list, err := c.store.ListCheckpoints(ctx, of.FullyQualifiedNamespace, of.EventHubName, of.ConsumerGroup, nil)
	if err != nil {
		return nil, fmt.Errorf("list checkpoints: %w", err)
	}
	stored := make(map[string]azeventhubs.Checkpoint)
	for _, cp := range list {
		if cp.SequenceNumber != nil {
			stored[cp.PartitionID] = cp
		}
	}
	return stored, nil
}

func (c *coordinator) beginPartition(ctx context.Context, p *partition, stored map[string]azeventhubs.Checkpoint, storeKnown bool) (ok bool, err error) {
	restored := c.hub.isDue(p.id)
	if restored && !storeKnown {
		return false, fmt.Errorf("partition %s: the storage is away, and must be told where the restored Penstock begins", p.id)
	}
	at, found := c.position(p, stored)
	if at == nil && !storeKnown {
		return false, fmt.Errorf("partition %s: neither the journal nor the storage, which is away, tells where to begin", p.id)
	}
	properties, err := c.consumer.GetPartitionProperties(ctx, p.id, nil)
	if err != nil {
		return false, fmt.Errorf("ask for partition %s: %w", p.id, err)
	}
	o := &c.hub.source.options
	b := bounds{
		first: properties.BeginningSequenceNumber, last: properties.LastEnqueuedSequenceNumber, empty: properties.IsEmpty,
		created: c.created, geo: c.geo,
	}
	from := begin(at, found, b, o.Config.Start, o.Config.OnGap)
	if restored {
		var was, to *azeventhubs.Checkpoint
		if cp, ok := stored[p.id]; ok {
			was = &cp
		}
		from, to = takenBack(from, at, was, b)
		if err := c.takeBack(ctx, p, to); err != nil {
			return false, err
		}
	}
	if from.gap != nil {
		err := c.hub.source.incident(ctx, source.Incident{
			Kind: from.gap.kind, Hub: c.hub.name, Partition: p.id, First: from.gap.first, Last: from.gap.last, Message: from.gap.message,
		})
		if err != nil {
			return false, err
		}
	}
	p.begins(from, at, properties)
	c.mu.Lock()
	c.beginnings[p.id] = from
	c.mu.Unlock()
	return !from.stop, nil
}

// position is the last one of a partition that is durable, and where that is known from.
func (c *coordinator) position(p *partition, stored map[string]azeventhubs.Checkpoint) (*journal.Position, string) {
	at, found := p.durable(), "the journal"
	if resume := c.hub.source.options.Resume; resume != nil {
		if position, ok := resume(c.hub.name, p.id); ok {
			at = &position
		}
	}
	if c.hub.isDue(p.id) {
		return at, "the backup"
	}
	cp, ok := stored[p.id]
	// Another process of the group may have read on since; only then does its checkpoint count for more than the journal.
	if ok && (at == nil || *cp.SequenceNumber > at.Sequence && p.wasForeign()) {
		at, found = &journal.Position{Sequence: *cp.SequenceNumber}, "the checkpoint"
		if cp.Offset != nil {
			at.Offset = *cp.Offset
		}
	}
	return at, found
}

// ListCheckpoints tells the Processor where to begin. The Processor would never again read a partition of which it
// failed to learn that, so that this does not fail.
func (c *coordinator) ListCheckpoints(_ context.Context, namespace, hub, group string, _ *azeventhubs.ListCheckpointsOptions) ([]azeventhubs.Checkpoint, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []azeventhubs.Checkpoint
	for id, from := range c.beginnings {
		cp := azeventhubs.Checkpoint{ConsumerGroup: group, EventHubName: hub, FullyQualifiedNamespace: namespace, PartitionID: id, SequenceNumber: from.sequence}
		if from.offset != "" {
			cp.Offset = &from.offset
		}
		if cp.Offset != nil || cp.SequenceNumber != nil {
			list = append(list, cp)
		}
	}
	return list, nil
}

// SetCheckpoint notes a position, to be written at the next interval.
func (c *coordinator) SetCheckpoint(_ context.Context, cp azeventhubs.Checkpoint, _ *azeventhubs.SetCheckpointOptions) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dirty[cp.PartitionID] = cp
	return nil
}

// writeCheckpoints writes at intervals what was noted.
func (c *coordinator) writeCheckpoints(ctx context.Context) {
	tick := time.NewTicker(c.hub.source.options.CheckpointInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			c.flush(ctx)
		}
	}
}

// flush writes what was noted. What cannot be written is tried again at the next interval.
func (c *coordinator) flush(ctx context.Context) {
	c.flushing.Lock() // the last one, at the end of a session, has what the one before could not write
	defer c.flushing.Unlock()
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	c.mu.Lock()
	todo := c.dirty
	c.dirty = make(map[string]azeventhubs.Checkpoint)
	c.mu.Unlock()
	var g errgroup.Group
	g.SetLimit(8)
	for id, cp := range todo {
		g.Go(func() error {
			err := c.store.SetCheckpoint(ctx, cp, nil)
			if err == nil {
				return nil
			}
			c.hub.storageIs(fmt.Errorf("write checkpoint of partition %s: %w", id, err))
			c.mu.Lock()
			defer c.mu.Unlock()
			if _, newer := c.dirty[id]; !newer {
				c.dirty[id] = cp
			}
			return nil
		})
	}
	_ = g.Wait()
}
