package format

import (
	"strings"
	"testing"
)

// What nests without an end is a mistake, and not the end of the process.
func TestWhatNestsWithoutEndIsAMistake(t *testing.T) {
	for name, text := range map[string]string{
		"an expression": "table: T\nassign:\n  - 'process.name = " + strings.Repeat("[", 1<<20) + "'\n",
		"a condition":   "table: T\nassign:\n  - when: " + strings.Repeat("not ", 1<<19) + "\n    assign: []\n",
		"a sentence":    "table: T\nsentences:\n  - say: 'x" + strings.Repeat("[", 1<<20) + "'\n",
	} {
		if _, err := ParseDefinition("deep.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), "nested deeper than 20") {
			t.Errorf("%s: %.200v", name, err)
		}
	}
}
