package alert

import (
	"strings"
	"time"

	"penstock/sigma"
)

// Filter chooses alerts: those for which everything holds that it says. Of a list one suffices.
type Filter struct {
	Status     []Status
	Open       bool // not closed
	Verdict    []Verdict
	Bands      []Band
	Levels     []sigma.Level
	Origins    []Origin
	Rule       string
	Assignee   string // Unassigned: nobody
	Tag        string
	Host, User string    // name or id, in any case
	Entity     string    // what any entity may be looked up by: a name, an address, a hash; in any case
	Technique  string    // T1059 stands for its sub-techniques as well
	Tactic     string    // initial-access, in any writing
	Text       string    // in title, description, rule, assignee or the name of an entity
	From, To   time.Time // of its events: one of them may have happened in between; To is not included
	Updated    time.Time // since
	Intakes    []string  // nothing of it came by any other
}

// Unassigned is the assignee of alerts that have none.
const Unassigned = "-"

// clause is SQL with what is bound to its question marks.
type clause struct {
	parts []string
	args  []any
}

func (c *clause) and(part string, args ...any) {
	c.parts = append(c.parts, part)
	c.args = append(c.args, args...)
}

// where is the clause with its keyword; empty where everything is chosen.
func (c *clause) where() string {
	if len(c.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(c.parts, " AND ")
}

// oneOf adds that a column has one of the values, when there are any.
func oneOf[T ~string](c *clause, column string, values []T) {
	if len(values) == 0 {
		return
	}
	args := make([]any, len(values))
	for i, v := range values {
		args[i] = string(v)
	}
	c.and(column+" IN (?"+strings.Repeat(",?", len(values)-1)+")", args...)
}

// clause makes SQL of the filter.
func (f *Filter) clause() *clause {
	c := &clause{}
	oneOf(c, "status", f.Status)
	oneOf(c, "verdict", f.Verdict)
	oneOf(c, "level", f.Levels)
	oneOf(c, "origin", f.Origins)
	if f.Open {
		c.and("status <> ?", StatusClosed)
	}
	if len(f.Bands) > 0 {
		var spans []string
		var args []any
		for _, b := range f.Bands {
			from, to := b.span()
			spans, args = append(spans, "urgency BETWEEN ? AND ?"), append(args, from, to)
		}
		c.and("("+strings.Join(spans, " OR ")+")", args...)
	}
	if f.Rule != "" {
		c.and("rule = ?", f.Rule)
	}
	switch f.Assignee {
	case "":
	case Unassigned:
		c.and("assignee = ''")
	default:
		c.and("assignee = ?", f.Assignee)
	}
	if f.Tag != "" {
		c.and("EXISTS (SELECT 1 FROM json_each(alert.tags) WHERE value = ?)", f.Tag)
	}
	if f.Host != "" {
		c.and("id IN (SELECT alert FROM alert_term WHERE term = ? AND kind = ?)", termOf(f.Host), Host)
	}
	if f.User != "" {
		c.and("id IN (SELECT alert FROM alert_term WHERE term = ? AND kind = ?)", termOf(f.User), User)
	}
	if f.Entity != "" {
		c.and("id IN (SELECT alert FROM alert_term WHERE term = ?)", termOf(f.Entity))
	}
	if f.Technique != "" {
		t := strings.ToUpper(f.Technique)
		c.and("EXISTS (SELECT 1 FROM json_each(alert.techniques) WHERE value = ? OR value LIKE ? ESCAPE '!')", t, escapeLike(t)+".%")
	}
	if f.Tactic != "" {
		t := tacticOf(f.Tactic)
		c.and("EXISTS (SELECT 1 FROM json_each(alert.tactics) WHERE value = ?)", t)
	}
	f.within(c)
	f.textAndTime(c)
	return c
}

// within keeps alerts out of which something came by another intake, or by one that is not known.
func (f *Filter) within(c *clause) {
	if len(f.Intakes) == 0 {
		return
	}
	var args []any
	for _, name := range f.Intakes {
		args = append(args, name)
	}
	c.and("EXISTS (SELECT 1 FROM alert_intake i WHERE i.alert = alert.id)")
	c.and("NOT EXISTS (SELECT 1 FROM alert_intake i WHERE i.alert = alert.id AND i.intake NOT IN (?"+strings.Repeat(",?", len(args)-1)+"))", args...)
}

func (f *Filter) textAndTime(c *clause) {
	if text := cut(strings.TrimSpace(f.Text), maxTerm); text != "" {
		like := "%" + escapeLike(text) + "%"
		lower := "%" + escapeLike(strings.ToLower(text)) + "%"
		c.and(`(title LIKE ? ESCAPE '!' OR rule LIKE ? ESCAPE '!' OR assignee LIKE ? ESCAPE '!' OR facts ->> '$.description' LIKE ? ESCAPE '!'
			OR EXISTS (SELECT 1 FROM alert_entities e WHERE e.alert = alert.id AND e.names LIKE ? ESCAPE '!'))`, like, like, like, like, lower)
	}
	if !f.From.IsZero() {
		c.and("last >= ?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		c.and("first < ?", f.To.UnixMilli())
	}
	if !f.Updated.IsZero() {
		c.and("updated >= ?", f.Updated.UnixMilli())
	}
}

func escapeLike(s string) string {
	return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s)
}
