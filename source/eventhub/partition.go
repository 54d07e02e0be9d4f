package eventhub

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/journal"
	"penstock/source"
)

// partition is what is known of one partition.
type partition struct {
	hub *hub
	id  string
	log *slog.Logger

	mu      sync.Mutex
	state   source.State
	owner   string
	mine    bool
	foreign bool // another process owned it before
	problem *source.Problem
	start   *source.Start
	stop    context.CancelFunc // ends the reading; nil: it is not read
	opened  time.Time          // when it was decided where to begin
	next    int64              // sequence number that is to come; -1: any
	hole    int64              // where the hub went on too late, once; -1: nowhere
	last    *journal.Position  // durable
	read    time.Time          // when the last was read
	size    int                // of a message, a cautious estimate in bytes
	losses  int                // to someone who does not share the checkpoints, in a row
	rest    time.Time          // not to be claimed before
	tries   int                // to open it, since it was read last
	unread  time.Time          // since when nobody owns it
	ends    ends
}

func newPartition(h *hub, id string) *partition {
	return &partition{hub: h, id: id, log: h.log.With("partition", id), state: source.Starting, next: -1, hole: -1, size: largest}
}

// largest is what a message of unknown size is taken for: the most that a hub of the standard tier accepts.
const largest = 1 << 20

// linger is how long a batch may wait for more messages after the first.
const linger = 50 * time.Millisecond

// readPartition reads until the partition is lost or the context ends. It returns an error for trouble that concerns the
// whole hub.
func (h *hub) readPartition(ctx context.Context, client *azeventhubs.ProcessorPartitionClient, co *coordinator, handle source.Handler) error {
	p := h.partition(client.PartitionID())
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	p.opens(stop)
	h.source.reading.Add(1)
	defer func() {
		h.source.reading.Add(-1)
		p.closes()
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), leave)
		defer cancel()
		_ = client.Close(closing) // the link is gone or goes with the connection
	}()
	for ctx.Err() == nil {
		events, err := receive(ctx, client, p.credit(int(h.source.options.Config.Prefetch), int(h.source.reading.Load())))
		if len(events) > 0 {
			again, err := p.take(ctx, events, client, co, handle)
			if again || err != nil {
				return err
			}
		}
		if err != nil && ctx.Err() == nil {
			return p.broken(ctx, err, co)
		}
	}
	return nil
}

// receive waits for a message, and a little for more. It may return messages and an error.
func receive(ctx context.Context, client *azeventhubs.ProcessorPartitionClient, count int) ([]*azeventhubs.ReceivedEventData, error) {
	events, err := client.ReceiveEvents(ctx, 1, nil)
	if err != nil || count <= 1 {
		return events, err
	}
	short, cancel := context.WithTimeout(ctx, linger)
	defer cancel()
	more, err := client.ReceiveEvents(short, count-1, nil)
	if errors.Is(err, context.DeadlineExceeded) {
		err = nil
	}
	return append(events, more...), err
}

// credit is how many messages may be under way to us, so that all partitions together keep to the memory they have.
// Half of it is for the messages that arrive while a batch is stored.
func (p *partition) credit(memory, partitions int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return min(max(1, memory/max(1, partitions)/(2*p.size)), 1000)
}

// take makes received messages durable. again asks to open the partition anew.
func (p *partition) take(ctx context.Context, events []*azeventhubs.ReceivedEventData, client *azeventhubs.ProcessorPartitionClient, co *coordinator, handle source.Handler) (again bool, err error) {
	messages, missing := p.accept(events)
	if missing != nil {
		if again, err := p.isHole(ctx, *missing, co); again || err != nil {
			return again, err
		}
		messages, _ = p.accept(events)
	}
	if len(messages) == 0 {
		return false, nil
	}
	newest := events[len(events)-1]
	batch := source.Batch{Messages: messages, Ack: func(ctx context.Context) error { return client.UpdateCheckpoint(ctx, newest, nil) }}
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := handle(ctx, batch)
		if err == nil {
			p.stored(messages[len(messages)-1])
			return false, nil
		}
		if ctx.Err() != nil {
			return false, nil //nolint:nilerr // the end is no trouble
		}
		p.fail(&source.Problem{Message: fmt.Sprintf("What was read cannot be stored: %v.", err), Hint: "It is tried again until it can.", Time: time.Now(), Cause: err})
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
	}
}

