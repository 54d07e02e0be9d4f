package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"penstock/access"
	"penstock/ecs"
	"penstock/format"
	"penstock/lake"
	"penstock/record"
	"penstock/search"
	"penstock/server"
)

// Searcher finds events; the lake does.
type Searcher interface {
	Search(ctx context.Context, r search.Request) (*search.Page, error)
	Count(ctx context.Context, r search.Request) (int64, error)
	Histogram(ctx context.Context, r search.HistogramRequest) (*search.Histogram, error)
	Top(ctx context.Context, r search.TopRequest) (*search.Top, error)
	Event(ctx context.Context, id record.ID) (*lake.Stored, error)
	Tail(ctx context.Context, q *search.Query, send func(search.Hit) error) error
}

// Events answers questions about events; the plan knows the fields that the dictionary does not.
func Events(s Searcher, plan *format.Plan) server.Events { return events{s, plan} }

type events struct {
	searcher Searcher
	plan     *format.Plan
}

// parse reads a query, and says in the API's way what is wrong with it.
func (e events) parse(text string) (*search.Query, error) {
	q, err := search.ParseWith(text, e.plan.Field)
	return q, queryError(err)
}

// asked is a query that finds no more than whoever asks may see.
func (e events) asked(ctx context.Context, text string) (*search.Query, error) {
	q, err := e.parse(text)
	if err != nil {
		return nil, err
	}
	return q.Within(access.Intakes(ctx)), nil
}

func queryError(err error) error {
	var syntax *search.SyntaxError
	if errors.As(err, &syntax) {
		return &server.QueryError{Column: syntax.Column, Message: syntax.Message, Hint: syntax.Hint}
	}
	return err
}

func (e events) Check(query string) error {
	_, err := e.parse(query)
	return err
}

func (e events) Search(ctx context.Context, s server.Selection, limit int, after string) (*server.EventPage, error) {
	q, err := e.asked(ctx, s.Query)
	if err != nil {
		return nil, err
	}
	found, err := e.searcher.Search(ctx, search.Request{Query: q, From: s.From, To: s.To, Limit: limit, After: after})
	if err != nil {
		return nil, queryError(err)
	}
	page := &server.EventPage{Next: found.Next, Warnings: found.Warnings}
	for i := range found.Hits {
		page.Events = append(page.Events, eventOf(&found.Hits[i]))
	}
	return page, nil
}

func eventOf(h *search.Hit) server.Event {
	return server.Event{ID: h.ID, Table: h.Table, Time: h.Time, Document: h.Document, Sentence: sentenceOf(&h.Sentence)}
}

func (e events) Count(ctx context.Context, s server.Selection) (int64, error) {
	q, err := e.asked(ctx, s.Query)
	if err != nil {
		return 0, err
	}
	n, err := e.searcher.Count(ctx, search.Request{Query: q, From: s.From, To: s.To})
	return n, queryError(err)
}

func (e events) Histogram(ctx context.Context, s server.Selection, interval time.Duration, splitBy string, limit int) (*server.Histogram, error) {
	q, err := e.asked(ctx, s.Query)
	if err != nil {
		return nil, err
	}
	h, err := e.searcher.Histogram(ctx, search.HistogramRequest{
		Query: q, From: s.From, To: s.To, Interval: interval, SplitBy: splitBy, Limit: limit,
	})
	if err != nil {
		return nil, queryError(err)
	}
	out := &server.Histogram{IntervalSeconds: h.Interval.Seconds()}
	for _, b := range h.Buckets {
		out.Buckets = append(out.Buckets, server.Bucket{Start: b.Start, Count: b.Count, Split: b.Split})
	}
	return out, nil
}

func (e events) Top(ctx context.Context, s server.Selection, field string, limit int) (*server.TopValues, error) {
	q, err := e.asked(ctx, s.Query)
	if err != nil {
		return nil, err
	}
	top, err := e.searcher.Top(ctx, search.TopRequest{Query: q, From: s.From, To: s.To, Field: field, Limit: limit})
	if err != nil {
		return nil, queryError(err)
	}
	out := &server.TopValues{Field: field, Other: top.Other, Missing: top.Missing, Total: top.Total}
	for _, v := range top.Values {
		out.Values = append(out.Values, server.ValueCount{Value: v.Value, Count: v.Count})
	}
	return out, nil
}

func (e events) Event(ctx context.Context, id string) (*server.StoredEvent, error) {
	s, err := eventFor(ctx, e.searcher, id)
	if err != nil {
		return nil, err
	}
	return &server.StoredEvent{
		ID: s.ID.String(), Table: s.Table, Intake: s.Origin.Intake, Time: s.Clocks.Event, Document: s.Document,
		Sentence: sentenceOf(&s.Sentence), Record: string(s.Record),
		Hub: s.Origin.Hub, Partition: s.Origin.Partition, Sequence: s.Origin.Sequence, Index: s.Origin.Index,
		Clocks: server.Clocks{
			Event: moment(s.Clocks.Event), Received: moment(s.Clocks.Received), Published: moment(s.Clocks.Published),
			Enqueued: moment(s.Clocks.Enqueued), Read: moment(s.Clocks.Read), Searchable: moment(s.Clocks.Searchable),
		},
		Rules: matchedBy(s.Document),
	}, nil
}

// eventFor is a stored event, if whoever asks may see it.
func eventFor(ctx context.Context, s Searcher, id string) (*lake.Stored, error) {
	parsed, err := record.ParseID(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", server.ErrNotFound, err)
	}
	e, err := s.Event(ctx, parsed)
	if errors.Is(err, lake.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", server.ErrNotFound, err)
	}
	if err != nil {
		return nil, err
	}
	if !access.From(ctx).Sees(e.Origin.Intake) {
		return nil, server.ErrNotFound
	}
	return e, nil
}

// matchedBy is the rules that a document names as those that its event matched.
func matchedBy(document []byte) []server.MatchedRule {
	var d struct {
		Penstock struct {
			Rules []string `json:"rules"`
		} `json:"penstock"`
	}
	if json.Unmarshal(document, &d) != nil {
		return nil
	}
	var list []server.MatchedRule
	for _, id := range d.Penstock.Rules {
		list = append(list, server.MatchedRule{ID: id})
	}
	return list
}

func (e events) Tail(ctx context.Context, query string, send func(server.Event) error) error {
	q, err := e.asked(ctx, query)
	if err != nil {
		return err
	}
	return e.searcher.Tail(ctx, q, func(h search.Hit) error { return send(eventOf(&h)) })
}

func (e events) Fields() []server.Field {
	var list []server.Field
	for f := range ecs.Fields() {
		list = append(list, server.Field{Name: f.Name(), Type: f.Type().String(), Array: f.IsArray()})
	}
	slices.SortFunc(list, func(a, b server.Field) int { return strings.Compare(a.Name, b.Name) })
	return list
}
