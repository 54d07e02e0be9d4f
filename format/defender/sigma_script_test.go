package defender

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"penstock/ecs"
	"penstock/record"
	"penstock/sigma"
	"penstock/sigma/pipeline"
)

// A script of Sigma's fields holds cases: a comment that says what the case shows; "logsource" with category, product and
// service, "-" where there is none; "record" with a table and its columns; and then fields with the values, as JSON,
// that a rule of the logsource sees in the record.
type sigmaCase struct {
	at        int // line
	comment   string
	logsource sigma.Logsource
	table     string
	columns   string
	fields    [][2]string
}

func readSigmaScript(t *testing.T, file string) []*sigmaCase {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []*sigmaCase
	c := &sigmaCase{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "":
			c = &sigmaCase{}
		case "#":
			c.comment += rest + " "
		case "logsource":
			parts := strings.Split(strings.ReplaceAll(rest, "-", ""), "/")
			c.logsource = sigma.Logsource{Category: parts[0], Product: parts[1], Service: parts[2]}
		case "record":
			c.at = n
			c.table, c.columns, _ = strings.Cut(rest, " ")
			cases = append(cases, c)
		default:
			c.fields = append(c.fields, [2]string{word, rest})
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

// normalized is a record of a table with the event that the mapping makes of it.
func normalized(t testing.TB, table, columns string) (*record.Record, *ecs.Event) {
	t.Helper()
	raw := `{"time":"2026-05-01T10:00:00Z","tenantId":"t","category":"AdvancedHunting-` + table + `","properties":` + columns + `}`
	var parser record.Parser
	rec, ev := new(record.Record), new(ecs.Event)
	if err := parser.Parse([]byte(raw), rec); err != nil {
		t.Fatalf("%v\n%s", err, raw)
	}
	plan, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	plan.Normalize(ev, rec, arrival)
	return rec, ev
}

// streamOf is the only stream of a logsource that a record is in.
func streamOf(t *testing.T, p *pipeline.Pipeline, ls sigma.Logsource, rec *record.Record, ev *ecs.Event) *pipeline.Stream {
	t.Helper()
	route := p.Route(ls)
	if len(route.Streams) == 0 {
		t.Fatalf("no streams: %s", route.Reason)
	}
	action := ""
	for _, m := range rec.Columns {
		if string(m.Key) == "ActionType" {
			action = string(m.Text())
		}
	}
	var found *pipeline.Stream
	for _, s := range route.Streams {
		if s.Table != "" && s.Table != rec.Table || s.ActionTypes != nil && !slices.Contains(s.ActionTypes, action) ||
			pipeline.OSNamed(s.OS)&pipeline.OSOf(ev) == 0 {
			continue
		}
		if found != nil {
			t.Fatalf("the record is in %s and in %s", found.Name, s.Name)
		}
		found = s
	}
	if found == nil {
		t.Fatalf("the record is in no stream of %v", ls)
	}
	return found
}

func TestRulesSeeTheValuesThatTheyExpect(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "sigma", "*.test"))
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	p := testPipeline(t)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".test"), func(t *testing.T) {
			for _, c := range readSigmaScript(t, file) {
				rec, ev := normalized(t, c.table, c.columns)
				stream := streamOf(t, p, c.logsource, rec, ev)
				var sources []pipeline.Source
				for _, f := range c.fields {
					sources = append(sources, p.Field(stream, f[0]))
				}
				r := p.Reader(sources)
				r.Begin(rec, ev)
				for i, f := range c.fields {
					var want []string
					if err := json.Unmarshal([]byte(f[1]), &want); err != nil {
						t.Fatalf("%s:%d: %s: %v", file, c.at, f[0], err)
					}
					var got []string
					for _, v := range r.Values(i) {
						got = append(got, string(v.Text))
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s:%d: %s\n%s: got %q, want %q", file, c.at, c.comment, f[0], got, want)
					}
				}
			}
		})
	}
}
