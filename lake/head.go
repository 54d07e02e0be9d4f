package lake

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/zeebo/xxh3"

	"penstock/record"
)

// part names rows that lie together: a table's rows of one day (UTC) of event time.
type part struct {
	table string
	day   string // 2006-01-02
}

// memTable is the part of the head that holds the rows of one part: in memory, and searchable.
type memTable struct {
	schema   *tableSchema
	builder  *array.RecordBuilder
	pending  int // rows in the builder
	room     int // rows for which it has memory
	chunks   []arrow.RecordBatch
	rows     int
	bytes    int
	min, max int64 // event time, microseconds
	tokens   tokenSet
	plain    []byte
	indexed  []uint64 // hashes of texts whose tokens are in tokens, each at its place modulo the length: texts repeat
}

// A builder gets memory for so many rows at once, and what it has then becomes a chunk: growing by and by, it would leave
// half of what it takes behind as garbage.
const (
	firstChunk = 64
	chunkRows  = 1024
)

// indexedTexts is how many texts a memTable remembers as indexed.
const indexedTexts = 8192

func newMemTable(s *tableSchema) *memTable {
	return &memTable{
		schema:  s,
		builder: array.NewRecordBuilder(memory.DefaultAllocator, s.arrow),
		indexed: make([]uint64, indexedTexts),
	}
}

// add appends a row.
func (m *memTable) add(r *row) {
	if m.pending == m.room {
		m.cut()
		m.reserve()
	}
	m.addOwn(r)
	for i := range r.values {
		m.addValue(i, &r.values[i])
	}
	if m.rows == 0 || r.time < m.min {
		m.min = r.time
	}
	if m.rows == 0 || r.time > m.max {
		m.max = r.time
	}
	m.rows++
	m.pending++
	m.bytes += len(r.raw)
}

func (m *memTable) addOwn(r *row) {
	b := m.builder
	b.Field(atID).(*array.FixedSizeBinaryBuilder).Append(r.id[:])
	b.Field(atTime).(*array.TimestampBuilder).Append(arrow.Timestamp(r.time))
	appendOptional(b.Field(atReceived), r.received)
	appendOptional(b.Field(atPublished), r.published)
	appendMoment(b.Field(atEnqueued), r.origin.Enqueued)
	appendMoment(b.Field(atRead), r.origin.Read)
	b.Field(atIntake).(*array.StringBuilder).Append(r.origin.Intake)
	b.Field(atHub).(*array.StringBuilder).Append(r.origin.Hub)
	b.Field(atPartition).(*array.StringBuilder).Append(r.origin.Partition)
	b.Field(atSequence).(*array.Int64Builder).Append(r.origin.Sequence)
	b.Field(atIndex).(*array.Int32Builder).Append(int32(r.origin.Index))
	appendText(b.Field(atMatches), []byte(r.origin.Matches))
	m.addLayout(r.layout)
	appendText(b.Field(atDigits), r.digits)
	appendText(b.Field(atExtra), r.extra)
	appendText(b.Field(atOriginal), r.original)
	m.tokens.add(idNeedle(r.id))
	if r.origin.Matches != "" {
		for id := range strings.SplitSeq(r.origin.Matches, ",") {
			m.tokens.add(ruleNeedle(strings.ToLower(id)))
		}
	}
	m.index(r.extra)
	if len(r.layout) == 0 {
		m.index(r.original)
	}
}

func (m *memTable) addLayout(layout []byte) {
	b := m.builder.Field(atLayout).(*array.BinaryDictionaryBuilder)
	if len(layout) == 0 {
		b.AppendNull()
	} else if err := b.Append(layout); err != nil {
		panic(err) // it has 2³¹ different ones
	}
}

// index adds the tokens of a text, and of what it stands for where it can be JSON with escapes: these stand between
// quotation marks.
func (m *memTable) index(text []byte) {
	if len(text) == 0 {
		return
	}
	h := xxh3.Hash(text)
	if m.indexed[h%indexedTexts] == h {
		return
	}
	m.indexed[h%indexedTexts] = h
	eachToken(text, m.tokens.add)
	if bytes.IndexByte(text, '\\') < 0 || bytes.IndexByte(text, '"') < 0 {
		return
	}
	m.plain = appendLenient(m.plain[:0], text)
	eachToken(m.plain, m.tokens.add)
}

// idNeedle is the id's own entry in the token index.
func idNeedle(id record.ID) uint32 { return binary.LittleEndian.Uint32(id[4:]) }

func appendOptional(b array.Builder, v value) {
	if !v.set {
		b.AppendNull()
		return
	}
	b.(*array.TimestampBuilder).Append(arrow.Timestamp(v.num))
}

