package record

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// split renders what a Splitter makes of a body: one word for every record and rejected part, in order.
func split(body []byte) string {
	var s Splitter
	var out []string
	beats := s.Split(body, func(r *Record) {
		out = append(out, fmt.Sprintf("%d:%s", r.Index, r.Table))
	}, func(r Rejected) {
		out = append(out, fmt.Sprintf("%d!%s(%s)", r.Index, r.Reason, r.Raw))
	})
	if beats > 0 {
		out = append(out, fmt.Sprintf("beats=%d", beats))
	}
	return strings.Join(out, " ")
}

func TestSplit(t *testing.T) {
	a := `{"time":"2026-01-01T00:00:00Z","tenantId":"t","category":"AdvancedHunting-A","properties":{"x":1}}`
	b := `{"time":"2026-01-01T00:00:00Z","tenantId":"t","category":"advancedhunting-B","properties":{"x":[1,{"y":null}]}}`
	deep := `{"category":"D","properties":` + strings.Repeat("[", 127) + strings.Repeat("]", 127) + `}`
	tooDeep := `{"category":"D","properties":` + strings.Repeat("[", 128) + strings.Repeat("]", 128) + `}`
	bad := `{"time":"x","category":"AdvancedHunting-C","properties":{"x":tru}}`
	tests := []struct{ name, body, want string }{
		{"an envelope", `{"records":[` + a + `,` + b + `]}`, "0:A 1:B"},
		{"an envelope with other keys around", ` {"x":{"y":[1]}, "records" : [ ` + a + ` , ` + b + ` ] , "z" : 1 } `, "0:A 1:B"},
		{"an envelope with no records", `{"records":null}`, ""},
		{"an envelope with an empty list", `{"records":[]}`, ""},
		{"an envelope with one record for a list", `{"records":` + a + `}`, "0:A"},
		{"an array", `[` + a + `,` + b + `]`, "0:A 1:B"},
		{"an empty array", `[]`, ""},
		{"one record", a, "0:A"},
		{"lines of records", a + "\n" + b + "\r\n\n", "0:A 1:B"},
		{"lines of messages", `{"records":[` + a + `]}` + "\n[" + b + "]\n" + a, "0:A 1:B 2:A"},
		{"a byte order mark", "\xef\xbb\xbf" + a, "0:A"},
		{"heartbeats", `{"records":[{"type":"heartbeat"},` + a + `]}` + "\n" + `{"type":"heartbeat"}`, "0:A beats=2"},
		{"an object that is no record", `{"foo":1}`, "0:Unknown"},
		{"an empty object", `{}`, "0:Unknown"},
		{"an unknown category", `{"category":"Sonic","properties":null}`, "0:Sonic"},
		{"properties that are a list", `{"category":"Sonic","properties":[1]}`, "0:Sonic"},
		{"records that is a word", `{"records":"none"}`, "0:Unknown"},
		{"nothing", ``, "-1!empty()"},
		{"only space", " \n", "-1!empty( \n)"},
		{"a number", `42`, "-1!scalar(42)"},
		{"a string", `"x"`, `-1!scalar("x")`},
		{"no JSON", `hello`, "-1!not_json(hello)"},
		{"a record cut off", a[:40], "-1!truncated(" + a[:40] + ")"},
		{"a bare record with bad UTF-8", "{\"category\":\"\xff\"}", "-1!invalid_utf8({\"category\":\"\xff\"})"},
		{"a scalar among records", `[1,` + a + `,null]`, "0!scalar(1) 1:A 2!scalar(null)"},
		{"a broken record first", `{"records":[` + bad + `,` + a + `]}`, "0!not_json(" + bad + ") 1:A"},
		{"a broken record last", `{"records":[` + a + `,` + bad + `]}`, "0:A 1!not_json(" + bad + ")"},
		{"a record that lacks a bracket", `[` + bad[:len(bad)-2] + `,` + a + `,` + b + `]`, "0!not_json(" + bad[:len(bad)-2] + ") 1:A 2:B"},
		{"a record that lacks a quote", `[{"time":"x,"properties":{}},` + a + `]`, `0!not_json({"time":"x,"properties":{}}) 1:A`},
		{"a list cut off within a record", `{"records":[` + a + `,` + b[:50], "0:A 1!truncated(" + b[:50] + ")"},
		{"a list cut off behind a record", `{"records":[` + a, "0:A 1!truncated({\"records\":[" + a + ")"},
		{"an envelope cut off behind its list", `{"records":[` + a + `]`, "0:A 1!truncated({\"records\":[" + a + "])"},
		{"a broken line among lines", a + "\n{\"time\":\n" + b, "0:A 1!truncated({\"time\":) 2:B"},
		{"no JSON among lines", a + "\nhello\n" + b, "0:A 1!not_json(hello) 2:B"},
		{"as deep as may be", deep, "0:D"},
		{"too deep", tooDeep, "-1!too_deep(" + tooDeep + ")"},
		{"too deep among others", `[` + tooDeep + `,` + a + `]`, "0!too_deep(" + tooDeep + ") 1:A"},
		{"a record over several lines", "{\n \"category\": \"A\",\n \"properties\": {\n}\n}\n", "0:A"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := split([]byte(test.body)); got != test.want {
				t.Errorf("%s\n got %s\nwant %s", test.body, got, test.want)
			}
		})
	}
}

