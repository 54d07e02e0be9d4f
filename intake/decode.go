package intake

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"time"

	"penstock/ecs"
	"penstock/journal"
	"penstock/record"
	"penstock/source"
)

// decoder takes one message apart at a time.
type decoder struct {
	splitter record.Splitter
	filter   *filter
	wanted   map[string]bool // what the filter said of each category
	plan     Normalizer
	detector Detector // nil: there are no rules
	witness  Witness  // nil: there is none
	framer   Framer   // nil: records come in the streaming envelope
	event    ecs.Event
	members  []record.Member
}

// Detector tells which rules an event fulfils. One goroutine uses it at a time.
type Detector interface {
	// Detect appends the ids of those rules.
	Detect(rec *record.Record, ev *ecs.Event, to []string) []string
}

// Witness keeps count of what arrives. One goroutine uses it at a time.
type Witness interface {
	// Observe sees a record that was read at a moment; the record holds until it returns.
	Observe(rec *record.Record, read time.Time)
}

// Framer puts records of a format into the streaming envelope. One goroutine uses it at a time.
type Framer interface {
	// Frame visits the records that one found in a message holds, and reports what is none; their places in the message are
	// not said.
	Frame(rec *record.Record, visit func(*record.Record), reject func(record.Rejected))
}

var gzipMagic = []byte{0x1f, 0x8b}

// message tells what is to be kept of a message, with the rules that matched, and which values did not fit their fields. The data of its
// entries is that of the body, which is to stay as it is until they are durable.
func (d *decoder) message(m *source.Message) (out journal.Message, misfits []misfit) {
	out = journal.Message{Hub: m.Hub, Partition: m.Partition, Position: m.Position, Read: m.Read}
	// The splitter decompresses into memory of its own, which the next message takes over.
	keep := func(data []byte) []byte { return data }
	if bytes.HasPrefix(m.Body, gzipMagic) {
		keep = bytes.Clone
	}
	take := func(rec *record.Record) {
		out.Records++
		if !d.takes(rec) {
			out.Filtered++
			return
		}
		if d.witness != nil {
			d.witness.Observe(rec, m.Read)
		}
		d.plan.Normalize(&d.event, rec, m.Read)
		misfits = d.misfits(misfits, rec.Table)
		entry := journal.Entry{Index: rec.Index, ID: rec.ID, Table: rec.Table, Data: keep(rec.Raw)}
		if d.detector != nil {
			entry.Matches = d.detector.Detect(rec, &d.event, nil)
		}
		out.Entries = append(out.Entries, entry)
	}
	refuse := func(no record.Rejected) {
		out.Records++
		out.Entries = append(out.Entries, journal.Entry{Rejected: true, Index: no.Index, Data: keep(no.Raw), Reason: string(no.Reason), Detail: no.Detail})
	}
	if d.framer != nil {
		take, refuse = d.framed(take, refuse)
	}
	out.Heartbeats = d.splitter.Split(m.Body, take, refuse)
	return out, misfits
}

// framed puts the framer before what takes and refuses the records of one message, and gives each its place: one that was
// found may hold several.
func (d *decoder) framed(take func(*record.Record), refuse func(record.Rejected)) (func(*record.Record), func(record.Rejected)) {
	place := 0
	visit := func(rec *record.Record) {
		rec.Index = place
		place++
		take(rec)
	}
	reject := func(no record.Rejected) {
		if no.Index >= 0 {
			no.Index = place
			place++
		}
		refuse(no)
	}
	return func(rec *record.Record) { d.framer.Frame(rec, visit, reject) }, reject
}

// maxCategories bounds the memory when somebody sends ever new categories.
const maxCategories = 4096

func (d *decoder) takes(rec *record.Record) bool {
	if d.filter.pattern == nil {
		return true
	}
	yes, known := d.wanted[rec.Category]
	if !known {
		if d.wanted == nil || len(d.wanted) >= maxCategories {
			d.wanted = make(map[string]bool)
		}
		yes = d.filter.pattern.MatchString(rec.Category) || d.filter.pattern.MatchString(rec.Table)
		d.wanted[rec.Category] = yes
	}
	return yes
}

// filter knows the categories to take; a nil pattern takes all.
type filter struct{ pattern *regexp.Regexp }

func newFilter(categories []string) (*filter, error) {
	if len(categories) == 0 {
		return &filter{}, nil
	}
	var alternatives []string
	for _, c := range categories {
		alternatives = append(alternatives, strings.ReplaceAll(regexp.QuoteMeta(c), `\*`, `.*`))
	}
	pattern, err := regexp.Compile(`(?is)\A(?:` + strings.Join(alternatives, "|") + `)\z`)
	if err != nil {
		return nil, fmt.Errorf("categories: %w", err)
	}
	return &filter{pattern: pattern}, nil
}
