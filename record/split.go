package record

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// The bounds of what is taken for a record.
const (
	MaxRecord  = 4 << 20  // bytes of one record
	MaxMessage = 64 << 20 // bytes of one message once it is decompressed
)

// Reason says why something is not a record. It is a label for counting; Detail of Rejected is for reading.
type Reason string

// The reasons for which input is set aside.
const (
	NotJSON     Reason = "not_json"
	Truncated   Reason = "truncated"
	InvalidUTF8 Reason = "invalid_utf8"
	Empty       Reason = "empty"
	Scalar      Reason = "scalar" // JSON, but neither an object nor an array of objects
	TooDeep     Reason = "too_deep"
	TooLarge    Reason = "too_large"
	BadGzip     Reason = "bad_gzip"
)

// Rejected is a part of a message that is no record, whole. Index is the place among the records that it takes, or -1
// where the message as a whole is refused. Raw holds until the function that was given it returns.
type Rejected struct {
	Raw    []byte
	Index  int
	Offset int // of Raw in the message, once that is decompressed
	Reason Reason
	Detail string
}

// Splitter takes messages apart. The zero value is ready; it is reused from message to message and must not be used
// concurrently.
type Splitter struct {
	parser   Parser
	rec      Record
	zip      gzip.Reader
	inflated bytes.Buffer

	visit      func(*Record)
	reject     func(Rejected)
	index      int
	heartbeats int
	cut        bool // a broken record took the rest of the body along
}

