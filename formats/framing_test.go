package formats

import (
	"strings"
	"testing"

	"penstock/record"
)

// framed is what a framer makes of a message: records as table, time and properties, and reasons in brackets.
func framed(t testing.TB, rules Records, tables []string, body string) string {
	t.Helper()
	f := &Format{Manifest: Manifest{Records: rules, Tables: map[string]string{}}}
	for _, table := range tables {
		f.Tables[table] = ""
	}
	framer := f.Framer()
	var out []string
	var splitter record.Splitter
	reject := func(no record.Rejected) { out = append(out, "["+string(no.Reason)+"]") }
	splitter.Split([]byte(body), func(rec *record.Record) {
		framer.Frame(rec, func(rec *record.Record) {
			if at := string(rec.Time()); at != "" {
				out = append(out, rec.Table+" "+at+" "+string(rec.Properties))
				return
			}
			out = append(out, rec.Table+" "+string(rec.Properties))
		}, reject)
	}, reject)
	return strings.Join(out, "\n")
}

func TestRecordsArePutIntoTheEnvelope(t *testing.T) {
	always := Records{Framed: true, Table: TableRule{Otherwise: "Acme"}, Time: TimeRule{Column: "ts", Unit: "date"}}
	in := func(unit string) Records {
		r := always
		r.Time.Unit = unit
		return r
	}
	kinds := Records{Framed: true, List: []string{"a", "b"}, Table: TableRule{Column: "k", Names: map[string]string{"1": "One", "two \"2\"": "Two", "true": "Three"}}}
	for name, c := range map[string]struct {
		rules      Records
		body, want string
	}{
		"as it is":                      {always, `{ "x":[1, 2] }`, `Acme { "x":[1, 2] }`},
		"a line each":                   {always, "{\"x\":1}\n{\"x\":2}", "Acme {\"x\":1}\nAcme {\"x\":2}"},
		"its time":                      {always, `{"ts":"2026-05-04 08:15:30.5+02:00"}`, `Acme 2026-05-04T06:15:30.500000Z {"ts":"2026-05-04 08:15:30.5+02:00"}`},
		"no time that is one":           {always, `{"ts":"yesterday"}`, `Acme {"ts":"yesterday"}`},
		"seconds":                       {in("seconds"), `{"ts":1777882530}`, `Acme 2026-05-04T08:15:30.000000Z {"ts":1777882530}`},
		"seconds as text":               {in("seconds"), `{"ts":"1777882530.25"}`, `Acme 2026-05-04T08:15:30.250000Z {"ts":"1777882530.25"}`},
		"milliseconds":                  {in("milliseconds"), `{"ts":1777882530001}`, `Acme 2026-05-04T08:15:30.001000Z {"ts":1777882530001}`},
		"microseconds":                  {in("microseconds"), `{"ts":1777882530000001}`, `Acme 2026-05-04T08:15:30.000001Z {"ts":1777882530000001}`},
		"nanoseconds":                   {in("nanoseconds"), `{"ts":1777882530000001999}`, `Acme 2026-05-04T08:15:30.000001Z {"ts":1777882530000001999}`},
		"a date in seconds":             {in("seconds"), `{"ts":"2026-05-04T08:15:30Z"}`, `Acme 2026-05-04T08:15:30.000000Z {"ts":"2026-05-04T08:15:30Z"}`},
		"beyond every calendar":         {in("seconds"), `{"ts":1e17}`, `Acme {"ts":1e17}`},
		"no number":                     {in("seconds"), `{"ts":"NaN"}`, `Acme {"ts":"NaN"}`},
		"a list within":                 {kinds, `{"a":{"b":[{"k":1},{"k":"two \"2\""},{"k":true},{"k":4},7]}}`, "One {\"k\":1}\nTwo {\"k\":\"two \\\"2\\\"\"}\nThree {\"k\":true}\n[unknown_table]\n[scalar]"},
		"no list after all":             {kinds, `{"k":1,"a":{"b":3}}`, `One {"k":1,"a":{"b":3}}`},
		"an empty list":                 {kinds, `{"a":{"b":[]}}`, ""},
		"played back":                   {always, `{"time":"2026-05-04T08:15:30Z","category":"Acme","properties":{"x":1}}`, `Acme 2026-05-04T08:15:30Z {"x":1}`},
		"properties of its own":         {always, `{"category":"DeviceEvents","properties":{"x":1}}`, `Acme {"category":"DeviceEvents","properties":{"x":1}}`},
		"the name of a table of others": {kinds, `{"k":"DeviceEvents"}`, "[unknown_table]"},
		"one level too deep":            {always, `{"x":` + strings.Repeat("[", record.MaxDepth-1) + strings.Repeat("]", record.MaxDepth-1) + `}`, "[too_deep]"},
	} {
		if got := framed(t, c.rules, []string{"Acme", "One", "Two", "Three"}, c.body); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
	}
}

// Whatever arrives, a record that is framed reads back as the same record.
func FuzzFrame(f *testing.F) {
	f.Add(`{"k":"a","ts":1777882530,"l":{"m":[{"k":"a"}]}}`)
	f.Add(`{"ts":"2026-05-04T08:15:30Z"}`)
	rules := Records{Framed: true, List: []string{"l", "m"}, Table: TableRule{Column: "k", Names: map[string]string{"a": "One"}, Otherwise: "Acme"}, Time: TimeRule{"ts", "seconds"}}
	f.Fuzz(func(t *testing.T, body string) {
		framer := (&Format{Manifest: Manifest{Records: rules, Tables: map[string]string{"One": "", "Acme": ""}}}).Framer()
		var splitter record.Splitter
		var parser record.Parser
		splitter.Split([]byte(body), func(rec *record.Record) {
			framer.Frame(rec, func(one *record.Record) {
				var again record.Record
				if err := parser.Parse(one.Raw, &again); err != nil || again.ID != one.ID || again.Table != one.Table {
					t.Fatalf("%s: %v", one.Raw, err)
				}
			}, func(record.Rejected) {})
		}, func(record.Rejected) {})
	})
}

func BenchmarkFrame(b *testing.B) {
	line := []byte(`{"ts":1777882530125,"kind":"traffic","verdict":"allow","src":"10.4.0.17","src_port":51544,"dst":"203.0.113.80","dst_port":443,"proto":"tcp","user":"anna","sent":1804,"received":33120}`)
	f := &Format{Manifest: Manifest{Records: Records{Framed: true, Table: TableRule{Otherwise: "Acme"}, Time: TimeRule{"ts", "milliseconds"}}, Tables: map[string]string{"Acme": ""}}}
	framer := f.Framer()
	var parser record.Parser
	var rec record.Record
	if err := parser.Parse(line, &rec); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		framer.Frame(&rec, func(*record.Record) {}, func(record.Rejected) {})
	}
}
