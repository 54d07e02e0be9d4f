package blob

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	azblob "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"

	"penstock/journal"
	"penstock/source"
)

// readDay reads what the blobs of a day have grown by, or as much as a turn is, and returns how many bytes that were.
func (s *Source) readDay(ctx context.Context, d *day, handle source.Handler) int64 {
	s.mu.Lock()
	todo := d.todo()
	s.mu.Unlock()
	budget := s.options.Turn
	var buffer []byte
	for _, b := range todo {
		if budget <= 0 || ctx.Err() != nil {
			break
		}
		r := &reading{source: s, day: d, blob: b, handle: handle, buffer: buffer}
		err := r.run(ctx, &budget)
		buffer = r.buffer
		if err != nil && ctx.Err() == nil {
			s.fail(d, explain(fmt.Errorf("read %s: %w", b.full(), err), &s.options, d.container))
			break
		}
	}
	return s.options.Turn - budget
}

// reading is the reading of one blob.
type reading struct {
	source *Source
	day    *day
	blob   *blob
	handle source.Handler
	buffer []byte
	now    time.Time // when the part at hand was asked for
	anew   bool      // the blob was found to be replaced, once
}

// run reads until the blob has nothing more, or the budget is spent.
func (r *reading) run(ctx context.Context, budget *int64) error {
	chunk := r.source.options.Chunk
	for *budget > 0 && ctx.Err() == nil {
		at := r.day.places[r.blob.rest]
		r.now = time.Now()
		part, err := r.source.get(ctx, r.day.container, r.blob, azblob.HTTPRange{Offset: at.Offset - at.before(), Count: at.before() + chunk}, r.buffer)
		var replaced string
		switch {
		case errors.Is(err, errGone):
			r.rests(nil, at) // the next look at the container finds out
			return nil
		case errors.Is(err, errShorter) && at.Offset > 0:
			replaced = "is shorter than what was read of it"
		case errors.Is(err, errShorter):
			r.rests(nil, at) // it is empty
			return nil
		case err != nil:
			return err
		default:
			r.buffer = part.body
			replaced = at.differs(part)
		}
		if replaced != "" {
			if err := r.replaced(ctx, replaced); err != nil {
				return err
			}
			continue
		}
		body := part.body[at.before():]
		lines, used := r.split(body, part)
		switch {
		case used == 0 && part.whole():
			r.rests(part, at)
			return nil
		case used == 0:
			chunk = min(2*chunk, r.source.options.MaxLine) // one line is larger
			continue
		}
		chunk = r.source.options.Chunk
		if err := r.take(ctx, lines, part, at, int64(used)); err != nil {
			return err
		}
		*budget -= int64(used)
		if part.whole() && used == len(body) {
			r.rests(part, r.day.places[r.blob.rest])
			return nil
		}
	}
	return nil
}

// differs says by what a blob is seen to be another one than that of the place; empty: it is the same.
func (p place) differs(part *part) string {
	switch k := p.before(); {
	case p.Created != 0 && part.created != 0 && p.Created != part.created && p.Offset > 0:
		return "was made anew"
	case int64(len(part.body)) < k:
		return "is shorter than what was read of it"
	case k > 0 && hashOf(part.body[:k]) != p.Tail:
		return "has other lines than those that were read of it"
	}
	return ""
}

// line is a line, and where it ends behind the place.
type line struct {
	text []byte
	end  int
}

// split gives the whole lines of a body, and how much of it they take up with their ends. A last line without an end
// counts once its hour is long over, if it is whole; and a piece of a line that is too large counts as a line.
func (r *reading) split(body []byte, part *part) (lines []line, used int) {
	for {
		end := bytes.IndexByte(body[used:], '\n')
		if end < 0 {
			break
		}
		if text := bytes.TrimSpace(body[used : used+end]); len(text) > 0 {
			lines = append(lines, line{text, used + end + 1})
		}
		used += end + 1
	}
	o := &r.source.options
	rest := body[used:]
	switch {
	case len(rest) == 0:
	case part.whole():
		text := bytes.TrimSpace(rest)
		if len(text) == 0 {
			used = len(body)
		} else if !r.now.Before(r.settled(part)) && json.Valid(text) {
			lines, used = append(lines, line{text, len(body)}), len(body)
		}
	case used == 0 && int64(len(rest)) >= o.MaxLine:
		lines, used = append(lines, line{rest, len(rest)}), len(rest)
	}
	return lines, used
}