func appendMoment(b array.Builder, t time.Time) {
	if t.IsZero() {
		b.AppendNull()
		return
	}
	b.(*array.TimestampBuilder).Append(arrow.Timestamp(t.UnixMicro()))
}

func appendText(b array.Builder, s []byte) {
	if len(s) == 0 {
		b.AppendNull()
		return
	}
	b.(*array.StringBuilder).BinaryBuilder.Append(s)
}

func (m *memTable) addValue(i int, v *value) {
	b := m.builder.Field(ownCount + i)
	if !v.set {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		b.BinaryBuilder.Append(v.text)
		m.index(v.text)
	case *array.Int64Builder:
		b.Append(v.num)
	case *array.Float64Builder:
		b.Append(v.real)
	case *array.BooleanBuilder:
		b.Append(v.num != 0)
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v.num))
	}
}

// cut makes what was added last searchable.
func (m *memTable) cut() {
	if m.pending > 0 {
		chunk := m.builder.NewRecordBatch()
		chunk.Column(atLayout).(*array.Dictionary).Dictionary() // it is made when it is asked for, which readers do at the same time
		m.chunks = append(m.chunks, chunk)
		m.pending, m.room = 0, 0
	}
}

// reserve gives the empty builder memory, for texts as much as the last chunk's rows needed.
func (m *memTable) reserve() {
	m.room = firstChunk
	if len(m.chunks) == 0 {
		m.builder.Reserve(m.room)
		return
	}
	last := m.chunks[len(m.chunks)-1]
	m.room = min(max(m.rows, firstChunk), chunkRows)
	m.builder.Reserve(m.room)
	for i, b := range m.builder.Fields() {
		if texts, ok := b.(*array.StringBuilder); ok {
			used := len(last.Column(i).(*array.String).ValueBytes())
			texts.ReserveData(used * m.room / int(last.NumRows()) * 9 / 8)
		}
	}
}

// rowAt reads the i-th row of a chunk back.
func rowAt(s *tableSchema, chunk arrow.RecordBatch, i int) *row {
	r := &row{schema: s, values: make([]value, len(s.columns))}
	copy(r.id[:], chunk.Column(atID).(*array.FixedSizeBinary).Value(i))
	r.time = int64(chunk.Column(atTime).(*array.Timestamp).Value(i))
	r.received = valueAt(chunk.Column(atReceived), i)
	r.published = valueAt(chunk.Column(atPublished), i)
	r.origin = Origin{
		Intake:    strings.Clone(chunk.Column(atIntake).(*array.String).Value(i)),
		Hub:       strings.Clone(chunk.Column(atHub).(*array.String).Value(i)),
		Partition: strings.Clone(chunk.Column(atPartition).(*array.String).Value(i)),
		Sequence:  chunk.Column(atSequence).(*array.Int64).Value(i),
		Index:     int(chunk.Column(atIndex).(*array.Int32).Value(i)),
		Enqueued:  momentOf(valueAt(chunk.Column(atEnqueued), i)),
		Read:      momentOf(valueAt(chunk.Column(atRead), i)),
		Matches:   string(valueAt(chunk.Column(atMatches), i).text),
	}
	r.layout = valueAt(chunk.Column(atLayout), i).text
	r.digits = valueAt(chunk.Column(atDigits), i).text
	r.extra = valueAt(chunk.Column(atExtra), i).text
	r.original = valueAt(chunk.Column(atOriginal), i).text
	for k := range s.columns {
		r.values[k] = valueAt(chunk.Column(ownCount+k), i)
	}
	return r
}

func momentOf(v value) time.Time {
	if !v.set {
		return time.Time{}
	}
	return time.UnixMicro(v.num).UTC()
}

func valueAt(column arrow.Array, i int) value {
	v := lent(column, i)
	v.text = bytes.Clone(v.text)
	return v
}

// lent is valueAt without a copy: the text is the column's.
func lent(column arrow.Array, i int) value {
	if column.IsNull(i) {
		return value{}
	}
	switch c := column.(type) {
	case *array.String:
		text := c.Value(i)
		return value{set: true, text: unsafe.Slice(unsafe.StringData(text), len(text))} // #nosec G103
	case *array.Dictionary:
		return lent(c.Dictionary(), c.GetValueIndex(i))
	case *array.Int64:
		return value{set: true, num: c.Value(i)}
	case *array.Int32:
		return value{set: true, num: int64(c.Value(i))}
	case *array.Float64:
		return value{set: true, real: c.Value(i)}
	case *array.Boolean:
		if c.Value(i) {
			return value{set: true, num: 1}
		}
		return value{set: true}
	case *array.Timestamp:
		return value{set: true, num: int64(c.Value(i))}
	}
	return value{}
}

// dayOf is the day (UTC) of a time in microseconds.
func dayOf(micros int64) string { return time.UnixMicro(micros).UTC().Format(time.DateOnly) }
