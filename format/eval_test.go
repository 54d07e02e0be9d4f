package format

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"penstock/ecs"
	"penstock/record"
)

// evaluate gives what one expression, under a condition if there is one, makes of properties for a field of that type.
func evaluate(t testing.TB, typ, expression, when, properties string) string {
	t.Helper()
	statement := fmt.Sprintf("'x.y = %s'", expression)
	if when != "" {
		statement = fmt.Sprintf("{ when: '%s', assign: [ %s ] }", when, statement)
	}
	p, err := compileText(t, nil, "fields: { x.y: "+typ+" }\nassign:\n  - "+statement)
	if err != nil {
		t.Fatal(err)
	}
	var parser record.Parser
	var rec record.Record
	if err := parser.Parse([]byte(`{"operationName":"Publish","properties":`+properties+`}`), &rec); err != nil {
		t.Fatal(err)
	}
	var ev ecs.Event
	p.Normalize(&ev, &rec, time.Unix(1_800_000_000, 0))
	if left := ev.Get(fieldWarnings); left.Kind != ecs.None {
		return "left out"
	}
	v := ev.GetExtra("x.y")
	if !json.Valid(ev.AppendJSON(nil)) {
		t.Fatalf("no JSON: %s", ev.AppendJSON(nil))
	}
	return string(v.JSON)
}

