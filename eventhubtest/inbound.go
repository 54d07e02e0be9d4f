package eventhubtest

import (
	"errors"
	"fmt"
	"time"

	"penstock/eventhubtest/amqp"
)

// inboundCredit is how many messages a client may have under way on a link.
const inboundCredit = 1000

// batchFormat marks a message whose data sections are encoded messages.
const batchFormat = 0x80013700

// maxAnnotations bounds the bytes of the message annotations of one event.
const maxAnnotations = 64 << 10

// incoming is a message that a client sent.
type incoming struct {
	format uint32
	body   []byte // valid during the call
}

// inbound is a link on which the client sends: events to a hub, or requests to a node.
type inbound struct {
	linkState
	take  func(incoming) any // returns the state of the delivery; called without the mutex
	count uint32             // deliveries
	spent uint32             // credit used since it was granted

	// the delivery that is arriving, only touched by the reader of the connection
	partial   []byte
	delivery  *uint32
	format    uint32
	settled   bool
	oversized bool
}

func (in *inbound) begin(a *amqp.Attach) {
	if a.InitialDeliveryCount != nil {
		in.count = *a.InitialDeliveryCount
	}
	in.session.reportLink(in.handle, in.count, inboundCredit, false)
}

func (in *inbound) flow(f *amqp.Flow) {
	if f.Echo {
		in.session.reportLink(in.handle, in.count, inboundCredit-in.spent, false)
	}
}

func (in *inbound) gone() {}

// receive handles a transfer. The message is taken without the mutex, so that receivers go on meanwhile.
func (c *conn) receive(channel uint16, t *amqp.Transfer, payload []byte) error {
	c.mu.Lock()
	s := c.sessions[channel]
	if s == nil {
		c.mu.Unlock()
		return &amqp.Error{Condition: "amqp:not-allowed", Description: fmt.Sprintf("channel %d has no session", channel)}
	}
	s.arrived()
	l := s.links[t.Handle]
	closed := l != nil && l.state().closed
	c.mu.Unlock()
	in, ok := l.(*inbound)
	if closed {
		return nil // sent before the client saw our detach
	}
	if !ok {
		return &amqp.Error{Condition: "amqp:session:unattached-handle", Description: fmt.Sprintf("handle %d is not a sender", t.Handle)}
	}
	message, complete := in.collect(t, payload)
	if !complete {
		return nil
	}
	if in.oversized {
		c.mu.Lock()
		s.detach(in, tooLarge(in.delivery))
		c.mu.Unlock()
		return nil
	}
	state := in.take(message)
	c.mu.Lock()
	defer c.mu.Unlock()
	in.settle(state)
	return nil
}

// collect joins the transfers of a delivery, and reports whether it is complete.
func (in *inbound) collect(t *amqp.Transfer, payload []byte) (incoming, bool) {
	if t.DeliveryID != nil && in.delivery == nil {
		id := *t.DeliveryID
		in.delivery, in.partial, in.format, in.settled, in.oversized = &id, in.partial[:0], 0, false, false
	}
	if t.MessageFormat != nil {
		in.format = *t.MessageFormat
	}
	in.settled = in.settled || t.Settled
	if t.Aborted {
		in.delivery = nil
		return incoming{}, false
	}
	if len(in.partial)+len(payload) > maxMessageSize {
		in.oversized = true
		return incoming{}, true
	}
	if !t.More && len(in.partial) == 0 {
		return incoming{in.format, payload}, true
	}
	in.partial = append(in.partial, payload...)
	return incoming{in.format, in.partial}, !t.More
}

// settle tells the client what became of its delivery and gives it credit again.
func (in *inbound) settle(state any) {
	id := in.delivery
	in.delivery = nil
	if in.closed {
		return
	}
	s := in.session
	if id != nil && !in.settled {
		s.conn.send(s.channel, &amqp.Disposition{Role: amqp.RoleReceiver, First: *id, Settled: true, State: state})
	}
	in.count++
	in.spent++
	if in.spent >= inboundCredit/2 {
		in.spent = 0
		s.reportLink(in.handle, in.count, inboundCredit, false)
	}
}

