package ecs

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
)

func TestDictionary(t *testing.T) {
	for name, want := range map[string]struct {
		typ  Type
		list bool
	}{
		"@timestamp": {Date, false}, "process.pid": {Long, false}, "process.args": {Keyword, true}, "source.ip": {IP, false},
		"related.ip": {IP, true}, "message": {Text, false}, "email.attachments": {Object, true},
		"email.from.address": {Keyword, false}, "action.properties.IPTags": {Array, true},
		"action.properties.IsTorExitNode": {Boolean, false}, "penstock.warnings": {Keyword, true},
	} {
		f, ok := Lookup(name)
		if !ok || f.Name() != name || f.Type() != want.typ || f.IsArray() != want.list {
			t.Errorf("%s: found %v, %s, list %v", name, ok, f.Type(), f.IsArray())
		}
		if g, ok := LookupBytes([]byte(name)); !ok || g != f {
			t.Errorf("%s: %v by bytes", name, g)
		}
	}
	if _, ok := Lookup("no.such.field"); ok {
		t.Error("found a field that is not there")
	}
	if n := len(slices.Collect(Fields())); n < 1400 {
		t.Errorf("%d fields", n)
	}
}

func TestDocumentIsNestedAndSorted(t *testing.T) {
	var e Event
	set := func(name, value string) { e.Set(MustLookup(name), StringOf(value)) }
	set("user.name", "a\"b\n")
	set("process.parent.name", "p")
	set("process.name", "q")
	set("@timestamp", "t")
	e.Set(MustLookup("process.pid"), Value{JSON: []byte("7"), Kind: Integer})
	set("host.name", "gone")
	e.Set(MustLookup("host.name"), Value{})
	e.Set(MustLookup("message"), Value{JSON: []byte("{\"a\":\"\\n\"}\t"), Kind: Literal})
	columns, site, early := NewParent("action.properties"), NewParent("process.zone"), NewParent("aaa")
	e.SetExtra(columns, []byte("Zeta"), StringOf("z"))
	e.SetExtra(columns, []byte("Alpha"), StringOf("old"))
	e.SetExtra(columns, []byte("Alpha"), StringOf("new"))
	e.SetExtra(site, []byte("x"), StringOf("y"))
	e.SetExtra(early, []byte(`q\"`), StringOf("w"))
	const want = `{"@timestamp":"t","aaa":{"q\"":"w"},"action":{"properties":{"Alpha":"new","Zeta":"z"}},` +
		`"message":"{\"a\":\"\\n\"}\t","process":{"name":"q","parent":{"name":"p"},"pid":7,"zone":{"x":"y"}},"user":{"name":"a\"b\n"}}`
	if got := string(e.AppendJSON(nil)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := e.GetExtra("action.properties.Alpha"); string(got.Text(nil)) != "new" {
		t.Errorf("Alpha is %s", got.JSON)
	}
	if got := e.Get(MustLookup("user.name")); string(got.Text(nil)) != "a\"b\n" {
		t.Errorf("user.name reads %q", got.Text(nil))
	}
	if e.Get(MustLookup("host.name")).Kind != None || e.GetExtra("action.properties.Beta").Kind != None {
		t.Error("a value that is not there")
	}
	extras := maps.Collect(e.Extras())
	if len(extras) != 4 || extras[`aaa.q"`].Kind != String {
		t.Errorf("extras %v", extras)
	}
	e.Reset()
	if got := string(e.AppendJSON(nil)); got != "{}" {
		t.Errorf("an empty event is %s", got)
	}
}

// Every field renders at its place, whichever others are there.
func TestEveryFieldRenders(t *testing.T) {
	var e Event
	skip := map[string]bool{"email.attachments": true}
	for f := range Fields() {
		if f.Type() != Object && !skip[f.Name()] {
			e.Append(f, StringOf(f.Name()))
		}
	}
	var v map[string]any
	if err := json.Unmarshal(e.AppendJSON(nil), &v); err != nil {
		t.Fatal(err)
	}
	var walk func(string, map[string]any) int
	walk = func(prefix string, object map[string]any) int {
		n := 0
		for k, x := range object {
			switch x := x.(type) {
			case map[string]any:
				n += walk(prefix+k+".", x)
			case string:
				if n++; x != prefix+k {
					t.Errorf("%s%s is %s", prefix, k, x)
				}
			}
		}
		return n
	}
	if n := walk("", v); n != e.Len() {
		t.Errorf("%d values of %d", n, e.Len())
	}
}

func TestValues(t *testing.T) {
	list := Value{JSON: []byte(`["a", 1, 2.5, true, null, {"x":1}]`), Kind: List}
	var kinds []Kind
	for _, v := range list.Elements(nil) {
		kinds = append(kinds, v.Kind)
	}
	if !slices.Equal(kinds, []Kind{String, Integer, Number, True, None, Map}) {
		t.Error(kinds)
	}
	if n, ok := (Value{JSON: []byte("-12"), Kind: Integer}).Int(); !ok || n != -12 {
		t.Error(n, ok)
	}
	if f, ok := (Value{JSON: []byte("2.5"), Kind: Number}).Float(); !ok || f != 2.5 {
		t.Error(f, ok)
	}
	if _, ok := StringOf("1").Int(); ok {
		t.Error("a text is no integer")
	}
}
