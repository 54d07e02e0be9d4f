package http

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// reason is why something is refused: a label for counting.
type reason string

// The reasons.
const (
	unknownKey reason = "unknown_key" // the key opens nothing, and never did
	endedKey   reason = "ended_key"   // the key was replaced
	paused     reason = "paused"      // the intake takes nothing at this moment
	tooFast    reason = "rate"        // more events a second than the intake takes
	busy       reason = "busy"        // no memory, no room in the journal, or not durable in time
	tooLarge   reason = "too_large"   // a body or event
	malformed  reason = "malformed"   // a body that is not what the way in wants, or an event that is none
	reused     reason = "reused"      // an Idempotency-Key that was used for something else
)

// Refused is how often something was refused for one reason, since the process started.
type Refused struct {
	Reason string
	Count  int64
	Last   time.Time
	From   string // address that the last one came from
}

// Traffic is what programs have sent to one intake, since the process started.
type Traffic struct {
	Requests int64 // whose key was right
	Events   int64 // that were taken
	Refused  []Refused
	// Unknown is how often somebody showed a key that opens nothing, whatever the intake that was meant; nil: never.
	Unknown *Refused
}

// tally counts what was sent to one intake.
type tally struct {
	requests, events int64
	refused          map[reason]*Refused
}

// counter counts what comes in.
type counter struct {
	mu      sync.Mutex
	intakes map[string]*tally
	unknown *Refused
	logged  time.Time // when an unknown key was last told to the log

	requests, events, refused *prometheus.CounterVec
}

func newCounter(to prometheus.Registerer) (*counter, error) {
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "penstock_push_" + name, Help: help}, labels)
	}
	c := &counter{
		intakes:  map[string]*tally{},
		requests: vec("requests_total", "Requests of programs that send events, whose key was right.", "intake"),
		events:   vec("events_total", "Events that were sent and are durable.", "intake"),
		refused:  vec("refused_total", "Requests and events of batches that were refused. Without an intake: the key opens none.", "intake", "reason"),
	}
	if to == nil {
		return c, nil
	}
	for _, one := range []prometheus.Collector{c.requests, c.events, c.refused} {
		if err := to.Register(one); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// of is the tally of an intake. The caller holds mu.
func (c *counter) of(intake string) *tally {
	t := c.intakes[intake]
	if t == nil {
		t = &tally{refused: map[reason]*Refused{}}
		c.intakes[intake] = t
	}
	return t
}

func (c *counter) request(intake string) {
	c.requests.WithLabelValues(intake).Inc()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of(intake).requests++
}

func (c *counter) took(intake string, events int) {
	c.events.WithLabelValues(intake).Add(float64(events))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.of(intake).events += int64(events)
}

func (c *counter) refuse(intake string, why reason, times int, from string) {
	c.refused.WithLabelValues(intake, string(why)).Add(float64(times))
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.of(intake)
	r := t.refused[why]
	if r == nil {
		r = &Refused{Reason: string(why)}
		t.refused[why] = r
	}
	r.Count, r.Last, r.From = r.Count+int64(times), time.Now(), from
}

// logEvery is how often an unknown key is told to the log: whoever tries on and on must not fill it.
const logEvery = time.Minute

// stranger counts a key that opens nothing, and says whether the log should be told.
func (c *counter) stranger(from string) (tell bool) {
	c.refused.WithLabelValues("", string(unknownKey)).Inc()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unknown == nil {
		c.unknown = &Refused{Reason: string(unknownKey)}
	}
	c.unknown.Count, c.unknown.Last, c.unknown.From = c.unknown.Count+1, time.Now(), from
	if tell = time.Since(c.logged) >= logEvery; tell {
		c.logged = time.Now()
	}
	return tell
}

// forget ends the counts of an intake: one that is made anew with the name begins at nothing.
func (c *counter) forget(intake string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.intakes, intake)
	c.requests.DeleteLabelValues(intake)
	c.events.DeleteLabelValues(intake)
	c.refused.DeletePartialMatch(prometheus.Labels{"intake": intake})
}

// Traffic tells what was sent to an intake.
func (g *Gate) Traffic(intake string) Traffic {
	c := g.count
	c.mu.Lock()
	defer c.mu.Unlock()
	var out Traffic
	if t := c.intakes[intake]; t != nil {
		out.Requests, out.Events = t.requests, t.events
		for _, r := range t.refused {
			out.Refused = append(out.Refused, *r)
		}
		slices.SortFunc(out.Refused, func(a, b Refused) int { return cmp.Compare(a.Reason, b.Reason) })
	}
	if c.unknown != nil {
		u := *c.unknown
		out.Unknown = &u
	}
	return out
}

// Forget ends the counts of an intake that was deleted.
func (g *Gate) Forget(intake string) { g.count.forget(intake) }
