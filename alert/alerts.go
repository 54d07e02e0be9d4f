// Package alert turns matches of rules and Defender's own alerts into alerts that people work through: matches that
// belong together are occurrences of one alert, which has entities, an urgency that is explained, a status and a history.
//
// Alerts are derived from the journal (Alerts is a state.Applier), in the same transaction as the journal's cursor, so
// that nothing is counted twice, whenever the process is killed. docs/alerts.md tells how an alert lives.
package alert

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
	"penstock/state"
)

// Normalizer makes an event of a record; *format.Plan is one.
type Normalizer interface {
	Normalize(ev *ecs.Event, rec *record.Record, arrived time.Time)
}

// Options of Alerts. Plan is needed; zero values of the others mean what is named.
type Options struct {
	Plan         Normalizer
	Rules        Rules         // nil: none is known
	Integrations Integrations  // nil: all of Defender's own alerts are taken
	Correlator   Correlator    // nil: nothing is correlated
	Window       time.Duration // within which further matches join an alert, for rules that name none; 24 h
	Noise        Noise
	Retention    time.Duration // of closed alerts, and of the counts per rule and hour; 400 days
	Remember     time.Duration // for how long after an event happened it is known to be counted; 90 days
	KeepChanges  time.Duration // for notifications; 30 days
	Logger       *slog.Logger
	Registerer   prometheus.Registerer
}

// Noise says when a rule matches so much that its alerts would drown those of others. All times are those of the
// events, so that catching up on a backlog is no noise.
type Noise struct {
	Per     time.Duration // the span that Matches and Alerts are about; 5 min
	Matches int           // of a rule that are looked at in the span; those beyond are only counted; 10,000
	Alerts  int           // new ones of a rule in the span; 100
	PerDay  int           // new ones of a rule in a day (UTC); 500
	Calm    time.Duration // for how long after that a rule opens no new alerts; 30 min
}

// Alerts are the alerts of an installation. The methods may be called at the same time; Apply by state.DB.Follow alone.
type Alerts struct {
	db      *state.DB
	options Options
	log     *slog.Logger
	now     func() time.Time
	parser  record.Parser // of Apply, as are rec, event and recent
	rec     record.Record
	event   ecs.Event
	recent  *recent
	metrics *metrics
	stmts   *statements
}

// New makes the alerts that lie in db.
func New(db *state.DB, o Options) (*Alerts, error) {
	if o.Plan == nil {
		return nil, errors.New("alerts: no mapping")
	}
	if o.Rules == nil {
		o.Rules = noRules{}
	}
	if o.Integrations == nil {
		o.Integrations = allIntegrations{}
	}
	const day = 24 * time.Hour
	orDefault(&o.Window, day)
	orDefault(&o.Retention, 400*day)
	orDefault(&o.Remember, 90*day)
	orDefault(&o.KeepChanges, 30*day)
	orDefault(&o.Noise.Per, 5*time.Minute)
	orDefault(&o.Noise.Matches, 10_000)
	orDefault(&o.Noise.Alerts, 100)
	orDefault(&o.Noise.PerDay, 500)
	orDefault(&o.Noise.Calm, 30*time.Minute)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	a := &Alerts{db: db, options: o, log: o.Logger, now: time.Now, recent: newRecent()}
	var err error
	if a.stmts, err = prepare(context.Background(), db.Writer); err != nil {
		return nil, err
	}
	a.metrics = newMetrics(a)
	if o.Registerer != nil {
		if err := o.Registerer.Register(a.metrics); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func orDefault[T time.Duration | int](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

// rule finds what is known of a rule.
func (a *Alerts) rule(id string) (Rule, bool) {
	r, known := a.options.Rules.Rule(id)
	if !known {
		return Rule{ID: id, Level: sigma.Medium}, false
	}
	r.ID, r.Level = id, gradeOf(r.Level)
	return r, true
}

// milliseconds since 1970, as the database has times; 0 for a time that is not known.
func milliseconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
