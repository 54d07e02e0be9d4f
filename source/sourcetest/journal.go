package sourcetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"penstock/journal"
	"penstock/source"
)

// Place is a partition of a hub.
type Place struct{ Hub, Partition string }

// Journal stands for the journal and for those who are told of incidents: batches are kept whole or not at all, with their
// positions. Its fields are guarded by Mu while a source runs.
type Journal struct {
	Mu        sync.Mutex
	Bodies    []string
	Positions map[Place]journal.Position
	Incidents []source.Incident
	Batches   int                   // that were brought
	Refuse    func(batch int) error // asked before a batch is kept; nil: all are
	Kept      func(batch int)       // told after, before the batch is acknowledged; may be nil
	// Nothing is the body of messages that have a position alone.
	Nothing []byte
	// Whole: a batch that does not go on where the one before ended is refused.
	Whole bool
}

// Resume is as source.Resume has it.
func (j *Journal) Resume(hub, partition string) (journal.Position, bool) {
	j.Mu.Lock()
	defer j.Mu.Unlock()
	p, ok := j.Positions[Place{hub, partition}]
	return p, ok
}

// Handle is a source.Handler.
func (j *Journal) Handle(ctx context.Context, b source.Batch) error {
	j.Mu.Lock()
	defer j.Mu.Unlock()
	j.Batches++
	if j.Refuse != nil {
		if err := j.Refuse(j.Batches); err != nil {
			return err
		}
	}
	if j.Positions == nil {
		j.Positions = map[Place]journal.Position{}
	}
	for _, m := range b.Messages {
		at := Place{m.Hub, m.Partition}
		if before, ok := j.Positions[at]; j.Whole && ok && m.Position.Sequence != before.Sequence+1 {
			return fmt.Errorf("%v goes on at %d after %d", at, m.Position.Sequence, before.Sequence)
		}
		j.Positions[at] = m.Position
		if string(m.Body) != string(j.Nothing) {
			j.Bodies = append(j.Bodies, string(m.Body))
		}
	}
	if j.Kept != nil {
		j.Kept(j.Batches)
	}
	if ctx.Err() != nil {
		return ctx.Err() // killed before it could acknowledge
	}
	return b.Ack(ctx)
}

// Open is as source.Incidents has it.
func (j *Journal) Open(_ context.Context, i source.Incident) error {
	j.Mu.Lock()
	defer j.Mu.Unlock()
	j.Incidents = append(j.Incidents, i)
	return nil
}

// Close is as source.Incidents has it.
func (j *Journal) Close(context.Context, source.IncidentKind, string, string, string) error {
	return nil
}

// List are the incidents of a kind.
func (j *Journal) List(kind source.IncidentKind) []source.Incident {
	j.Mu.Lock()
	defer j.Mu.Unlock()
	return slices.DeleteFunc(slices.Clone(j.Incidents), func(i source.Incident) bool { return i.Kind != kind })
}

// Count is how many messages were kept.
func (j *Journal) Count() int {
	j.Mu.Lock()
	defer j.Mu.Unlock()
	return len(j.Bodies)
}

// Has wants each body kept, exactly once.
func (j *Journal) Has(t *testing.T, want ...[]string) {
	t.Helper()
	j.Mu.Lock()
	defer j.Mu.Unlock()
	got := slices.Sorted(slices.Values(j.Bodies))
	if want := slices.Sorted(slices.Values(slices.Concat(want...))); !slices.Equal(got, want) {
		t.Errorf("kept %d messages, want %d, each once\n%.2000s", len(got), len(want), strings.Join(got, "\n"))
	}
}

// Start runs a source until stop, or the end of the test, and waits for it.
func Start(t *testing.T, s source.Source, handle source.Handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx, handle) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// Eventually waits until something holds.
func Eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("in vain: %s", what)
		}
	}
}