// publish appends what a client sent to a hub. All events of a batch go to one partition, or none does.
func (c *conn) publish(h *hub, partition string, m incoming) any {
	if err := c.server.faults.pause(c.ctx); err != nil {
		return amqp.Rejected(&amqp.Error{Condition: "com.microsoft:timeout", Description: "The connection ended."})
	}
	if err := c.server.faults.throttled(h.Name, time.Now()); err != nil {
		return amqp.Rejected(err)
	}
	events, key, err := decodeEvents(m)
	if err != nil {
		return amqp.Rejected(&amqp.Error{Condition: "amqp:decode-error", Description: err.Error()})
	}
	p := h.partition(partition)
	if partition == "" {
		p = h.choose(key)
	}
	if p == nil {
		return amqp.Rejected(partitionInvalid(h))
	}
	if _, err := p.append(events, c.server.opts.Now()); err != nil {
		if errors.Is(err, errClosed) {
			return amqp.Rejected(notFound(c.server, h.Name))
		}
		c.server.opts.Logger.Error("append events", "hub", h.Name, "partition", p.id, "error", err)
		return amqp.Rejected(&amqp.Error{Condition: "amqp:internal-error", Description: "The events could not be stored: " + err.Error()})
	}
	return amqp.Accepted()
}

// decodeEvents takes a message apart into events, and returns the partition key by which their partition is chosen.
func decodeEvents(m incoming) ([]stored, string, error) {
	e, data, err := decodeEvent(m.body)
	if err != nil {
		return nil, "", err
	}
	if m.format != batchFormat {
		return []stored{e}, e.key, nil
	}
	key := e.key
	var events []stored
	for _, d := range data {
		inner, _, err := decodeEvent(d)
		if err != nil {
			return nil, "", fmt.Errorf("event %d of the batch: %w", len(events), err)
		}
		if inner.key == "" {
			inner.key = key
		}
		events = append(events, inner)
	}
	if len(events) == 0 {
		return nil, "", errors.New("a batch without events")
	}
	return events, key, nil
}

// decodeEvent reads one message; data are its data sections.
func decodeEvent(b []byte) (e stored, data [][]byte, err error) {
	for len(b) > 0 {
		section, value, rest, err := amqp.NextSection(b)
		if err != nil {
			return e, nil, err
		}
		switch section {
		case amqp.SectionHeader, amqp.SectionDeliveryAnnotations: // for this hop only
		case amqp.SectionAnnotations:
			if err := e.annotate(value); err != nil {
				return e, nil, err
			}
		default:
			e.body = append(e.body, b[:len(b)-len(rest)]...)
		}
		if section == amqp.SectionData {
			v, _, err := amqp.Decode(value)
			if err != nil {
				return e, nil, err
			}
			d, ok := v.([]byte)
			if !ok {
				return e, nil, fmt.Errorf("a data section holds a %T", v)
			}
			data = append(data, d)
		}
		b = rest
	}
	return e, data, nil
}

// The annotations that the hub gives to an event.
const (
	annotationSequence  = "x-opt-sequence-number"
	annotationOffset    = "x-opt-offset"
	annotationEnqueued  = "x-opt-enqueued-time"
	annotationPartition = "x-opt-partition-key"
)

// annotate keeps the annotations of the producer apart from those that the hub sets itself.
func (e *stored) annotate(value []byte) error {
	v, _, err := amqp.Decode(value)
	if err != nil {
		return err
	}
	m, ok := v.(amqp.Map)
	if !ok || len(m) > 1000 {
		return errors.New("message annotations are not a map of at most 1,000 entries")
	}
	if key, ok := m.Get(annotationPartition).(string); ok {
		if len(key) > 128 {
			return errors.New("a partition key has at most 128 characters")
		}
		e.key = key
	}
	for _, pair := range m {
		switch pair.Key {
		case amqp.Symbol(annotationSequence), amqp.Symbol(annotationOffset), amqp.Symbol(annotationEnqueued), amqp.Symbol(annotationPartition):
			continue
		}
		e.annotations = amqp.Append(amqp.Append(e.annotations, pair.Key), pair.Value)
		e.pairs += 2
		if len(e.annotations) > maxAnnotations {
			return fmt.Errorf("message annotations exceed %d bytes", maxAnnotations)
		}
	}
	return nil
}