// settled is from when on nobody is expected to end a line that has no end.
func (r *reading) settled(part *part) time.Time {
	over := r.blob.hour().Add(time.Hour)
	if part.modified.After(over) {
		over = part.modified
	}
	return over.Add(r.source.options.Settled)
}

// take makes lines durable, with the place behind them.
func (r *reading) take(ctx context.Context, lines []line, part *part, at place, used int64) error {
	s, d := r.source, r.day
	k := at.before()
	next := place{Offset: at.Offset + used, Created: part.created, Tag: part.tag}
	behind := part.body[:k+used]
	next.Tail = hashOf(behind[max(0, int64(len(behind))-min(next.Offset, tailLength)):])
	if int64(len(behind)) < min(next.Offset, tailLength) {
		next.Tail = "" // less is known of what is before than is to be hashed
	}
	messages := make([]source.Message, 0, len(lines))
	now := time.Now()
	after := places{}
	for rest, p := range d.places {
		after[rest] = p
	}
	after[r.blob.rest] = next
	for i, l := range lines {
		var all places
		if i == len(lines)-1 {
			all = after
		}
		offset, err := offsetText(r.blob.full(), at.Offset+int64(l.end), all)
		if err != nil {
			return err
		}
		messages = append(messages, source.Message{
			Hub: d.container, Partition: d.partition, Read: now, Body: l.text,
			Position: journal.Position{Sequence: d.next + int64(i), Offset: offset, Enqueued: part.modified},
		})
	}
	if len(messages) > 0 {
		if err := s.deliver(ctx, d, r.handle, messages); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d.places = after
	if r.blob.size < part.size {
		r.blob.size, r.blob.modified = part.size, part.modified
	}
	if n := len(messages); n > 0 {
		last := messages[n-1]
		d.next, d.last, d.read, d.enqueued = last.Position.Sequence+1, last.Position.Sequence, last.Read, last.Position.Enqueued
		d.state, d.problem = source.Running, nil
	}
	return nil
}

// rests notes that a blob is read but for half a line.
func (r *reading) rests(part *part, at place) {
	s := r.source
	s.mu.Lock()
	defer s.mu.Unlock()
	d := r.day
	r.blob.again = time.Time{}
	if part == nil {
		r.blob.seen = r.blob.tag
		return
	}
	r.blob.seen, r.blob.tag, r.blob.size, r.blob.modified = part.tag, part.tag, part.size, part.modified
	if at.Offset >= part.size {
		r.blob.caughtUp = part.modified
		at.Tag = part.tag
		d.places[r.blob.rest] = at
	} else if settled := r.settled(part); r.now.Before(settled) {
		r.blob.again = settled
	}
	d.state, d.problem = source.Running, nil
}

// replaced puts on record that a blob is another one than before, and begins with it anew.
func (r *reading) replaced(ctx context.Context, how string) error {
	s, d := r.source, r.day
	if r.anew {
		return fmt.Errorf("the blob changes while it is read")
	}
	at := d.places[r.blob.rest]
	first := d.next
	err := s.incident(ctx, source.Incident{
		Kind: source.GapRebuilt, Hub: d.container, Partition: d.partition, First: &first,
		Message: fmt.Sprintf("The blob %s %s: it was read up to byte %d. It is read from its beginning; records that are the same are told as repeats for as long as the window reaches back. Lines that the old blob had beyond were not read.",
			r.blob.full(), how, at.Offset),
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.anew = true
	d.places[r.blob.rest] = place{}
	return nil
}

// deliver hands a batch over until the handler takes it. A position that is no day's has no day.
func (s *Source) deliver(ctx context.Context, d *day, handle source.Handler, messages []source.Message) error {
	ack := func(context.Context) error { return nil } // the journal is the only checkpoint
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		err := handle(ctx, source.Batch{Messages: messages, Ack: ack})
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if d != nil {
			s.fail(d, &source.Problem{Message: fmt.Sprintf("What was read cannot be stored: %v.", err), Hint: "It is tried again until it can.", Time: time.Now(), Cause: err})
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

func (s *Source) fail(d *day, problem *source.Problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.problem == nil || d.problem.Message != problem.Message {
		s.log.Warn(problem.Message, "hint", problem.Hint, "cause", problem.Cause)
	}
	d.state, d.problem = source.Failing, problem
}
