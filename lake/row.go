package lake

import (
	"bytes"
	"strconv"
	"time"
	"unsafe"

	"penstock/format"
	"penstock/record"
)

// Origin is where a record came from and when.
type Origin struct {
	Intake, Hub, Partition string
	Sequence               int64
	Index                  int
	Enqueued, Read         time.Time
	Matches                string // ids of the rules that matched, with commas between
}

// value is one column of a row.
type value struct {
	set  bool
	text []byte // of text and JSON columns
	num  int64  // integers, times in microseconds, booleans
	real float64
}

// row is a record taken apart into its table's columns. It is used again for the next record.
type row struct {
	schema    *tableSchema
	id        record.ID
	origin    Origin
	time      int64
	published value
	received  value
	values    []value
	layout    []byte
	digits    []byte
	extra     []byte
	original  []byte // nil: the record can be rebuilt
	text      []byte // holds what texts and raw values point into
	raw       []byte
	style     style
	guess     []int // per column of the schema the one that followed it last in a record
	guesses   map[*tableSchema][]int
	at        int // the column that was taken last
}

// shred takes rec apart. Where the record cannot be rebuilt byte for byte from its columns, it is kept itself as well.
func (r *row) shred(schema *tableSchema, rec *record.Record, origin Origin, keepOriginal bool) {
	r.schema, r.id, r.origin, r.raw = schema, rec.ID, origin, rec.Raw
	if cap(r.values) < len(schema.columns) {
		r.values = make([]value, len(schema.columns))
	}
	r.values = r.values[:len(schema.columns)]
	if r.guess = r.guesses[schema]; r.guess == nil {
		if r.guesses == nil {
			r.guesses = map[*tableSchema][]int{}
		}
		r.guess = make([]int, len(schema.columns)+1)
		r.guesses[schema] = r.guess
	}
	exact := false
	for _, r.style = range styles {
		if r.takeApart(rec) {
			exact = r.rebuildsTo(rec.Raw)
			break
		}
	}
	r.original = nil
	if !exact {
		r.layout, r.digits = r.layout[:0], r.digits[:0]
		r.extra = append(r.extra[:0], everythingExtra...)
	}
	if !exact || keepOriginal {
		r.original = rec.Raw
	}
	var timestamp []byte
	for i := len(rec.Columns) - 1; i >= 0; i-- {
		if m := &rec.Columns[i]; m.Kind == record.String && string(m.Key) == "Timestamp" {
			timestamp = m.Text()
			break
		}
	}
	at, _ := format.TimeOf(timestamp, rec.Time(), origin.Read)
	r.time = at.UnixMicro()
}

// everythingExtra stands in penstock_extra where the columns do not tell what the record says.
const everythingExtra = "*"

// takeApart fills the columns and the layout. It is false when a text does not come out in the style that is tried;
// with the last style such a value goes to the extras instead.
func (r *row) takeApart(rec *record.Record) bool {
	r.text, r.digits = r.text[:0], r.digits[:0]
	r.layout = append(r.layout[:0], byte(r.style))
	r.extra = append(r.extra[:0], '{')
	r.published, r.received = value{}, value{}
	clear(r.values)
	r.at = len(r.schema.columns)
	copied := 0                 // of rec.Raw into the layout
	upTo := func(part []byte) { // everything before part goes into the layout as it is
		start := offset(rec.Raw, part)
		r.layout = append(r.layout, rec.Raw[copied:start]...)
		copied = start + len(part)
	}
	for i := range rec.Envelope {
		m := &rec.Envelope[i]
		switch {
		case rec.Properties != nil && len(m.Value) > 0 && &m.Value[0] == &rec.Properties[0]:
			for k := range rec.Columns {
				column := &rec.Columns[k]
				upTo(column.Value)
				if !r.takeColumn(column) {
					return false
				}
			}
		case m.Kind == record.String && string(m.Key) == "time":
			upTo(m.Value)
			r.takeClock(m, &r.published, markEnvTime)
		case m.Kind == record.String && string(m.Key) == "_TimeReceivedBySvc":
			upTo(m.Value)
			r.takeClock(m, &r.received, markEnvRecv)
		case !knownEnvelope(m.Key):
			upTo(m.Value)
			r.keepExtra("record.", m)
		}
	}
	r.layout = append(r.layout, rec.Raw[copied:]...)
	if len(r.extra) == 1 {
		r.extra = r.extra[:0]
	} else {
		r.extra = append(r.extra, '}')
	}
	return true
}

// offset is where part begins within whole, of which it is a piece and not empty. The parser gives the pieces; asking
// their addresses spares every record a second search for them.
func offset(whole, part []byte) int {
	return int(uintptr(unsafe.Pointer(unsafe.SliceData(part))) - uintptr(unsafe.Pointer(unsafe.SliceData(whole)))) // #nosec G103
}

func (r *row) takeClock(m *record.Member, v *value, mark byte) {
	micros, digit, ok := splitTime(m.Text())
	if !ok || v.set {
		r.takeExtra(m)
		return
	}
	*v = value{set: true, num: micros}
	r.digits = append(r.digits, digit)
	r.layout = append(r.layout, mark)
}

// knownEnvelope tells whether a key beside properties is one that records usually have, with few values: such values stay
// in the layout.
func knownEnvelope(key []byte) bool {
	switch string(key) {
	case "tenantId", "operationName", "category", "Tenant", "properties":
		return true
	}
	return false
}

// takeExtra keeps a column's member as it is.
func (r *row) takeExtra(m *record.Member) { r.keepExtra("", m) }

