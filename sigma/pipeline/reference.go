package pipeline

import (
	"fmt"
	"strings"
)

const referenceHead = `# Sigma's fields

Rules name events by logsource and fields by Sigma's own taxonomy. What they are in Defender's tables is data, not code:
` + "`format/defender/sigma/*.yaml`" + `, from which this page is made (` + "`go test ./format/defender -run Reference -update`" + `).

A rule may use, in this order: the fields below; the columns of the table by their names; a key in a column of JSON
(` + "`AdditionalFields.PipeName`, `RawEventData.Parameters.ForwardTo`" + `; a list on the way stands for its elements); and the fields of
the events ([ECS](mapping.md), ` + "`process.name`, `action.properties.LogonId`" + `). Names are looked up as they are written, and
without regard to case only if that finds nothing.

Rules for Defender itself name a table: ` + "`logsource: {product: defender, service: emailevents}`" + `. Their fields are its columns.

A field is answered in full, in part (what is missing stands beside it), or not at all (then why). A test of a field that
has no counterpart never holds, not even one for ` + "`null`" + `, and the rule applies in part; if the rule cannot match without it,
it does not apply. The same holds for values that no event can have, such as ` + "`IMPHASH=`" + ` among the hashes.

A stream that is for one operating system leaves out events that are known to be of another: by ` + "`host.os.type`" + `, or by the form of
the paths in them.

## Conversions

Values are brought into the form that rules expect. Where rules have several spellings, the field has several values,
and a test holds if one of them is as it wants.

| Conversion | of | gives |
| --- | --- | --- |
| ` + "`A ?? B`" + ` | | the values of the first that has any |
| ` + "`[A, B]`" + ` | | the values of all |
| ` + "`translate(A, \"x\" -> \"y\")`" + ` | a value | one text for another; what is not listed is left out, unless it says what it is ` + "`otherwise`" + `, as is a missing value |
`

// Reference is the documentation of what the pipeline knows in Markdown, as docs/fields.md has it.
func (p *Pipeline) Reference() string {
	var b strings.Builder
	b.WriteString(referenceHead)
	for _, name := range functionNames() {
		f := functions[name]
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, f.arguments, f.gives)
	}
	b.WriteString("\n## Logsources\n")
	seen := make(map[string]string) // fields, as they are written: where
	var without []*logsource
	for _, l := range p.parts[0].def.logsources {
		if l.streams == nil {
			without = append(without, l)
			continue
		}
		fmt.Fprintf(&b, "\n### %s\n", l.title())
		for _, s := range l.streams {
			s.describe(&b)
			fields := s.fieldTable()
			if where := seen[fields]; where != "" {
				fmt.Fprintf(&b, "\nFields as in %s.\n", where)
				continue
			}
			seen[fields] = strings.TrimSpace(l.title() + " " + s.name)
			b.WriteString(fields)
		}
	}
	b.WriteString("\n## Logsources without events\n\n| Logsource | Why |\n| --- | --- |\n")
	for _, l := range without {
		fmt.Fprintf(&b, "| %s | %s |\n", l.title(), l.reason)
	}
	return b.String()
}

// title is the logsource in words: what rules may say of it.
func (l *logsource) title() string {
	var parts []string
	for _, part := range []struct {
		name string
		list []string
	}{{"category", l.category}, {"product", l.product}, {"service", l.service}} {
		switch {
		case len(part.list) == 1:
			parts = append(parts, part.name+" "+part.list[0])
		case part.list != nil:
			var names []string
			for _, name := range part.list {
				if name == "" {
					name = "none"
				}
				names = append(names, name)
			}
			parts = append(parts, part.name+" "+strings.Join(names, " or "))
		}
	}
	return strings.Join(parts, ", ")
}

func (s *streamDefinition) describe(b *strings.Builder) {
	b.WriteString("\n")
	if s.name != "" {
		fmt.Fprintf(b, "**%s**: ", s.name)
	}
	b.WriteString("`" + s.table + "`")
	if s.actions != nil {
		fmt.Fprintf(b, " with ActionType %s", strings.Join(s.actions, ", "))
	}
	if s.partial != "" {
		fmt.Fprintf(b, "; %s", s.partial)
	}
	if s.payload != "" {
		fmt.Fprintf(b, "; keys of `%s` are fields as well", s.payload)
	}
	b.WriteString(".\n")
}

func (s *streamDefinition) fieldTable() string {
	b := []byte("\n| Field | is | |\n| --- | --- | --- |\n")
	for _, name := range s.all.names {
		f := s.all.byName[name]
		value, note := "`"+strings.ReplaceAll(f.value.String(), "|", `\|`)+"`", f.note
		switch f.support {
		case Partial:
			note = "in part: " + note
		case None:
			value = "nothing"
		}
		b = fmt.Appendf(b, "| %s | %s | %s |\n", name, value, note)
	}
	return string(b)
}
