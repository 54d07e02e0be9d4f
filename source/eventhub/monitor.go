package eventhub

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"

	"penstock/source"
)

// ends is what the hub last said of a partition, and how it moved.
type ends struct {
	known       bool
	first, last int64
	caughtUp    time.Time // when nothing was left to read
	samples     []sample  // of the last minutes, oldest first
}

// sample is where reading and expiry were at a time.
type sample struct {
	time        time.Time
	next, first int64
}

// horizon is over how long the rates are measured from which runway is told.
const horizon = 10 * time.Minute

// monitor asks the hub at intervals how far it is, and returns why the session should begin anew.
func (h *hub) monitor(ctx context.Context, consumer *azeventhubs.ConsumerClient, co *coordinator) error {
	tick := time.NewTicker(h.source.options.StatusInterval)
	defer tick.Stop()
	for {
		if err := h.look(ctx, consumer, co); err != nil && ctx.Err() == nil {
			switch {
			case errors.Is(err, errGrown), errors.Is(err, errRebuilt), ofWholeHub(err):
				return err
			default:
				h.fail(explain(err, &h.source.options, h.name))
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func (h *hub) look(ctx context.Context, consumer *azeventhubs.ConsumerClient, co *coordinator) error {
	properties, err := consumer.GetEventHubProperties(ctx, nil)
	if err != nil {
		return fmt.Errorf("ask for the hub: %w", err)
	}
	if len(properties.PartitionIDs) > len(h.all()) {
		return errGrown
	}
	if properties.CreatedOn.After(co.created) {
		return errRebuilt
	}
	h.mu.Lock()
	h.problem = nil
	h.mu.Unlock()
	for _, id := range properties.PartitionIDs {
		p := h.partition(id)
		before := p.durable() // first: reading goes on meanwhile
		at, err := consumer.GetPartitionProperties(ctx, id, nil)
		if err != nil {
			return fmt.Errorf("ask for partition %s: %w", id, err)
		}
		p.sees(at, time.Now())
		if before != nil && before.Sequence > at.LastEnqueuedSequenceNumber && p.isRead() {
			return errRebuilt
		}
		if err := h.attend(ctx, p, co); err != nil {
			return err
		}
	}
	return nil
}

// sees notes how far the hub is.
func (p *partition) sees(at azeventhubs.PartitionProperties, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := &p.ends
	e.known, e.first, e.last = true, at.BeginningSequenceNumber, at.LastEnqueuedSequenceNumber
	if p.last == nil {
		return
	}
	next := p.last.Sequence + 1
	if next > e.last {
		e.caughtUp = now
	}
	e.samples = append(e.samples, sample{now, next, e.first})
	for now.Sub(e.samples[0].time) > horizon {
		e.samples = e.samples[1:]
	}
}

// runway is how long it takes until messages expire that are not read yet: expiry moves towards reading faster than
// reading moves away from it. It is nil when that does not happen at the present rates.
func runway(samples []sample) *float64 {
	if len(samples) < 2 {
		return nil
	}
	from, to := samples[0], samples[len(samples)-1]
	elapsed := to.time.Sub(from.time).Seconds()
	closing := float64((to.first-from.first)-(to.next-from.next)) / elapsed
	if elapsed <= 0 || closing <= 0 {
		return nil
	}
	left := max(0, float64(to.next-to.first)/closing)
	return &left
}

// attend looks after a partition that should be read and is not, and after incidents that are over.
func (h *hub) attend(ctx context.Context, p *partition, co *coordinator) error {
	o := &h.source.options
	p.mu.Lock()
	now := time.Now()
	reads := p.stop != nil && !p.opened.IsZero() && now.Sub(p.opened) > 2*o.ClaimInterval
	if reads && p.losses > 0 {
		p.losses = 0
		p.state, p.problem = source.Running, nil
	}
	stuck := p.stop == nil && p.tries >= 3 && p.state != source.Stopped && now.After(p.rest)
	unread := p.stop == nil && p.state == source.Unowned
	p.mu.Unlock()
	if reads { // also what an earlier run of the program reported
		h.source.over(ctx, source.ForeignReader, h.name, p.id)
		h.source.over(ctx, source.NotRead, h.name, p.id)
	}
	switch {
	case stuck:
		return p.diagnose(ctx, co)
	case unread:
		message := fmt.Sprintf("Nobody reads partition %s of %s. Look for errors of the processes that share the consumer group %s.", p.id, h.name, o.Config.ConsumerGroup)
		return h.source.incident(ctx, source.Incident{Kind: source.NotRead, Hub: h.name, Partition: p.id, Message: message})
	}
	return nil
}

// diagnose finds out why a partition that is ours is not read: the Processor keeps that to itself.
func (p *partition) diagnose(ctx context.Context, co *coordinator) error {
	err := tryPartition(ctx, co.consumer, p.id, true)
	if err == nil || ctx.Err() != nil {
		return nil //nolint:nilerr // at the end nothing is wrong
	}
	problem := explain(err, &p.hub.source.options, p.hub.name)
	if classify(err) == contested {
		if co.handedOver(ctx, p, err) {
			return nil
		}
		return p.contested(ctx, problem)
	}
	p.fail(problem)
	if ofWholeHub(err) {
		return err
	}
	return nil
}

// tryPartition opens a partition at its end for a moment and returns what stands against it. As an owner it does so
// with the owner level of the Processor.
func tryPartition(ctx context.Context, consumer *azeventhubs.ConsumerClient, id string, owner bool) error {
	yes, level := true, int64(0)
	options := &azeventhubs.PartitionClientOptions{StartPosition: azeventhubs.StartPosition{Latest: &yes}, Prefetch: -1}
	if owner {
		options.OwnerLevel = &level
	}
	client, err := consumer.NewPartitionClient(id, options)
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), leave)
		defer cancel()
		_ = client.Close(closing) // nothing was read
	}()
	short, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_, err = client.ReceiveEvents(short, 1, nil)
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

func (p *partition) status() source.Partition {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := source.Partition{
		Hub: p.hub.name, Partition: p.id, State: p.state, Owner: p.owner, Owned: p.stop != nil, Start: p.start, Problem: p.problem, LastRead: p.read,
	}
	e := &p.ends
	if e.known {
		first, last := e.first, e.last
		s.HubFirst, s.HubLast = &first, &last
	}
	if p.last == nil || p.state == source.Elsewhere {
		return s
	}
	sequence := p.last.Sequence
	s.LastSequence, s.LastEnqueued = &sequence, p.last.Enqueued
	if !e.known {
		return s
	}
	lag, age := max(0, e.last-sequence), 0.0
	if lag > 0 {
		oldest := p.last.Enqueued
		if e.caughtUp.After(oldest) {
			oldest = e.caughtUp // what is left came later
		}
		age = max(0, time.Since(oldest).Seconds())
		s.RunwaySeconds = runway(e.samples)
	}
	s.LagMessages, s.LagSeconds = &lag, &age
	return s
}
