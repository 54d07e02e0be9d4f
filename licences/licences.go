// Package licences is what Penstock is made of: the Go modules in the program and the npm packages in the page, each with
// its licence. The build writes both lists down: licences/generate that of the program, Vite that of the page.
package licences

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// The folder holds no more than its .gitignore where nothing was built by make.
//
//go:embed all:data
var built embed.FS

// Part is where a component is used.
type Part string

// The parts of Penstock.
const (
	Program Part = "program"
	Page    Part = "page"
)

// PageFile is the list of the page among the files of the page; its name keeps it from being served as one of them.
const PageFile = ".licences.json"

// Component is something of others that Penstock is made of.
type Component struct {
	Part    Part   `json:"part"`
	Name    string `json:"name"` // import path of a module, name of a package
	Version string `json:"version"`
	Licence string `json:"licence"` // SPDX identifiers, with " and " between them; empty: the build did not tell
	Files   string `json:"files"`   // names of the files with the text
	Text    string `json:"text"`
}

// Read gives every component of the program that runs and of the page in pageFiles, by part and name.
func Read(pageFiles fs.FS) ([]Component, error) {
	list, err := readProgram()
	if err != nil {
		return nil, err
	}
	page, err := readPage(pageFiles)
	if err != nil {
		return nil, err
	}
	list = append(list, page...)
	slices.SortFunc(list, func(a, b Component) int {
		if a.Part != b.Part {
			return -strings.Compare(string(a.Part), string(b.Part))
		}
		return strings.Compare(a.Name, b.Name)
	})
	return list, nil
}

// readProgram takes the modules from the program itself, and their licences from what the build wrote down.
func readProgram() ([]Component, error) {
	var known []Component
	text, err := built.ReadFile("data/modules.json")
	if err == nil {
		err = json.Unmarshal(text, &known)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the licences of the program: %w", err)
	}
	find := func(name, version string) Component {
		for _, c := range known {
			if c.Name == name && c.Version == version {
				return c
			}
		}
		return Component{Part: Program, Name: name, Version: version}
	}
	list := []Component{find("Go", runtime.Version())}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return list, nil
	}
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		list = append(list, find(m.Path, m.Version))
	}
	return list, nil
}

// readPage reads what Vite wrote down of the packages that it bundled.
func readPage(files fs.FS) ([]Component, error) {
	if files == nil {
		return nil, nil
	}
	text, err := fs.ReadFile(files, PageFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // the page is not built
	}
	var packages []struct{ Name, Version, Identifier, Text string }
	if err == nil {
		err = json.Unmarshal(text, &packages)
	}
	if err != nil {
		return nil, fmt.Errorf("read the licences of the page: %w", err)
	}
	var list []Component
	for _, p := range packages {
		c := Component{Part: Page, Name: p.Name, Version: p.Version, Licence: p.Identifier, Text: p.Text}
		if c.Text != "" {
			c.Files = "LICENSE"
		}
		list = append(list, c)
	}
	return list, nil
}
