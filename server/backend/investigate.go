package backend

import (
	"context"
	"time"

	"penstock/access"
	"penstock/alert"
	"penstock/format"
	"penstock/investigate"
	"penstock/record"
	"penstock/search"
	"penstock/server"
)

// Finder finds events in the ways that an investigation needs; the lake does.
type Finder interface {
	Searcher
	investigate.Events
}

// Investigator answers what belongs to an event. The alerts are for their graphs.
func Investigator(f Finder, plan *format.Plan, a *alert.Alerts) server.Investigator {
	return investigator{investigate.New(plan, permitted{f}), events{f, plan}, a}
}

// permitted finds no more than whoever asks may see. What alerts refer to is checked with the alert.
type permitted struct{ Finder }

func (p permitted) Search(ctx context.Context, r search.Request) (*search.Page, error) {
	r.Query = r.Query.Within(access.Intakes(ctx))
	return p.Finder.Search(ctx, r)
}

func (p permitted) Count(ctx context.Context, r search.Request) (int64, error) {
	r.Query = r.Query.Within(access.Intakes(ctx))
	return p.Finder.Count(ctx, r)
}

type investigator struct {
	investigator *investigate.Investigator
	events       events
	alerts       *alert.Alerts
}

// subject makes a stored event anew.
func (i investigator) subject(ctx context.Context, id string) (*investigate.Subject, error) {
	stored, err := eventFor(ctx, i.events.searcher, id)
	if err != nil {
		return nil, err
	}
	return i.investigator.Subject(stored.Record, stored.Clocks.Read)
}

func (i investigator) Relations(ctx context.Context, event string) ([]server.Relation, error) {
	s, err := i.subject(ctx, event)
	if err != nil {
		return nil, err
	}
	var list []server.Relation
	for _, r := range i.investigator.Relations(s) {
		list = append(list, server.Relation{Subject: entityOf(&r.Subject), Verb: r.Verb, Object: entityOf(&r.Object)})
	}
	return list, nil
}

func entityOf(e *format.Entity) server.Entity {
	out := server.Entity{Kind: e.Kind, Value: e.Value, Key: e.ID, Field: e.Field}
	if e.Raw != "" {
		out.Raw = &e.Raw
	}
	return out
}

// referred are the events of an alert, each once.
func (i investigator) referred(ctx context.Context, id int64) ([]search.Reference, error) {
	if err := (alerts{alerts: i.alerts}).seen(ctx, id); err != nil {
		return nil, err
	}
	if _, err := i.alerts.Get(ctx, id); err != nil {
		return nil, alertError(err)
	}
	events, err := i.alerts.Events(ctx, id)
	if err != nil {
		return nil, alertError(err)
	}
	known := make(map[record.ID]bool, len(events))
	var list []search.Reference
	for _, e := range events {
		if !known[e.ID] { // several rules may have matched it
			known[e.ID] = true
			list = append(list, search.Reference{ID: e.ID, Table: e.Table, Time: e.Time})
		}
	}
	return list, nil
}

func (i investigator) Sentences(ctx context.Context, id int64) ([]server.EventSentence, error) {
	list, err := i.referred(ctx, id)
	if err != nil {
		return nil, err
	}
	found, err := i.investigator.Referred(ctx, list)
	if err != nil {
		return nil, queryError(err)
	}
	sentences := make([]server.EventSentence, len(found))
	for k := range found {
		sentences[k] = server.EventSentence{ID: found[k].ID, Sentence: sentenceOf(&found[k].Sentence)}
	}
	return sentences, nil
}

func (i investigator) Graph(ctx context.Context, id int64) (*server.EntityGraph, error) {
	list, err := i.referred(ctx, id)
	if err != nil {
		return nil, err
	}
	g, err := i.investigator.Graph(ctx, list)
	if err != nil {
		return nil, err
	}
	out := &server.EntityGraph{Events: g.Events, Missing: g.Missing, LeftOut: g.LeftOut}
	for k := range g.Nodes {
		n := &g.Nodes[k]
		out.Nodes = append(out.Nodes, server.GraphNode{ID: n.ID, Entity: entityOf(&n.Entity), Occurrences: n.Occurrences, First: n.First, Last: n.Last})
	}
	for _, e := range g.Edges {
		out.Edges = append(out.Edges, server.GraphEdge{From: e.From, To: e.To, Verb: e.Verb, Count: e.Count, First: e.First, Last: e.Last, Events: e.Events})
	}
	return out, nil
}

func (i investigator) Processes(ctx context.Context, event string, window time.Duration) (*server.ProcessTree, error) {
	s, err := i.subject(ctx, event)
	if err != nil {
		return nil, err
	}
	t, err := i.investigator.Tree(ctx, s, window)
	if err != nil {
		return nil, queryError(err)
	}
	out := &server.ProcessTree{Host: t.Host, Subject: t.Subject, From: t.From, To: t.To, Truncated: t.Truncated}
	for _, p := range t.Processes {
		out.Processes = append(out.Processes, server.TreeProcess{
			ID: p.ID, Parent: p.Parent, PID: p.PID, Started: moment(p.At()), Name: p.Name, CommandLine: p.CommandLine, Executable: p.Executable,
			User: p.User, SHA256: p.SHA256, Event: p.Event,
		})
	}
	return out, nil
}

func (i investigator) Related(ctx context.Context, event string, count bool) ([]server.RelatedEvents, error) {
	s, err := i.subject(ctx, event)
	if err != nil {
		return nil, err
	}
	related, err := i.investigator.Related(ctx, s, count)
	if err != nil {
		return nil, queryError(err)
	}
	list := make([]server.RelatedEvents, len(related))
	for k, r := range related {
		list[k] = server.RelatedEvents(r)
	}
	return list, nil
}

func (i investigator) Timeline(ctx context.Context, host, user string, from, to time.Time, limit int, after string) (*server.EventPage, error) {
	query := investigate.HostQuery(host)
	if user != "" {
		query = investigate.UserQuery(user)
	}
	return i.events.Search(ctx, server.Selection{Query: query, From: from, To: to}, limit, after)
}
