package backend

import (
	"bytes"
	"strings"
	"testing"

	"penstock/sigma"
)

func TestLinesOfTestsAreThoseOfTheRulesOwnText(t *testing.T) {
	const one = "# a comment\n\ntitle: A\nlogsource: {category: process_creation}\ndetection:\n  s:\n    Image: x\n    CommandLine|contains:\n      - y\n      - z\n  condition: s\n"
	col := sigma.Read("f.yml", []byte(one+"---\n# another\n"+one), sigma.Options{})
	if len(col.Rules) != 2 {
		t.Fatalf("%d rules: %v", len(col.Rules), col.Problems)
	}
	for i, rule := range col.Rules {
		text := bytes.Split(rule.Text, []byte("\n"))
		lines := linesOf(rule)
		if len(lines) != 3 {
			t.Errorf("rule %d: %d tests have a line", i, len(lines))
		}
		for test, line := range lines {
			value := test.Source[strings.LastIndex(test.Source, ":")+1:]
			if line < 1 || line > len(text) || !strings.Contains(string(text[line-1]), strings.Trim(value, " '")) {
				t.Errorf("rule %d: %s is said to be in line %d", i, test.Source, line)
			}
		}
	}
	if lines := linesOf(nil); len(lines) != 0 {
		t.Errorf("no rule has lines: %v", lines)
	}
}
