package eventhubtest

import (
	"slices"
	"time"

	"penstock/eventhubtest/amqp"
)

// maxReplies bounds the answers that wait for credit of the client.
const maxReplies = 256

// replies is the link on which a client gets the answers of $cbs or $management.
type replies struct {
	linkState
	node    string
	address string // where the client wants its answers
	waiting [][]byte
	count   uint32
	credit  uint32
}

func (r *replies) flow(f *amqp.Flow) {
	if f.LinkCredit != nil {
		count := uint32(0)
		if f.DeliveryCount != nil {
			count = *f.DeliveryCount
		}
		r.credit = count + *f.LinkCredit - r.count
	}
	r.send()
	if f.Drain {
		r.count += r.credit
		r.credit = 0
		r.session.reportLink(r.handle, r.count, 0, true)
	}
}

func (r *replies) gone() { r.waiting = nil }

func (r *replies) send() {
	for len(r.waiting) > 0 && r.credit > 0 {
		s := r.session
		id := s.deliveries
		s.deliveries++
		for b, ok := r.waiting[0], true; ok; ok = len(b) > 0 {
			var sent bool
			if b, sent = s.transfer(r.handle, id, b); !sent {
				s.detach(r, &amqp.Error{Condition: "amqp:session:window-violation", Description: "There is no window for an answer."})
				return
			}
		}
		r.waiting = slices.Delete(r.waiting, 0, 1)
		r.credit--
		r.count++
	}
}

// answer is what $cbs or $management says.
type answer struct {
	code        int32
	description string
	condition   string // an error condition, "" for success
	value       any
}

// request handles a message to a node and sends the answer; the request itself is always accepted.
func (c *conn) request(s *session, addr address, in incoming) any {
	m, err := amqp.ParseMessage(in.body)
	if err != nil {
		return amqp.Rejected(&amqp.Error{Condition: "amqp:decode-error", Description: err.Error()})
	}
	var a answer
	if addr.node == nodeClaims {
		a = c.putToken(m)
	} else {
		a = c.manage(addr, m)
	}
	properties := amqp.Map{{Key: "status-code", Value: a.code}, {Key: "status-description", Value: a.description}}
	if a.condition != "" {
		properties = append(properties, amqp.Pair{Key: "error-condition", Value: amqp.Symbol(a.condition)})
	}
	out := amqp.Message{Properties: amqp.Properties{CorrelationID: m.Properties.MessageID}, ApplicationProperties: properties, Value: a.value}
	c.mu.Lock()
	defer c.mu.Unlock()
	r := s.replyLink(addr.node, m.Properties.ReplyTo)
	if r == nil || len(r.waiting) >= maxReplies {
		return amqp.Rejected(&amqp.Error{Condition: "amqp:not-found", Description: "There is no link for the answer to " + m.Properties.ReplyTo + "."})
	}
	r.waiting = append(r.waiting, out.Append(nil))
	r.send()
	return amqp.Accepted()
}

// replyLink finds the link for an answer: the one that the request names, else any of the same node.
func (s *session) replyLink(node, to string) *replies {
	var found *replies
	for _, other := range s.conn.sessions {
		for _, l := range other.links {
			r, ok := l.(*replies)
			if !ok || r.closed || r.node != node {
				continue
			}
			if r.address == to {
				return r
			}
			if other == s {
				found = r
			}
		}
	}
	return found
}

func text(m amqp.Map, name string) string {
	s, _ := m.Get(name).(string)
	return s
}

// putToken handles the requests of claims-based security (AMQP CBS, draft 1).
func (c *conn) putToken(m *amqp.Message) answer {
	if text(m.ApplicationProperties, "operation") != "put-token" {
		return answer{code: 400, description: "The operation is not put-token.", condition: "amqp:not-implemented"}
	}
	token, _ := m.Value.(string)
	c.mu.Lock()
	defer c.mu.Unlock()
	if problem := c.claims.put(text(m.ApplicationProperties, "type"), text(m.ApplicationProperties, "name"), token, time.Now()); problem != "" {
		return answer{code: 401, description: problem, condition: accessDenied}
	}
	return answer{code: 202, description: "Accepted"}
}

// manage handles the READ requests for the properties of hubs and partitions.
func (c *conn) manage(addr address, m *amqp.Message) answer {
	name := text(m.ApplicationProperties, "name")
	if name == "" {
		name = addr.hub
	}
	h, refusal := c.permit(address{hub: name}, "Manage,EntityRead")
	if refusal != nil {
		return refused(refusal)
	}
	if text(m.ApplicationProperties, "operation") != "READ" {
		return answer{code: 501, description: "Only READ is supported.", condition: "amqp:not-implemented"}
	}
	switch text(m.ApplicationProperties, "type") {
	case "com.microsoft:eventhub":
		return h.properties()
	case "com.microsoft:partition":
		p := h.partition(text(m.ApplicationProperties, "partition"))
		if p == nil {
			return refused(partitionInvalid(h))
		}
		return p.properties(h)
	}
	return answer{code: 400, description: "The type is neither com.microsoft:eventhub nor com.microsoft:partition.", condition: "amqp:invalid-field"}
}

func refused(err *amqp.Error) answer {
	codes := map[amqp.Symbol]int32{"amqp:not-found": 404, accessDenied: 401, "com.microsoft:server-busy": 503,
		"com.microsoft:argument-out-of-range": 400}
	return answer{code: codes[err.Condition], description: err.Description, condition: string(err.Condition)}
}

func (h *hub) properties() answer {
	var ids []string
	for _, p := range h.all() {
		ids = append(ids, p.id)
	}
	return answer{code: 200, description: "OK", value: amqp.Map{
		{Key: "name", Value: h.Name},
		{Key: "type", Value: "com.microsoft:eventhub"},
		{Key: "created_at", Value: h.created},
		{Key: "partition_count", Value: int32(len(ids))},
		{Key: "partition_ids", Value: amqp.Strings(ids...)},
		{Key: "georeplication_factor", Value: int32(1)},
	}}
}

func (p *partition) properties(h *hub) answer {
	first, next := p.bounds()
	last, exists := p.last()
	enqueued := time.UnixMilli(last.enqueued).UTC()
	if !exists {
		enqueued = time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return answer{code: 200, description: "OK", value: amqp.Map{
		{Key: "name", Value: h.Name},
		{Key: "type", Value: "com.microsoft:partition"},
		{Key: "partition", Value: p.id},
		{Key: "begin_sequence_number", Value: first},
		{Key: "last_enqueued_sequence_number", Value: next - 1},
		{Key: "last_enqueued_offset", Value: lastOffset(last, exists)},
		{Key: "last_enqueued_time_utc", Value: enqueued},
		{Key: "is_partition_empty", Value: first == next},
		{Key: "runtime_info_retrieval_time_utc", Value: time.Now().UTC()},
	}}
}
