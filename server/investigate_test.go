package server

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"
)

// detective says what it was asked.
type detective struct{ asked string }

func (d *detective) Relations(_ context.Context, event string) ([]Relation, error) {
	d.asked = "relations of " + event
	return []Relation{{Subject: Entity{Kind: "user", Value: "anna"}, Verb: "used", Object: Entity{Kind: "host", Value: "ws"}}}, nil
}

func (d *detective) Graph(_ context.Context, alert int64) (*EntityGraph, error) {
	d.asked = fmt.Sprint("graph of ", alert)
	return &EntityGraph{Nodes: List[GraphNode]{{ID: "n1", Entity: Entity{Kind: "user", Value: "anna"}}}}, nil
}

func (d *detective) Sentences(_ context.Context, alert int64) ([]EventSentence, error) {
	d.asked = fmt.Sprint("sentences of ", alert)
	return nil, nil
}

func (d *detective) Processes(_ context.Context, event string, window time.Duration) (*ProcessTree, error) {
	d.asked = fmt.Sprint("processes of ", event, " within ", window)
	return &ProcessTree{}, nil
}

func (d *detective) Related(_ context.Context, event string, count bool) ([]RelatedEvents, error) {
	d.asked = fmt.Sprint("related to ", event, " counted: ", count)
	return nil, nil
}

func (d *detective) Provenance(_ context.Context, event string) (*Provenance, error) {
	d.asked = "provenance of " + event
	return nil, ErrNotFound
}

func (d *detective) Timeline(_ context.Context, host, user string, from, to time.Time, limit int, after string) (*EventPage, error) {
	d.asked = fmt.Sprint("timeline of ", host, user, " over ", to.Sub(from), " by ", limit, " after ", after)
	return &EventPage{}, nil
}

func (d *detective) Findings(_ context.Context, f DriftFilter) (*DriftReport, error) {
	d.asked = fmt.Sprintf("drift of %s %s %v %d since %s", f.Kind, f.Table, f.New, f.Limit, f.Since.Format(time.DateOnly))
	return &DriftReport{}, nil
}

func TestQuestionsReachTheInvestigator(t *testing.T) {
	d := &detective{}
	s := newServer(t, Options{}, Backends{Investigator: d, Drift: d})
	event := strings.Repeat("0a", 16)
	for _, c := range []struct {
		path, asked, answer string
		status              int
	}{
		{"/events/" + event + "/relations", "relations of " + event, `{"relations":[{"subject":{"kind":"user","value":"anna"},"verb":"used","object":{"kind":"host","value":"ws"}}]}`, 200},
		{"/events/" + event + "/processes?minutes=5", "processes of " + event + " within 5m0s", `"processes":[]`, 200},
		{"/events/" + event + "/processes?minutes=5000", "", "minutes", 422},
		{"/events/" + event + "/related?count=true", "related to " + event + " counted: true", `{"related":[]}`, 200},
		{"/events/" + event + "/related", "related to " + event + " counted: false", `{"related":[]}`, 200},
		{"/events/" + event + "/provenance", "provenance of " + event, "nothing with this id", 404},
		{"/events/nonsense/provenance", "", "", 422},
		{"/alerts/7/graph", "graph of 7", `"nodes":[{"id":"n1","kind":"user","value":"anna"`, 200},
		{"/alerts/7/sentences", "sentences of 7", `"sentences":[]`, 200},
		{"/timeline?host=ws&from=2026-06-01T00:00:00Z&to=2026-06-02T00:00:00Z&after=x", "timeline of ws over 24h0m0s by 100 after x", `"events":[]`, 200},
		{"/timeline?user=corp%5Canna&from=2026-06-01T00:00:00Z&to=2026-06-02T00:00:00Z", `timeline of corp\anna over 24h0m0s by 100 after `, `"events":[]`, 200},
		{"/timeline", "", "of a host or of a user", 422},
		{"/timeline?host=a&user=b", "", "of a host or of a user", 422},
		{"/timeline?host=a&from=2026-06-02T00:00:00Z&to=2026-06-01T00:00:00Z", "", "time range is empty", 400},
		{"/drift?kind=key&table=DeviceEvents&new=true&limit=3&since=2026-06-01T00:00:00Z", "drift of key DeviceEvents true 3 since 2026-06-01", `"findings":[]`, 200},
		{"/drift?since=2996-06-01T00:00:00Z", "", "lies ahead", 400},
	} {
		d.asked = ""
		status, _, body := do(t, s, "GET", "/api/v1"+c.path)
		if status != c.status || d.asked != c.asked || !strings.Contains(body, c.answer) {
			t.Errorf("%s: %d, asked %q, answered %s", c.path, status, d.asked, body)
		}
	}
	none := newServer(t, Options{}, Backends{})
	for _, path := range []string{"/events/" + event + "/relations", "/drift"} {
		if status, _, body := do(t, none, "GET", "/api/v1"+path); status != 503 {
			t.Errorf("%s without a backend: %d %s", path, status, body)
		}
	}
}
