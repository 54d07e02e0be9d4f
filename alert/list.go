package alert

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	rows, err := a.db.Reader.QueryContext(ctx, fmt.Sprintf(`SELECT %s FROM alert%s ORDER BY %s DESC, id DESC LIMIT ?`, listedColumns, c.where(), s.Sort), append(c.args, s.Limit+1)...)
	if err != nil {
		return nil, fmt.Errorf("list alerts: %w", err)
	}
	defer rows.Close()
	page := &Page{}
	for rows.Next() {
		var l Listed
		if err := scanListed(rows, &l); err != nil {
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
	return page, nil
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

// scanListed reads listedColumns.
func scanListed(r row, l *Listed) error {
	var hosts, users string
	if err := scanAlert(r, &l.Alert, &hosts, &users); err != nil {
		return err
	}
	if err := errors.Join(json.Unmarshal([]byte(hosts), &l.Hosts), json.Unmarshal([]byte(users), &l.Users)); err != nil {
		return fmt.Errorf("name what alert %d is about: %w", l.ID, err)
	}
	return nil
}

// Get gives an alert, or ErrNotFound.
func (a *Alerts) Get(ctx context.Context, id int64) (*Listed, error) {
	found := new(Listed)
	err := scanListed(a.db.Reader.QueryRowContext(ctx, `SELECT `+listedColumns+` FROM alert WHERE id = ?`, id), found)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read alert %d: %w", id, err)
	}
	return found, nil
}

// Entities are those of an alert, by kind and name.
func (a *Alerts) Entities(ctx context.Context, id int64) ([]Entity, error) {
	c, _, err := readCast(a.db.Reader.QueryRowContext(ctx, statementTexts[selectEntities], id), id)
	if err != nil {
		return nil, err
	}
	var list []Entity
	for _, e := range c.sorted() {
		list = append(list, *e)
	}
	return list, nil
}

// Events are those that an alert refers to, the first 100 and the latest 400, in order of arrival; those of a correlation
// in order of time, for that is what it shows.
func (a *Alerts) Events(ctx context.Context, id int64) ([]Event, error) {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT number, event, rule, event_table, time, summary, row FROM alert_event WHERE alert = ?1
		ORDER BY CASE (SELECT origin FROM alert WHERE id = ?1) WHEN ?2 THEN time END, number`, id, FromCorrelation)
	if err != nil {
		return nil, fmt.Errorf("read the events of alert %d: %w", id, err)
	}
	defer rows.Close()
	var list []Event
	for rows.Next() {
		var e Event
		var event []byte
		var at int64
		if err := rows.Scan(&e.Number, &event, &e.Rule, &e.Table, &at, &e.Summary, &e.Row); err != nil {
			return nil, fmt.Errorf("read the events of alert %d: %w", id, err)
		}
		copy(e.ID[:], event)
		e.Time = moment(at)
		list = append(list, e)
	}
	return list, rows.Err()
}

// Within gives those of the alerts of which everything came by the intakes, in the order given.
func (a *Alerts) Within(ctx context.Context, intakes []string, alerts ...int64) ([]int64, error) {
	if len(intakes) == 0 || len(alerts) == 0 {
		return alerts, nil
	}
	c := (&Filter{Intakes: intakes}).clause()
	args := make([]any, len(alerts))
	for i, id := range alerts {
		args[i] = id
	}
	c.and("id IN (?"+strings.Repeat(",?", len(args)-1)+")", args...)
	seen, err := idsOf(ctx, a.db.Reader, `SELECT id FROM alert`+c.where(), c.args...)
	if err != nil {
		return nil, fmt.Errorf("look by which intakes alerts came: %w", err)
	}
	return slices.DeleteFunc(slices.Clone(alerts), func(id int64) bool { return !slices.Contains(seen, id) }), nil
}
