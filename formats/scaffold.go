package formats

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing/fstest"
	"unicode"

	"penstock/format"
	"penstock/record"
)

// exampleRecord is what a new format is made from where there are no samples.
const exampleRecord = `{"time":"2026-05-04T08:15:30Z","action":"login","outcome":"success","user":"anna","src_ip":"203.0.113.7","host":"gate-01","message":"anna signed in"}`

const (
	shownSamples  = 5    // of the records given are kept as samples
	maxNewRecords = 1000 // are looked at for types
	maxNewColumns = 500
)

// Scaffold makes the files of a new format, which passes its own check. With samples, records one after the other, columns
// and their types are those that occur, and fields are guessed from their names; each guess is marked as one.
func Scaffold(name string, samples []byte) (map[string][]byte, error) {
	id := formatIDOf(name)
	if !formatID.MatchString(id) || len(id) > 50 {
		return nil, fmt.Errorf("%q makes no id: expected a name as Acme Firewall, of letters and digits, at most 50", name)
	}
	s := &scaffold{id: id, name: name, table: tableOf(id)}
	if samples == nil {
		samples = []byte(exampleRecord)
	}
	if err := s.look(samples); err != nil {
		return nil, err
	}
	known, err := guesses()
	if err != nil {
		return nil, err
	}
	s.guess(known)
	files := map[string][]byte{
		ManifestFile: s.manifest(), "schema.yaml": s.schema(), "columns.yaml": s.descriptions(),
		"mapping/" + s.id + ".yaml": s.mapping(), "sentences/" + s.id + ".yaml": s.sentences(),
	}
	files["samples/"+s.table+".test"], err = s.samples(files)
	return files, err
}

// scaffold gathers what is known of a format that is to be made.
type scaffold struct {
	id, name, table string
	columns         []*found
	odd             []string // names that a mapping cannot say
	records         [][]byte
	time, unit      string
	taken           map[string]bool // fields
}

var wordBreak = regexp.MustCompile(`[^a-z0-9]+`)

func formatIDOf(name string) string {
	return strings.Trim(wordBreak.ReplaceAllString(strings.ToLower(name), "-"), "-")
}

// tableOf is the name of the one table of a new format.
func tableOf(id string) string {
	var b strings.Builder
	for word := range strings.SplitSeq(id, "-") {
		for i, r := range word {
			if i == 0 {
				r = unicode.ToUpper(r)
			}
			b.WriteRune(r)
		}
	}
	return b.String() + "Events"
}

var columnForm = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,63}$`)

// look finds the columns that samples have.
func (s *scaffold) look(samples []byte) error {
	byName, seen := map[string]*found{}, 0
	var wrong error
	var splitter record.Splitter
	splitter.Split(samples, func(rec *record.Record) {
		if seen++; seen > maxNewRecords {
			return
		}
		if len(s.records) < shownSamples {
			s.records = append(s.records, slices.Clone(rec.Raw))
		}
		for i := range rec.Envelope {
			m := &rec.Envelope[i]
			name := string(m.Key)
			if m.KeyEscaped || !columnForm.MatchString(name) || strings.HasPrefix(strings.ToLower(name), "penstock_") {
				if !slices.Contains(s.odd, name) && len(s.odd) < maxNewColumns {
					s.odd = append(s.odd, name)
				}
				continue
			}
			c := byName[strings.ToLower(name)]
			if c == nil {
				if len(s.columns) >= maxNewColumns {
					continue
				}
				c = &found{name: name}
				byName[strings.ToLower(name)] = c
				s.columns = append(s.columns, c)
			}
			c.see(m)
		}
	}, func(no record.Rejected) {
		if wrong == nil {
			wrong = fmt.Errorf("the samples hold something that is no record, at byte %d: %s", no.Offset, no.Detail)
		}
	})
	switch {
	case wrong != nil:
		return wrong
	case len(s.columns) == 0:
		return errors.New("the samples hold no record with columns: expected JSON objects, one a line")
	}
	return nil
}

// guess gives columns the fields that they most likely become, each field to one column.
func (s *scaffold) guess(known map[string]guess) {
	s.time, s.unit = timeOf(s.columns)
	s.taken = map[string]bool{"@timestamp": true}
	for _, c := range s.columns {
		g, ok := known[plainName(c.name)]
		if ok && c.name != s.time && c.seen && c.fits(g.field) && !s.taken[g.field] {
			c.guess = g
			s.taken[g.field] = true
		}
	}
}

func (s *scaffold) manifest() []byte {
	var b strings.Builder
	sum := sha256.Sum256([]byte("penstock format " + s.id))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // a UUID of version 8
	fmt.Fprintf(&b, `# What the catalogue says of the format. docs/formats.md explains every key.
id: %s
uuid: %x-%x-%x-%x-%x
name: %s
vendor: ""
product: ""
version: "0.1"
description: What these records are, and what makes them.
sources: [http, file, eventhub]
data_sources: []
records:
  table: %s
