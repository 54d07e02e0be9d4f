package lake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"penstock/ecs"
	"penstock/format"
	"penstock/record"
)

// ErrNotFound is what Event returns for an id that is not in the lake.
var ErrNotFound = errors.New("no event has this id")

// Stored is one event with everything that is known of it.
type Stored struct {
	ID       record.ID
	Table    string
	Record   []byte // as it came
	Document []byte // ECS, JSON, without message
	Sentence format.Sentence
	Origin   Origin
	Clocks   Clocks
}

// Event finds an event by its id.
func (l *Lake) Event(ctx context.Context, id record.ID) (*Stored, error) {
	v := l.view(nil, time.UnixMicro(-1<<62), time.UnixMicro(1<<62), []uint32{idNeedle(id)})
	defer v.release()
	for _, name := range v.names() {
		if found := v.tables[name].head.findAll(map[record.ID]bool{id: true}); found != nil {
			return l.stored(found[0])
		}
	}
	for _, name := range v.names() {
		t := v.tables[name]
		if len(t.segments) == 0 {
			continue
		}
		rows, err := l.rows(ctx, t, "SELECT * FROM "+t.relation(l.dir, t.segments, false)+" WHERE "+colID+" = ? LIMIT 1", id[:])
		if damage(err) != nil && l.blame(ctx, t.segments, l.verify) {
			return l.Event(ctx, id)
		}
		if err != nil {
			return nil, fmt.Errorf("find event %s: %w", id, err)
		}
		if len(rows) > 0 {
			return l.stored(rows[0])
		}
	}
	return nil, ErrNotFound
}

func (h *headChunks) findAll(wanted map[record.ID]bool) []*row {
	var found []*row
	for _, c := range h.chunks {
		ids := c.Column(atID).(*array.FixedSizeBinary)
		for i := range ids.Len() {
			if wanted[record.ID(ids.Value(i))] {
				found = append(found, rowAt(h.schema, c, i))
			}
		}
	}
	return found
}

// rows runs a query that selects all columns of a table, and gives its rows.
func (l *Lake) rows(ctx context.Context, t *tableView, query string, args ...any) ([]*row, error) {
	var list []*row
	err := l.eachRow(ctx, t, query, args, func(r *row) error {
		list = append(list, r)
		return nil
	})
	return list, err
}

// eachRow runs a query that selects all columns of a table, and visits its rows.
func (l *Lake) eachRow(ctx context.Context, t *tableView, query string, args []any, visit func(*row) error) error {
	result, err := l.engine.db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer result.Close()
	names, err := result.Columns()
	if err != nil {
		return err
	}
	values := make([]any, len(names))
	for i := range values {
		values[i] = new(any)
	}
	for result.Next() {
		if err := result.Scan(values...); err != nil {
			return err
		}
		r := &row{schema: t.schema, values: make([]value, len(t.schema.columns))}
		for i, name := range names {
			if err := r.set(name, *values[i].(*any)); err != nil {
				return err
			}
		}
		if err := visit(r); err != nil {
			return err
		}
	}
	return result.Err()
}

// set takes a column's value as DuckDB gives it.
func (r *row) set(name string, given any) error {
	v, err := valueOf(given)
	if err != nil {
		return fmt.Errorf("column %s: %w", name, err)
	}
	if i, ok := r.schema.index[strings.ToLower(name)]; ok {
		r.values[i] = v
		return nil
	}
	switch name {
	case colID:
		copy(r.id[:], v.text)
	case colTime:
		r.time = v.num
	case colReceived:
		r.received = v
	case colPublished:
		r.published = v
	case colEnqueued:
		r.origin.Enqueued = momentOf(v)
	case colRead:
		r.origin.Read = momentOf(v)
	case colIntake:
		r.origin.Intake = string(v.text)
	case colHub:
		r.origin.Hub = string(v.text)
	case colPartition:
		r.origin.Partition = string(v.text)
	case colSequence:
		r.origin.Sequence = v.num
	case colIndex:
		r.origin.Index = int(v.num)
	case colMatches:
		r.origin.Matches = string(v.text)
	case colLayout:
		r.layout = v.text
	case colDigits:
		r.digits = v.text
	case colExtra:
		r.extra = v.text
	case colOriginal:
		r.original = v.text
	}
	return nil
}

