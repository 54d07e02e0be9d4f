// Command generate writes down the licences of the Go modules that the program is made of, as JSON.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"penstock/licences"
)

func main() {
	if err := run(context.Background(), os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "licences:", err)
		os.Exit(1)
	}
}

// module is what `go list` tells of one.
type module struct {
	Path, Version, Dir string
	Main               bool
	Replace            *module
}

func run(ctx context.Context, out io.Writer, packages []string) error {
	list := exec.CommandContext(ctx, "go", append([]string{"list", "-deps", "-json=Module"}, packages...)...) //nolint:gosec // the packages are those that the build names
	list.Stderr = os.Stderr
	text, err := list.Output()
	if err != nil {
		return fmt.Errorf("list the modules: %w", err)
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find Go: %w", err)
	}
	modules := []module{{Path: "Go", Version: runtime.Version(), Dir: strings.TrimSpace(string(root))}}
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var p struct{ Module *module }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return fmt.Errorf("read the list of modules: %w", err)
		}
		m := p.Module
		if m != nil && m.Replace != nil {
			m = m.Replace
		}
		if m != nil && !m.Main && !slices.ContainsFunc(modules, func(o module) bool { return o.Path == m.Path }) {
			modules = append(modules, *m)
		}
	}
	components := make([]licences.Component, len(modules))
	for i := range modules {
		if components[i], err = read(&modules[i]); err != nil {
			return err
		}
	}
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(components)
}

var (
	named = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense)`)
	// A logo is no part of a program.
	other = regexp.MustCompile(`(?i)logo`)
)

// read finds the texts in a module's folder. One without any cannot be part of the program: nobody would know whether it may.
func read(m *module) (licences.Component, error) {
	c := licences.Component{Part: licences.Program, Name: m.Path, Version: m.Version}
	entries, err := os.ReadDir(m.Dir)
	if err != nil {
		return c, fmt.Errorf("look for the licence of %s: %w", m.Path, err)
	}
	var files, names, texts []string
	for _, e := range entries {
		if e.IsDir() || !named.MatchString(e.Name()) || other.MatchString(e.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(m.Dir, e.Name()))
		if err != nil {
			return c, fmt.Errorf("read the licence of %s: %w", m.Path, err)
		}
		files, texts = append(files, e.Name()), append(texts, string(text))
		for _, n := range licences.Identify(string(text)) {
			if !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
	}
	if len(names) == 0 {
		return c, fmt.Errorf("the licence of %s (files %v in %s) is not known; add its sentence to licences/identify.go", m.Path, files, m.Dir)
	}
	c.Files, c.Licence, c.Text = strings.Join(files, ", "), strings.Join(names, " and "), strings.Join(texts, "\n\n")
	return c, nil
}
