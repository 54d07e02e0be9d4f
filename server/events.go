package server

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"penstock/access"
)

// defaultRange is what a request without a time range looks at.
const defaultRange = 24 * time.Hour

// maxBuckets bounds a histogram.
const maxBuckets = 2000

// SelectionInput are the parameters that every question about events has.
type SelectionInput struct {
	Query string    `query:"q" maxLength:"8192" doc:"Query in the language of ECS fields, as Kibana has it; empty: every event" example:"host.name: ws-* and process.name: powershell.exe"`
	From  time.Time `query:"from" doc:"Start of the time range, in it; default: 24 hours before its end"`
	To    time.Time `query:"to" doc:"End of the time range, not in it; default: now"`
}

func (in SelectionInput) selection() (Selection, error) {
	s := Selection(in)
	if s.To.IsZero() {
		s.To = time.Now().UTC()
	}
	if s.From.IsZero() {
		s.From = s.To.Add(-defaultRange)
	}
	if !s.From.Before(s.To) {
		return s, newProblem(http.StatusBadRequest, "The time range is empty: from must be before to.")
	}
	return s, nil
}

type searchInput struct {
	SelectionInput
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Events a page"`
	After string `query:"after" maxLength:"512" doc:"Next of the page before"`
}

type histogramInput struct {
	SelectionInput
	Interval string `query:"interval" maxLength:"16" doc:"Width of a bucket, like 30s, 5m, 1h; default: one that gives about 80 buckets" example:"5m"`
	SplitBy  string `query:"split" maxLength:"256" doc:"Field whose values are counted apart" example:"event.action"`
	Limit    int    `query:"limit" minimum:"1" maximum:"50" default:"8" doc:"Values counted apart; the rest are together"`
}

type topInput struct {
	SelectionInput
	Field string `query:"field" required:"true" minLength:"1" maxLength:"256" example:"host.name"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"10"`
}

type eventInput struct {
	ID string `path:"id" pattern:"^[0-9a-f]{32}$" doc:"Identity of the event"`
}

type queryInput struct {
	Query string `query:"q" maxLength:"8192"`
}

type output[T any] struct{ Body T }

// EventCount is the answer to how many events match.
type EventCount struct {
	Count int64 `json:"count"`
}

// FieldList is the dictionary of fields.
type FieldList struct {
	Fields List[Field] `json:"fields" doc:"In order of name"`
}

// Checked says that a query is understood; one that is not is a problem.
type Checked struct {
	Valid bool `json:"valid"`
}

// get describes a reading operation.
func get(needs access.Permission, id, path, tag, summary string) huma.Operation {
	return change(needs, http.MethodGet, id, path, tag, summary)
}

func (s *Server) registerEvents(api huma.API) {
	huma.Register(api, get(access.EventsRead, "searchEvents", "/events", "events", "Search events, newest first"), s.search)
	huma.Register(api, get(access.EventsRead, "countEvents", "/events/count", "events", "Count events"), s.count)
	huma.Register(api, get(access.EventsRead, "histogram", "/events/histogram", "events", "Count events over time"), s.histogram)
	huma.Register(api, get(access.EventsRead, "topValues", "/events/top", "events", "Most frequent values of a field"), s.top)
	huma.Register(api, get(access.EventsRead, "getEvent", "/events/{id}", "events", "One event: document, record, clocks"), s.event)
	huma.Register(api, get(access.EventsRead, "listFields", "/fields", "events", "Dictionary of fields, for completion"), s.fields)
	huma.Register(api, get(access.EventsRead, "checkQuery", "/query/check", "events", "Check a query without running it"), s.check)
}

// running holds a slot for a query; the context that it returns ends with the time for queries. Call done when the
// query is over.
func (s *Server) running(ctx context.Context) (_ context.Context, done func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.QueryTimeout)
	select {
	case s.queries <- struct{}{}:
		return ctx, func() { <-s.queries; cancel() }, nil
	case <-ctx.Done():
		cancel()
		return nil, nil, newProblem(http.StatusServiceUnavailable, "Too many queries are running; try again in a moment.")
	}
}

