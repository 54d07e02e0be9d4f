// Package formats is the catalogue of formats: what kinds of records intakes may bring. A format is a folder of data: a
// manifest, the columns of its tables with their descriptions, the mapping to ECS, sentences, logsources of Sigma rules,
// samples and rules. Microsoft Defender XDR is the first one and comes with the program (format/defender); others are read
// from a folder of the installation. docs/formats.md says how one is written.
package formats

import (
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"penstock/format"
)

// ManifestFile is the file that makes a folder a format.
const ManifestFile = "format.yaml"

// Manifest is what a format says of itself.
type Manifest struct {
	ID          string // by which intakes name it
	UUID        string // by which other catalogues of formats know it; may be empty
	Name        string
	Vendor      string
	Product     string
	Version     string
	Description string
	Sources     []string // how its records arrive: of SourceKinds
	DataSources []string // of ATT&CK
	Records     Records
	Tables      map[string]string // what each is about
	Setup       []SetupValue      // what the setup of an intake that reads a hub asks for, in the order of the form

	tables map[string]format.Position
}

// SourceKinds are the ways in which records may arrive.
var SourceKinds = []string{"eventhub", "blob", "kafka", "http", "file"}

// SetupValue is a value that the setup of an intake asks for.
type SetupValue struct {
	Field       string // of the intake's settings
	Label       string
	Explanation string
	Where       string // it is found
	Example     string
	Default     string
	Secret      bool
	Optional    bool
}

// Records says where in a message the records are, and which table and time each is of. The zero value stands for records
// that come in the streaming envelope already, with the table as their category.
type Records struct {
	Framed bool     // anything was said
	List   []string // keys that lead to a list of records within an object of the message; empty: the object is a record
	Table  TableRule
	Time   TimeRule
}

// TableRule names the table of a record: always the same, or by a column.
type TableRule struct {
	Column    string
	Names     map[string]string // by the column's text
	Otherwise string            // where the column has another text, or is not there; empty: such a record is set aside
}

// TimeRule says which column has the time of a record, and what its numbers count.
type TimeRule struct {
	Column string
	Unit   string // of TimeUnits; a text is read as a date whatever the unit
}

// TimeUnits are what the numbers of a time may count, since 1970.
var TimeUnits = []string{"date", "seconds", "milliseconds", "microseconds", "nanoseconds"}

var (
	formatID    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	formatUUID  = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	tableName   = regexp.MustCompile(`^[A-Z][A-Za-z0-9_]{0,63}$`)
	versionForm = regexp.MustCompile(`^[0-9]+(\.[0-9]+){0,3}([-+][0-9A-Za-z.-]+)?$`)
)

// ParseManifest reads format.yaml. Every mistake found is reported: the error joins *format.Mistake values.
func ParseManifest(file string, data []byte) (*Manifest, error) {
	r := &manifestReader{Outline: format.Outline{File: file}, of: &Manifest{Tables: map[string]string{}, tables: map[string]format.Position{}}}
	documents, err := r.Documents(data)
	if err != nil {
		return nil, err
	}
	if len(documents) != 1 {
		r.Mistake(format.Position{Line: 1, Column: 1}, "expected one document with the manifest of a format")
		return nil, r.Err()
	}
	r.manifest(documents[0])
	if err := r.Err(); err != nil {
		return nil, err
	}
	return r.of, nil
}

// manifestReader walks the YAML tree of a manifest and gathers the mistakes in it.
type manifestReader struct {
	format.Outline
	of *Manifest
}

func (r *manifestReader) manifest(n ast.Node) {
	m, at := r.of, map[string]format.Position{}
	for _, e := range r.Entries(n, "keys: id, name, vendor, product, version, description, sources, records, tables") {
		key := format.KeyOf(e)
		at[key] = format.PositionOf(e)
		switch key {
		case "id":
			m.ID = r.matching(e.Value, formatID, "an id as acme-firewall: small letters, digits and hyphens")
		case "uuid":
			m.UUID = r.matching(e.Value, formatUUID, "a UUID in small letters")
		case "name":
			m.Name = r.Text(e.Value, "the name of the format")
		case "vendor":
			m.Vendor = r.Text(e.Value, "who makes what the records come from")
		case "product":
			m.Product = r.Text(e.Value, "what the records come from")
		case "version":
			m.Version = r.matching(e.Value, versionForm, `a version in quotation marks, as "1.0"`)
		case "description":
			m.Description = r.Text(e.Value, "what the records are")
		case "sources":
			m.Sources = r.texts(e.Value, "how records arrive", SourceKinds)
		case "data_sources":
			m.DataSources = r.texts(e.Value, "the name of a data source of ATT&CK", nil)
		case "records":
			r.records(e.Value)
		case "tables":
			r.tables(e.Value)
		case "setup":
			for _, item := range r.Items(e.Value, "a list of values that the setup asks for") {
				m.Setup = append(m.Setup, r.setupValue(item))
			}
		default:
			r.Mistake(at[key], "unknown key %q; expected id, uuid, name, vendor, product, version, description, sources, data_sources, records, tables, setup", key)
		}
	}
	r.complete(n, at)
}

// complete finds what is missing, and names that mean nothing.
func (r *manifestReader) complete(n ast.Node, at map[string]format.Position) {
	m := r.of
	for _, key := range []string{"id", "name", "version", "description", "sources", "tables"} {
		if _, given := at[key]; !given {
			r.Mistake(format.PositionOf(n), "expected the key %s", key)
		}
	}
	known := func(table string) {
		if _, ok := m.Tables[table]; table != "" && !ok {
			r.Mistake(at["records"], "records names the table %s, which is not among tables", table)
		}
	}
	if !m.Records.Framed {
		return
	}
	known(m.Records.Table.Otherwise)
	for _, table := range m.Records.Table.Names {
		known(table)
	}
	if m.Records.Table.Otherwise == "" && len(m.Records.Table.Names) == 0 {
		r.Mistake(at["records"], "records needs table: the name of a table, or column, names and otherwise")
	}
}

