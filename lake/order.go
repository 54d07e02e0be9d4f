package lake

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// The rows of a segment lie in the order of what searches ask for together: of one device (or account, or recipient),
// then of time. It packs better, too. The id comes last, so that a record that is there twice stands beside itself.

// leadColumns are what rows are ordered by first, the first that a table has; in lower case.
var leadColumns = []string{"deviceid", "accountobjectid", "recipientemailaddress"}

// lead is the place in the Arrow schema of the column that rows are ordered by first; -1: they are ordered by time.
func (s *tableSchema) lead() int {
	for _, name := range leadColumns {
		if i, ok := s.index[name]; ok && arrow.TypeEqual(s.arrow.Field(ownCount+i).Type, arrow.BinaryTypes.String) {
			return ownCount + i
		}
	}
	return -1
}

// sortKey is a row's place in the order. It points into the batch that it is of.
type sortKey struct {
	lead string
	time int64
	id   []byte
}

func (k sortKey) compare(o sortKey) int {
	if c := strings.Compare(k.lead, o.lead); c != 0 {
		return c
	}
	if c := cmp.Compare(k.time, o.time); c != 0 {
		return c
	}
	return bytes.Compare(k.id, o.id)
}

// sortKeys gives the keys of a batch's rows.
type sortKeys struct {
	lead *array.String // nil: ordered by time
	time *array.Timestamp
	id   *array.FixedSizeBinary
}

func keysOf(columns []arrow.Array, lead int) sortKeys {
	k := sortKeys{time: columns[atTime].(*array.Timestamp), id: columns[atID].(*array.FixedSizeBinary)}
	if lead >= 0 {
		k.lead = columns[lead].(*array.String)
	}
	return k
}

func (k *sortKeys) at(i int) sortKey {
	key := sortKey{time: int64(k.time.Value(i)), id: k.id.Value(i)}
	if k.lead != nil && k.lead.IsValid(i) {
		key.lead = k.lead.Value(i)
	}
	return key
}

// sorted is one batch with the rows of chunks in order.
func (s *tableSchema) sorted(chunks []arrow.RecordBatch) arrow.RecordBatch {
	lead, total := s.lead(), 0
	keys := make([]sortKeys, len(chunks))
	var places []address
	for c, chunk := range chunks {
		keys[c] = keysOf(chunk.Columns(), lead)
		total += int(chunk.NumRows())
		places = slices.Grow(places, int(chunk.NumRows()))
		for row := range int(chunk.NumRows()) {
			places = append(places, address{c, row})
		}
	}
	slices.SortFunc(places, func(a, b address) int { return keys[a.chunk].at(a.row).compare(keys[b.chunk].at(b.row)) })
	columns := make([]arrow.Array, s.arrow.NumFields())
	parts := make([]arrow.Array, len(chunks))
	for i := range columns {
		nulls := 0
		for c, chunk := range chunks {
			parts[c] = chunk.Column(i)
			nulls += parts[c].NullN()
		}
		if nulls == total {
			columns[i] = array.MakeArrayOfNull(memory.DefaultAllocator, s.arrow.Field(i).Type, total)
			continue
		}
		columns[i] = gather(parts, places)
	}
	return array.NewRecordBatch(s.arrow, columns, int64(total))
}

// address is where a row is: in which chunk, and where there.
type address struct{ chunk, row int }

// gather makes a column of the values at places.
func gather(parts []arrow.Array, places []address) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, parts[0].DataType())
	b.Reserve(len(places))
	switch b := b.(type) {
	case *array.StringBuilder:
		bytes := 0
		for _, p := range parts {
			bytes += len(p.(*array.String).ValueBytes())
		}
		b.ReserveData(bytes)
		pick[*array.String](b, parts, places)
	case *array.Int64Builder:
		pick[*array.Int64](b, parts, places)
	case *array.Int32Builder:
		pick[*array.Int32](b, parts, places)
	case *array.Float64Builder:
		pick[*array.Float64](b, parts, places)
	case *array.BooleanBuilder:
		pick[*array.Boolean](b, parts, places)
	case *array.TimestampBuilder:
		pick[*array.Timestamp](b, parts, places)
	case *array.FixedSizeBinaryBuilder:
		pick[*array.FixedSizeBinary](b, parts, places)
	}
	return b.NewArray()
}

// pick appends the values of type T at places to the column that is built.
func pick[A interface {
	arrow.Array
	Value(int) T
}, T any](b interface {
	Append(T)
	AppendNull()
}, parts []arrow.Array, places []address) {
	typed := make([]A, len(parts))
	for i, p := range parts {
		typed[i] = p.(A)
	}
	for _, p := range places {
		if from := typed[p.chunk]; from.IsNull(p.row) {
			b.AppendNull()
		} else {
			b.Append(from.Value(p.row))
		}
	}
}