`, s.id, sum[0:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16], yamlText(s.name), s.table)
	if s.time != "" {
		fmt.Fprintf(&b, "  time: {column: %s, unit: %s}   # guessed from the name and the values\n", s.time, s.unit)
	}
	fmt.Fprintf(&b, "tables:\n  %s: What happens, and what an event of the table tells\n", s.table)
	return []byte(b.String())
}

func yamlText(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
}

func (s *scaffold) schema() []byte {
	var b strings.Builder
	b.WriteString("# The columns of each table; a name without a type is a string. Types: int, long, real, bool, datetime, dynamic (an object or a list).\n")
	for _, name := range s.odd {
		fmt.Fprintf(&b, "# %q cannot be named in a mapping; it is kept under penstock.columns.\n", name)
	}
	fmt.Fprintf(&b, "%s:", s.table)
	line := 100
	for _, c := range s.columns {
		word := c.name
		if c.typ != format.String {
			word += ":" + c.typ.String()
		}
		if line += len(word) + 1; line > 100 {
			b.WriteString("\n ")
			line = len(word) + 2
		}
		b.WriteString(" " + word)
	}
	b.WriteByte('\n')
	return []byte(b.String())
}

func (s *scaffold) descriptions() []byte {
	var b strings.Builder
	b.WriteString("# What the columns are, in words. Those that are empty are yet to be described.\ncolumns:\n")
	for _, c := range s.columns {
		about, mark := c.guess.about, ""
		if c.name == s.time {
			about = "When it happened"
		}
		if about != "" {
			mark = "   # guessed from the name"
		}
		fmt.Fprintf(&b, "  %s: %s%s\n", c.name, yamlText(about), mark)
	}
	return []byte(b.String())
}

func (s *scaffold) mapping() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `# What the columns become. docs/mapping.md explains the expressions.
table: %s
assign:
  - '@timestamp = event_time(Timestamp)'
  - event.dataset = %q
  - event.kind = "event"
`, s.table, strings.ReplaceAll(s.id, "-", "_"))
	for _, c := range s.columns {
		if c.guess.field != "" {
			fmt.Fprintf(&b, "  - %s = %s   # guessed from the name\n", c.guess.field, c.name)
		}
	}
	var rest []string
	for _, c := range s.columns {
		if c.guess.field == "" && c.name != s.time && c.typ != format.Dynamic {
			rest = append(rest, fmt.Sprintf("  - %s.%s = %s\n", strings.ReplaceAll(s.id, "-", "_"), strings.ToLower(c.name), c.name))
		}
	}
	if rest == nil {
		return []byte(b.String())
	}
	b.WriteString("  # No field of ECS is known for these: they have fields of their own.\n" + strings.Join(rest, ""))
	b.WriteString("fields:\n")
	for _, c := range s.columns {
		if c.guess.field == "" && c.name != s.time && c.typ != format.Dynamic {
			fmt.Fprintf(&b, "  %s.%s: %s\n", strings.ReplaceAll(s.id, "-", "_"), strings.ToLower(c.name), fieldTypes[c.typ])
		}
	}
	return []byte(b.String())
}

var fieldTypes = map[format.ColumnType]string{
	format.String: "keyword", format.Int: "long", format.Long: "long", format.Real: "float", format.Bool: "boolean", format.DateTime: "date",
}

func (s *scaffold) sentences() []byte {
	say := s.name
	for _, part := range [...]struct{ field, text string }{
		{"action.type", "[: {action.type}]"}, {"user.name", "[ by {user.name}]"}, {"source.ip", "[ from {source.ip}]"},
		{"destination.ip", "[ to {destination.ip}]"}, {"host.name", "[ on {host.name}]"},
	} {
		if s.taken[part.field] {
			say += part.text
		}
	}
	return fmt.Appendf(nil, `# What an event is, in a line. docs/sentences.md explains it.
table: %s
sentences:
  - say: '%s'
`, s.table, strings.ReplaceAll(say, "'", "''"))
}

// samples writes the records as samples, with what the other files make of them.
func (s *scaffold) samples(files map[string][]byte) ([]byte, error) {
	folder := fstest.MapFS{}
	for name, data := range files {
		folder[name] = &fstest.MapFile{Data: data}
	}
	f, err := Read(folder, "")
	if err != nil {
		return nil, fmt.Errorf("what was made of the samples cannot be read: %w", err)
	}
	plan, err := f.Plan()
	if err != nil {
		return nil, fmt.Errorf("what was made of the samples cannot be compiled: %w", err)
	}
	var b strings.Builder
	run := f.runner(plan)
	for i, raw := range s.records {
		one := Sample{Title: fmt.Sprintf("record %d of those that the format was made from", i+1), Record: compacted(raw)}
		one.take(run)
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(one.Text())
	}
	return []byte(b.String()), nil
}

// WriteFiles writes files into a new folder.
func WriteFiles(dir string, files map[string][]byte) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("%s is there already, and not empty", dir)
	}
	for name, data := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // it holds no secret
			return fmt.Errorf("write a format: %w", err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil { //nolint:gosec // it holds no secret
			return fmt.Errorf("write a format: %w", err)
		}
	}
	return nil
}
