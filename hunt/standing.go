package hunt

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"penstock/alert"
	"penstock/kql"
	"penstock/sigma"
)

// Standing is a hunt that runs by itself and raises alerts of what it finds.
type Standing struct {
	Name        string
	Description string
	Query       string
	Parameters  []Parameter
	Enabled     bool
	Every       time.Duration // from one run to the next
	Lookback    time.Duration // that a run looks at, where the query does not restrict Timestamp itself
	Threshold   Threshold
	Severity    sigma.Level
	Tactics     []string // of ATT&CK, initial-access
	Techniques  []string // of ATT&CK, T1059.001
	Entities    []EntityColumn
	Grouping    Grouping
	Suppress    time.Duration // for which it rests once it has found something; 0: it does not
}

// Threshold is which numbers of rows are worth an alert.
type Threshold struct {
	Op   string // one of > >= = <
	Rows int64
}

// met tells whether so many rows are worth an alert.
func (t *Threshold) met(rows int64) bool {
	switch t.Op {
	case ">":
		return rows > t.Rows
	case ">=":
		return rows >= t.Rows
	case "<":
		return rows < t.Rows
	}
	return rows == t.Rows
}

// EntityColumn says what the values of a column are.
type EntityColumn struct {
	Kind   alert.Kind
	Column string
}

// Grouping is which rows make one alert.
type Grouping string

// The groupings.
const (
	ByRun    Grouping = "run"    // all that a run finds
	ByEntity Grouping = "entity" // those with the same entities
	ByRow    Grouping = "row"    // each
)

// The bounds of standing hunts.
const (
	MinEvery    = 5 * time.Minute
	MaxEvery    = 7 * 24 * time.Hour
	MaxLookback = 90 * 24 * time.Hour

	maxName        = 100
	maxDescription = 8 << 10
	maxEntities    = 20
	maxAttack      = 30
	maxStanding    = 200 // schedules
)

var (
	tacticForm    = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	techniqueForm = regexp.MustCompile(`^T\d{4}(\.\d{3})?$`)
)

// entityKinds are what columns may hold.
var entityKinds = []alert.Kind{
	alert.Host, alert.User, alert.Process, alert.File, alert.IP, alert.URL, alert.Mailbox, alert.Mail, alert.App, alert.Registry, alert.Resource, alert.Other,
}

// check tells what is wrong with it, the query left aside.
func (s *Standing) check() error {
	s.Name = strings.TrimSpace(s.Name)
	switch n := utf8.RuneCountInString(s.Name); {
	case n == 0 || n > maxName:
		return &Mistake{"name", fmt.Sprintf("Give it a name of at most %d letters.", maxName)}
	case strings.ContainsFunc(s.Name, func(r rune) bool { return unicode.Is(unicode.C, r) }):
		return &Mistake{"name", "The name has characters in it that cannot be seen."}
	case len(s.Description) > maxDescription:
		return &Mistake{"description", fmt.Sprintf("The description is longer than %d bytes.", maxDescription)}
	case s.Every < MinEvery || s.Every > MaxEvery:
		return &Mistake{"everySeconds", fmt.Sprintf("It runs every %s at most and every %s at least.", MinEvery, MaxEvery)}
	case s.Lookback < s.Every || s.Lookback > MaxLookback:
		return &Mistake{"lookbackSeconds", "It looks back at least as far as the run before, and 90 days at most."}
	case !slices.Contains([]string{">", ">=", "=", "<"}, s.Threshold.Op) || s.Threshold.Rows < 0:
		return &Mistake{"threshold", "The threshold is >, >=, = or < and a number of rows."}
	case s.Suppress < 0 || s.Suppress > MaxLookback:
		return &Mistake{"suppressSeconds", "It rests for 90 days at most."}
	case !slices.Contains([]Grouping{ByRun, ByEntity, ByRow}, s.Grouping):
		return &Mistake{"grouping", "Rows make an alert by run, by entity or each by itself."}
	case s.Grouping == ByEntity && len(s.Entities) == 0:
		return &Mistake{"entities", "Say which columns hold entities, or group otherwise."}
	case len(s.Entities) > maxEntities:
		return &Mistake{"entities", fmt.Sprintf("%d columns of entities are the most.", maxEntities)}
	case !slices.Contains([]sigma.Level{sigma.Informational, sigma.Low, sigma.Medium, sigma.High, sigma.Critical}, s.Severity):
		return &Mistake{"severity", "The severity is informational, low, medium, high or critical."}
	}
	return s.checkAttack()
}

