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
	m := r.of
	at := r.Keys(n,
		format.Key{Name: "id", Read: r.matching(&m.ID, formatID, "an id as acme-firewall: small letters, digits and hyphens")},
		format.Key{Name: "uuid", Read: r.matching(&m.UUID, formatUUID, "a UUID in small letters")},
		format.Key{Name: "name", Read: r.Into(&m.Name, "the name of the format")},
		format.Key{Name: "vendor", Read: r.Into(&m.Vendor, "who makes what the records come from")},
		format.Key{Name: "product", Read: r.Into(&m.Product, "what the records come from")},
		format.Key{Name: "version", Read: r.matching(&m.Version, versionForm, `a version in quotation marks, as "1.0"`)},
		format.Key{Name: "description", Read: r.Into(&m.Description, "what the records are")},
		format.Key{Name: "sources", Read: func(v ast.Node) { m.Sources = r.texts(v, "how records arrive", SourceKinds) }},
		format.Key{Name: "data_sources", Read: func(v ast.Node) { m.DataSources = r.texts(v, "the name of a data source of ATT&CK", nil) }},
		format.Key{Name: "records", Read: r.records},
		format.Key{Name: "tables", Read: r.tables},
		format.Key{Name: "setup", Read: func(v ast.Node) {
			for _, item := range r.Items(v, "a list of values that the setup asks for") {
				m.Setup = append(m.Setup, r.setupValue(item))
			}
		}},
	)
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

// matching reads a text of a form.
func (r *manifestReader) matching(to *string, form *regexp.Regexp, what string) func(ast.Node) {
	return func(v ast.Node) {
		before := r.Mistakes()
		text := r.Text(v, what)
		if r.Mistakes() == before && (len(text) > 64 || !form.MatchString(text)) {
			r.Mistake(format.PositionOf(v), "expected %s, got %q", what, text)
			return
		}
		*to = text
	}
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
	r.Keys(n,
		format.Key{Name: "list", Read: func(v ast.Node) {
			if path := r.Text(v, "the key of the list of records, as data.events"); path != "" {
				s.List = strings.Split(path, ".")
			}
		}},
		format.Key{Name: "table", Read: r.table},
		format.Key{Name: "time", Read: r.time},
	)
}

func (r *manifestReader) table(n ast.Node) {
	t := &r.of.Records.Table
	if s, one := n.(*ast.StringNode); one {
		t.Otherwise = s.Value
		return
	}
	r.Keys(n,
		format.Key{Name: "column", Read: r.Into(&t.Column, "the name of a column")},
		format.Key{Name: "names", Read: func(v ast.Node) {
			t.Names = map[string]string{}
			for _, one := range r.Entries(v, "texts of the column, each with its table") {
				t.Names[format.KeyOf(one)] = r.Text(one.Value, "the name of a table")
			}
		}},
		format.Key{Name: "otherwise", Read: r.Into(&t.Otherwise, "the name of a table")},
	)
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
	r.Keys(n,
		format.Key{Name: "column", Read: r.Into(&t.Column, "the name of a column")},
		format.Key{Name: "unit", Read: func(v ast.Node) {
			if t.Unit = r.Text(v, "what the numbers count"); t.Unit != "" && !slices.Contains(TimeUnits, t.Unit) {
				r.Mistake(format.PositionOf(v), "expected %s, got %q", strings.Join(TimeUnits, ", "), t.Unit)
			}
		}},
	)
	if t.Column == "" {
		r.Mistake(format.PositionOf(n), "expected column: which has the time")
	}
}

func (r *manifestReader) setupValue(n ast.Node) SetupValue {
	var v SetupValue
	r.Keys(n,
		format.Key{Name: "field", Read: r.Into(&v.Field, "a setting of intakes")},
		format.Key{Name: "label", Read: r.Into(&v.Label, "a label")},
		format.Key{Name: "explanation", Read: r.Into(&v.Explanation, "what the value is")},
		format.Key{Name: "where", Read: r.Into(&v.Where, "where the value is found")},
		format.Key{Name: "example", Read: r.Into(&v.Example, "an example")},
		format.Key{Name: "default", Read: r.Into(&v.Default, "the default")},
		format.Key{Name: "secret", Read: r.truth(&v.Secret)},
		format.Key{Name: "optional", Read: r.truth(&v.Optional)},
	)
	if v.Field == "" || v.Label == "" {
		r.Mistake(format.PositionOf(n), "expected field and label")
	}
	return v
}

// truth reads true or false.
func (r *manifestReader) truth(to *bool) func(ast.Node) {
	return func(v ast.Node) {
		b, ok := v.(*ast.BoolNode)
		if !ok {
			r.Mistake(format.PositionOf(v), "expected true or false")
			return
		}
		*to = b.Value
	}
}
