package eventhub

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/journal"
	"penstock/source"
)

// isDue reports whether a partition is to be taken back to what a backup holds of it.
func (h *hub) isDue(partition string) bool {
	r := h.source.options.Restored
	return r != nil && r.Due(h.name, partition)
}

// othersRead notes who else reads the hub. A Penstock that was restored begins only when nobody does: the one before may be
// alive, and each would get a part of the events.
func (h *hub) othersRead(others []string) {
	r := h.source.options.Restored
	var problem *source.Problem
	if len(others) > 0 && r != nil && r.Untouched(h.name) {
		problem = waiting(h.name, others, h.source.options.ClaimExpiry)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case problem != nil && (h.waiting == nil || h.waiting.Message != problem.Message):
		h.log.Warn(problem.Message, "hint", problem.Hint)
	case problem == nil && h.waiting != nil:
		h.log.Info("nobody else reads the hub any more: the restored Penstock begins")
	}
	h.waiting = problem
}

func waiting(hub string, others []string, expiry time.Duration) *source.Problem {
	return &source.Problem{
		Message: fmt.Sprintf("This Penstock was restored from a backup, and another one still reads %s: %s. Nothing is read until that has ended.", hub, strings.Join(others, ", ")),
		Hint: fmt.Sprintf("Stop the other one: reading begins at once, or %s after it was killed. If it is meant to share the hub with this one, stop this one and run penstock restore --shared --to with its data folder.",
			expiry),
		Time: time.Now(),
	}
}

// waits reports whether nothing is to be claimed.
func (h *hub) waits() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.waiting != nil
}

// takeBack makes the storage say of a partition what the backup says, once, before it is read: whoever takes it over later
// would begin too late otherwise. It returns where to begin.
func (c *coordinator) takeBack(ctx context.Context, p *partition, of azeventhubs.Ownership, at *journal.Position, stored map[string]azeventhubs.Checkpoint, b bounds, from beginning) (beginning, error) {
	if from.gap != nil {
		from.gap.message += " They are of the time since the backup that was restored, and what the Penstock before had of them is not in it."
	}
	cp, ok := stored[p.id]
	if ok && (at == nil || *cp.SequenceNumber > at.Sequence) {
		to, offset := b.first-1, ""
		if at == nil {
			// Whatever the configured start says, it was read before.
			from = beginning{offset: offsetEarliest, done: -1, begins: "earliest", reason: "the backup has nothing of the partition"}
		} else {
			to, offset = at.Sequence, at.Offset
		}
		back := azeventhubs.Checkpoint{
			ConsumerGroup: of.ConsumerGroup, EventHubName: of.EventHubName, FullyQualifiedNamespace: of.FullyQualifiedNamespace, PartitionID: p.id, SequenceNumber: &to,
		}
		if offset != "" {
			back.Offset = &offset
		}
		if err := c.store.SetCheckpoint(ctx, back, nil); err != nil {
			return from, fmt.Errorf("take the checkpoint of partition %s back to the backup: %w", p.id, err)
		}
		from.reason += fmt.Sprintf("; the storage said that %d more messages were read, by the Penstock before, and was taken back", *cp.SequenceNumber-to)
	}
	if err := c.hub.source.options.Restored.Done(c.hub.name, p.id); err != nil {
		return from, err
	}
	return from, nil
}
