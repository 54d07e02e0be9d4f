// Package intake is the river from a source to the journal: messages are taken apart into records, and those normalised
// and matched against the rules in force. Records of unwanted categories and those that were there already are dropped
// and counted, the rest and whatever could not be decoded go to the journal together with their position, and only then
// is the source told that it may move on.
package intake

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"penstock/journal"
	"penstock/record"
	"penstock/source"
)

// Journal takes what is kept. Append returns once the batch is durable, and blocks while there is no room.
type Journal interface {
	Append(ctx context.Context, b journal.Batch) error
}

// Window knows the records of the recent past; *journal.Window is one.
type Window interface {
	Begin(ctx context.Context, ids []record.ID) (*journal.Claim, error)
}

// Options of a River. Name, Source, Journal, Window and Plan are needed.
type Options struct {
	Name    string
	Source  source.Source
	Journal Journal
	Window  Window
	Plan    Normalizer
	// Detector makes the detector of one decoder; nil: events are not matched against rules.
	Detector func() Detector
	// Witness makes the witness of one decoder; nil: nobody counts what arrives.
	Witness func() Witness
	// Framer makes the framer of one decoder; nil: records come in the streaming envelope.
	Framer func() Framer
	// Categories to take: tables or whole categories in any case, * stands for anything. All when empty.
	Categories []string
	// Known tells whether there is a mapping for a table; nil: all are taken for known.
	Known func(table string) bool
	// SilenceAfter is how long nothing may arrive before that is an incident; 0: for ever.
	SilenceAfter time.Duration
	Incidents    source.Incidents // nil: incidents are only logged
	// Drain is how long what was read may take to become durable once the river is to stop; 6 s.
	Drain time.Duration
	// Workers take messages apart at the same time; the number of processors.
	Workers    int
	Registerer prometheus.Registerer // nil: no metrics
	Log        *slog.Logger          // slog.Default()
}

// River brings what one source delivers into the journal.
type River struct {
	options  Options
	log      *slog.Logger
	filter   *filter
	decoders chan *decoder // those that are free
	pending  chan *portion
	stopped  chan struct{} // closed when nothing is committed any more
	tally    *tally
	metrics  *metrics
	silence  silence
}

// New makes the river of one intake.
func New(o Options) (*River, error) {
	if o.Drain == 0 {
		o.Drain = 6 * time.Second
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	f, err := newFilter(o.Categories)
	if err != nil {
		return nil, fmt.Errorf("intake %s: %w", o.Name, err)
	}
	m, err := newMetrics(o.Registerer, o.Name, o.Source)
	if err != nil {
		return nil, fmt.Errorf("intake %s: %w", o.Name, err)
	}
	r := &River{
		options: o, log: o.Log.With("intake", o.Name), filter: f,
		decoders: make(chan *decoder, o.Workers),
		pending:  make(chan *portion),
		stopped:  make(chan struct{}),
		tally:    newTally(), metrics: m,
	}
	for range o.Workers {
		d := &decoder{filter: f, plan: o.Plan}
		if o.Detector != nil {
			d.detector = o.Detector()
		}
		if o.Witness != nil {
			d.witness = o.Witness()
		}
		if o.Framer != nil {
			d.framer = o.Framer()
		}
		r.decoders <- d
	}
	return r, nil
}

// Run reads until the context ends or the source has nothing more, and brings to the journal what was read by then. It
// returns nil then; an error is one of the source, which no waiting mends.
func (r *River) Run(ctx context.Context) error {
	commitCtx, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(r.options.Drain, giveUp) })()

	read := make(chan struct{})
	var g errgroup.Group
	g.Go(func() error {
		defer close(r.stopped)
		r.commitAll(commitCtx, read)
		return nil
	})
	g.Go(func() error {
		r.watchSilence(ctx, read)
		return nil
	})
	g.Go(func() error {
		defer close(read)
		return r.options.Source.Run(ctx, r.handle)
	})
	if err := g.Wait(); err != nil {
		return fmt.Errorf("intake %s: %w", r.options.Name, err)
	}
	return nil
}

// handle makes one batch of the source durable.
func (r *River) handle(ctx context.Context, b source.Batch) error {
	p, err := r.decode(ctx, b.Messages)
	if err != nil {
		return err
	}
	// Not ctx: what is decoded when reading is to stop still becomes durable.
	if err := r.commit(context.WithoutCancel(ctx), p); err != nil {
		return err
	}
	if err := b.Ack(ctx); err != nil && ctx.Err() == nil {
		r.metrics.ackFailures.Inc()
		r.log.Debug("checkpoint was not written", "error", err)
	}
	return nil
}

// chunk is about how much one decoder takes on at a time, in bytes.
const chunk = 256 << 10

