package format

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/record"
)

// builtIn reads the definitions of the Defender format.
func builtIn(t testing.TB) []*Definition {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("defender", "mapping", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal("no mapping", err)
	}
	var list []*Definition
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d, err := ParseDefinition(file, data)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

// plainly takes every short cut out of a plan: all assignments run, all conditions are asked, no value is just copied.
func plainly(p *Plan) {
	for _, t := range append([]*tablePlan{p.general}, values(p.byName)...) {
		b := &builder{plan: t, indices: make(map[string]int)}
		for _, name := range t.columns.names {
			b.column(name)
		}
		for i := range t.assigns {
			t.always = setBit(t.always, i)
			t.assigns[i].column, t.assigns[i].quiet, t.assigns[i].when = -1, false, nil
			if when := t.table.Assignments[i].When; when != nil {
				t.assigns[i].when = b.test(when)
			}
		}
	}
}

func values(m map[string]*tablePlan) []*tablePlan {
	var out []*tablePlan
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

var oddities = []string{`null`, `""`, `"None"`, `"$"`, `0`, `-1`, `1.5`, `true`, `false`, `[]`, `{}`, `["a"]`, `[null]`, `[1,{"a":2}]`,
	`{"b":1,"a":null}`, `"[1]"`, `"{\"Name\":\"x\"}"`, `"[\"x\"]"`, `"a b"`, `"a "`, `"\"q\""`, `"C:\\x\\y.exe"`, `"1.2.3.4"`, `"::1"`,
	`["1.2.3.4"]`, `"http://a.example.com/x"`, `"uri=x"`, `"2026-01-01T00:00:00Z"`, `"x"`, `"16"`, `"\u0041\/"`, `[{"Name":"n","Value":"1"}]`}

// Whatever a record holds, the short cuts of a plan change nothing.
func TestShortCutsChangeNothing(t *testing.T) {
	quick, err := Compile(nil, builtIn(t)...)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := Compile(nil, builtIn(t)...)
	if err != nil {
		t.Fatal(err)
	}
	plainly(plain)
	random := rand.New(rand.NewPCG(1, 2))
	var parser record.Parser
	var rec record.Record
	var a, b ecs.Event
	for table, tp := range quick.byName {
		names := tp.columns.names
		for range 150 {
			var body strings.Builder
			body.WriteString(`{"category":"AdvancedHunting-` + table + `","time":"2026-01-01T00:00:00Z","properties":{"q":1`)
			for range random.IntN(30) {
				name, _ := json.Marshal(names[random.IntN(len(names))])
				body.WriteString("," + string(name) + ":" + oddities[random.IntN(len(oddities))])
			}
			body.WriteString("}}")
			if err := parser.Parse([]byte(body.String()), &rec); err != nil {
				t.Fatal(err)
			}
			quick.Normalize(&a, &rec, time.Unix(1_800_000_000, 0))
			plain.Normalize(&b, &rec, time.Unix(1_800_000_000, 0))
			if x, y := a.AppendJSON(nil), b.AppendJSON(nil); !bytes.Equal(x, y) {
				t.Fatalf("%s\nquick %s\nplain %s", body.String(), x, y)
			}
		}
	}
}
