package formats

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"penstock/format"
)

// RuleEntry is a rule that applies to events of a format.
type RuleEntry struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Level      string   `json:"level,omitempty" enum:",informational,low,medium,high,critical"`
	Pack       string   `json:"pack" doc:"It came with; builtin: with the program" example:"builtin"`
	Partly     bool     `json:"partly" doc:"Something that it asks for is never there"`
	Enabled    bool     `json:"enabled"`
	Techniques []string `json:"techniques" nullable:"false" doc:"Of ATT&CK"`
	Tables     []string `json:"tables" nullable:"false" doc:"Of the format, whose events it is tried on"`
}

// Document is the documentation of a format, all but its samples.
type Document struct {
	ID          string          `json:"id" example:"defender"`
	UUID        string          `json:"uuid,omitempty"`
	Name        string          `json:"name"`
	Vendor      string          `json:"vendor,omitempty"`
	Product     string          `json:"product,omitempty"`
	Version     string          `json:"version"`
	Description string          `json:"description"`
	Builtin     bool            `json:"builtin" doc:"It comes with the program"`
	Sources     []string        `json:"sources" nullable:"false" doc:"How its records may arrive"`
	DataSources []string        `json:"dataSources" nullable:"false" doc:"Of ATT&CK"`
	Records     string          `json:"records" doc:"Where in a message its records are, in words"`
	Tables      []TableHead     `json:"tables" nullable:"false"`
	Columns     []ColumnEntry   `json:"columns" nullable:"false" doc:"Of all tables; one that is the same in several is listed once"`
	Fields      []FieldEntry    `json:"fields" nullable:"false" doc:"Of events, that the mapping fills"`
	Sentences   []SentenceEntry `json:"sentences" nullable:"false" doc:"Smart descriptions: the first that can be filled describes an event"`
	Rules       []RuleEntry     `json:"rules" nullable:"false" doc:"Installed ones that apply to its events"`
}

// TableHead is a table in the list of a format's tables.
type TableHead struct {
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Categories  []string `json:"categories" nullable:"false" doc:"Of its events: what event.category may be"`
	Actions     []string `json:"actions" nullable:"false" doc:"Kinds of events (ActionType) that have a description of their own"`
	Columns     int      `json:"columns"`
	Samples     int      `json:"samples"`
	Rules       int      `json:"rules"`
}

// ColumnEntry is a column of a table, or of several.
type ColumnEntry struct {
	Name        string   `json:"name"`
	Type        string   `json:"type" example:"string"`
	Description string   `json:"description,omitempty"`
	Fields      []string `json:"fields" nullable:"false" doc:"Of events, that it becomes as it is or as a part of them"`
	Tables      []string `json:"tables" nullable:"false"`
}

// FieldEntry is a field of events.
type FieldEntry struct {
	Name    string   `json:"name" example:"process.name"`
	Type    string   `json:"type" example:"keyword"`
	Columns []string `json:"columns" nullable:"false" doc:"That it is made from; none: it says something of the table itself"`
	Tables  []string `json:"tables" nullable:"false"`
}

// SentenceEntry is a template that describes events.
type SentenceEntry struct {
	Table   string   `json:"table"`
	Actions []string `json:"actions" nullable:"false" doc:"Kinds of events (ActionType) that it is for; none: any"`
	Text    string   `json:"text" example:"{process} connected to {remote}"`
	Place   string   `json:"place" doc:"File, line and column"`
}

// TableDocument is the documentation of one table.
type TableDocument struct {
	TableHead
	ColumnList []ColumnEntry   `json:"columnList" nullable:"false"`
	FieldList  []FieldEntry    `json:"fieldList" nullable:"false"`
	Sentences  []SentenceEntry `json:"sentences" nullable:"false"`
	SampleList []SampleOutcome `json:"sampleList" nullable:"false"`
	RuleList   []RuleEntry     `json:"ruleList" nullable:"false"`
}

