package catalogue

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"penstock/sigma"
)

// Selection says which rules are meant. Lists are alternatives, and an empty one means all; everything that is given must
// hold.
type Selection struct {
	Text       string // words, all of which are in the title, description, id, author, tags, file or a technique's name
	IDs        []string
	Kinds      []Kind
	Levels     []sigma.Level // that count: those of the settings before those of the rules
	Efforts    []Effort
	Statuses   []sigma.Status
	Packs      []string
	Tactics    []string // keys, ids or names
	Techniques []string // ids; one includes its sub-techniques
	Categories []string
	Products   []string
	Services   []string
	Applies    []Applies
	Grades     []Grade
	Enabled    *bool
	Exceptions *bool // whether the rule has any that hold
	Faulty     *bool // whether there is a problem with it
	Removed    bool  // the rules that their packs do not have any more, instead of those that they have

	FiredWithin time.Duration // of the figures; 30 days
	Fired       *bool         // whether the rule has within that time
	Noisy       *bool
}

// Item is a rule of a list.
type Item struct {
	*Rule
	Fitness Fitness
	Fired   Fired // within Selection.FiredWithin
}

// Order of a list.
type Order string

// The orders.
const (
	ByTitle   Order = "title"
	ByLevel   Order = "level"
	ByStatus  Order = "status"
	ByEffort  Order = "effort"
	ByPack    Order = "pack"
	ByChanged Order = "changed"
	ByFired   Order = "fired" // how often
	ByLast    Order = "last"  // when it fired last
	ByFitness Order = "fitness"
)

// Query asks for a page of a list.
type Query struct {
	Selection
	Order      Order // ByTitle where it is empty
	Descending bool
	Limit      int    // items of the page; 100, 1000 at most
	After      string // Next of the page before; empty: the first page
}

// Page is one page of a list.
type Page struct {
	Items  []Item
	Next   string // After of the next page; empty: this is the last
	Total  int    // rules of all pages
	Facets map[Facet][]Count
}

const defaultFiredWithin = 30 * 24 * time.Hour

// facts is what is known of rules beside the rules themselves.
type facts struct {
	fitness map[string]Fitness
	fired   map[string]Fired
}

func (c *Catalogue) facts(ctx context.Context, within time.Duration) (*facts, error) {
	f := &facts{fitness: c.fitness()}
	if c.options.Fired == nil {
		return f, nil
	}
	if within <= 0 {
		within = defaultFiredWithin
	}
	var err error
	if f.fired, err = c.options.Fired.Activity(ctx, c.now().Add(-within)); err != nil {
		return nil, fmt.Errorf("ask which rules have fired: %w", err)
	}
	return f, nil
}

func (c *Catalogue) row(e *entry, f *facts) *Item {
	item := &Item{Rule: &e.Rule, Fitness: f.fitness[e.ID], Fired: f.fired[e.ID]}
	if item.Fitness.Grade == Blind && item.Fired.Count > 0 && c.now().Sub(item.Fired.Last) <= Stale {
		// The census looks at a sample of the records, and may have missed the few that count.
		item.Fitness = Fitness{Grade: Live}
	}
	return item
}

// List gives a page of the rules that a query asks for, and how many rules each other choice would give.
func (c *Catalogue) List(ctx context.Context, q Query) (*Page, error) {
	if q.Limit <= 0 {
		q.Limit = 100
	}
	q.Limit = min(q.Limit, 1000)
	if q.Order == "" {
		q.Order = ByTitle
	}
	if orderKeys[q.Order] == nil {
		return nil, invalid("rules cannot be ordered by %q: by one of %s", q.Order, strings.Join(orders(), ", "))
	}
	f, err := c.facts(ctx, q.FiredWithin)
	if err != nil {
		return nil, err
	}
	tests, err := c.tests(&q.Selection)
	if err != nil {
		return nil, err
	}
	facets := newFacets()
	var items []keyed
	for _, e := range c.register.Load().rules {
		item := c.row(e, f)
		failed, misses := tests.failing(item)
		if misses == 0 {
			items = append(items, keyed{orderKeys[q.Order](item), item})
		}
		facets.count(item, failed, misses)
	}
	slices.SortFunc(items, func(a, b keyed) int { return a.compare(&b, q.Descending) })
	page := &Page{Total: len(items), Facets: facets.counts()}
	if q.After != "" {
		after, err := parseCursor(q.After)
		if err != nil {
			return nil, err
		}
		i, _ := slices.BinarySearchFunc(items, after, func(a, b keyed) int { return cmp.Or(a.compare(&b, q.Descending), -1) })
		items = items[i:]
	}
	for i := range items {
		if i == q.Limit {
			page.Next = items[i-1].cursor()
			break
		}
		page.Items = append(page.Items, *items[i].item)
	}
	return page, nil
}

