package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"penstock/journal"
	"penstock/source"
)

// partition is what is known of one partition.
type partition struct {
	source *Source
	key
	log *slog.Logger

	mu       sync.Mutex
	state    source.State
	problem  *source.Problem
	start    *source.Start
	topicID  string
	settled  bool              // the group knows where it was decided to begin
	restored bool              // the group is to be taken back to it, after a restore
	next     int64             // offset that is to come; -1: not assigned
	last     *journal.Position // durable
	read     time.Time
	known    bool // what follows
	ends     bounds
	caughtUp time.Time // when nothing was left to read
}

func (p *partition) name() string { return strconv.Itoa(int(p.id)) }

// position is the last one that this process has made durable.
func (p *partition) position() *journal.Position {
	p.mu.Lock()
	last := p.last
	p.mu.Unlock()
	if resume := p.source.options.Resume; resume != nil {
		if at, ok := resume(p.topic, p.name()); ok {
			return &at
		}
		return nil
	}
	return last
}

// begins notes where reading is to begin.
func (p *partition) begins(from *beginning, b bounds, restored bool) {
	last := b.end - 1
	p.log.Info("partition", "hub_first", b.first, "hub_last", last, "begins", from.begins, "reason", from.reason)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start = &source.Start{Time: time.Now(), HubFirst: &b.first, HubLast: &last, Begins: from.begins, Reason: from.reason, Checkpoint: from.checkpoint}
	p.next, p.topicID, p.restored = from.next, b.topic, restored
	p.state, p.problem = source.Running, nil
	if from.checkpoint != nil && from.gap == nil {
		if p.last == nil || p.last.Sequence != *from.checkpoint {
			p.last = &journal.Position{Sequence: *from.checkpoint, Offset: b.topic}
		}
	} else if from.gap != nil {
		p.last = nil
	}
	if from.stop {
		p.next = -1
		p.state, p.problem = source.Stopped, &source.Problem{Message: from.gap.message, Time: time.Now()}
	}
}

// gone notes that the partition is not read here any more: another process of the group may read it, or the session is over.
func (p *partition) gone(state source.State) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = -1
	if p.state != source.Stopped {
		p.state, p.problem = state, nil
	}
}

// decided is where reading began, as long as nothing was read, nothing but the configured start said so, and the group
// does not know it; or where it is, as long as the group was not taken back to what a backup has.
func (p *partition) decided() (int64, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first := p.last == nil && p.start != nil && p.start.Checkpoint == nil && !p.settled
	return p.next, p.next >= 0 && (first || p.restored)
}

// settle notes that the group knows where the partition began.
func (p *partition) settle() {
	p.mu.Lock()
	restored := p.restored
	p.settled, p.restored = true, false
	p.mu.Unlock()
	if !restored {
		return
	}
	if err := p.source.options.Restored.Done(p.topic, p.name()); err != nil {
		p.log.Error("it cannot be noted that the group was taken back to the backup; it is again after a restart", "error", err)
	}
}

func (p *partition) isRead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next >= 0
}

// take makes messages durable.
func (p *partition) take(ctx context.Context, records []*kgo.Record, se *session, handle source.Handler) error {
	messages, err := p.accept(ctx, records, se)
	if err != nil || len(messages) == 0 {
		return err
	}
	newest := records[len(records)-1]
	batch := source.Batch{Messages: messages, Ack: func(context.Context) error {
		se.client.MarkCommitRecords(newest)
		return nil
	}}
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := handle(ctx, batch)
		if err == nil {
			p.stored(messages[len(messages)-1])
			return nil
		}
		if ctx.Err() != nil {
			return nil //nolint:nilerr // the end is no trouble
		}
		p.fail(&source.Problem{Message: fmt.Sprintf("What was read cannot be stored: %v.", err), Hint: "It is tried again until it can.", Time: time.Now(), Cause: err})
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
	}
}

