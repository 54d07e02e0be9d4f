package catalogue

import (
	"fmt"
	"strings"
	"time"

	"penstock/census"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// Grade is how fit a rule is for what really arrives.
type Grade string

// The grades.
const (
	Live    Grade = "live"    // everything that it needs arrives
	Partial Grade = "partial" // it can match, but a part of it never will, or never keep it from matching
	Blind   Grade = "blind"   // what it cannot do without does not arrive
	Dead    Grade = "dead"    // it can never match, whatever arrives
	Unknown Grade = ""        // it is not known what arrives
)

// Fitness is the grade of a rule and what stands in the way of a better one.
type Fitness struct {
	Grade    Grade
	Blocking []string  // in words
	Since    time.Time // of Blind: since when; zero: it is not known
}

// enough is how many records must have been looked at before a column without a value is said to have none.
const enough = 20

// Stale is how long something has not arrived when it counts as not arriving any more.
const Stale = 30 * 24 * time.Hour

// assessment grades rules by one view of what has arrived.
type assessment struct {
	router  pipeline.Router
	view    *census.View
	now     time.Time
	columns map[columnOf]seen
}

type columnOf struct {
	stream *pipeline.Stream
	column string
}

// seen is whether something arrives, and if not, since when.
type seen struct {
	yes   bool
	since time.Time
}

// when tells whether something arrives, by when it did last.
func (a *assessment) when(records int64, last time.Time) seen {
	switch {
	case records == 0:
		return seen{since: a.view.Began}
	case a.now.Sub(last) > Stale:
		return seen{since: last}
	}
	return seen{yes: true}
}

// rule grades a detection rule.
func (a *assessment) rule(r *sigma.Rule, j *Judgement) Fitness {
	if j.Applies == No {
		return Fitness{Grade: Dead, Blocking: j.Obstacles}
	}
	var best *Fitness
	var blind notes
	for _, s := range a.router.Route(r.Logsource).Streams {
		if fold(r.Condition, answers(a.router, s)) == never {
			continue
		}
		f := a.stream(r, s)
		if f.Grade == Blind {
			for _, b := range f.Blocking {
				blind.add(b)
			}
		}
		if best == nil || better(&f, best) {
			best = &f
		}
	}
	if best == nil {
		return Fitness{Grade: Dead, Blocking: j.Obstacles}
	}
	if best.Grade == Blind {
		best.Blocking = blind
	}
	return *best
}

var gradeRank = map[Grade]int{Dead: 0, Blind: 1, Partial: 2, Live: 3}

func better(a, b *Fitness) bool {
	if gradeRank[a.Grade] != gradeRank[b.Grade] {
		return gradeRank[a.Grade] > gradeRank[b.Grade]
	}
	return a.Grade == Blind && a.Since.After(b.Since)
}

// stream grades a rule for the events of one stream.
func (a *assessment) stream(r *sigma.Rule, s *pipeline.Stream) Fitness {
	if note, at := a.absent(s); note != "" {
		return Fitness{Grade: Blind, Blocking: []string{note}, Since: at}
	}
	var since time.Time
	var missing notes
	ask := func(t *sigma.Test) (verdict, string) {
		v, note := answers(a.router, s)(t)
		if v == never || t.Field == "" {
			return v, note
		}
		column := a.field(s, t.Field)
		if column.yes {
			return open, ""
		}
		if column.since.After(since) {
			since = column.since
		}
		note = fmt.Sprintf("%s: no value arrives in %s", t.Field, place(s, a.router.Field(s, t.Field).Columns()))
		switch {
		case t.Kind == sigma.Null, t.Kind == sigma.Empty, t.Kind == sigma.Exists && !t.Want:
			return always, note // what it asks for is that there is no value
		}
		return never, note
	}
	if fold(r.Condition, ask) == never {
		blockers(r.Condition, ask, missing.add)
		return Fitness{Grade: Blind, Blocking: missing, Since: since}
	}
	for t := range sigma.Tests(r.Condition) {
		_, note := ask(t)
		missing.add(note)
	}
	if len(missing) > 0 {
		return Fitness{Grade: Partial, Blocking: missing}
	}
	return Fitness{Grade: Live}
}

// absent says in words what of a stream does not arrive at all, and since when; empty where it does.
func (a *assessment) absent(s *pipeline.Stream) (note string, since time.Time) {
	if s.Table == "" {
		return "", time.Time{}
	}
	t := a.view.Table(s.Table)
	if t == nil {
		return "nothing of the table " + s.Table + " has arrived", a.view.Began
	}
	if w := a.when(t.Records, t.Last); !w.yes {
		return "nothing of the table " + s.Table + " arrives any more", w.since
	}
	if s.OS != "" && a.without(s.OS) {
		return "no device with " + s.OS + " reports: DeviceInfo.OSPlatform names none", a.view.Began
	}
	if len(s.ActionTypes) == 0 {
		return "", time.Time{}
	}
	of := t.Of(s.ActionTypes)
	if w := a.when(of.Records, of.Last); !w.yes {
		return fmt.Sprintf("nothing of %s arrives with ActionType %s", s.Table, strings.Join(s.ActionTypes, " or ")), w.since
	}
	return "", time.Time{}
}

// without reports whether the devices that report themselves are many enough to say that none has an operating system.
func (a *assessment) without(os string) bool {
	t := a.view.Table("DeviceInfo")
	if t == nil || t.Sampled(nil) < enough {
		return false
	}
	platforms := t.Columns["OSPlatform"]
	if platforms == nil || platforms.Many {
		return false
	}
	for name := range platforms.Values {
		if strings.HasPrefix(strings.ToLower(name), os) {
			return false
		}
	}
	return true
}

// field says whether any of the columns that a field is read from has values.
func (a *assessment) field(s *pipeline.Stream, name string) seen {
	key := columnOf{s, name}
	if known, ok := a.columns[key]; ok {
		return known
	}
	known := a.look(s, a.router.Field(s, name).Columns())
	a.columns[key] = known
	return known
}

func (a *assessment) look(s *pipeline.Stream, columns []string) seen {
	if len(columns) == 0 || s.Table == "" {
		return seen{yes: true} // a constant, or a field that any table may have
	}
	t := a.view.Table(s.Table)
	if t == nil {
		return seen{since: a.view.Began}
	}
	if t.Sampled(s.ActionTypes) < enough {
		return seen{yes: true} // too little has arrived to say that something is missing
	}
	var worst seen
	for _, column := range columns {
		f := t.Filled(s.ActionTypes, column)
		w := a.when(f.Records, f.Last)
		if w.yes {
			return w
		}
		if worst.since.IsZero() || w.since.After(worst.since) {
			worst = w
		}
	}
	return worst
}

func place(s *pipeline.Stream, columns []string) string {
	table := s.Table
	if len(columns) == 0 {
		return table
	}
	return table + "." + strings.Join(columns, ", ")
}

// grades is the fitness of all rules, by one register and one view.
type grades struct {
	register *register
	view     *census.View
	made     time.Time
	byID     map[string]Fitness
}

// gradesMaxAge is how long grades hold though nothing has changed: things cease to arrive by the passing of time.
const gradesMaxAge = time.Hour

// fitness grades all rules, unless that was done for the same rules and the same view.
func (c *Catalogue) fitness() map[string]Fitness {
	reg := c.register.Load()
	if c.options.Seen == nil {
		return c.staticFitness(reg)
	}
	view, now := c.options.Seen(), c.now()
	if g := c.grades.Load(); g != nil && g.register == reg && g.view == view && now.Sub(g.made) < gradesMaxAge {
		return g.byID
	}
	a := &assessment{router: c.options.Router, view: view, now: now, columns: map[columnOf]seen{}}
	g := &grades{register: reg, view: view, made: now, byID: make(map[string]Fitness, len(reg.rules))}
	for id, e := range reg.rules {
		if e.rule != nil {
			g.byID[id] = a.rule(e.rule, &e.Judgement)
		}
	}
	reg.gradeCorrelations(g.byID)
	c.grades.Store(g)
	return g.byID
}

// staticFitness is what can be said without knowing what arrives.
func (c *Catalogue) staticFitness(reg *register) map[string]Fitness {
	out := make(map[string]Fitness)
	for id, e := range reg.rules {
		if e.Applies == No {
			out[id] = Fitness{Grade: Dead, Blocking: e.Obstacles}
		}
	}
	return out
}

// gradeCorrelations: a correlation is as fit as the worst of the rules that it refers to, one that counts as the best.
func (r *register) gradeCorrelations(byID map[string]Fitness) {
	var grade func(e *entry, depth int) Fitness
	grade = func(e *entry, depth int) Fitness {
		if f, ok := byID[e.ID]; ok {
			return f
		}
		if e.correlation == nil || e.Applies == No || depth > maxChain {
			return Fitness{Grade: Dead, Blocking: e.Obstacles}
		}
		counts := !e.correlation.Type.InTime()
		var out *Fitness
		for _, part := range r.named(e.Refers) {
			f := grade(part, depth+1)
			if out == nil || better(&f, out) == counts {
				f.Blocking = prefixed(part.Title, f.Blocking)
				out = &f
			}
		}
		if out == nil {
			out = &Fitness{Grade: Dead, Blocking: e.Obstacles}
		}
		return *out
	}
	for id, e := range r.rules {
		if e.correlation != nil {
			byID[id] = grade(e, 0)
		}
	}
}

// maxChain is how many correlations may refer to each other in a row.
const maxChain = 16

func prefixed(title string, list []string) []string {
	var out []string
	for _, text := range list {
		out = append(out, title+": "+text)
	}
	return out
}