// accept makes messages of events, without those that are durable already. missing is the sequence number at which the
// hub goes on when that is not the next.
func (p *partition) accept(events []*azeventhubs.ReceivedEventData) (messages []source.Message, missing *int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, next, biggest := time.Now(), p.next, 0
	for _, e := range events {
		if e.SequenceNumber < next {
			continue
		}
		if next >= 0 && e.SequenceNumber > next {
			return nil, &e.SequenceNumber
		}
		next = e.SequenceNumber + 1
		position := journal.Position{Sequence: e.SequenceNumber, Offset: e.Offset, Enqueued: now}
		if e.EnqueuedTime != nil {
			position.Enqueued = *e.EnqueuedTime
		}
		body := bodyOf(e)
		biggest = max(biggest, len(body))
		messages = append(messages, source.Message{Hub: p.hub.name, Partition: p.id, Position: position, Read: now, Body: body})
	}
	// The estimate follows a larger message at once and smaller ones slowly.
	p.size = max(biggest, p.size-p.size/16, 4<<10)
	return messages, nil
}

// bodyOf is the payload, whichever of the forms of AMQP the sender has chosen.
func bodyOf(e *azeventhubs.ReceivedEventData) []byte {
	if e.Body != nil || e.RawAMQPMessage == nil {
		return e.Body
	}
	var body []byte
	for _, section := range e.RawAMQPMessage.Body.Data {
		body = append(body, section...)
	}
	switch v := e.RawAMQPMessage.Body.Value.(type) {
	case string:
		body = append(body, v...)
	case []byte:
		body = append(body, v...)
	}
	return body
}

// isHole finds out why the hub goes on at a later sequence number than the next. Messages that expired while reading
// lagged behind are gone; anything else is worth a second look, for the SDK may have lost them on a connection that
// broke. Only what is missing twice is missing.
func (p *partition) isHole(ctx context.Context, at int64, co *coordinator) (again bool, err error) {
	properties, err := co.consumer.GetPartitionProperties(ctx, p.id, nil)
	if err != nil {
		return false, fmt.Errorf("ask for partition %s: %w", p.id, err)
	}
	p.mu.Lock()
	first, end, seen := p.next, at-1, p.hole == at
	p.hole = at
	p.mu.Unlock()
	kind, message := source.GapHole, fmt.Sprintf("The hub has no messages %d to %d: reading twice went on at %d.", first, end, at)
	if properties.BeginningSequenceNumber >= at {
		kind, message = source.GapExpired, fmt.Sprintf("Messages %d to %d expired while reading lagged behind. Give Penstock more throughput, or lengthen the retention of the hub.", first, end)
	} else if !seen {
		p.log.Info("messages are missing; they are read again", "first", first, "last", end)
		return true, nil
	}
	err = p.hub.source.incident(ctx, source.Incident{Kind: kind, Hub: p.hub.name, Partition: p.id, First: &first, Last: &end, Message: message})
	if err != nil {
		return false, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next, p.hole = at, -1
	return false, nil
}

// maxRest is the longest time that a partition is left to someone who took it.
const maxRest = 5 * time.Minute

// broken sorts out why reading has ended.
func (p *partition) broken(ctx context.Context, err error, co *coordinator) error {
	if classify(err) != contested {
		p.fail(explain(err, &p.hub.source.options, p.hub.name))
		if ofWholeHub(err) {
			return err
		}
		return nil // the Processor opens it anew
	}
	if co.handedOver(ctx, p, err) {
		p.log.Info("another process of the group reads the partition now")
		return nil
	}
	return p.contested(ctx, explain(err, &p.hub.source.options, p.hub.name))
}

// unclear is how often in a row a partition may be lost while processes of the group settle who reads what.
const unclear = 2

// contested leaves the partition for a while to someone who does not share our checkpoints.
func (p *partition) contested(ctx context.Context, problem *source.Problem) error {
	p.mu.Lock()
	rest := min(p.hub.source.options.ClaimInterval<<min(p.losses, 10), maxRest)
	p.losses++
	if p.hub.source.options.Config.Storage != nil && p.losses <= unclear {
		p.mu.Unlock()
		return nil
	}
	p.state, p.problem, p.rest = source.Contested, problem, time.Now().Add(rest)
	p.mu.Unlock()
	return p.hub.source.incident(ctx, source.Incident{Kind: source.ForeignReader, Hub: p.hub.name, Partition: p.id, Message: problem.Error()})
}

// rests reports whether the partition is to be left alone.
func (p *partition) rests() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Before(p.rest)
}

