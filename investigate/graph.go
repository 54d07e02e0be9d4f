package investigate

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"penstock/format"
	"penstock/search"
)

// Bounds of a graph. What is beyond is counted, not shown.
const (
	maxNodes      = 300
	maxEdges      = 1000
	maxEdgeEvents = 10
)

// Graph is who and what the events of an alert connect.
type Graph struct {
	Nodes   []Node
	Edges   []Edge
	Events  int // that it was made of
	Missing int // of the alert, that are not stored any more
	LeftOut int // relations that were too many
}

// Node is somebody or something.
type Node struct {
	ID          string // within the graph
	Entity      format.Entity
	Occurrences int // in relations
	First, Last time.Time
}

// Edge says that one did something to another, however often.
type Edge struct {
	From, To    string // ids of nodes
	Verb        string
	Count       int
	First, Last time.Time
	Events      []string // ids, the first few
}

// Relations are those that an event tells of.
func (i *Investigator) Relations(s *Subject) []format.Relation {
	return i.plan.Relations(&s.Record, &s.Event)
}

// Referred finds the events that references name, in the order of time; those that are not stored any more are left out.
func (i *Investigator) Referred(ctx context.Context, events []search.Reference) ([]search.Hit, error) {
	found, err := i.events.Referred(ctx, events)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(found, func(a, b search.Hit) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	return found, nil
}

// Graph joins the relations of events.
func (i *Investigator) Graph(ctx context.Context, events []search.Reference) (*Graph, error) {
	found, err := i.Referred(ctx, events)
	if err != nil {
		return nil, err
	}
	b := graphBuilder{nodes: map[string]*Node{}, edges: map[edgeKey]*Edge{}}
	for k := range found {
		s, err := i.Subject(found[k].Record, found[k].Time)
		if err != nil {
			b.graph.LeftOut++
			continue
		}
		for _, r := range i.Relations(s) {
			b.add(&r, found[k].ID, found[k].Time)
		}
	}
	b.graph.Events, b.graph.Missing = len(found), len(events)-len(found)
	return b.finish(), nil
}

type edgeKey struct{ from, verb, to string }

// graphBuilder joins relations, in the order of time.
type graphBuilder struct {
	graph Graph
	nodes map[string]*Node // by what the entity is known by
	edges map[edgeKey]*Edge
	order []*Node
	links []*Edge
}

func (b *graphBuilder) add(r *format.Relation, event string, at time.Time) {
	from, to := b.node(&r.Subject, at), b.node(&r.Object, at)
	if from == nil || to == nil {
		b.graph.LeftOut++
		return
	}
	key := edgeKey{from.ID, r.Verb, to.ID}
	e := b.edges[key]
	if e == nil {
		if len(b.edges) >= maxEdges {
			b.graph.LeftOut++
			return
		}
		e = &Edge{From: from.ID, To: to.ID, Verb: r.Verb, First: at}
		b.edges[key] = e
		b.links = append(b.links, e)
	}
	e.Count++
	e.Last = at
	if len(e.Events) < maxEdgeEvents && !slices.Contains(e.Events, event) {
		e.Events = append(e.Events, event)
	}
}

func (b *graphBuilder) node(e *format.Entity, at time.Time) *Node {
	key := e.Key()
	n := b.nodes[key]
	if n == nil {
		if len(b.nodes) >= maxNodes {
			return nil
		}
		n = &Node{ID: "n" + strconv.Itoa(len(b.nodes)+1), Entity: *e, First: at}
		b.nodes[key] = n
		b.order = append(b.order, n)
	}
	n.Occurrences++
	n.Last = at
	return n
}

func (b *graphBuilder) finish() *Graph {
	for _, n := range b.order {
		b.graph.Nodes = append(b.graph.Nodes, *n)
	}
	for _, e := range b.links {
		b.graph.Edges = append(b.graph.Edges, *e)
	}
	return &b.graph
}
