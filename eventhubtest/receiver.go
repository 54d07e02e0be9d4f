package eventhubtest

import (
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"time"

	"penstock/eventhubtest/amqp"
)

// readAhead is about how many bytes a receiver takes from its partition at once.
const readAhead = 256 << 10

// receiver is a link on which a client receives the events of a partition. Deliveries are settled when they are sent.
type receiver struct {
	linkState
	conn      *conn
	hub       *hub
	partition *partition
	group     string
	name      string
	epoch     int64 // owner level, -1 if there is none
	metrics   bool  // the client wants to be told, with every event, which is the last of the partition
	ctx       context.Context
	cancel    context.CancelFunc
	wake      chan struct{} // something changed that run waits for; holds one

	// under the mutex of the connection
	lost   *amqp.Error // the partition was claimed by another one before the attach was answered
	next   int64       // sequence number of the next event to send
	moved  bool        // next was set from outside
	count  uint32
	credit uint32
	drain  bool
}

func newReceiver(c *conn, state linkState, h *hub, p *partition, group string, a *amqp.Attach, start int64) *receiver {
	r := &receiver{linkState: state, conn: c, hub: h, partition: p, group: strings.ToLower(group), epoch: -1,
		wake: make(chan struct{}, 1), next: start}
	r.ctx, r.cancel = context.WithCancel(c.ctx)
	r.name, _ = a.Properties.Get("com.microsoft:receiver-name").(string)
	if r.name == "" {
		r.name = "nil"
	}
	r.metrics = slices.Contains(a.DesiredCapabilities, "com.microsoft:enable-receiver-runtime-metric")
	switch v := a.Properties.Get("com.microsoft:epoch").(type) {
	case int64:
		r.epoch = v
	case int32:
		r.epoch = int64(v)
	}
	return r
}

func (r *receiver) nudge() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *receiver) flow(f *amqp.Flow) {
	if f.LinkCredit != nil {
		count := uint32(0)
		if f.DeliveryCount != nil {
			count = *f.DeliveryCount
		}
		r.credit = count + *f.LinkCredit - r.count
		if r.credit > 1<<31 { // the client lowered its credit while deliveries were under way
			r.credit = 0
		}
	}
	r.drain = f.Drain
	if f.Echo && !f.Drain {
		r.session.reportLink(r.handle, r.count, r.credit, false)
	}
	r.nudge()
}

func (r *receiver) gone() {
	r.cancel()
	r.hub.release(r)
}

// detach closes the link from outside of its connection.
func (r *receiver) detach(err *amqp.Error) {
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	if r.session.links[r.handle] == nil { // its attach is not answered yet
		r.lost = err
		r.gone()
		return
	}
	r.session.detach(r, err)
	_ = r.conn.w.Flush()
}

// run sends events until the link is gone.
func (r *receiver) run() {
	var buf, message []byte
	for {
		r.conn.mu.Lock()
		from, ready := r.next, r.credit > 0
		r.moved = false
		r.conn.mu.Unlock()
		if !ready {
			if !r.wait(nil) {
				return
			}
			continue
		}
		records, grown, err := r.partition.read(from, readAhead, buf[:0])
		if err != nil {
			r.detach(notFound(r.conn.server, r.hub.Name))
			return
		}
		if grown != nil {
			r.drained(from)
			if !r.wait(grown) {
				return
			}
			continue
		}
		buf = records
		if r.conn.server.faults.pause(r.ctx) != nil {
			return
		}
		var annotations []byte
		if r.metrics {
			annotations = r.partition.runtime()
		}
		for len(records) > 0 {
			e, n, err := parseRecord(records, false)
			if err != nil {
				r.detach(&amqp.Error{Condition: "amqp:internal-error", Description: "The log of the partition is damaged."})
				return
			}
			message = e.message(append(message[:0], annotations...))
			if !r.deliver(e.sequence, message) {
				break
			}
			records = records[n:]
		}
		if r.conn.flush() != nil {
			_ = r.conn.nc.Close()
			return
		}
	}
}

// wait returns when something changed, false when the link is gone.
func (r *receiver) wait(grown <-chan struct{}) bool {
	select {
	case <-r.ctx.Done():
		return false
	case <-r.wake:
	case <-grown:
	}
	return r.ctx.Err() == nil
}

