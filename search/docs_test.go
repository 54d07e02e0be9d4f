package search

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheExamplesOfTheDocumentationHold parses every query in the tables of docs/search.md and expects the sample event
// to fulfil it.
func TestTheExamplesOfTheDocumentationHold(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "search.md"))
	if err != nil {
		t.Fatal(err)
	}
	ev := sampleEvent(t)
	row := regexp.MustCompile("^\\| `([^`]+)` \\| (.*) \\|$")
	found := 0
	for _, line := range strings.Split(string(text), "\n") {
		m := row.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		found++
		q, err := Parse(m[1])
		if err != nil {
			t.Errorf("%s: %v", m[1], err)
			continue
		}
		if !q.Match(ev) {
			t.Errorf("%s: does not hold for the sample", m[1])
		}
		if same := regexp.MustCompile("^`(\\(?[^`]* (?:or|and) [^`]*)`:").FindStringSubmatch(m[2]); same != nil {
			as, err := Parse(same[1])
			if err != nil || as.String() != q.String() {
				t.Errorf("%s: is not read as %s (%v)", m[1], same[1], err)
			}
		}
	}
	if found < 25 {
		t.Errorf("only %d examples were found", found)
	}
}
