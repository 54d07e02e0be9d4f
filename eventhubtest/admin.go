package eventhubtest

import (
	"fmt"
	"strings"
	"time"

	"penstock/eventhubtest/amqp"
)

// CreateHub opens a hub while the server runs.
func (s *Server) CreateHub(spec Hub) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := strings.ToLower(spec.Name)
	if s.hubs[key] != nil {
		return fmt.Errorf("create hub %s: it exists", spec.Name)
	}
	h, err := openHub(s.opts.Dir, spec, s.opts.Now())
	if err != nil {
		return fmt.Errorf("create hub: %w", err)
	}
	s.hubs[key] = h
	return nil
}

// DeleteHub removes a hub with its events; its links are detached with amqp:not-found.
func (s *Server) DeleteHub(name string) error {
	s.mu.Lock()
	h := s.hubs[strings.ToLower(name)]
	delete(s.hubs, strings.ToLower(name))
	conns := s.connections()
	s.mu.Unlock()
	if h == nil {
		return fmt.Errorf("delete hub %s: there is none", name)
	}
	for _, c := range conns {
		c.detachLinks(name, "", notFound(s, h.Name))
	}
	if err := h.remove(); err != nil {
		return fmt.Errorf("delete hub %s: %w", name, err)
	}
	return nil
}

// RecreateHub deletes a hub and makes it anew, as an operator does who wants more partitions on the basic tier: the
// sequence numbers start at 0 again.
func (s *Server) RecreateHub(spec Hub) error {
	if err := s.DeleteHub(spec.Name); err != nil {
		return err
	}
	return s.CreateHub(spec)
}

// GrowHub adds partitions to a hub until there are n.
func (s *Server) GrowHub(name string, n int) error {
	h := s.find(name)
	if h == nil {
		return fmt.Errorf("grow hub %s: there is none", name)
	}
	if n > maxPartitions {
		return fmt.Errorf("grow hub %s: %d partitions, at most %d were expected", name, n, maxPartitions)
	}
	return h.grow(n)
}

// Append stores events with these bodies, all or none, in one partition without a client; partition "" takes the next
// in turn. It returns the sequence number of the first.
func (s *Server) Append(hub, partition string, bodies ...[]byte) (int64, error) {
	h := s.find(hub)
	if h == nil {
		return 0, fmt.Errorf("append to hub %s: there is none", hub)
	}
	p := h.partition(partition)
	if partition == "" {
		p = h.choose("")
	}
	if p == nil {
		return 0, fmt.Errorf("append to hub %s: there is no partition %s", hub, partition)
	}
	events := make([]stored, len(bodies))
	for i, body := range bodies {
		if len(body) > maxMessageSize {
			return 0, fmt.Errorf("append to hub %s: a body of %d bytes, the limit is %d", hub, len(body), maxMessageSize)
		}
		events[i].body = amqp.Append(amqp.AppendSection(nil, amqp.SectionData), body)
	}
	first, err := p.append(events, s.opts.Now())
	if err != nil {
		return 0, fmt.Errorf("append to hub %s: %w", hub, err)
	}
	return first, nil
}

// Partition is the state of a partition. Last is First-1 when there are no events.
type Partition struct {
	ID          string
	First, Last int64 // sequence numbers
	LastOffset  string
	Bytes       int64
	Receivers   int
}

// Partitions returns the state of the partitions of a hub in order, nil if there is no such hub.
func (s *Server) Partitions(hub string) []Partition {
	h := s.find(hub)
	if h == nil {
		return nil
	}
	var out []Partition
	for _, p := range h.all() {
		first, next := p.bounds()
		last, exists := p.last()
		p.mu.RLock()
		size := p.size
		p.mu.RUnlock()
		out = append(out, Partition{p.id, first, next - 1, lastOffset(last, exists), size, len(h.links(p.id))})
	}
	return out
}

// Event is an event as a partition holds it.
type Event struct {
	Sequence     int64
	Offset       string
	Enqueued     time.Time
	PartitionKey string
	Body         []byte // the data sections, joined
}

// Events returns at most limit events of a partition from a sequence number on.
func (s *Server) Events(hub, partition string, from int64, limit int) ([]Event, error) {
	h := s.find(hub)
	if h == nil || h.partition(partition) == nil {
		return nil, fmt.Errorf("read events: there is no partition %s of hub %s", partition, hub)
	}
	var out []Event
	for len(out) < limit {
		records, grown, err := h.partition(partition).read(from, readAhead, nil)
		if err != nil {
			return nil, fmt.Errorf("read events: %w", err)
		}
		if grown != nil {
			break
		}
		for len(records) > 0 && len(out) < limit {
			e, n, err := parseRecord(records, true)
			if err != nil {
				return nil, fmt.Errorf("read events: %w", err)
			}
			_, data, err := decodeEvent(e.body)
			if err != nil {
				return nil, fmt.Errorf("read event %d: %w", e.sequence, err)
			}
			event := Event{e.sequence, fmt.Sprint(e.offset), time.UnixMilli(e.enqueued).UTC(), e.key, nil}
			for _, d := range data {
				event.Body = append(event.Body, d...)
			}
			out = append(out, event)
			records, from = records[n:], e.sequence+1
		}
	}
	return out, nil
}

// Connections returns how many clients are connected.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.connections())
}