// Split visits every record of a message in order and reports what is not one. A message is an object with a list of
// records, an array of records, one record, or several of these one after the other (newline-delimited); it may be
// compressed with gzip. A broken record does not take the good ones around it along. Split returns the number of
// heartbeats, which are neither visited nor rejected.
func (s *Splitter) Split(body []byte, visit func(*Record), reject func(Rejected)) (heartbeats int) {
	s.visit, s.reject, s.index, s.heartbeats, s.cut = visit, reject, 0, 0, false
	whole := body
	if len(body) >= 2 && body[0] == 0x1f && body[1] == 0x8b {
		var refused *Rejected
		if body, refused = s.inflate(body); refused != nil {
			reject(*refused)
			return 0
		}
	} else if len(body) > MaxMessage {
		reject(Rejected{Raw: body, Index: -1, Reason: TooLarge, Detail: "the message is larger than 64 MiB"})
		return 0
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	i := skipSpace(body, 0)
	if i == len(body) {
		reject(Rejected{Raw: whole, Index: -1, Reason: Empty, Detail: "the message is empty"})
		return 0
	}
	s.parser.scanner.mark(body)
	s.values(whole, body, i)
	s.visit, s.reject = nil, nil
	return s.heartbeats
}

// inflate decompresses a message into a buffer that the next message will use again.
func (s *Splitter) inflate(body []byte) ([]byte, *Rejected) {
	if s.inflated.Reset(); s.inflated.Cap() > MaxMessage/4 {
		s.inflated = bytes.Buffer{} // an oversized message does not hold its memory for ever
	}
	err := s.zip.Reset(bytes.NewReader(body))
	if err == nil {
		_, err = s.inflated.ReadFrom(io.LimitReader(&s.zip, MaxMessage+1))
	}
	switch {
	case s.inflated.Len() > MaxMessage:
		return nil, &Rejected{Raw: body, Index: -1, Reason: TooLarge, Detail: "the message inflates to more than 64 MiB"}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &Rejected{Raw: body, Index: -1, Reason: Truncated, Detail: "the gzip stream ends early"}
	case err != nil:
		return nil, &Rejected{Raw: body, Index: -1, Reason: BadGzip, Detail: err.Error()}
	}
	return s.inflated.Bytes(), nil
}

// values reads the values of a body one after the other.
func (s *Splitter) values(whole, body []byte, i int) {
	first := i
	for i < len(body) {
		var end int
		switch body[i] {
		case '[':
			var closed bool
			if end, closed = s.list(body, i); !closed {
				end = s.broken(body, i, end)
			}
		case '{':
			end = s.object(body, i)
		default:
			end = -1
		}
		if end < 0 {
			end = nextLine(body, i)
			r := Rejected{Raw: bytes.TrimRight(body[i:end], " \t\r\n"), Index: s.index, Offset: i}
			if i == first && end == len(body) {
				r.Raw, r.Index = whole, -1
			}
			r.Reason, r.Detail = s.fault(body[i:end])
			s.index++
			s.reject(r)
		}
		i = skipSpace(body, end)
	}
}

// fault says what is wrong with text, which is not JSON or not of a record's kind.
func (s *Splitter) fault(text []byte) (Reason, string) {
	if err := Valid(text); err != nil {
		return reasonOf(err), err.Error()
	}
	return Scalar, "neither an object nor an array"
}

// nextLine is where the line ends that begins the next record of newline-delimited input. Only a line that starts
// with an opening bracket does: anything else may be the inside of a value that spans lines.
func nextLine(body []byte, i int) int {
	for {
		n := bytes.IndexByte(body[i:], '\n')
		if n < 0 {
			return len(body)
		}
		i += n + 1
		if i < len(body) && (body[i] == '{' || body[i] == '[') {
			return i
		}
	}
}

// object reads an envelope, a bare record or a heartbeat that starts at i. It returns where it ends, or -1 when it is
// broken and nothing of it was taken.
func (s *Splitter) object(body []byte, i int) int {
	if at := s.parser.scanner.findRecords(i); at >= 0 {
		return s.envelope(body, i, at)
	}
	end, err := s.parser.parse(i, &s.rec)
	if err != nil {
		return -1
	}
	s.take(i)
	return end
}

// take gives the record that was parsed, at i, to the visitor, unless it is a heartbeat or too large.
func (s *Splitter) take(i int) {
	if len(s.rec.Raw) > MaxRecord {
		s.reject(Rejected{Raw: s.rec.Raw, Index: s.index, Offset: i, Reason: TooLarge, Detail: "the record is larger than 4 MiB"})
		s.index++
		return
	}
	if isHeartbeat(s.parser.envelope) {
		s.heartbeats++
		return
	}
	s.parser.finish(&s.rec)
	s.rec.Index = s.index
	s.index++
	s.visit(&s.rec)
}

func isHeartbeat(members []Member) bool {
	for i := range members {
		m := &members[i]
		switch string(m.Key) {
		case "properties":
			return false
		case "type":
			if m.Kind == String && foldEqual(string(m.Text()), "heartbeat") {
				return true
			}
		}
	}
	return false
}

// findRecords is where the value of "records" starts in the object at i, when it is a list, an object or null; -1 where
// there is none. It walks the members and stops at the first fault, which is the concern of whoever reads on.
func (s *scanner) findRecords(i int) int {
	body := s.text
	i = skipSpace(body, i+1)
	for i < len(body) && body[i] == '"' {
		var m Member
		var err error
		if i, err = s.key(i, &m); err != nil || i >= len(body) {
			return -1
		}
		switch string(m.Key) {
		case "records":
			if c := body[i]; c == '[' || c == '{' || c == 'n' {
				return i
			}
			return -1
		case "properties", "category":
			return -1 // a record of its own
		}
		if _, i, _, err = s.value(i, 1); err != nil {
			return -1
		}
		more, next, err := separator(body, i, '}')
		if err != nil || !more {
			return -1
		}
		i = next
	}
	return -1
}

// envelope reads the records that start at at, and what else the object around them holds.
func (s *Splitter) envelope(body []byte, i, at int) int {
	var end int
	switch body[at] {
	case '[':
		var closed bool
		if end, closed = s.list(body, at); !closed {
			return s.broken(body, i, end)
		}
	case '{':
		end = s.element(body, at, '}')
	default:
		var err error
		if end, err = literal(body, at, "null"); err != nil {
			return -1
		}
	}
	for end < len(body) {
		more, next, err := separator(body, end, '}')
		if err != nil {
			break
		}
		if !more {
			return next
		}
		var m Member
		if next, err = s.parser.scanner.key(next, &m); err != nil {
			break
		}
		if _, end, _, err = s.parser.scanner.value(next, 1); err != nil {
			break
		}
	}
	// The records were taken; what is broken is the envelope behind them.
	return s.broken(body, i, end)
}

// broken reports an envelope that is cut off or damaged behind its records, unless the last record was cut off with it
// and is reported already.
func (s *Splitter) broken(body []byte, i, from int) int {
	from = min(from, len(body))
	if s.cut {
		return from
	}
	end := nextLine(body, from)
	s.reject(Rejected{
		Raw: bytes.TrimRight(body[i:end], " \t\r\n"), Index: s.index, Offset: i, Reason: Truncated,
		Detail: "the envelope is damaged behind its records, which were taken",
	})
	s.index++
	return end
}

// list reads the records of the array that starts at i and returns where it ends, and whether it does with a bracket.
func (s *Splitter) list(body []byte, i int) (end int, closed bool) {
	i = skipSpace(body, i+1)
	if i < len(body) && body[i] == ']' {
		return i + 1, true
	}
	for i < len(body) {
		i = s.element(body, i, ']')
		more, next, err := separator(body, i, ']')
		if !more {
			return next, err == nil
		}
		i = next
	}
	return i, false
}

// element reads one element of a list: a record, or something to be rejected. It returns where the element ends; for a
// broken one that is the next plausible end of a record.
func (s *Splitter) element(body []byte, i int, closing byte) int {
	if i < len(body) && body[i] == '{' {
		end, err := s.parser.parse(i, &s.rec)
		if err == nil && endsElement(body, end, closing) {
			s.take(i)
			return end
		}
		if err == nil {
			err = errSyntax
		}
		return s.refuse(body, i, err)
	}
	_, end, _, err := s.parser.scanner.value(i, 1)
	if err == nil && endsElement(body, end, closing) {
		s.reject(Rejected{Raw: body[i:end], Index: s.index, Offset: i, Reason: Scalar, Detail: "an element of the list is not an object"})
		s.index++
		return end
	}
	return s.refuse(body, i, errSyntax)
}

// endsElement reports whether what follows an element is what may: a comma, the closing bracket, or nothing more.
func endsElement(body []byte, end int, closing byte) bool {
	end = skipSpace(body, end)
	return end == len(body) || body[end] == ',' || body[end] == closing
}

// refuse rejects the broken element at i and finds out where it ends.
func (s *Splitter) refuse(body []byte, i int, err error) int {
	end := boundary(body, i)
	raw := bytes.TrimRight(body[i:end], " \t\r\n")
	reason := reasonOf(err)
	if reason == Truncated && end < len(body) {
		reason = NotJSON
	}
	if len(raw) > MaxRecord {
		reason = TooLarge
	}
	s.reject(Rejected{Raw: raw, Index: s.index, Offset: i, Reason: reason, Detail: err.Error()})
	s.index++
	s.cut = end == len(body)
	return end
}