func (s *Standing) checkAttack() error {
	if len(s.Tactics) > maxAttack || len(s.Techniques) > maxAttack {
		return &Mistake{"techniques", fmt.Sprintf("%d tactics and techniques are the most.", maxAttack)}
	}
	for _, t := range s.Tactics {
		if len(t) > maxName || !tacticForm.MatchString(t) {
			return &Mistake{"tactics", fmt.Sprintf("%.40q is no tactic: write it like initial-access.", t)}
		}
	}
	for _, t := range s.Techniques {
		if !techniqueForm.MatchString(t) {
			return &Mistake{"techniques", fmt.Sprintf("%.40q is no technique: write it like T1059.001.", t)}
		}
	}
	return nil
}

// checkEntities tells what is wrong with the mapping of a result's columns to entities.
func (s *Standing) checkEntities(columns []kql.Column) error {
	for _, e := range s.Entities {
		if !slices.Contains(entityKinds, e.Kind) {
			return &Mistake{"entities", fmt.Sprintf("%.40q is no kind of entity.", e.Kind)}
		}
		if indexOf(columns, e.Column) < 0 {
			return &Mistake{"entities", fmt.Sprintf("The result has no column %.100q.", e.Column)}
		}
	}
	return nil
}

func indexOf(columns []kql.Column, name string) int {
	return slices.IndexFunc(columns, func(c kql.Column) bool { return c.Name == name })
}

// request is the hunt of a run that looks up to a moment.
func (s *Standing) request(who string, to time.Time) Request {
	return Request{
		Who: who, Query: s.Query, Parameters: s.Parameters, From: to.Add(-s.Lookback), To: to, Now: to, Rows: maxFound, Quiet: true, Patient: true,
	}
}

// rule is what alerts say of it.
func (s *Standing) rule(id string) alert.Rule {
	r := alert.Rule{ID: id, Title: s.Name, Description: s.Description, Level: s.Severity}
	for _, t := range s.Tactics {
		r.Tags = append(r.Tags, "attack."+t)
	}
	for _, t := range s.Techniques {
		r.Tags = append(r.Tags, "attack."+strings.ToLower(t))
	}
	return r
}

// Trial is what a standing hunt would find at the moment.
type Trial struct {
	Rows   int64
	Alerts int      // findings, each an occurrence of an alert
	Groups []string // what tells them apart, of some of them
}

// maxGroups is how many groups a trial tells.
const maxGroups = 20

// Attempt runs a standing hunt once for who, and raises nothing.
func (h *Hunts) Attempt(ctx context.Context, who string, s Standing) (*Trial, error) {
	if err := h.checkStanding(ctx, &s); err != nil {
		return nil, err
	}
	now := h.options.Now()
	r := s.request(who, now)
	r.Patient = false
	found := &found{}
	summary, err := h.Run(ctx, r, found)
	if err != nil {
		return nil, err
	}
	t := &Trial{Rows: summary.Rows}
	if !s.Threshold.met(summary.Rows) {
		return t, nil
	}
	findings := s.findings("", found, now)
	t.Alerts = len(findings)
	for _, f := range findings[:min(len(findings), maxGroups)] {
		var parts []string
		for _, v := range f.Values {
			parts = append(parts, v.Field+" "+v.Value)
		}
		t.Groups = append(t.Groups, strings.Join(parts, ", "))
	}
	return t, nil
}

// checkStanding tells what is wrong with a standing hunt, its query included.
func (h *Hunts) checkStanding(ctx context.Context, s *Standing) error {
	if err := s.check(); err != nil {
		return err
	}
	c, err := h.Check(ctx, s.request("", h.options.Now()))
	if err != nil {
		return err
	}
	return s.checkEntities(c.Columns)
}
