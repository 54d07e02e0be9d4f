package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// ErrNotFound is what a backend returns, wrapped or bare, when nothing has the wanted id.
var ErrNotFound = errors.New("not found")

// QueryError is what a backend returns when the caller's query cannot be understood or cannot be answered as asked:
// it is the caller's to mend, and Column (from 1, in characters; 0 when no place is to blame) says where.
type QueryError struct {
	Column  int
	Message string
	Hint    string
}

func (e *QueryError) Error() string {
	if e.Column == 0 {
		return e.Message
	}
	return fmt.Sprintf("column %d: %s", e.Column, e.Message)
}

// Backends are the rooms that the API speaks for. A nil one answers 503.
type Backends struct {
	Events     Events
	Intakes    Intakes
	Ledger     Ledger
	Quarantine Quarantine
	Lake       Lake

	Alerts        Alerts
	Assets        Assets
	Rules         Rules
	Exceptions    Exceptions
	Packs         Packs
	Coverage      Coverage
	Explain       Explainer
	Investigator  Investigator
	Drift         Drift
	Vocabulary    Vocabulary
	Jobs          Jobs
	Notifications Notifications
	Saved         SavedQueries
	Exports       Exports
	Retention     Retention
	Hunts         Hunts
	HuntSchedules HuntSchedules
	Azure         Azure
	Doctor        Doctor

	// Ready says why the process is not ready to work, nil when it is.
	Ready func(context.Context) error
}

// Events finds what is stored. Its methods return a *QueryError for a query that is not understood and obey the
// deadline of the context.
type Events interface {
	Check(query string) error
	Search(ctx context.Context, s Selection, limit int, after string) (*EventPage, error)
	Count(ctx context.Context, s Selection) (int64, error)
	// Histogram counts per interval, and within it per value of splitBy unless that is empty: its most frequent values
	// up to limit, the others together.
	Histogram(ctx context.Context, s Selection, interval time.Duration, splitBy string, limit int) (*Histogram, error)
	Top(ctx context.Context, s Selection, field string, limit int) (*TopValues, error)
	// Event returns ErrNotFound for an id that is not stored.
	Event(ctx context.Context, id string) (*StoredEvent, error)
	// Tail sends each event that matches, as it becomes searchable, until the context ends or send fails.
	Tail(ctx context.Context, query string, send func(Event) error) error
	Fields() []Field
}

// Ledger tells what became of everything that was read.
type Ledger interface {
	Report(ctx context.Context, from, to time.Time) (*LedgerReport, error)
	// Incidents that were open at any moment of the time range, newest first.
	Incidents(ctx context.Context, from, to time.Time) ([]Incident, error)
	// Acknowledge ends an open incident; ErrNotFound where it is none.
	Acknowledge(ctx context.Context, id string) error
	Clocks(ctx context.Context) ([]ClockPercentiles, error)
}

// Quarantine holds whole what could not be decoded. Its methods return ErrNotFound for an id that is not kept.
type Quarantine interface {
	// List gives a page of what is kept for a reason and came by an intake; empty: for any, by any.
	List(ctx context.Context, reason, intake string, limit int, after string) (*QuarantinePage, error)
	Show(ctx context.Context, id string) (*QuarantinedBody, error)
	// Replay puts the item through intake again; it leaves the quarantine when it is understood now.
	Replay(ctx context.Context, id string) (*Replayed, error)
	Drop(ctx context.Context, id string) error
}

// Lake tells what is stored.
type Lake interface {
	Stats(ctx context.Context) (*LakeStats, error)
}

// Selection is a query over a time range: From is in it, To is not.
type Selection struct {
	Query    string
	From, To time.Time
}

// Event is one event as lists show it.
type Event struct {
	ID       string          `json:"id" doc:"Identity of the event: 32 hexadecimal digits, the same for ever" example:"0af7651916cd43dd8448eb211c80319c"`
	Table    string          `json:"table" doc:"Advanced hunting table" example:"DeviceProcessEvents"`
	Time     time.Time       `json:"time" doc:"When it happened (@timestamp)"`
	Document json.RawMessage `json:"document" doc:"The ECS document, without message"`
	Sentence Sentence        `json:"sentence"`
}

// EventPage is one page of a search, newest first.
type EventPage struct {
	Events   List[Event]  `json:"events"`
	Next     string       `json:"next,omitempty" doc:"Pass as after to get the following page; absent on the last"`
	Warnings List[string] `json:"warnings" doc:"What was left out, for example a segment set aside as damaged"`
}

