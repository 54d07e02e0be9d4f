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
type Catalogue struct{ formats []*Format }

// maxFormats bounds the formats of an installation.
const maxFormats = 64

// Open reads the formats that come with the program and those in a folder, each of which is a folder in it; a folder that is
// not there holds none. The error joins all that is wrong with them.
func Open(dir string) (*Catalogue, error) {
	own, err := Defender()
	if err != nil {
		return nil, err
	}
	c := &Catalogue{formats: []*Format{own}}
	entries, err := os.ReadDir(dir)
	if dir == "" || errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the formats (key formats): %w", err)
	}
	var errs []error
	for _, e := range entries {
		folder := filepath.Join(dir, e.Name())
		if _, err := os.Stat(filepath.Join(folder, ManifestFile)); err != nil {
			continue // something else that is kept there
		}
		f, err := ReadDir(folder)
		if err == nil {
			err = c.add(f)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("the format in %s: %w", folder, err))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return c, nil
}

// Defender is the format that comes with the program.
func Defender() (*Format, error) {
	f, err := Read(defender.Folder(), "")
	if err != nil {
		return nil, fmt.Errorf("read the built-in format: %w", err)
	}
	f.Builtin = true
	return f, nil
}

// ReadDir reads a format's folder on disk.
func ReadDir(dir string) (*Format, error) {
	f, err := Read(os.DirFS(dir), filepath.ToSlash(dir))
	if err != nil {
		return nil, err
	}
	f.Dir = dir
	return f, nil
}

// add takes a format into the catalogue, unless its names belong to another one.
func (c *Catalogue) add(f *Format) error {
	if len(c.formats) > maxFormats {
		return fmt.Errorf("there are %d formats already, which is as many as there may be", maxFormats)
	}
	for _, other := range c.formats {
		if other.ID == f.ID || f.UUID != "" && other.UUID == f.UUID {
			return fmt.Errorf("the id %s, or its uuid, is that of %s: give it one of its own", f.ID, other.Name)
		}
		for _, table := range f.TableNames() {
			if _, taken := other.Schema[table]; taken {
				return fmt.Errorf("the table %s is one of %s: give it a name of its own, as one that begins with the name of the product", table, other.Name)
			}
		}
	}
	if f.Setup == nil && slices.Contains(f.Sources, "eventhub") {
		f.Setup = c.formats[0].Setup // a hub is a hub
	}
	c.formats = append(c.formats, f)
	return nil
}

// All are the formats, those of the program first.
func (c *Catalogue) All() []*Format { return c.formats }

// Get finds a format by its id or uuid.
func (c *Catalogue) Get(id string) (*Format, bool) {
	for _, f := range c.formats {
		if f.ID == id || f.UUID != "" && f.UUID == id {
			return f, true
		}
	}
	return nil, false
}

// Plan is the mapping of all formats, with the files of a user applied after it.
func (c *Catalogue) Plan(files ...defender.File) (*format.Plan, error) {
	users, err := defender.UserDefinitions(files)
	if err != nil {
		return nil, err
	}
	parts := make([]format.Part, len(c.formats))
	for i, f := range c.formats {
		parts[i] = f.part()
	}
	return format.CompileParts(users, parts...)
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

// HuntingTables are the tables of all formats as KQL sees them. One that has no column Timestamp shows the time of its
// events as one.
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
	return tables, nil
}
