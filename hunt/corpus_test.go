package hunt

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"

	"penstock/kql"
)

func TestACorpusIsReadInEveryForm(t *testing.T) {
	const q = `{"id":"a","query":"print 1","ms_parser":"ok","output_columns":[["print_0","long"]]}`
	for name, text := range map[string]string{
		"groups": `{"about":"of it","core":[` + q + `],"n":7}`, "a list": "[" + q + "]", "lines": q + "\n" + `"print 2"` + "\n", "texts": `["print 1","print 2"]`,
	} {
		c, err := ReadCorpus(strings.NewReader(text))
		if err != nil || len(c) == 0 || c[0].Query != "print 1" || c[0].ID == "" || name == "groups" && c[0].Group != "core" {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
	}
	if _, err := ReadCorpus(strings.NewReader("{")); err == nil {
		t.Error("half an object is read")
	}
}

func TestACorpusIsTried(t *testing.T) {
	f := newField(t, Options{})
	c := Corpus{
		{ID: "good", Query: "print x = 1", Parser: "ok", Columns: [][2]string{{"x", "long"}}}, {ID: "other columns", Query: "print x = 1", Parser: "ok", Columns: [][2]string{{"x", "int"}}},
		{ID: "unbound", Query: "print 1;\nNothing | take 1", Parser: "ok"}, {ID: "unparsed", Query: "| |", Parser: "error"},
	}
	var lines bytes.Buffer
	e := json.NewEncoder(&lines)
	var verdicts []*Verdict
	tally, err := f.Try(t.Context(), c, Request{}, true, func(v *Verdict) error { verdicts = append(verdicts, v); return e.Encode(v) })
	if err != nil {
		t.Fatal(err)
	}
	good, other, unbound, unparsed := verdicts[0], verdicts[1], verdicts[2], verdicts[3]
	if !good.Ran || good.Rows != 1 || !*good.Equal || *other.Equal || unbound.Bound || !unbound.Parsed || unbound.Line != 2 || unbound.Column != 1 || unparsed.Parsed || unparsed.Error == "" {
		t.Errorf("%s", lines.String())
	}
	var out strings.Builder
	if err := tally.Write(&out); err != nil || !strings.HasPrefix(out.String(), "all: 4 queries, of which Microsoft's parser takes 3: 3 parsed, 2 bound, 1 with the very columns") {
		t.Errorf("%s, %v", out.String(), err)
	}
}

func TestValuesInJSON(t *testing.T) {
	for _, c := range []struct {
		of   kql.Type
		v    any
		want string
	}{
		{kql.Long, nil, "null"}, {kql.Bool, true, "true"}, {kql.Long, int64(1<<53 + 1), `"9007199254740993"`}, {kql.Long, int64(-5), "-5"}, {kql.Real, math.NaN(), `"NaN"`}, {kql.Real, 0.1, "0.1"},
		{kql.Real, math.Inf(-1), `"-Infinity"`}, {kql.String, "a<\"\n", `"a<\"\n"`}, {kql.TimeSpan, int64(864_000_000_000 + 15_000_000), `"1.00:00:01.5000000"`},
		{kql.DateTime, time.Date(2026, 1, 2, 3, 4, 5, 600, time.UTC), `"2026-01-02T03:04:05.0000006Z"`}, {kql.Dynamic, json.RawMessage(`{"a":[1]}`), `{"a":[1]}`},
	} {
		if got := string(AppendJSON(nil, c.of, c.v)); got != c.want || !json.Valid([]byte(got)) {
			t.Errorf("%v is %s, want %s", c.v, got, c.want)
		}
	}
}

func TestWhoWritesAQueryIsHelped(t *testing.T) {
	f := newField(t, Options{})
	query := "DeviceProcessEvents // 😀\n| where FileN"
	c := f.Complete(query, units(query))
	if len(c.Items) == 0 || c.Items[0].Label != "FileName" || c.Start != units(query)-5 || c.End != units(query) {
		t.Errorf("%+v", c)
	}
	h := f.Hover("print 1 // 😀\n| extend strlen('a')", units("print 1 // 😀\n| extend str"))
	if h.Title != "strlen" || h.Start != 23 || !strings.Contains(h.Text, "long") {
		t.Errorf("%+v", h)
	}
	if h := f.Hover("print 1", 100); h.Title != "" {
		t.Errorf("%+v", h)
	}
	tables := f.Tables()
	if len(tables) < 50 || tables[0].Rows != 0 {
		t.Errorf("%d tables", len(tables))
	}
	f.keep("a", "Unheard", `"A":1`)
	f.want(Request{Query: "Unheard | extend a = Record.A | project tolong(a)"}, "1")
}

func TestParametersAreVisible(t *testing.T) {
	f := newField(t, Options{})
	p := []Parameter{{"s", "string", `a"b`}, {"n", "long", "7"}, {"t", "datetime", "2026-01-02"}, {"d", "timespan", "2d"}}
	f.want(Request{Query: "print s, n + 1, t + d", Parameters: p}, `a"b | 8 | 2026-01-04T00:00:00.0000000Z`)
	f.want(Request{Query: "declare query_parameters(n: long = 1); print n", Parameters: p}, "7")
	f.want(Request{Query: "declare query_parameters(n: long = 1); print n"}, "1")
	_, _, err := f.run(Request{Query: "print s +", Parameters: p})
	if q, ok := err.(*QueryError); !ok || q.Diagnostics[0].Line != 1 || q.Diagnostics[0].Column < 7 || q.Diagnostics[0].Column > 10 { //nolint:errorlint // it is bare
		t.Errorf("%+v", err)
	}
}
