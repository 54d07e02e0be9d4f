package kql_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"penstock/kql"
)

var update = flag.Bool("update", false, "write the tables of docs/kql.md")

const (
	documentFile = "../docs/kql.md"
	tablesBegin  = "<!-- made from the catalogue: go test ./kql -run Documentation -update -->\n"
)

// supportTables are the tables of what is supported, as the catalogue has it.
func supportTables() string {
	var b strings.Builder
	b.WriteString("\n## Tabular operators\n\n| operator | form | what it does | remarks |\n| --- | --- | --- | --- |\n")
	cell := strings.NewReplacer("|", "\\|", "*", "\\*")
	for _, c := range kql.Constructs() {
		form := ""
		if c.Form != "" {
			form = "`" + strings.ReplaceAll(c.Form, "|", "\\|") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", c.Name, form, c.Summary, cell.Replace(c.Remark))
	}
	b.WriteString("\n## Plugins\n\n| plugin | what it does |\n| --- | --- |\n")
	for _, name := range slices.Sorted(maps.Keys(kql.Plugins)) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, kql.Plugins[name])
	}
	family := ""
	for _, f := range kql.Functions() {
		if f.Family != family {
			family = f.Family
			fmt.Fprintf(&b, "\n## %s\n\n| name | forms | what it does | also |\n| --- | --- | --- | --- |\n", family)
		}
		b.WriteString(functionRow(f))
	}
	return b.String()
}

func functionRow(f *kql.Function) string {
	var forms, aliases []string
	for _, s := range f.Signatures {
		forms = append(forms, "`"+strings.ReplaceAll(s.String(), "|", "\\|")+"`")
	}
	for _, a := range f.Aliases {
		aliases = append(aliases, "`"+a+"`")
	}
	also := strings.Join(aliases, ", ")
	if f.Refused != "" {
		also = strings.TrimPrefix(also+"; not supported: "+f.Refused, "; ")
	}
	return fmt.Sprintf("| `%s` | %s | %s | %s |\n", f.Name, strings.Join(forms, "<br>"), f.Summary, also)
}

func TestTheTablesOfTheDocumentationAreThoseOfTheCatalogue(t *testing.T) {
	text, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	prose, tables, found := strings.Cut(string(text), tablesBegin)
	if !found {
		t.Fatalf("docs/kql.md has no line %s", tablesBegin)
	}
	if *update {
		if err := os.WriteFile(documentFile, []byte(prose+tablesBegin+supportTables()), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if tables != supportTables() {
		t.Error("docs/kql.md is out of date: go test ./kql -run Documentation -update")
	}
}

func TestEveryEntryOfTheCatalogueSaysWhatItIs(t *testing.T) {
	for _, f := range kql.Functions() {
		if !strings.HasSuffix(f.Summary, ".") || f.Kind != kql.Operator && len(f.Signatures) == 0 {
			t.Errorf("%s is not described: %+v", f.Name, f)
		}
	}
	for _, c := range kql.Constructs() {
		if !strings.HasSuffix(c.Summary, ".") {
			t.Errorf("operator %s is not described", c.Name)
		}
	}
}