// ask answers a question about events: it checks the selection, waits for a slot and translates the error.
func ask[T any](ctx context.Context, s *Server, in SelectionInput, doing string, question func(context.Context, Selection) (T, error)) (*output[T], error) {
	if s.backends.Events == nil {
		return nil, missing("events")
	}
	selection, err := in.selection()
	if err != nil {
		return nil, err
	}
	ctx, done, err := s.running(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	answer, err := question(ctx, selection)
	if err != nil {
		return nil, s.problem(doing, err)
	}
	return &output[T]{answer}, nil
}

func (s *Server) search(ctx context.Context, in *searchInput) (*output[*EventPage], error) {
	return ask(ctx, s, in.SelectionInput, "search events", func(ctx context.Context, sel Selection) (*EventPage, error) {
		return s.backends.Events.Search(ctx, sel, in.Limit, in.After)
	})
}

func (s *Server) count(ctx context.Context, in *SelectionInput) (*output[EventCount], error) {
	return ask(ctx, s, *in, "count events", func(ctx context.Context, sel Selection) (EventCount, error) {
		n, err := s.backends.Events.Count(ctx, sel)
		return EventCount{n}, err
	})
}

func (s *Server) histogram(ctx context.Context, in *histogramInput) (*output[*Histogram], error) {
	return ask(ctx, s, in.SelectionInput, "count events over time", func(ctx context.Context, sel Selection) (*Histogram, error) {
		interval, err := bucketWidth(in.Interval, sel.To.Sub(sel.From))
		if err != nil {
			return nil, err
		}
		return s.backends.Events.Histogram(ctx, sel, interval, in.SplitBy, in.Limit)
	})
}

// widths are those that a person would choose.
var widths = []time.Duration{
	time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
	time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 7 * 24 * time.Hour, 30 * 24 * time.Hour, 365 * 24 * time.Hour,
}

// bucketWidth reads the wanted width, or chooses the one that comes closest to 80 buckets from above.
func bucketWidth(wanted string, span time.Duration) (time.Duration, error) {
	if wanted == "" {
		for _, w := range widths {
			if span <= 80*w {
				return w, nil
			}
		}
		return widths[len(widths)-1], nil
	}
	w, err := time.ParseDuration(wanted)
	if err != nil || w < time.Second {
		return 0, &QueryError{Message: "The interval is not understood.", Hint: "Write it like 30s, 5m or 1h; a second is the shortest."}
	}
	if span/w >= maxBuckets {
		return 0, &QueryError{Message: "The interval is too short for this time range.", Hint: "2000 buckets are the most."}
	}
	return w, nil
}

func (s *Server) top(ctx context.Context, in *topInput) (*output[*TopValues], error) {
	return ask(ctx, s, in.SelectionInput, "find top values", func(ctx context.Context, sel Selection) (*TopValues, error) {
		return s.backends.Events.Top(ctx, sel, in.Field, in.Limit)
	})
}

func (s *Server) event(ctx context.Context, in *eventInput) (*output[*StoredEvent], error) {
	if s.backends.Events == nil {
		return nil, missing("events")
	}
	ctx, done, err := s.running(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	e, err := s.backends.Events.Event(ctx, in.ID)
	if err != nil {
		return nil, s.problem("read event "+in.ID, err)
	}
	if err := s.detected(ctx, e); err != nil {
		return nil, s.problem("read what was detected of event "+in.ID, err)
	}
	return &output[*StoredEvent]{e}, nil
}

// detected adds the names of the rules that an event matched, and the alerts that refer to it.
func (s *Server) detected(ctx context.Context, e *StoredEvent) (err error) {
	if s.backends.Rules != nil && len(e.Rules) > 0 {
		ids := make([]string, len(e.Rules))
		for i := range e.Rules {
			ids[i] = e.Rules[i].ID
		}
		e.Rules = s.backends.Rules.Named(ids)
	}
	if s.backends.Alerts != nil {
		e.Alerts, err = s.backends.Alerts.OfEvent(ctx, e.ID)
	}
	return err
}

func (s *Server) fields(context.Context, *struct{}) (*output[FieldList], error) {
	if s.backends.Events == nil {
		return nil, missing("events")
	}
	return &output[FieldList]{FieldList{s.backends.Events.Fields()}}, nil
}

func (s *Server) check(_ context.Context, in *queryInput) (*output[Checked], error) {
	if s.backends.Events == nil {
		return nil, missing("events")
	}
	if err := s.backends.Events.Check(in.Query); err != nil {
		return nil, s.problem("check a query", err)
	}
	return &output[Checked]{Checked{Valid: true}}, nil
}
