package catalogue

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"penstock/sigma"
	"penstock/sigma/match"
)

// Set is the live set: the enabled rules, with exceptions and filters, in the form that events are tried on. It is never
// changed, only replaced.
type Set struct {
	Version     int64  // counts the sets since the program started
	Fingerprint string // of all that is in it: equal sets have the same, whenever they are made
	Made        time.Time
	Matcher     *match.Set
	// Rules are the detection rules that are tried, with their filters and exceptions, in the order of the matcher.
	Rules []*sigma.Rule
	// Silent are rules that are tried for the sake of a correlation alone: their matches are counted by it and raise no alert.
	Silent       map[string]bool
	Correlations []*sigma.Correlation // behind those that they refer to, which are named by their ids
	Problems     []*sigma.Problem     // what is wrong with enabled rules, which are left out
}

// Live is the set that holds at this time. Whoever takes it for every batch of events sees changes at the next one.
func (c *Catalogue) Live() *Set { return c.live.Load() }

// Updated is closed when the set that holds at this time is replaced.
func (c *Catalogue) Updated() <-chan struct{} { return *c.updated.Load() }

// Run keeps the live set up to date, until ctx ends.
func (c *Catalogue) Run(ctx context.Context) error {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		wait := time.Hour // clocks may be put back
		if next := c.expire(); !next.IsZero() {
			wait = min(wait, max(0, next.Sub(c.now())))
		}
		if rest := c.refresh(false); rest > 0 {
			wait = min(wait, rest)
		}
		timer.Reset(wait)
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
			continue
		case <-c.changed:
		}
		// Changes come in numbers: those of a moment make one set.
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(c.options.Settle):
		}
	}
}

// Compiling all rules anew takes a good part of a second and a hundred megabytes, of which intake has less meanwhile. So
// that somebody who makes one decision after the other does not keep it busy, it rests after that for a multiple of the time
// that it took.
const (
	restFactor = 10
	maxRest    = 10 * time.Second
)

// Refresh makes the live set anew at once, when anything in it has changed.
func (c *Catalogue) Refresh() { c.refresh(true) }

// refresh makes the live set anew, when anything in it has changed. Unless it is urgent, it puts off what needs to be compiled
// soon after the last time, and tells for how long.
func (c *Catalogue) refresh(urgent bool) (rest time.Duration) {
	c.compiling.Lock()
	defer c.compiling.Unlock()
	c.expire()
	reg := c.register.Load()
	col, silent := reg.enabled()
	print := fingerprint(reg, col, silent)
	old := c.live.Load()
	if old != nil && old.Fingerprint == print {
		return 0
	}
	began := time.Now()
	resolved := sigma.Resolve(col)
	made := keys(reg, resolved)
	matcher := c.pool.part(made)
	if matcher == nil {
		if rest = c.rested.Sub(began); rest > 0 && !urgent {
			return rest
		}
		matcher = match.Compile(resolved.Rules, c.options.Router)
		c.pool = newPool(matcher, made)
		c.rested = time.Now().Add(min(maxRest, restFactor*time.Since(began)))
	}
	set := &Set{
		Version: 1, Fingerprint: print, Made: c.now().UTC(), Matcher: matcher, Rules: resolved.Rules,
		Silent: silent, Correlations: resolved.Correlations, Problems: resolved.Problems,
	}
	if old != nil {
		set.Version = old.Version + 1
	}
	c.live.Store(set)
	next := make(chan struct{})
	close(*c.updated.Swap(&next))
	c.mark(set.Problems)
	for _, p := range set.Problems {
		c.log.Warn("an enabled rule is left out", "rule", p.RuleID, "title", p.Title, "problem", p.Message)
	}
	c.log.Info("the rules that events are tried on have changed", "version", set.Version, "rules", len(set.Rules),
		"correlations", len(set.Correlations), "left_out", len(set.Problems), "took", time.Since(began).Round(time.Millisecond))
	return 0
}

// mark notes at the rules what is wrong with them, so that a list shows it.
func (c *Catalogue) mark(problems []*sigma.Problem) {
	c.mu.Lock()
	defer c.mu.Unlock()
	wrong := map[string]string{}
	for _, p := range problems {
		if !p.Warning && wrong[p.RuleID] == "" {
			wrong[p.RuleID] = p.Message
		}
	}
	old := c.register.Load()
	reg := old.clone()
	different := false
	for id, e := range old.rules {
		if e.readable() && e.Problem != wrong[id] {
			changed := *e
			changed.Problem = wrong[id]
			reg.rules[id], different = &changed, true
		}
	}
	if different {
		c.register.Store(reg)
	}
}

