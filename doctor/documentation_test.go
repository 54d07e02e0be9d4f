package doctor_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"penstock/doctor"
	"penstock/formats"
	"penstock/intakes"
	"penstock/source/eventhub"
)

var update = flag.Bool("update", false, "write the lists of docs/doctor.md")

const mark = "<!-- made from the code: go test ./doctor -run Documentation -update -->\n"

func kinds() []doctor.Kind {
	return slices.Concat(doctor.Kinds(), formats.Kinds(), intakes.Kinds(), eventhub.Kinds())
}

func document() string {
	var b strings.Builder
	for _, s := range []doctor.Severity{doctor.Fail, doctor.Warn, doctor.Info} {
		fmt.Fprintf(&b, "\n## %s\n", map[doctor.Severity]string{
			doctor.Fail: "What does not work (fail)", doctor.Warn: "What will not always work (warn)", doctor.Info: "What is worth knowing (info)",
		}[s])
		for _, k := range kinds() {
			if k.Severity != s {
				continue
			}
			fmt.Fprintf(&b, "\n### %s\n\n`%s`", k.Title, k.ID)
			for _, text := range []string{k.Why, k.Mend} {
				if text != "" {
					fmt.Fprintf(&b, " %s", text)
				}
			}
			b.WriteString("\n")
		}
	}
	b.WriteString("\n## What is right (ok)\n\n| finding | says |\n| --- | --- |\n")
	for _, k := range kinds() {
		if k.Severity == doctor.OK {
			fmt.Fprintf(&b, "| `%s` | %s |\n", k.ID, k.Title)
		}
	}
	return b.String()
}

func TestDocumentationListsEveryFinding(t *testing.T) {
	path := filepath.Join("..", "docs", "doctor.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, list, _ := strings.Cut(string(text), mark)
	if *update {
		if err := os.WriteFile(path, []byte(head+mark+document()), 0o644); err != nil { //nolint:gosec // it is documentation
			t.Fatal(err)
		}
	} else if list != document() {
		t.Error("docs/doctor.md is not what the code says: run the command in it")
	}
}

// What a package can find is in its list: otherwise it is not documented.
func TestEveryKindOfFindingIsListed(t *testing.T) {
	listed := map[string]bool{}
	for _, k := range kinds() {
		if listed[k.ID] {
			t.Errorf("%s is there twice", k.ID)
		}
		listed[k.ID] = true
	}
	id := regexp.MustCompile(`ID: +"([a-z]+\.[a-z_]+)"`)
	for _, dir := range []string{".", "../formats", "../intakes", "../source/*"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range id.FindAllStringSubmatch(string(text), -1) {
				if !listed[m[1]] {
					t.Errorf("%s has %s, which no list has", file, m[1])
				}
			}
		}
	}
}