func (p *partition) isRead() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stop != nil
}

// owned notes who owns the partition according to the store.
func (p *partition) owned(owner string, mine, fresh bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.foreign = p.foreign || owner != "" && !mine
	if !fresh {
		owner, mine = "", false
	}
	if owner != "" {
		p.unread = time.Time{}
	} else if p.unread.IsZero() {
		p.unread = time.Now()
	}
	p.owner, p.mine = owner, mine
	if p.state == source.Contested || p.state == source.Stopped || p.stop != nil {
		return
	}
	switch {
	case owner == "" && time.Since(p.unread) > p.hub.source.options.ClaimExpiry:
		p.state = source.Unowned
	case owner == "":
		p.state = source.Starting // somebody will take it presently
	case !mine:
		p.state, p.problem = source.Elsewhere, nil
	}
}

func (p *partition) wasForeign() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.foreign
}

func (p *partition) durable() *journal.Position {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.last
}

// evict ends the reading of a partition that is not ours any more.
func (p *partition) evict() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		p.stop()
	}
}

// begins notes where reading is to begin.
func (p *partition) begins(from beginning, at *journal.Position, hub azeventhubs.PartitionProperties) {
	start := &source.Start{
		Time: time.Now(), HubFirst: &hub.BeginningSequenceNumber, HubLast: &hub.LastEnqueuedSequenceNumber, Begins: from.begins, Reason: from.reason,
	}
	checkpoint := "none"
	if at != nil {
		start.Checkpoint = &at.Sequence
		checkpoint = fmt.Sprint(at.Sequence)
	}
	p.log.Info("partition", "checkpoint", checkpoint, "hub_first", hub.BeginningSequenceNumber, "hub_last", hub.LastEnqueuedSequenceNumber, "begins", from.begins, "reason", from.reason)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.start, p.opened = start, time.Now()
	p.tries++
	p.next = -1
	if from.done >= 0 {
		p.next = from.done + 1
	}
	p.last = nil
	if from.gap == nil {
		p.last = at
	}
	if from.stop {
		p.state, p.problem = source.Stopped, &source.Problem{Message: from.gap.message, Time: time.Now()}
	}
}

func (p *partition) opens(stop context.CancelFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop, p.mine, p.tries, p.unread = stop, true, 0, time.Time{}
	if p.state != source.Contested {
		p.state, p.problem = source.Running, nil
	}
}

func (p *partition) closes() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop = nil
	if p.state == source.Running {
		p.state = source.Starting
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

// stored notes that everything up to a message is durable.
func (p *partition) stored(m source.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	position := m.Position
	p.last, p.read, p.next = &position, m.Read, position.Sequence+1
	p.state, p.problem = source.Running, nil
}
