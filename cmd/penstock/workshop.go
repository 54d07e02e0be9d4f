package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"penstock/alert"
	"penstock/catalogue"
	"penstock/format"
	"penstock/format/defender"
	"penstock/formats"
	"penstock/retro"
	"penstock/search"
	"penstock/sigma"
	"penstock/sigma/correlate"
	"penstock/sigma/match"
	"penstock/sigma/pipeline"
)

// openJobs opens what goes back over stored events.
func (p *program) openJobs(context.Context) error {
	d := &p.detection
	p.jobs = retro.New(p.state, p.lake, &workshop{p.formats, p.plan, d.router, d.catalogue, p.readingRules()}, retro.Options{
		Sink: &huntAlerts{state: p.state, alerts: d.alerts, catalogue: d.catalogue}, Field: p.plan.Field, Tables: p.tables,
		Workers: p.config.Lake.Threads, Logger: p.log, Registerer: p.metrics,
	})
	return nil
}

// tables are those that the mapping knows and those that something is stored of.
func (p *program) tables() []string {
	var names []string
	for _, t := range p.plan.Tables() {
		names = append(names, t.Name)
	}
	for _, t := range p.lake.Stats().Tables {
		names = append(names, t.Table)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// workshop makes what jobs over stored events run, from the catalogue and from the files that a job brings.
type workshop struct {
	formats   *formats.Catalogue
	plan      *format.Plan
	router    *pipeline.Pipeline
	catalogue *catalogue.Catalogue
	options   sigma.Options // for the rules in a job's files
}

// jobRules are compiled rules as jobs see them.
type jobRules struct {
	*match.Set
	correlations *correlate.Set // nil: there are none
	router       pipeline.Router
	noted        bool     // what correlations find becomes alerts, which tell of the events behind it
	filed        bool     // the rules are those of files
	named        []string // and these of the catalogue
}

func (r jobRules) Correlations() *correlate.Set { return r.correlations }

// Silent is about rules of files: by the specification they raise no alerts where a correlation counts them, unless it says
// otherwise. Of the catalogue's rules the catalogue knows.
func (r jobRules) Silent(rule string) bool {
	return r.filed && r.correlations.Silent(rule) && !slices.Contains(r.named, rule)
}

func (r jobRules) Counter() retro.Counter { return jobCounter{r, pipeline.NewFields(r.router)} }

// jobCounter reads what correlations want to know of a match.
type jobCounter struct {
	rules  jobRules
	fields *pipeline.Fields
}

func (c jobCounter) Count(number int32, e *search.Scanned) correlate.Match {
	rule := c.rules.Set.Rule(number)
	values := map[string][]string{}
	for _, field := range c.rules.correlations.Fields(rule.ID) {
		values[field] = c.fields.Values(rule.Logsource, field, e.Record, e.Event)
	}
	m := correlate.Match{Rule: rule.ID, Event: e.Record.ID, Time: e.Time, Values: func(field string) []string { return values[field] }}
	if c.rules.noted {
		m.Note = alert.Note(e.Record, e.Event, e.Intake, e.Read)
	}
	return m
}

func (r jobRules) Matcher() retro.Matcher { return r.Set.Matcher() }

func (r jobRules) Rule(number int32) retro.Rule {
	rule := r.Set.Rule(number)
	return retro.Rule{ID: rule.ID, Title: rule.Title, Level: string(rule.Level)}
}

func (r jobRules) Tables() []string {
	tables := []string{}
	for i := range int32(r.Len()) {
		for _, stream := range r.Applicability(i).Streams {
			switch {
			case stream.Table == "":
				return nil
			case !slices.Contains(tables, stream.Table):
				tables = append(tables, stream.Table)
			}
		}
	}
	return tables
}

// Rules compiles what a detect, test or exception job runs.
func (w *workshop) Rules(ctx context.Context, work *retro.Work) (retro.Rules, error) {
	if work.Kind == retro.Exception {
		return w.exception(ctx, work)
	}
	rules, err := w.rules(work)
	if err != nil {
		return nil, err
	}
	made := compiled(rules, w.router)
	made.noted, made.named = work.Alerts, work.Rules
	made.filed = slices.ContainsFunc(work.Files, func(f retro.File) bool { return f.Role == retro.RuleFile })
	return made, nil
}

func compiled(c *sigma.Collection, router pipeline.Router) jobRules {
	r := jobRules{Set: match.Compile(c.Rules, router), router: router}
	if len(c.Correlations) > 0 {
		r.correlations = correlate.New(c.Correlations, 0)
	}
	return r
}

// rules are those of a job's files and those that it names; where it has neither, all that are in force.
func (w *workshop) rules(work *retro.Work) (*sigma.Collection, error) {
	c, err := filedRules(work, w.options)
	if err != nil {
		return nil, err
	}
	live := w.catalogue.Live()
	if c == nil && len(work.Rules) == 0 {
		return &sigma.Collection{Rules: live.Rules, Correlations: live.Correlations}, nil
	}
	if c == nil {
		c = new(sigma.Collection)
	}
	inForce := map[string]*sigma.Rule{} // with their filters and exceptions
	for _, r := range live.Rules {
		inForce[r.ID] = r
	}
	for _, id := range work.Rules {
		r := inForce[id]
		if r == nil {
			r = w.catalogue.Source(id)
		}
		if r == nil {
			return nil, fmt.Errorf("rule %s: it is no detection rule of the catalogue", id)
		}
		c.Rules = append(c.Rules, r)
	}
	return c, nil
}

// maxTold is how many faults of files a job names.
const maxTold = 10

// filedRules reads the rules of a job's files. A fault in one of them fails the job: what it would find is not what was
// asked for.
func filedRules(work *retro.Work, o sigma.Options) (*sigma.Collection, error) {
	var files []catalogue.File
	for _, f := range work.Files {
		if f.Role == retro.RuleFile {
			files = append(files, catalogue.File{Path: f.Name, Text: []byte(f.Text)})
		}
	}
	if files == nil {
		return nil, nil //nolint:nilnil // there are none, and nothing wrong
	}
	c := parseRules(files, o)
	var told []string
	for _, p := range c.Problems {
		if !p.Warning {
			told = append(told, fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message))
		}
	}
	if n := len(told); n > 0 {
		if n > maxTold {
			told = append(told[:maxTold], fmt.Sprintf("and %d more", n-maxTold))
		}
		return nil, fmt.Errorf("rules cannot be read: %s", strings.Join(told, "; "))
	}
	if len(c.Rules) == 0 {
		return nil, fmt.Errorf("the files hold no detection rules")
	}
	return c, nil
}

// exception makes rules of what an exception would hide of each rule that is named.
func (w *workshop) exception(ctx context.Context, work *retro.Work) (retro.Rules, error) {
	if len(work.Rules) == 0 {
		return nil, fmt.Errorf("an exception is tried on a rule: name it")
	}
	rules, err := w.rules(&retro.Work{Rules: work.Rules})
	if err != nil {
		return nil, err
	}
	hidden := make([]*sigma.Rule, 0, len(rules.Rules))
	for _, r := range rules.Rules {
		listed, err := w.catalogue.Rule(ctx, r.ID)
		if err != nil {
			return nil, err
		}
		parts := []sigma.Node{r.Condition}
		for _, f := range work.Files {
			if f.Role != retro.ExceptionFile {
				continue
			}
			x, err := w.catalogue.ExceptionRule(listed.Rule, f.Text)
			if err != nil {
				return nil, err
			}
			if unknown := w.catalogue.Unanswered(x); len(unknown) > 0 {
				return nil, fmt.Errorf("the exception names fields that no event has which the rule %q is tried on, and hides nothing by them: %s", r.Title, strings.Join(unknown, "; "))
			}
			parts = append(parts, x.Condition)
		}
		narrowed := *r
		narrowed.Condition = &sigma.And{Of: parts}
		hidden = append(hidden, &narrowed)
	}
	return compiled(&sigma.Collection{Rules: hidden}, w.router), nil
}

// Versions makes what is in force, and what would be with the files of a job in place of it.
func (w *workshop) Versions(_ context.Context, work *retro.Work) (before, after retro.Version, err error) {
	rules, err := w.rules(&retro.Work{Rules: work.Rules})
	if err != nil {
		return before, after, err
	}
	before.Mapping, before.Rules = w.plan, compiled(rules, w.router)
	after.Mapping = before.Mapping
	router := w.router
	if plan, err := w.filedMapping(work); err != nil {
		return before, after, err
	} else if plan != nil {
		if router, err = w.formats.Pipeline(plan); err != nil {
			return before, after, err
		}
		after.Mapping = plan
	}
	others, err := filedRules(work, w.options)
	if err != nil {
		return before, after, err
	}
	if others != nil {
		rules = others
	}
	after.Rules = compiled(rules, router)
	return before, after, nil
}

// filedMapping is the built-in mapping with the mapping files of a job; nil where it has none.
func (w *workshop) filedMapping(work *retro.Work) (*format.Plan, error) {
	var files []defender.File
	for _, f := range work.Files {
		if f.Role == retro.MappingFile {
			files = append(files, defender.File{Name: f.Name, Data: []byte(f.Text)})
		}
	}
	if files == nil {
		return nil, nil //nolint:nilnil // there is none, and nothing wrong
	}
	plan, err := w.formats.Plan(files...)
	if err != nil {
		return nil, fmt.Errorf("read the mapping: %w", err)
	}
	return plan, nil
}
