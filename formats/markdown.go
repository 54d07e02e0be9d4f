package formats

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"penstock/format"
)

// Pages are the documentation of the format in Markdown, by the names of the files: slug/README.md, a page a table, and the
// layer for the ATT&CK Navigator.
func (f *Format) Pages(plan *format.Plan, rules []RuleEntry) (map[string][]byte, error) {
	d := f.Document(plan, rules)
	slug := formatIDOf(f.Name)
	var layer bytes.Buffer
	if err := d.WriteLayer(&layer); err != nil {
		return nil, err
	}
	pages := map[string][]byte{
		slug + "/README.md": d.page(), slug + "/fields.md": d.fieldsPage(), slug + "/rules.md": d.rulesPage(), slug + "/attack-layer.json": layer.Bytes(),
	}
	for _, name := range f.TableNames() {
		page, err := f.Table(plan, name, rules).page()
		if err != nil {
			return nil, err
		}
		pages[slug+"/"+name+".md"] = page
	}
	return pages, nil
}

// cell is a text within a table of Markdown.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(text)
}

func code(list []string) string {
	var b strings.Builder
	for i, one := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("`" + cell(one) + "`")
	}
	return b.String()
}

const generated = "<!-- Made from the format's folder by penstock format docs. -->\n\n"

func (d *Document) page() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s%s\n\n%s\n\n", d.Name, generated, d.Description, d.Records)
	fmt.Fprintf(&b, "Id `%s`, version %s. Arrives by %s. %d rules apply: [by technique and table](rules.md); [layer for the ATT&CK Navigator](attack-layer.json). [Every field](fields.md).\n\n",
		d.ID, d.Version, strings.Join(d.Sources, ", "), len(d.Rules))
	if len(d.DataSources) > 0 {
		fmt.Fprintf(&b, "Data sources of ATT&CK: %s.\n\n", strings.Join(d.DataSources, ", "))
	}
	b.WriteString("| Table | is about | event.category | Columns | Rules |\n| --- | --- | --- | --- | --- |\n")
	for _, t := range d.Tables {
		fmt.Fprintf(&b, "| [%s](%s.md) | %s | %s | %d | %d |\n", t.Name, t.Name, cell(t.Description), code(t.Categories), t.Columns, t.Rules)
	}
	return []byte(b.String())
}

func (d *Document) fieldsPage() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# Fields of %s\n\n%sFields of events that the mapping fills, and the columns that they are made from.\n\n| Field | Type | from | Tables |\n| --- | --- | --- | --- |\n", d.Name, generated)
	for _, f := range d.Fields {
		tables := strings.Join(f.Tables, ", ")
		if len(f.Tables) == len(d.Tables) {
			tables = "all"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", f.Name, f.Type, code(f.Columns), tables)
	}
	return []byte(b.String())
}

func (d *Document) rulesPage() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# Rules for %s\n\n%sRules that come with Penstock or with the format, and apply to its events; those marked with * in part.\n\n| Rule | Level | Techniques | Tables |\n| --- | --- | --- | --- |\n", d.Name, generated)
	for _, r := range d.Rules {
		title, tables := cell(r.Title), strings.Join(r.Tables, ", ")
		if r.Partly {
			title += " *"
		}
		if len(r.Tables) == len(d.Tables) && len(d.Tables) > 1 {
			tables = "all"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", title, r.Level, strings.Join(r.Techniques, ", "), tables)
	}
	return []byte(b.String())
}

func (t *TableDocument) page() ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s%s.\n\n", t.Name, generated, strings.TrimSuffix(t.Description, "."))
	if len(t.Categories) > 0 {
		fmt.Fprintf(&b, "Categories of its events (`event.category`): %s.\n\n", code(t.Categories))
	}
	b.WriteString("## Columns\n\n| Column | Type | is | becomes |\n| --- | --- | --- | --- |\n")
	for _, c := range t.ColumnList {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.Name, c.Type, cell(c.Description), code(c.Fields))
	}
	b.WriteString("\n## Smart descriptions\n\nThe first that can be filled describes an event.\n\n| Kind of event | Sentence |\n| --- | --- |\n")
	for _, s := range t.Sentences {
		kind := code(s.Actions)
		if kind == "" {
			kind = "any"
		}
		fmt.Fprintf(&b, "| %s | `%s` |\n", kind, cell(s.Text))
	}
	if len(t.SampleList) > 0 {
		b.WriteString("\n## Samples\n")
	}
	for _, s := range t.SampleList {
		fmt.Fprintf(&b, "\n### %s\n\n", s.Title)
		if s.Sentence != "" {
			fmt.Fprintf(&b, "> %s\n\n", s.Sentence)
		}
		var indented bytes.Buffer
		if err := json.Indent(&indented, s.Record, "", "  "); err != nil {
			return nil, fmt.Errorf("show the sample %q: %w", s.Title, err)
		}
		fmt.Fprintf(&b, "Before:\n\n```json\n%s\n```\n\nAfter:\n\n| Field | Value |\n| --- | --- |\n", indented.Bytes())
		for _, f := range s.Fields {
			fmt.Fprintf(&b, "| `%s` | `%s` |\n", f.Name, cell(string(f.Value)))
		}
	}
	fmt.Fprintf(&b, "\n## Rules\n\n%d rules look at events of this table: [list](rules.md).\n", t.Rules)
	return []byte(b.String()), nil
}
