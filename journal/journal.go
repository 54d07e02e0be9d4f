// Package journal is the durable, bounded log between what is read and everything that is done with it.
//
// An Append makes a batch of records and the positions of their messages durable in one write, so that after a crash
// either both are there or neither. Readers go through the log at their own pace, each with a cursor of its own; a
// segment is deleted once every reader has passed it. When the log may grow no further, Append waits.
package journal

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Options of a Journal. Zero values mean the default that is named.
type Options struct {
	SegmentBytes int64 // a segment is closed once it is larger; 64 MiB
	MaxBytes     int64 // Append waits while the segments together are larger; 4 GiB
	Logger       *slog.Logger
	Registerer   prometheus.Registerer
}

const (
	defaultSegment = 64 << 20
	defaultMax     = 4 << 30
	groupBytes     = 32 << 20 // committed by one fsync at most
	retryInterval  = 500 * time.Millisecond
	remindInterval = 30 * time.Second
)

// ErrClosed is what Append and Next return once the journal is closed.
var ErrClosed = errors.New("the journal is closed")

// Journal is the log. Its methods may be called at the same time.
type Journal struct {
	dir     string
	options Options
	log     *slog.Logger
	metrics *metrics

	requests chan *request
	stop     context.CancelFunc
	done     chan struct{}

	mu        sync.Mutex
	segments  []*segment
	next      uint64 // number of the next block
	end       uint64 // behind the last durable block; numbers from here to next were lost, and are not given again
	positions map[partition]Position
	lost      uint64 // numbers that what was cut off at the end may have had
	covered   uint64 // the snapshot of positions covers every block before this
	cursors   map[string]Cursor
	changed   chan struct{} // closed when end grows or room is made
	state     State
	damages   []Damage
	closed    bool
}

type partition struct{ Intake, Hub, Partition string }

// State says how full the journal is.
type State struct {
	Bytes, MaxBytes int64
	// Waiting says why nothing can be appended, and what to do; empty while all is well.
	Waiting string
	Since   time.Time // since when Append waits
}

// Damage is a part of a segment that could not be read back. The segment is kept in the folder "damaged".
type Damage struct {
	Segment     string
	First, Last uint64 // numbers of the blocks that are lost
	Found       time.Time
}

type request struct {
	block []byte
	batch *Batch
	state atomic.Int32
	err   error
	done  chan struct{}
}

const (
	pending = iota
	writing
	cancelled
)

// Open opens the journal in dir, creating it when it is not there. What a crash left half written at its end is cut off.
func Open(dir string, o Options) (*Journal, error) {
	if o.SegmentBytes == 0 {
		o.SegmentBytes = defaultSegment
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultMax
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	j := &Journal{
		dir: dir, options: o, log: o.Logger, next: 1, end: 1,
		requests: make(chan *request, 64), done: make(chan struct{}), changed: make(chan struct{}),
		positions: map[partition]Position{}, cursors: map[string]Cursor{},
	}
	if err := os.MkdirAll(filepath.Join(dir, "cursors"), 0o700); err != nil {
		return nil, fmt.Errorf("create the journal: %w", err)
	}
	for _, load := range []func() error{j.loadPositions, j.loadCursors, j.loadSegments} {
		if err := load(); err != nil {
			return nil, fmt.Errorf("open the journal %s: %w", dir, err)
		}
	}
	j.state.MaxBytes = o.MaxBytes
	j.metrics = newMetrics(o.Registerer, j)
	ctx, stop := context.WithCancel(context.Background())
	j.stop = stop
	go j.commitLoop(ctx)
	return j, nil
}

// Append makes the batch durable and returns. While the journal is full it waits, as long as ctx allows; when it
// returns an error, nothing of the batch has been kept.
func (j *Journal) Append(ctx context.Context, b Batch) error {
	started := time.Now()
	block, err := encodeBlock(&b)
	if err != nil {
		return fmt.Errorf("append to the journal: %w", err)
	}
	r := &request{block: block, batch: &b, done: make(chan struct{})}
	select {
	case j.requests <- r:
	case <-j.done:
		return ErrClosed
	case <-ctx.Done():
		return fmt.Errorf("append to the journal: %w", ctx.Err())
	}
	for {
		select {
		case <-r.done:
			j.metrics.appended.Observe(time.Since(started).Seconds())
			return r.err
		case <-j.done:
			if r.state.CompareAndSwap(pending, cancelled) {
				return ErrClosed
			}
			<-r.done
			return r.err
		case <-ctx.Done():
			if r.state.CompareAndSwap(pending, cancelled) {
				return fmt.Errorf("append to the journal: %w", ctx.Err())
			}
			<-r.done // it is being written at this moment
			return r.err
		}
	}
}

// Resume says up to where a partition has been read, as far as the journal knows.
func (j *Journal) Resume(intake, hub, part string) (Position, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	p, ok := j.positions[partition{intake, hub, part}]
	return p, ok
}

// HasRead says whether anything of an intake was ever read, as far as the journal knows.
func (j *Journal) HasRead(intake string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for p := range j.positions {
		if p.Intake == intake {
			return true
		}
	}
	return false
}

// State says how full the journal is, and whether Append waits.
func (j *Journal) State() State {
	j.mu.Lock()
	defer j.mu.Unlock()
	s := j.state
	s.Bytes = j.size()
	return s
}

// Damages lists what could not be read back since the journal was opened.
func (j *Journal) Damages() []Damage {
	j.mu.Lock()
	defer j.mu.Unlock()
	return append([]Damage(nil), j.damages...)
}

// End is the cursor behind the last durable block.
func (j *Journal) End() Cursor {
	j.mu.Lock()
	defer j.mu.Unlock()
	return Cursor(j.end)
}

// Close waits for the appends under way and closes the files. Readers that wait return ErrClosed.
func (j *Journal) Close() error {
	j.stop()
	<-j.done
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil
	}
	j.closed = true
	j.announce()
	var errs []error
	for _, s := range j.segments {
		errs = append(errs, s.file.Close())
	}
	return errors.Join(errs...)
}

// announce wakes everybody who waits for a change. The caller holds mu.
func (j *Journal) announce() {
	close(j.changed)
	j.changed = make(chan struct{})
}

// size is the bytes of all segments. The caller holds mu.
func (j *Journal) size() int64 {
	total := int64(0)
	for _, s := range j.segments {
		total += s.size
	}
	return total
}
