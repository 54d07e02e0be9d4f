package investigate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"penstock/ecs"
	"penstock/record"
	"penstock/search"
)

// Bounds of a tree.
const (
	maxProcesses   = 500
	maxStarts      = 2000 // of the host in the window
	maxTelling     = 500  // further events about the processes around the subject
	maxAncestors   = 16
	maxDescendants = 8 // generations below the subject
	// startSlack is how far the time of an event may be from the start of the process that it tells of.
	startSlack = 10 * time.Second
)

// Tree is the processes of a host around one of them: its ancestors as far as they are known, their other children that
// started in the window, and what it started itself.
type Tree struct {
	Host      string // as the events name it
	Processes []TreeProcess
	Subject   string // id of the process that the event is about; empty: the event tells of none
	From, To  time.Time
	Truncated bool // there are more processes than are shown
}

// TreeProcess is a process of a tree.
type TreeProcess struct {
	ID, Parent string // within the tree; Parent is empty at a root
	Process
}

var (
	fieldHostID   = ecs.MustLookup("host.id")
	fieldHostName = ecs.MustLookup("host.name")
)

// Tree finds the processes around an event. window is how far before and after it is looked for siblings and children.
func (i *Investigator) Tree(ctx context.Context, s *Subject, window time.Duration) (*Tree, error) {
	at := s.time()
	host, named := hostOf(s)
	t := &Tree{Host: named, From: at.Add(-window), To: at.Add(window)}
	family := lineageOf(&s.Record, s.Record.ID.String(), at)
	if host == "" || len(family) == 0 {
		return t, nil
	}
	b := &treeBuilder{investigator: i, host: host, byPID: map[int64][]*member{}}
	b.take(family)
	subject := b.find(family[0].Identity)
	starts := host + " and penstock.table: " + processTable
	pids := ""
	for k, p := range family {
		if k > 0 {
			pids += " or "
		}
		pids += strconv.FormatInt(p.PID, 10)
	}
	telling := host + " and not penstock.table: " + processTable + " and (process.pid: (" + pids + ") or process.parent.pid: (" + pids + "))"
	for _, question := range []struct {
		query string
		limit int
	}{{starts, maxStarts}, {telling, maxTelling}} {
		more, err := b.ask(ctx, question.query, t.From, t.To, question.limit)
		if err != nil {
			return nil, fmt.Errorf("find the processes of %s: %w", named, err)
		}
		t.Truncated = t.Truncated || more
	}
	if err := b.climb(ctx, subject); err != nil {
		return nil, fmt.Errorf("find the processes of %s: %w", named, err)
	}
	b.write(t, subject)
	return t, nil
}

// hostOf is the condition by which the events of a subject's host are found, and the host's name.
func hostOf(s *Subject) (condition, name string) {
	name = s.text(fieldHostName)
	if id := s.text(fieldHostID); id != "" {
		return is("host.id", id), cmp.Or(name, id)
	}
	if name == "" {
		return "", ""
	}
	return is("host.name", name), name
}

// member is a process that is known, with its parent.
type member struct {
	process Process
	parent  *member
	kids    []*member
	asked   bool // the event of its start was looked for
	id      string
}

type treeBuilder struct {
	investigator *Investigator
	host         string
	byPID        map[int64][]*member
	count        int
}

// find gives the member with an identity; nil where there is none.
func (b *treeBuilder) find(id Identity) *member {
	var vague *member
	for _, m := range b.byPID[id.PID] {
		if m.process.Identity == id {
			return m
		}
		if m.process.same(id) {
			vague = m
		}
	}
	return vague
}

// take adds what a record tells.
func (b *treeBuilder) take(l lineage) {
	var child *member
	for k := range l {
		p := &l[k]
		m := b.find(p.Identity)
		if m == nil {
			m = &member{process: *p}
			b.byPID[p.PID] = append(b.byPID[p.PID], m)
			b.count++
		} else {
			m.process.learn(p)
		}
		if child != nil && child.parent == nil && !m.isBelow(child) {
			child.parent = m
			m.kids = append(m.kids, child)
		}
		child = m
	}
}

// isBelow reports whether m descends from o, or is it: records that contradict each other must not make a circle.
func (m *member) isBelow(o *member) bool {
	for ; m != nil; m = m.parent {
		if m == o {
			return true
		}
	}
	return false
}

// ask takes the processes of the events that a query finds; true when there are more than the limit.
func (b *treeBuilder) ask(ctx context.Context, query string, from, to time.Time, limit int) (more bool, err error) {
	q, err := search.Parse(query)
	if err != nil {
		return false, err
	}
	page, err := b.investigator.events.Search(ctx, search.Request{Query: q, From: from, To: to, Limit: limit})
	if err != nil {
		return false, err
	}
	var parser record.Parser
	var rec record.Record
	// The oldest first: a process is known before its children.
	for _, h := range slices.Backward(page.Hits) {
		if err := parser.Parse(h.Record, &rec); err == nil {
			b.take(lineageOf(&rec, h.ID, h.Time))
		}
	}
	return page.Next != "", nil
}

// climb looks for the starts of ancestors that began before the window, each of which tells of the next one.
func (b *treeBuilder) climb(ctx context.Context, from *member) error {
	for m, n := from, 0; m != nil && n < maxAncestors; m, n = m.parent, n+1 {
		started := m.process.At()
		if m.process.Event != "" || m.asked || started.IsZero() {
			continue
		}
		m.asked = true
		query := b.host + " and penstock.table: " + processTable + " and process.pid: " + strconv.FormatInt(m.process.PID, 10)
		if _, err := b.ask(ctx, query, started.Add(-startSlack), started.Add(startSlack), 10); err != nil {
			return err
		}
	}
	return nil
}

// write lists the ancestors of the subject, their children and the subject's descendants, parents before their children.
func (b *treeBuilder) write(t *Tree, subject *member) {
	var line []*member // from the subject up
	for m := subject; m != nil && len(line) <= maxAncestors; m = m.parent {
		line = append(line, m)
	}
	add := func(m *member) bool {
		if m.id != "" {
			return false
		}
		if len(t.Processes) >= maxProcesses {
			t.Truncated = true
			return false
		}
		m.id = "p" + strconv.Itoa(len(t.Processes)+1)
		p := TreeProcess{ID: m.id, Process: m.process}
		if m.parent != nil {
			p.Parent = m.parent.id
		}
		t.Processes = append(t.Processes, p)
		return true
	}
	// What leads to the subject and follows from it matters most, then its siblings, then theirs above.
	for _, m := range slices.Backward(line) {
		add(m)
	}
	t.Subject = subject.id
	level := []*member{subject}
	for range maxDescendants {
		var next []*member
		for _, m := range level {
			for _, kid := range inOrder(m.kids) {
				if add(kid) {
					next = append(next, kid)
				}
			}
		}
		level = next
	}
	for _, m := range line[1:] {
		for _, kid := range inOrder(m.kids) {
			add(kid)
		}
	}
}

// inOrder sorts processes by their start.
func inOrder(list []*member) []*member {
	slices.SortStableFunc(list, func(a, b *member) int {
		return cmp.Or(cmp.Compare(a.process.Started, b.process.Started), cmp.Compare(a.process.PID, b.process.PID))
	})
	return list
}
