package formats

import (
	"io/fs"
	"maps"
	"slices"
	"strings"

	"penstock/ecs"
	"penstock/format"
	"penstock/sigma/pipeline"
)

// Format is a format as its folder describes it.
type Format struct {
	Manifest
	Builtin     bool   // it comes with the program
	Dir         string // of its folder; empty for one that comes with the program
	Schema      format.Schema
	Columns     *Descriptions
	Definitions []*format.Definition
	Logsources  []*pipeline.Definition
	Samples     []Sample
	Rules       fs.FS // rules in Sigma that come with it; nil: none

	schemaAt map[string]format.Position
	mapped   []string // tables of its plan, once it is in a catalogue: a mapping may be of one that no schema has
}

// TableNames are the tables that the manifest names, sorted.
func (f *Format) TableNames() []string { return slices.Sorted(maps.Keys(f.Tables)) }

// names tells whether a table is one of the format, in whatever case.
func (f *Format) names(table string) bool {
	for name := range f.Schema {
		if strings.EqualFold(name, table) {
			return true
		}
	}
	return slices.ContainsFunc(f.mapped, func(name string) bool { return strings.EqualFold(name, table) })
}

// redeclares finds a field that the mapping declares with another type than that of another format; empty: there is none.
func (f *Format) redeclares(other *Format) string {
	theirs := map[string]ecs.Type{}
	for _, d := range other.Definitions {
		maps.Copy(theirs, d.Declares())
	}
	for _, d := range f.Definitions {
		declared := d.Declares()
		for _, field := range slices.Sorted(maps.Keys(declared)) {
			if typ, both := theirs[field]; both && typ != declared[field] {
				return field
			}
		}
	}
	return ""
}

// part is what the format gives to a plan.
func (f *Format) part() format.Part {
	return format.Part{Schema: f.Schema, Definitions: f.Definitions}
}

// Plan is the mapping of the format alone.
func (f *Format) Plan() (*format.Plan, error) { return format.CompileParts(nil, f.part()) }