// Histogram counts events over time.
type Histogram struct {
	IntervalSeconds float64      `json:"intervalSeconds" doc:"Width of a bucket"`
	Buckets         List[Bucket] `json:"buckets" doc:"In order of time, empty ones included"`
}

// Bucket is one bar of a histogram.
type Bucket struct {
	Start time.Time        `json:"start"`
	Count int64            `json:"count"`
	Split map[string]int64 `json:"split,omitempty" doc:"Counts per value of the split field"`
}

// TopValues are the most frequent values of a field.
type TopValues struct {
	Field   string           `json:"field"`
	Values  List[ValueCount] `json:"values" doc:"Most frequent first"`
	Other   int64            `json:"other" doc:"Events with a value that is not listed"`
	Missing int64            `json:"missing" doc:"Events without the field"`
	Total   int64            `json:"total" doc:"Events that match"`
}

// ValueCount is one value and how many events have it.
type ValueCount struct {
	Value string `json:"value"`
	Count int64  `json:"count"`
}

// StoredEvent is one event with everything known of it.
type StoredEvent struct {
	ID        string          `json:"id"`
	Table     string          `json:"table"`
	Intake    string          `json:"intake"`
	Time      time.Time       `json:"time"`
	Document  json.RawMessage `json:"document" doc:"The ECS document"`
	Sentence  Sentence        `json:"sentence"`
	Record    string          `json:"record" doc:"The record as it came, byte for byte"`
	Hub       string          `json:"hub,omitempty"`
	Partition string          `json:"partition,omitempty"`
	Sequence  int64           `json:"sequence" doc:"Sequence number of the message in its partition"`
	Index     int             `json:"index" doc:"Place of the record in its message, from 0"`
	Clocks    Clocks          `json:"clocks"`
	// What detection made of it. The backend gives the ids of the rules, the server adds the rest.
	Rules  List[MatchedRule]  `json:"rules" doc:"That it matched when it came"`
	Alerts List[AlertOfEvent] `json:"alerts" doc:"That refer to it"`
}

// Clocks are the moments of an event's way, each absent when it is not known.
type Clocks struct {
	Event      *time.Time `json:"event,omitempty" doc:"It happened"`
	Received   *time.Time `json:"received,omitempty" doc:"Microsoft's service received it"`
	Published  *time.Time `json:"published,omitempty" doc:"The service streamed it"`
	Enqueued   *time.Time `json:"enqueued,omitempty" doc:"The hub had it"`
	Read       *time.Time `json:"read,omitempty" doc:"Penstock read it"`
	Searchable *time.Time `json:"searchable,omitempty" doc:"A search could find it"`
}

// Field is one entry of the dictionary of fields.
type Field struct {
	Name        string `json:"name" example:"process.command_line"`
	Type        string `json:"type" doc:"ECS type: keyword, long, boolean, ip, date, …" example:"keyword"`
	Array       bool   `json:"array" doc:"May have several values"`
	Description string `json:"description,omitempty"`
}

// LedgerReport answers whether anything was lost.
type LedgerReport struct {
	From       time.Time             `json:"from"`
	To         time.Time             `json:"to"`
	Complete   bool                  `json:"complete" doc:"No gap, and the sums agree"`
	Balanced   bool                  `json:"balanced" doc:"Records read = kept + repeated + quarantined + filtered, in every partition"`
	Messages   int64                 `json:"messages"`
	Counts     Counts                `json:"counts"`
	Stored     *int64                `json:"stored,omitempty" doc:"Of the kept records, those that a search finds; the others become searchable in a moment, or retention has deleted them. Absent where the lake could not tell in time"`
	Partitions List[LedgerPartition] `json:"partitions"`
}

// LedgerPartition is the account of one partition.
type LedgerPartition struct {
	Intake    string         `json:"intake"`
	Hub       string         `json:"hub"`
	Partition string         `json:"partition"`
	Intervals List[Interval] `json:"intervals" doc:"Sequence numbers that were read, both ends included"`
	Gaps      List[Gap]      `json:"gaps"`
	Messages  int64          `json:"messages"`
	Counts    Counts         `json:"counts"`
}

// Interval is a range of sequence numbers, both ends included.
type Interval struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

// Gap is a range of sequence numbers that was never read.
type Gap struct {
	First    int64      `json:"first"`
	Last     int64      `json:"last" doc:"The same as first where the end is not known"`
	Open     bool       `json:"open" doc:"The end is not known"`
	Cause    string     `json:"cause" example:"expired"`
	Detail   string     `json:"detail,omitempty"`
	Detected *time.Time `json:"detected,omitempty"`
}

