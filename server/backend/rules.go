package backend

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"penstock/alert"
	"penstock/catalogue"
	"penstock/server"
	"penstock/sigma"
)

// Rules answers for the rules of the catalogue; how they fire the alerts know.
func Rules(c *catalogue.Catalogue, a *alert.Alerts) server.Rules { return rules{c, a} }

type rules struct {
	catalogue *catalogue.Catalogue
	alerts    *alert.Alerts
}

// ruleError says in the API's way what is wrong with what was asked.
func ruleError(err error) error {
	var invalid *catalogue.Invalid
	switch {
	case errors.Is(err, catalogue.ErrNotFound):
		return fmt.Errorf("%w: %w", server.ErrNotFound, err)
	case errors.As(err, &invalid):
		return &server.RuleError{Problems: problemsOf(invalid.Problems)}
	case errors.Is(err, catalogue.ErrInvalid), errors.Is(err, catalogue.ErrTooLarge):
		return &server.InputError{Message: strings.TrimPrefix(err.Error(), catalogue.ErrInvalid.Error()+": ")}
	case errors.Is(err, catalogue.ErrConflict):
		return &server.ConflictError{Message: catalogue.ErrConflict.Error()}
	}
	return err
}

func problemsOf(list []*sigma.Problem) []server.RuleProblem {
	out := make([]server.RuleProblem, len(list))
	for i, p := range list {
		out[i] = server.RuleProblem{File: p.File, Line: p.Line, Column: p.Column, Message: p.Message, Warning: p.Warning}
	}
	return out
}

func selectionOf(f *server.RuleFilter) catalogue.Selection {
	return catalogue.Selection{
		Text: f.Text, IDs: f.IDs, Kinds: texts[catalogue.Kind](f.Kind), Levels: texts[sigma.Level](f.Level), Efforts: texts[catalogue.Effort](f.Effort),
		Statuses: texts[sigma.Status](f.Status), Packs: f.Pack, Tactics: f.Tactic, Techniques: f.Technique, Categories: f.Category, Products: f.Product,
		Services: f.Service, Applies: texts[catalogue.Applies](f.Applies), Grades: texts[catalogue.Grade](f.Fitness), Enabled: choice(f.Enabled),
		Exceptions: choice(f.Exceptions), Faulty: choice(f.Faulty), Removed: f.Removed, FiredWithin: time.Duration(f.FiredWithin) * 24 * time.Hour,
		Fired: choice(f.Fired), Noisy: choice(f.Noisy),
	}
}

// choice reads a parameter that may be left out.
func choice(s string) *bool {
	if s == "" {
		return nil
	}
	return new(s == "true")
}

func (r rules) List(ctx context.Context, f *server.RuleFilter, sort string, descending bool, limit int, after string) (*server.RulePage, error) {
	found, err := r.catalogue.List(ctx, catalogue.Query{
		Selection: selectionOf(f), Order: catalogue.Order(sort), Descending: descending, Limit: limit, After: after,
	})
	if err != nil {
		return nil, ruleError(err)
	}
	page := &server.RulePage{Total: found.Total, Next: found.Next, Facets: map[string]server.List[server.FacetOption]{}}
	for i := range found.Items {
		page.Rules = append(page.Rules, ruleOf(&found.Items[i]))
	}
	for facet, options := range found.Facets {
		list := make([]server.FacetOption, len(options))
		for i, o := range options {
			list[i] = server.FacetOption(o)
		}
		page.Facets[string(facet)] = list
	}
	return page, nil
}

func ruleOf(i *catalogue.Item) server.Rule {
	out := server.Rule{
		ID: i.ID, Title: i.Title, Kind: string(i.Kind), Level: string(i.Severity()), Status: string(i.Status), Effort: string(i.Effort), Pack: i.Pack,
		Enabled: i.Enabled, ByPolicy: i.ByPolicy, Techniques: i.Techniques, Tactics: i.Tactics,
		Logsource: server.Logsource{Category: i.Logsource.Category, Product: i.Logsource.Product, Service: i.Logsource.Service},
		Applies:   string(i.Applies), Exceptions: i.Exceptions, Problem: i.Problem, Version: i.Version, Settings: i.Settings.Version,
		Fitness: server.RuleFitness{Grade: string(i.Fitness.Grade), Blocking: i.Fitness.Blocking, Since: moment(i.Fitness.Since)},
		Fired:   server.RuleFired{Count: i.Fired.Count, Last: moment(i.Fired.Last), Noisy: i.Fired.Noisy},
	}
	if i.Fitness.Grade == catalogue.Unknown {
		out.Fitness.Grade = "unknown"
	}
	return out
}

