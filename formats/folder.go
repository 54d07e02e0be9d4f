package formats

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"penstock/format"
	"penstock/format/defender"
	"penstock/sigma/pipeline"
)

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

// Bounds of a folder.
const (
	maxFile  = 4 << 20
	maxFiles = 2000
)

// Read reads the folder of a format. Every mistake found is reported: the error joins *format.Mistake values. The folder's
// name goes before the names of files in them.
func Read(folder fs.FS, name string) (*Format, error) {
	r := &folderReader{folder: folder, name: name, of: &Format{Columns: &Descriptions{}}}
	if data := r.file(ManifestFile, true); data != nil {
		m, err := ParseManifest(r.named(ManifestFile), data)
		if r.failed(err); err == nil {
			r.of.Manifest = *m
		}
	}
	if data := r.file("schema.yaml", true); data != nil {
		var err error
		r.of.Schema, r.of.schemaAt, err = columnSchema(r.named("schema.yaml"), data)
		r.failed(err)
	}
	if data := r.file("columns.yaml", false); data != nil {
		if d, err := ParseDescriptions(r.named("columns.yaml"), data); err == nil {
			r.of.Columns = d
		} else {
			r.failed(err)
		}
	}
	r.definitions()
	r.logsources()
	r.samples()
	if entries, err := fs.ReadDir(folder, "rules"); err == nil && len(entries) > 0 {
		r.of.Rules, err = fs.Sub(folder, "rules")
		r.failed(err)
	}
	if err := errors.Join(r.errs...); err != nil {
		return nil, err
	}
	return r.of, r.of.agree(name)
}

// folderReader reads the files of a folder and gathers what is wrong in them.
type folderReader struct {
	folder fs.FS
	name   string
	of     *Format
	errs   []error
	read   int
}

func (r *folderReader) failed(err error) {
	if err != nil {
		r.errs = append(r.errs, err)
	}
}

// named is how a file is named in mistakes.
func (r *folderReader) named(file string) string {
	if r.name == "" {
		return file
	}
	return path.Join(r.name, file)
}

// file reads a file whole; nil where it is not there, or cannot be read.
func (r *folderReader) file(name string, needed bool) []byte {
	info, err := fs.Stat(r.folder, name)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !needed:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		r.failed(&format.Mistake{File: r.named(name), Line: 1, Column: 1, Message: "the file is missing; penstock format new makes one to begin with"})
		return nil
	case err != nil:
		r.failed(fmt.Errorf("read %s: %w", r.named(name), err))
		return nil
	case info.Size() > maxFile || r.read >= maxFiles:
		r.failed(&format.Mistake{File: r.named(name), Line: 1, Column: 1, Message: fmt.Sprintf("a file may have %d MiB, and a folder %d files", maxFile>>20, maxFiles)})
		return nil
	}
	r.read++
	data, err := fs.ReadFile(r.folder, name)
	if err != nil {
		r.failed(fmt.Errorf("read %s: %w", r.named(name), err))
		return nil
	}
	return data
}

// files are the files of a folder with an ending, by name.
func (r *folderReader) files(folder, ending string) []string {
	entries, err := fs.ReadDir(r.folder, folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		r.failed(fmt.Errorf("list %s: %w", r.named(folder), err))
	}
	var list []string
	for _, e := range entries {
		if !e.IsDir() && strings.HasSuffix(e.Name(), ending) {
			list = append(list, path.Join(folder, e.Name()))
		}
	}
	return list
}

func (r *folderReader) definitions() {
	for _, folder := range []string{"mapping", "sentences"} {
		for _, name := range r.files(folder, ".yaml") {
			data := r.file(name, true)
			if data == nil {
				continue
			}
			// The files of the built-in format are named as they always were.
			d, err := format.ParseDefinition(r.named(name), data)
			if r.failed(err); err == nil {
				r.of.Definitions = append(r.of.Definitions, d)
			}
		}
	}
}

func (r *folderReader) logsources() {
	for _, name := range r.files("sigma", ".yaml") {
		data := r.file(name, true)
		if data == nil {
			continue
		}
		d, err := pipeline.ParseDefinition(r.named(name), data)
		if r.failed(err); err == nil {
			r.of.Logsources = append(r.of.Logsources, d)
		}
	}
}

func (r *folderReader) samples() {
	for _, name := range r.files("samples", ".test") {
		data := r.file(name, true)
		if data == nil {
			continue
		}
		list, err := ParseSamples(r.named(name), data)
		r.failed(err)
		r.of.Samples = append(r.of.Samples, list...)
	}
}

// agree finds tables that one file names and another does not.
func (f *Format) agree(name string) error {
	var mistakes []error
	mistake := func(file string, at format.Position, message, table string) {
		if name != "" {
			file = path.Join(name, file)
		}
		mistakes = append(mistakes, &format.Mistake{File: file, Line: max(at.Line, 1), Column: max(at.Column, 1), Message: fmt.Sprintf(message, table)})
	}
	for _, table := range slices.Sorted(maps.Keys(f.Tables)) {
		if len(f.Schema[table]) == 0 {
			mistake(ManifestFile, f.tables[table], "the table %s has no columns in schema.yaml", table)
		}
	}
	if f.Records.Framed { // nothing else can arrive
		for _, table := range slices.Sorted(maps.Keys(f.Schema)) {
			if _, ok := f.Tables[table]; !ok {
				mistake("schema.yaml", f.schemaAt[table], "the table %s is not among the tables of format.yaml", table)
			}
		}
	}
	return errors.Join(mistakes...)
}
