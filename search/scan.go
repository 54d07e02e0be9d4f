package search

import (
	"time"

	"penstock/ecs"
	"penstock/record"
)

// ScanRequest asks for all stored events of a time range, in whatever order and as fast as they can be read: From is in
// it, To is not.
type ScanRequest struct {
	Query     *Query
	From, To  time.Time
	Tables    []string // in any case; nil: all of them
	Normalise bool     // visitors are to have the event, not only the record
	Workers   int      // that read at the same time; 0: as many as queries may use
	// Progress is told how many rows have been looked at, of how many there were when the scan began. Calls come one
	// after the other; nil: nobody wants to know.
	Progress func(done, total int64)
}

// Scanned is one event of a scan. What it points at holds until the visitor returns.
type Scanned struct {
	Record *record.Record // byte for byte as it came
	Event  *ecs.Event     // what the mapping makes of the record, as the intake saw it; nil unless ScanRequest.Normalise
	Time   time.Time      // when it happened
	Read   time.Time      // when Penstock had it
	Intake string
	Rules  string // ids of the rules that matched when it arrived, with commas between
}

// Visitor is what one worker of a scan does with events; it is called by that worker alone. An error ends the scan.
type Visitor func(*Scanned) error

// ScanSummary is what a scan came to.
type ScanSummary struct {
	Events     int64 // that were visited
	Unreadable int64 // rows that could not be read back, because their segment is damaged
}
