package pipeline

import (
	"strings"
	"testing"
)

func TestMistakesInADefinitionHaveAPlace(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"no YAML", "fields: [", "f.yaml:1:9: this is not YAML"},
		{"unknown key", "field: {}", `f.yaml:1:1: unknown key "field"; expected fields, logsources`},
		{"a list of fields", "fields: [a]", "f.yaml:1:9: expected groups of fields, got a list"},
		{"unknown function", "fields:\n  g:\n    A: path(B, lower(C))", "f.yaml:3:16: there is no function lower; there are translate, account"},
		{"in quotation marks", "fields:\n  g:\n    A: '[B, C'", `f.yaml:3:14: expected ",", got the end`},
		{"number of arguments", "fields:\n  g:\n    A: path(B)", "f.yaml:3:8: path takes a folder and a file's name"},
		{"open text", "fields:\n  g:\n    A: '\"b'", "f.yaml:3:9: a text that starts with a quotation mark must end with one"},
		{"no meaning", "fields:\n  g:\n    A: B + C", `f.yaml:3:10: "+" has no meaning here`},
		{"too much", "fields:\n  g:\n    A: B C", `f.yaml:3:10: expected the end, got "C"`},
		{"empty expression", "fields:\n  g:\n    A: ''", "f.yaml:3:9: expected a column, a text in quotation marks, a list or a function, got the end"},
		{"translate", "fields:\n  g:\n    A: translate(B, \"x\" to \"y\")", `f.yaml:3:25: expected "->", got "to"`},
		{"no expression", "fields:\n  g:\n    A: 7", "f.yaml:3:8: expected an expression, got an integer"},
		{"nothing wrong", "fields:\n  g:\n    A: B\n    C: D\n", ""},
		{"value and none", "fields:\n  g:\n    A:\n      value: B\n      none: no", "f.yaml:3:5: a field needs either a value or, under none, why there is no counterpart"},
		{"neither", "fields:\n  g:\n    A:\n      partial: no", "f.yaml:3:5: a field needs either a value or, under none, why there is no counterpart"},
		{"unknown key of a field", "fields:\n  g:\n    A:\n      value: B\n      note: C", `f.yaml:5:7: unknown key "note"; expected value, partial, none`},
		{"no streams", "logsources:\n  - category: a", "f.yaml:2:5: a logsource needs either streams or a reason why there are none"},
		{"both", "logsources:\n  - category: a\n    reason: b\n    streams: [{table: T}]", "f.yaml:2:5: a logsource needs either streams or a reason"},
		{"no table", "logsources:\n  - category: a\n    streams:\n      - actions: [B]", "f.yaml:4:9: a stream needs a table"},
		{"unknown key of a stream", "logsources:\n  - category: a\n    streams:\n      - tables: B", `f.yaml:4:9: unknown key "tables"`},
		{"unknown key of a logsource", "logsources:\n  - categories: a\n    reason: b", `f.yaml:2:5: unknown key "categories"`},
		{"too deep", "fields:\n  g:\n    A: '" + strings.Repeat("[", 30) + "B" + strings.Repeat("]", 30) + "'", "f.yaml:3:29: nested deeper than 20"},
	} {
		_, err := ParseDefinition("f.yaml", []byte(c.text))
		got := ""
		if err != nil {
			got = err.Error()
		}
		if c.want == "" && err != nil || !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestEveryMistakeIsTold(t *testing.T) {
	_, err := ParseDefinition("f.yaml", []byte("fields:\n  g:\n    A: (\n    B: )\nlogsources:\n  - category: a"))
	if err == nil || strings.Count(err.Error(), "f.yaml:") != 3 {
		t.Errorf("got %v", err)
	}
}

var expressions = []string{
	"ProcessCommandLine", `AdditionalFields.PipeName`, `AdditionalFields."TO.GROUP"`, `AdditionalFields."a b".c`, "ecs.process.name",
	`"a \"b\""`, "A ?? B ?? C", "[A, B]", "path(A, hex(B))", `translate(A, "x" -> "y", "z" -> ["1", "2"], otherwise same)`,
	`translate([A, B], "x" -> "y", otherwise "n")`, `choose(A.b, "c", D, E)`, "A-B", "",
}

// An expression's text reads as the same expression: sources are told apart by it.
func FuzzExpression(f *testing.F) {
	for _, text := range expressions {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := parseExpression(text)
		if err != nil {
			return
		}
		again, err := parseExpression(e.String())
		if err != nil {
			t.Fatalf("%q was written as %q: %v", text, e, err)
		}
		if again.String() != e.String() {
			t.Fatalf("%q was written as %q and then as %q", text, e, again)
		}
	})
}

func FuzzDefinition(f *testing.F) {
	f.Add("fields:\n  g:\n    A: B\nlogsources:\n  - category: a\n    streams:\n      - {table: T, include: [g]}")
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := ParseDefinition("f.yaml", []byte(text)); (d == nil) == (err == nil) {
			t.Fatal("neither a definition nor a mistake, or both")
		}
	})
}

func TestASuggestionIsNear(t *testing.T) {
	known := []string{"CommandLine", "Image", "ParentImage"}
	for name, want := range map[string]string{
		"Commandline": "; did you mean CommandLine?", "Imge": "; did you mean Image?", "Parentimages": "; did you mean ParentImage?",
		"QueryName": "", "x": "", "": "", strings.Repeat("x", 500): "",
	} {
		if got := suggestion(name, known); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}