// nothing is a message without a record: it moves a position and brings nothing.
var nothing = []byte(`{"records":[]}`)

// accept makes messages of records, without those that are durable already.
func (p *partition) accept(ctx context.Context, records []*kgo.Record, se *session) ([]source.Message, error) {
	p.mu.Lock()
	next, topic := p.next, p.topicID
	p.mu.Unlock()
	if next < 0 {
		return nil, nil // it went to another process meanwhile
	}
	now := time.Now()
	var messages []source.Message
	for _, r := range records {
		if r.Offset < next {
			continue
		}
		if r.Offset > next {
			if err := p.isHole(ctx, next, r.Offset, se); err != nil {
				return nil, err
			}
		}
		next = r.Offset + 1
		m := source.Message{
			Hub: p.topic, Partition: p.name(), Read: now, Body: r.Value, Position: journal.Position{Sequence: r.Offset, Offset: topic, Enqueued: r.Timestamp},
		}
		if r.Attrs.IsControl() {
			m.Body = nothing // the end of a transaction, which has an offset too
		}
		if m.Position.Enqueued.UnixMilli() <= 0 {
			m.Position.Enqueued = now
		}
		messages = append(messages, m)
	}
	return messages, nil
}

// isHole puts on record why the topic went on at a later offset than the next.
func (p *partition) isHole(ctx context.Context, first, at int64, se *session) error {
	b, err := se.bounds(ctx, []string{p.topic})
	if err != nil {
		return err
	}
	end := at - 1
	i := source.Incident{Kind: source.GapHole, Hub: p.topic, Partition: p.name(), First: &first, Last: &end}
	if b[p.key].first >= at {
		i.Kind = source.GapExpired
		i.Message = fmt.Sprintf("Offsets %d to %d expired while reading lagged behind. Give Penstock more throughput, or lengthen the retention of the topic.", first, end)
	} else {
		i.Message = fmt.Sprintf("The topic has no messages %d to %d: they were in a transaction that was broken off, or compaction took them out. A topic of events should not be compacted.", first, end)
	}
	return p.source.incident(ctx, i)
}

// stored notes that everything up to a message is durable.
func (p *partition) stored(m source.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	position := m.Position
	p.last, p.read = &position, m.Read
	if p.next >= 0 {
		p.next = position.Sequence + 1
		p.state, p.problem = source.Running, nil
	}
}

func (p *partition) fail(problem *source.Problem) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.problem == nil || p.problem.Message != problem.Message {
		p.log.Warn(problem.Message, "hint", problem.Hint, "cause", problem.Cause)
	}
	p.state, p.problem = source.Failing, problem
}

// sees notes how far the topic is.
func (p *partition) sees(b bounds) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known, p.ends = true, b
	if p.last != nil && p.last.Sequence >= b.end-1 {
		p.caughtUp = time.Now()
	}
}

func (p *partition) status() source.Partition {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := source.Partition{Hub: p.topic, Partition: p.name(), State: p.state, Owned: p.next >= 0, Start: p.start, Problem: p.problem, LastRead: p.read}
	if s.Owned {
		s.Owner = p.source.options.Instance
	}
	if p.known {
		first, last := p.ends.first, p.ends.end-1
		s.HubFirst, s.HubLast = &first, &last
	}
	if p.last == nil || p.state == source.Elsewhere {
		return s
	}
	sequence := p.last.Sequence
	s.LastSequence, s.LastEnqueued = &sequence, p.last.Enqueued
	if !p.known {
		return s
	}
	lag, age := max(0, p.ends.end-1-sequence), 0.0
	if lag > 0 {
		oldest := p.last.Enqueued
		if p.caughtUp.After(oldest) {
			oldest = p.caughtUp // what is left came later
		}
		if !oldest.IsZero() {
			age = max(0, time.Since(oldest).Seconds())
		}
	}
	s.LagMessages, s.LagSeconds = &lag, &age
	return s
}