// drained uses up the credit of a client that asked for what there is (part 2.6.7).
func (r *receiver) drained(from int64) {
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	if !r.drain || r.closed || r.next != from {
		return
	}
	r.count += r.credit
	r.credit, r.drain = 0, false
	r.session.reportLink(r.handle, r.count, 0, true)
	_ = r.conn.w.Flush()
}

// deliver sends one event. It returns false when run has to look at the state of the link first.
func (r *receiver) deliver(sequence int64, message []byte) bool {
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	if r.closed || r.moved || r.credit == 0 {
		return false
	}
	s := r.session
	id := s.deliveries
	s.deliveries++
	for first := true; first || len(message) > 0; first = false {
		rest, ok := s.transfer(r.handle, id, message)
		for !ok {
			_ = r.conn.w.Flush()
			r.conn.mu.Unlock()
			alive := r.wait(nil)
			r.conn.mu.Lock()
			if !alive || r.closed {
				return false
			}
			rest, ok = s.transfer(r.handle, id, message)
		}
		message = rest
	}
	r.credit--
	r.count++
	if !r.moved {
		r.next = sequence + 1
	}
	return true
}

// runtime writes delivery annotations that tell which is the last event of the partition.
func (p *partition) runtime() []byte {
	_, next := p.bounds()
	last, exists := p.last()
	return amqp.Append(amqp.AppendSection(nil, amqp.SectionDeliveryAnnotations), amqp.Map{
		{Key: amqp.Symbol("last_enqueued_sequence_number"), Value: next - 1},
		{Key: amqp.Symbol("last_enqueued_offset"), Value: lastOffset(last, exists)},
		{Key: amqp.Symbol("last_enqueued_time_utc"), Value: time.UnixMilli(last.enqueued)},
		{Key: amqp.Symbol("runtime_info_retrieval_time_utc"), Value: time.Now()},
	})
}

// message writes the event as a receiver gets it.
func (e *stored) message(dst []byte) []byte {
	const map32 = 0xd1
	dst = append(amqp.AppendSection(dst, amqp.SectionAnnotations), map32)
	at, n := len(dst), 6+e.pairs
	dst = append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
	dst = amqp.AppendLong(amqp.AppendSymbol(dst, annotationSequence), e.sequence)
	var digits [20]byte
	dst = amqp.AppendStringBytes(amqp.AppendSymbol(dst, annotationOffset), strconv.AppendInt(digits[:0], e.offset, 10))
	dst = amqp.AppendTimestamp(amqp.AppendSymbol(dst, annotationEnqueued), e.enqueued)
	if e.key != "" {
		dst = amqp.AppendString(amqp.AppendSymbol(dst, annotationPartition), e.key)
		n += 2
	}
	dst = append(dst, e.annotations...)
	binary.BigEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	binary.BigEndian.PutUint32(dst[at+4:], uint32(n))
	return append(dst, e.body...)
}

// maxReaders is how many receivers without an owner level a group may have on a partition.
const maxReaders = 5

// claim registers a receiver. It returns those that lose their link to it, or why it cannot have one: a receiver with an
// owner level wants the partition for itself, and the higher or later one gets it.
func (h *hub) claim(r *receiver) (losers []*receiver, lost *amqp.Error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := r.group + "/" + r.partition.id
	for _, other := range h.receivers[key] {
		if other.epoch > r.epoch {
			return nil, outranked(r, other)
		}
	}
	if r.epoch < 0 {
		if len(h.receivers[key]) >= maxReaders {
			return nil, tooManyReaders(h)
		}
		h.receivers[key] = append(h.receivers[key], r)
		return nil, nil
	}
	losers = h.receivers[key]
	h.receivers[key] = []*receiver{r}
	return losers, nil
}

func (h *hub) release(r *receiver) {
	h.mu.Lock()
	defer h.mu.Unlock()
	key := r.group + "/" + r.partition.id
	h.receivers[key] = slices.DeleteFunc(h.receivers[key], func(other *receiver) bool { return other == r })
	if len(h.receivers[key]) == 0 {
		delete(h.receivers, key)
	}
}

// links returns the receivers of a partition, of all partitions if the id is "".
func (h *hub) links(partition string) []*receiver {
	h.mu.RLock()
	defer h.mu.RUnlock()
	var out []*receiver
	for _, rs := range h.receivers {
		for _, r := range rs {
			if partition == "" || r.partition.id == partition {
				out = append(out, r)
			}
		}
	}
	return out
}