func TestExpressions(t *testing.T) {
	tests := []struct{ typ, expression, properties, want string }{
		{"keyword", "A", `{"A":"x"}`, `"x"`},
		{"keyword", "A", `{"a":"x"}`, `"x"`},
		{"keyword", "A", `{"A":null}`, ``},
		{"keyword", "A", `{}`, ``},
		{"keyword", "A", `{"A":""}`, ``},
		{"keyword", "A", `{"A":" "}`, `" "`},
		{"keyword", "A", `{"A":[ ]}`, ``},
		{"keyword", "A", `{"A":{ }}`, ``},
		{"keyword", "A", `{"A":"$"}`, ``},
		{"keyword", "A", `{"A":"None"}`, ``},
		{"keyword", "A", `{"A":20893}`, `"20893"`},
		{"keyword", "A", `{"A":false}`, `"false"`},
		{"keyword", "A", `{"A":["b","a"]}`, `["b","a"]`},
		{"keyword", "A", `{"A":["b",1]}`, `["b","1"]`},
		{"keyword", "A", `{"A":[{"b":1,"a":2}]}`, `"[{\"a\":2,\"b\":1}]"`},
		{"keyword", "A", `{"A":{"b":[1, 2],"a":"\u00e9\/"}}`, `"{\"a\":\"é/\",\"b\":[1,2]}"`},
		{"keyword", "A", `{"A":"{\"b\":1,\"a\":\"x\"}"}`, `"{\"a\":\"x\",\"b\":1}"`},
		{"keyword", "A", `{"A":"{\"b\":null}"}`, `"{\"b\":null}"`},
		{"keyword", "A", `{"A":"[\"b\"]"}`, `["b"]`},
		{"keyword", "A", `{"A":"[b]"}`, `"[b]"`},
		{"keyword", "record.operationName", `{}`, `"Publish"`},
		{"keyword", `"a constant"`, `{}`, `"a constant"`},
		{"keyword", `["a", "b"]`, `{}`, `["a","b"]`},
		{"keyword", "A ?? B", `{"A":"x","B":"y"}`, `"x"`},
		{"keyword", "A ?? B", `{"A":"","B":"y"}`, `"y"`},
		{"long", "A ?? B", `{"A":0,"B":5}`, `5`},
		{"long", "A ?? B", `{"A":-0.0,"B":0}`, `0`},
		{"boolean", "A ?? B", `{"A":false,"B":false}`, `false`},
		{"keyword", "A ?? B", `{"A":[],"B":"y"}`, `"y"`},
		{"keyword", "[A]", `{"A":"x"}`, `["x"]`},
		{"keyword", "[A]", `{"A":7}`, `["7"]`},
		{"keyword", "[A]", `{"A":""}`, ``},
		{"keyword", "[A]", `{"A":["x"]}`, `["x"]`},
		{"keyword", "quoted_list(A)", `{"A":"x\\y"}`, `["x\\y"]`},
		{"keyword", "quoted_list(A)", `{"A":"\"x\" y"}`, `"[\"\"x\" y\"]"`},
		{"keyword", "basename(A)", `{"A":"C:\\a\\b.exe"}`, `"b.exe"`},
		{"keyword", "basename(A)", `{"A":"/usr/bin/b"}`, `"b"`},
		{"keyword", "basename(A)", `{"A":"a/b\\c"}`, `"c"`},
		{"keyword", "basename(A)", `{"A":"b.exe"}`, `"b.exe"`},
		{"keyword", "basename(A)", `{"A":"a\\\"b\""}`, `"\"b\""`},
		{"keyword", "basename(A)", `{"A":"C:\\a\\"}`, ``},
		{"keyword", "dirname(A)", `{"A":"C:\\a\\b.exe"}`, `"C:\\a"`},
		{"keyword", "dirname(A)", `{"A":"C:\\b.exe"}`, `"C:\\"`},
		{"keyword", "dirname(A)", `{"A":"/b"}`, `"/"`},
		{"keyword", "dirname(A)", `{"A":"\/usr\/b"}`, `"\/usr"`},
		{"keyword", "dirname(A)", `{"A":"b.exe"}`, ``},
		{"keyword", "arguments(A)", `{"A":"a b  c"}`, `["b","","c"]`},
		{"keyword", "arguments(A)", `{"A":"a"}`, ``},
		{"keyword", "arguments(A)", `{"A":"a\u0020b"}`, `["b"]`},
		{"keyword", `without_prefix(A, "uri=")`, `{"A":"uri=uri=x"}`, `"uri=x"`},
		{"keyword", `without_prefix(A, "uri=")`, `{"A":"x"}`, `"x"`},
		{"keyword", "without_brackets(A)", `{"A":"<x@y>"}`, `"x@y"`},
		{"keyword", "without_brackets(A)", `{"A":"<x"}`, `"<x"`},
		{"keyword", "first(A)", `{"A":["x","y"]}`, `"x"`},
		{"keyword", "first(A)", `{"A":[]}`, ``},
		{"keyword", "parsed(A).b", `{"A":"{\"b\":\"x\"}"}`, `"x"`},
		{"keyword", "parsed(A).b", `{"A":{"b":"x"}}`, `"x"`},
		{"keyword", "parsed(A).b", `{"A":"{\"b\":"}`, ``},
		{"keyword", "parsed(A).b", `{"A":"text"}`, ``},
		{"keyword", "parsed(A).b", `{"A":[1]}`, ``},
		{"keyword", "parsed(A).B", `{"A":{"b":"x"}}`, ``},
		{"keyword", "parsed(A).b.c[1]", `{"A":"{\"b\":{\"c\":[1,2]}}"}`, `"2"`},
		{"keyword", `parsed(A)["b c"]`, `{"A":{"b c":"x"}}`, `"x"`},
		{"keyword", "A.b", `{"A":"{\"b\":\"x\"}"}`, ``},
		{"keyword", "A[0]", `{"A":["x"]}`, `"x"`},
		{"keyword", "A[1]", `{"A":["x"]}`, ``},
		{"keyword", "parsed(A)[0].b", `{"A":"[{\"b\":1},{\"b\":2}]"}`, `"1"`},
		{"keyword", "A.b", `{"A":{"b":1,"\u0062":2}}`, `"2"`},
		{"keyword", `translate(A, "a" -> "x", "b" -> ["y"], otherwise "z")`, `{"A":"b"}`, `["y"]`},
		{"keyword", `translate(A, "a" -> "x", otherwise "z")`, `{}`, `"z"`},
		{"keyword", `translate(A, "a" -> "x")`, `{"A":"q"}`, ``},
		{"object", "named_values(A)", `{"A":[{"Name":"b","Value":"True"},{"Name":"a","Value":"{\"q\":1}"},{"Name":"n","Value":null},7]}`, `{"a":{"q":1},"b":"True"}`},
		{"object", "attachments(A)", `{"A":{"Entities":[{"Files":[{"Name":"f","FileHashes":[{"Algorithm":"SHA256","Value":"v"}]}]}]}}`, `[{"file":{"hash":{"sha256":"v"},"name":"f"}}]`},
		{"long", "A", `{"A":"16108"}`, `16108`},
		{"long", "A", `{"A":"007"}`, `7`},
		{"long", "A", `{"A":7.0}`, `7`},
		{"long", "A", `{"A":1e3}`, `1000`},
		{"long", "A", `{"A":7.5}`, `left out`},
		{"long", "A", `{"A":"x"}`, `left out`},
		{"long", "A", `{"A":true}`, `left out`},
		{"long", "A", `{"A":99999999999999999999}`, `left out`},
		{"long", "A", `{"A":[1,"2"]}`, `[1,2]`},
		{"float", "A", `{"A":"2.50"}`, `2.50`},
		{"float", "A", `{"A":"x"}`, `left out`},
		{"boolean", "A", `{"A":"True"}`, `true`},
		{"boolean", "A", `{"A":0}`, `false`},
		{"boolean", "A", `{"A":"yes"}`, `left out`},
		{"ip", "A", `{"A":"1.2.3.4"}`, `"1.2.3.4"`},
		{"ip", "A", `{"A":"FE80:0:0:0:0:0:0:1"}`, `"fe80::1"`},
		{"ip", "A", `{"A":"1.2.3.04"}`, `left out`},
		{"ip", "A", `{"A":"1.2.3.4.5"}`, `left out`},
		{"ip", "A", `{"A":"fe80::1%eth0"}`, `left out`},
		{"date", "A", `{"A":"2026-01-13T09:28:35.2919377Z"}`, `"2026-01-13T09:28:35.291937Z"`},
		{"date", "A", `{"A":"2026-01-13T09:28:35.29Z"}`, `"2026-01-13T09:28:35.290000Z"`},
		{"date", "A", `{"A":"2026-01-13T09:28:35Z"}`, `"2026-01-13T09:28:35Z"`},
		{"date", "A", `{"A":"2026-01-01 01:30:00+02:00"}`, `"2025-12-31T23:30:00Z"`},
		{"date", "A", `{"A":"2026-02-29T00:00:00Z"}`, `left out`},
		{"date", "A", `{"A":"2024-02-29T00:00:00"}`, `"2024-02-29T00:00:00Z"`},
		{"date", "A", `{"A":"2026-01-13"}`, `left out`},
		{"array", "A", `{"A":[{"b":1,"a":2}]}`, `[{"a":2,"b":1}]`},
		{"array", "A", `{"A":"[1]"}`, `[1]`},
		{"array", "A", `{"A":"x"}`, `left out`},
		{"object", "A", `{"A":{"b":1,"a":{"d":1,"c":2},"b":3}}`, `{"a":{"c":2,"d":1},"b":3}`},
		{"object", "A", `{"A":1}`, `left out`},
	}
	for _, test := range tests {
		if got := evaluate(t, test.typ, test.expression, "", test.properties); got != test.want {
			t.Errorf("%s = %s of %s: got %s, want %s", test.typ, test.expression, test.properties, got, test.want)
		}
	}
}

