package lake

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"penstock/format"
	"penstock/search"
)

// walkRows is how many rows a walk looks at between two sorts, by estimate. A segment lies in the order of devices, so
// that every part of it is read anew for each: the more rows, the fewer times. In memory there is the place of each alone.
const walkRows = 200_000

// Walk visits every event of a selection once, in the order of Search, at the speed of Scan: part by part of the time
// range, events are read as they lie, put down on disk, and visited in order while the next part is read. What visit is
// given holds until it returns, and lacks the record and the references of the sentence. Where a query holds for few
// events alone, Search is faster: it lets DuckDB choose.
func (l *Lake) Walk(ctx context.Context, r search.Request, visit func(search.Hit) error) (search.ScanSummary, error) {
	var sum search.ScanSummary
	g, ctx := errgroup.WithContext(ctx)
	parts := make(chan *spill)
	g.Go(func() error {
		defer close(parts)
		for to := r.To; r.From.Before(to); {
			from := l.stretch(r.From, to, walkRows)
			s, err := l.spill(ctx, r.Query, from, to)
			if err != nil {
				return fmt.Errorf("read the events from %s to %s: %w", from.Format(time.RFC3339), to.Format(time.RFC3339), err)
			}
			sum.Unreadable += s.lost
			select {
			case parts <- s:
			case <-ctx.Done():
				s.close()
				return ctx.Err()
			}
			to = l.skipEmpty(r.From, from)
		}
		return nil
	})
	g.Go(func() error {
		for s := range parts {
			n, err := s.visit(ctx, visit)
			sum.Events += n
			s.close()
			if err != nil {
				return err
			}
		}
		return nil
	})
	err := g.Wait()
	return sum, err
}

// stretch goes back from a moment, no further than from, as far as about so many rows lie.
func (l *Lake) stretch(from, to time.Time, rows float64) time.Time {
	type span struct{ first, last, rows float64 }
	var spans []span
	low, high := from.UnixMicro(), to.UnixMicro()
	add := func(first, last, rows int64) {
		if first < high && last >= low {
			spans = append(spans, span{float64(first), float64(last + 1), float64(rows)})
		}
	}
	l.mu.Lock()
	for _, s := range l.segments {
		add(s.Min, s.Max, s.Rows)
	}
	for _, head := range []map[part]*memTable{l.flushing, l.head} {
		for _, t := range head {
			if t.rows > 0 {
				add(t.min, t.max, int64(t.rows))
			}
		}
	}
	l.mu.Unlock()
	since := func(t int64) (n float64) {
		for _, s := range spans {
			if cut := min(s.last, float64(high)) - max(s.first, float64(t)); cut > 0 {
				n += s.rows * cut / (s.last - s.first)
			}
		}
		return n
	}
	// Rows are taken to lie evenly within what holds them. A second at least: they may all be of one moment.
	near, far := high-time.Second.Microseconds(), low
	for far < near {
		middle := far + (near-far)/2
		if since(middle) > rows {
			far = middle + 1
		} else {
			near = middle
		}
	}
	return time.UnixMicro(max(low, near)).UTC()
}

// spill is events of a part of a time range, put down in the order in which they were read.
type spill struct {
	files  []*os.File
	events []spilled
	lost   int64
}

// spilled is where an event was put down.
type spilled struct {
	place
	file   int32
	length int32
	offset int64
}

// spill reads the events of a time range; the caller closes it.
func (l *Lake) spill(ctx context.Context, q *search.Query, from, to time.Time) (_ *spill, err error) {
	s := newScan(l, &search.ScanRequest{Query: q, From: from, To: to, Workers: l.options.Threads})
	defer s.leave()
	out := &spill{}
	defer func() {
		if err != nil {
			out.close()
		}
	}()
	workers := make([]*spiller, min(l.options.Threads, len(s.parts)))
	g, ctx := errgroup.WithContext(ctx)
	for i := range workers {
		f, err := os.CreateTemp(filepath.Join(l.dir, "new"), "walk-")
		if err != nil {
			return nil, fmt.Errorf("make a file to sort events in: %w", err)
		}
		out.files = append(out.files, f)
		// It is gone with whoever has it open, whatever happens.
		if err := os.Remove(f.Name()); err != nil {
			return nil, fmt.Errorf("make a file to sort events in: %w", err)
		}
		workers[i] = newSpiller(s, f, int32(i)) //nolint:gosec // there are few
		g.Go(func() error { return workers[i].run(ctx) })
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, w := range workers {
		out.events = append(out.events, w.events...)
	}
	slices.SortFunc(out.events, func(a, b spilled) int { return a.compare(b.place) })
	// A record that is there twice counts once.
	out.events = slices.CompactFunc(out.events, func(a, b spilled) bool { return a.place == b.place })
	out.lost = s.lost.Load()
	return out, nil
}

func (s *spill) close() {
	for _, f := range s.files {
		f.Close() // it has no name any more: nobody misses anything
	}
}

// visit gives the events, newest first, and tells how many.
func (s *spill) visit(ctx context.Context, visit func(search.Hit) error) (n int64, err error) {
	var text []byte
	for _, e := range s.events {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		text = slices.Grow(text[:0], int(e.length))[:e.length]
		if _, err := s.files[e.file].ReadAt(text, e.offset); err != nil {
			return n, fmt.Errorf("read what was put down to be sorted: %w", err)
		}
		table, rest := cutPart(text)
		sentence, document := cutPart(rest)
		hit := search.Hit{
			ID: e.id.String(), Table: string(table), Time: time.UnixMicro(e.micros).UTC(), Document: document, Sentence: format.Sentence{Text: sentence},
		}
		if err := visit(hit); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// spiller is a worker that puts down what it reads.
type spiller struct {
	*scanWorker
	out      *bufio.Writer
	file     int32
	offset   int64
	sentence format.Sentence
	text     []byte
	events   []spilled
}

func newSpiller(s *scan, to io.Writer, file int32) *spiller {
	w := &spiller{out: bufio.NewWriterSize(to, 256<<10), file: file}
	w.scanWorker = newScanWorker(s, func(*search.Scanned) error { return w.put() })
	// The event is made as a search shows it, even where nothing is asked.
	w.asks = true
	return w
}

func (w *spiller) run(ctx context.Context) error {
	if err := w.scanWorker.run(ctx); err != nil {
		return err
	}
	return w.out.Flush()
}

// put puts down the event that was read last.
func (w *spiller) put() error {
	w.scan.lake.plan.Describe(&w.sentence, &w.rec, &w.event)
	w.text = appendPart(w.text[:0], w.row.schema.name)
	w.text = appendPart(w.text, w.sentence.Text)
	w.text = w.event.AppendJSON(w.text)
	w.events = append(w.events, spilled{place{w.row.time, w.row.id}, w.file, int32(len(w.text)), w.offset}) //nolint:gosec // records have a limit
	w.offset += int64(len(w.text))
	_, err := w.out.Write(w.text)
	return err
}

func appendPart[T string | []byte](to []byte, part T) []byte {
	return append(binary.AppendUvarint(to, uint64(len(part))), part...)
}

// cutPart takes off what appendPart has put before the rest.
func cutPart(text []byte) (part, rest []byte) {
	n, size := binary.Uvarint(text)
	return text[size : size+int(n)], text[size+int(n):] //nolint:gosec // it was written a moment ago
}
