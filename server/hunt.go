package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// Hunts run queries in KQL over what is stored. Its methods return a *HuntError for a query that cannot be run, ErrNotFound for a
// hunt that is none of who's, and a *BusyError when too many are under way.
type Hunts interface {
	// Run gives the result to the sink: its outline first, then row by row.
	Run(ctx context.Context, who HuntWho, o *HuntOrder, sink HuntSink) (*HuntEnd, error)
	Check(ctx context.Context, who HuntWho, o *HuntOrder) (*HuntCheck, error)
	Complete(ctx context.Context, query string, offset int) (*HuntCompletion, error)
	Hover(ctx context.Context, query string, offset int) (*HuntHover, error)
	Schema(ctx context.Context, who HuntWho) (*HuntSchema, error)
	Limits(who HuntWho) HuntLimits
	Cancel(who HuntWho, id string) error
	UnderWay(who HuntWho) []HuntProgress
	History(ctx context.Context, who HuntWho, before int64, most int) ([]HuntPast, error)
	// Forget takes a hunt out of the history; 0: all of who's.
	Forget(ctx context.Context, who HuntWho, id int64) error
}

// HuntWho is who hunts.
type HuntWho struct {
	Name    string
	Role    access.Role
	Intakes []string // whose events he sees; none: of all intakes
}

// HuntSink takes a result. An error ends the hunt.
type HuntSink interface {
	Begin(b *HuntBegin) error
	Row(r HuntRow) error
}

// HuntRow is a row of a result.
type HuntRow interface {
	AppendJSON(dst []byte) []byte // as an array
	Texts() []string              // as tables show it; until the next row
}

// HuntOrder is a hunt that is wanted.
type HuntOrder struct {
	HuntText
	Rows    int    `json:"rows,omitempty" minimum:"0" maximum:"10000000" doc:"Rows of the result at most; 0: 10,000. What the limits allow counts in any case"`
	Seconds int    `json:"seconds,omitempty" minimum:"0" maximum:"86400" doc:"Time that it may take; 0: what the limits allow"`
	ID      string `json:"id,omitempty" pattern:"^[A-Za-z0-9-]{0,64}$" doc:"By which it can be cancelled, of the caller's choice, as a UUID; else one is made"`
}

// HuntText is a query in KQL with what it depends on.
type HuntText struct {
	Query      string          `json:"query" maxLength:"65536" doc:"In KQL, as advanced hunting speaks it"`
	From       time.Time       `json:"from,omitzero" doc:"Start of the time range, in it; unless the query restricts Timestamp itself. Default: 30 days before its end"`
	To         time.Time       `json:"to,omitzero" doc:"End of the time range, not in it; default: now"`
	Parameters []HuntParameter `json:"parameters,omitempty" maxItems:"50" doc:"Values that the query refers to by name"`
}

// HuntParameter is a value that a query refers to by name.
type HuntParameter struct {
	Name        string `json:"name" pattern:"^[A-Za-z_][A-Za-z0-9_]{0,63}$"`
	Type        string `json:"type" enum:"string,int,long,real,bool,datetime,timespan,dynamic,guid,decimal"`
	Value       string `json:"value" maxLength:"8192" doc:"As KQL writes it, but a string without quotation marks"`
	Description string `json:"description,omitempty" maxLength:"500"`
}

// HuntColumn is a column of a result or of a table.
type HuntColumn struct {
	Name        string `json:"name"`
	Type        string `json:"type" example:"datetime"`
	Description string `json:"description,omitempty"`
}

// HuntRender is how a query asks to be drawn.
type HuntRender struct {
	Kind       string            `json:"kind" example:"timechart"`
	Properties map[string]string `json:"properties"`
}

