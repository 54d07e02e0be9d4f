package backend

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"penstock/access"
	"penstock/alert"
	"penstock/attack"
	"penstock/record"
	"penstock/server"
	"penstock/sigma"
)

// Alerts answers for the alerts.
func Alerts(a *alert.Alerts) server.Alerts { return alerts{a} }

type alerts struct{ alerts *alert.Alerts }

// alertError says in the API's way what is wrong with what was asked.
func alertError(err error) error {
	var input *alert.InputError
	var limit *alert.LimitError
	var version *alert.VersionError
	var step *alert.TransitionError
	switch {
	case errors.Is(err, alert.ErrNotFound):
		return fmt.Errorf("%w: %w", server.ErrNotFound, err)
	case errors.As(err, &input):
		return &server.InputError{Message: input.Message}
	case errors.As(err, &limit):
		return &server.InputError{Message: limit.Error()}
	case errors.As(err, &version):
		return &server.ConflictError{Message: version.Error()}
	case errors.As(err, &step):
		return &server.ConflictError{Message: step.Error()}
	}
	return err
}

// texts makes the strings of one kind those of another.
func texts[To, From ~string](list []From) []To {
	if list == nil {
		return nil
	}
	out := make([]To, len(list))
	for i, s := range list {
		out[i] = To(s)
	}
	return out
}

// filterOf is what was asked for, of what whoever asks may see.
func filterOf(ctx context.Context, f *server.AlertFilter) alert.Filter {
	return alert.Filter{
		Intakes: access.Intakes(ctx),
		Status:  texts[alert.Status](f.Status), Open: f.Open, Verdict: texts[alert.Verdict](f.Verdict), Bands: texts[alert.Band](f.Urgency),
		Levels: texts[sigma.Level](f.Level), Origins: texts[alert.Origin](f.Origin), Rule: f.Rule, Assignee: f.Assignee, Tag: f.Tag,
		Host: f.Host, User: f.User, Entity: f.Entity, Technique: f.Technique, Tactic: f.Tactic, Text: f.Text,
		From: f.From, To: f.To, Updated: f.Updated,
	}
}

// seen is ErrNotFound for an alert that whoever asks may not see.
func (a alerts) seen(ctx context.Context, id int64) error {
	ids, err := a.alerts.Within(ctx, access.Intakes(ctx), id)
	if err != nil {
		return err
	}
	if len(ids) == 0 {
		return server.ErrNotFound
	}
	return nil
}

func (a alerts) List(ctx context.Context, f *server.AlertFilter, sort string, limit int, after string) (*server.AlertPage, error) {
	found, err := a.alerts.List(ctx, alert.Selection{Filter: filterOf(ctx, f), Sort: alert.Sort(sort), Limit: limit, After: after})
	if err != nil {
		return nil, alertError(err)
	}
	page := &server.AlertPage{Next: found.Next}
	for i := range found.Alerts {
		page.Alerts = append(page.Alerts, listedOf(&found.Alerts[i]))
	}
	return page, nil
}

func listedOf(l *alert.Listed) server.Alert {
	out := alertOf(&l.Alert)
	out.Hosts, out.Users = l.Hosts, l.Users
	return out
}

func alertOf(a *alert.Alert) server.Alert {
	return server.Alert{
		ID: a.ID, Version: a.Version, Title: a.Title, Origin: string(a.Origin), Rule: a.Rule, Level: string(a.Level), Urgency: a.Urgency, Band: string(a.Band()),
		Status: string(a.Status), Verdict: string(a.Verdict), Assignee: a.Assignee, Tags: a.Tags, Techniques: a.Techniques, Tactics: a.Tactics,
		Occurrences: a.Occurrences, First: a.First, Last: a.Last, Created: a.Created, Updated: a.Updated,
	}
}

func (a alerts) Counts(ctx context.Context, f *server.AlertFilter) (*server.AlertCounts, error) {
	c, err := a.alerts.Counts(ctx, filterOf(ctx, f))
	if err != nil {
		return nil, alertError(err)
	}
	return &server.AlertCounts{Status: counts(c.Status), Open: counts(c.Open)}, nil
}

func (a alerts) Overview(ctx context.Context, f *server.AlertFilter) (*server.AlertOverview, error) {
	o, err := a.alerts.Overview(ctx, filterOf(ctx, f))
	if err != nil {
		return nil, alertError(err)
	}
	matrix := attack.Enterprise()
	for i := range o.Tactics {
		if tactic, ok := matrix.Tactic(o.Tactics[i].ID); ok {
			o.Tactics[i].Name = tactic.Name
		}
	}
	for i := range o.Techniques {
		o.Techniques[i].Name = matrix.Title(o.Techniques[i].ID)
	}
	return &server.AlertOverview{
		Rules: shares(o.Rules), Hosts: shares(o.Hosts), Users: shares(o.Users), Tactics: shares(o.Tactics), Techniques: shares(o.Techniques),
	}, nil
}

