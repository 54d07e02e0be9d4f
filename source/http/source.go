// Package http takes in events that programs send by HTTP with an intake key: one at a time, in batches, or whole
// streaming messages. What is sent is answered once it is durable, and not before.
//
// The ways in are those of Sekoia.io's intake (its HTTP API, as documented in August 2026), so that a forwarder made for
// that works with another host; docs/push.md lists them, with what is possible beyond.
//
// A Gate answers the requests of a process and finds the intake that a key opens; each intake has a Source, which brings
// what the gate hands it into its river. The hub of its messages is "http", the partition "0"; the sequence number counts
// the events, from 0.
package http

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"penstock/record"
	"penstock/source"
)

// Kind of the sources of this package.
const Kind = "http"

const (
	hub       = "http"
	partition = "0"
)

const (
	// maxWaiting is how many requests may wait for their turn.
	maxWaiting = 256
	// batchBytes is about how much is made durable together.
	batchBytes = 8 << 20
	// DefaultRate is how many events a second an intake takes.
	DefaultRate = 50_000
)

// SourceOptions of a Source. Intake is needed.
type SourceOptions struct {
	Intake string
	// Rate is how many events a second are taken, twice as many at once; DefaultRate.
	Rate int
	// Resume tells where the journal is; nil: nothing was taken before.
	Resume source.Resume
	// Framer makes what puts the records of the intake's format into the streaming envelope, by which events are known; nil:
	// they come in it.
	Framer func() Framer
	Log    *slog.Logger // slog.Default()
}

// Framer puts records into the streaming envelope: it visits those that one holds, and reports what is none.
type Framer interface {
	Frame(rec *record.Record, visit func(*record.Record), reject func(record.Rejected))
}

// Source is where the events of one intake come in. It is found by its gate while Run runs.
type Source struct {
	gate    *Gate
	options SourceOptions
	log     *slog.Logger
	rate    *rate.Limiter

	entering sync.RWMutex // held for reading by who puts something into the queue
	closed   bool
	queue    chan *delivery

	mu     sync.Mutex
	status source.Status
}

// delivery is what one request brings to one intake.
type delivery struct {
	messages []source.Message
	bytes    int
	lease    *lease     // of the memory that the messages are in
	done     chan error // gets one value
}

// Errors of a delivery: nothing of it may be taken for durable.
var (
	errStopped = errors.New("the intake has stopped")
	errBusy    = errors.New("too many requests wait")
	errLate    = errors.New("it is not durable yet")
)

// Source makes a source that the gate hands events to.
func (g *Gate) Source(o SourceOptions) *Source {
	if o.Rate == 0 {
		o.Rate = DefaultRate
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Source{
		gate: g, options: o, log: o.Log.With("intake", o.Intake), rate: rate.NewLimiter(rate.Limit(o.Rate), 2*o.Rate),
		queue: make(chan *delivery, maxWaiting),
	}
	s.status = source.Status{Kind: Kind, State: source.Starting, Since: time.Now(), Partitions: []source.Partition{{
		Hub: hub, Partition: partition, State: source.Starting, Owned: true,
	}}}
	return s
}

// Status tells how the intake is doing.
func (s *Source) Status() source.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := s.status
	status.Partitions = append([]source.Partition(nil), s.status.Partitions...)
	return status
}

// Run takes what the gate hands over until the context ends; what waits then is refused, and its senders are told.
func (s *Source) Run(ctx context.Context, handle source.Handler) error {
	next := s.begin()
	s.gate.open(s)
	s.enter(source.Running, nil)
	defer s.end()
	for {
		select {
		case <-ctx.Done():
			return nil
		case first := <-s.queue:
			group := s.gather(first)
			taken, err := s.deliver(ctx, handle, group, next)
			next += taken
			for _, d := range group {
				d.lease.release()
				d.done <- err
			}
		}
	}
}