// HuntRemark is what is wrong with a place of a query, or remarkable.
type HuntRemark struct {
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty" doc:"What may have been meant, or what to do"`
	Severity string `json:"severity" enum:"error,warning" doc:"With a warning the query runs all the same"`
	Start    int    `json:"start" doc:"Offset in the query in UTF-16 units from 0, as JavaScript counts"`
	End      int    `json:"end" doc:"Offset behind it"`
	Line     int    `json:"line" doc:"From 1"`
	Column   int    `json:"column" doc:"Of its start, in characters from 1"`
}

// HuntRead is what is read for one mention of a table.
type HuntRead struct {
	Table    string     `json:"table"`
	From     *time.Time `json:"from,omitempty" doc:"Events since then; absent: from the first"`
	To       *time.Time `json:"to,omitempty" doc:"And before then; absent: to the last"`
	Segments int        `json:"segments" doc:"Files that are opened"`
	Skipped  int        `json:"segmentsSkipped" doc:"Files that are passed over: of another time, or without a word that the query wants"`
	Rows     int64      `json:"rows" doc:"In these files, and in memory"`
	Bytes    int64      `json:"bytes" doc:"Of these files; of them the columns are read that the query needs"`
}

// HuntBegin is what is known of a result before its first row.
type HuntBegin struct {
	ID             string           `json:"id"`
	Columns        List[HuntColumn] `json:"columns"`
	Render         *HuntRender      `json:"render,omitempty" doc:"Absent: as a table"`
	Notices        List[HuntRemark] `json:"notices" doc:"What the reader should know"`
	Reads          List[HuntRead]   `json:"reads"`
	TimeSetInQuery bool             `json:"timeSetInQuery" doc:"The query restricts Timestamp itself; the time range of the request does not count"`
	From           *time.Time       `json:"from,omitempty" doc:"The time range that counts"`
	To             *time.Time       `json:"to,omitempty"`
}

// HuntEnd is what is known of a result after its last row.
type HuntEnd struct {
	Rows       int64          `json:"rows"`
	Cut        bool           `json:"cut" doc:"There were more rows"`
	CutBy      string         `json:"cutBy,omitempty" enum:"rows,bytes" doc:"The bound that was reached"`
	Statistics HuntStatistics `json:"statistics"`
}

// HuntStatistics are what a hunt took.
type HuntStatistics struct {
	Rows     int64          `json:"rows"`
	Segments int            `json:"segmentsRead"`
	Skipped  int            `json:"segmentsSkipped"`
	RowsRead int64          `json:"rowsRead" doc:"In what was opened"`
	Bytes    int64          `json:"bytesRead" doc:"Of what was opened; of it the columns are read that the query needs"`
	Waited   float64        `json:"waitedSeconds" doc:"For its turn"`
	Compiled float64        `json:"compileSeconds" doc:"From the text to SQL"`
	Elapsed  float64        `json:"elapsedSeconds" doc:"From its turn to the last row"`
	Reads    List[HuntRead] `json:"reads"`
}

// HuntResult is a hunt's result as a whole.
type HuntResult struct {
	HuntBegin
	Rows       List[[]any]    `json:"rows" doc:"A value a column. Integers beyond 2⁵³, decimals, NaN and infinities are texts, moments RFC 3339, time spans as KQL writes them, dynamic values as they are"`
	Cut        bool           `json:"cut" doc:"There were more rows"`
	CutBy      string         `json:"cutBy,omitempty" enum:"rows,bytes" doc:"The bound that was reached"`
	Statistics HuntStatistics `json:"statistics"`
}

// HuntProgress is a hunt that waits or runs.
type HuntProgress struct {
	ID      string    `json:"id"`
	Query   string    `json:"query"`
	State   string    `json:"state" enum:"waiting,running"`
	Ahead   int       `json:"waitingBefore,omitempty" doc:"How many wait before it"`
	Started time.Time `json:"started"`
	Elapsed float64   `json:"elapsedSeconds"`
}

