// Package defender is the format of Microsoft Defender XDR's streaming API: how the columns of its tables become fields
// of ECS (mapping/*.yaml), what their events say in a sentence (sentences/*.yaml), and which columns the tables of
// advanced hunting declare (schema.yaml).
package defender

import (
	"embed"
	"fmt"
	"io/fs"
	"sync"

	"github.com/goccy/go-yaml"

	"penstock/format"
)

//go:embed schema.yaml
var schemaText []byte

//go:embed format.yaml schema.yaml columns.yaml mapping/*.yaml sentences/*.yaml sigma/*.yaml samples/*.test
var embedded embed.FS

// Folder is the format's folder, as those of other formats are laid out.
func Folder() fs.FS { return embedded }

// Plan is the embedded mapping. It is compiled once and shared.
func Plan() (*format.Plan, error) { return plan() }

var plan = sync.OnceValues(func() (*format.Plan, error) { return PlanWith() })

// File is a user's file with overrides and additions to the mapping.
type File struct {
	Name string // as it is named in mistakes
	Data []byte
}

// PlanWith is the embedded mapping with the files of a user applied after it, in their order. The error joins
// *format.Mistake values, one for every mistake in the files.
func PlanWith(files ...File) (*format.Plan, error) {
	all, err := builtIn()
	if err != nil {
		return nil, err
	}
	users, err := UserDefinitions(files)
	if err != nil {
		return nil, err
	}
	schema, err := Schema()
	if err != nil {
		return nil, err
	}
	return format.CompileParts(users, format.Part{Schema: schema, Definitions: all})
}

// UserDefinitions reads the files of a user.
func UserDefinitions(files []File) ([]*format.Definition, error) {
	var users []*format.Definition
	for _, f := range files {
		d, err := format.ParseUserDefinition(f.Name, f.Data)
		if err != nil {
			return nil, err
		}
		users = append(users, d)
	}
	return users, nil
}

func builtIn() ([]*format.Definition, error) {
	var list []*format.Definition
	for _, folder := range []string{"mapping", "sentences"} {
		entries, err := embedded.ReadDir(folder)
		if err != nil {
			return nil, fmt.Errorf("list the embedded %s: %w", folder, err)
		}
		for _, e := range entries {
			name := folder + "/" + e.Name()
			data, err := embedded.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("read the embedded %s: %w", name, err)
			}
			d, err := format.ParseDefinition(name, data)
			if err != nil {
				return nil, err
			}
			list = append(list, d)
		}
	}
	return list, nil
}

// Schema is every table of advanced hunting with its columns.
func Schema() (format.Schema, error) {
	var tables map[string]string
	if err := yaml.Unmarshal(schemaText, &tables); err != nil {
		return nil, fmt.Errorf("read schema.yaml: %w", err)
	}
	return format.ParseSchema(tables)
}