// Incident is something that an operator should know about the delivery.
type Incident struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind" example:"gap"`
	Intake    string     `json:"intake"`
	Hub       string     `json:"hub,omitempty"`
	Partition string     `json:"partition,omitempty"`
	Message   string     `json:"message" doc:"What happened, and what to do about it"`
	First     *int64     `json:"first,omitempty" doc:"First sequence number concerned"`
	Last      *int64     `json:"last,omitempty" doc:"Last sequence number concerned"`
	Opened    time.Time  `json:"opened"`
	Closed    *time.Time `json:"closed,omitempty" doc:"Absent while it lasts"`
}

// ClockPercentiles is how long one stage takes for one table.
type ClockPercentiles struct {
	Table string  `json:"table"`
	Stage string  `json:"stage" doc:"Between which two clocks" example:"enqueued_searchable"`
	Count int64   `json:"count"`
	P50   float64 `json:"p50" doc:"Seconds"`
	P95   float64 `json:"p95" doc:"Seconds"`
	P99   float64 `json:"p99" doc:"Seconds"`
	Max   float64 `json:"max" doc:"Seconds"`
}

// QuarantinePage is one page of what is in quarantine, newest first.
type QuarantinePage struct {
	Items   List[QuarantineItem] `json:"items"`
	Next    string               `json:"next,omitempty" doc:"Pass as after to get the following page; absent on the last"`
	Reasons List[ReasonCount]    `json:"reasons" doc:"How many are kept per reason, over all pages"`
}

// QuarantineItem is one thing in quarantine.
type QuarantineItem struct {
	ID        string    `json:"id"`
	Time      time.Time `json:"time" doc:"When it was read"`
	Reason    string    `json:"reason" example:"not_json"`
	Detail    string    `json:"detail,omitempty"`
	Intake    string    `json:"intake"`
	Hub       string    `json:"hub,omitempty"`
	Partition string    `json:"partition,omitempty"`
	Sequence  int64     `json:"sequence"`
	Index     int       `json:"index" doc:"Place of the record in its message, from 0; -1: the whole message"`
	Size      int64     `json:"size" doc:"Bytes"`
}

// ReasonCount is how many items are kept for a reason.
type ReasonCount struct {
	Reason string `json:"reason"`
	Count  int64  `json:"count"`
}

// QuarantinedBody is an item with its bytes.
type QuarantinedBody struct {
	QuarantineItem
	Body []byte `json:"body" doc:"The bytes, base64"`
}

// Replayed is what came of putting an item through intake again.
type Replayed struct {
	Kept        int64 `json:"kept" doc:"Records that became events"`
	Repeated    int64 `json:"repeated" doc:"Records that were there already"`
	Quarantined int64 `json:"quarantined" doc:"Records that are still not understood, and stay"`
}

// LakeStats is what is stored.
type LakeStats struct {
	Events     int64           `json:"events"`
	HeadEvents int64           `json:"headEvents" doc:"Of these in memory, backed by the journal"`
	Segments   int64           `json:"segments"`
	Bytes      int64           `json:"bytes" doc:"On disk, indexes included"`
	Behind     float64         `json:"behindSeconds" doc:"How long ago that was read which becomes searchable now; 0 while all is"`
	Oldest     *time.Time      `json:"oldest,omitempty"`
	Newest     *time.Time      `json:"newest,omitempty"`
	Tables     List[LakeTable] `json:"tables"`
	Room       *LakeRoom       `json:"room,omitempty" doc:"Absent where the disk cannot be measured"`
}

// LakeRoom is how much more is stored, and how fast it fills.
type LakeRoom struct {
	BytesPerDay   int64    `json:"bytesPerDay" doc:"Of the events of the last seven days, or since the oldest"`
	MaxAgeDays    float64  `json:"maxAgeDays,omitempty" doc:"What the retention keeps; absent: whatever the age"`
	MaxBytes      int64    `json:"maxBytes,omitempty" doc:"What the retention keeps; absent: whatever the size"`
	DiskFreeBytes int64    `json:"diskFreeBytes"`
	DiskSizeBytes int64    `json:"diskSizeBytes"`
	DaysLeft      *float64 `json:"daysLeft,omitempty" doc:"Until the size that is kept, or the disk, is full at this rate; absent while nothing comes"`
}

// LakeTable is what is stored of one table.
type LakeTable struct {
	Table    string     `json:"table"`
	Events   int64      `json:"events"`
	Segments int64      `json:"segments"`
	Bytes    int64      `json:"bytes"`
	Oldest   *time.Time `json:"oldest,omitempty"`
	Newest   *time.Time `json:"newest,omitempty"`
}
