package alert

import (
	"context"
	"fmt"
)

// Overview is what the alerts that are not closed have in common, those with most alerts first.
type Overview struct {
	Rules      []Share // by their titles
	Hosts      []Share
	Users      []Share
	Tactics    []Share
	Techniques []Share
}

// Share is how many alerts something has a part in.
type Share struct {
	ID     string // of a rule, a tactic or a technique
	Name   string // of a rule, a host or a user
	Alerts int64
	Urgent int64 // of these high or critical
}

const (
	// maxSurveyed is how many alerts an overview looks at, the latest.
	maxSurveyed = 20_000
	maxShares   = 50
)

// Overview looks at the latest 20,000 alerts that a filter chooses and that are not closed.
func (a *Alerts) Overview(ctx context.Context, f Filter) (*Overview, error) {
	f.Open = true
	clause := f.clause()
	surveyed := `WITH open AS (SELECT rule, title, urgency, hosts, users, tactics, techniques FROM alert` + clause.where() +
		fmt.Sprintf(` ORDER BY updated DESC LIMIT %d) `, maxSurveyed)
	o := &Overview{}
	for _, part := range []struct {
		into  *[]Share
		query string
	}{
		{&o.Rules, `SELECT rule, max(title), count(*) AS n, sum(urgency >= ?) FROM open GROUP BY rule`},
		{&o.Hosts, `SELECT '', value, count(*) AS n, sum(urgency >= ?) FROM open, json_each(hosts) GROUP BY lower(value)`},
		{&o.Users, `SELECT '', value, count(*) AS n, sum(urgency >= ?) FROM open, json_each(users) GROUP BY lower(value)`},
		{&o.Tactics, `SELECT value, '', count(*) AS n, sum(urgency >= ?) FROM open, json_each(tactics) GROUP BY value`},
		{&o.Techniques, `SELECT value, '', count(*) AS n, sum(urgency >= ?) FROM open, json_each(techniques) GROUP BY value`},
	} {
		var err error
		query := surveyed + part.query + fmt.Sprintf(` ORDER BY n DESC, 1, 2 LIMIT %d`, maxShares)
		if *part.into, err = a.shares(ctx, query, append(clause.args[:len(clause.args):len(clause.args)], bandFloors[HighBand])...); err != nil {
			return nil, fmt.Errorf("survey open alerts: %w", err)
		}
	}
	return o, nil
}

func (a *Alerts) shares(ctx context.Context, query string, args ...any) ([]Share, error) {
	rows, err := a.db.Reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Share
	for rows.Next() {
		var s Share
		if err := rows.Scan(&s.ID, &s.Name, &s.Alerts, &s.Urgent); err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, rows.Err()
}
