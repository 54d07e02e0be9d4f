// Package export writes what a search finds to a file that somebody takes away: CSV, NDJSON or Parquet. Each export is a
// Job, which goes on in the background, one at a time, newest event first. Its file is bounded, only its owner gets it,
// and it is deleted after some days.
package export

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"penstock/search"
)

// Format is the form of a file.
type Format string

// The forms of files.
const (
	CSV     Format = "csv"     // a line an event, a column a field (RFC 4180)
	NDJSON  Format = "ndjson"  // a line an event, its whole ECS document
	Parquet Format = "parquet" // a column a field, typed
)

// State is how far a job has come.
type State string

// The states of jobs. Only one that is done has a file.
const (
	Queued    State = "queued"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
	Expired   State = "expired" // it was done, and its file is deleted
)

func (s State) ended() bool { return s != Queued && s != Running }

// Order is what somebody wants to have exported.
type Order struct {
	Kind    Kind      `json:"kind,omitempty" enum:"events,hunt" doc:"What is exported: the events of a search, or the result of a hunt; absent: events"`
	Query   string    `json:"query,omitempty" maxLength:"65536" doc:"In the language of searches (empty: every event), or in KQL"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to" doc:"Not in it"`
	Format  Format    `json:"format" enum:"csv,ndjson,parquet"`
	Columns []string  `json:"columns,omitempty" maxItems:"200" doc:"Fields, in order, of CSV and Parquet; sentence: what happened, in one line. NDJSON has the whole document"`
	// Parameters of a hunt.
	Parameters []Argument `json:"parameters,omitempty" maxItems:"50" doc:"Of a hunt: values that its query refers to by name"`
	Intakes    []string   `json:"intakes,omitempty" readOnly:"true" doc:"Those that whoever ordered it is restricted to; absent: he sees all"`
}

// Kind is what is exported.
type Kind string

// The kinds of exports.
const (
	OfEvents Kind = "events"
	OfHunt   Kind = "hunt"
)

// Argument is a value that a hunt refers to by name.
type Argument struct {
	Name  string `json:"name" pattern:"^[A-Za-z_][A-Za-z0-9_]{0,63}$"`
	Type  string `json:"type" enum:"string,int,long,real,bool,datetime,timespan,dynamic,guid,decimal"`
	Value string `json:"value" maxLength:"8192"`
}

const (
	maxColumns = 200
	maxColumn  = 256
)

// OrderError says what is wrong with an order; it is the caller's to mend.
type OrderError struct{ Field, Message string }

func (e *OrderError) Error() string { return e.Message }

// check tells what is wrong with an order, and parses its query.
func (w *Order) check(parse func(string) (*search.Query, error)) (*search.Query, error) {
	if w.Kind == OfHunt {
		return nil, w.checkHunt()
	}
	switch w.Format {
	case NDJSON:
	case CSV, Parquet:
		if len(w.Columns) == 0 {
			return nil, &OrderError{"columns", "Name the fields that are to be columns; only NDJSON has the whole document."}
		}
	default:
		return nil, &OrderError{"format", fmt.Sprintf("There is no format %.20q: it is csv, ndjson or parquet.", w.Format)}
	}
	if !w.From.Before(w.To) {
		return nil, &OrderError{"from", "The time range is empty: from must be before to."}
	}
	if len(w.Columns) > maxColumns {
		return nil, &OrderError{"columns", fmt.Sprintf("%d columns are the most.", maxColumns)}
	}
	for i, c := range w.Columns {
		if c == "" || len(c) > maxColumn {
			return nil, &OrderError{"columns", fmt.Sprintf("%.40q is no field.", c)}
		}
		if slices.Contains(w.Columns[:i], c) {
			return nil, &OrderError{"columns", fmt.Sprintf("The field %s is named twice.", c)}
		}
	}
	q, err := parse(w.Query)
	if err != nil {
		return nil, fmt.Errorf("the query of the export: %w", err)
	}
	return q.Within(w.Intakes), nil
}

// checkHunt tells what is wrong with the order of a hunt, its query left aside.
func (w *Order) checkHunt() error {
	switch {
	case rowWriters[w.Format] == nil:
		return &OrderError{"format", fmt.Sprintf("There is no format %.20q: it is csv, ndjson or parquet.", w.Format)}
	case !w.From.Before(w.To):
		return &OrderError{"from", "The time range is empty: from must be before to."}
	case len(w.Columns) > 0:
		return &OrderError{"columns", "The query of a hunt says which columns there are."}
	}
	return nil
}

// Job is an order and what has come of it.
type Job struct {
	ID       int64      `json:"id"`
	Owner    string     `json:"owner"`
	Order    Order      `json:"order"`
	State    State      `json:"state" enum:"queued,running,done,failed,cancelled,expired"`
	Created  time.Time  `json:"created"`
	Started  *time.Time `json:"started,omitempty"`
	Finished *time.Time `json:"finished,omitempty"`
	Expires  *time.Time `json:"expires,omitempty" doc:"When its file is deleted; absent where there is none"`
	Done     int64      `json:"done" doc:"Events that are written"`
	Total    int64      `json:"total" doc:"Of so many; known soon after the job has begun"`
	Bytes    int64      `json:"bytes" doc:"Size of the file so far"`
	Cut      bool       `json:"cut,omitempty" doc:"More was found than a file may have: only the newest events are in it"`
	Error    string     `json:"error,omitempty"`
}

// FileName is what the file of a job is called where somebody takes it to.
func (j *Job) FileName() string {
	return fmt.Sprintf("penstock-%s-%d.%s", j.Created.UTC().Format("20060102-150405"), j.ID, j.Order.Format)
}

// The errors of Exports.
var (
	ErrNotFound = errors.New("there is no such export")
	ErrNoFile   = errors.New("this export has no file: it is not done, or its file has been deleted")
	ErrBusy     = fmt.Errorf("%d exports are waiting already: cancel some, or wait for them", maxQueued)
	ErrFull     = errors.New("the files of exports take as much room as they may: delete some")
)

const interrupted = "interrupted: the program ended while it ran; start it again"
