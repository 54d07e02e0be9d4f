package http

import (
	"bytes"
	"fmt"
	nethttp "net/http"
	"sync"
	"time"

	"penstock/journal"
	"penstock/record"
	"penstock/source"
)

const (
	// DefaultMaxEvent is how large one event may be: as much as the reference takes.
	DefaultMaxEvent = 250 << 10
	// maxMessage is about how large a message is that is made of the events of one body, so that several can be decoded at
	// the same time.
	maxMessage = 256 << 10
)

// parcel is what a request brings to one intake.
type parcel struct {
	source   *Source // nil: the intake takes nothing at this moment
	intake   string
	messages []source.Message
	events   int
}

// sorter makes parcels of the items of a request, and says what becomes of each event.
type sorter struct {
	maxEvent int
	received time.Time
	lease    *lease
	open     func(key string) (*parcel, *refusal) // the parcel of the intake that a key opens

	results []result
	parcels []*parcel
}

// part is a record of an item, or what is none.
type part struct {
	raw  []byte
	good bool
}

var splitters = sync.Pool{New: func() any { return new(record.Splitter) }}

// sort takes the items apart. Its error concerns the whole request.
func (s *sorter) sort(items []item) *refusal {
	splitter := splitters.Get().(*record.Splitter) //nolint:forcetypeassert,errcheck // there are no others
	defer splitters.Put(splitter)
	for i := range items {
		one := &items[i]
		if one.refused != nil {
			s.refuse(one.refused)
			continue
		}
		p, refused := s.open(one.key)
		if refused != nil {
			s.refuse(refused)
			continue
		}
		if refused := s.item(splitter, one, p); refused != nil {
			return refused
		}
	}
	return nil
}

func (s *sorter) refuse(f *refusal) {
	s.results = append(s.results, result{Index: len(s.results), Status: f.status, Error: f.detail, retry: f.retry})
}

// item says what becomes of the records of an item, and puts them into a parcel.
func (s *sorter) item(splitter *record.Splitter, one *item, to *parcel) *refusal {
	text := bytes.TrimPrefix(one.text, []byte("\xef\xbb\xbf"))
	if len(bytes.TrimLeft(text, " \t\r\n")) == 0 {
		s.refuse(wrongBody("It is empty."))
		return nil
	}
	if bytes.HasPrefix(text, gzipMagic) {
		s.refuse(wrongBody("It is compressed. Compress the body as a whole, and say so in Content-Encoding."))
		return nil
	}
	var parts []part
	whole := len(text) <= maxMessage // and nothing of it is refused
	full := false
	heartbeats := splitter.Split(text, func(rec *record.Record) {
		switch {
		case len(s.results) >= maxItems:
			full = true
		case len(rec.Raw) > s.maxEvent:
			whole = false
			s.refuse(s.eventTooLarge())
		default:
			s.taken(rec, to)
			parts = append(parts, part{rec.Raw, true})
		}
	}, func(no record.Rejected) {
		switch {
		case len(s.results) >= maxItems:
			full = true
		case len(no.Raw) > s.maxEvent:
			whole = false
			s.refuse(s.rejectedTooLarge(&no, len(parts) > 0))
		default:
			s.none(no, to)
			parts = append(parts, part{no.Raw, false})
		}
	})
	if full {
		return tooMany()
	}
	if heartbeats > 0 && len(parts) == 0 && whole {
		s.results = append(s.results, result{Index: len(s.results), Status: nethttp.StatusOK, parcel: to})
		to.events++
	}
	if whole {
		to.add(text, s.clock(one))
		return nil
	}
	return s.pack(parts, s.clock(one), to)
}

// taken says which event a record becomes, or which several where it holds a list of them.
func (s *sorter) taken(rec *record.Record, to *parcel) {
	known := func(rec *record.Record) {
		s.results = append(s.results, result{Index: len(s.results), Status: nethttp.StatusOK, EventID: rec.ID.String(), parcel: to})
		to.events++
	}
	if to.source == nil || to.source.options.Framer == nil {
		known(rec)
		return
	}
	to.source.options.Framer().Frame(rec, known, func(no record.Rejected) { s.none(no, to) })
}

// none says of what is no event that it is kept apart.
func (s *sorter) none(no record.Rejected, to *parcel) {
	detail := fmt.Sprintf("%s It is no event, and kept in quarantine as %s.", sentence(no.Detail), no.Reason)
	s.results = append(s.results, result{Index: len(s.results), Status: nethttp.StatusUnprocessableEntity, Error: detail, parcel: to})
	to.events++
}

func (s *sorter) eventTooLarge() *refusal {
	return &refusal{status: nethttp.StatusRequestEntityTooLarge, reason: tooLarge, detail: fmt.Sprintf("It is larger than %s, which is as large as an event may be.", sizeText(int64(s.maxEvent)))}
}

// rejectedTooLarge is for what is no event, and too large to be kept: a text, or a message that ends early.
func (s *sorter) rejectedTooLarge(no *record.Rejected, damaged bool) *refusal {
	if !damaged && no.Reason != record.Truncated {
		return s.eventTooLarge()
	}
	return &refusal{status: nethttp.StatusUnprocessableEntity, reason: malformed, detail: sentence(no.Detail) + " It is too large to be kept."}
}

// clock are the moments of an item: when the sender says that it was, but not later than it was received.
func (s *sorter) clock(one *item) source.Message {
	m := source.Message{Read: s.received, Position: journal.Position{Enqueued: s.received}}
	if !one.time.IsZero() && one.time.Before(s.received) {
		m.Position.Enqueued = one.time
	}
	return m
}

func (p *parcel) add(text []byte, m source.Message) {
	m.Body = text
	p.messages = append(p.messages, m)
}

// pack makes messages of the parts of a body that is not taken as it is. What is no record is a message of its own, lest
// it take others with it.
func (s *sorter) pack(parts []part, m source.Message, to *parcel) *refusal {
	var body []byte
	flush := func() {
		if len(body) > 0 {
			to.add(body, m)
			body = nil
		}
	}
	for _, p := range parts {
		if !p.good {
			flush()
			to.add(p.raw, m)
			continue
		}
		if len(body)+len(p.raw) >= maxMessage {
			flush()
		}
		if body == nil {
			if !s.lease.take(maxMessage) {
				return noRoom()
			}
			body = make([]byte, 0, maxMessage)
		}
		body = append(append(body, p.raw...), '\n')
	}
	flush()
	return nil
}
