package formats

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"penstock/format"
	"penstock/sigma"
)

// Finding is something about a format that its author should look at.
type Finding struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Warning bool   `json:"warning"` // the format works all the same
	Message string `json:"message"`
}

func (f *Finding) String() string {
	kind := "error"
	if f.Warning {
		kind = "warning"
	}
	return fmt.Sprintf("%s:%d:%d: %s: %s", f.File, f.Line, f.Column, kind, f.Message)
}

// place is what was found and where, without how much it matters.
func (f *Finding) place() string { return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Message) }

// Check finds all that is wrong with the folder of a format, and what in it is of no use. The format is nil where it cannot be
// used.
func Check(folder fs.FS, name string) (*Format, []Finding) {
	f, err := Read(folder, name)
	if err != nil {
		return nil, findings(name, err)
	}
	plan, err := f.usable()
	if err != nil {
		return nil, findings(name, err)
	}
	c := &checker{of: f, name: name}
	if err := collides(f, plan); err != nil {
		c.add(ManifestFile, 1, false, "%s", err)
	}
	c.manifest()
	c.columns()
	c.mapping(plan)
	c.samples(plan)
	c.rules(plan)
	if slices.ContainsFunc(c.found, func(one Finding) bool { return !one.Warning }) {
		f = nil
	}
	slices.SortStableFunc(c.found, func(a, b Finding) int {
		return strings.Compare(fmt.Sprintf("%s:%09d", a.File, a.Line), fmt.Sprintf("%s:%09d", b.File, b.Line))
	})
	return f, c.found
}

// collides tells whether a name of the format is one of the built-in format.
func collides(f *Format, plan *format.Plan) error {
	own, err := Defender()
	if err != nil {
		return err
	}
	if f.ID == own.ID && f.Name == own.Name {
		return nil // it is that itself
	}
	return (&Catalogue{formats: []*Format{own}}).add(f, plan)
}

// findings are the mistakes that an error joins.
func findings(name string, err error) []Finding {
	var several interface{ Unwrap() []error }
	if errors.As(err, &several) {
		var list []Finding
		for _, one := range several.Unwrap() {
			list = append(list, findings(name, one)...)
		}
		return list
	}
	var m *format.Mistake
	if errors.As(err, &m) {
		return []Finding{{File: m.File, Line: m.Line, Column: m.Column, Message: m.Message}}
	}
	return []Finding{{File: path.Join(name, ManifestFile), Line: 1, Column: 1, Message: err.Error()}}
}

// checker gathers what is found.
type checker struct {
	of    *Format
	name  string
	found []Finding
}

func (c *checker) add(file string, line int, warning bool, message string, args ...any) {
	if !strings.HasPrefix(file, c.name) {
		file = path.Join(c.name, file)
	}
	c.found = append(c.found, Finding{file, max(line, 1), 1, warning, fmt.Sprintf(message, args...)})
}

func (c *checker) manifest() {
	r := &c.of.Records
	if !r.Framed {
		return
	}
	every := func(column, role string) {
		for _, table := range c.of.TableNames() {
			if column != "" && !slices.ContainsFunc(c.of.Schema[table], func(x format.Column) bool { return x.Name == column }) {
				c.add("schema.yaml", c.of.schemaAt[table].Line, true, "%s has no column %s, which has %s", table, column, role)
			}
		}
	}
	every(r.Time.Column, "the time of a record")
	every(r.Table.Column, "the table of a record")
	for _, table := range c.of.TableNames() {
		if r.Time.Column != "Timestamp" && slices.ContainsFunc(c.of.Schema[table], func(x format.Column) bool { return x.Name == "Timestamp" }) {
			c.add("schema.yaml", c.of.schemaAt[table].Line, false, "%s has a column Timestamp, which is the time of an event wherever it occurs: name it under records, time, or leave it out", table)
		}
	}
}

