package formats

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"penstock/format"
	"penstock/format/defender"
	"penstock/kql"
	"penstock/sigma/pipeline"
)

// Catalogue is the formats that intakes may have: those that come with the program, then those of the installation.
type Catalogue struct {
	dir     string
	formats []*Format
	broken  []*Broken
	former  format.Schema // tables that formats have had, and none has now
}

// maxFormats bounds the formats of an installation.
const maxFormats = 64

// Open reads the formats that come with the program and those in a folder, each of which is a folder in it; a folder that is
// not there holds none. One with a mistake in it is set aside, see Broken: the error is about those of the program alone.
func Open(dir string) (*Catalogue, error) {
	own, err := Defender()
	if err != nil {
		return nil, err
	}
	c := &Catalogue{dir: dir, formats: []*Format{own}}
	entries, err := os.ReadDir(dir)
	if err != nil && dir != "" && !errors.Is(err, fs.ErrNotExist) {
		c.broken = append(c.broken, &Broken{ID: filepath.Base(dir), Folder: dir, Mistakes: []Finding{{File: dir, Line: 1, Column: 1, Message: err.Error()}}})
	}
	for _, e := range entries {
		folder := filepath.Join(dir, e.Name())
		if _, err := os.Stat(filepath.Join(folder, ManifestFile)); errors.Is(err, fs.ErrNotExist) || !e.IsDir() && e.Type()&fs.ModeSymlink == 0 {
			continue // something else that is kept there
		}
		if len(c.formats)+len(c.broken) > maxFormats {
			c.broken = append(c.broken, brokenFolder(folder, fmt.Errorf("there are %d formats already, which is as many as there may be; it and those behind it are not read", maxFormats)))
			break
		}
		if _, err := c.Take(folder); err != nil {
			c.broken = append(c.broken, brokenFolder(folder, err))
		}
	}
	return c, nil
}

// Take reads a format's folder into the catalogue. The error joins all that is wrong with it.
func (c *Catalogue) Take(folder string) (*Format, error) {
	f, err := ReadDir(folder)
	if err != nil {
		return nil, err
	}
	plan, err := f.usable()
	if err != nil {
		return nil, err
	}
	return f, c.add(f, plan)
}

// add takes a format into the catalogue, unless its names belong to another one.
func (c *Catalogue) add(f *Format, plan *format.Plan) error {
	for _, other := range c.formats {
		if other.ID == f.ID || f.UUID != "" && other.UUID == f.UUID {
			return fmt.Errorf("the id %s, or its uuid, is that of %s: give it one of its own", f.ID, other.Name)
		}
		for _, t := range plan.Tables() {
			if other.names(t.Name) {
				return fmt.Errorf("the table %s is one of %s: give it a name of its own, as one that begins with the name of the product", t.Name, other.Name)
			}
		}
		if field := f.redeclares(other); field != "" {
			return fmt.Errorf("the field %s has another type in %s: give it a name of its own, or the same type", field, other.Name)
		}
	}
	for _, t := range plan.Tables() {
		f.mapped = append(f.mapped, t.Name)
	}
	if f.Setup == nil && slices.Contains(f.Sources, "eventhub") {
		f.Setup = c.formats[0].Setup // a hub is a hub
	}
	c.formats = append(c.formats, f)
	return nil
}

// All are the formats, those of the program first.
func (c *Catalogue) All() []*Format { return c.formats }

// Broken are the folders that are set aside.
func (c *Catalogue) Broken() []*Broken { return c.broken }

// Get finds a format by its id or uuid. The error is a *MissingError.
func (c *Catalogue) Get(id string) (*Format, error) {
	for _, f := range c.formats {
		if f.ID == id || f.UUID != "" && f.UUID == id {
			return f, nil
		}
	}
	missing := &MissingError{ID: id, Folder: c.dir}
	for _, b := range c.broken {
		if b.ID == id {
			missing.Broken = b
			break
		}
	}
	return nil, missing
}

// Tables are those of a format that have a mapping of their own. The error is a *MissingError.
func (c *Catalogue) Tables(id string) ([]string, error) {
	f, err := c.Get(id)
	if err != nil {
		return nil, err
	}
	return f.TableNames(), nil
}

// Plan is the mapping of all formats, with the files of a user applied after it.
func (c *Catalogue) Plan(files ...defender.File) (*format.Plan, error) {
	users, err := defender.UserDefinitions(files)
	if err != nil {
		return nil, err
	}
	parts := make([]format.Part, 0, len(c.formats)+1)
	for _, f := range c.formats {
		parts = append(parts, f.part())
	}
	former, err := c.formerPart()
	if err != nil {
		return nil, err
	}
	return format.CompileParts(users, append(parts, former)...)
}

// Pipeline says which tables of all formats answer the logsources of Sigma rules; the plan is one of theirs.
func (c *Catalogue) Pipeline(plan *format.Plan) (*pipeline.Pipeline, error) {
	parts := make([]pipeline.Part, len(c.formats))
	for i, f := range c.formats {
		parts[i] = f.logsourcePart()
	}
	return pipeline.NewOf(plan, parts...)
}

func (f *Format) logsourcePart() pipeline.Part {
	p := pipeline.Part{Product: f.ID, Definitions: f.Logsources}
	if !f.Builtin {
		p.Tables = f.TableNames()
	}
	return p
}

// HuntingTables are the tables of all formats as KQL sees them, and those that formats have had. One that has no column
// Timestamp shows the time of its events as one.
func (c *Catalogue) HuntingTables() ([]*kql.Table, error) {
	tables, err := defender.HuntingTables()
	if err != nil {
		return nil, err
	}
	for _, f := range c.formats {
		if f.Builtin {
			continue
		}
		for _, name := range f.TableNames() {
			t, err := defender.HuntingTable(name, f.Schema[name])
			if err != nil {
				return nil, err
			}
			tables = append(tables, t)
		}
	}
	for _, name := range c.formerTables() {
		t, err := defender.HuntingTable(name, c.former[name])
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}