// SampleOutcome is a sample before and after.
type SampleOutcome struct {
	Title    string          `json:"title"`
	Record   json.RawMessage `json:"record" doc:"What arrives"`
	Fields   []SampleField   `json:"fields" nullable:"false" doc:"Of the event that it becomes"`
	Sentence string          `json:"sentence,omitempty"`
}

// SampleField is a field of an event with its value.
type SampleField struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

// Document makes the documentation of a format, with the rules that apply to it.
func (f *Format) Document(plan *format.Plan, rules []RuleEntry) *Document {
	d := &Document{
		ID: f.ID, UUID: f.UUID, Name: f.Name, Vendor: f.Vendor, Product: f.Product, Version: f.Version, Description: f.Description, Builtin: f.Builtin,
		Sources: listed(f.Sources), DataSources: listed(f.DataSources), Records: f.Records.String(), Tables: []TableHead{}, Rules: rules,
		Columns: []ColumnEntry{}, Fields: []FieldEntry{}, Sentences: []SentenceEntry{},
	}
	if rules == nil {
		d.Rules = []RuleEntry{}
	}
	columns, fields := map[string]*ColumnEntry{}, map[string]*FieldEntry{}
	for _, name := range f.TableNames() {
		t := f.Table(plan, name, rules)
		d.Tables = append(d.Tables, t.TableHead)
		d.Sentences = append(d.Sentences, t.Sentences...)
		for _, c := range t.ColumnList {
			key := c.Name + "\x00" + c.Type + "\x00" + c.Description
			if columns[key] == nil {
				columns[key] = &ColumnEntry{Name: c.Name, Type: c.Type, Description: c.Description, Fields: []string{}}
			}
			columns[key].Tables = append(columns[key].Tables, name)
			columns[key].Fields = merged(columns[key].Fields, c.Fields)
		}
		for _, one := range t.FieldList {
			if fields[one.Name] == nil {
				fields[one.Name] = &FieldEntry{Name: one.Name, Type: one.Type, Columns: []string{}}
			}
			fields[one.Name].Tables = append(fields[one.Name].Tables, name)
			fields[one.Name].Columns = merged(fields[one.Name].Columns, one.Columns)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(columns)) {
		d.Columns = append(d.Columns, *columns[key])
	}
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		d.Fields = append(d.Fields, *fields[key])
	}
	return d
}

// Table makes the documentation of one table.
func (f *Format) Table(plan *format.Plan, name string, rules []RuleEntry) *TableDocument {
	t := plan.Table(name)
	d := &TableDocument{
		TableHead:  TableHead{Name: name, Description: f.Tables[name], Categories: categories(t), Actions: []string{}, Columns: len(t.Columns)},
		ColumnList: []ColumnEntry{}, FieldList: []FieldEntry{}, Sentences: []SentenceEntry{}, SampleList: []SampleOutcome{}, RuleList: []RuleEntry{},
	}
	becomes := map[string][]string{} // by column in lower case
	made := map[string]*FieldEntry{}
	for i := range t.Assignments {
		a := &t.Assignments[i]
		if made[a.Field] == nil {
			typ, _ := plan.Field(a.Field)
			made[a.Field] = &FieldEntry{Name: a.Field, Type: typ.String(), Columns: []string{}, Tables: []string{name}}
		}
		for _, column := range t.ColumnsOf(a.Field) {
			made[a.Field].Columns = merged(made[a.Field].Columns, []string{column})
			becomes[strings.ToLower(column)] = merged(becomes[strings.ToLower(column)], []string{a.Field})
		}
	}
	for _, field := range slices.Sorted(maps.Keys(made)) {
		one := made[field]
		// Groups are for many tables: what this one has no column for is never there.
		if constant := len(one.Columns) == 0; !constant {
			one.Columns = slices.DeleteFunc(one.Columns, func(c string) bool { return !hasColumn(t, c) })
			if len(one.Columns) == 0 {
				continue
			}
		}
		d.FieldList = append(d.FieldList, *one)
	}
	for _, c := range t.Columns {
		d.ColumnList = append(d.ColumnList, ColumnEntry{
			Name: c.Name, Type: c.Type.String(), Description: f.Columns.Of(name, c.Name), Fields: listed(becomes[strings.ToLower(c.Name)]), Tables: []string{name},
		})
	}
	for _, s := range t.Says {
		d.Actions = merged(d.Actions, s.Actions)
		d.Sentences = append(d.Sentences, SentenceEntry{name, listed(s.Actions), s.Text, s.Place})
	}
	d.SampleList = f.outcomes(plan, name)
	d.Samples = len(d.SampleList)
	for _, r := range rules {
		if slices.Contains(r.Tables, name) {
			d.RuleList = append(d.RuleList, r)
		}
	}
	d.Rules = len(d.RuleList)
	return d
}