func TestConditions(t *testing.T) {
	tests := []struct {
		condition, properties string
		want                  bool
	}{
		{"present(A)", `{"A":0}`, true},
		{"present(A)", `{"A":""}`, true},
		{"present(A)", `{"A":null}`, false},
		{"not present(A)", `{}`, true},
		{"is_ip(A)", `{"A":"::1"}`, true},
		{"is_ip(A)", `{"A":"x"}`, false},
		{"is_ip(A)", `{"A":1}`, false},
		{`starts_with(A, "http")`, `{"A":"https"}`, true},
		{`starts_with(A, "http")`, `{"A":"\u0068ttp"}`, true},
		{`starts_with(A, "http")`, `{"A":"HTTP"}`, false},
		{"has_arguments(A)", `{"A":"a b"}`, true},
		{"has_arguments(A)", `{"A":"a "}`, false},
		{"has_arguments(A)", `{"A":"a  "}`, true},
		{"has_arguments(A)", `{"A":"a"}`, false},
		{"length(A) > 1", `{"A":"ab"}`, true},
		{"length(A) > 1", `{"A":"é"}`, false},
		{"length(A) > 1", `{"A":12}`, true},
		{"length(parsed(A)) > 0", `{"A":"[]"}`, false},
		{"length(parsed(A)) > 0", `{"A":"[1]"}`, true},
		{"length(parsed(A)) > 0", `{"A":"[1"}`, false},
		{`A == "x"`, `{"A":"x"}`, true},
		{`A != "x"`, `{}`, true},
		{`A in ("x", "y")`, `{"A":"y"}`, true},
		{`present(A) and not (B == "1" or B == "2")`, `{"A":1,"B":3}`, true},
		{`present(A) or present(B) and present(C)`, `{"A":1}`, true},
	}
	for _, test := range tests {
		if got := evaluate(t, "keyword", `"yes"`, test.condition, test.properties) != ""; got != test.want {
			t.Errorf("%s with %s: %v", test.condition, test.properties, got)
		}
	}
}

