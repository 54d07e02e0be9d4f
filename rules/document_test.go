package rules

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"penstock/attack"
	"penstock/sigma"
	"penstock/sigma/correlate"
)

var update = flag.Bool("update", false, "write docs/builtin-rules.md")

const documentFile = "../docs/builtin-rules.md"

func TestTheTableInTheDocumentationIsOfTheseRules(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	want := document(all)
	if *update {
		if err := os.WriteFile(documentFile, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is of other rules; write it with: go test ./rules -run TestTheTableInTheDocumentation -update", documentFile)
	}
}

// line is what the document says of a rule.
type line struct {
	*sigma.Metadata
	source string
}

func document(all *sigma.Collection) []byte {
	families := make(map[string][]line)
	add := func(m *sigma.Metadata, source string) {
		family := path.Dir(m.File)
		families[family] = append(families[family], line{m, source})
	}
	correlations := correlate.New(all.Correlations, 0) // which know what is only counted for them
	for _, r := range all.Rules {
		if !correlations.Silent(r.ID) {
			add(&r.Metadata, strings.Join(strings.Fields(r.Logsource.Product+" "+r.Logsource.Category+" "+r.Logsource.Service), " "))
		}
	}
	for _, c := range all.Correlations {
		if !correlations.Silent(c.ID) {
			add(&c.Metadata, string(c.Type))
		}
	}
	names := make([]string, 0, len(families))
	total := 0
	for name, lines := range families {
		names, total = append(names, name), total+len(lines)
	}
	slices.Sort(names)
	var out bytes.Buffer
	fmt.Fprintf(&out, "# Built-in rules\n\nThe %d rules that come with Penstock, by what they look at. How they are written and proven: [rules/README.md](../rules/README.md), which also says\nwhat the effort means. Techniques are those of MITRE ATT&CK %s. A test holds this table equal to the rules.\n", total, attack.Enterprise().Version)
	for _, name := range names {
		slices.SortFunc(families[name], func(a, b line) int { return strings.Compare(a.Title, b.Title) })
		fmt.Fprintf(&out, "\n## %s\n\n| rule | level | effort | looks at | techniques |\n| --- | --- | --- | --- | --- |\n", strings.ReplaceAll(name, "_", " "))
		for _, l := range families[name] {
			fmt.Fprintf(&out, "| %s | %s | %v | %s | %s |\n", l.Title, l.Level, l.Custom["effort"], l.source, strings.Join(attack.Enterprise().Tags(l.Tags).Techniques, ", "))
		}
	}
	return out.Bytes()
}
