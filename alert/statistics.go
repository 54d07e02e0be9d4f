package alert

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Counts is how many alerts there are.
type Counts struct {
	Status map[Status]int64
	Open   map[Band]int64 // that are not closed
}

// Counts counts the alerts that a filter chooses.
func (a *Alerts) Counts(ctx context.Context, f Filter) (*Counts, error) {
	clause := f.clause()
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT status, urgency, count(*) FROM alert`+clause.where()+` GROUP BY status, urgency`, clause.args...)
	if err != nil {
		return nil, fmt.Errorf("count alerts: %w", err)
	}
	defer rows.Close()
	c := &Counts{Status: map[Status]int64{}, Open: map[Band]int64{}}
	for rows.Next() {
		var status Status
		var urgency int
		var n int64
		if err := rows.Scan(&status, &urgency, &n); err != nil {
			return nil, fmt.Errorf("count alerts: %w", err)
		}
		c.Status[status] += n
		if status != StatusClosed {
			c.Open[BandOf(urgency)] += n
		}
	}
	return c, rows.Err()
}

// Statistics is how the work on alerts went that were created within a time.
type Statistics struct {
	Created, Closed int64
	Verdicts        map[Verdict]int64
	ToAcknowledge   Durations // from the creation of an alert
	ToClose         Durations
	Rules           []RuleVerdicts // those with most alerts first, 100 at most
}

// Durations are how long something took; all zero when it never happened.
type Durations struct {
	Count          int
	Mean, P50, P90 time.Duration
}

// RuleVerdicts is how the alerts of a rule turned out.
type RuleVerdicts struct {
	Rule, Title string
	Alerts      int64
	Verdicts    map[Verdict]int64
}

const (
	maxTimed = 100_000 // alerts that durations are worked out of, the latest
	maxRules = 100
)

// Stats says how the work went on alerts that were created from From to To.
func (a *Alerts) Stats(ctx context.Context, from, to time.Time) (*Statistics, error) {
	s := &Statistics{Verdicts: map[Verdict]int64{}}
	if err := a.timings(ctx, s, from, to); err != nil {
		return nil, fmt.Errorf("work out how long alerts took: %w", err)
	}
	if err := a.outcomes(ctx, s, from, to); err != nil {
		return nil, fmt.Errorf("work out how alerts of rules turned out: %w", err)
	}
	return s, nil
}

func (a *Alerts) timings(ctx context.Context, s *Statistics, from, to time.Time) error {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT verdict, created, acknowledged, closed FROM alert WHERE created >= ? AND created < ? ORDER BY created DESC LIMIT ?`,
		from.UnixMilli(), to.UnixMilli(), maxTimed)
	if err != nil {
		return err
	}
	defer rows.Close()
	var acknowledge, closing []time.Duration
	for rows.Next() {
		var verdict Verdict
		var created int64
		var acknowledged, closed *int64
		if err := rows.Scan(&verdict, &created, &acknowledged, &closed); err != nil {
			return err
		}
		s.Created++
		if acknowledged != nil {
			acknowledge = append(acknowledge, time.Duration(*acknowledged-created)*time.Millisecond)
		}
		if closed != nil {
			closing = append(closing, time.Duration(*closed-created)*time.Millisecond)
			s.Closed++
			s.Verdicts[verdict]++
		}
	}
	s.ToAcknowledge, s.ToClose = durations(acknowledge), durations(closing)
	return rows.Err()
}

func durations(all []time.Duration) Durations {
	d := Durations{Count: len(all)}
	if d.Count == 0 {
		return d
	}
	slices.Sort(all)
	for _, one := range all {
		d.Mean += one / time.Duration(d.Count)
	}
	d.P50, d.P90 = all[d.Count/2], all[d.Count*9/10]
	return d
}

func (a *Alerts) outcomes(ctx context.Context, s *Statistics, from, to time.Time) error {
	rows, err := a.db.Reader.QueryContext(ctx, `SELECT rule, max(title), count(*), sum(verdict = ?), sum(verdict = ?), sum(verdict = ?)
		FROM alert WHERE created >= ? AND created < ? AND rule <> '' AND origin NOT IN (?, ?) GROUP BY rule ORDER BY count(*) DESC, rule LIMIT ?`,
		TruePositive, BenignPositive, FalsePositive, from.UnixMilli(), to.UnixMilli(), FromNoise, FromDefender, maxRules)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r RuleVerdicts
		var n [3]int64
		if err := rows.Scan(&r.Rule, &r.Title, &r.Alerts, &n[0], &n[1], &n[2]); err != nil {
			return err
		}
		r.Verdicts = map[Verdict]int64{TruePositive: n[0], BenignPositive: n[1], FalsePositive: n[2]}
		s.Rules = append(s.Rules, r)
	}
	return rows.Err()
}
