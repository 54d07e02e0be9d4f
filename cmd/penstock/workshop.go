package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"penstock/catalogue"
	"penstock/format"
	"penstock/format/defender"
	"penstock/retro"
	"penstock/sigma"
	"penstock/sigma/match"
	"penstock/sigma/pipeline"
)

// openJobs opens what goes back over stored events.
func (p *program) openJobs(context.Context) error {
	d := &p.detection
	p.jobs = retro.New(p.state, p.lake, &workshop{p.plan, d.router, d.catalogue, p.readingRules()}, retro.Options{
		Sink: &huntAlerts{state: p.state, alerts: d.alerts, catalogue: d.catalogue}, Field: p.plan.Field,
		Workers: p.config.Lake.Threads, Logger: p.log, Registerer: p.metrics,
	})
	return nil
}

// workshop makes what jobs over stored events run, from the catalogue and from the files that a job brings.
type workshop struct {
	plan      *format.Plan
	router    *pipeline.Pipeline
	catalogue *catalogue.Catalogue
	options   sigma.Options // for the rules in a job's files
}

// jobRules are compiled rules as jobs see them.
type jobRules struct{ *match.Set }

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
	return jobRules{match.Compile(rules, w.router)}, nil
}

// rules are those of a job's files and those that it names; where it has neither, all that are in force.
func (w *workshop) rules(work *retro.Work) ([]*sigma.Rule, error) {
	rules, err := filedRules(work, w.options)
	if err != nil {
		return nil, err
	}
	if len(rules) == 0 && len(work.Rules) == 0 {
		return w.catalogue.Live().Rules, nil
	}
	inForce := map[string]*sigma.Rule{} // with their filters and exceptions
	for _, r := range w.catalogue.Live().Rules {
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
		rules = append(rules, r)
	}
	return rules, nil
}

// maxTold is how many faults of files a job names.
const maxTold = 10

// filedRules reads the rules of a job's files. A fault in one of them fails the job: what it would find is not what was
// asked for.
func filedRules(work *retro.Work, o sigma.Options) ([]*sigma.Rule, error) {
	var files []catalogue.File
	for _, f := range work.Files {
		if f.Role == retro.RuleFile {
			files = append(files, catalogue.File{Path: f.Name, Text: []byte(f.Text)})
		}
	}
	if files == nil {
		return nil, nil
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
	return c.Rules, nil
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
	hidden := make([]*sigma.Rule, 0, len(rules))
	for _, r := range rules {
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
			parts = append(parts, x.Condition)
		}
		narrowed := *r
		narrowed.Condition = &sigma.And{Of: parts}
		hidden = append(hidden, &narrowed)
	}
	return jobRules{match.Compile(hidden, w.router)}, nil
}

// Versions makes what is in force, and what would be with the files of a job in place of it.
func (w *workshop) Versions(_ context.Context, work *retro.Work) (before, after retro.Version, err error) {
	rules, err := w.rules(&retro.Work{Rules: work.Rules})
	if err != nil {
		return before, after, err
	}
	before.Mapping, before.Rules = w.plan, jobRules{match.Compile(rules, w.router)}
	after.Mapping = before.Mapping
	router := w.router
	if plan, err := filedMapping(work); err != nil {
		return before, after, err
	} else if plan != nil {
		if router, err = defender.Pipeline(plan); err != nil {
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
	after.Rules = jobRules{match.Compile(rules, router)}
	return before, after, nil
}

// filedMapping is the built-in mapping with the mapping files of a job; nil where it has none.
func filedMapping(work *retro.Work) (*format.Plan, error) {
	var files []defender.File
	for _, f := range work.Files {
		if f.Role == retro.MappingFile {
			files = append(files, defender.File{Name: f.Name, Data: []byte(f.Text)})
		}
	}
	if files == nil {
		return nil, nil //nolint:nilnil // there is none, and nothing wrong
	}
	plan, err := defender.PlanWith(files...)
	if err != nil {
		return nil, fmt.Errorf("read the mapping: %w", err)
	}
	return plan, nil
}
