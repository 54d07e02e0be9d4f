package alert

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Sort is the order of a list, the greatest or latest first.
type Sort string

// The orders.
const (
	ByUrgency     Sort = "urgency"
	ByUpdated     Sort = "updated"
	ByCreated     Sort = "created"
	ByOccurrences Sort = "occurrences"
)

// Selection is a page of alerts.
type Selection struct {
	Filter
	Sort  Sort   // ByUrgency when empty
	Limit int    // 50 when 0, 500 at most
	After string // Next of the page before; empty: the first page
}

// Page is one page of alerts. Next is empty on the last one.
type Page struct {
	Alerts []Listed
	Next   string
}

// Listed is an alert with the hosts and users that it is about, a few of them.
type Listed struct {
	Alert
	Hosts, Users []string
}

const maxListed = 5 // hosts, and users

// List gives a page of alerts. What is wrong with the selection is an *InputError.
func (a *Alerts) List(ctx context.Context, s Selection) (*Page, error) {
	if s.Sort == "" {
		s.Sort = ByUrgency
	}
	switch s.Sort {
	case ByUrgency, ByUpdated, ByCreated, ByOccurrences:
	default:
		return nil, &InputError{fmt.Sprintf("alerts are not sorted by %q: it is urgency, updated, created or occurrences", s.Sort)}
	}
	if s.Limit <= 0 {
		s.Limit = 50
	}
	s.Limit = min(s.Limit, 500)
	c := s.clause()
	if s.After != "" {
		value, id, ok := parseAfter(s.After)
		if !ok {
			return nil, &InputError{"this is not the next of any page: " + cut(s.After, maxTag)}
		}
		c.and(fmt.Sprintf("(%s, id) < (?, ?)", s.Sort), value, id)
	}
	rows, err := a.db.Reader.QueryContext(ctx, fmt.Sprintf(`SELECT %s FROM alert%s ORDER BY %s DESC, id DESC LIMIT ?`, columns, c.where(), s.Sort), append(c.args, s.Limit+1)...)
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	defer rows.Close()
	page := &Page{}
	for rows.Next() {
		var l Listed
		if err := scanAlert(rows, &l.Alert); err != nil {
			return nil, fmt.Errorf("list alerts: %w", err)
		}
		if len(page.Alerts) == s.Limit {
			page.Next = page.Alerts[s.Limit-1].after(s.Sort)
			break
		}
		page.Alerts = append(page.Alerts, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	return page, a.nameAssets(ctx, page.Alerts)
}

// after is where the page goes on that begins behind the alert.
func (a *Alert) after(by Sort) string {
	value := map[Sort]int64{ByUrgency: int64(a.Urgency), ByUpdated: milliseconds(a.Updated), ByCreated: milliseconds(a.Created), ByOccurrences: a.Occurrences}[by]
	return fmt.Sprintf("%d.%d", value, a.ID)
}

func parseAfter(s string) (value, id int64, ok bool) {
	v, i, found := strings.Cut(s, ".")
	value, err1 := strconv.ParseInt(v, 10, 64)
	id, err2 := strconv.ParseInt(i, 10, 64)
	return value, id, found && err1 == nil && err2 == nil
}

// nameAssets adds hosts and users to listed alerts, those that occur most first.
func (a *Alerts) nameAssets(ctx context.Context, list []Listed) error {
	if len(list) == 0 {
		return nil
	}
	at := map[int64]*Listed{}
	args := []any{Host, User}
	for i := range list {
		at[list[i].ID] = &list[i]
		args = append(args, list[i].ID)
	}
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT alert, kind, value FROM alert_entity WHERE kind IN (?,?) AND alert IN (?`+strings.Repeat(",?", len(list)-1)+`)
		ORDER BY alert, occurrences DESC, name`, args...)
	if err != nil {
		return fmt.Errorf("name what alerts are about: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		var kind Kind
		var value string
		if err := rows.Scan(&id, &kind, &value); err != nil {
			return fmt.Errorf("name what alerts are about: %w", err)
		}
		into := &at[id].Users
		if kind == Host {
			into = &at[id].Hosts
		}
		if len(*into) < maxListed {
			*into = append(*into, value)
		}
	}
	return rows.Err()
}

// Get gives an alert, or ErrNotFound.
func (a *Alerts) Get(ctx context.Context, id int64) (*Listed, error) {
	found := make([]Listed, 1)
	err := scanAlert(a.db.Reader.QueryRowContext(ctx, `SELECT `+columns+` FROM alert WHERE id = ?`, id), &found[0].Alert)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read alert %d: %w", id, err)
	}
	return &found[0], a.nameAssets(ctx, found)
}

// Entities are those of an alert, by kind and name.
func (a *Alerts) Entities(ctx context.Context, id int64) ([]Entity, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT `+entityColumns+` FROM alert_entity WHERE alert = ?`, id)
	if err != nil {
		return nil, fmt.Errorf("read the entities of alert %d: %w", id, err)
	}
	defer rows.Close()
	set := entitySet{}
	for rows.Next() {
		e := new(Entity)
		if err := scanEntity(rows, e); err != nil {
			return nil, fmt.Errorf("read the entities of alert %d: %w", id, err)
		}
		set[e.key()] = e
	}
	var list []Entity
	for _, e := range set.sorted() {
		list = append(list, *e)
	}
	return list, rows.Err()
}

// Events are those that an alert refers to, the first 100 and the latest 400, in order of arrival.
func (a *Alerts) Events(ctx context.Context, id int64) ([]Event, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT number, event, rule, event_table, time, summary FROM alert_event WHERE alert = ? ORDER BY number`, id)
	if err != nil {
		return nil, fmt.Errorf("read the events of alert %d: %w", id, err)
	}
	defer rows.Close()
	var list []Event
	for rows.Next() {
		var e Event
		var event []byte
		var at int64
		if err := rows.Scan(&e.Number, &event, &e.Rule, &e.Table, &at, &e.Summary); err != nil {
			return nil, fmt.Errorf("read the events of alert %d: %w", id, err)
		}
		copy(e.ID[:], event)
		e.Time = moment(at)
		list = append(list, e)
	}
	return list, rows.Err()
}
