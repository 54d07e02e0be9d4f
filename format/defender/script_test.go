package defender

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write what comes out into testdata/*.test")

// arrival is when the records of the scripts arrive.
var arrival = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// A script holds cases: a comment that says what the case shows, the record behind "record", and then every field of the
// event with its value as JSON, in any order. penstock.id and message are left out.
type scriptCase struct {
	comment []string
	record  string
	fields  []string
}

func readScript(t testing.TB, file string) []scriptCase {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []scriptCase
	var c scriptCase
	end := func() {
		if c.record != "" {
			cases = append(cases, c)
			c = scriptCase{}
		}
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		switch record, isRecord := strings.CutPrefix(line, "record "); {
		case line == "":
			end()
		case strings.HasPrefix(line, "#"):
			c.comment = append(c.comment, line)
		case isRecord:
			c.record = record
		default:
			c.fields = append(c.fields, line)
		}
	}
	end()
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

// flatten lists the fields of a document as a script does.
func flatten(prefix string, v any, out []string) []string {
	if object, ok := v.(map[string]any); ok && prefix != "microsoft.defender.operation.properties" {
		for k, x := range object {
			name := k
			if prefix != "" {
				name = prefix + "." + k
			}
			out = flatten(name, x, out)
		}
		return out
	}
	if prefix == "penstock.id" || prefix == "message" {
		return out
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err)
	}
	return append(out, prefix+" "+strings.TrimSpace(b.String()))
}

func TestScripts(t *testing.T) {
	p, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "*.test"))
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".test"), func(t *testing.T) {
			cases := readScript(t, file)
			for i := range cases {
				c := &cases[i]
				doc := document(t, p, c.record, arrival)
				var v map[string]any
				d := json.NewDecoder(bytes.NewReader(doc))
				d.UseNumber()
				if err := d.Decode(&v); err != nil {
					t.Fatalf("%v\n%s", err, doc)
				}
				got := flatten("", v, nil)
				slices.Sort(got)
				want := slices.Sorted(slices.Values(c.fields))
				if *update {
					c.fields = got
					continue
				}
				for _, line := range want {
					if !slices.Contains(got, line) {
						t.Errorf("%s\nmissing: %s", strings.Join(c.comment, "\n"), line)
					}
				}
				for _, line := range got {
					if !slices.Contains(want, line) {
						t.Errorf("%s\nnot asked for: %s", strings.Join(c.comment, "\n"), line)
					}
				}
			}
			if *update {
				writeScript(t, file, cases)
			}
		})
	}
}

func writeScript(t *testing.T, file string, cases []scriptCase) {
	t.Helper()
	var b strings.Builder
	for i, c := range cases {
		if i > 0 {
			b.WriteByte('\n')
		}
		for _, line := range c.comment {
			fmt.Fprintln(&b, line)
		}
		fmt.Fprintln(&b, "record "+c.record)
		for _, line := range c.fields {
			fmt.Fprintln(&b, line)
		}
	}
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every table with a mapping of its own has cases.
func TestEveryTableHasAScript(t *testing.T) {
	p, err := Plan()
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range p.Tables() {
		if !table.Specified {
			continue
		}
		if _, err := os.Stat(filepath.Join("testdata", table.Name+".test")); err != nil {
			t.Error(err)
		}
	}
}
