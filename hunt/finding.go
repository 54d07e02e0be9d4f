package hunt

import (
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/zeebo/xxh3"

	"penstock/alert"
	"penstock/kql"
	"penstock/record"
)

// The bounds of what a run of a standing hunt makes alerts of.
const (
	maxFound    = 10_000 // rows
	maxFindings = 100
	maxSummary  = 300 // bytes of a row as an alert shows it
)

// found is the result of a standing hunt.
type found struct {
	columns []kql.Column
	rows    [][]any
}

func (f *found) Begin(o *Outline) error {
	f.columns = o.Columns
	return nil
}

func (f *found) Row(values []any) error {
	f.rows = append(f.rows, slices.Clone(values))
	return nil
}

// hash of a row's values.
func (f *found) hash(row []any) xxh3.Uint128 {
	var text []byte
	for i, v := range row {
		text = append(AppendJSON(text, f.columns[i].Type, v), 0)
	}
	return xxh3.Hash128(text)
}

// summary is a row on one line.
func (f *found) summary(row []any) string {
	var b strings.Builder
	for i, v := range row {
		text := Text(f.columns[i].Type, v)
		if text == "" {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(f.columns[i].Name + ": " + strings.Join(strings.Fields(text), " "))
		if b.Len() > maxSummary {
			break
		}
	}
	return b.String()
}

// happened is when a row's event happened; otherwise when the run looked.
func (f *found) happened(row []any, otherwise time.Time) time.Time {
	i := slices.IndexFunc(f.columns, func(c kql.Column) bool {
		return c.Type == kql.DateTime && (c.Name == "Timestamp" || c.Name == "TimeGenerated")
	})
	if i < 0 {
		i = slices.IndexFunc(f.columns, func(c kql.Column) bool { return c.Type == kql.DateTime })
	}
	if i >= 0 {
		if at, ok := row[i].(time.Time); ok && at.Before(otherwise) && at.After(otherwise.Add(-MaxLookback)) {
			return at
		}
	}
	return otherwise
}

// findings are what a run's result makes alerts of: of a run by itself, that has looked up to a moment. The same rows found again are
// the same findings.
func (s *Standing) findings(rule string, f *found, at time.Time) []alert.Finding {
	if len(f.rows) == 0 { // it is worth an alert that there is nothing
		e := alert.Event{ID: idOf(rule, xxh3.HashString128(at.String())), Table: huntTable, Rule: rule, Time: at, Summary: "nothing was found"}
		return []alert.Finding{{Rule: rule, Origin: alert.FromHunt, Events: []alert.Event{e}, Key: at.String()}}
	}
	var groups []*group
	byKey := map[string]*group{}
	for _, row := range f.rows {
		hash := f.hash(row)
		entities := s.entities(f, row)
		key := s.groupOf(entities, hash)
		g := byKey[key]
		if g == nil {
			if len(groups) == maxFindings {
				continue
			}
			g = &group{key: key}
			if s.Grouping != ByRun {
				g.values = valuesOf(entities)
			}
			if s.Grouping == ByRow {
				g.values = append(g.values, alert.Value{Field: "row", Value: hexOf(hash)})
			}
			byKey[key] = g
			groups = append(groups, g)
		}
		g.add(alert.Event{ID: idOf(rule, hash), Table: huntTable, Rule: rule, Time: f.happened(row, at), Summary: f.summary(row), Row: f.kept(row)}, entities, hash)
	}
	out := make([]alert.Finding, len(groups))
	for i, g := range groups {
		out[i] = g.finding(rule)
	}
	return out
}

// huntTable is what stands for a table where an alert refers to a row of a result.
const huntTable = "Hunt"

// entities are those of a row.
func (s *Standing) entities(f *found, row []any) []alert.Entity {
	var list []alert.Entity
	for _, e := range s.Entities {
		i := indexOf(f.columns, e.Column)
		if i < 0 {
			continue
		}
		text := strings.TrimSpace(Text(f.columns[i].Type, row[i]))
		if text == "" || slices.ContainsFunc(list, func(o alert.Entity) bool { return o.Kind == e.Kind && strings.EqualFold(o.Value, text) }) {
			continue
		}
		list = append(list, alert.Entity{Kind: e.Kind, Value: text, EntityFacts: alert.EntityFacts{Roles: []string{"related"}, Seen: "hunt " + e.Column}})
	}
	return list
}

// groupOf is the group that a row belongs to.
func (s *Standing) groupOf(entities []alert.Entity, hash xxh3.Uint128) string {
	switch s.Grouping {
	case ByRow:
		return hexOf(hash)
	case ByEntity:
		var b strings.Builder
		for _, v := range valuesOf(entities) {
			b.WriteString(v.Field + "\x00" + strings.ToLower(v.Value) + "\x01")
		}
		return b.String()
	}
	return ""
}

func valuesOf(entities []alert.Entity) []alert.Value {
	var list []alert.Value
	for _, e := range entities {
		list = append(list, alert.Value{Field: string(e.Kind), Value: e.Value})
	}
	return list
}

// group is rows that make one finding.
type group struct {
	key      string
	values   []alert.Value
	events   []alert.Event
	entities []alert.Entity
	hashes   []string
}

func (g *group) add(e alert.Event, entities []alert.Entity, hash xxh3.Uint128) {
	g.events = append(g.events, e)
	g.hashes = append(g.hashes, hexOf(hash))
	for _, e := range entities {
		if !slices.ContainsFunc(g.entities, func(o alert.Entity) bool { return o.Kind == e.Kind && strings.EqualFold(o.Value, e.Value) }) {
			g.entities = append(g.entities, e)
		}
	}
}

func (g *group) finding(rule string) alert.Finding {
	slices.Sort(g.hashes)
	slices.SortStableFunc(g.events, func(a, b alert.Event) int { return a.Time.Compare(b.Time) })
	rows := xxh3.HashString128(strings.Join(g.hashes, ""))
	return alert.Finding{
		Rule: rule, Origin: alert.FromHunt, Events: g.events, Values: g.values, Entities: g.entities, Key: g.key + hexOf(rows),
		First: g.events[0].Time, Last: g.events[len(g.events)-1].Time,
	}
}

// idOf makes an id for a row of a result, which is no event.
func idOf(rule string, hash xxh3.Uint128) record.ID {
	return record.ID(xxh3.HashString128(rule + "\x00" + hexOf(hash)).Bytes())
}

func hexOf(h xxh3.Uint128) string {
	b := h.Bytes()
	return hex.EncodeToString(b[:])
}
