package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// reading is the rules of a pack's files.
type reading struct {
	entries  []*entry // in the order of the files
	byID     map[string]*entry
	problems []*sigma.Problem
}

// read reads the rules of files and judges them.
func (c *Catalogue) read(pack string, files []File) *reading {
	r := &reading{byID: map[string]*entry{}}
	for i := range files {
		f := &files[i]
		col := sigma.Read(f.Path, f.Text, c.options.Sigma)
		r.problems = append(r.problems, col.Problems...)
		for _, rule := range col.Rules {
			e := c.entry(pack, f, Detection, &rule.Metadata, rule.Logsource)
			e.rule, e.Fields = rule, rule.Fields
			r.add(e)
		}
		for _, correlation := range col.Correlations {
			e := c.entry(pack, f, Correlation, &correlation.Metadata, sigma.Logsource{})
			e.correlation, e.Refers = correlation, correlation.Rules
			r.add(e)
		}
		for _, filter := range col.Filters {
			e := c.entry(pack, f, Filter, &filter.Metadata, filter.Logsource)
			e.filter, e.Refers = filter, filter.Rules
			e.Judgement = Judgement{Applies: Yes}
			r.add(e)
		}
	}
	r.judge(c.options.Router)
	return r
}

func (r *reading) add(e *entry) {
	if first := r.byID[e.ID]; first != nil {
		r.problems = append(r.problems, &sigma.Problem{
			File: e.Path, RuleID: e.ID, Title: e.Title, Position: sigma.Position{Line: e.Line, Column: 1},
			Message: fmt.Sprintf("the id %s is that of another rule, in %s, line %d: the second is left out", e.ID, first.Path, first.Line),
		})
		return
	}
	r.byID[e.ID] = e
	r.entries = append(r.entries, e)
}

// judge judges the detection rules that were read.
func (r *reading) judge(router pipeline.Router) {
	var entries []*entry
	var rules []*sigma.Rule
	for _, e := range r.entries {
		if e.rule != nil {
			entries, rules = append(entries, e), append(rules, e.rule)
		}
	}
	for i, j := range judge(router, rules) {
		entries[i].Judgement = j
	}
}

// entry is what a rule says about itself.
func (c *Catalogue) entry(pack string, f *File, kind Kind, m *sigma.Metadata, ls sigma.Logsource) *entry {
	tags := c.matrix.Tags(m.Tags)
	return &entry{text: m.Text, Rule: Rule{
		ID: m.ID, Name: m.Name, Title: m.Title, Kind: kind, Description: m.Description, Level: m.Level, Status: m.Status,
		Effort: effortOf(m), Author: m.Author, License: m.License, Date: m.Date, Modified: m.Modified, References: m.References,
		FalsePositives: m.FalsePositives, Tags: m.Tags, Techniques: tags.Techniques, Tactics: tags.Tactics, Logsource: ls,
		Pack: pack, Path: f.Path, Line: m.Line, Hash: textHash(m.Text),
	}}
}

func effortOf(m *sigma.Metadata) Effort {
	text, _ := m.Custom["effort"].(string)
	if e := Effort(strings.ToLower(text)); slices.Contains(efforts, e) {
		return e
	}
	return ""
}

// textHash identifies what a rule says.
func textHash(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// relate judges the correlations, by the rules that they refer to.
func (r *register) relate() {
	for id, e := range r.rules {
		if e.correlation == nil {
			continue
		}
		j := r.judgeCorrelation(e, map[string]bool{})
		if e.Applies != j.Applies || !slices.Equal(e.Obstacles, j.Obstacles) {
			changed := *e
			changed.Judgement = j
			r.rules[id] = &changed
		}
	}
}

// judgeCorrelation: a correlation applies where all the rules that it refers to do. One that counts needs only one of them.
func (r *register) judgeCorrelation(e *entry, asking map[string]bool) Judgement {
	j := Judgement{Applies: Yes}
	var obstacles notes
	if asking[e.ID] {
		obstacles.add("it refers to itself")
		return Judgement{Applies: No, Obstacles: obstacles}
	}
	asking[e.ID] = true
	defer delete(asking, e.ID)
	counts := !e.correlation.Type.InTime()
	possible := 0
	for _, ref := range e.Refers {
		parts := r.named([]string{ref})
		if len(parts) == 0 {
			obstacles.add(fmt.Sprintf("the rule %s, which it refers to, is not there", ref))
			j.Applies = Partly
			continue
		}
		applies := No
		for _, part := range parts {
			of := part.Judgement
			if part.correlation != nil {
				of = r.judgeCorrelation(part, asking)
			}
			if !part.Removed.IsZero() {
				of = Judgement{Applies: No, Obstacles: []string{"it was removed"}}
			}
			if of.Applies == Yes || applies == No {
				applies = of.Applies
			}
			for _, o := range of.Obstacles {
				obstacles.add(part.Title + ": " + o)
			}
		}
		if applies != No {
			possible++
		}
		if applies != Yes {
			j.Applies = Partly
		}
	}
	if possible == 0 || !counts && possible < len(e.Refers) && e.correlation.Condition == nil {
		j.Applies = No
	}
	j.Obstacles = obstacles
	return j
}
