// Package drift finds what has changed in the records that arrive: tables, ActionTypes, columns and keys that the mapping does
// not know, or that were not there before, and values that are not what they were. The census knows what arrives, the plan
// what is expected.
package drift

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"penstock/census"
	"penstock/format"
)

// Kind is what a finding is about.
type Kind string

// The kinds of findings.
const (
	Table  Kind = "table"
	Action Kind = "action" // an ActionType
	Column Kind = "column"
	Key    Kind = "key"  // of an object in a column, such as AdditionalFields
	Type   Kind = "type" // of the values of a column or key
)

// Learning is how long after a table's first record what is seen of it counts as having been there all along.
const Learning = 24 * time.Hour

// Finding is something that is not as it was, or not as the mapping has it.
type Finding struct {
	Kind     Kind
	Table    string
	Name     string // of the ActionType, column or key
	Known    bool   // the schema or the mapping has it
	New      bool   // it was first seen in the time that is looked at, after the table was learned
	First    time.Time
	Last     time.Time
	Count    int64    // records; of columns and keys those among the ones that were looked at
	Sample   string   // the first value
	Forms    []string // what its values look like
	Declared string   // the type that the schema has for a column
	Added    []string // of a type: the forms that came later, or do not fit
	// Suggestion is a file of a mapping, to be added to the configuration; empty where there is nothing to map.
	Suggestion string
}

// Radar compares what arrives with what is expected.
type Radar struct {
	plan   *format.Plan
	fields map[string]string // by column: the field that some table's mapping gives it to
}

// New makes a radar for a plan.
func New(plan *format.Plan) *Radar {
	r := &Radar{plan, make(map[string]string)}
	tables := plan.Tables()
	for i := range tables {
		if !tables[i].Specified {
			continue
		}
		for _, a := range tables[i].Assignments {
			if c, ok := a.Value.(format.ColumnRef); ok && r.fields[c.Name] == "" {
				r.fields[c.Name] = a.Field
			}
		}
	}
	return r
}

// Findings are what the mapping does not know, and what was first seen since that moment; new ones first, then the most
// frequent.
func (r *Radar) Findings(view *census.View, since time.Time) []Finding {
	var list []Finding
	for name, t := range view.Tables {
		if name == census.Other {
			continue
		}
		s := &scan{fields: r.fields, table: r.plan.Table(name), name: name, seen: t, since: since}
		if learned := t.First.Add(Learning); learned.After(since) {
			s.since = learned
		}
		s.tables(view.Began)
		s.actions()
		s.columns()
		list = append(list, s.findings...)
	}
	slices.SortFunc(list, func(a, b Finding) int {
		if a.New != b.New {
			if a.New {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Table, b.Table), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// scan looks at one table.
type scan struct {
	fields   map[string]string // by column, of every table
	table    *format.Table     // what is expected
	name     string
	seen     *census.Table
	since    time.Time // what is first seen from here on is new
	findings []Finding
}

func (s *scan) tables(began time.Time) {
	since := s.since.Add(-Learning)
	isNew := !s.seen.First.Before(since) && s.seen.First.After(began.Add(Learning))
	if s.table.Specified && !isNew {
		return
	}
	s.findings = append(s.findings, Finding{
		Kind: Table, Table: s.name, Known: s.table.Specified, New: isNew, First: s.seen.First, Last: s.seen.Last, Count: s.seen.Records,
	})
}

func (s *scan) actions() {
	for name, a := range s.seen.Actions {
		if name == "" || name == census.Other {
			continue
		}
		// A table of whose ActionTypes nothing is said has no unknown ones.
		known := len(s.table.Actions) == 0 || slices.Contains(s.table.Actions, strings.ToLower(name))
		isNew := !a.First.Before(s.since)
		if known && !isNew {
			continue
		}
		s.findings = append(s.findings, Finding{Kind: Action, Table: s.name, Name: name, Known: known, New: isNew, First: a.First, Last: a.Last, Count: a.Records, Sample: name})
	}
}

// filled is how often each column was filled, over all ActionTypes.
func (s *scan) filled() map[string]*census.Fill {
	all := make(map[string]*census.Fill)
	for _, a := range s.seen.Actions {
		for column, f := range a.Filled {
			sum := all[column]
			if sum == nil {
				sum = &census.Fill{}
				all[column] = sum
			}
			sum.Count += f.Count
			if sum.First.IsZero() || f.First.Before(sum.First) {
				sum.First = f.First
			}
			if f.Last.After(sum.Last) {
				sum.Last = f.Last
			}
		}
	}
	return all
}

func (s *scan) columns() {
	reads := s.table.Reads()
	declared := make(map[string]format.ColumnType, len(s.table.Columns))
	for _, c := range s.table.Columns {
		declared[strings.ToLower(c.Name)] = c.Type
	}
	filled := s.filled()
	for path, c := range s.seen.Columns {
		f := filled[path]
		if f == nil {
			continue
		}
		column, key, isKey := strings.Cut(path, ".")
		lower := strings.ToLower(column)
		typ, isDeclared := declared[lower]
		finding := Finding{
			Kind: Column, Table: s.name, Name: path, Known: isDeclared || reads[lower], New: !c.First().Before(s.since),
			First: c.First(), Last: f.Last, Count: f.Count, Sample: c.Sample, Forms: c.Forms.Names(),
		}
		if isKey {
			// A column that becomes a field as a whole takes its keys along.
			finding.Kind, finding.Known = Key, reads[lower+"."+key] || len(s.table.FieldsOf(column)) > 0
		} else if isDeclared {
			finding.Declared = typ.String()
		}
		if !finding.Known {
			finding.Suggestion = s.suggest(column, key, c)
		}
		if !finding.Known || finding.New {
			s.findings = append(s.findings, finding)
		}
		added := changed(c, s.since)
		if isDeclared && !isKey {
			added |= misfits(typ, c.Forms)
		}
		if added != 0 {
			finding.Kind, finding.New, finding.Added, finding.Suggestion = Type, added&c.FormsSince(s.since) != 0, added.Names(), ""
			s.findings = append(s.findings, finding)
		}
	}
}

// kinds of JSON that a form tells apart from the others.
const structured = census.List | census.Map | census.Boolean

// changed are the forms that came after the column was learned and are another kind of JSON than those before.
func changed(c *census.Column, since time.Time) census.Forms {
	late := c.FormsSince(since)
	early := c.Forms &^ late
	if early == 0 {
		return 0
	}
	added := late & structured &^ early
	if early&^structured == 0 {
		added |= late &^ structured
	}
	return added
}

// misfits are the forms that a column of a type cannot hold.
func misfits(t format.ColumnType, forms census.Forms) census.Forms {
	switch t {
	case format.Int, format.Long, format.Real:
		return forms &^ (census.Decimal | census.Hexadecimal)
	case format.Bool:
		return forms &^ (census.Boolean | census.Decimal | census.Text)
	case format.DateTime:
		return forms &^ census.Timestamp
	}
	return 0
}