func (r rules) Rule(ctx context.Context, id string) (*server.RuleDetail, error) {
	d, err := r.catalogue.Rule(ctx, id)
	if err != nil {
		return nil, ruleError(err)
	}
	out := &server.RuleDetail{
		Rule: ruleOf(&d.Item), Text: d.Text, Warnings: d.Warnings, Description: d.Description, Author: d.Author, License: d.License, Date: d.Date, Modified: d.Modified,
		References: d.References, FalsePositives: d.FalsePositives, Tags: d.Tags, Path: d.Path, Custom: d.Custom(), Obstacles: d.Obstacles,
		Streams: d.Streams, Attack: attackOf(d.Techniques), Decided: settingsOf(&d.Settings), OwnLevel: string(d.Level),
		AllExceptions: exceptionsOf(d.AllExceptions), RefersTo: namesOf(d.RefersTo), Correlated: namesOf(d.Correlated),
		Added: d.Added, Changed: d.Changed, Removed: moment(d.Removed),
	}
	for _, n := range r.catalogue.Needs(id) {
		out.Needs = append(out.Needs, server.RuleNeed{Field: n.Field, Applies: string(n.Applies), Columns: n.Columns, Note: n.Note})
	}
	return out, nil
}

func settingsOf(s *catalogue.Settings) server.RuleSettings {
	out := server.RuleSettings{
		Enabled: s.Enabled, Level: string(s.Level), Note: s.Note, Similarity: s.Similarity, WindowSeconds: int64(s.Window / time.Second),
	}
	if s.Limit.Matches > 0 {
		out.Limit = &server.RuleLimit{Matches: s.Limit.Matches, WithinSeconds: int64(s.Limit.Within / time.Second)}
	}
	return out
}

func namesOf(list []*catalogue.Rule) []server.MatchedRule {
	out := make([]server.MatchedRule, len(list))
	for i, r := range list {
		out[i] = server.MatchedRule{ID: r.ID, Title: r.Title, Level: string(r.Severity())}
	}
	return out
}

// known is an error where a rule, if one is named, was never there.
func known(c *catalogue.Catalogue, rule string) error {
	if _, known := c.Facts(rule); rule != "" && !known {
		return fmt.Errorf("rule %s: %w", rule, server.ErrNotFound)
	}
	return nil
}

func (r rules) History(ctx context.Context, rule string, before int64, limit int) ([]server.RuleChange, error) {
	if err := known(r.catalogue, rule); err != nil {
		return nil, err
	}
	changes, err := r.catalogue.History(ctx, rule, before, limit)
	if err != nil {
		return nil, ruleError(err)
	}
	list := make([]server.RuleChange, len(changes))
	for i := range changes {
		c := &changes[i]
		list[i] = server.RuleChange{
			ID: c.ID, Rule: c.Rule, Pack: c.Pack, Time: c.Time, Who: c.By.Who, Reason: c.By.Reason, What: c.What, Old: c.Old, New: c.New, Detail: c.Detail, Text: c.Text,
		}
	}
	return list, nil
}

func (r rules) Activity(ctx context.Context, rule string, from, to time.Time) ([]server.RuleHour, error) {
	if err := known(r.catalogue, rule); err != nil {
		return nil, err
	}
	hours, err := r.alerts.Hours(ctx, rule, from, to)
	if err != nil {
		return nil, alertError(err)
	}
	list := make([]server.RuleHour, len(hours))
	for i, h := range hours {
		list[i] = server.RuleHour(h)
	}
	return list, nil
}

