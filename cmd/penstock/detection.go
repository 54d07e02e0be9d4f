package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"penstock/alert"
	"penstock/catalogue"
	"penstock/census"
	"penstock/config"
	"penstock/ecs"
	"penstock/hunt"
	"penstock/intake"
	"penstock/journal"
	"penstock/notify"
	"penstock/record"
	"penstock/rules"
	"penstock/sigma"
	"penstock/sigma/correlate"
	"penstock/sigma/pipeline"
)

// detection is the rooms between the intake's events and the people who are told of them.
type detection struct {
	router       *pipeline.Pipeline
	census       *census.Census
	catalogue    *catalogue.Catalogue
	facts        *ruleFacts
	alerts       *alert.Alerts
	correlations *alert.Correlations
	notifier     *notify.Notifier
}

// openDetection opens them.
func (p *program) openDetection(ctx context.Context) (err error) {
	d := &p.detection
	if d.router, err = p.formats.Pipeline(p.plan); err != nil {
		return err
	}
	if d.census, err = census.Open(ctx, p.state, census.Options{Logger: p.log}); err != nil {
		return err
	}
	fired, proven := new(activity), &proofs{prover: catalogue.NewProver(p.plan, d.router)}
	if d.catalogue, err = catalogue.Open(ctx, p.state, catalogue.Options{
		Router: d.router, Sigma: p.readingRules(), Builtin: rules.FS(), Version: version, Seen: d.census.View, Fired: fired, Proofs: proven, Logger: p.log, Registerer: p.metrics,
	}); err != nil {
		return err
	}
	proven.catalogue = d.catalogue
	if err := p.installFormatRules(ctx); err != nil {
		return err
	}
	d.facts = &ruleFacts{catalogue: d.catalogue}
	facts := d.facts
	d.correlations = alert.NewCorrelations(currentCorrelations(d.catalogue, p.config.Alerts.Lateness.Or0()), &ruleFields{d.catalogue, pipeline.NewFields(d.router)})
	c := &p.config.Alerts
	if d.alerts, err = alert.New(p.state, alert.Options{
		Plan: p.plan, Rules: facts, Integrations: facts, Correlator: d.correlations, Window: c.Window.Or0(), Retention: span(c.Retention),
		Noise:  alert.Noise{Per: c.Noise.Per.Or0(), Matches: c.Noise.Matches, Alerts: c.Noise.Alerts, PerDay: c.Noise.PerDay, Calm: c.Noise.Calm.Or0()},
		Logger: p.log, Registerer: p.metrics,
	}); err != nil {
		return err
	}
	fired.alerts = d.alerts
	d.notifier = notify.New(p.state, p.secrets, &alertNews{d.alerts, d.catalogue, p.config.Server.PublicURL}, notify.Options{Logger: p.log, Registerer: p.metrics})
	return d.notifier.SealAll(ctx)
}

// installFormatRules brings the packs of rules that come with formats to what their folders have. They are enabled, unless
// somebody has decided otherwise.
func (p *program) installFormatRules(ctx context.Context) error {
	installed := map[string]catalogue.Pack{}
	for _, pack := range p.detection.catalogue.Packs() {
		installed[pack.Name] = pack
	}
	for _, f := range p.formats.All() {
		if f.Rules == nil {
			continue
		}
		files, err := catalogue.ReadFS(f.Rules, catalogue.Bounds{})
		if err != nil {
			p.log.Error("the rules of a format cannot be read; those that were installed before stay", "format", f.ID, "error", err)
			continue
		}
		pack, there := installed[f.ID]
		if there && pack.Hash == files.Hash() {
			continue
		}
		in := &catalogue.Installation{Pack: f.ID, Version: f.Version, Origin: "the format " + f.Name, Files: files}
		if !there {
			in.Policy = &catalogue.Policy{MinLevel: sigma.Informational}
		}
		report, err := p.detection.catalogue.Install(ctx, in, catalogue.By{Who: "penstock", Reason: "comes with the format"})
		if errors.Is(err, catalogue.ErrInvalid) {
			p.log.Error("the rules of a format cannot be used; those that were installed before stay", "format", f.ID, "error", err)
			continue
		}
		if err != nil {
			return fmt.Errorf("install the rules of the format %s: %w", f.ID, err)
		}
		for _, problem := range report.Problems {
			p.log.Error("a rule of a format is broken", "format", f.ID, "file", problem.File, "line", problem.Line, "problem", problem.Message)
		}
	}
	p.detection.catalogue.Refresh() // before the first event
	return nil
}