func (r *row) keepExtra(prefix string, m *record.Member) {
	if len(r.extra) > 1 {
		r.extra = append(r.extra, ',')
	}
	r.extra = append(r.extra, '"')
	r.extra = append(r.extra, prefix...)
	r.extra = append(r.extra, m.Key...)
	r.extra = append(r.extra, '"', ':')
	r.extra = append(r.extra, m.Value...)
	r.layout = append(r.layout, markExtra)
}

func (r *row) takeColumn(m *record.Member) bool {
	i, known := r.find(m.Key)
	if !known || m.KeyEscaped || r.values[i].set {
		r.takeExtra(m)
		return true
	}
	v := &r.values[i]
	typ := r.schema.columns[i].Type
	if m.Kind == record.Null {
		r.layout = append(r.layout, nullMark(typ))
		return true
	}
	switch typ {
	case format.String, format.Dynamic:
		return r.takeText(m, v)
	case format.Int, format.Long:
		r.takeInteger(m, v)
	case format.Real:
		r.takeReal(m, v)
	case format.Bool:
		r.takeBool(m, v)
	case format.DateTime:
		r.takeTime(m, v)
	}
	return true
}

// nullMark is the marker for a null, the same that the column's values usually have, so that nulls make no layouts.
func nullMark(t format.ColumnType) byte {
	switch t {
	case format.Int, format.Long:
		return markNumber
	case format.Real:
		return markReal
	case format.Bool:
		return markBool
	case format.DateTime:
		return markTime
	case format.Dynamic:
		return markJSON
	default:
		return markText
	}
}

func (r *row) takeText(m *record.Member, v *value) bool {
	if m.Kind != record.String {
		v.set, v.text = true, m.Value
		r.layout = append(r.layout, markJSON)
		return true
	}
	inside := m.Text()
	if !m.Escaped {
		if r.style != plainStyle && !sameEscaped(inside, r.style) {
			return r.giveUp(m, v, inside)
		}
		v.set, v.text = true, inside
		r.layout = append(r.layout, markText)
		return true
	}
	start := len(r.text)
	text, ok := appendUnescaped(r.text, inside)
	r.text = text
	if !ok {
		r.text = r.text[:start]
		v.set, v.text = true, inside
		r.takeExtra(m)
		return true
	}
	plain := r.text[start:]
	end := len(r.text)
	r.text = appendEscaped(r.text, plain, r.style)
	same := bytes.Equal(r.text[end:], inside)
	r.text = r.text[:end]
	if !same {
		return r.giveUp(m, v, plain)
	}
	v.set, v.text = true, plain
	r.layout = append(r.layout, markText)
	return true
}

// sameEscaped tells whether a text without escapes stays as it is in the style.
func sameEscaped(s []byte, st style) bool {
	plain := st.plain()
	for _, c := range s {
		if !plain[c] {
			return false
		}
	}
	return true
}

// giveUp is what happens to a text that this style would write otherwise: another style is tried, and after the last
// one the value is kept as it came beside its text.
func (r *row) giveUp(m *record.Member, v *value, plain []byte) bool {
	if r.style != styles[len(styles)-1] {
		return false
	}
	v.set, v.text = true, plain
	r.takeExtra(m)
	return true
}

func (r *row) takeInteger(m *record.Member, v *value) {
	n, err := strconv.ParseInt(string(m.Text()), 10, 64)
	if err != nil {
		r.takeExtra(m)
		return
	}
	*v = value{set: true, num: n}
	if m.Kind != record.Number || !bytes.Equal(strconv.AppendInt(nil, n, 10), m.Value) {
		r.takeExtra(m)
		return
	}
	r.layout = append(r.layout, markNumber)
}

func (r *row) takeReal(m *record.Member, v *value) {
	f, err := strconv.ParseFloat(string(m.Text()), 64)
	if err != nil {
		r.takeExtra(m)
		return
	}
	*v = value{set: true, real: f}
	if m.Kind != record.Number || !bytes.Equal(appendReal(nil, f), m.Value) {
		r.takeExtra(m)
		return
	}
	r.layout = append(r.layout, markReal)
}

func appendReal(dst []byte, f float64) []byte { return strconv.AppendFloat(dst, f, 'f', -1, 64) }

func (r *row) takeBool(m *record.Member, v *value) {
	switch text := m.Text(); {
	case bytes.EqualFold(text, []byte("true")), string(text) == "1":
		*v = value{set: true, num: 1}
	case bytes.EqualFold(text, []byte("false")), string(text) == "0":
		*v = value{set: true}
	}
	if m.Kind != record.True && m.Kind != record.False {
		r.takeExtra(m)
		return
	}
	r.layout = append(r.layout, markBool)
}

func (r *row) takeTime(m *record.Member, v *value) {
	micros, digit, ok := splitTime(m.Text())
	if m.Kind == record.String && ok {
		*v = value{set: true, num: micros}
		r.digits = append(r.digits, digit)
		r.layout = append(r.layout, markTime)
		return
	}
	if at, source := format.TimeOf(m.Text(), nil, time.Time{}); source == format.FromTimestamp {
		*v = value{set: true, num: at.UnixMicro()}
	}
	r.takeExtra(m)
}

// find looks a column up: first where it was in the record before, since a table's records mostly have their columns in
// the same order.
func (r *row) find(key []byte) (int, bool) {
	if i := r.guess[r.at]; i < len(r.values) && r.schema.columns[i].Name == string(key) {
		r.at = i
		return i, true
	}
	i, known := r.schema.find(key)
	if known {
		r.guess[r.at], r.at = i, i
	}
	return i, known
}

// find looks a column up without regard to case.
func (s *tableSchema) find(key []byte) (int, bool) {
	var lower [64]byte
	if len(key) > len(lower) {
		return 0, false
	}
	for i, c := range key {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		lower[i] = c
	}
	i, ok := s.index[string(lower[:len(key)])]
	return i, ok
}
