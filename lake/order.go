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

// keysOf makes keys of the columns that are in them; lead is nil for a table that is ordered by time.
func keysOf(lead, time, id arrow.Array) sortKeys {
	k := sortKeys{time: time.(*array.Timestamp), id: id.(*array.FixedSizeBinary)}
	if lead != nil {
		k.lead = lead.(*array.String)
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

// inOrder gives the addresses of the rows of parts in order, each record once: of equal ones the one
// of the first part.
func inOrder(parts []sortKeys) []address {
	total := 0
	for _, keys := range parts {
		total += keys.id.Len()
	}
	rows := make([]address, 0, total)
	for part, keys := range parts {
		for row := range keys.id.Len() {
			rows = append(rows, address{int32(part), int32(row)})
		}
	}
	at := func(a address) sortKey { return parts[a.part].at(int(a.row)) }
	slices.SortFunc(rows, func(a, b address) int { return cmp.Or(at(a).compare(at(b)), cmp.Compare(a.part, b.part)) })
	return slices.CompactFunc(rows, func(a, b address) bool { return bytes.Equal(at(a).id, at(b).id) })
}

// address is where a row is: in which part, and where there.
type address struct{ part, row int32 }

// gather makes a column of the values at places.
func gather(parts []arrow.Array, places []address) arrow.Array {
	nulls, length := 0, 0
	for _, p := range parts {
		nulls, length = nulls+p.NullN(), length+p.Len()
	}
	if nulls == length {
		return array.MakeArrayOfNull(memory.DefaultAllocator, parts[0].DataType(), len(places))
	}
	if _, ok := parts[0].(*array.Dictionary); ok {
		return gatherRepeated(parts, places)
	}
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

// gatherRepeated gathers texts of which there are few, with one dictionary for all.
func gatherRepeated(parts []arrow.Array, places []address) arrow.Array {
	texts := array.NewStringBuilder(memory.DefaultAllocator)
	number := map[string]int{}
	numbers := make([][]int, len(parts)) // per part and number there, the number here
	for i, p := range parts {
		own := p.(*array.Dictionary).Dictionary().(*array.String)
		numbers[i] = make([]int, own.Len())
		for k := range own.Len() {
			n, ok := number[own.Value(k)]
			if !ok {
				n = len(number)
				number[own.Value(k)] = n
				texts.Append(own.Value(k))
			}
			numbers[i][k] = n
		}
	}
	indices := array.NewInt32Builder(memory.DefaultAllocator)
	indices.Reserve(len(places))
	for _, p := range places {
		if from := parts[p.part].(*array.Dictionary); from.IsNull(int(p.row)) {
			indices.AppendNull()
		} else {
			indices.Append(int32(numbers[p.part][from.GetValueIndex(int(p.row))]))
		}
	}
	return array.NewDictionaryArray(repeated, indices.NewArray(), texts.NewArray())
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
		if from := typed[p.part]; from.IsNull(int(p.row)) {
			b.AppendNull()
		} else {
			b.Append(from.Value(int(p.row)))
		}
	}
}

// repeats tells whether a column has values more than once, going by some of them.
func repeats(parts []arrow.Array) bool {
	switch parts[0].(type) {
	case *array.Dictionary:
		return true
	case *array.String:
		return again[*array.String](parts)
	case *array.Int64:
		return again[*array.Int64](parts)
	case *array.Int32:
		return again[*array.Int32](parts)
	case *array.Timestamp:
		return again[*array.Timestamp](parts)
	}
	return false
}

// again tells whether of some 512 values more than one in ten has been there before.
func again[A interface {
	arrow.Array
	Value(int) T
}, T comparable](parts []arrow.Array) bool {
	length := 0
	for _, p := range parts {
		length += p.Len()
	}
	step := max(length/512, 1)
	values, seen := 0, map[T]struct{}{}
	for _, p := range parts {
		for i := 0; i < p.Len(); i += step {
			if p.IsValid(i) {
				values++
				seen[p.(A).Value(i)] = struct{}{}
			}
		}
	}
	return len(seen)*10 <= values*9
}
