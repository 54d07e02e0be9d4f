package formats

import (
	"strings"

	"github.com/goccy/go-yaml/ast"

	"penstock/format"
)

// Descriptions say what columns are: of one table, or else of whichever.
type Descriptions struct {
	columns map[string]described
	tables  map[string]map[string]described
}

// described is a description and where it stands.
type described struct {
	text string
	at   format.Position
}

// Of is what a column of a table is; empty where nobody has said it.
func (d *Descriptions) Of(table, column string) string {
	if own, ok := d.tables[table][column]; ok {
		return own.text
	}
	return d.columns[column].text
}

// ParseDescriptions reads columns.yaml: under columns what a column is whatever the table, under tables what it is in one.
// The error joins *format.Mistake values.
func ParseDescriptions(file string, data []byte) (*Descriptions, error) {
	o := &format.Outline{File: file}
	documents, err := o.Documents(data)
	if err != nil {
		return nil, err
	}
	d := &Descriptions{columns: map[string]described{}, tables: map[string]map[string]described{}}
	for _, n := range documents {
		o.Keys(n,
			format.Key{Name: "columns", Read: func(v ast.Node) { readDescriptions(o, v, d.columns) }},
			format.Key{Name: "tables", Read: func(v ast.Node) {
				for _, t := range o.Entries(v, "tables, each with its columns") {
					name := format.KeyOf(t)
					if d.tables[name] == nil {
						d.tables[name] = map[string]described{}
					}
					readDescriptions(o, t.Value, d.tables[name])
				}
			}},
		)
	}
	if err := o.Err(); err != nil {
		return nil, err
	}
	return d, nil
}

func readDescriptions(o *format.Outline, n ast.Node, to map[string]described) {
	for _, e := range o.Entries(n, "columns, each with what it is") {
		to[format.KeyOf(e)] = described{strings.TrimSpace(o.Text(e.Value, "what the column is")), format.PositionOf(e)}
	}
}

// columnSchema reads schema.yaml: tables, each with its columns in the short form.
func columnSchema(file string, data []byte) (format.Schema, map[string]format.Position, error) {
	o := &format.Outline{File: file}
	documents, err := o.Documents(data)
	if err != nil {
		return nil, nil, err
	}
	schema, at := format.Schema{}, map[string]format.Position{}
	for _, n := range documents {
		for _, e := range o.Entries(n, "tables, each with its columns") {
			table := format.KeyOf(e)
			at[table] = format.PositionOf(e)
			one, err := format.ParseSchema(map[string]string{table: o.Text(e.Value, "names of columns, each with a type behind a colon unless it is a string")})
			if err != nil {
				o.Mistake(format.PositionOf(e), "%s; expected int, long, real, bool, datetime or dynamic", err)
				continue
			}
			seen := map[string]bool{}
			for _, c := range one[table] {
				switch lower := strings.ToLower(c.Name); {
				case strings.HasPrefix(lower, "penstock_"):
					o.Mistake(at[table], "the column %s of %s: names that begin with penstock_ are the product's own", c.Name, table)
				case len(c.Name) > maxColumnName:
					o.Mistake(at[table], "the column %s of %s: a name has at most %d characters", c.Name, table, maxColumnName)
				case seen[lower] && c.Name != "LogonID" && c.Name != "LogonId": // Defender's documentation has both
					o.Mistake(at[table], "the column %s of %s is there already; names differ in more than case", c.Name, table)
				default:
					seen[lower] = true
				}
			}
			schema[table] = one[table]
		}
	}
	if err := o.Err(); err != nil {
		return nil, nil, err
	}
	return schema, at, nil
}

// maxColumnName is how long a name may be for the lake to look it up.
const maxColumnName = 64