func TestURLs(t *testing.T) {
	tests := []struct{ url, want string }{
		{"https://example.com", "https example.com 443  "},
		{"HTTP://user:pw@Example.com:8080/a?b=c#d", "HTTP Example.com  /a b=c"},
		{"http://[2001:db8::1]:81/x", "http 2001:db8::1  /x "},
		{"http://example.com?q", "http example.com   q"},
		{"example.com/x", ""}, {"mailto:a@b", ""}, {"http:///x", ""}, {"1http://x", ""}, {"http://a b/", ""},
	}
	for _, test := range tests {
		u, ok := splitURL([]byte(test.url))
		got := ""
		if ok {
			port := ""
			if string(u.scheme) == "https" {
				port = fmt.Sprint(defaultPort(u.scheme))
			}
			got = fmt.Sprintf("%s %s %s %s %s", u.scheme, u.host, port, u.path, u.query)
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.url, got, test.want)
		}
	}
}

func TestTimes(t *testing.T) {
	for day := int64(-200000); day < 200000; day += 37 {
		want := time.Unix(day*86400+12345, 678901000).UTC()
		got := string(appendTime(nil, instant{unix: want.Unix(), nanos: 678901000, digits: 7}))
		if got != want.Format("2006-01-02T15:04:05.000000Z") {
			t.Fatalf("%s, want %v", got, want)
		}
		back, ok := parseTime([]byte(got))
		if !ok || back.unix != want.Unix() || back.nanos != 678901000 {
			t.Fatalf("%s read as %+v", got, back)
		}
	}
}

func FuzzTime(f *testing.F) {
	f.Add("2026-01-13T09:28:35.2919377Z")
	f.Add("2026-01-01T01:30:00+02:00")
	f.Fuzz(func(t *testing.T, text string) {
		want, err := time.Parse(time.RFC3339Nano, text)
		if err != nil || want.Year() < 1 || len(text) > 35 {
			return
		}
		got, ok := parseTime([]byte(text))
		if !ok || got.unix != want.Unix() || int(got.nanos) != want.Nanosecond() {
			t.Errorf("%s: %+v %v, want %v", text, got, ok, want)
		}
	})
}