// begin finds the sequence number of the next event, and tells why.
func (s *Source) begin() (next int64) {
	start := &source.Start{Time: time.Now(), Begins: "beginning", Reason: "nothing was sent here before"}
	if s.options.Resume != nil {
		if p, ok := s.options.Resume(hub, partition); ok {
			next = p.Sequence + 1
			start.Checkpoint, start.Begins, start.Reason = &p.Sequence, fmt.Sprintf("sequence %d", next), "it follows the last event in the journal"
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.status.Partitions[0].Start = start
	return next
}

// end refuses whatever waits, and whatever comes after.
func (s *Source) end() {
	s.gate.shut(s)
	s.entering.Lock()
	s.closed = true
	s.entering.Unlock()
	for {
		select {
		case d := <-s.queue:
			d.lease.release()
			d.done <- errStopped
		default:
			s.enter(source.Stopped, nil)
			return
		}
	}
}

// gather takes what else waits, as far as it is made durable together.
func (s *Source) gather(first *delivery) []*delivery {
	group, size := []*delivery{first}, first.bytes
	for size < batchBytes {
		select {
		case d := <-s.queue:
			group, size = append(group, d), size+d.bytes
		default:
			return group
		}
	}
	return group
}

// deliver makes a group durable and says how many sequence numbers that took. After an error the numbers are free again:
// the senders were told, and send anew.
func (s *Source) deliver(ctx context.Context, handle source.Handler, group []*delivery, next int64) (taken int64, err error) {
	var batch []source.Message
	for _, d := range group {
		batch = append(batch, d.messages...)
	}
	for i := range batch {
		m := &batch[i]
		m.Hub, m.Partition, m.Position.Sequence = hub, partition, next+int64(i)
	}
	// The journal is the only checkpoint of what is sent.
	err = handle(ctx, source.Batch{Messages: batch, Ack: func(context.Context) error { return nil }})
	if err != nil {
		if ctx.Err() == nil {
			s.enter(source.Failing, &source.Problem{Message: fmt.Sprintf("What was sent cannot be stored: %v.", err), Hint: "Senders are told to send it again.", Time: time.Now(), Cause: err})
		}
		return 0, err
	}
	s.progress(&batch[len(batch)-1])
	return int64(len(batch)), nil
}

func (s *Source) progress(last *source.Message) {
	s.enter(source.Running, nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &s.status.Partitions[0]
	sequence := last.Position.Sequence
	p.LastSequence, p.LastRead, p.LastEnqueued = &sequence, last.Read, last.Position.Enqueued
}

func (s *Source) enter(state source.State, problem *source.Problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.status.State != state {
		s.status.State, s.status.Since = state, time.Now()
	}
	s.status.Problem, s.status.Partitions[0].State = problem, state
}

// put hands messages over and waits until they are durable, as long as ctx allows. After errLate they may still become so.
func (s *Source) put(ctx context.Context, messages []source.Message, l *lease) error {
	d := &delivery{messages: messages, lease: l, done: make(chan error, 1)}
	for i := range messages {
		d.bytes += len(messages[i].Body)
	}
	if err := s.queueUp(d); err != nil {
		return err
	}
	select {
	case err := <-d.done:
		return err
	case <-ctx.Done():
		return errLate
	}
}

func (s *Source) queueUp(d *delivery) error {
	s.entering.RLock()
	defer s.entering.RUnlock()
	if s.closed {
		return errStopped
	}
	d.lease.retain()
	select {
	case s.queue <- d:
		return nil
	default:
		d.lease.release()
		return errBusy
	}
}

// mayTake counts events against the rate of the intake; wait is how long to leave it alone, 0 when they are taken.
// As many as may come at once are all that is counted of a request: one that is larger is not refused for ever.
func (s *Source) mayTake(events int) (wait time.Duration) {
	r := s.rate.ReserveN(time.Now(), min(events, s.rate.Burst()))
	if wait = r.Delay(); wait > 0 {
		r.Cancel()
	}
	return wait
}

// seconds writes a time to wait as Retry-After has it.
func seconds(d time.Duration) int { return int(math.Ceil(max(d, time.Second).Seconds())) }
