package alert

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// cast is the entities of an alert, in the order in which they came.
type cast struct {
	list []*Entity
	at   map[entityName]*Entity
	news bool // one has come or has something more to be looked up by
}

// find finds an entity; a user by whatever is known of it, for the tables name one by different things.
func (c *cast) find(e *Entity) *Entity {
	if known := c.at[e.key()]; known != nil || e.Kind != User {
		return known
	}
	for _, known := range c.list {
		if known.samePerson(e) {
			return known
		}
	}
	return nil
}

// unite makes one of a user and of others that turn out to be the same, now that more is known of it.
func (c *cast) unite(e *Entity) {
	c.at[e.key()] = e // it may have got another name
	c.list = slices.DeleteFunc(c.list, func(o *Entity) bool {
		if o == e || !e.samePerson(o) {
			return false
		}
		e.absorb(o)
		e.Occurrences += o.Occurrences
		e.span(o.First, o.Last)
		c.at[o.key()], c.at[e.key()] = e, e
		return true
	})
}

func (c *cast) add(e *Entity) {
	if c.at == nil {
		c.at = make(map[entityName]*Entity, 16)
	}
	c.at[e.key()] = e
	c.list = append(c.list, e)
}

// sorted are the entities by kind and name.
func (c *cast) sorted() []*Entity {
	return slices.SortedFunc(slices.Values(c.list), compareEntities)
}

var kindOrder = []Kind{Host, User, Process, File, IP, URL, Mailbox, Mail, App, Registry, Resource, Other}

func compareEntities(x, y *Entity) int {
	if x.Kind != y.Kind {
		return slices.Index(kindOrder, x.Kind) - slices.Index(kindOrder, y.Kind)
	}
	return strings.Compare(x.key().name, y.key().name)
}

// storedEntity is an entity as it lies in the database.
type storedEntity struct {
	Kind  Kind   `json:"kind"`
	Value string `json:"value"`
	EntityFacts
	First       int64 `json:"first"` // milliseconds since 1970
	Last        int64 `json:"last"`
	Occurrences int64 `json:"occurrences"`
}

func (c *cast) encode() ([]byte, error) {
	stored := make([]storedEntity, len(c.list))
	for i, e := range c.list {
		stored[i] = storedEntity{e.Kind, e.Value, e.EntityFacts, milliseconds(e.First), milliseconds(e.Last), e.Occurrences}
	}
	return json.Marshal(stored)
}

func decodeCast(text []byte) (cast, error) {
	var c cast
	var stored []storedEntity
	if err := json.Unmarshal(text, &stored); err != nil {
		return c, err
	}
	entities := make([]Entity, len(stored))
	c.list = make([]*Entity, 0, len(stored)+4)
	c.at = make(map[entityName]*Entity, len(stored)+4)
	for i := range stored {
		s := &stored[i]
		entities[i] = Entity{Kind: s.Kind, Value: s.Value, EntityFacts: s.EntityFacts, First: moment(s.First), Last: moment(s.Last), Occurrences: s.Occurrences}
		c.add(&entities[i])
	}
	return c, nil
}

// readCast reads the entities of an alert; one that has none has no row.
func readCast(r row, alert int64) (c cast, size int, err error) {
	var text []byte
	err = r.Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return cast{}, 0, nil
	}
	if err == nil {
		c, err = decodeCast(text)
	}
	if err != nil {
		return c, 0, fmt.Errorf("read the entities of alert %d: %w", alert, err)
	}
	return c, len(text), nil
}

// names are what a text is looked for in.
func (c *cast) names() string {
	var b strings.Builder
	for i, e := range c.list {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.ToLower(e.Value))
		if upn := e.upn(); e.Kind == User && upn != e.Value {
			b.WriteByte('\n')
			b.WriteString(strings.ToLower(upn))
		}
	}
	return b.String()
}

const maxListed = 5 // hosts, and users

// most are the values of a kind, those that occur most first, a few of them.
func (c *cast) most(kind Kind) []string {
	var found []*Entity
	for _, e := range c.list {
		if e.Kind == kind {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(x, y *Entity) int {
		return cmp.Or(cmp.Compare(y.Occurrences, x.Occurrences), compareEntities(x, y))
	})
	var list []string
	for _, e := range found[:min(len(found), maxListed)] {
		list = append(list, e.Value)
	}
	return list
}

// lookup is a term with the kind of the entity that it stands for.
type lookup struct {
	kind Kind
	term string
}

// lookups are the terms of those entities that choose takes, by their kinds, as JSON that statements take apart; empty:
// there are none.
func (c *cast) lookups(choose func(*Entity) bool) (string, error) {
	var terms map[Kind][]string
	for _, e := range c.list {
		if !choose(e) {
			continue
		}
		if terms == nil {
			terms = make(map[Kind][]string, len(kindOrder))
		}
		terms[e.Kind] = append(terms[e.Kind], e.terms()...)
	}
	if terms == nil {
		return "", nil
	}
	text, err := json.Marshal(terms)
	return string(text), err
}

func anyEntity(*Entity) bool { return true }

// loadEntities reads the entities of an alert that is in the database.
func (w *writing) loadEntities(d *draft) (err error) {
	if d.loaded {
		return nil
	}
	d.loaded = true
	d.entities, d.size, err = readCast(w.queryRow(selectEntities, d.ID), d.ID)
	return err
}

// saveEntities writes the entities of an alert of which something has changed.
func (w *writing) saveEntities(d *draft) error {
	if !d.met {
		return nil
	}
	text, err := d.entities.encode()
	if err != nil {
		return err
	}
	d.size = len(text)
	if err := w.exec(saveEntities, d.ID, d.entities.names(), string(text)); err != nil {
		return err
	}
	if !d.entities.news {
		return nil
	}
	terms, err := d.entities.lookups(func(e *Entity) bool { return e.news })
	if err != nil || terms == "" {
		return err
	}
	return w.exec(insertTerms, terms, d.ID)
}

// meet adds an entity, or what is new of it.
func (d *draft) meet(e *Entity, first, last time.Time) {
	known := d.entities.find(e)
	switch {
	case known == nil && len(d.entities.list) >= maxEntities:
		return
	case known == nil:
		own := *e
		own.First, own.Last, own.Occurrences, own.news = first, last, 1, true
		d.entities.add(&own)
		d.entities.news = true
		d.assets = d.assets || e.Kind == Host || e.Kind == User
	default:
		if known.absorb(e) {
			known.news, d.entities.news = true, true
			d.assets = d.assets || e.Kind == Host || e.Kind == User
			if e.Kind == User {
				d.entities.unite(known)
			}
		}
		known.Occurrences++
		known.span(first, last)
	}
	d.met = true
}
