package format

import (
	"errors"
	"strings"
	"testing"

	"penstock/ecs"
	"penstock/record"
)

func compileText(t testing.TB, schema Schema, files ...string) (*Plan, error) {
	t.Helper()
	var list []*Definition
	for _, text := range files {
		d, err := ParseDefinition("test.yaml", []byte(text))
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return Compile(schema, list...)
}

func TestMistakesSayWhereAndWhatWasExpected(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"no YAML", "assign: [", "test.yaml:1:9: this is not YAML"},
		{"an unknown key", "assing:\n  - host.name = DeviceName", `test.yaml:1:1: unknown key "assing"; expected fields, assign, tables`},
		{"no list", "assign: host.name = DeviceName", "test.yaml:1:9: expected a list of assignments, got a string"},
		{"no field", "assign:\n  - host.nam = DeviceName", `test.yaml:2:5: there is no field "host.nam"; declare it under fields: with its type`},
		{"no operator", "assign:\n  - host.name DeviceName", `test.yaml:2:15: expected "=", got "DeviceName"`},
		{"no function", "assign:\n  - host.name = base(DeviceName)", "test.yaml:2:17: there is no function base; there are parsed, event_time"},
		{"an open text", `assign:` + "\n" + `  - host.name = "x`, "test.yaml:2:17: a text that starts with a quotation mark must end with one"},
		{"nothing behind", "assign:\n  - host.name =", `expected a column, a text in quotation marks, a list or a function, got the end`},
		{"something behind", "assign:\n  - host.name = A B", `test.yaml:2:19: expected the end, got "B"`},
		{"a condition", "assign:\n  - when: is_ip(A) und present(B)\n    assign: []", `test.yaml:2:20: expected the end, got "und"`},
		{"a comparison", "assign:\n  - when: A\n    assign: []", `expected == "text", != "text" or in`},
		{"a condition alone", "assign:\n  - when: present(A)", "test.yaml:2:5: expected assign: with what to do under the condition"},
		{"a type", "fields:\n  acme.site: string", `test.yaml:2:14: unknown type "string"; expected keyword, text, long`},
		{"another type", "fields:\n  host.name: long", "test.yaml:2:3: host.name is a field of the dictionary, its type is keyword"},
		{"a name that is not free", "fields:\n  penstock.x: long", "test.yaml:2:3: the name \"penstock.x\" is not free"},
		{"the product's own", "assign:\n  - penstock.id = A", "test.yaml:2:5: fields below penstock are the product's own"},
		{"no group", "table: T\ninclude: [x]\nassign: []", `test.yaml:1:1: there is no group "x"`},
		{"arguments", "assign:\n  - host.name = without_prefix(A)", "without_prefix takes 1 argument(s)"},
		{"an item", "assign:\n  - [1]", "test.yaml:2:5: expected an assignment like host.name = DeviceName"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := compileText(t, nil, test.text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestAllMistakesAreReported(t *testing.T) {
	_, err := compileText(t, nil, "assign:\n  - a = \n  - b c\n")
	if err == nil || strings.Count(err.Error(), "test.yaml:") != 2 {
		t.Error(err)
	}
}

func TestAUserFileHasNoTablesOfItsOwn(t *testing.T) {
	if _, err := ParseUserDefinition("u.yaml", []byte("table: X\nassign: []")); err == nil {
		t.Error("no error")
	}
}

func TestConditionsOnTheTableAreDecided(t *testing.T) {
	p, err := compileText(t, Schema{"A": nil, "B": nil}, `table: "*"
assign:
  - when: table == "A"
    assign: [ 'host.name = X' ]
  - when: table != "A" and present(Y)
    assign: [ 'host.name = Y' ]
  - when: not table in ("A", "B")
    assign: [ 'host.name = Z' ]
  - when: table == "B" or present(V)
    assign: [ 'host.id = V' ]
`)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"A": "X V?", "b": "Y? V", "C": "Y? Z V?"} {
		var got []string
		for _, a := range p.Table(name).Assignments {
			if c, ok := a.Value.(ColumnRef); ok {
				if a.When != nil {
					c.Name += "?"
				}
				got = append(got, c.Name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", name, got, want)
		}
	}
}

func TestMistakesInSentencesSayWhereAndWhatWasExpected(t *testing.T) {
	schema := Schema{"T": {{Name: "FileName"}}}
	tests := []struct{ name, text, want string }{
		{"an open brace", "say: '{FileName'", "test.yaml:3:11: a brace is not closed"},
		{"an open bracket", "say: 'x[ {FileName}'", "a square bracket is not closed"},
		{"a closed bracket", "say: 'x]'", "a bracket is closed that was not opened"},
		{"nothing to leave out", "say: 'x[ y]'", "expected something in braces within the square brackets"},
		{"an expression", "say: '{FileName FileName}'", `expected the end, got "FileName"`},
		{"an unknown column", "say: '{FileNam}'", `T has no column, no entity and no field "FileNam"`},
		{"no sentence", "action: x", "expected say: with the sentence"},
		{"a condition", "say: x\n    when: present(", "expected a column, a text in quotation marks"},
		{"an unknown key", "say: x\n    saying: x", `unknown key "saying"; expected action, when, say, relations`},
		{"an unknown entity", "say: x\n    relations: [file was wall]", `there is no entity "wall"; there are file`},
		{"a relation without an object", "say: x\n    relations: [file was]", "expected a subject, a verb and an object"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := "table: T\nsentences:\n  - " + test.text + "\nentities:\n  file: {kind: file, value: FileName}\n"
			_, err := compileText(t, schema, text)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
		})
	}
	_, err := compileText(t, schema, "table: T\nentities:\n  file: {kind: fish, value: FileName}\n")
	if err == nil || !strings.Contains(err.Error(), `unknown kind "fish"; expected one of host, user`) {
		t.Error(err)
	}
}

// FuzzTemplate reads whatever template, and fills what it understands.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"{FileName}", `x[ {FileName}[ \] {host.name ?? "a"}]] y`, "{parsed(FileName).a[0]}", "[", "{\"}\"}", "{FileName}[:{FileName}]"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		pieces, err := parseTemplate(text)
		if err != nil {
			return
		}
		c := &compiler{plan: &Plan{}, schema: Schema{}}
		plan := &tablePlan{table: &Table{Name: "T"}}
		b := &teller{builder: builder{compiler: c, plan: plan, indices: map[string]int{}, fields: true}}
		n := &normalizer{plan: plan, told: &ecs.Event{}, rec: &record.Record{}}
		n.ev = &n.aware
		template := b.template(pieces, Position{})
		n.columns = make([]ecs.Value, len(b.names))
		for i := range n.columns {
			n.columns[i] = ecs.StringOf(`{"a":["x"]}`)
		}
		var s Sentence
		n.say(&s, template)
		if len(s.Text) > 2*maxSentence+len(text) {
			t.Errorf("%d bytes", len(s.Text))
		}
	})
}

// Whatever is written as a line of a mapping is read, or is a mistake at a place in it.
func FuzzStatement(f *testing.F) {
	for _, text := range []string{
		`process.pid = ProcessId ?? InitiatingProcessId`, `a.b = translate(X, "a" -> "b", otherwise "c")`, `is_ip(RemoteIP) and not (ActionType == "x" or starts_with(Url, "http"))`, `a = "`, `a = [b, "c\u00e9"]`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, ofAssignment := ParseAssignment(text)
		_, ofCondition := ParseCondition(text)
		for _, err := range []error{ofAssignment, ofCondition} {
			var mistake *SyntaxError
			if err != nil && (!errors.As(err, &mistake) || mistake.At < 0 || mistake.At > len(text)) {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}
