package hunt

import (
	"encoding/json"
	"time"

	"penstock/kql"
)

// Outline is what is known of a result before its first row.
type Outline struct {
	ID       string
	Columns  []kql.Column
	Render   *kql.Render // nil: as a table
	Notices  []Diagnostic
	Reads    []Read
	From, To time.Time // that bound every table; zero: the query says itself of which time it wants events
}

// Read is what is read for one mention of a table.
type Read struct {
	Table    string
	From, To *time.Time // nil: from the first, to the last
	Segments int        // files that are opened
	Skipped  int        // files that are passed over: of another time, or without a word that the query wants
	Rows     int64      // in the files that are opened, and in memory
	Bytes    int64      // of the files that are opened; of them the columns are read that the query needs
}

// Statistics are what a hunt took.
type Statistics struct {
	Rows     int64         // of the result
	Reads    []Read        // by mention of a table
	Waited   time.Duration // for its turn
	Compiled time.Duration // from text to SQL
	Elapsed  time.Duration // from its turn to the last row, compiling included
}

// Segments are how many files were opened and passed over, over all reads, with what they hold.
func (s *Statistics) Segments() (total Read) {
	for _, r := range s.Reads {
		total.Segments += r.Segments
		total.Skipped += r.Skipped
		total.Rows += r.Rows
		total.Bytes += r.Bytes
	}
	return total
}

// Cut is why a result has fewer rows than there are.
type Cut string

// The reasons.
const (
	Whole      Cut = ""
	CutByRows  Cut = "rows"
	CutByBytes Cut = "bytes"
)

// Summary is what is known of a result after its last row.
type Summary struct {
	Cut Cut
	Statistics
}

// Sink takes a result: first its outline, then row by row. A row is the sink's only until Row returns. An error ends the
// hunt.
type Sink interface {
	Begin(o *Outline) error
	Row(values []any) error
}

// maxResultBytes bounds what a result holds.
const maxResultBytes = 64 << 20

// size is about how much a value takes.
func size(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case json.RawMessage:
		return len(v)
	}
	return 8
}