// columns finds columns that nobody has described, and descriptions of none.
func (c *checker) columns() {
	used := map[string]bool{}
	for _, table := range slices.Sorted(maps.Keys(c.of.Tables)) {
		for _, column := range c.of.Schema[table] {
			used[column.Name], used[table+"\x00"+column.Name] = true, true
			if c.of.Columns.Of(table, column.Name) == "" {
				c.add("schema.yaml", c.of.schemaAt[table].Line, true, "the column %s of %s is not described in columns.yaml", column.Name, table)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.of.Columns.columns)) {
		if !used[name] {
			c.add("columns.yaml", c.of.Columns.columns[name].at.Line, true, "no table has a column %s", name)
		}
	}
	for table, columns := range c.of.Columns.tables {
		for name, d := range columns {
			if !used[table+"\x00"+name] {
				c.add("columns.yaml", d.at.Line, true, "%s has no column %s", table, name)
			}
		}
	}
}

// mapping finds columns that the mapping names and no table has, and events without a time.
func (c *checker) mapping(plan *format.Plan) {
	told := map[string]bool{}
	for _, table := range c.of.TableNames() {
		t := plan.Table(table)
		if !slices.ContainsFunc(t.Assignments, func(a format.Assignment) bool { return a.Field == "@timestamp" }) {
			c.add("mapping", 1, false, "no line gives events of %s a time: add '@timestamp = event_time(Timestamp)', which is the time of the record", table)
		}
		if !t.Specified {
			c.add(ManifestFile, c.of.tables[table].Line, true, "no file in mapping is of the table %s: its columns are kept under names of their own", table)
		}
		for _, l := range plan.Lines(table) {
			a, err := format.ParseAssignment(l.Text)
			if err != nil || l.File == "" || len(t.Columns) == 0 {
				continue
			}
			for _, name := range format.ColumnNames(a) {
				place := fmt.Sprintf("%s:%d %s", l.File, l.Line, name)
				if !c.of.Builtin && name != "Timestamp" && !c.anyColumn(name) && !told[place] {
					told[place] = true
					c.add(l.File, l.Line, false, "no table has a column %s", name)
				}
			}
		}
	}
}

func (c *checker) anyColumn(name string) bool {
	for _, columns := range c.of.Schema {
		if slices.ContainsFunc(columns, func(x format.Column) bool { return strings.EqualFold(x.Name, name) }) {
			return true
		}
	}
	return false
}

// samples runs the samples, and finds what none of them shows.
func (c *checker) samples(plan *format.Plan) {
	reached, filled, tables := map[string]bool{}, map[string]bool{}, map[string]bool{}
	run := c.of.runner(plan)
	for i := range c.of.Samples {
		s := &c.of.Samples[i]
		out := run.Run(s.Record)
		for _, o := range out {
			tables[o.Table] = true
			for _, l := range o.Lines {
				reached[o.Table+" "+l] = true
			}
			for _, f := range o.Fields {
				name, _ := fieldOf(f)
				filled[o.Table+" "+name] = true
			}
			for _, f := range o.Unfit {
				c.add(s.File, s.Line, true, "a value does not fit the field %s, and is left out", f)
			}
		}
		if n := len(s.Compare(out)); n > 0 {
			c.add(s.File, s.Line, false, "%d lines of the sample are not as they come: penstock format test shows them, and --update writes them", n)
		}
	}
	for _, table := range c.of.TableNames() {
		if !tables[table] {
			c.add(ManifestFile, c.of.tables[table].Line, true, "there is no sample of the table %s", table)
		}
	}
	c.unreached(plan, tables, reached, filled)
}

// unreached finds lines of the mapping, and fields, that no sample shows.
func (c *checker) unreached(plan *format.Plan, tables, reached, filled map[string]bool) {
	type line struct{ text, file string }
	idle, busy := map[string]line{}, map[string]bool{}
	fields := map[string][]string{}
	shown := map[string]bool{}
	for table := range tables {
		for _, l := range plan.Lines(table) {
			if l.File == "" {
				continue
			}
			place := fmt.Sprintf("%s:%d", l.File, l.Line)
			if reached[table+" "+place] {
				busy[place] = true
			} else {
				idle[place] = line{l.Text, l.File}
			}
			field, _, _ := strings.Cut(l.Text, " ")
			fields[field] = append(fields[field], place)
			shown[field] = shown[field] || filled[table+" "+field]
		}
	}
	for _, place := range slices.Sorted(maps.Keys(idle)) {
		if !busy[place] {
			var n int
			_, _ = fmt.Sscanf(strings.TrimPrefix(place, idle[place].file+":"), "%d", &n) // we have written it ourselves
			c.add(idle[place].file, n, true, "no sample reaches the line %s", idle[place].text)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if !shown[field] {
			file, n, _ := strings.Cut(fields[field][0], ".yaml:")
			var at int
			_, _ = fmt.Sscanf(n, "%d", &at)
			c.add(file+".yaml", at, true, "no sample fills the field %s", field)
		}
	}
}

// rules reads the rules of the format, and finds those that its events cannot answer.
func (c *checker) rules(plan *format.Plan) {
	if c.of.Rules == nil {
		return
	}
	collection, err := c.of.readRules()
	if err != nil {
		c.add("rules", 1, false, "%s", err)
		return
	}
	for _, p := range collection.Problems {
		c.add(path.Join("rules", p.File), p.Line, p.Warning, "%s", p.Message)
	}
	for _, a := range c.of.applicable(plan, collection) {
		if a.Applies == "no" {
			c.add(path.Join("rules", a.Rule.File), a.Rule.Line, false, "the rule %q cannot match: %s", a.Rule.Title, because(a.Reason, a.Missing))
		}
	}
}

// readRules reads the format's own rules.
func (f *Format) readRules() (*sigma.Collection, error) {
	var parts []*sigma.Collection
	err := fs.WalkDir(f.Rules, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || path.Ext(name) != ".yml" && path.Ext(name) != ".yaml" {
			return err
		}
		if len(parts) >= maxFiles {
			return fmt.Errorf("there are more than %d files of rules", maxFiles)
		}
		data, err := fs.ReadFile(f.Rules, name)
		if err != nil {
			return err
		}
		parts = append(parts, sigma.Read(name, data, sigma.Options{}))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the rules: %w", err)
	}
	return sigma.Resolve(parts...), nil
}
