// Package file reads messages from a file or standard input: newline-delimited JSON, one record or one message a line,
// optionally compressed with gzip or zstd.
//
// The hub of its messages is the path, the partition is "0", the sequence number counts the lines that are not empty,
// from 0. The offset is where the next line begins in the uncompressed text, with a hash of the first line, by which a
// file that was replaced by another is told from one that has grown.
package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"penstock/journal"
	"penstock/source"
)

// Stdin is the path of standard input. It cannot be read twice, so that reading always begins at its beginning.
const Stdin = "-"

const partition = "0"

// Options of a Source.
type Options struct {
	Intake string
	Path   string // .gz and .zst are decompressed; Stdin
	Follow bool   // wait for lines to come; only for a plain file
	// BatchBytes is about how much a batch holds; 4 MiB. One line may be larger.
	BatchBytes int
	// Poll is how often a followed file is looked at; 250 ms.
	Poll time.Duration
	// Resume tells where the journal is; nil: begin at the beginning.
	Resume    source.Resume
	Incidents source.Incidents // may be nil
	Stdin     io.Reader        // os.Stdin
	Log       *slog.Logger     // slog.Default()
}

// Source reads one file.
type Source struct {
	options Options
	log     *slog.Logger

	mu     sync.Mutex
	status source.Status
}

// New makes a source that reads a file.
func New(o Options) *Source {
	if o.BatchBytes == 0 {
		o.BatchBytes = 4 << 20
	}
	if o.Poll == 0 {
		o.Poll = 250 * time.Millisecond
	}
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	s := &Source{options: o, log: o.Log.With("intake", o.Intake, "path", o.Path)}
	s.status = source.Status{Kind: "file", State: source.Starting, Since: time.Now(), Partitions: []source.Partition{{
		Hub: o.Path, Partition: partition, State: source.Starting, Owned: true,
	}}}
	return s
}

// Status tells how the reading goes.
func (s *Source) Status() source.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := s.status
	status.Partitions = append([]source.Partition(nil), s.status.Partitions...)
	return status
}

// Run delivers the lines of the file, and returns at its end unless it is followed. It fails when the file cannot be
// read.
func (s *Source) Run(ctx context.Context, handle source.Handler) error {
	err := s.run(ctx, handle)
	if ctx.Err() != nil {
		err = nil
	}
	if err != nil {
		problem := &source.Problem{
			Message: fmt.Sprintf("The file %s cannot be read: %v.", s.options.Path, err),
			Hint:    "Check the path and the rights of the user that Penstock runs as.", Time: time.Now(), Cause: err,
		}
		s.enter(source.Stopped, problem)
		return problem
	}
	s.enter(source.Stopped, nil)
	return nil
}

func (s *Source) run(ctx context.Context, handle source.Handler) error {
	lines, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer lines.close()
	s.enter(source.Running, nil)
	for ctx.Err() == nil {
		batch, err := s.fill(lines)
		if len(batch) > 0 {
			if err := s.deliver(ctx, handle, batch); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF) && s.options.Follow:
			select {
			case <-ctx.Done():
			case <-time.After(s.options.Poll):
			}
			if lines, err = s.reopenIfReplaced(ctx, lines); err != nil {
				return err
			}
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
	return nil
}

// open opens the file and goes to where the journal is.
func (s *Source) open(ctx context.Context) (*lines, error) {
	l, err := openLines(s.options.Path, s.options.Stdin, s.options.Follow)
	if err != nil {
		return nil, err
	}
	start := &source.Start{Time: time.Now(), Begins: "beginning", Reason: "there is no checkpoint"}
	if s.options.Resume != nil {
		if p, ok := s.options.Resume(s.options.Path, partition); ok {
			start.Checkpoint = &p.Sequence
			if err := s.resume(ctx, l, p, start); err != nil {
				l.close()
				return nil, err
			}
		}
	}
	s.mu.Lock()
	s.status.Partitions[0].Start = start
	s.mu.Unlock()
	s.log.Info("reading begins", "begins", start.Begins, "reason", start.Reason)
	return l, nil
}

func (s *Source) resume(ctx context.Context, l *lines, p journal.Position, start *source.Start) error {
	if s.options.Path == Stdin {
		l.sequence = p.Sequence + 1
		start.Reason = "standard input cannot be read again"
		return nil
	}
	same, err := l.seek(p)
	if err != nil {
		return fmt.Errorf("go on after line %d: %w", p.Sequence, err)
	}
	if same {
		start.Begins = fmt.Sprintf("sequence %d", l.sequence)
		start.Reason = "it follows the last line in the journal"
		return nil
	}
	start.Reason = "the file is another one than before"
	if s.options.Incidents == nil {
		return nil
	}
	next := p.Sequence + 1
	err = s.options.Incidents.Open(ctx, source.Incident{
		Kind: source.GapRebuilt, Intake: s.options.Intake, Hub: s.options.Path, Partition: partition, First: &next, Time: time.Now(),
		Message: fmt.Sprintf("%s was replaced or shortened after line %d was read; it is read from its beginning. Lines that the old file had beyond were not read.", s.options.Path, p.Sequence),
	})
	if err != nil {
		return fmt.Errorf("note that the file was replaced: %w", err)
	}
	return nil
}

// reopenIfReplaced opens a followed file anew when it became shorter or another one took its place.
func (s *Source) reopenIfReplaced(ctx context.Context, l *lines) (*lines, error) {
	replaced, err := l.replaced()
	if err != nil || !replaced {
		return l, err
	}
	fresh, err := s.open(ctx)
	if errors.Is(err, os.ErrNotExist) {
		return l, nil // between removal and creation
	}
	if err != nil {
		return l, err
	}
	l.close()
	return fresh, nil
}

// fill reads a batch. Beside messages it may return why there are no more.
func (s *Source) fill(l *lines) ([]source.Message, error) {
	var batch []source.Message
	now := time.Now()
	l.recycle()
	for size := 0; size < s.options.BatchBytes; {
		body, err := l.next()
		if err != nil {
			return batch, err
		}
		size += len(body)
		batch = append(batch, source.Message{Hub: s.options.Path, Partition: partition, Position: l.position(now), Read: now, Body: body})
	}
	return batch, nil
}

// deliver hands a batch over until the handler takes it.
func (s *Source) deliver(ctx context.Context, handle source.Handler, batch []source.Message) error {
	last := batch[len(batch)-1]
	ack := func(context.Context) error { return nil } // the journal is the only checkpoint of a file
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := handle(ctx, source.Batch{Messages: batch, Ack: ack})
		if err == nil {
			s.progress(last)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.enter(source.Failing, &source.Problem{Message: fmt.Sprintf("What was read cannot be stored: %v.", err), Hint: "It is tried again until it can.", Time: time.Now(), Cause: err})
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

func (s *Source) progress(last source.Message) {
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
		if problem != nil {
			s.log.Warn(problem.Message, "hint", problem.Hint)
		}
	}
	s.status.Problem, s.status.Partitions[0].Problem, s.status.Partitions[0].State = problem, problem, state
}