// keyed is an item with what it is sorted by.
type keyed struct {
	key  string
	item *Item
}

func (k *keyed) compare(o *keyed, descending bool) int {
	n := cmp.Compare(k.key, o.key)
	if descending {
		n = -n
	}
	return cmp.Or(n, cmp.Compare(k.item.ID, o.item.ID))
}

func (k *keyed) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(k.item.ID + "\x00" + k.key))
}

func parseCursor(text string) (keyed, error) {
	data, err := base64.RawURLEncoding.DecodeString(text)
	id, key, ok := strings.Cut(string(data), "\x00")
	if err != nil || !ok {
		return keyed{}, invalid("%q is no page of this list: begin with the first", text)
	}
	return keyed{key, &Item{Rule: &Rule{ID: id}}}, nil
}

// orderKeys are what items are sorted by, as texts.
var orderKeys = map[Order]func(*Item) string{
	ByTitle:   func(i *Item) string { return strings.ToLower(i.Title) },
	ByLevel:   func(i *Item) string { return rank(slices.Index(levels, i.Severity())) },
	ByStatus:  func(i *Item) string { return rank(slices.Index(statuses, i.Status)) },
	ByEffort:  func(i *Item) string { return rank(slices.Index(efforts, i.Effort)) },
	ByPack:    func(i *Item) string { return i.Pack + "\x00" + i.Path },
	ByChanged: func(i *Item) string { return number(i.Changed.UnixMilli()) },
	ByFired:   func(i *Item) string { return number(i.Fired.Count) },
	ByLast:    func(i *Item) string { return number(max(0, i.Fired.Last.Unix())) },
	ByFitness: func(i *Item) string { return rank(gradeRank[i.Fitness.Grade]) },
}

func orders() []string {
	var names []string
	for o := range orderKeys {
		names = append(names, string(o))
	}
	slices.Sort(names)
	return names
}

func rank(n int) string     { return fmt.Sprintf("%02d", n+1) }
func number(n int64) string { return fmt.Sprintf("%020d", n) }

// Detail is all about one rule.
type Detail struct {
	Item
	Text          string       // its YAML; of a removed rule the last that it had
	Warnings      []string     // what is doubtful about the text, in words
	AllExceptions []*Exception // that hold or held, newest first
	RefersTo      []*Rule      // of a correlation: its rules
	Correlated    []*Rule      // correlations that refer to it
}

// Rule tells all about one rule, figures of the last 30 days included.
func (c *Catalogue) Rule(ctx context.Context, id string) (*Detail, error) {
	reg := c.register.Load()
	e := reg.rules[id]
	if e == nil {
		return nil, fmt.Errorf("rule %s: %w", id, ErrNotFound)
	}
	f, err := c.facts(ctx, 0)
	if err != nil {
		return nil, err
	}
	d := &Detail{Item: *c.row(e, f), Text: string(e.text), Warnings: c.doubts(e)}
	if d.Text == "" {
		history, err := c.History(ctx, id, 0, maxHistory)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(history, func(h Change) bool { return h.Text != "" && h.What != "exception" }); i >= 0 {
			d.Text = history[i].Text
		}
	}
	if d.AllExceptions, err = c.Exceptions(ctx, id, true); err != nil {
		return nil, err
	}
	for _, part := range reg.named(e.Refers) {
		d.RefersTo = append(d.RefersTo, part.clone())
	}
	for _, other := range reg.sorted() {
		if other.Kind == Correlation && slices.Contains(reg.named(other.Refers), e) {
			d.Correlated = append(d.Correlated, other.clone())
		}
	}
	return d, nil
}

// doubts are the warnings about the text of a rule.
func (c *Catalogue) doubts(e *entry) []string {
	var doubts []string
	for _, p := range sigma.Read(e.Path, e.text, c.options.Sigma).Problems {
		if p.Warning {
			doubts = append(doubts, p.Message)
		}
	}
	return doubts
}

// Packs tells the packs, by name.
func (c *Catalogue) Packs() []Pack {
	packs := c.register.Load().packs
	var list []Pack
	for _, name := range slices.Sorted(maps.Keys(packs)) {
		list = append(list, *packs[name])
	}
	return list
}
