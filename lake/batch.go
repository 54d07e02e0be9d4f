package lake

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// batch is rows of one table as they lie in columns. What it gives points into these.
type batch struct {
	schema  *tableSchema
	own     [ownCount]arrow.Array // nil: the column has no values here
	columns []arrow.Array         // the table's, by their places in the schema
	layouts []*compiledLayout     // by their numbers in the dictionary of own[atLayout]
}

// load takes the columns of a record batch, in whatever order they are there.
func (b *batch) load(s *tableSchema, from arrow.RecordBatch) error {
	b.schema = s
	b.own = [ownCount]arrow.Array{}
	b.columns = append(b.columns[:0], make([]arrow.Array, len(s.columns))...)
	for k, f := range from.Schema().Fields() {
		if i, ok := s.index[strings.ToLower(f.Name)]; ok {
			b.columns[i] = from.Column(k)
			continue
		}
		for i := range ownColumns {
			if ownColumns[i].Name == f.Name {
				b.own[i] = from.Column(k)
			}
		}
	}
	if b.own[atID] == nil || b.own[atTime] == nil {
		return fmt.Errorf("rows of %s have neither id nor time", s.name)
	}
	b.layouts = b.layouts[:0]
	if d, ok := b.own[atLayout].(*array.Dictionary); ok {
		b.layouts = append(b.layouts, make([]*compiledLayout, d.Dictionary().Len())...)
	}
	return nil
}

func (b *batch) time(i int) int64 { return int64(b.own[atTime].(*array.Timestamp).Value(i)) }

// text is an own column's text; nil where there is none.
func (b *batch) text(own, i int) []byte {
	if b.own[own] == nil {
		return nil
	}
	return lent(b.own[own], i).text
}

// original is the record where it was kept.
func (b *batch) original(i int) []byte { return b.text(atOriginal, i) }

// rebuild appends the record of a row to dst. It uses the memory of r.
func (b *batch) rebuild(r *row, i int, dst []byte) ([]byte, error) {
	layout, err := b.layout(i)
	if err != nil {
		return dst, err
	}
	r.digits, r.extra = b.text(atDigits, i), b.text(atExtra, i)
	r.received, r.published = b.value(atReceived, i), b.value(atPublished, i)
	for k := range layout.pieces {
		p := layout.pieces[k].column
		if p < 0 {
			continue
		}
		if c := b.columns[p]; c != nil {
			r.values[p] = lent(c, i)
		} else {
			r.values[p] = value{}
		}
	}
	return layout.rebuild(r, dst)
}

// layout is that of a row, compiled once for a batch.
func (b *batch) layout(i int) (*compiledLayout, error) {
	d, ok := b.own[atLayout].(*array.Dictionary)
	if !ok || d.IsNull(i) {
		return compiledLayouts.get(b.schema, b.text(atLayout, i))
	}
	n := d.GetValueIndex(i)
	if b.layouts[n] == nil {
		c, err := compiledLayouts.get(b.schema, b.text(atLayout, i))
		if err != nil {
			return nil, err
		}
		b.layouts[n] = c
	}
	return b.layouts[n], nil
}

func (b *batch) value(own, i int) value {
	if b.own[own] == nil {
		return value{}
	}
	return lent(b.own[own], i)
}

// origin fills in what is known of a row beside its record.
func (b *batch) origin(r *row, i int) {
	copy(r.id[:], b.own[atID].(*array.FixedSizeBinary).Value(i))
	r.time = b.time(i)
	r.received, r.published = b.value(atReceived, i), b.value(atPublished, i)
	r.origin.Enqueued, r.origin.Read = momentOf(b.value(atEnqueued, i)), momentOf(b.value(atRead, i))
	r.origin.Sequence, r.origin.Index = b.value(atSequence, i).num, int(b.value(atIndex, i).num)
	become(&r.origin.Intake, b.text(atIntake, i))
	become(&r.origin.Hub, b.text(atHub, i))
	become(&r.origin.Partition, b.text(atPartition, i))
	become(&r.origin.Matches, b.text(atMatches, i))
}

// become sets a string that mostly stays the same from row to row.
func become(s *string, text []byte) {
	if *s != string(text) {
		*s = string(text)
	}
}
