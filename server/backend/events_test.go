package backend

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"penstock/format"
	"penstock/format/defender"
	"penstock/lake"
	"penstock/record"
	"penstock/search"
	"penstock/server"
)

// shelf is a searcher with one event on it.
type shelf struct{ hit search.Hit }

func (s shelf) Search(context.Context, search.Request) (*search.Page, error) {
	return &search.Page{Hits: []search.Hit{s.hit}, Next: "further", Warnings: []string{"a segment is damaged"}}, nil
}

func (s shelf) Count(context.Context, search.Request) (int64, error) { return 1, nil }

func (s shelf) Histogram(_ context.Context, r search.HistogramRequest) (*search.Histogram, error) {
	return &search.Histogram{Interval: r.Interval, Buckets: []search.Bucket{{Start: s.hit.Time, Count: 1, Split: map[string]int64{"a": 1}}}}, nil
}

func (s shelf) Top(context.Context, search.TopRequest) (*search.Top, error) {
	return &search.Top{Values: []search.ValueCount{{Value: "a", Count: 1}}, Total: 1}, nil
}

func (s shelf) Event(_ context.Context, id record.ID) (*lake.Stored, error) {
	if id.String() != s.hit.ID {
		return nil, lake.ErrNotFound
	}
	return &lake.Stored{ID: id, Table: s.hit.Table, Record: []byte("{}"), Clocks: lake.Clocks{Event: s.hit.Time}}, nil
}

func (s shelf) Tail(_ context.Context, _ *search.Query, send func(search.Hit) error) error {
	return send(s.hit)
}

const id = "0af7651916cd43dd8448eb211c80319c"

func newEvents(t *testing.T) server.Events {
	t.Helper()
	plan, err := defender.Plan()
	if err != nil {
		t.Fatal(err)
	}
	return Events(shelf{search.Hit{ID: id, Table: "AlertInfo", Time: time.Unix(7, 0).UTC(), Document: json.RawMessage(`{"a":1}`), Sentence: format.Sentence{
		Text:       []byte(`ada used ws on Monday`),
		References: []format.Reference{{To: 3, Kind: "user", Field: "user.name", Value: []byte("ada")}, {From: 9, To: 11, Kind: "host"}},
	}}}, plan)
}

func TestWhatTheLakeFindsReachesTheAPI(t *testing.T) {
	e, ctx := newEvents(t), t.Context()
	page, err := e.Search(ctx, server.Selection{Query: "host.name: a"}, 10, "")
	if err != nil || page.Next != "further" || len(page.Warnings) != 1 || len(page.Events) != 1 || page.Events[0].ID != id {
		t.Errorf("search: %+v, %v", page, err)
	}
	if n, err := e.Count(ctx, server.Selection{}); n != 1 || err != nil {
		t.Errorf("count: %d, %v", n, err)
	}
	if h, err := e.Histogram(ctx, server.Selection{}, time.Minute, "host.name", 3); err != nil || h.IntervalSeconds != 60 || h.Buckets[0].Split["a"] != 1 {
		t.Errorf("histogram: %+v, %v", h, err)
	}
	if top, err := e.Top(ctx, server.Selection{}, "host.name", 3); err != nil || top.Total != 1 || top.Values[0].Value != "a" {
		t.Errorf("top: %+v, %v", top, err)
	}
	if s, err := e.Event(ctx, id); err != nil || s.Record != "{}" || s.Clocks.Event == nil || s.Clocks.Read != nil {
		t.Errorf("event: %+v, %v", s, err)
	}
	var tailed string
	if err := e.Tail(ctx, "", func(ev server.Event) error { tailed = ev.ID; return nil }); err != nil || tailed != id {
		t.Errorf("tail: %q, %v", tailed, err)
	}
}

func TestASentenceComesInParts(t *testing.T) {
	page, err := newEvents(t).Search(t.Context(), server.Selection{}, 10, "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(page.Events[0].Sentence)
	want := `{"text":"ada used ws on Monday","parts":[{"text":"ada","kind":"user","field":"user.name","value":"ada"},` +
		`{"text":" used "},{"text":"ws","kind":"host"},{"text":" on Monday"}]}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func TestMistakesInAQueryKeepTheirColumn(t *testing.T) {
	e := newEvents(t)
	_, searched := e.Search(t.Context(), server.Selection{Query: "host.name: (a"}, 10, "")
	for _, err := range []error{e.Check("host.name: (a"), searched} {
		var q *server.QueryError
		if !errors.As(err, &q) || q.Column == 0 || q.Message == "" {
			t.Errorf("%v", err)
		}
	}
	if err := e.Check(`host.name: ws-* and not user.name: (system or root)`); err != nil {
		t.Error(err)
	}
}

func TestAnUnknownEventIsNotFound(t *testing.T) {
	e := newEvents(t)
	for _, wanted := range []string{"00000000000000000000000000000000", "nonsense"} {
		if _, err := e.Event(t.Context(), wanted); !errors.Is(err, server.ErrNotFound) {
			t.Errorf("%s: %v", wanted, err)
		}
	}
}

func TestTheDictionaryIsInOrder(t *testing.T) {
	fields := newEvents(t).Fields()
	if len(fields) < 100 {
		t.Fatalf("%d fields", len(fields))
	}
	for i := 1; i < len(fields); i++ {
		if fields[i-1].Name >= fields[i].Name || fields[i].Type == "" {
			t.Errorf("%v before %v", fields[i-1], fields[i])
		}
	}
}