func shares(list []alert.Share) []server.AlertShare {
	out := make([]server.AlertShare, len(list))
	for i, s := range list {
		out[i] = server.AlertShare(s)
	}
	return out
}

func counts[K ~string](m map[K]int64) map[string]int64 {
	out := make(map[string]int64, len(m))
	for k, n := range m {
		out[string(k)] = n
	}
	return out
}

func (a alerts) Statistics(ctx context.Context, from, to time.Time) (*server.AlertStatistics, error) {
	s, err := a.alerts.Stats(ctx, from, to)
	if err != nil {
		return nil, alertError(err)
	}
	out := &server.AlertStatistics{
		Created: s.Created, Closed: s.Closed, Verdicts: counts(s.Verdicts), ToAcknowledge: durationsOf(s.ToAcknowledge), ToClose: durationsOf(s.ToClose),
	}
	for _, r := range s.Rules {
		out.Rules = append(out.Rules, server.RuleVerdicts{Rule: r.Rule, Title: r.Title, Alerts: r.Alerts, Verdicts: counts(r.Verdicts)})
	}
	return out, nil
}

func durationsOf(d alert.Durations) server.Durations {
	return server.Durations{Count: d.Count, Mean: d.Mean.Seconds(), P50: d.P50.Seconds(), P90: d.P90.Seconds()}
}

// maxOfEvent is how many alerts of one event are shown.
const maxOfEvent = 50

func (a alerts) OfEvent(ctx context.Context, event string) ([]server.AlertOfEvent, error) {
	id, err := record.ParseID(event)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", server.ErrNotFound, err)
	}
	ids, err := a.alerts.OfEvent(ctx, id)
	if err != nil {
		return nil, err
	}
	if ids, err = a.alerts.Within(ctx, access.Intakes(ctx), ids...); err != nil {
		return nil, err
	}
	var list []server.AlertOfEvent
	for _, id := range ids[:min(len(ids), maxOfEvent)] {
		l, err := a.alerts.Get(ctx, id)
		if errors.Is(err, alert.ErrNotFound) { // deleted meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, server.AlertOfEvent{ID: id, Title: l.Title, Band: string(l.Band()), Status: string(l.Status)})
	}
	return list, nil
}

func (a alerts) Noisy(ctx context.Context) ([]server.NoisyRule, error) {
	noisy, err := a.alerts.Noisy(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]server.NoisyRule, len(noisy))
	for i, n := range noisy {
		list[i] = server.NoisyRule(n)
	}
	return list, nil
}

func (a alerts) Alert(ctx context.Context, id int64) (*server.AlertDetail, error) {
	if err := a.seen(ctx, id); err != nil {
		return nil, err
	}
	l, err := a.alerts.Get(ctx, id)
	if err != nil {
		return nil, alertError(err)
	}
	out := &server.AlertDetail{
		Alert: listedOf(l), Description: l.Description, Author: l.Author, References: l.References, FalsePositives: l.FalsePositives,
		UrgencySet: l.UrgencySet, Computed: l.Computed, Steps: texts[string](l.Status.Steps()), RuleUnknown: l.Unknown, Reopened: l.Reopened,
		Late: l.Late, Provisional: l.Provisional, Acknowledged: moment(l.Acknowledged), Closed: moment(l.Closed), Attack: attackOf(l.Techniques),
	}
	for _, r := range l.Explain() {
		out.Reasons = append(out.Reasons, server.UrgencyReason(r))
	}
	for _, v := range l.GroupedBy {
		out.GroupedBy = append(out.GroupedBy, server.FieldValue(v))
	}
	if d := l.Defender; d != nil {
		out.Defender = &server.DefenderAlert{AlertID: d.AlertID, Category: d.Category, Severity: d.Severity, Service: d.Service, Source: d.Source}
	}
	entities, err := a.alerts.Entities(ctx, id)
	if err != nil {
		return nil, err
	}
	for i := range entities {
		e := &entities[i]
		out.Entities = append(out.Entities, server.AlertEntity{
			Kind: string(e.Kind), Value: e.Value, Roles: e.Roles, Details: e.Details, Seen: e.Seen, First: e.First, Last: e.Last, Occurrences: e.Occurrences,
		})
	}
	return out, nil
}

// attackOf names techniques.
func attackOf(ids []string) []server.AttackTerm {
	var list []server.AttackTerm
	for _, id := range ids {
		list = append(list, server.AttackTerm{ID: id, Name: attack.Enterprise().Title(id)})
	}
	return list
}