// span is a time span for those who take 0 for their default; one that is off is longer than anybody waits.
func span(d config.Duration) time.Duration {
	if d < 0 {
		return 100 * 365 * 24 * time.Hour
	}
	return time.Duration(d)
}

// readingRules is how rules are read here.
func (p *program) readingRules() sigma.Options {
	return sigma.Options{Placeholder: p.config.Rules.Placeholder}
}

// alertsAtOnce is the bytes of records of which alerts are made in one transaction when they have fallen behind. Whoever
// else writes waits for it.
const alertsAtOnce = 8 << 20

// run runs the rooms until ctx ends.
func (d *detection) run(ctx context.Context, g *errgroup.Group, p *program, reader *journal.Reader) {
	reader.AtOnce(alertsAtOnce)
	g.Go(func() error { return p.state.Follow(ctx, reader, "alert", p.log, d.alerts) })
	g.Go(func() error { return d.catalogue.Run(ctx) })
	g.Go(func() error { d.census.Run(ctx); return nil })
	g.Go(func() error { return d.alerts.Upkeep(ctx) })
	g.Go(func() error { d.correlations.Run(ctx, d.alerts); return nil })
	g.Go(func() error { d.notifier.Run(ctx); return nil })
}

func (d *detection) detector() intake.Detector { return d.catalogue.Detector() }

// ruleFacts tells alerts of their rules, and of the schedules that raise them as rules do.
type ruleFacts struct {
	catalogue *catalogue.Catalogue
	schedules *hunt.Schedules // nil until they are open: nothing runs before
}

func (r *ruleFacts) Rule(id string) (alert.Rule, bool) {
	if rule, ok := r.schedules.Rule(id); ok {
		return rule, true
	}
	f, ok := r.catalogue.Facts(id)
	if !ok {
		return alert.Rule{}, false
	}
	rule := alertRule(&f)
	rule.Silent = r.catalogue.Live().Silent[id]
	return rule, true
}

// Integration finds the rule whose condition the name of the service alone fulfils.
func (r *ruleFacts) Integration(service string) (alert.Rule, bool, bool) {
	for _, f := range r.catalogue.Integrations() {
		rule := r.catalogue.Source(f.ID)
		if rule != nil && sigma.Evaluate(rule.Condition, func(field string) []string {
			if field == "ServiceSource" {
				return []string{service}
			}
			return nil
		}) {
			return alertRule(&f), f.Enabled, true
		}
	}
	return alert.Rule{}, true, false
}

func alertRule(f *catalogue.Facts) alert.Rule {
	return alert.Rule{
		ID: f.ID, Title: f.Title, Description: f.Description, Level: f.Level, Author: f.Author, Tags: f.Tags, References: f.References,
		FalsePositives: f.FalsePositives, Similarity: f.Similarity, Window: f.Window, Integration: f.Integration(),
		Noise: alert.Noise{Matches: f.Limit.Matches, Per: f.Limit.Within},
	}
}

// activity tells the catalogue which rules fire.
type activity struct{ alerts *alert.Alerts }

