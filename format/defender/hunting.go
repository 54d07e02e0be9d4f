package defender

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"penstock/format"
	"penstock/kql"
)

//go:embed hunting.yaml
var huntingText []byte

// hunting is what hunting.yaml says, columns by table in the short form of schema.yaml.
type hunting struct {
	Undocumented map[string]string `yaml:"undocumented"`
	GUIDs        map[string]string `yaml:"guids"`
	Successors   map[string]string `yaml:"successors"`
	Legacy       map[string]string `yaml:"legacy"`
}

// HuntingTables are the tables of advanced hunting as KQL sees them, in the order of their names.
func HuntingTables() ([]*kql.Table, error) {
	schema, err := Schema()
	if err != nil {
		return nil, err
	}
	var h hunting
	if err := yaml.UnmarshalWithOptions(huntingText, &h, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("read hunting.yaml: %w", err)
	}
	legacy, err := format.ParseSchema(h.Legacy)
	if err != nil {
		return nil, fmt.Errorf("read hunting.yaml: %w", err)
	}
	for table, successor := range h.Successors {
		schema[table] = h.succeed(table, schema[table], schema[successor])
	}
	tables := map[string]*kql.Table{}
	for _, part := range []format.Schema{schema, legacy} {
		for name, columns := range part {
			if tables[name] == nil {
				tables[name] = &kql.Table{Name: name}
			}
			if err := h.add(tables[name], columns); err != nil {
				return nil, err
			}
		}
	}
	list := make([]*kql.Table, 0, len(tables))
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		list = append(list, tables[name])
	}
	return list, nil
}

// succeed gives a table the columns of its successor, followed by its own that the successor lacks, which become undocumented ones.
func (h *hunting) succeed(table string, own, successor []format.Column) []format.Column {
	columns := slices.Clone(successor)
	for _, c := range own {
		if !slices.ContainsFunc(successor, func(s format.Column) bool { return s.Name == c.Name }) {
			columns = append(columns, c)
			h.Undocumented[table] += " " + c.Name
		}
	}
	return columns
}

// add appends columns to a table, those apart that no page names.
func (h *hunting) add(t *kql.Table, columns []format.Column) error {
	other, guids := strings.Fields(h.Undocumented[t.Name]), strings.Fields(h.GUIDs[t.Name])
	for _, c := range columns {
		typ, ok := huntingTypes[c.Type]
		if !ok {
			return fmt.Errorf("column %s of %s has no type in KQL", c.Name, t.Name)
		}
		column := kql.Column{Name: c.Name, Type: typ}
		if slices.Contains(guids, c.Name) {
			column.Type = kql.Guid
		}
		if slices.Contains(other, c.Name) {
			t.Other = append(t.Other, column)
		} else {
			t.Columns = append(t.Columns, column)
		}
	}
	return nil
}

var huntingTypes = map[format.ColumnType]kql.Type{format.String: kql.String, format.Int: kql.Int, format.Long: kql.Long, format.Real: kql.Real,
	format.Bool: kql.Bool, format.DateTime: kql.DateTime, format.Dynamic: kql.Dynamic}

// HuntingTable is a table of another format as KQL sees it. One without a column Timestamp shows the time of its events as one.
func HuntingTable(name string, columns []format.Column) (*kql.Table, error) {
	t := &kql.Table{Name: name}
	if !slices.ContainsFunc(columns, func(c format.Column) bool { return strings.EqualFold(c.Name, "Timestamp") }) {
		t.Columns = append(t.Columns, kql.Column{Name: "Timestamp", Type: kql.DateTime})
	}
	return t, new(hunting).add(t, columns)
}