func valueOf(given any) (value, error) {
	switch g := given.(type) {
	case nil:
		return value{}, nil
	case string:
		return value{set: true, text: []byte(g)}, nil
	case []byte:
		return value{set: true, text: bytes.Clone(g)}, nil
	case int64:
		return value{set: true, num: g}, nil
	case int32:
		return value{set: true, num: int64(g)}, nil
	case float64:
		return value{set: true, real: g}, nil
	case bool:
		if g {
			return value{set: true, num: 1}, nil
		}
		return value{set: true}, nil
	case time.Time:
		return value{set: true, num: g.UnixMicro()}, nil
	}
	return value{}, fmt.Errorf("unexpected type %T", given)
}

// stored rebuilds the record and makes the event of it.
func (l *Lake) stored(r *row) (*Stored, error) {
	var ev ecs.Event
	var sentence format.Sentence
	raw, err := l.describe(&ev, &sentence, r)
	if err != nil {
		return nil, err
	}
	return &Stored{
		ID: r.id, Table: r.schema.name, Record: raw, Document: ev.AppendJSON(nil), Sentence: sentence, Origin: r.origin, Clocks: r.clocks(),
	}, nil
}

// recordBytes is the record as it came.
func (r *row) recordBytes() ([]byte, error) {
	if len(r.original) > 0 {
		return r.original, nil
	}
	raw, err := r.rebuild(nil)
	if err != nil {
		return nil, fmt.Errorf("rebuild event %s of %s: %w", r.id, r.schema.name, err)
	}
	return raw, nil
}

// normalise makes the event of a record that is in the lake, with what the lake knows of its way.
func (l *Lake) normalise(ev *ecs.Event, rec *record.Record, r *row) {
	l.plan.Normalize(ev, rec, r.origin.Read)
	text := func(f ecs.Field, s string) {
		if s != "" {
			ev.Set(f, ecs.StringOf(s))
		}
	}
	text(fieldIntake, r.origin.Intake)
	text(fieldHub, r.origin.Hub)
	text(fieldPartition, r.origin.Partition)
	ev.Set(fieldRules, ruleList(r.origin.Matches))
	ev.Set(fieldSequence, integer(r.origin.Sequence))
	ev.Set(fieldIndex, integer(int64(r.origin.Index)))
	c := r.clocks()
	for _, clock := range [...]struct {
		field ecs.Field
		at    time.Time
	}{
		{fieldClockEnqueued, c.Enqueued}, {fieldClockEvent, c.Event}, {fieldClockPublished, c.Published},
		{fieldClockRead, c.Read}, {fieldClockReceived, c.Received},
	} {
		if !clock.at.IsZero() {
			text(clock.field, clock.at.UTC().Format("2006-01-02T15:04:05.000000Z"))
		}
	}
}

func integer(n int64) ecs.Value {
	return ecs.Value{JSON: strconv.AppendInt(nil, n, 10), Kind: ecs.Integer}
}

var (
	fieldIntake         = ecs.MustLookup("penstock.intake")
	fieldHub            = ecs.MustLookup("penstock.hub")
	fieldPartition      = ecs.MustLookup("penstock.partition")
	fieldRules          = ecs.MustLookup("penstock.rules")
	fieldSequence       = ecs.MustLookup("penstock.sequence_number")
	fieldIndex          = ecs.MustLookup("penstock.record_index")
	fieldClockEvent     = ecs.MustLookup("penstock.clock.event")
	fieldClockReceived  = ecs.MustLookup("penstock.clock.received")
	fieldClockPublished = ecs.MustLookup("penstock.clock.published")
	fieldClockEnqueued  = ecs.MustLookup("penstock.clock.enqueued")
	fieldClockRead      = ecs.MustLookup("penstock.clock.read")
)
