package backend

import (
	"context"
	"fmt"

	"penstock/catalogue"
	"penstock/format"
	"penstock/format/defender"
	"penstock/formats"
	"penstock/server"
)

// Formats documents the formats with the rules of the catalogue.
func Formats(known *formats.Catalogue, plan *format.Plan, rules *catalogue.Catalogue) server.Formats {
	return documented{known, plan, rules}
}

type documented struct {
	formats *formats.Catalogue
	plan    *format.Plan
	rules   *catalogue.Catalogue
}

func (d documented) Format(_ context.Context, id string) (*formats.Document, error) {
	f, err := d.formats.Get(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", server.ErrNotFound, err)
	}
	return f.Document(d.plan, d.rulesOf(f.TableNames())), nil
}

func (d documented) Table(_ context.Context, id, table string) (*formats.TableDocument, error) {
	f, err := d.formats.Get(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", server.ErrNotFound, err)
	}
	if _, ok := f.Tables[table]; !ok {
		return nil, server.ErrNotFound
	}
	return f.Table(d.plan, table, d.rulesOf([]string{table})), nil
}

func (d documented) rulesOf(tables []string) []formats.RuleEntry {
	var list []formats.RuleEntry
	for _, r := range d.rules.AnsweredBy(tables) {
		list = append(list, formats.RuleEntry{
			ID: r.ID, Title: r.Title, Level: string(r.Level), Pack: r.Pack, Partly: r.Applies == catalogue.Partly, Enabled: r.Enabled,
			Techniques: append([]string{}, r.Techniques...), Tables: r.Tables,
		})
	}
	return list
}

// formatOf is a format as the form of a new intake shows it. Defender's streaming settings say more of its tables.
func formatOf(f *formats.Format, streaming map[string]defender.Choice) server.Format {
	out := server.Format{
		ID: f.ID, UUID: f.UUID, Name: f.Name, Vendor: f.Vendor, Product: f.Product, Version: f.Version, Description: f.Description, Builtin: f.Builtin,
		Sources: f.Sources, Samples: len(f.Samples),
	}
	for _, name := range f.TableNames() {
		c := streaming[name]
		out.Tables = append(out.Tables, server.FormatTable{
			Name: name, Description: f.Tables[name], Columns: len(f.Schema[name]), Group: c.Group, Tick: c.Tick(name), Needs: c.Needs, Without: c.Without,
		})
	}
	for _, v := range f.Setup {
		out.Setup = append(out.Setup, server.SetupValue(v))
	}
	return out
}

// brokenOf is a folder that is set aside, with all that is wrong in it up to a bound.
func brokenOf(b *formats.Broken) server.BrokenFormat {
	out := server.BrokenFormat{ID: b.ID, Folder: b.Folder, Hint: b.Hint()}
	for i := range b.Mistakes[:min(len(b.Mistakes), maxMistakes)] {
		m := &b.Mistakes[i]
		out.Mistakes = append(out.Mistakes, server.FormatMistake{File: m.File, Line: m.Line, Column: m.Column, Message: m.Message})
	}
	return out
}

// maxMistakes is how many mistakes of a folder are shown.
const maxMistakes = 100