func compress(t testing.TB, b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSplitCompressed(t *testing.T) {
	whole := compress(t, []byte(`[{"category":"A"},{"category":"B"}]`))
	if got := split(whole); got != "0:A 1:B" {
		t.Error(got)
	}
	for _, test := range []struct {
		body   []byte
		reason Reason
	}{
		{whole[:len(whole)-9], Truncated},
		{append(bytes.Clone(whole[:10]), 0xff, 0xff, 0xff, 0xff), BadGzip},
		{compress(t, make([]byte, MaxMessage+1)), TooLarge},
	} {
		var s Splitter
		var got Rejected
		s.Split(test.body, func(*Record) { t.Error("a record") }, func(r Rejected) { got = r })
		if got.Reason != test.reason || got.Index != -1 || !bytes.Equal(got.Raw, test.body) {
			t.Errorf("got %s at %d, %d bytes; want %s", got.Reason, got.Index, len(got.Raw), test.reason)
		}
	}
}

func TestARecordTooLargeIsRejectedAndTheNextTaken(t *testing.T) {
	large := `{"category":"` + strings.Repeat("x", MaxRecord) + `"}`
	var s Splitter
	var got []string
	s.Split([]byte(`[`+large+`,{"category":"A"}]`), func(r *Record) { got = append(got, r.Table) },
		func(r Rejected) { got = append(got, string(r.Reason)) })
	if strings.Join(got, " ") != "too_large A" {
		t.Error(got)
	}
}

func TestIdentity(t *testing.T) {
	id := func(raw string) ID {
		var p Parser
		var r Record
		if err := p.Parse([]byte(raw), &r); err != nil {
			t.Fatal(err)
		}
		return r.ID
	}
	base := id(`{"time":"1","tenantId":"t","category":"c","properties":{"x":1}}`)
	for _, same := range []string{
		`{"time":"2","tenantId":"t","category":"c","properties":{"x":1}}`,
		`{"properties":{"x":1},"category":"c","operationName":"Publish","tenantId":"t"}`,
		`{"properties":{},"\u0070roperties":{"x":1},"category":"c","tenantId":"t"}`,
	} {
		if id(same) != base {
			t.Error("another id for", same)
		}
	}
	for _, other := range []string{
		`{"time":"1","tenantId":"u","category":"c","properties":{"x":1}}`,
		`{"time":"1","tenantId":"t","category":"d","properties":{"x":1}}`,
		`{"time":"1","tenantId":"t","category":"c","properties":{"x":2}}`,
		`{"time":"1","tenantId":"","category":"tc","properties":{"x":1}}`,
		`{"time":"1","tenantId":"t","category":"c"}`,
	} {
		if id(other) == base {
			t.Error("the same id for", other)
		}
	}
	back, err := ParseID(base.String())
	if err != nil || back != base {
		t.Error(back, err)
	}
	if _, err := ParseID("xy"); err == nil {
		t.Error("no error")
	}
}

func FuzzSplit(f *testing.F) {
	f.Add([]byte(`{"records":[{"category":"A","properties":{"x":"\u00e9"}},{"type":"heartbeat"}]}`))
	f.Add([]byte("[{},1\n{\"a\":[}]\n{}"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var s Splitter
		last := -1
		s.Split(body, func(r *Record) {
			if r.Index <= last {
				t.Fatalf("index %d after %d", r.Index, last)
			}
			last = r.Index
			if err := Valid(r.Raw); err != nil {
				t.Fatalf("%q: %v", r.Raw, err)
			}
			var p Parser
			var again Record
			if err := p.Parse(r.Raw, &again); err != nil || again.ID != r.ID || again.Table != r.Table {
				t.Fatalf("%q: read again as %v %s, %v", r.Raw, again.ID, again.Table, err)
			}
		}, func(r Rejected) {
			if r.Index >= 0 {
				if r.Index <= last {
					t.Fatalf("index %d after %d", r.Index, last)
				}
				last = r.Index
			}
		})
	})
}
