package access

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestTheTableOfRightsInTheDocumentationIsThatOfTheCode holds docs/security.md against the code.
func TestTheTableOfRightsInTheDocumentationIsThatOfTheCode(t *testing.T) {
	var b strings.Builder
	b.WriteString("| permission | administrator | analyst | viewer | also where some intakes alone are seen |\n| --- | --- | --- | --- | --- |\n")
	mark := func(yes bool) string {
		if yes {
			return "yes"
		}
		return "–"
	}
	for _, r := range rights {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", r.Permission, mark(slices.Contains(r.Roles, Administrator)), mark(slices.Contains(r.Roles, Analyst)), mark(slices.Contains(r.Roles, Viewer)), mark(r.Restricted))
	}
	text, err := os.ReadFile("../docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), b.String()) {
		t.Errorf("docs/security.md does not have this table:\n%s", b.String())
	}
}

func TestEveryRoleMayNoMoreThanTheOneAbove(t *testing.T) {
	for i := 1; i < len(Roles); i++ {
		for _, p := range Of(Roles[i], false) {
			if !slices.Contains(Of(Roles[i-1], false), p) {
				t.Errorf("%s may %s, and %s may not", Roles[i], p, Roles[i-1])
			}
		}
	}
	for _, r := range Roles {
		for _, p := range Of(r, true) {
			if !slices.Contains(Of(r, false), p) {
				t.Errorf("%s may %s only where it sees less", r, p)
			}
		}
	}
}
