package catalogue

import (
	"cmp"
	"slices"

	"penstock/attack"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// Checked is what is to be said about one rule of files that are looked at without being installed.
type Checked struct {
	File      string   `json:"file"`
	Line      int      `json:"line"`
	ID        string   `json:"id,omitempty"`
	Title     string   `json:"title,omitempty"`
	Kind      Kind     `json:"kind,omitempty"`
	Compiled  bool     `json:"compiled"`
	Applies   Applies  `json:"applies,omitempty"`
	Obstacles []string `json:"obstacles,omitempty"` // the fields or constructs that stand in the way
	Error     string   `json:"error,omitempty"`     // why it was not compiled; at Line
	Warnings  []string `json:"warnings,omitempty"`
}

// CheckFiles looks at the rules of files, in the order of the files and lines. What is wrong with a file as a whole is told
// as one that was not compiled.
func CheckFiles(files *Files, router pipeline.Router, o sigma.Options) []Checked {
	c := &Catalogue{options: Options{Router: router, Sigma: o}, matrix: attack.Enterprise()}
	read := c.read("", files.Rules)
	reg := &register{rules: read.byID}
	reg.relate()
	warnings := map[string][]string{}
	var list []Checked
	for _, p := range append(slices.Clone(files.Problems), read.problems...) {
		if p.Warning {
			warnings[p.RuleID] = append(warnings[p.RuleID], p.Message)
			continue
		}
		list = append(list, Checked{File: p.File, Line: p.Line, ID: p.RuleID, Title: p.Title, Error: p.Message})
	}
	for _, e := range reg.rules {
		list = append(list, Checked{
			File: e.Path, Line: e.Line, ID: e.ID, Title: e.Title, Kind: e.Kind, Compiled: true, Applies: e.Applies, Obstacles: e.Obstacles, Warnings: warnings[e.ID],
		})
	}
	slices.SortFunc(list, func(a, b Checked) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Error, b.Error))
	})
	return list
}
