package sigma

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

func documentation(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/sigma.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheExamplesOfTheDocumentationAreRules(t *testing.T) {
	blocks := strings.Split(documentation(t), "```yaml\n")[1:]
	if len(blocks) < 6 {
		t.Fatalf("only %d examples", len(blocks))
	}
	for i, block := range blocks {
		text, _, _ := strings.Cut(block, "```")
		got := Resolve(Read(fmt.Sprintf("example-%d.yml", i+1), []byte(text), Options{}))
		if len(got.Problems) > 0 || len(got.Rules)+len(got.Correlations)+len(got.Filters) == 0 {
			t.Errorf("%v in\n%s", told(got.Problems), text)
		}
	}
}

func TestTheDocumentationNamesEveryModifier(t *testing.T) {
	text := documentation(t)
	for _, name := range strings.FieldsFunc(modifierNames, func(r rune) bool { return strings.ContainsRune(" ,()", r) }) {
		if name != "with" && !strings.Contains(text, "`"+name+"`") {
			t.Errorf("%s is missing", name)
		}
	}
}
