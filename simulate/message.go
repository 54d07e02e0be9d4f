package simulate

import "time"

// Message is one body as it goes to a hub: {"records":[…]}.
type Message struct {
	Body      []byte
	Records   int
	Partition int       // 0 … partitions-1
	Last      time.Time // of its last record
}

// limits of a message. Microsoft does not document theirs; the hub's is 1 MB, less on the cheapest tier.
const (
	defaultMessageBytes   = 200 << 10
	defaultMessageRecords = 100
)

// messages packs records into messages and spreads these evenly over partitions.
type messages struct {
	maxBytes, maxRecords, partitions int
	open                             Message
	next                             int
	spare                            []byte
}

// add draws a record from the tenant. It returns a message once the record did not fit in any more; its body is good until
// the next one is returned.
func (m *messages) add(t *Tenant) (full Message, ok bool) {
	if m.open.Body == nil {
		m.begin()
	}
	from := len(m.open.Body)
	if m.open.Records > 0 {
		m.open.Body = append(m.open.Body, ',')
	}
	body, meta := t.Append(m.open.Body)
	if m.open.Records > 0 && (m.open.Records == m.maxRecords || len(body)+len("]}") > m.maxBytes) {
		done := m.open
		m.begin()
		m.open.Body = append(m.open.Body, body[from+1:]...)
		done.Body = body[:from]
		full = done.close()
		ok = true
	} else {
		m.open.Body = body
	}
	m.open.Records++
	m.open.Last = meta.Time
	return full, ok
}

func (m *messages) begin() {
	m.open = Message{Body: append(m.spare[:0], `{"records":[`...), Partition: m.next % m.partitions}
	m.spare = nil
	m.next++
}

// close ends the list of records.
func (m Message) close() Message {
	m.Body = append(m.Body, "]}"...)
	return m
}

// rest is the message that is not full yet.
func (m *messages) rest() Message {
	last := m.open.close()
	m.open = Message{}
	return last
}

// release gives the body of a message that was written back for use.
func (m *messages) release(body []byte) { m.spare = body }