// HuntLimits are what whoever asks may take.
type HuntLimits struct {
	Rows       int          `json:"rows" doc:"Of a result, unless something else is asked for"`
	MaxRows    int          `json:"maxRows"`
	MaxSeconds float64      `json:"maxSeconds"`
	Memory     int64        `json:"memoryBytes" doc:"Beyond it a hunt writes to disk what it can"`
	Hosts      List[string] `json:"externalHosts" doc:"That externaldata may read from; none: it is refused"`
}

// HuntError says why a query cannot be run as it stands.
type HuntError struct{ Remarks []HuntRemark }

func (e *HuntError) Error() string {
	for _, r := range e.Remarks {
		if r.Severity == "error" {
			return r.Message
		}
	}
	return "The query cannot be run."
}

// problem tells the first mistake as that of any query, and all of them beside it.
func (e *HuntError) problem() *Problem {
	p := newProblem(http.StatusBadRequest, e.Error())
	p.Type, p.Title, p.Diagnostics = queryProblemType, "The query is not understood", e.Remarks
	for _, r := range e.Remarks {
		if r.Severity == "error" {
			p.Column, p.Hint = r.Column, r.Hint
			break
		}
	}
	return p
}

// BusyError says that somebody has to wait before he asks again, or that what he asks for takes more than he may have.
type BusyError struct {
	Message string
	Memory  bool // it is memory that does not suffice
}

func (e *BusyError) Error() string { return e.Message }

// problem makes the status of it.
func (e *BusyError) problem() *Problem {
	p := newProblem(http.StatusTooManyRequests, e.Message)
	p.Type = busyProblemType
	if e.Memory {
		p = newProblem(http.StatusRequestEntityTooLarge, e.Message)
		p.Type = memoryProblemType
	}
	return p
}

// huntWho is who asks.
func huntWho(ctx context.Context, actor string) HuntWho {
	w := HuntWho{Name: actor, Intakes: access.Intakes(ctx)}
	if who := access.From(ctx); who != nil {
		w.Role = who.Role
	}
	return w
}

type huntInput struct {
	ActorInput
	Accept string `header:"Accept" maxLength:"512" doc:"application/json, application/x-ndjson for a stream of lines, or text/csv"`
	Body   HuntOrder
}

// HuntIDInput names a hunt that waits or runs.
type HuntIDInput struct {
	ActorInput
	ID string `path:"id" pattern:"^[A-Za-z0-9-]{1,64}$"`
}

// registerHunts adds the running of hunts.
func (s *Server) registerHunts(api huma.API) {
	const what, tag = "hunts", "hunting"
	hunts := s.backends.Hunts
	run := change(access.HuntsRun, http.MethodPost, "hunt", "/hunt", tag, "Run a query in KQL over what is stored")
	run.Responses = huntResponses(api)
	huma.Register(api, run, s.hunt)
	huma.Register(api, quietly(access.HuntsRun, http.MethodDelete, "cancelHunt", "/hunt/{id}", tag, "End one of your hunts that waits or runs"), deed(s, hunts, what, "cancel a hunt",
		func(ctx context.Context, h Hunts, in *HuntIDInput) error {
			return h.Cancel(huntWho(ctx, in.Actor), in.ID)
		}))
	huma.Register(api, get(access.HuntsRun, "listRunningHunts", "/hunt/running", tag, "Your hunts that wait or run"), room(s, hunts, what, "list hunts",
		func(ctx context.Context, h Hunts, in *ActorInput) (HuntProgressList, error) {
			return HuntProgressList{h.UnderWay(huntWho(ctx, in.Actor))}, nil
		}))
	huma.Register(api, get(access.HuntsRun, "huntLimits", "/hunt/limits", tag, "What your hunts may take"), room(s, hunts, what, "tell the limits of hunts",
		func(ctx context.Context, h Hunts, in *ActorInput) (HuntLimits, error) {
			return h.Limits(huntWho(ctx, in.Actor)), nil
		}))
	s.registerHuntWriting(api, hunts, what, tag)
	s.registerHuntHistory(api, hunts, what, tag)
}
