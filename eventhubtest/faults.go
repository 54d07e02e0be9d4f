package eventhubtest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"penstock/eventhubtest/amqp"
)

// faults is what the server does wrong at present.
type faults struct {
	mu          sync.Mutex
	refuseUntil time.Time
	busyUntil   map[string]time.Time // by hub in lower case, "" means all
	delay       time.Duration
}

func (f *faults) refusing(now time.Time) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return now.Before(f.refuseUntil)
}

func (f *faults) throttled(hub string, now time.Time) *amqp.Error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now.Before(f.busyUntil[""]) || now.Before(f.busyUntil[strings.ToLower(hub)]) {
		return serverBusy(hub)
	}
	return nil
}

// pause waits for the delay that was asked for.
func (f *faults) pause(ctx context.Context) error {
	f.mu.Lock()
	d := f.delay
	f.mu.Unlock()
	if d <= 0 {
		return ctx.Err()
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// DropConnections cuts every connection without a word and returns how many there were.
func (s *Server) DropConnections() int {
	s.mu.Lock()
	conns := s.connections()
	s.mu.Unlock()
	for _, c := range conns {
		c.drop()
	}
	return len(conns)
}

// Refuse resets new connections for d; 0 ends it. Those that exist stay, see DropConnections.
func (s *Server) Refuse(d time.Duration) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.refuseUntil = time.Now().Add(d)
}

// Throttle makes a hub, or every hub if the name is "", answer sends, new links and property requests with
// com.microsoft:server-busy for d; 0 ends it.
func (s *Server) Throttle(hub string, d time.Duration) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	if s.faults.busyUntil == nil {
		s.faults.busyUntil = map[string]time.Time{}
	}
	s.faults.busyUntil[strings.ToLower(hub)] = time.Now().Add(d)
}

// Delay makes every send and every read of a receiver wait for d; 0 ends it.
func (s *Server) Delay(d time.Duration) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.delay = d
}

// DetachLinks detaches the links, senders and receivers, to a partition of a hub, or to all of it if partition is "",
// with an error such as "amqp:link:detach-forced", and returns how many there were.
func (s *Server) DetachLinks(hub, partition, condition, description string) int {
	s.mu.Lock()
	conns := s.connections()
	s.mu.Unlock()
	n := 0
	for _, c := range conns {
		n += c.detachLinks(hub, partition, &amqp.Error{Condition: amqp.Symbol(condition), Description: description})
	}
	return n
}

func (c *conn) detachLinks(hub, partition string, err *amqp.Error) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for _, s := range c.sessions {
		for _, l := range s.links {
			st := l.state()
			if strings.EqualFold(st.hub, hub) && (partition == "" || st.part == partition) && s.detach(l, err) {
				n++
			}
		}
	}
	_ = c.w.Flush()
	return n
}

// Redeliver makes the receivers of a partition get its last n events again, and returns how many receivers there are.
func (s *Server) Redeliver(hub, partition string, n int64) (int, error) {
	h := s.find(hub)
	if h == nil || h.partition(partition) == nil {
		return 0, fmt.Errorf("redeliver: there is no partition %s of hub %s", partition, hub)
	}
	links := h.links(partition)
	for _, r := range links {
		r.conn.mu.Lock()
		r.next, r.moved = max(r.next-n, 0), true
		r.nudge()
		r.conn.mu.Unlock()
	}
	return len(links), nil
}

// ExpireTokens forgets what every client has proved and detaches its links, as if its token had expired. It needs
// Options.Keys; a client that puts a token again may go on.
func (s *Server) ExpireTokens() {
	s.mu.Lock()
	conns := s.connections()
	s.mu.Unlock()
	for _, c := range conns {
		c.mu.Lock()
		clear(c.claims.tokens)
		c.claims.trusted = false
		c.mu.Unlock()
		c.expire()
	}
}