func (a *activity) Activity(ctx context.Context, since time.Time) (map[string]catalogue.Fired, error) {
	byRule, err := a.alerts.Activity(ctx, since)
	if err != nil {
		return nil, err
	}
	noisy, err := a.alerts.Noisy(ctx)
	if err != nil {
		return nil, err
	}
	out := make(map[string]catalogue.Fired, len(byRule))
	for id, f := range byRule {
		out[id] = catalogue.Fired{Count: f.Matches, Last: f.Last}
	}
	for _, n := range noisy {
		f := out[n.Rule]
		f.Noisy = true
		out[n.Rule] = f
	}
	return out, nil
}

// proofs tells the catalogue which rules are seen to work.
type proofs struct {
	catalogue *catalogue.Catalogue
	prover    *catalogue.Prover
}

func (p *proofs) Proof(r *catalogue.Rule) string {
	if r.Pack == catalogue.BuiltinPack && rules.Tested(r.Path) {
		return "the records of its test"
	}
	if rule := p.catalogue.Source(r.ID); rule != nil && p.prover.Proven(rule) {
		return "a record made from its own texts"
	}
	return ""
}

// ruleFields reads fields of events as rules name them.
type ruleFields struct {
	catalogue *catalogue.Catalogue
	fields    *pipeline.Fields
}

func (f *ruleFields) Values(rule, field string, rec *record.Record, ev *ecs.Event) []string {
	if r := f.catalogue.Source(rule); r != nil {
		return f.fields.Values(r.Logsource, field, rec, ev)
	}
	return nil
}

// currentCorrelations gives the correlations of the live set, prepared once a set.
func currentCorrelations(c *catalogue.Catalogue, lateness time.Duration) func() *correlate.Set {
	var mu sync.Mutex
	var of *catalogue.Set
	var prepared *correlate.Set
	return func() *correlate.Set {
		mu.Lock()
		defer mu.Unlock()
		if live := c.Live(); live != of {
			of, prepared = live, correlate.New(live.Correlations, lateness)
		}
		return prepared
	}
}

// alertNews tells notifications of alerts.
type alertNews struct {
	alerts    *alert.Alerts
	catalogue *catalogue.Catalogue
	page      string // address of the page, without a slash at the end; empty: messages have no link
}

func (n *alertNews) Changes(ctx context.Context, after int64, limit int) ([]notify.Change, error) {
	changes, err := n.alerts.Changes(ctx, after, limit)
	if err != nil {
		return nil, err
	}
	list := make([]notify.Change, len(changes))
	for i, c := range changes {
		list[i] = notify.Change{ID: c.ID, Alert: strconv.FormatInt(c.Alert, 10), Kind: string(c.Kind), Time: c.Time}
	}
	return list, nil
}

// shownEntities is how many hosts, and how many users, a message names.
const shownEntities = 5

func (n *alertNews) Alert(ctx context.Context, id string) (*notify.Alert, error) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return nil, notify.ErrNoAlert
	}
	a, err := n.alerts.Get(ctx, number)
	if errors.Is(err, alert.ErrNotFound) {
		return nil, notify.ErrNoAlert
	}
	if err != nil {
		return nil, err
	}
	out := &notify.Alert{
		ID: id, Title: a.Title, Description: a.Description, Urgency: a.Urgency, Band: string(a.Band()), Level: string(a.Level), Status: string(a.Status),
		RuleID: a.Rule, Rule: a.Title, Author: a.Author, Techniques: a.Techniques, Tactics: a.Tactics, Count: a.Occurrences, FirstSeen: a.First, LastSeen: a.Last,
	}
	if f, ok := n.catalogue.Facts(a.Rule); ok {
		out.Rule = f.Title
	}
	if n.page != "" {
		out.URL = n.page + "/alerts/" + id
	}
	entities, err := n.alerts.Entities(ctx, number)
	if err != nil {
		return nil, err
	}
	for _, e := range entities {
		switch {
		case e.Kind == alert.Host && len(out.Hosts) < shownEntities:
			out.Hosts = append(out.Hosts, e.Value)
		case e.Kind == alert.User && len(out.Users) < shownEntities:
			out.Users = append(out.Users, e.Value)
		}
	}
	return out, nil
}
