package format

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/klauspost/compress/gzip"

	"penstock/ecs"
	"penstock/record"
)

// StreamOptions are what Stream does with records.
type StreamOptions struct {
	Arrived   func() time.Time // when a record arrived; nil: now
	NoMessage bool             // leave the record itself out of the documents
	Framer    Framer           // nil: records come in the streaming envelope
}

// Framer puts the records of another format into the streaming envelope: it visits those that a value holds, and reports
// what is none.
type Framer interface {
	Frame(rec *record.Record, visit func(*record.Record), reject func(record.Rejected))
}

// Summary counts what Stream read.
type Summary struct {
	Events     int
	Rejected   map[record.Reason]int
	Heartbeats int
	LeftOut    int // events in which a value could not be its field's type
}

// RejectedTotal is how much was rejected, for whatever reason.
func (s *Summary) RejectedTotal() int {
	total := 0
	for _, n := range s.Rejected {
		total += n
	}
	return total
}

// String is the summary as one line.
func (s *Summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d events, %d rejected", s.Events, s.RejectedTotal())
	separator := " ("
	for _, reason := range slices.Sorted(maps.Keys(s.Rejected)) {
		fmt.Fprintf(&b, "%s%s %d", separator, reason, s.Rejected[reason])
		separator = ", "
	}
	if separator == ", " {
		b.WriteByte(')')
	}
	fmt.Fprintf(&b, ", %d heartbeats, %d events with a value left out for its type", s.Heartbeats, s.LeftOut)
	return b.String()
}

// Stream reads records or messages, normalises them and writes one ECS document a line to out, in the order of the
// input; the summary follows on errOut. What it reads and what becomes of the rest is as Events has it.
func (p *Plan) Stream(ctx context.Context, in io.Reader, out, errOut io.Writer, o StreamOptions) (Summary, error) {
	to := bufio.NewWriterSize(out, 1<<16)
	var document []byte
	summary, err := p.Events(ctx, in, errOut, o, func(rec *record.Record, ev *ecs.Event) error {
		if !o.NoMessage {
			WithMessage(ev, rec)
		}
		document = append(ev.AppendJSON(document[:0]), '\n')
		if _, err := to.Write(document); err != nil {
			return fmt.Errorf("write documents: %w", err)
		}
		return nil
	})
	if flushed := to.Flush(); err == nil && flushed != nil {
		err = fmt.Errorf("write documents: %w", flushed)
	}
	if err == nil {
		_, err = fmt.Fprintln(errOut, summary.String())
	}
	return summary, err
}

// Events reads records or messages and visits each record with the event that it is, in the order of the input: lines of
// records or of messages, or JSON over several lines; compressed with gzip or not. What is no record goes to errOut, one
// line each with the line of the input where it starts and the reason. It ends with the first error of visit; another one
// is of reading, writing or ctx.
func (p *Plan) Events(ctx context.Context, in io.Reader, errOut io.Writer, o StreamOptions, visit func(*record.Record, *ecs.Event) error) (Summary, error) {
	if o.Arrived == nil {
		o.Arrived = time.Now
	}
	s := &stream{plan: p, options: o, tell: visit, errOut: errOut}
	s.summary.Rejected = make(map[record.Reason]int)
	err := s.read(ctx, in)
	return s.summary, err
}

type stream struct {
	plan     *Plan
	options  StreamOptions
	tell     func(*record.Record, *ecs.Event) error
	errOut   io.Writer
	splitter record.Splitter
	event    ecs.Event
	summary  Summary
	err      error
}

// read cuts the input into values: a line, or as many lines as it takes until the brackets balance.
func (s *stream) read(ctx context.Context, in io.Reader) error {
	r := bufio.NewReaderSize(in, 1<<16)
	if magic, _ := r.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(r)
		if err != nil {
			return fmt.Errorf("read gzip: %w", err)
		}
		r = bufio.NewReaderSize(z, 1<<16)
	}
	var value []byte
	var b balance
	line, first := 0, 1
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		from := len(value)
		var err error
		value, err = appendLine(value, r)
		last := errors.Is(err, io.EOF)
		if err != nil && !last {
			return fmt.Errorf("read line %d: %w", line+1, err)
		}
		line++
		if b.add(value[from:]) || len(value) > record.MaxMessage || last {
			if len(bytes.TrimSpace(value)) > 0 {
				s.split(value, first)
			}
			if value, first, b = value[:0], line+1, (balance{}); s.err != nil {
				return s.err
			}
		}
		if last {
			return nil
		}
	}
}

// appendLine reads up to a line feed. A line longer than a message may be is cut, which makes its rest lines of their own.
func appendLine(dst []byte, r *bufio.Reader) ([]byte, error) {
	for {
		part, err := r.ReadSlice('\n')
		dst = append(dst, part...)
		if !errors.Is(err, bufio.ErrBufferFull) || len(dst) > record.MaxMessage {
			return dst, err
		}
	}
}

// balance follows the brackets of a value over its lines.
type balance struct{ depth int }

// add reports whether the value ends with this line. A line that ends within a string is broken, so it ends as well.
func (b *balance) add(line []byte) bool {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '"':
			end := bytes.IndexByte(line[i+1:], '"')
			for end >= 0 && backslashes(line[:i+1+end])%2 == 1 {
				next := bytes.IndexByte(line[i+2+end:], '"')
				if next < 0 {
					return true
				}
				end += next + 1
			}
			if end < 0 {
				return true
			}
			i += end + 1
		case '{', '[':
			b.depth++
		case '}', ']':
			b.depth--
		}
	}
	return b.depth <= 0
}

// backslashes counts those at the end of text.
func backslashes(text []byte) int {
	n := 0
	for n < len(text) && text[len(text)-1-n] == '\\' {
		n++
	}
	return n
}

func (s *stream) split(value []byte, line int) {
	reject := func(r record.Rejected) {
		s.summary.Rejected[r.Reason]++
		at := line + bytes.Count(value[:min(r.Offset, len(value))], []byte{'\n'})
		_, err := fmt.Fprintf(s.errOut, "line %d: %s: %s: %s\n", at, r.Reason, r.Detail, excerpt(r.Raw))
		if err != nil && s.err == nil {
			s.err = fmt.Errorf("write rejected records: %w", err)
		}
	}
	visit := s.visit
	if f := s.options.Framer; f != nil {
		visit = func(rec *record.Record) { f.Frame(rec, s.visit, reject) }
	}
	s.summary.Heartbeats += s.splitter.Split(value, visit, reject)
}

// excerpt is the start of what was rejected, on one line.
func excerpt(raw []byte) string {
	const length = 160
	cut := ""
	if len(raw) > length {
		raw, cut = raw[:length], "…"
	}
	return fmt.Sprintf("%q%s", raw, cut)
}

func (s *stream) visit(rec *record.Record) {
	s.plan.Normalize(&s.event, rec, s.options.Arrived())
	s.summary.Events++
	if s.event.Get(fieldWarnings).Kind != ecs.None {
		s.summary.LeftOut++
	}
	if s.err == nil {
		s.err = s.tell(rec, &s.event)
	}
}