func (r *manifestReader) matching(n ast.Node, form *regexp.Regexp, what string) string {
	before := r.Mistakes()
	text := r.Text(n, what)
	if r.Mistakes() == before && (len(text) > 64 || !form.MatchString(text)) {
		r.Mistake(format.PositionOf(n), "expected %s, got %q", what, text)
		return ""
	}
	return text
}

// texts reads a list of texts, each one of those allowed unless that is nil.
func (r *manifestReader) texts(n ast.Node, what string, allowed []string) []string {
	var list []string
	for _, item := range r.Items(n, "a list: "+what) {
		text := r.Text(item, what)
		if allowed != nil && text != "" && !slices.Contains(allowed, text) {
			r.Mistake(format.PositionOf(item), "expected %s, got %q", strings.Join(allowed, ", "), text)
			continue
		}
		list = append(list, text)
	}
	return list
}

func (r *manifestReader) tables(n ast.Node) {
	for _, e := range r.Entries(n, "tables, each with what it is about") {
		name := format.KeyOf(e)
		if !tableName.MatchString(name) {
			r.Mistake(format.PositionOf(e), "expected the name of a table as AcmeTraffic: a capital letter, then letters, digits and underscores, at most 64")
			continue
		}
		if _, twice := r.of.Tables[name]; twice {
			r.Mistake(format.PositionOf(e), "the table %s is there already", name)
		}
		r.of.Tables[name], r.of.tables[name] = r.Text(e.Value, "what the table is about"), format.PositionOf(e)
	}
}

func (r *manifestReader) records(n ast.Node) {
	s := &r.of.Records
	s.Framed = true
	for _, e := range r.Entries(n, "list, table, time") {
		switch key := format.KeyOf(e); key {
		case "list":
			if path := r.Text(e.Value, "the key of the list of records, as data.events"); path != "" {
				s.List = strings.Split(path, ".")
			}
		case "table":
			r.table(e.Value)
		case "time":
			r.time(e.Value)
		default:
			r.Mistake(format.PositionOf(e), "unknown key %q; expected list, table, time", key)
		}
	}
}

func (r *manifestReader) table(n ast.Node) {
	t := &r.of.Records.Table
	if s, one := n.(*ast.StringNode); one {
		t.Otherwise = s.Value
		return
	}
	for _, e := range r.Entries(n, "the name of a table, or column, names and otherwise") {
		switch key := format.KeyOf(e); key {
		case "column":
			t.Column = r.Text(e.Value, "the name of a column")
		case "names":
			t.Names = map[string]string{}
			for _, one := range r.Entries(e.Value, "texts of the column, each with its table") {
				t.Names[format.KeyOf(one)] = r.Text(one.Value, "the name of a table")
			}
		case "otherwise":
			t.Otherwise = r.Text(e.Value, "the name of a table")
		default:
			r.Mistake(format.PositionOf(e), "unknown key %q; expected column, names, otherwise", key)
		}
	}
	if (t.Column == "") != (len(t.Names) == 0) {
		r.Mistake(format.PositionOf(n), "column and names belong together: the column, and which table each of its texts stands for")
	}
}

func (r *manifestReader) time(n ast.Node) {
	t := &r.of.Records.Time
	t.Unit = TimeUnits[0]
	if s, one := n.(*ast.StringNode); one {
		t.Column = s.Value
		return
	}
	for _, e := range r.Entries(n, "the name of a column, or column and unit") {
		switch key := format.KeyOf(e); key {
		case "column":
			t.Column = r.Text(e.Value, "the name of a column")
		case "unit":
			if t.Unit = r.Text(e.Value, "what the numbers count"); t.Unit != "" && !slices.Contains(TimeUnits, t.Unit) {
				r.Mistake(format.PositionOf(e.Value), "expected %s, got %q", strings.Join(TimeUnits, ", "), t.Unit)
			}
		default:
			r.Mistake(format.PositionOf(e), "unknown key %q; expected column, unit", key)
		}
	}
	if t.Column == "" {
		r.Mistake(format.PositionOf(n), "expected column: which has the time")
	}
}

func (r *manifestReader) setupValue(n ast.Node) SetupValue {
	var v SetupValue
	for _, e := range r.Entries(n, "field, label, explanation, where, example, default, secret, optional") {
		switch key := format.KeyOf(e); key {
		case "field":
			v.Field = r.Text(e.Value, "a setting of intakes")
		case "label":
			v.Label = r.Text(e.Value, "a label")
		case "explanation":
			v.Explanation = r.Text(e.Value, "what the value is")
		case "where":
			v.Where = r.Text(e.Value, "where the value is found")
		case "example":
			v.Example = r.Text(e.Value, "an example")
		case "default":
			v.Default = r.Text(e.Value, "the default")
		case "secret":
			v.Secret = r.truth(e.Value)
		case "optional":
			v.Optional = r.truth(e.Value)
		default:
			r.Mistake(format.PositionOf(e), "unknown key %q; expected field, label, explanation, where, example, default, secret, optional", key)
		}
	}
	if v.Field == "" || v.Label == "" {
		r.Mistake(format.PositionOf(n), "expected field and label")
	}
	return v
}

func (r *manifestReader) truth(n ast.Node) bool {
	b, ok := n.(*ast.BoolNode)
	if !ok {
		r.Mistake(format.PositionOf(n), "expected true or false")
		return false
	}
	return b.Value
}