func (r rules) Named(ids []string) []server.MatchedRule {
	list := make([]server.MatchedRule, len(ids))
	for i, id := range ids {
		list[i].ID = id
		if f, ok := r.catalogue.Facts(id); ok {
			list[i].Title, list[i].Level = f.Title, string(f.Level)
		}
	}
	return list
}

func ruleEditOf(e *server.RuleEdit) catalogue.Edit {
	out := catalogue.Edit{Version: e.Version, Enabled: e.Enabled, Policy: e.Policy, Note: e.Note, Similarity: e.Similarity}
	if e.Level != nil {
		out.Level = new(sigma.Level(*e.Level))
	}
	if e.WindowSeconds != nil {
		out.Window = new(time.Duration(*e.WindowSeconds) * time.Second)
	}
	if e.Limit != nil {
		out.Limit = &catalogue.Limit{Matches: e.Limit.Matches, Within: time.Duration(e.Limit.WithinSeconds) * time.Second}
	}
	return out
}

func (r rules) Edit(ctx context.Context, by server.By, id string, e *server.RuleEdit) (*server.RuleDetail, error) {
	if _, err := r.catalogue.Edit(ctx, id, ruleEditOf(e), catalogue.By(by)); err != nil {
		return nil, ruleError(err)
	}
	return r.Rule(ctx, id)
}

func (r rules) EditAll(ctx context.Context, by server.By, f *server.RuleFilter, e *server.RuleEdit, dryRun bool) (*server.BulkEdit, error) {
	s := selectionOf(f)
	found, err := r.catalogue.List(ctx, catalogue.Query{Selection: s, Limit: 1})
	if err != nil {
		return nil, ruleError(err)
	}
	out := &server.BulkEdit{Rules: found.Total, DryRun: dryRun}
	if dryRun {
		out.Changed, err = r.wouldChange(ctx, s, e, found.Total)
	} else {
		out.Changed, err = r.catalogue.EditAll(ctx, &s, ruleEditOf(e), catalogue.By(by))
	}
	return out, ruleError(err)
}

// wouldChange is how many rules of a selection an edit changes at most: those that are not yet enabled, or disabled, where
// that is all that it says.
func (r rules) wouldChange(ctx context.Context, s catalogue.Selection, e *server.RuleEdit, all int) (int, error) {
	if e.Enabled == nil || e.Level != nil || e.Note != nil || e.Similarity != nil || e.WindowSeconds != nil || e.Limit != nil {
		return all, nil
	}
	if s.Enabled != nil && *s.Enabled == *e.Enabled {
		return 0, nil
	}
	s.Enabled = new(!*e.Enabled)
	found, err := r.catalogue.List(ctx, catalogue.Query{Selection: s, Limit: 1})
	if err != nil {
		return 0, err
	}
	return found.Total, nil
}

func (r rules) Create(ctx context.Context, by server.By, text string) (*server.RuleDetail, error) {
	rule, err := r.catalogue.Create(ctx, []byte(text), catalogue.By(by))
	if err != nil {
		return nil, ruleError(err)
	}
	return r.Rule(ctx, rule.ID)
}

func (r rules) Update(ctx context.Context, by server.By, id string, version int64, text string) (*server.RuleDetail, error) {
	rule, err := r.catalogue.Update(ctx, id, version, []byte(text), catalogue.By(by))
	if err != nil {
		return nil, ruleError(err)
	}
	return r.Rule(ctx, rule.ID)
}

func (r rules) Delete(ctx context.Context, by server.By, id string, version int64) error {
	return ruleError(r.catalogue.Delete(ctx, id, version, catalogue.By(by)))
}

func (r rules) Check(text string) *server.CheckedRule {
	rule, problems := r.catalogue.Check([]byte(text))
	out := &server.CheckedRule{Valid: rule != nil, Problems: problemsOf(problems)}
	for _, p := range problems {
		out.Valid = out.Valid && p.Warning
	}
	if rule != nil {
		out.ID, out.Title, out.Kind, out.Level = rule.ID, rule.Title, string(rule.Kind), string(rule.Level)
		out.Applies, out.Obstacles, out.Streams = string(rule.Applies), rule.Obstacles, rule.Streams
	}
	return out
}