// outcomes are the samples of a table with what becomes of them.
func (f *Format) outcomes(plan *format.Plan, table string) []SampleOutcome {
	list := []SampleOutcome{}
	run := f.runner(plan)
	for i := range f.Samples {
		s := &f.Samples[i]
		for _, o := range run.Run(s.Record) {
			if o.Table != table || o.Rejected != "" {
				continue
			}
			out := SampleOutcome{Title: s.Title, Record: s.Record, Sentence: o.Say, Fields: []SampleField{}}
			for _, line := range o.Fields {
				name, value := fieldOf(line)
				out.Fields = append(out.Fields, SampleField{name, json.RawMessage(value)})
			}
			list = append(list, out)
		}
	}
	return list
}

func hasColumn(t *format.Table, name string) bool {
	return slices.ContainsFunc(t.Columns, func(c format.Column) bool { return strings.EqualFold(c.Name, name) })
}

// categories are the texts that the mapping makes event.category of.
func categories(t *format.Table) []string {
	list := []string{}
	for i := range t.Assignments {
		if a := &t.Assignments[i]; a.Field == "event.category" {
			list = merged(list, constants(a.Value))
		}
	}
	slices.Sort(list)
	return list
}

// constants are the texts that an expression can give without looking at a column.
func constants(e format.Expr) []string {
	switch e := e.(type) {
	case format.Text:
		return []string{e.Value}
	case format.Texts:
		return e.Values
	case format.List:
		return constants(e.Of)
	case format.Translate:
		var list []string
		for _, c := range e.Cases {
			list = append(list, constants(c.To)...)
		}
		return append(list, constants(e.Otherwise)...)
	}
	return nil
}

// merged appends what is not there yet.
func merged(list, more []string) []string {
	for _, one := range more {
		if !slices.Contains(list, one) {
			list = append(list, one)
		}
	}
	return list
}

// listed is a list that is never nil.
func listed(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// String says in words where the records are.
func (r *Records) String() string {
	if !r.Framed {
		return "Records come in the streaming envelope: time, category (the table, with AdvancedHunting- before it or not) and properties (the columns)."
	}
	var b strings.Builder
	if len(r.List) > 0 {
		b.WriteString("Records are the elements of the list " + strings.Join(r.List, ".") + " of each object.")
	} else {
		b.WriteString("Each object is a record; a message may hold one, a list of them, or one a line.")
	}
	t := &r.Table
	if t.Column == "" {
		b.WriteString(" All are of the table " + t.Otherwise + ".")
	} else {
		b.WriteString(" The column " + t.Column + " says the table:")
		names := slices.SortedFunc(maps.Keys(t.Names), func(a, b string) int { return cmp.Or(cmp.Compare(t.Names[a], t.Names[b]), cmp.Compare(a, b)) })
		for i, text := range names {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(" " + text + " stands for " + t.Names[text])
		}
		if t.Otherwise != "" {
			b.WriteString("; anything else is " + t.Otherwise + ".")
		} else {
			b.WriteString("; what has another text goes to the quarantine.")
		}
	}
	if r.Time.Column != "" {
		b.WriteString(" The column " + r.Time.Column + " has the time")
		if r.Time.Unit != TimeUnits[0] {
			b.WriteString(", in " + r.Time.Unit + " since 1970")
		}
		b.WriteString(".")
	} else {
		b.WriteString(" The time is that of the arrival.")
	}
	return b.String()
}
