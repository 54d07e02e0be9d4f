package formats

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"penstock/format"
)

// Events outlive their format: its folder may be broken, or gone, when they are read again. So the columns of the tables
// that formats have had are kept in the data folder. A table that no format has any more is stored, searched and hunted by
// its columns, under names of their own, until the format is back.

// formerFile is the file in the data folder, an object with the columns of each table as schema.yaml has them.
const formerFile = "tables.json"

// formerMapping is what events of such a table become beside their columns.
const formerMapping = `
table: "*"
assign:
  - '@timestamp = event_time(Timestamp)'
  - event.kind = "event"
`

// Recall reads which tables formats have had in a data folder. The catalogue is as it was where it returns an error.
func (c *Catalogue) Recall(data string) error {
	path := filepath.Join(data, formerFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Size() > maxFile {
		err = fmt.Errorf("it is larger than %d MiB", maxFile>>20)
	}
	var text []byte
	if err == nil {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return fmt.Errorf("read the tables that formats have had (%s): %w", path, err)
	}
	var columns map[string]string
	err = json.Unmarshal(text, &columns)
	var former format.Schema
	if err == nil {
		former, err = format.ParseSchema(columns)
	}
	if err != nil {
		return fmt.Errorf("read the tables that formats have had (%s): %w", path, err)
	}
	maps.DeleteFunc(former, func(table string, _ []format.Column) bool { return !tableName.MatchString(table) || c.has(table) })
	c.former = former
	return nil
}

// Keep writes down the tables that there are, and those that there were, for the next Recall.
func (c *Catalogue) Keep(data string) error {
	columns := map[string]string{}
	note := func(table string, list []format.Column) {
		words := make([]string, len(list))
		for i, col := range list {
			words[i] = col.Name + ":" + col.Type.String()
		}
		columns[table] = strings.Join(words, " ")
	}
	for table, list := range c.former {
		note(table, list)
	}
	for _, f := range c.formats {
		for _, table := range f.TableNames() {
			if !f.Builtin {
				note(table, f.Schema[table])
			}
		}
	}
	path := filepath.Join(data, formerFile)
	text, err := json.MarshalIndent(columns, "", "  ")
	if err != nil {
		return fmt.Errorf("keep the tables of formats: %w", err)
	}
	if was, err := os.ReadFile(path); err == nil && string(was) == string(text) || len(columns) == 0 {
		return nil
	}
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		return fmt.Errorf("keep the tables of formats: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("keep the tables of formats: %w", err)
	}
	return nil
}

// has tells whether a format has a table, in whatever case.
func (c *Catalogue) has(table string) bool {
	return slices.ContainsFunc(c.formats, func(f *Format) bool { return f.names(table) })
}

// formerPart is what the tables without a format give to a plan. Whoever wrote files for a mapping that is not there any
// more need not take them away: they are not applied to such tables.
func (c *Catalogue) formerPart() (format.Part, error) {
	d, err := format.ParseDefinition("tables without a format", []byte(formerMapping))
	return format.Part{Schema: c.former, Definitions: []*format.Definition{d}, Untouched: true}, err
}

// formerTables are the names of tables without a format.
func (c *Catalogue) formerTables() []string { return slices.Sorted(maps.Keys(c.former)) }