// enabled gathers what is to be live: the enabled rules, with their exceptions, and those that the enabled correlations
// refer to. silent are rules of whose matches there is to be no alert.
func (r *register) enabled() (col *sigma.Collection, silent map[string]bool) {
	col = &sigma.Collection{}
	g := &enabling{register: r, taken: map[string]bool{}, silent: map[string]bool{}}
	for _, e := range r.sorted() {
		if e.Enabled && e.Removed.IsZero() {
			g.take(e)
		}
	}
	for _, e := range r.sorted() {
		if !g.taken[e.ID] {
			continue
		}
		switch {
		case e.rule != nil:
			col.Rules = append(col.Rules, e.narrowed(r.exceptions[e.ID]))
		case e.correlation != nil:
			col.Correlations = append(col.Correlations, e.correlation)
		case e.filter != nil:
			col.Filters = append(col.Filters, e.filter)
		}
	}
	return col, g.silent
}

// enabling follows correlations to what they refer to.
type enabling struct {
	register *register
	taken    map[string]bool
	silent   map[string]bool
}

func (g *enabling) take(e *entry) {
	if g.taken[e.ID] {
		return
	}
	g.taken[e.ID] = true
	if e.correlation == nil {
		return
	}
	for _, part := range g.register.named(e.Refers) {
		if !part.Removed.IsZero() {
			continue
		}
		// By the specification the rules of a correlation raise no alerts of their own, unless it says "generate"; what a person
		// has enabled does all the same.
		if !part.Enabled || part.ByPolicy && !e.correlation.Generate {
			g.silent[part.ID] = true
		}
		g.take(part)
	}
}

// narrowed is the rule without what its exceptions hide.
func (e *entry) narrowed(exceptions []*Exception) *sigma.Rule {
	if len(exceptions) == 0 {
		return e.rule
	}
	rule := *e.rule
	and := &sigma.And{Of: []sigma.Node{rule.Condition}}
	for _, x := range exceptions {
		and.Of = append(and.Of, &sigma.Not{Of: &sigma.And{Of: []sigma.Node{x.condition}, Label: fmt.Sprintf("exception %d", x.ID)}})
	}
	rule.Condition = and
	return &rule
}

// fingerprint identifies what a live set is made of.
func fingerprint(reg *register, col *sigma.Collection, silent map[string]bool) string {
	h := sha256.New()
	part := func(id string) {
		fmt.Fprintf(h, "%s %s %t", id, reg.rules[id].Hash, silent[id])
		for _, x := range reg.exceptions[id] {
			fmt.Fprintf(h, " %d", x.ID)
		}
		fmt.Fprintln(h)
	}
	for _, r := range col.Rules {
		part(r.ID)
	}
	for _, r := range col.Correlations {
		part(r.ID)
	}
	for _, r := range col.Filters {
		part(r.ID)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// collector is the metrics of the catalogue.
type collector struct{ catalogue *Catalogue }

var (
	rulesDesc   = prometheus.NewDesc("penstock_catalogue_rules", "Rules that the installation knows, by state.", []string{"state"}, nil)
	versionDesc = prometheus.NewDesc("penstock_catalogue_live_version", "Counts the sets of rules since the program started.", nil, nil)
)

func (collector) Describe(ch chan<- *prometheus.Desc) { ch <- rulesDesc; ch <- versionDesc }

func (c collector) Collect(ch chan<- prometheus.Metric) {
	set := c.catalogue.Live()
	known := 0
	for _, p := range c.catalogue.register.Load().packs {
		known += p.Rules
	}
	for state, n := range map[string]int{"known": known, "live": len(set.Rules) + len(set.Correlations), "left_out": len(set.Problems)} {
		ch <- prometheus.MustNewConstMetric(rulesDesc, prometheus.GaugeValue, float64(n), state)
	}
	ch <- prometheus.MustNewConstMetric(versionDesc, prometheus.GaugeValue, float64(set.Version))
}
