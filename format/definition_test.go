package format

import (
	"strings"
	"testing"
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
