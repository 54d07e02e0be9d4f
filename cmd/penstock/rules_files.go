package main

import (
	"archive/zip"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"penstock/catalogue"
	"penstock/sigma"
)

// ruleFiles reads the files of rules in folders, zip archives or single files. A single file without any is a problem; in
// folders there are others.
func ruleFiles(paths []string) ([]catalogue.File, []*sigma.Problem, error) {
	var files []catalogue.File
	var problems []*sigma.Problem
	for _, path := range paths {
		read, err := readRules(path)
		if err != nil {
			return nil, nil, err
		}
		if len(read.Rules)+len(read.Problems) == 0 {
			return nil, nil, fmt.Errorf("there are no rules in %s: no file .yml or .yaml with a rule", path)
		}
		problems = append(problems, read.Problems...)
		for _, f := range read.Rules {
			if len(paths) > 1 {
				f.Path = filepath.ToSlash(filepath.Join(path, f.Path))
			}
			files = append(files, f)
		}
	}
	return files, problems, nil
}

func readRules(path string) (*catalogue.Files, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	if info.Mode().IsRegular() {
		files, err := catalogue.ReadZip(f, info.Size(), catalogue.Bounds{})
		if !errors.Is(err, zip.ErrFormat) {
			return files, err
		}
	}
	files, err := catalogue.ReadFolder(path, catalogue.Bounds{})
	if err == nil && info.Mode().IsRegular() && len(files.Rules) == 0 && len(files.Problems) == 0 {
		files.Problems = append(files.Problems, &sigma.Problem{
			File: path, Position: sigma.Position{Line: 1, Column: 1}, Message: "the file holds no rules: expected YAML with title, logsource and detection, or a correlation",
		})
	}
	return files, err
}

// parseRules reads the rules in files and finds what they refer to.
func parseRules(files []catalogue.File, o sigma.Options) *sigma.Collection {
	parts := make([]*sigma.Collection, 0, len(files))
	for _, f := range files {
		parts = append(parts, sigma.Read(f.Path, f.Text, o))
	}
	c := sigma.Resolve(parts...)
	slices.SortStableFunc(c.Problems, func(a, b *sigma.Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	return c
}