// decode takes messages apart, with several decoders when there are many.
func (r *River) decode(ctx context.Context, messages []source.Message) (*portion, error) {
	p := &portion{done: make(chan error, 1), messages: make([]journal.Message, len(messages)), misfits: make([][]misfit, len(messages))}
	g, ctx := errgroup.WithContext(ctx)
	for first := 0; first < len(messages); {
		end, size := first, 0
		for end < len(messages) && size < chunk {
			size += len(messages[end].Body)
			end++
		}
		p.bytes += size
		from, to, misfits := messages[first:end], p.messages[first:end], p.misfits[first:end]
		first = end
		var d *decoder
		select {
		case d = <-r.decoders:
		case <-ctx.Done():
			_ = g.Wait() // it cannot fail; the decoders return to their place
			return nil, ctx.Err()
		}
		g.Go(func() error {
			for i := range from {
				to[i], misfits[i] = d.message(&from[i])
			}
			r.decoders <- d
			return nil
		})
	}
	return p, g.Wait()
}

// commit waits until a portion is durable.
func (r *River) commit(ctx context.Context, p *portion) error {
	select {
	case r.pending <- p:
		return <-p.done
	case <-ctx.Done():
		return ctx.Err()
	case <-r.stopped:
		return errStopped
	}
}

var errStopped = errors.New("the intake has stopped")

// Origin is where a body came from that is put through the river again.
type Origin struct {
	Hub, Partition string
	Position       journal.Position
}

// Outcome is what became of the records of a body.
type Outcome struct {
	Kept, Repeated, Filtered, Rejected int
}

// Replay puts a body through the river again. What it still does not understand is counted as rejected and not kept a
// second time. Replay works while Run does.
func (r *River) Replay(ctx context.Context, body []byte, origin Origin) (Outcome, error) {
	p, err := r.decode(ctx, []source.Message{{
		Hub: origin.Hub, Partition: source.ReplayPrefix + origin.Partition, Position: origin.Position, Read: time.Now(), Body: body,
	}})
	if err != nil {
		return Outcome{}, err
	}
	m := &p.messages[0]
	decoded := m.Records
	kept := m.Entries[:0]
	for _, e := range m.Entries {
		if !e.Rejected {
			kept = append(kept, e)
		}
	}
	rejected := len(m.Entries) - len(kept)
	m.Entries, m.Records = kept, decoded-rejected
	if m.Records > 0 {
		if err := r.commit(ctx, p); err != nil {
			return Outcome{}, fmt.Errorf("replay: %w", err)
		}
	}
	return Outcome{Kept: len(m.Entries), Repeated: m.Repeated, Filtered: m.Filtered, Rejected: rejected}, nil
}

// silence is whether nothing has arrived for too long.
type silence struct {
	mu   sync.Mutex
	last time.Time // when something arrived
	open bool
}

// watchSilence raises an incident while nothing arrives, as long as this process is to read at all.
func (r *River) watchSilence(ctx context.Context, read <-chan struct{}) {
	after := r.options.SilenceAfter
	r.heard(time.Now())
	if after <= 0 {
		return
	}
	tick := time.NewTicker(min(after/4+time.Millisecond, 10*time.Second))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-read:
			return
		case <-tick.C:
			r.checkSilence(ctx, after)
		}
	}
}

func (r *River) heard(at time.Time) {
	r.silence.mu.Lock()
	defer r.silence.mu.Unlock()
	r.silence.last = at
}

func (r *River) checkSilence(ctx context.Context, after time.Duration) {
	r.silence.mu.Lock()
	last, open := r.silence.last, r.silence.open
	r.silence.mu.Unlock()
	silent := time.Since(last) > after
	if silent == open || silent && readElsewhere(r.options.Source.Status()) {
		return
	}
	var err error
	if silent {
		message := fmt.Sprintf("Nothing has arrived at %s since %s. %s", r.options.Name, last.UTC().Format(time.RFC3339), silenceHint(r.options.Source.Status().Kind))
		r.log.Warn(message)
		if r.options.Incidents != nil {
			err = r.options.Incidents.Open(ctx, source.Incident{Kind: source.Silence, Intake: r.options.Name, Time: last.Add(after), Message: message})
		}
	} else if r.options.Incidents != nil {
		err = r.options.Incidents.Close(ctx, source.Silence, r.options.Name, "", "")
	}
	if err != nil {
		r.log.Error("incident could not be recorded", "error", err)
		return
	}
	r.silence.mu.Lock()
	defer r.silence.mu.Unlock()
	r.silence.open = silent
}

// silenceHint says where to look when a kind of source is silent.
func silenceHint(kind string) string {
	switch kind {
	case "http":
		return "Check that whoever sends still does, with which answer, and whether its key was replaced: the intake counts what it refuses."
	case "blob":
		return "Check that Defender XDR still exports to the storage account (Settings, Microsoft Defender XDR, Streaming API), and that the account lets trusted Microsoft services in."
	case "kafka":
		return "Check that whoever writes to the topic still does, and that no other reader of the consumer group takes all of it."
	case "file":
		return "Check that whoever writes the file still does."
	}
	return "Check that Defender XDR still streams (Settings, Microsoft Defender XDR, Streaming API), and that the reader has the role Azure Event Hubs Data Receiver: without it a hub may deliver nothing and report no error."
}

// readElsewhere reports whether other processes read all there is.
func readElsewhere(s source.Status) bool {
	for _, p := range s.Partitions {
		if p.State != source.Elsewhere {
			return false
		}
	}
	return len(s.Partitions) > 0
}
