package eventhub

import (
	"cmp"
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

// takenBack is where a partition begins that was restored, and the checkpoint that is to say so; nil: the one that is there
// (was, nil: none) says no more than the backup.
func takenBack(from beginning, at *journal.Position, was *azeventhubs.Checkpoint, b bounds) (beginning, *azeventhubs.Checkpoint) {
	if from.gap != nil && from.gap.kind == source.GapExpired {
		from.gap.message += " They are of the time since the backup that was restored, and what the Penstock before had of them is not in it."
	}
	if was == nil || at != nil && *was.SequenceNumber <= at.Sequence {
		return from, nil
	}
	to := *was
	// The SDK reads no checkpoint without an offset, and before others it begins at the offset.
	sequence, offset := b.first-1, offsetEarliest
	if at != nil {
		sequence, offset = at.Sequence, cmp.Or(at.Offset, offsetEarliest)
	} else {
		// Whatever the configured start says, it was read before.
		from = beginning{offset: offsetEarliest, done: -1, begins: "earliest", reason: "the backup has nothing of the partition"}
	}
	to.SequenceNumber, to.Offset = &sequence, &offset
	from.reason += fmt.Sprintf("; the storage said that %d more messages were read, by the Penstock before, and was taken back", *was.SequenceNumber-sequence)
	return from, &to
}

// takeBack makes the storage say of a partition what the backup says, once, before it is read: whoever takes it over later
// would begin too late otherwise.
func (c *coordinator) takeBack(ctx context.Context, p *partition, to *azeventhubs.Checkpoint) error {
	if to != nil {
		ctx, cancel := context.WithTimeout(ctx, storeTimeout)
		defer cancel()
		if err := c.store.SetCheckpoint(ctx, *to, nil); err != nil {
			return fmt.Errorf("take the checkpoint of partition %s back to the backup: %w", p.id, err)
		}
	}
	return c.hub.source.options.Restored.Done(c.hub.name, p.id)
}
