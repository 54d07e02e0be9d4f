package search

import (
	"encoding/json"
	"time"

	"penstock/format"
	"penstock/record"
)

// Request asks for events of a time range, newest first: From is in it, To is not.
type Request struct {
	Query    *Query
	From, To time.Time
	Limit    int    // of a page; 100 if 0
	After    string // Next of the page before
}

// Hit is one event that was found.
type Hit struct {
	ID       string
	Table    string
	Time     time.Time
	Document json.RawMessage // ECS with penstock.*, without message
	Sentence format.Sentence // what it is, in one line
	Record   []byte          // as it came
}

// Reference names an event that was found before, with where to look for it.
type Reference struct {
	ID    record.ID
	Table string
	Time  time.Time // when it happened, to the second at least
}

// Page is a part of what was found.
type Page struct {
	Hits     []Hit
	Next     string   // empty on the last page
	Warnings []string // what was left out
}

// HistogramRequest asks how many events there are per interval, and per value of a field.
type HistogramRequest struct {
	Query    *Query
	From, To time.Time
	Interval time.Duration
	SplitBy  string // a field; empty: no split
	Limit    int    // values counted apart, the most frequent ones; the others are counted as Others
}

// Others and Missing name the events of a histogram that have another value than those counted apart, or none.
const (
	Others  = "(other)"
	Missing = "(none)"
)

// Histogram counts events over time. Buckets are in order, empty ones included.
type Histogram struct {
	Interval time.Duration
	Buckets  []Bucket
}

// Bucket is one bar.
type Bucket struct {
	Start time.Time
	Count int64
	Split map[string]int64
}

// TopRequest asks for the most frequent values of a field.
type TopRequest struct {
	Query    *Query
	From, To time.Time
	Field    string
	Limit    int // 10 if 0
}

// Top is the most frequent values of a field. Of a list each value counts.
type Top struct {
	Values                []ValueCount
	Other, Missing, Total int64 // events with other values only, without the field, and all
}

// ValueCount is a value and how many events have it.
type ValueCount struct {
	Value string
	Count int64
}
