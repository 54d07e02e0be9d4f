package lake

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/zeebo/xxh3"

	"penstock/format"
)

// Columns that Penstock adds to each table. Those of the record's envelope are here too: their names cannot collide
// with a table's, for those begin with a capital letter.
const (
	colID        = "penstock_id"        // 16 bytes
	colTime      = "penstock_time"      // when it happened
	colReceived  = "penstock_received"  // _TimeReceivedBySvc: Microsoft's service had it
	colPublished = "penstock_published" // time: the service streamed it
	colEnqueued  = "penstock_enqueued"  // the hub had it
	colRead      = "penstock_read"      // Penstock had it
	colIntake    = "penstock_intake"
	colHub       = "penstock_hub"
	colPartition = "penstock_partition"
	colSequence  = "penstock_sequence"
	colIndex     = "penstock_index"    // place in its message
	colMatches   = "penstock_matches"  // ids of rules, with commas between
	colLayout    = "penstock_layout"   // how the record was written: see layout.go
	colDigits    = "penstock_digits"   // what the times lose: see layout.go
	colExtra     = "penstock_extra"    // JSON object: what has no column, or does not fit its column; * where the columns do not tell at all
	colOriginal  = "penstock_original" // the record as it came, where it cannot be rebuilt or all are to be kept
)

// tableSchema is how the rows of one table lie in memory and in Parquet.
type tableSchema struct {
	name    string
	columns []format.Column // the table's own
	index   map[string]int  // by name in lower case
	arrow   *arrow.Schema
	shape   uint64 // of arrow
}

// repeated is text of which there are few: it is in memory once.
var repeated = &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int32, ValueType: arrow.BinaryTypes.String}

// ownColumns come first in every table, in this order.
var ownColumns = []arrow.Field{
	{Name: colID, Type: &arrow.FixedSizeBinaryType{ByteWidth: 16}},
	{Name: colTime, Type: arrow.FixedWidthTypes.Timestamp_us},
	{Name: colReceived, Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true},
	{Name: colPublished, Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true},
	{Name: colEnqueued, Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true},
	{Name: colRead, Type: arrow.FixedWidthTypes.Timestamp_us, Nullable: true},
	{Name: colIntake, Type: arrow.BinaryTypes.String},
	{Name: colHub, Type: arrow.BinaryTypes.String},
	{Name: colPartition, Type: arrow.BinaryTypes.String},
	{Name: colSequence, Type: arrow.PrimitiveTypes.Int64},
	{Name: colIndex, Type: arrow.PrimitiveTypes.Int32},
	{Name: colMatches, Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: colLayout, Type: repeated, Nullable: true},
	{Name: colDigits, Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: colExtra, Type: arrow.BinaryTypes.String, Nullable: true},
	{Name: colOriginal, Type: arrow.BinaryTypes.String, Nullable: true},
}

// Places of the own columns in ownColumns.
const (
	atID = iota
	atTime
	atReceived
	atPublished
	atEnqueued
	atRead
	atIntake
	atHub
	atPartition
	atSequence
	atIndex
	atMatches
	atLayout
	atDigits
	atExtra
	atOriginal
	ownCount
)

func newTableSchema(table *format.Table) *tableSchema {
	s := &tableSchema{name: table.Name, index: make(map[string]int, len(table.Columns))}
	fields := append([]arrow.Field(nil), ownColumns...)
	for _, c := range table.Columns {
		lower := strings.ToLower(c.Name)
		if _, twice := s.index[lower]; twice {
			continue // the documentation has both LogonId and LogonID; names differ by case nowhere else
		}
		s.index[lower] = len(s.columns)
		s.columns = append(s.columns, c)
		fields = append(fields, arrow.Field{Name: c.Name, Type: arrowType(c.Type), Nullable: true})
	}
	s.arrow = arrow.NewSchema(fields, nil)
	s.shape = shapeOf(s.arrow)
	return s
}

// shapeOf is a hash of the names and types of columns, by which segments of the same columns are known. It is never 0.
func shapeOf(s *arrow.Schema) uint64 {
	var text strings.Builder
	for _, f := range s.Fields() {
		fmt.Fprintf(&text, "%s %s\n", f.Name, f.Type)
	}
	return xxh3.HashString(text.String()) | 1
}

func arrowType(t format.ColumnType) arrow.DataType {
	switch t {
	case format.Int, format.Long:
		return arrow.PrimitiveTypes.Int64
	case format.Real:
		return arrow.PrimitiveTypes.Float64
	case format.Bool:
		return arrow.FixedWidthTypes.Boolean
	case format.DateTime:
		return arrow.FixedWidthTypes.Timestamp_us
	default:
		return arrow.BinaryTypes.String
	}
}

// sqlType is the type that a column of the schema has in DuckDB.
func sqlType(t arrow.DataType) string {
	switch t.ID() {
	case arrow.INT32:
		return "INTEGER"
	case arrow.INT64:
		return "BIGINT"
	case arrow.FLOAT64:
		return "DOUBLE"
	case arrow.BOOL:
		return "BOOLEAN"
	case arrow.TIMESTAMP:
		return "TIMESTAMPTZ"
	case arrow.FIXED_SIZE_BINARY:
		return "BLOB"
	default:
		return "VARCHAR"
	}
}

// folder is a table's name as a folder may be called: what is no letter, digit, dash or underscore is written as %XX.
func folder(table string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(table) {
		c := table[i]
		if c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
