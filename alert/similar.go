package alert

import (
	"context"
	"fmt"
	"strings"

	"penstock/record"
)

// Related is an alert that has something in common with another one.
type Related struct {
	Alert
	SameGroup bool     // the same cause: rule and fields of similarity; an earlier or a later one
	SameRule  bool     // of origin or rule
	Shared    []string // what both name: hosts, users, hashes, addresses
}

const (
	maxRelated = 50
	maxShared  = 10
	// maxCommon is how many alerts may share a term that says something: a mail gateway's address does not.
	maxCommon = 500
)

// Similar lists alerts that have the same cause, the same rule or entities in common with an alert, those with most in
// common first, 50 at most.
func (a *Alerts) Similar(ctx context.Context, id int64) ([]Related, error) {
	if _, err := a.Get(ctx, id); err != nil {
		return nil, err
	}
	own, _, err := readCast(a.db.Reader.QueryRowContext(ctx, statementTexts[selectEntities], id), id)
	if err != nil {
		return nil, err
	}
	terms, err := own.lookups(anyEntity)
	if err != nil {
		return nil, fmt.Errorf("find alerts similar to %d: %w", id, err)
	}
	if terms == "" {
		terms = "{}"
	}
	rows, err := a.db.Reader.QueryContext(ctx, `
		WITH mine AS (SELECT group_key, rule FROM alert WHERE id = ?1),
		telling AS (SELECT DISTINCT t.value AS term, k.key AS kind FROM json_each(?4) k, json_each(k.value) t
			WHERE (SELECT count(*) FROM (SELECT 1 FROM alert_term o WHERE o.term = t.value AND o.kind = k.key LIMIT ?2)) < ?2),
		shared AS (SELECT o.alert AS alert, count(*) AS n, group_concat(o.kind || ' ' || o.term, char(10)) AS terms
			FROM telling t JOIN alert_term o ON o.term = t.term AND o.kind = t.kind WHERE o.alert <> ?1 GROUP BY o.alert),
		found AS (
			SELECT alert AS id FROM shared
			UNION SELECT id FROM (SELECT id FROM alert WHERE group_key = (SELECT group_key FROM mine) AND id <> ?1 ORDER BY last DESC LIMIT ?3)
			UNION SELECT id FROM (SELECT id FROM alert WHERE rule = (SELECT rule FROM mine) AND rule <> '' AND id <> ?1 ORDER BY id DESC LIMIT ?3))
		SELECT `+columns+`, group_key = (SELECT group_key FROM mine), rule <> '' AND rule = (SELECT rule FROM mine), ifnull(shared.terms, '')
		FROM alert LEFT JOIN shared ON shared.alert = alert.id WHERE id IN (SELECT id FROM found)
		ORDER BY group_key = (SELECT group_key FROM mine) DESC, ifnull(shared.n, 0) + 2 * (rule <> '' AND rule = (SELECT rule FROM mine)) DESC, last DESC, id DESC LIMIT ?3`,
		id, maxCommon, maxRelated, terms)
	if err != nil {
		return nil, fmt.Errorf("find alerts similar to %d: %w", id, err)
	}
	defer rows.Close()
	var list []Related
	for rows.Next() {
		var r Related
		var terms string
		if err := scanAlert(rows, &r.Alert, &r.SameGroup, &r.SameRule, &terms); err != nil {
			return nil, fmt.Errorf("find alerts similar to %d: %w", id, err)
		}
		if terms != "" {
			r.Shared = strings.Split(terms, "\n")
			r.Shared = r.Shared[:min(len(r.Shared), maxShared)]
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// OfEvent lists the ids of the alerts that refer to an event.
func (a *Alerts) OfEvent(ctx context.Context, event record.ID) ([]int64, error) {
	ids, err := idsOf(ctx, a.db.Reader, `SELECT DISTINCT alert FROM alert_event WHERE event = ? ORDER BY alert LIMIT ?`, event[:], maxRelated)
	if err != nil {
		return nil, fmt.Errorf("find the alerts of event %s: %w", event, err)
	}
	return ids, nil
}