func editOf(e *server.AlertEdit) *alert.Edit {
	out := &alert.Edit{
		Assignee: e.Assignee, Tags: e.Tags, AddTags: e.AddTags, RemoveTags: e.RemoveTags, Urgency: e.Urgency, NoUrgency: e.NoUrgency, Comment: e.Comment,
	}
	if e.Status != nil {
		out.Status = new(alert.Status(*e.Status))
	}
	if e.Verdict != nil {
		out.Verdict = new(alert.Verdict(*e.Verdict))
	}
	return out
}

func (a alerts) Update(ctx context.Context, actor string, id, version int64, e *server.AlertEdit) (*server.AlertDetail, error) {
	if err := a.seen(ctx, id); err != nil {
		return nil, err
	}
	if _, err := a.alerts.Update(ctx, actor, id, version, editOf(e)); err != nil {
		return nil, alertError(err)
	}
	return a.Alert(ctx, id)
}

func (a alerts) UpdateAll(ctx context.Context, actor string, ids []int64, e *server.AlertEdit) ([]server.AlertResult, error) {
	seen, err := a.alerts.Within(ctx, access.Intakes(ctx), ids...)
	if err != nil {
		return nil, err
	}
	var results []alert.Result
	if len(seen) > 0 {
		if results, err = a.alerts.UpdateAll(ctx, actor, seen, editOf(e)); err != nil {
			return nil, alertError(err)
		}
	}
	list := make([]server.AlertResult, 0, len(ids))
	for _, r := range results {
		result := server.AlertResult{ID: r.ID}
		if r.Err != nil {
			result.Problem = r.Err.Error()
		}
		list = append(list, result)
	}
	for _, id := range ids {
		if !slices.Contains(seen, id) {
			list = append(list, server.AlertResult{ID: id, Problem: alert.ErrNotFound.Error()})
		}
	}
	return list, nil
}

func (a alerts) Events(ctx context.Context, id int64) ([]server.AlertEvent, error) {
	if err := a.seen(ctx, id); err != nil {
		return nil, err
	}
	events, err := a.alerts.Events(ctx, id)
	if err != nil {
		return nil, alertError(err)
	}
	list := make([]server.AlertEvent, len(events))
	for i, e := range events {
		list[i] = server.AlertEvent{ID: e.ID.String(), Table: e.Table, Rule: e.Rule, Time: e.Time, Summary: e.Summary, Number: e.Number}
		if len(e.Row) > 0 {
			if list[i].Row, err = alertRow(e.Row); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

func (a alerts) History(ctx context.Context, id int64) ([]server.AlertEntry, error) {
	if err := a.seen(ctx, id); err != nil {
		return nil, err
	}
	entries, err := a.alerts.History(ctx, id)
	if err != nil {
		return nil, alertError(err)
	}
	list := make([]server.AlertEntry, len(entries))
	for i, e := range entries {
		list[i] = server.AlertEntry{Time: e.Time, Actor: e.Actor, What: e.What, Old: e.Old, New: e.New, Note: e.Note}
	}
	return list, nil
}

func (a alerts) Comments(ctx context.Context, id int64) ([]server.AlertComment, error) {
	if err := a.seen(ctx, id); err != nil {
		return nil, err
	}
	comments, err := a.alerts.Comments(ctx, id)
	if err != nil {
		return nil, alertError(err)
	}
	list := make([]server.AlertComment, len(comments))
	for i, c := range comments {
		list[i] = server.AlertComment(c)
	}
	return list, nil
}

func (a alerts) Comment(ctx context.Context, actor string, id int64, text string) error {
	if err := a.seen(ctx, id); err != nil {
		return err
	}
	return alertError(a.alerts.Comment(ctx, actor, id, text))
}

func (a alerts) Similar(ctx context.Context, id int64) ([]server.SimilarAlert, error) {
	if err := a.seen(ctx, id); err != nil {
		return nil, err
	}
	related, err := a.alerts.Similar(ctx, id)
	if err != nil {
		return nil, alertError(err)
	}
	ids := make([]int64, len(related))
	for i := range related {
		ids[i] = related[i].ID
	}
	if ids, err = a.alerts.Within(ctx, access.Intakes(ctx), ids...); err != nil {
		return nil, err
	}
	var list []server.SimilarAlert
	for i := range related {
		r := &related[i]
		if !slices.Contains(ids, r.ID) {
			continue
		}
		list = append(list, server.SimilarAlert{Alert: alertOf(&r.Alert), SameGroup: r.SameGroup, SameRule: r.SameRule, Shared: r.Shared})
	}
	return list, nil
}
